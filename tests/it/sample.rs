//! The documentation's sample answer, served by a server that knows nothing but HTTP: `ok` against a policy that says
//! the same, and one finding for each single change.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::support::{Audit, Ended};

/// The service documentation's sample, letter by letter.
const ANSWER: &str = r#"[{"createdAt":"2020-04-17T02:11:03.53183Z","domainID":"8b1e81****633fb","domainName":"p*********59","id":45,
  "namespace":"test","override":true,"remoteNamespace":"sdsad","remoteRegionId":"cn-north-1",
  "repoName":"grpc-helloworld","syncAuto":true,"updatedAt":"2020-04-17T02:11:03.531831Z"}]"#;

const INVENTORY: &str = "apiVersion: swr-audit/v1
source: { name: sample, region: cn-north-4 }
policies:
  copy:
    targets: [{ region: cn-north-1, namespace: sdsad, override: true, syncAuto: true }]
namespaces: [{ name: test, policy: copy, repos: [grpc-helloworld] }]
";

/// Answers the documented path with the body, and everything else with 404 and nothing.
fn audit(body: &str) -> Ended {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    let body = body.to_owned();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a client");
            let mut lines = BufReader::new(connection.try_clone().expect("a handle")).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let is_asked = first == "GET /v2/manage/namespaces/test/repos/grpc-helloworld/sync_repo HTTP/1.1";
            let (status, body) = if is_asked {
                ("200 OK", &*body)
            } else {
                ("404 Not Found", "")
            };
            let _ = write!(
                connection,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    Audit::of(INVENTORY).against(&endpoint)
}

#[test]
fn the_documented_sample_is_ok() {
    let ended = audit(ANSWER);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.outcomes(), ["grpc-helloworld ok"]);
    assert!(ended.told().is_empty());
    let report = ended.json();
    assert_eq!(report["status"], "complete");
    assert_eq!(
        report["summary"]["rules"],
        serde_json::json!({"expected": 1, "actual": 1, "matching": 1})
    );
}

#[test]
fn each_single_change_is_its_finding() {
    for (change, to, code, field, sides) in [
        (
            "cn-north-1",
            "cn-south-1",
            "target-region-mismatch",
            "region",
            ("cn-north-1", "cn-south-1"),
        ),
        (
            "sdsad",
            "other",
            "target-namespace-mismatch",
            "namespace",
            ("sdsad", "other"),
        ),
        (
            r#""override":true"#,
            r#""override":false"#,
            "override-mismatch",
            "override",
            ("true", "false"),
        ),
        (
            r#""syncAuto":true"#,
            r#""syncAuto":false"#,
            "sync-auto-mismatch",
            "syncAuto",
            ("true", "false"),
        ),
    ] {
        let ended = audit(&ANSWER.replace(change, to));
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let rows = ended.drift();
        assert_eq!(rows.len(), 1, "{change}: {rows:?}");
        let row = &rows[0];
        assert_eq!((&*row["code"], &*row["field"]), (code, field));
        assert_eq!((&*row["expected"], &*row["actual"]), sides);
        assert_eq!(
            (&*row["target_region"], &*row["target_namespace"]),
            ("cn-north-1", "sdsad")
        );
        assert_eq!((&*row["rule_id"], &*row["status"]), ("45", "new"));
        assert_eq!(row["rule_created_at"], "2020-04-17T02:11:03.53183Z");
        assert_eq!(ended.outcomes(), ["grpc-helloworld drift"]);
    }
}

#[test]
fn no_rules_in_every_spelling_is_a_missing_rule() {
    for body in ["[]", "null", "", " \n"] {
        let ended = audit(body);
        assert_eq!(
            (ended.code, ended.told()),
            (2, vec!["grpc-helloworld missing-rule".to_owned()]),
            "{body:?}"
        );
    }
}

#[test]
fn what_is_not_understood_is_never_no_rules() {
    for body in [
        "{}",
        "<html></html>",
        "\"\"",
        "[1]",
        "[{}]",
        "[",
        &ANSWER.replace("grpc-helloworld", "other"),
    ] {
        let ended = audit(body);
        assert_eq!(ended.code, 4, "{body}: {}", ended.stderr);
        assert_eq!(ended.told(), ["grpc-helloworld unknown:bad-response"], "{body}");
        assert_eq!(ended.outcomes(), ["grpc-helloworld unknown"]);
    }
}
