//! What several parts of one run say together.

use super::*;
use crate::model::{Failure, RepositoryName};

const HEADER: &str = r#"{"kind":"header","journal":1,"runId":"r1","startedAt":"2026-11-24T03:15:00Z","toolVersion":"0","inventory":[],"sources":[["main","https://h"]]}"#;
const RESUMED: &str = r#"{"kind":"resumed","at":"2026-11-25T03:15:00Z"}"#;
const GIVEN_UP: &str =
    r#"{"kind":"givenUp","source":"main","namespace":"prod","repository":"web","class":"interrupted","attempts":1}"#;
const STOPPED: &str = r#"{"kind":"end","ending":"sigterm"}"#;

fn answer(status: u16) -> String {
    format!(
        r#"{{"kind":"answer","source":"main","call":"rules","namespace":"prod","repository":"web","observedAt":"2026-11-24T03:15:00Z","attempts":1,"status":{status},"requestId":null,"body":"[]"}}"#
    )
}

fn look(status: u16) -> String {
    format!(
        r#"{{"kind":"answer","source":"main","call":"namespace","namespace":"prod","observedAt":"2026-11-24T03:15:00Z","attempts":1,"status":{status},"requestId":null,"body":"{{\"name\":\"prod\"}}"}}"#
    )
}

fn read(lines: &[&str]) -> Result<Replay, JournalError> {
    let text: String = [HEADER].iter().chain(lines).flat_map(|line| [line, "\n"]).collect();
    Replay::read(text.as_bytes())
}

fn web() -> RepoId {
    RepoId {
        source: "main".into(),
        namespace: NamespaceName::parse("prod").expect("a legal namespace"),
        repository: RepositoryName::parse("web").expect("a legal repository"),
    }
}

/// `rules`, or the class of the failure, and whether it stands.
fn told(lines: &[&str]) -> (String, bool) {
    let replay = read(lines).expect("a sound journal");
    let told = match replay.repository(&web()).1.answer {
        Answer::Rules(_) => "rules".to_owned(),
        Answer::Absent => "absent".to_owned(),
        Answer::Failed(Failure { class, .. }) => class.name().to_owned(),
    };
    (told, replay.standing(&web()).is_some())
}

#[test]
fn what_may_pass_does_not_stand() {
    for (status, expected, stands) in [
        (200, "rules", true),
        (403, "access-denied", true),
        (302, "bad-response", true),
        (503, "server-error", false),
        (429, "throttled", false),
        (401, "unauthenticated", false),
    ] {
        assert_eq!(told(&[&answer(status)]), (expected.to_owned(), stands), "{status}");
    }
    assert_eq!(told(&[GIVEN_UP]), ("interrupted".to_owned(), false));
    assert_eq!(told(&[]), ("interrupted".to_owned(), false));
}

#[test]
fn a_later_part_of_the_run_replaces_what_failed_before() {
    let (good, bad) = (answer(200), answer(503));
    let expected = |told: &str, stands| (told.to_owned(), stands);
    assert_eq!(told(&[&bad, RESUMED, &good]), expected("rules", true));
    assert_eq!(told(&[GIVEN_UP, STOPPED, RESUMED, &good]), expected("rules", true));
    assert_eq!(
        told(&[&bad, STOPPED, RESUMED, GIVEN_UP]),
        expected("interrupted", false)
    );
    assert_eq!(
        told(&[&bad, RESUMED, GIVEN_UP, RESUMED, &good]),
        expected("rules", true)
    );
    // Within one part an answer is more than having given up, and there is one.
    assert_eq!(told(&[&good, GIVEN_UP]), expected("rules", true));
    assert_eq!(told(&[GIVEN_UP, &good]), expected("rules", true));
    assert!(read(&[&bad, &good]).is_err());
    assert!(read(&[&bad, RESUMED, &good, &good]).is_err());
}

#[test]
fn a_look_stands_or_is_taken_again() {
    let namespace = web().namespace;
    let stands = |lines: &[&str]| {
        let replay = read(lines).expect("a sound journal");
        replay.standing_look(&"main".into(), &namespace)
    };
    assert_eq!(stands(&[&look(200)]), Some(Look::Present));
    assert!(matches!(stands(&[&look(403)]), Some(Look::Failed(_))));
    assert_eq!(stands(&[&look(503)]), None);
    assert_eq!(stands(&[&look(503), RESUMED, &look(200)]), Some(Look::Present));
    assert!(read(&[&look(503), &look(200)]).is_err());
}

#[test]
fn the_last_part_says_how_the_run_ended() {
    let end = |lines: &[&str]| read(lines).expect("a sound journal").end();
    assert_eq!(end(&[]), None);
    assert_eq!(end(&[STOPPED]), Some(RunEnd::Sigterm));
    assert_eq!(end(&[STOPPED, RESUMED]), None, "killed after it was gone on with");
    let deadline = r#"{"kind":"end","ending":"deadline","deadlineMs":1500}"#;
    let expected = RunEnd::Deadline(Some(Duration::from_millis(1500)));
    assert_eq!(end(&[STOPPED, RESUMED, deadline]), Some(expected));
    for (tail, expected) in [
        (format!("{}\n{STOPPED}\n", answer(200)), Some(RunEnd::Sigterm)),
        (format!("{STOPPED}\n"), Some(RunEnd::Sigterm)),
        (format!("of a line that began before\"}}\n{deadline}\n"), Some(expected)),
        (format!("{STOPPED}\n{RESUMED}\n"), None),
        (format!("{STOPPED}\n{STOPPED}"), None),
        (String::new(), None),
    ] {
        assert_eq!(last_end(tail.as_bytes()), expected, "{tail}");
    }
}

#[test]
fn whole_lines_are_counted_up_to_what_is_torn() {
    let text = format!("{HEADER}\n{}\n", answer(200));
    for cut in [text.len(), text.len() - 1, HEADER.len() + 2, HEADER.len() + 1] {
        let replay = Replay::read(&text.as_bytes()[..cut]).expect("a sound journal");
        let whole = text[..cut].rfind('\n').expect("a header") + 1;
        assert_eq!(replay.whole(), whole as u64, "{cut}");
    }
    assert_eq!(Head::read(text.as_bytes()).expect("a header").run_id, "r1");
    assert!(Head::read(&text.as_bytes()[..HEADER.len()]).is_err(), "torn");
}
