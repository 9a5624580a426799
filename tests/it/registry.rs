//! A registry in the place of the management API: it stores images, and what it says of rules is nothing.

use serde_json::Value;
use simulator::{Misbehaviour, RawAnswer};

use crate::support::{Audit, Ended, fault, inventory, serve, world};

/// A registry's refusal: it wants a token of its own.
fn refusal(headers: &[(&str, &str)], status: u16) -> Misbehaviour {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Misbehaviour::Raw(RawAnswer {
        status,
        body: r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}"#.to_owned(),
        headers: headers.collect(),
        ..RawAnswer::default()
    })
}

const VERSION: (&str, &str) = ("Docker-Distribution-Api-Version", "registry/2.0");
const CHALLENGE: (&str, &str) = (
    "WWW-Authenticate",
    r#"Bearer realm="https://swr.example/swr/auth/v2/registry/auth",service="dockyard""#,
);

fn audited(answer: Misbehaviour, repositories: &[&str]) -> (Audit, Ended) {
    let mut world = world(repositories);
    world.faults.push(fault("*", answer));
    let simulator = serve(world);
    let audit = Audit::of(&inventory(repositories)).with(&["--retries", "0", "--run-id", "asked"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(simulator.requests().len(), repositories.len());
    (audit, ended)
}

/// It was taken for a refused credential: no audit, and the advice to look at the key.
#[test]
fn the_401_of_a_registry_is_unsupported_and_refuses_no_credential() {
    for (headers, status) in [
        (&[VERSION][..], 401),
        (&[CHALLENGE], 401),
        (&[("www-authenticate", "bearer REALM=\"x\", SERVICE=\"y\"")], 401),
        (&[VERSION, CHALLENGE], 401),
        (&[VERSION], 404),
        (&[VERSION], 403),
    ] {
        let (_, ended) = audited(refusal(headers, status), &["api", "web"]);
        assert_eq!(ended.code, 4, "{headers:?} {status}: {}", ended.stderr);
        assert_eq!(
            ended.told(),
            ["api unknown:unsupported", "web unknown:unsupported"],
            "{headers:?} {status}"
        );
        let row = &ended.drift()[0];
        assert!(
            row["message"].contains("a registry answered and not the management API, swr-api.REGION.CLOUD"),
            "{row:?}"
        );
        assert!(row["remediation"].contains("https://swr-api.REGION.CLOUD"), "{row:?}");
    }
}

#[test]
fn a_401_without_a_registrys_headers_is_still_a_refused_credential() {
    for headers in [
        &[][..],
        &[("WWW-Authenticate", "Bearer realm=\"x\"")],
        &[("WWW-Authenticate", "Basic realm=\"service=x\"")],
    ] {
        let mut world = world(&["web"]);
        world.faults.push(fault("*", refusal(headers, 401)));
        let simulator = serve(world);
        let ended = Audit::of(&inventory(&["web"])).against(&simulator.endpoint());
        assert_eq!(ended.code, 1, "{headers:?}: {}", ended.stderr);
    }
}

#[test]
fn the_journal_says_that_it_was_a_registry() {
    let (audit, ended) = audited(refusal(&[VERSION], 401), &["api", "web"]);
    let journal = std::fs::read_to_string(ended.report.join("journal.ndjson")).expect("there is one");
    let answers: Vec<Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .filter(|line: &Value| line["kind"] == "answer")
        .collect();
    assert_eq!(answers.len(), 2);
    for answer in &answers {
        assert_eq!(
            (&answer["status"], &answer["registry"]),
            (&Value::from(401), &Value::from(true))
        );
        assert!(
            answer["body"]
                .as_str()
                .is_some_and(|body| body.contains("UNAUTHORIZED")),
            "{answer}"
        );
    }
    let again = Audit::of(&inventory(&["api", "web"]));
    let path = ended.report.join("journal.ndjson").display().to_string();
    let again = again.with(&["--replay", &path]).run();
    assert_eq!((again.code, again.told()), (4, ended.told()), "{}", again.stderr);
    assert_eq!(again.drift()[0]["message"], ended.drift()[0]["message"]);
    drop(audit);
}
