//! What the reports look like: columns, keys, order, and that equal runs make equal reports.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use simulator::{Access, Fault, Misbehaviour, Rule, World};

use crate::support::{Audit, Ended, error, fault, serve, world_of};

const DRIFT: &str = "severity,status,code,unknown_class,owner,source,region,namespace,repository,target_region,\
    target_namespace,field,expected,actual,message,remediation,first_seen,policy,cause,members,\
    waiver_id,waiver_owner,waiver_expires,inventory_file,inventory_line,rule_id,rule_created_at,\
    rule_updated_at,request_id,fingerprint,run_id,audited_at,tags,job_id,job_status,job_created_at";
const REPOS: &str = "outcome,source,region,namespace,repository,owner,policy,expected_rules,actual_rules,findings,\
    waived,unknown_class,attempts,observed_at,inventory_file,inventory_line,run_id,audited_at,\
    level_rules,level_efficacy,level_replicas,tags,tags_ok,tags_pending,tags_older,tags_missing,\
    tags_mismatched,tags_unknown";

/// Keys of every object of the document, by place; `[]` is an element of a list.
const KEYS: [(&str, &str); 23] = [
    (
        "",
        "$schema apiVersion carried causes exitCode findings kind limits regions repositories resolved run skipped \
         status summary unknown verdict waivers warnings",
    ),
    (
        "/run",
        "baseline finishedAt id inventory level replayOf selection shard sources startedAt toolVersion wire",
    ),
    ("/run/inventory/[]", "file sha256"),
    ("/run/sources/[]", "account endpoint name region"),
    ("/run/wire", "durationMs p50Ms p95Ms rate requests"),
    ("/run/wire/requests", "failed retried sent throttled"),
    ("/run/wire/rate", "concurrency limit limitBy perSecond"),
    ("/verdict", "code drift incomplete reason"),
    ("/summary", "findings repos rules"),
    (
        "/summary/repos",
        "audited discovered drift expected gone ok skipped unknown waived",
    ),
    ("/summary/rules", "actual expected matching"),
    ("/summary/findings", "byCode bySeverity known new resolved waived"),
    ("/summary/findings/bySeverity", "critical high info low medium"),
    ("/limits/[]", "code message source"),
    (
        "/causes/[]",
        "actual code count expected field id namespaces owners policy severity source target",
    ),
    ("/findings/[]/remediation/[]", "command text"),
    (
        "/findings/[]",
        "actual cause code expected field fingerprint firstSeen inventory job message namespace owner owners policy \
         region remediation repositories repository requestId rule severity source status tags target waiver",
    ),
    (
        "/unknown/[]",
        "attempts class count errorCode expected field fingerprint firstSeen httpStatus inventory message namespace \
         owner policy region remediation repositories requestId source target",
    ),
    (
        "/repositories/[]",
        "actualRules attempts expectedRules findings inventory namespace observedAt outcome owner policy repository \
         requestId source unknownClass waived",
    ),
    (
        "/skipped/[]",
        "inventory namespace owner pattern reason repository source until",
    ),
    ("/findings/[]/inventory", "column file line"),
    ("/regions/[]", "complete onlyCopy region unknown"),
    ("/regions/[]/onlyCopy", "count repositories"),
];

