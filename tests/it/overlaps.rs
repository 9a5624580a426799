//! Places that are something else already, under whatever name: refused before anything is asked, and left as they are.

use std::collections::BTreeMap;
use std::fs::{self, hard_link};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use simulator::Simulator;

use crate::support::{Audit, Ended, binary, inventory, serve, world};

const CREDENTIALS: &str = "[basic]\nak = TESTACCESSKEY\nsk = test-secret-key-0123456789\n";

fn service() -> Simulator {
    serve(world(&["api", "web"]))
}

fn audit() -> Audit {
    Audit::of(&inventory(&["api", "web"]))
}

/// All files below a folder with what is in them; links are not followed.
fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be read").path();
        if path.is_symlink() {
            let target = fs::read_link(&path).expect("it is a link");
            files.insert(path.display().to_string(), target.into_os_string().into_encoded_bytes());
        } else if path.is_dir() {
            files.extend(everything(&path));
        } else {
            files.insert(path.display().to_string(), fs::read(&path).unwrap_or_default());
        }
    }
    files
}

/// That it is refused as a wrong command line, with these words, without a request, and without a byte changed.
fn assert_refused(audit: &Audit, simulator: &Simulator, words: &str) {
    simulator.clear_requests();
    let before = everything(audit.folder());
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 64, "{words}: {}", ended.stderr);
    assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    assert!(simulator.requests().is_empty(), "{words}");
    assert_eq!(everything(audit.folder()), before, "{words}");
}

/// A run in `reports/old`, and further names for it.
fn with_a_run(simulator: &Simulator) -> Audit {
    let audit = audit();
    let mut run = audit.command(Some(&simulator.endpoint()));
    let output = run.args(["--run-id", "old"]).output().expect("the binary starts");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    symlink("reports", audit.folder().join("runs")).expect("the folder is writable");
    symlink("reports/old/report.json", audit.folder().join("link.json")).expect("the folder is writable");
    fs::create_dir(audit.folder().join("beside")).expect("the folder is writable");
    audit
}

#[test]
fn a_place_among_the_runs_is_refused() {
    let simulator = service();
    for out in ["reports", "./reports", "runs", "beside/../reports"] {
        for place in [
            "reports/old/report.json",
            "reports/old/new.json",
            "reports/latest/drift.csv",
            "reports/latest",
            "reports/.lock",
            "reports/mine.json",
            "reports/.partial-x/journal.ndjson",
            "reports/none/mine.json",
            "reports",
            "./reports/mine.json",
            "runs/mine.json",
            "beside/../reports/mine.json",
            "link.json",
        ] {
            let audit = with_a_run(&simulator).with(&["-o", &format!("json={place}")]);
            let audit = audit.with(&["--run-id", "new", "--out", out]);
            assert_refused(&audit, &simulator, &format!("belongs to the folder of runs '{out}'"));
        }
    }
}

