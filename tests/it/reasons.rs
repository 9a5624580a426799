//! Why nobody could read anything reaches every row: status, code, request id, attempts and what to do about it.

use serde_json::Value;
use simulator::{ErrorAnswer, Fault, Misbehaviour, RawAnswer, Shape, World};

use crate::support::{
    ACCESS_KEY, Audit, Ended, SECRET_KEY, binary, fault, inventory, names, raw, serve, texts, world_of,
};

/// As most are written: each namespace is listed before any repository is asked for.
const INVENTORY: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies: { none: { targets: [] } }
defaults: { policy: none }
namespaces:
  - { name: lab, repos: [bench, \"team/*\"] }
  - { name: prod, otherRepos: deny, repos: [api, web] }
otherNamespaces: deny
";

/// Why the first question is refused, in whatever way a test brings that about.
struct Reason {
    /// What happens to a world in which all is well.
    breaks: fn(&mut World),
    /// The access key that is asked with.
    key: &'static str,
    /// What the message says of it.
    says: &'static str,
    /// How the remedy begins.
    remedy: &'static str,
    /// The same message in `docs/service.md`, with `…` for what differs.
    documented: &'static str,
}

const REASONS: [Reason; 5] = [
    Reason {
        breaks: |world| world.behaviour.clock_ahead_seconds = 1380,
        key: ACCESS_KEY,
        says: "signature expired); this machine's clock is 23 min behind the service's",
        remedy: "set the clock of this machine (NTP), which is 23 min behind",
        documented: "this machine's clock is 23 min behind the service's",
    },
    Reason {
        breaks: |world| {
            world.faults.push(fault(
                "*",
                Misbehaviour::Error(ErrorAnswer {
                    status: 401,
                    code: "APIGW.0301".to_owned(),
                    message: "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden"
                        .to_owned(),
                    shape: Shape::E,
                    ..ErrorAnswer::default()
                }),
            ));
        },
        key: ACCESS_KEY,
        says: "AK access failed to reach the limit,forbidden",
        remedy: "the key may be locked: wait five minutes",
        documented: "AK access failed to reach the limit,forbidden",
    },
    Reason {
        breaks: |_| {},
        key: "NOBODYSACCESSKEY",
        says: "ak *** not exist",
        remedy: "the service knows no such access key",
        documented: "ak … not exist",
    },
    Reason {
        breaks: |world| world.credentials.access_keys[0].sk = "another-secret".into(),
        key: ACCESS_KEY,
        says: "verify aksk signature fail",
        remedy: "check the key or token: the secret key is not that of this access key",
        documented: "verify aksk signature fail",
    },
    Reason {
        breaks: |world| {
            world
                .faults
                .push(fault("*", raw(401, "<html><title>Sign in</title></html>")));
        },
        key: ACCESS_KEY,
        says: "an HTML page, titled \"Sign in\"",
        remedy: "a gateway or proxy on the way answered, and not SWR",
        documented: "an HTML page, titled \"…\"",
    },
];

impl Reason {
    fn world(&self) -> World {
        let mut world = world_of(&[("lab", &["bench"]), ("prod", &["api", "web"])]);
        (self.breaks)(&mut world);
        world
    }

    /// Whether the gateway gives a code.
    fn has_code(&self) -> bool {
        !self.says.contains("HTML")
    }

    fn assert_entry(&self, entry: &Value) {
        let what = self.says;
        assert_eq!(entry["class"], "unauthenticated", "{what}: {entry}");
        assert_eq!(entry["httpStatus"], 401, "{what}: {entry}");
        assert_eq!(
            entry["errorCode"].as_str().is_some(),
            self.has_code(),
            "{what}: {entry}"
        );
        assert!(
            entry["requestId"].as_str().is_some_and(|id| id.len() == 32),
            "{what}: {entry}"
        );
        assert_eq!(entry["attempts"], 1, "{what}: {entry}");
        let message = entry["message"].as_str().expect("text");
        assert!(message.contains("the credential was refused (HTTP 401"), "{message}");
        assert!(message.contains(what), "{message}");
        // A report has steps, a comparison of names their texts.
        let step = &entry["remediation"][0];
        let remedy = step["text"].as_str().or(step.as_str()).expect("text");
        assert!(remedy.starts_with(self.remedy), "{remedy}");
    }
}

fn list<'a>(report: &'a Value, key: &str) -> &'a [Value] {
    report[key].as_array().expect("a list")
}