const INVENTORY: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
policies:
  dr:
    targets: [{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }]
    allowedRegions: [\"cn-*\"]
namespaces:
  - name: prod
    policy: dr
    owner: team-prod
    repos:
      - web
      - bare
      - abroad
      - denied
      - down
      - gone
      - moved
      - twins
      - name: scratch
        skip: true
        reason: throw-away images
        until: 2027-03-31
  - name: lab
    policy: dr
    repos: [bench, alpha]
  - { name: attic, skip: true, reason: nobody needs it }
";

/// Something of everything that can be told.
fn world() -> World {
    let prod = ["abroad", "bare", "denied", "down", "moved", "twins", "web"];
    let mut world = world_of(&[("prod", &prod)]);
    world.repository("prod", "bare").rules.clear();
    let abroad = &mut world.repository("prod", "abroad").rules;
    abroad.push(Rule::to("eu-west-101", "prod-dr"));
    world.repository("prod", "denied").access = Some(Access::Denied);
    world.repository("prod", "moved").rules = vec![Rule::to("cn-south-1", "prod-dr")];
    let twins = &mut world.repository("prod", "twins").rules;
    twins.push(Rule {
        overwrite: true,
        ..Rule::to("cn-east-3", "prod-dr")
    });
    world.faults.push(fault("prod/down", error(500, "SVCSTG.SWR.5000007")));
    world
}

const AT: &str = "2026-11-24T03:15:00Z";

fn audit() -> Audit {
    Audit::of(INVENTORY).with(&["--retries", "0", "--at", AT, "--run-id", "r1"])
}

fn ended() -> Ended {
    let simulator = serve(world());
    let ended = audit().against(&simulator.endpoint());
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    ended
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("there is a report")
}

#[test]
fn columns_are_what_they_were() {
    let ended = ended();
    for (file, columns) in [("drift.csv", DRIFT), ("repos.csv", REPOS)] {
        let text = text(&ended.report.join(file));
        let body = text.strip_prefix('\u{feff}').expect("a byte order mark, once");
        assert!(!body.contains('\u{feff}'));
        assert_eq!(body.split("\r\n").next(), Some(columns));
        // Every line ends with both, and no cell of this world has a line break.
        assert_eq!(body.matches('\n').count(), body.matches("\r\n").count());
        assert!(body.ends_with("\r\n"));
    }
}

#[test]
fn the_mode_lets_nobody_else_read() {
    use std::os::unix::fs::PermissionsExt;
    let ended = ended();
    for file in ["drift.csv", "repos.csv", "report.json", "journal.ndjson"] {
        let metadata = std::fs::metadata(ended.report.join(file)).expect("it is there");
        assert_eq!(metadata.permissions().mode() & 0o137, 0, "{file}");
    }
}

#[test]
fn every_key_is_always_there() {
    let full = ended().json();
    let simulator = serve(world_of(&[("prod", &["web"])]));
    let quiet = Audit::of(&crate::support::inventory(&["web"]))
        .against(&simulator.endpoint())
        .json();
    for (place, keys) in KEYS {
        let mut expected: Vec<&str> = keys.split_whitespace().collect();
        expected.sort_unstable();
        for (name, document) in [("full", &full), ("quiet", &quiet)] {
            let objects = objects_at(document, place);
            assert!(name == "quiet" || !objects.is_empty(), "nothing at {place} to look at");
            for object in objects {
                let actual: Vec<&String> = object.as_object().expect("an object").keys().collect();
                assert_eq!(actual, expected, "{name} {place}");
            }
        }
    }
    assert_eq!(
        (&full["apiVersion"], &full["kind"]),
        (&"swr-audit/v1".into(), &"AuditReport".into())
    );
    for empty in ["resolved", "carried", "waivers"] {
        assert_eq!(full[empty], serde_json::json!([]));
    }
}

/// Everything at a place such as `/findings/[]/inventory`.
fn objects_at<'a>(document: &'a Value, place: &str) -> Vec<&'a Value> {
    let steps = place.split('/').filter(|step| !step.is_empty());
    steps.fold(vec![document], |found, step| {
        found
            .into_iter()
            .flat_map(|value| match step {
                "[]" => value.as_array().expect("a list").iter().collect(),
                key => vec![&value[key]],
            })
            .collect()
    })
}

