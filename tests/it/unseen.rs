//! What a terminal or a table obeys or does not show: none of it gets out of the tool as it came in, whoever sent or wrote
//! it. `report.json` says it with JSON's escapes, the journal is evidence, and every other output spells it out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use simulator::{ErrorAnswer, Misbehaviour, Rule, Simulator, World};
use tempfile::TempDir;

use crate::support::{ACCESS_KEY, SECRET_KEY, binary, fault, raw, rows, serve, world_of};

/// One of each kind of characters that are not seen, or turn the direction of what is.
const FORMAT: &str = "\u{ad}\u{34f}\u{61c}\u{180e}\u{200b}\u{200d}\u{200e}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\
    \u{2069}\u{206f}\u{3164}\u{fe0f}\u{feff}\u{fff9}\u{e0001}\u{e0041}\u{e0100}";

/// One of each kind of control characters, and what they do together: clear the screen, set the title, begin a line.
const CONTROL: &str = "\u{1}\u{7}\u{8}\t\u{b}\u{c}\r\u{1b}[2J\u{1b}]0;title\u{7}\u{7f}\u{85}\u{9b}31m\nexit 0  forged";

fn all() -> String {
    format!("{CONTROL}{FORMAT}")
}

/// As YAML and JSON write it, with nothing but ASCII.
fn quoted(text: &str) -> String {
    text.chars().fold("\"".to_owned(), |mut quoted, c| {
        if c.is_ascii_graphic() || c == ' ' {
            quoted.push(c);
        } else {
            write!(quoted, "\\U{:08x}", u32::from(c)).expect("a string takes everything");
        }
        quoted
    }) + "\""
}

/// Whoever wrote this means no good. One document that is sound, but for what it says of the service.
fn inventory() -> String {
    let (all, format) = (quoted(&all()), quoted(&format!("p{FORMAT}")));
    format!(
        "apiVersion: swr-audit/v1
source: {{ name: main, region: cn-north-4 }}
policies:
  {format}:
    description: {all}
    targets:
      - {{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }}
defaults: {{ policy: {format} }}
namespaces:
  - name: prod
    owner: {all}
    otherRepos: deny
    repos:
      - broken
      - web
      - \"nothing-*\"
      - {{ name: old, skip: true, reason: {all}, until: 2026-01-31 }}
      - {{ name: never, skip: true, reason: {all} }}
waivers:
  - {{ id: {format}, repo: prod/web, reason: {all}, owner: {all}, expires: 2026-01-31 }}
  - {{ id: {unused}, repo: prod/old, reason: {all}, owner: {all}, expires: 2026-11-28 }}
",
        unused = quoted(&format!("q{FORMAT}")),
    )
}

/// And so does whoever answers.
fn world() -> World {
    let mut world = world_of(&[("prod", &["web", "broken", "html", "old", "stray"])]);
    let rules = &mut world.repository("prod", "web").rules;
    rules.push(Rule::to(all(), "ns"));
    rules.push(Rule::to("cn-east-3", format!("prod-dr{FORMAT}")));
    rules.push(Rule::to("cn-south-1", format!("{CONTROL}\",\"x\\")));
    let mut answer = ErrorAnswer {
        status: 403,
        code: format!("X{}", all()),
        message: all(),
        ..ErrorAnswer::default()
    };
    answer.headers.insert("X-Request-Id".to_owned(), format!("id{FORMAT}"));
    world.faults.push(fault("prod/broken", Misbehaviour::Error(answer)));
    world
        .faults
        .push(fault("prod/html", raw(200, &format!("<html>{}", all()))));
    world
}

/// The inventory's name.
fn file() -> String {
    format!("inventory{FORMAT}.yaml")
}