#[test]
fn a_place_in_a_folder_of_runs_that_is_still_to_be_made_is_refused() {
    let simulator = service();
    for (out, place) in [
        ("reports", "reports/mine.json"),
        ("reports", "reports"),
        ("reports", "./reports/mine.json"),
        ("deep/er/reports", "deep/er/reports/mine.json"),
        ("deep/er/reports", "deep/er"),
        ("deep/er/reports", "deep"),
        ("link/reports", "there/reports/mine.json"),
        ("there/reports", "link/reports"),
    ] {
        let audit = audit().with(&["--out", out, "-o", &format!("json={place}")]);
        fs::create_dir(audit.folder().join("there")).expect("the folder is writable");
        symlink("there", audit.folder().join("link")).expect("the folder is writable");
        assert_refused(&audit, &simulator, &format!("belongs to the folder of runs '{out}'"));
    }
    // Its neighbours are free.
    let audit = audit().with(&["--out", "reports", "-o", "json=reports.json", "-o", "csv=there/reports"]);
    fs::create_dir(audit.folder().join("there")).expect("the folder is writable");
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_place_over_an_input_is_refused() {
    let simulator = Simulator::start_tls(world(&["api", "web"]));
    let simulator = simulator.expect("loopback has a free port");
    let pem = simulator.certificate_pem().expect("it serves HTTPS");
    for (file, words) in [
        ("inventory.yaml", "is a file of the inventory"),
        ("trusted.pem", "is the file of --ca-cert"),
        ("system.pem", "is the file of SSL_CERT_FILE"),
        ("key", "is a file of credentials"),
        (".hcloud/config.json", "is a file of credentials"),
    ] {
        for name in [file, &format!("./{file}"), "symbolic", "hard"] {
            let audit = audit().with(&[
                "--ca-cert",
                "trusted.pem",
                "--out",
                "none",
                "-o",
                &format!("csv={name}"),
            ]);
            let audit = audit.setting("SSL_CERT_FILE", "system.pem");
            let audit = audit.setting("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "key");
            let folder = audit.folder();
            fs::create_dir(folder.join(".hcloud")).expect("the folder is writable");
            for (name, text) in [
                ("trusted.pem", pem),
                ("system.pem", pem),
                ("key", CREDENTIALS),
                (".hcloud/config.json", "{}"),
            ] {
                fs::write(folder.join(name), text).expect("the folder is writable");
            }
            symlink(file, folder.join("symbolic")).expect("the folder is writable");
            hard_link(folder.join(file), folder.join("hard")).expect("the folder is writable");
            assert_refused(&audit, &simulator, words);
        }
    }
}

#[test]
fn a_place_over_the_journal_that_is_judged_again_is_refused() {
    let simulator = service();
    let run = with_a_run(&simulator);
    let journal = run.folder().join("reports/old/journal.ndjson");
    let before = fs::read(&journal).expect("there is a journal");
    symlink("reports/old/journal.ndjson", run.folder().join("symbolic")).expect("the folder is writable");
    hard_link(&journal, run.folder().join("hard")).expect("the folder is writable");
    for place in ["symbolic", "hard", "reports/old/journal.ndjson"] {
        let mut again = binary(run.folder());
        again.args([
            "run",
            "inventory.yaml",
            "--out",
            "elsewhere",
            "-o",
            &format!("json={place}"),
        ]);
        again.args(["--replay", "reports/old/journal.ndjson"]);
        let ended = run.ended(again.output().expect("the binary starts"));
        assert_eq!(ended.code, 64, "{place}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("is the journal that is judged again"),
            "{place}: {}",
            ended.stderr
        );
        assert_eq!(fs::read(&journal).expect("it is still there"), before);
        assert!(!run.folder().join("elsewhere").exists());
    }
}

fn merged(audit: &Audit, arguments: &[&str]) -> Ended {
    let mut merge = binary(audit.folder());
    merge
        .args(["merge", "inventory.yaml", "--out", "joined"])
        .args(arguments);
    audit.ended(merge.output().expect("the binary starts"))
}

#[test]
fn a_place_in_a_run_that_is_merged_is_refused() {
    let simulator = service();
    let audit = audit().with(&["--shard", "1/1"]);
    let shard = audit.against(&simulator.endpoint());
    assert_eq!(shard.code, 0, "{}", shard.stderr);
    fs::rename(audit.folder().join("reports"), audit.folder().join("shards")).expect("the folder is writable");
    hard_link(
        audit.folder().join("shards/latest/journal.ndjson"),
        audit.folder().join("hard"),
    )
    .expect("it is writable");
    let before = everything(audit.folder());
    for place in [
        "shards/latest/journal.ndjson",
        "shards/latest/report.json",
        "shards/latest/new.csv",
        "hard",
    ] {
        let ended = merged(&audit, &["shards/latest", "-o", &format!("json={place}")]);
        assert_eq!(ended.code, 64, "{place}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("belongs to a run that is merged"),
            "{place}: {}",
            ended.stderr
        );
        assert_eq!(everything(audit.folder()), before, "{place}");
    }
    let ended = merged(&audit, &["shards/latest", "-o", "json=joined/whole.json"]);
    assert_eq!(ended.code, 64, "{}", ended.stderr);
    let ended = merged(&audit, &["shards/latest", "-o", "json=mine.json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn two_reports_for_one_place_are_refused_under_whatever_names() {
    let simulator = service();
    for (one, other) in [
        ("x.csv", "x.csv"),
        ("x.csv", "./x.csv"),
        ("x.csv", "there/../x.csv"),
        ("there/x.csv", "link/x.csv"),
        ("file", "hard"),
        ("file", "symbolic"),
        ("symbolic", "hard"),
        ("-", "-"),
        ("-", "/dev/stdout"),
        ("/dev/stdout", "/dev/fd/1"),
        ("/dev/fd/1", "/proc/self/fd/1"),
        ("/dev/null", "/dev/null"),
    ] {
        let audit = audit().with(&["-o", &format!("csv={one}"), "-o", &format!("json={other}")]);
        let folder = audit.folder();
        fs::create_dir(folder.join("there")).expect("the folder is writable");
        fs::write(folder.join("file"), "mine").expect("the folder is writable");
        symlink("there", folder.join("link")).expect("the folder is writable");
        symlink("file", folder.join("symbolic")).expect("the folder is writable");
        hard_link(folder.join("file"), folder.join("hard")).expect("the folder is writable");
        assert_refused(&audit, &simulator, "two reports cannot both go to");
    }
    // Two files of one name in two folders are two places.
    let audit = audit().with(&["-o", "csv=x.csv", "-o", "json=there/x.csv", "-o", "repos=-"]);
    fs::create_dir(audit.folder().join("there")).expect("the folder is writable");
    assert_eq!(audit.against(&simulator.endpoint()).code, 0);
}

#[test]
fn what_is_wrong_with_the_places_is_said_before_what_is_wrong_with_the_inventory() {
    let audit = Audit::of("apiVersion: 1\n").with(&["-o", "csv=x", "-o", "json=./x"]);
    assert_eq!(audit.run().code, 64);
    let audit = Audit::of("apiVersion: 1\n").with(&["-o", "csv=reports/x"]);
    assert_eq!(audit.run().code, 64);
}

#[test]
fn the_demo_refuses_such_places_too() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for places in [&["-o", "csv=reports/x.csv"][..], &["-o", "csv=x", "-o", "repos=./x"]] {
        let output = binary(folder.path())
            .arg("demo")
            .args(places)
            .output()
            .expect("the binary starts");
        assert_eq!(
            output.status.code(),
            Some(64),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn the_lock_is_never_opened_through_a_link() {
    let simulator = service();
    for kind in ["symbolic", "dangling", "hard", "pipe"] {
        let audit = audit();
        let (victim, lock) = (audit.folder().join("victim"), audit.folder().join("reports/.lock"));
        fs::write(&victim, "precious").expect("the folder is writable");
        fs::create_dir(audit.folder().join("reports")).expect("the folder is writable");
        match kind {
            "symbolic" => symlink("../victim", &lock).expect("the folder is writable"),
            "dangling" => symlink("../new", &lock).expect("the folder is writable"),
            "hard" => hard_link(&victim, &lock).expect("the folder is writable"),
            _ => assert!(
                Command::new("mkfifo")
                    .arg(&lock)
                    .status()
                    .expect("every system has it")
                    .success()
            ),
        }
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 1, "{kind}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("cannot write 'reports/.lock'"),
            "{kind}: {}",
            ended.stderr
        );
        assert_eq!(fs::read(&victim).expect("it is still there"), b"precious", "{kind}");
        assert!(!audit.folder().join("new").exists(), "{kind}");
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn no_run_is_written_through_a_link_that_somebody_has_placed() {
    let simulator = service();
    for (name, code) in [(".partial-r", 1), ("r", 64)] {
        for target in ["../elsewhere", "../nowhere"] {
            let audit = audit().with(&["--run-id", "r"]);
            fs::create_dir(audit.folder().join("elsewhere")).expect("the folder is writable");
            fs::create_dir(audit.folder().join("reports")).expect("the folder is writable");
            symlink(target, audit.folder().join("reports").join(name)).expect("the folder is writable");
            let ended = audit.against(&simulator.endpoint());
            assert_eq!(ended.code, code, "{name} {target}: {}", ended.stderr);
            let left = fs::read_dir(audit.folder().join("elsewhere"))
                .expect("it is still there")
                .count();
            assert_eq!(left, 0, "{name} {target}");
        }
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn an_unfinished_journal_that_is_a_link_is_not_gone_on_with() {
    let simulator = service();
    let run = with_a_run(&simulator);
    let journal = run.folder().join("reports/old/journal.ndjson");
    let lines = fs::read_to_string(&journal).expect("there is a journal");
    let header = lines.lines().next().expect("it has a header");
    let victim = run.folder().join("victim");
    fs::write(&victim, format!("{header}\n{{\"torn")).expect("the folder is writable");
    let before = fs::read(&victim).expect("it is there");
    let partial = run.folder().join("reports/.partial-old");
    fs::remove_dir_all(run.folder().join("reports/old")).expect("it is ours");
    fs::create_dir(&partial).expect("the folder is writable");
    symlink(&victim, partial.join("journal.ndjson")).expect("the folder is writable");
    let resumed = run.with(&["--resume", "old"]).against(&simulator.endpoint());
    assert_ne!(resumed.code, 0, "{}", resumed.stderr);
    assert_eq!(fs::read(&victim).expect("it is still there"), before);
}

/// What is left of a command that was killed before it wrote a journal is in nobody's way.
#[test]
fn a_folder_without_a_journal_is_begun_anew() {
    let simulator = service();
    let audit = audit().with(&["--run-id", "r"]);
    let partial = audit.folder().join("reports/.partial-r");
    fs::create_dir_all(&partial).expect("the folder is writable");
    fs::write(partial.join("report.json"), "{}").expect("the folder is writable");
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["run"]["id"], "r");
}