#[test]
fn rows_of_drift_are_worst_first_and_those_of_repos_in_report_order() {
    let ended = ended();
    let told: Vec<String> = ended
        .drift()
        .iter()
        .map(|row| {
            format!(
                "{}/{} {}{}",
                row["namespace"], row["repository"], row["code"], row["unknown_class"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "prod/abroad forbidden-target",
            "lab/ missing-namespace",
            "prod/bare missing-rule",
            "prod/gone missing-repo",
            "prod/moved target-region-mismatch",
            "prod/twins duplicate-rule",
            "prod/denied unknownaccess-denied",
            "prod/down unknownserver-error",
        ]
    );
    assert_eq!(
        ended.outcomes(),
        [
            "alpha drift",
            "bench drift",
            "abroad drift",
            "bare drift",
            "denied unknown",
            "down unknown",
            "gone drift",
            "moved drift",
            "scratch skipped",
            "twins drift",
            "web ok",
        ]
    );
    let report = ended.json();
    let names = report["repositories"].as_array().expect("a list").iter();
    let names: Vec<&str> = names.filter_map(|row| row["repository"].as_str()).collect();
    assert_eq!(
        names,
        [
            "alpha", "bench", "abroad", "bare", "denied", "down", "gone", "moved", "twins", "web"
        ]
    );
}

#[test]
fn counts_add_up() {
    let report = ended().json();
    let repos: BTreeMap<String, usize> =
        serde_json::from_value(report["summary"]["repos"].clone()).expect("numbers by name");
    let sum = repos["ok"] + repos["drift"] + repos["waived"] + repos["unknown"] + repos["skipped"];
    assert_eq!(repos["expected"] + repos["discovered"], sum);
    assert_eq!(repos["audited"], repos["ok"] + repos["drift"] + repos["waived"]);
    assert_eq!((repos["expected"], repos["skipped"], repos["unknown"]), (11, 1, 2));
    let findings = &report["summary"]["findings"];
    let total = |key: &str| -> u64 {
        let counts = findings[key].as_object().expect("an object");
        counts.values().filter_map(Value::as_u64).sum()
    };
    let all = report["findings"].as_array().expect("a list").len() as u64;
    assert_eq!(
        (total("byCode"), total("bySeverity"), &findings["new"]),
        (all, all, &all.into())
    );
    assert_eq!(report["summary"]["rules"]["expected"], 10);
}

#[test]
fn what_is_skipped_stands_where_it_belongs() {
    let ended = ended();
    let repos = ended.repos();
    let row = repos.iter().find(|row| row["repository"] == "scratch").expect("a row");
    assert_eq!(
        (&*row["outcome"], &*row["attempts"], &*row["actual_rules"]),
        ("skipped", "0", "")
    );
    assert!(
        repos.iter().all(|row| row["namespace"] != "attic"),
        "a skipped namespace has no rows"
    );
    let report = ended.json();
    let skipped = &report["skipped"];
    assert_eq!(skipped.as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&skipped[0]["namespace"], &skipped[0]["repository"]),
        (&"attic".into(), &Value::Null)
    );
    assert_eq!(
        (&skipped[1]["repository"], &skipped[1]["until"]),
        (&"scratch".into(), &"2027-03-31".into())
    );
    assert_eq!(skipped[1]["reason"], "throw-away images");
    let rows = report["repositories"].as_array().expect("a list");
    assert!(rows.iter().all(|row| row["repository"] != "scratch"));
}

/// The report without what the wire decides; every key stands on a line of its own.
fn document_without_wire(path: &Path) -> String {
    let text = text(path);
    assert!(text.lines().count() > 100, "one key a line");
    let (before, wire) = text.split_once("    \"wire\": {\n").expect("the object is there");
    let (_, after) = wire.split_once("\n    }\n").expect("the object ends");
    let is_of_the_wire = |line: &&str| {
        let line = line.trim_start();
        ["\"attempts\":", "\"observedAt\":", "\"requestId\":"]
            .iter()
            .any(|key| line.starts_with(key))
    };
    let kept: Vec<&str> = before
        .lines()
        .chain(after.lines())
        .filter(|line| !is_of_the_wire(line))
        .collect();
    kept.join("\n")
}

/// The table without those columns, every other byte as it is.
fn table_without_wire(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).expect("there is a report");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
    let records: Vec<csv::ByteRecord> = reader.byte_records().map(|row| row.expect("a row")).collect();
    let is_of_the_wire = |name: &[u8]| [&b"attempts"[..], b"observed_at", b"request_id"].contains(&name);
    let kept: Vec<usize> = (0..records[0].len())
        .filter(|&at| !is_of_the_wire(&records[0][at]))
        .collect();
    records
        .iter()
        .flat_map(|row| kept.iter().map(|&at| row[at].to_vec()))
        .collect()
}