/// Everything that a run says of the one answer that it had.
fn assert_reported(reason: &Reason, ended: &Ended) {
    let report = ended.json();
    let unknown = list(&report, "unknown");
    assert_eq!(
        unknown.len(),
        5,
        "two lists and the account's, and two namespaces: {report}"
    );
    for entry in unknown {
        reason.assert_entry(entry);
    }
    let id = unknown[0]["requestId"].as_str().expect("text");
    assert!(
        unknown.iter().all(|entry| entry["requestId"] == id),
        "one answer is the reason of all"
    );
    let rows = ended.drift();
    assert_eq!(rows.len(), unknown.len());
    for row in rows {
        assert_eq!((&*row["unknown_class"], &*row["request_id"]), ("unauthenticated", id));
        assert!(row["message"].contains(reason.says), "{}", row["message"]);
        assert!(row["remediation"].starts_with(reason.remedy), "{}", row["remediation"]);
    }
    for row in ended.repos() {
        assert_eq!((&*row["unknown_class"], &*row["attempts"]), ("unauthenticated", "1"));
        assert!(!row["observed_at"].is_empty());
    }
    for row in list(&report, "repositories") {
        assert_eq!(row["requestId"], id);
    }
    let code = if reason.has_code() { ", APIGW.0301" } else { "" };
    let verdict = format!("no audit: the credential was refused (HTTP 401{code}), so nothing more was asked");
    assert_eq!(report["verdict"]["reason"], verdict);
    // A row for each entry, the verdict, and the next step.
    assert!(ended.stderr.contains(&format!("exit 1  {verdict}")), "{}", ended.stderr);
    assert!(
        ended.stderr.contains(&format!("next    {}", reason.remedy)),
        "{}",
        ended.stderr
    );
    assert_eq!(
        ended.stderr.matches(&format!(", request id {id}\n")).count(),
        5,
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("there is no credential"), "{}", ended.stderr);
}

#[test]
fn why_the_list_was_refused_stands_in_every_row_that_follows() {
    for reason in &REASONS {
        let simulator = serve(reason.world());
        let audit = Audit::of(INVENTORY).setting("HUAWEICLOUD_SDK_AK", reason.key);
        let ended = audit.against(&simulator.endpoint());
        assert_eq!((ended.code, simulator.requests().len()), (1, 1), "{}", ended.stderr);
        assert_reported(reason, &ended);

        // The journal knows as much.
        let journal = ended.report.join("journal.ndjson");
        let again = Audit::of(INVENTORY)
            .with(&["--replay", journal.to_str().expect("text")])
            .run();
        assert_reported(reason, &again);
        let told = |ended: &Ended| {
            let mut report = ended.json();
            report["run"] = Value::Null;
            report
        };
        assert_eq!(told(&again), told(&ended));

        let quiet = audit.with(&["-q", "--out", "none"]).against(&simulator.endpoint());
        let mut lines = quiet.stderr.lines();
        let error = lines.next().unwrap_or_default();
        assert!(
            error.starts_with("error: no audit: the credential was refused (HTTP 401"),
            "{error}"
        );
        assert!(
            error.contains(reason.says) && error.contains(", request id "),
            "{error}"
        );
        let hint = lines.next().unwrap_or_default();
        assert!(hint.starts_with(&format!("hint: {}", reason.remedy)), "{hint}");
    }
}

#[test]
fn the_documentation_names_each_of_these_reasons_as_it_is_reported() {
    let page = include_str!("../../docs/service.md");
    let (_, refusals) = page.split_once("\n### Refusals\n").expect("there is the section");
    for reason in &REASONS {
        let cell = format!("`{}`", reason.documented);
        assert!(refusals.contains(&cell), "no {cell}");
        let mut parts = reason.documented.split('…');
        assert!(parts.all(|part| reason.says.contains(part)), "{cell}: {}", reason.says);
    }
}