/// A folder whose files have such names, and the service.
struct Stage {
    folder: TempDir,
    simulator: Simulator,
    /// What came out as it went in, and where.
    escaped: Vec<String>,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let stage = Self {
            folder,
            simulator: serve(world()),
            escaped: Vec::new(),
        };
        stage.write(&file(), &inventory());
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder is writable");
    }

    /// The same with colours, which are the only sequences that get through.
    fn say_in_colour(&mut self, arguments: &[&str]) {
        let mut command = binary(self.folder.path());
        command.env("HUAWEICLOUD_SDK_AK", ACCESS_KEY);
        command.env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
        let output = command
            .args(arguments)
            .args(["--color", "always"])
            .output()
            .expect("the binary starts");
        let text = String::from_utf8(output.stderr).expect("stderr is text");
        let mut parts = text.split("\u{1b}[");
        let mut bare = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| c != ';' && !c.is_ascii_digit());
            let colour = end.filter(|end| part[*end..].starts_with('m'));
            bare += colour.map_or("\u{1b}", |end| &part[end + 1..]);
        }
        assert_ne!(bare, text, "there are colours");
        self.look(&format!("{:?} in colour", arguments[0]), bare.as_bytes());
    }

    /// Runs the binary, and looks at both of its outputs.
    fn say(&mut self, arguments: &[&str]) -> Output {
        let mut command = binary(self.folder.path());
        command.env("HUAWEICLOUD_SDK_AK", ACCESS_KEY);
        command.env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
        let output = command.args(arguments).output().expect("the binary starts");
        let what: Vec<&str> = arguments.iter().copied().filter(|it| it.is_ascii()).collect();
        self.look(&format!("{what:?} stdout"), &output.stdout);
        self.look(&format!("{what:?} stderr"), &output.stderr);
        output
    }

    /// The same of a command that asks the service.
    fn ask(&mut self, arguments: &[&str]) -> Output {
        let endpoint = self.simulator.endpoint();
        self.say(&[arguments, &["--retries", "0", "--endpoint", &endpoint]].concat())
    }

    fn look_at(&mut self, path: &Path) {
        let what = path.file_name().expect("a file").to_string_lossy().into_owned();
        self.look(&what, &std::fs::read(path).expect("it was written"));
    }

    fn look(&mut self, what: &str, bytes: &[u8]) {
        let text = String::from_utf8(bytes.to_vec()).expect("it is text");
        // The mark of a file that is made for spreadsheets, and the ends of its rows.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
        let is_wild = |c: &char| *c != '\n' && (CONTROL.contains(*c) || FORMAT.contains(*c)) && !is_seen(*c);
        let wild: std::collections::BTreeSet<char> = text.chars().filter(is_wild).collect();
        if !wild.is_empty() {
            self.escaped.push(format!("{what}: {wild:?}"));
        }
        if text.lines().any(|line| line.starts_with("exit 0  forged")) {
            self.escaped.push(format!("{what}: a line of somebody else"));
        }
    }
}

/// The letters of the sequences.
fn is_seen(c: char) -> bool {
    c.is_ascii_graphic() || c == ' '
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.escaped.is_empty(), "{:#?}", self.escaped);
        }
    }
}