#[test]
fn equal_runs_make_equal_reports() {
    let mut world = world();
    // One that answers late in one run and at once in the other: the order of answers differs.
    for name in ["abroad", "bare"] {
        world.faults.push(Fault {
            times: Some(1),
            ..fault(&format!("prod/{name}"), Misbehaviour::DelayMs(100))
        });
    }
    let simulator = serve(world);
    let (first, second) = (
        audit().against(&simulator.endpoint()),
        audit().against(&simulator.endpoint()),
    );
    assert_eq!((first.code, second.code), (6, 6));
    let (one, other) = (&first.report, &second.report);
    assert_eq!(
        document_without_wire(&one.join("report.json")),
        document_without_wire(&other.join("report.json"))
    );
    for file in ["drift.csv", "repos.csv"] {
        assert_eq!(
            table_without_wire(&one.join(file)),
            table_without_wire(&other.join(file)),
            "{file}"
        );
    }
    // What is left out above is really there, and really differs.
    let ids = |run: &Ended| {
        run.drift()
            .iter()
            .map(|row| row["request_id"].clone())
            .collect::<Vec<_>>()
    };
    assert_ne!(ids(&first), ids(&second));
    assert_eq!(first.json()["run"]["startedAt"], AT);
    assert_eq!(first.json()["run"]["finishedAt"], AT);
    let wire = &first.json()["run"]["wire"];
    assert_eq!(
        (&wire["durationMs"], &wire["p50Ms"], &wire["p95Ms"]),
        (&0.into(), &Value::Null, &Value::Null)
    );
}

#[test]
fn the_exit_code_counts_findings_from_a_severity_on() {
    let simulator = serve({
        let mut world = world_of(&[("prod", &["web"])]);
        // Medium, and nothing else.
        let rules = &mut world.repository("prod", "web").rules;
        rules.push(Rule::to("cn-south-1", "prod-dr"));
        world
    });
    let inventory = crate::support::inventory(&["web"]);
    for (level, code) in [
        ("info", 2),
        ("low", 2),
        ("medium", 2),
        ("high", 0),
        ("critical", 0),
        ("never", 0),
    ] {
        let ended = Audit::of(&inventory)
            .with(&["--fail-on", level])
            .against(&simulator.endpoint());
        assert_eq!(ended.code, code, "{level}: {}", ended.stderr);
        assert_eq!(ended.told(), ["web unexpected-rule"], "told whatever counts");
        assert_eq!(ended.json()["status"], "complete");
    }
}

#[test]
fn exit_zero_forgives_drift_and_gaps_alone() {
    let simulator = serve(world());
    let ended = audit().with(&["--exit-zero"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = ended.json();
    assert_eq!(
        (&report["exitCode"], &report["verdict"]["code"]),
        (&0.into(), &6.into())
    );
    assert_eq!(report["status"], "incomplete");
    // A gap counts whatever the threshold for findings is.
    let ended = audit().with(&["--fail-on", "never"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let failed = audit()
        .with(&["--exit-zero"])
        .setting("HUAWEICLOUD_SDK_SK", "wrong-secret");
    assert_eq!(
        failed.against(&simulator.endpoint()).code,
        1,
        "no audit is never forgiven"
    );
}

#[test]
fn the_verdict_is_the_same_everywhere() {
    let ended = ended();
    let report = ended.json();
    let reason = report["verdict"]["reason"].as_str().expect("a sentence");
    assert!(ended.stderr.contains(&format!("exit 6  {reason}")), "{}", ended.stderr);
    for limit in report["limits"].as_array().expect("a list") {
        let line = format!(
            "{}: {}",
            limit["code"].as_str().unwrap_or_default(),
            limit["message"].as_str().unwrap_or_default()
        );
        assert!(ended.stderr.contains(&line), "{line}");
    }
}