/// What a gateway writes for people: never quoted, and never taken for a permission or a broken service.
#[test]
fn a_page_is_named_and_advised_on_whatever_its_status_and_its_beginning() {
    const THROUGH: &str = "a gateway or proxy on the way answered, and not SWR: have it let this machine through";
    let raw = |status, kind: &str, body: &str| {
        Misbehaviour::Raw(RawAnswer {
            status,
            body: body.to_owned(),
            content_type: kind.to_owned(),
            ..RawAnswer::default()
        })
    };
    let titled = "<html><title>Blocked</title><body>not-to-be-shown</body></html>";
    for (status, kind, body, name) in [
        (403, "application/json", titled, "an HTML page, titled \"Blocked\""),
        (
            403,
            "application/json",
            "<h1>not-to-be-shown</h1>",
            "an HTML page without a title",
        ),
        (
            403,
            "text/plain",
            "<script>not-to-be-shown</script>",
            "an HTML page without a title",
        ),
        (
            403,
            "text/html; charset=utf-8",
            "not-to-be-shown <br>",
            "an HTML page without a title",
        ),
        (
            403,
            "text/html",
            "<html><title>not-to-be-shown <body>",
            "an HTML page without a title",
        ),
        (
            403,
            "application/json",
            "{\"error\":{\"message\":\"<html>not-to-be-shown</html>\"}}",
            "an HTML page without a title",
        ),
        (200, "text/html", titled, "an HTML page, titled \"Blocked\""),
        (404, "text/html", titled, "an HTML page, titled \"Blocked\""),
        (407, "text/html", titled, "an HTML page, titled \"Blocked\""),
        (503, "text/html", titled, "an HTML page, titled \"Blocked\""),
    ] {
        let mut world = world_of(&[("prod", &["web"])]);
        world.faults.push(fault("*", raw(status, kind, body)));
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&["web"])).with(&["--retries", "0", "-vv"]);
        let ended = audit.against(&simulator.endpoint());
        let report = ended.json();
        let entry = &report["unknown"][0];
        let message = entry["message"].as_str().expect("text");
        assert!(message.contains(name), "{status} {kind}: {message}");
        let steps = entry["remediation"].to_string();
        assert!(
            steps.contains(THROUGH) && !steps.contains("grant"),
            "{status} {kind}: {steps}"
        );
        for text in [&report.to_string(), &ended.stderr] {
            assert!(!text.contains("not-to-be-shown"), "{text}");
        }
        let journal = ended.report.join("journal.ndjson");
        let again = Audit::of(&inventory(&["web"]))
            .with(&["--replay", journal.to_str().expect("text")])
            .run();
        assert_eq!(again.json()["unknown"], report["unknown"]);
    }
}

#[test]
fn a_snapshot_and_a_live_check_give_the_same_reasons() {
    for reason in &REASONS {
        let simulator = serve(reason.world());
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("inventory.yaml"), INVENTORY).expect("the folder is writable");
        let endpoint = simulator.endpoint();
        let run = |arguments: &[&str]| {
            let mut command = binary(folder.path());
            command
                .env("HUAWEICLOUD_SDK_AK", reason.key)
                .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
            let output = command.args(arguments).args(["--endpoint", &endpoint]).output();
            let output = output.expect("the binary starts");
            let stderr = String::from_utf8(output.stderr).expect("stderr is text");
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            (output.stdout, stderr)
        };
        let (document, said) = run(&["check", "inventory.yaml", "--live", "--format", "json"]);
        let document: Value = serde_json::from_slice(&document).expect("stdout is the document");
        let unknown = list(&document["live"], "unknown");
        assert_eq!(unknown.len(), 3);
        for entry in unknown {
            reason.assert_entry(entry);
        }
        assert_eq!(said.matches(", request id ").count(), 3, "{said}");
        assert!(said.contains(&format!("next    {}", reason.remedy)), "{said}");

        let (_, said) = run(&["snapshot", "--region", "cn-north-4"]);
        assert!(said.contains(reason.says) && said.contains(", request id "), "{said}");
        assert!(said.contains(&format!("\nhint: {}", reason.remedy)), "{said}");
    }
}

#[test]
fn what_a_snapshot_did_not_see_is_explained_beside_it() {
    let mut world = world_of(&[("lab", &["bench"]), ("prod", &["api", "web"])]);
    world.faults.push(Fault {
        after: 5,
        ..fault("*", Misbehaviour::BadSignature)
    });
    let simulator = serve(world);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut command = binary(folder.path());
    command
        .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .env("HUAWEICLOUD_SDK_SK", SECRET_KEY);
    command.args([
        "snapshot",
        "--region",
        "cn-north-4",
        "--concurrency",
        "1",
        "--endpoint",
        &simulator.endpoint(),
    ]);
    let output = command.output().expect("the binary starts");
    let said = String::from_utf8(output.stderr).expect("stderr is text");
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("the credential was refused (HTTP 401, APIGW.0301"),
        "{said}"
    );
    assert!(said.contains("\nhint: check the key or token"), "{said}");
}