const AT: [&str; 2] = ["--at", "2026-11-24T03:15:00Z"];

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn a_run_writes_no_unseen_character_but_into_the_journal() {
    let mut stage = Stage::new();
    let file = file();
    let forms: [&[&str]; 5] = [
        &[],
        &["-v"],
        &["-vv"],
        &["-vv", "--log-format", "json"],
        &["--progress", "always"],
    ];
    for (number, form) in forms.iter().enumerate() {
        let id = format!("run-{number}");
        let usual = ["run", &file, "--run-id", &id];
        let output = stage.ask(&[&usual, &AT[..], form].concat());
        assert_eq!(code(&output), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
        for report in ["drift.csv", "repos.csv", "report.json"] {
            stage.look_at(&stage.path(&format!("reports/{id}/{report}")));
        }
    }
    for dialect in ["excel", "rfc4180"] {
        for format in ["csv=-", "repos=-", "json=-"] {
            stage.ask(&["run", &file, "--out", "none", "-o", format, "--csv-dialect", dialect]);
        }
    }
    let odd = format!("odd{FORMAT}\n");
    stage.ask(&["run", &file, "--out", &odd, "-o", &format!("csv={odd}.csv")]);
    std::fs::copy(
        stage.path("reports/run-0/journal.ndjson"),
        stage.path(&odd).join("journal"),
    )
    .expect("the folder is writable");
    stage.say(&[
        "run",
        &file,
        "--replay",
        &format!("{odd}/journal"),
        "--run-id",
        "replayed",
    ]);
    let endpoint = stage.simulator.endpoint();
    stage.say_in_colour(&[
        "run",
        &file,
        "--out",
        "none",
        "-vv",
        "--retries",
        "0",
        "--endpoint",
        &endpoint,
    ]);
    stage.say_in_colour(&["check", &file]);
    stage.say(&["run", &file, "--dry-run"]);
    stage.say(&["run", &file, "--dry-run", "-v"]);
}

#[test]
fn names_are_in_the_report_as_they_came_and_in_tables_spelled_out() {
    let mut stage = Stage::new();
    let file = file();
    stage.ask(&[&["run", &file, "--run-id", "r"], &AT[..]].concat());
    let text = std::fs::read_to_string(stage.path("reports/r/report.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("it is JSON");
    let target = |region: &str| {
        let findings = report["findings"].as_array().expect("a list").iter();
        let mut targets = findings.map(|finding| &finding["target"]);
        targets
            .find(|target| target["region"].as_str() == Some(region))
            .unwrap_or_else(|| panic!("{region:?} in {text}"))
            .clone()
    };
    assert_eq!(target(&all())["namespace"], "ns");
    assert_eq!(target("cn-south-1")["namespace"], format!("{CONTROL}\",\"x\\"));
    assert_eq!(report["run"]["inventory"][0]["file"], file);
    assert_eq!(report["repositories"][0]["owner"], all().trim());
    let rows = rows(&stage.path("reports/r/drift.csv"));
    let row = rows
        .iter()
        .find(|row| row["target_region"] == "cn-south-1")
        .expect("a row for it");
    // What is a line elsewhere is a cell here, and what was in it can be read.
    let expected =
        r#"\u0001\u0007\u0008\t\u000b\u000c\r\u001b[2J\u001b]0;title\u0007\u007f\u0085\u009b31m\nexit 0  forged","x\"#;
    assert_eq!(row["target_namespace"], expected);
    assert!(
        rows.iter().any(|row| row["inventory_file"].contains(r"\u202e")),
        "{rows:#?}"
    );
    assert!(
        rows.iter().any(|row| row["owner"].contains(r"\udb40\udc41")),
        "{rows:#?}"
    );
}

/// What a person pastes names what there is; where nobody could see what that is, there is no command.
#[test]
fn a_remedy_has_no_command_where_it_would_hold_what_nobody_sees() {
    let mut stage = Stage::new();
    let file = file();
    let output = stage.ask(&["run", &file, "--out", "none", "-o", "json=report.json", "-o", "csv=-"]);
    let report = std::fs::read_to_string(stage.path("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("it is JSON");
    let mut reader = csv::Reader::from_reader(&output.stdout[..]);
    let headers = reader.headers().expect("a header").clone();
    let column = headers.iter().position(|it| it == "remediation").expect("a column");
    let cells: Vec<String> = reader
        .records()
        .map(|row| row.expect("a row")[column].to_owned())
        .collect();
    let (mut with, mut without) = (0, 0);
    for finding in report["findings"].as_array().expect("a list") {
        for step in finding["remediation"].as_array().expect("a list") {
            let Some(command) = step["command"].as_str() else {
                without += usize::from(
                    step["text"]
                        .as_str()
                        .is_some_and(|text| text.contains("delete the rule")),
                );
                continue;
            };
            with += 1;
            assert!(!command.contains(swr_audit::model::is_unseen), "{command}");
            assert!(cells.iter().any(|cell| cell.contains(command)), "{command}");
        }
    }
    assert!(with > 0 && without > 0, "{with} and {without}");
}

#[test]
fn a_check_writes_no_unseen_character() {
    let mut stage = Stage::new();
    let file = file();
    for form in [&[][..], &["--format", "json"], &["--color", "never", "--strict"]] {
        stage.say(&[&["check", &file], &AT[..], form].concat());
        stage.say(&[&["check", &file, "--explain", "prod/web"], &AT[..], form].concat());
        stage.say(&[&["check", &file, "--explain", "prod/old"], &AT[..], form].concat());
        stage.ask(&[&["check", &file, "--live"], &AT[..], form].concat());
    }
    let odd = format!("prod/{}", all());
    stage.say(&["check", &file, "--explain", &odd]);
    stage.say(&["check", &file, "--explain", &format!("{odd}:x/y")]);
    // As it stands, in every place: a comment, a key, a value, a name.
    let control: String = CONTROL.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let raw = format!(
        "# {FORMAT}\napiVersion: swr-audit/v1\nsource: {{ region: cn-north-4, {FORMAT}: 1 }}\n'a{FORMAT}': 2\n# {FORMAT}\n\
         policies: {{ 'p{FORMAT}': {{ targets: [{{ region: 'x{FORMAT}' }}] }} }}\nnamespaces: [{{ name: 'n{FORMAT}' }}]\n"
    );
    let escapes = inventory().replace("name: prod", &format!("name: {}", quoted(&all())));
    let unknown = inventory().replace("defaults:", &format!("{}: 1\ndefaults:", quoted(&all())));
    for (number, text) in [raw, control, escapes, unknown].into_iter().enumerate() {
        let name = format!("broken-{number}{FORMAT}.yaml");
        stage.write(&name, &text);
        for form in [&[][..], &["--format", "json"]] {
            let output = stage.say(&[&["check", &name], form].concat());
            assert_eq!(code(&output), Some(65), "{number}");
        }
    }
}

#[test]
fn a_snapshot_writes_no_unseen_character_and_its_inventory_is_read_again() {
    let mut stage = Stage::new();
    let file = file();
    let output = stage.ask(&["snapshot", &file, "-o", "-"]);
    assert!(
        matches!(code(&output), Some(0 | 2 | 4 | 6)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = stage.ask(&["snapshot", &file, "--policy-from", &file, "-o", "-"]);
    stage.write("again.yaml", &String::from_utf8(output.stdout).expect("it is text"));
    let output = stage.say(&["check", "again.yaml"]);
    assert_eq!(code(&output), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let odd = format!("odd{FORMAT}\n.yaml");
    stage.ask(&["snapshot", &file, "-o", &odd]);
    stage.look_at(&stage.path(&odd));
    stage.ask(&["snapshot", &file, "--only", &format!("prod/{}", all()), "-o", "-"]);
}

#[test]
fn a_merge_writes_no_unseen_character() {
    let mut stage = Stage::new();
    let file = file();
    for shard in ["1", "2"] {
        let (of, out) = (format!("{shard}/2"), format!("{shard}{FORMAT}\n"));
        let output = stage.ask(&[&["run", &file, "--run-id", "r", "--out", &out, "--shard", &of], &AT[..]].concat());
        assert!(matches!(code(&output), Some(2 | 4 | 6)));
    }
    let runs = [format!("1{FORMAT}\n/r"), format!("2{FORMAT}\n/r")];
    let output = stage.say(&["merge", &runs[0], &runs[1], &file, "--out", "none", "-o", "csv=-"]);
    assert_eq!(code(&output), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
    let output = stage.say(&["merge", &runs[0], &runs[0], &file, "--out", "none"]);
    assert_eq!(code(&output), Some(65));
    // A journal that somebody wrote by hand.
    let text = std::fs::read_to_string(stage.path(&runs[0]).join("journal.ndjson")).expect("a journal");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    std::fs::create_dir(stage.path("changed")).expect("the folder is writable");
    let mut merge = |lines: &[Value]| {
        let text: String = lines
            .iter()
            .flat_map(|line| [line.to_string(), "\n".to_owned()])
            .collect();
        stage.write("changed/journal.ndjson", &text);
        stage.say(&["merge", "changed", &runs[1], &file, "--out", "none", "-o", "csv=-"]);
    };
    for pointer in [
        "/runId",
        "/level",
        "/toolVersion",
        "/shard",
        "/startedAt",
        "/inventory/0/0",
        "/inventory/0/1",
        "/sources/0/0",
        "/sources/0/1",
    ] {
        let mut changed = lines.clone();
        *changed[0].pointer_mut(pointer).expect("it is there") = all().into();
        merge(&changed);
    }
    let mut changed = lines;
    changed[0]["selection"] = vec![all()].into();
    merge(&changed);
    for key in ["requestId", "body", "contentRange", "namespace", "source"] {
        changed[0]["selection"] = Value::Array(Vec::new());
        for line in changed.iter_mut().filter(|line| line["kind"] == "answer") {
            line[key] = all().into();
        }
        merge(&changed);
    }
}

#[test]
fn an_error_shows_no_unseen_character_of_what_it_names() {
    let mut stage = Stage::new();
    let file = file();
    let odd = all().replace('/', "");
    let folder = format!("folder{odd}");
    std::fs::create_dir(stage.path(&folder)).expect("the folder is writable");
    stage.write(&format!("{folder}/a{odd}.yaml"), "apiVersion: swr-audit/v1\n");
    let in_folder = format!("csv={odd}/x/y.csv");
    for arguments in [
        &["run", &odd][..],
        &["run", &folder],
        &["run", &file, "--ca-cert", &odd],
        &["run", &file, "--ca-cert", &file],
        &["run", &file, "--replay", &odd],
        &["run", &file, "--replay", &file],
        &["run", &file, "--out", &file],
        &["run", &file, "-o", &in_folder],
        &["run", &file, "-o", &format!("csv={file}")],
        &["run", &file, "-o", &format!("csv={odd}"), "-o", &format!("csv={odd}")],
        &["run", &file, "--only", &odd],
        &["run", &file, "--only", &format!("{odd}:prod/web")],
        &["run", &file, "--run-id", &odd],
        &["run", &file, "--resume", &odd],
        &["run", &file, "--out", &folder, "--resume"],
        &["run", &file, "--endpoint", &odd],
        &["run", &file, "--proxy", &odd],
        &["run", &file, "--format", &odd],
        &["run", &file, &format!("--{odd}")],
        &[&odd],
        &["merge", &odd],
        &["simulate", &odd],
        &["simulate", &file],
        &["snapshot", &odd],
        &["schema", &odd],
    ] {
        let output = stage.say(arguments);
        assert_ne!(code(&output), Some(0), "{arguments:?}");
    }
}