#[test]
fn a_refusal_in_mid_run_is_the_reason_of_all_that_was_not_asked() {
    let names = names("repo", 20);
    let mut world = world_of(&[("prod", &texts(&names))]);
    world.faults.push(Fault {
        after: 5,
        ..fault("*", Misbehaviour::BadSignature)
    });
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--concurrency", "1"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let report = ended.json();
    let unknown = list(&report, "unknown");
    let counts: Vec<_> = unknown.iter().map(|entry| entry["count"].as_u64()).collect();
    assert_eq!(counts.len(), 2, "{counts:?}");
    for entry in unknown {
        assert_eq!(
            (&entry["httpStatus"], &entry["attempts"]),
            (&401.into(), &1.into()),
            "{entry}"
        );
        assert_eq!(entry["requestId"], unknown[0]["requestId"]);
    }
    assert!(
        ended.stderr.contains("next    check the key or token"),
        "{}",
        ended.stderr
    );
}

#[test]
fn no_credential_says_where_it_was_looked_for_in_every_row() {
    let simulator = serve(world_of(&[("prod", &["api"])]));
    let ended = Audit::of(INVENTORY)
        .without_environment()
        .against(&simulator.endpoint());
    assert_eq!((ended.code, simulator.requests().len()), (1, 0), "{}", ended.stderr);
    let report = ended.json();
    for entry in list(&report, "unknown") {
        let message = entry["message"].as_str().expect("text");
        assert!(
            message.contains("no credential found; looked at HUAWEICLOUD_SDK_AK"),
            "{message}"
        );
        assert_eq!((&entry["attempts"], &entry["requestId"]), (&0.into(), &Value::Null));
    }
}

#[test]
fn a_page_of_a_gateway_is_named_and_is_no_matter_of_permissions() {
    const PAGE: &str =
        "<!DOCTYPE html><html><head><title>Blocked by\n corp gateway</title></head><body>secret words</body></html>";
    let mut world = world_of(&[("lab", &["bench"]), ("prod", &["api", "web"])]);
    world.faults.push(fault("prod", raw(403, PAGE)));
    let simulator = serve(world);
    let ended = Audit::of(INVENTORY).against(&simulator.endpoint());
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    let report = ended.json();
    let denied: Vec<_> = list(&report, "unknown")
        .iter()
        .filter(|entry| entry["namespace"] == "prod")
        .collect();
    assert_eq!(denied.len(), 3, "its list and two repositories: {denied:?}");
    for entry in denied {
        assert_eq!(
            (&entry["class"], &entry["httpStatus"]),
            (&"access-denied".into(), &403.into())
        );
        let message = entry["message"].as_str().expect("text");
        assert!(
            message.contains("an HTML page, titled \"Blocked by corp gateway\""),
            "{message}"
        );
        let remedy = entry["remediation"].to_string();
        assert!(
            remedy.contains("a gateway or proxy on the way answered, and not SWR"),
            "{remedy}"
        );
        assert!(!remedy.contains("grant"), "{remedy}");
    }
    for text in [ended.stderr.as_str(), &report.to_string()] {
        assert!(!text.contains("secret words") && !text.contains("<html>"), "{text}");
    }
}

/// Any status, and a 200 as well: a login form that nobody asked for.
#[test]
fn no_page_is_quoted_whatever_its_status() {
    for status in [200, 302, 400, 404, 405, 418, 429, 500, 502, 503] {
        let mut world = world_of(&[("prod", &["web"])]);
        world.faults.push(fault(
            "prod/web",
            raw(status, "<HTML><TITLE>A Page</TITLE>quoted</HTML>"),
        ));
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&["web"])).with(&["--retries", "0"]);
        let ended = audit.against(&simulator.endpoint());
        let message = ended.json()["unknown"][0]["message"].to_string();
        assert!(
            !message.contains("quoted") && !message.to_lowercase().contains("<html"),
            "{status}: {message}"
        );
        let is_named = message.contains("an HTML page, titled \\\"A Page\\\"");
        assert!(is_named || status == 302, "{status}: {message}");
    }
}

/// A service that is gone: what is not asked any more says how it was looked for.
#[test]
fn a_service_that_never_answered_is_explained_where_nothing_was_asked() {
    let names = names("repo", 40);
    let endpoint = serve(world_of(&[])).endpoint();
    // The service is gone, and nobody listens on its port.
    let ended = Audit::of(&inventory(&texts(&names)))
        .with(&["--retries", "0"])
        .against(&endpoint);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let report = ended.json();
    let unasked = list(&report, "unknown").iter().find(|entry| entry["attempts"] == 0);
    let message = unasked.expect("most were not asked")["message"].as_str().expect("text");
    assert!(
        message.contains("not asked, by then the service answered nothing (Connection refused"),
        "{message}"
    );
    assert!(message.contains("was asked directly"), "{message}");
}
