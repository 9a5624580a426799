//! What several parts of one run say together.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::model::{Answer, CallerId, Look, NamespaceName, RepoId, RepositoryName, Signal};
use crate::swr::Page;

const HEADER: &str = r#"{"kind":"header","journal":1,"runId":"r1","startedAt":"2026-11-24T03:15:00Z","toolVersion":"0","inventory":[],"sources":[["main","https://h"]]}"#;
const RESUMED: &str = r#"{"kind":"resumed","at":"2026-11-25T03:15:00Z"}"#;
const GIVEN_UP: &str =
    r#"{"kind":"givenUp","source":"main","namespace":"prod","repository":"web","class":"interrupted","attempts":1}"#;
const CALLER: &str = r#"{"kind":"caller","source":"main","key":"0011223344556677"}"#;
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
    let call = Call::rules(&web());
    let answer = replay
        .answer("main", &call)
        .map(|exchange| exchange.observation(&web()).answer);
    let told = match answer {
        Some(Answer::Rules(_)) => "rules".to_owned(),
        Some(Answer::Absent) => "absent".to_owned(),
        Some(Answer::Failed(failure)) => failure.class.name().to_owned(),
        None => replay
            .reason("main", &call)
            .map_or_else(|| "nothing".to_owned(), |(failure, _)| failure.class.name().to_owned()),
    };
    (told, replay.standing("main", &call).is_some())
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
    assert_eq!(told(&[]), ("nothing".to_owned(), false));
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
fn what_follows_a_doubt_stands_in_the_place_of_what_came_before() {
    const OF_RULES: &str = r#"{"kind":"doubted","source":"main","call":"rules","namespace":"prod","repository":"web"}"#;
    const OF_LOOK: &str = r#"{"kind":"doubted","source":"main","call":"namespace","namespace":"prod"}"#;
    let (good, denied) = (answer(200), answer(403));
    assert_eq!(told(&[&good, OF_RULES, &denied]), ("access-denied".to_owned(), true));
    // The run was killed, or gave up, before it was asked again.
    assert_eq!(told(&[&good, OF_RULES]), ("nothing".to_owned(), false));
    assert_eq!(told(&[&good, OF_RULES, GIVEN_UP]), ("interrupted".to_owned(), false));
    assert_eq!(told(&[&good, OF_RULES, RESUMED, &good]), ("rules".to_owned(), true));
    // Of another call.
    assert_eq!(told(&[&good, OF_LOOK]), ("rules".to_owned(), true));
    assert!(read(&[&good, &good]).is_err());
    let replay = read(&[&look(200), OF_LOOK, &look(403)]).expect("a sound journal");
    let namespace = web().namespace;
    let exchange = replay
        .answer("main", &Call::namespace(&namespace))
        .expect("it was taken");
    assert!(matches!(exchange.look(&namespace), Look::Failed(_)));
}

#[test]
fn a_look_stands_or_is_taken_again() {
    let namespace = web().namespace;
    let stands = |lines: &[&str]| {
        let replay = read(lines).expect("a sound journal");
        let exchange = replay.standing("main", &Call::namespace(&namespace))?;
        Some(exchange.look(&namespace))
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
    assert_eq!(end(&[STOPPED]), Some(Ending::Signal(Signal::Terminate)));
    assert_eq!(end(&[STOPPED, RESUMED]), None, "killed after it was gone on with");
    let deadline = r#"{"kind":"end","ending":"deadline","deadlineMs":1500}"#;
    let expected = Ending::Deadline(Some(Duration::from_millis(1500)));
    assert_eq!(end(&[STOPPED, RESUMED, deadline]), Some(expected));
    for (tail, expected) in [
        (
            format!("{}\n{STOPPED}\n", answer(200)),
            Some(Ending::Signal(Signal::Terminate)),
        ),
        (format!("{STOPPED}\n"), Some(Ending::Signal(Signal::Terminate))),
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
    assert_eq!(Header::read(text.as_bytes()).expect("a header").run_id, "r1");
    assert!(Header::read(&text.as_bytes()[..HEADER.len()]).is_err(), "torn");
}

fn page(pass: u32, offset: u32, status: u16, range: &str, names: &[&str]) -> String {
    let elements: Vec<_> = names
        .iter()
        .map(|name| format!(r#"{{\"name\":\"{name}\",\"namespace\":\"prod\"}}"#))
        .collect();
    let limit = if offset == 0 { 1000 } else { 2 };
    format!(
        r#"{{"kind":"answer","source":"main","call":"repos","namespace":"prod","offset":{offset},"limit":{limit},"pass":{pass},"observedAt":"2026-11-24T03:15:00Z","attempts":1,"status":{status},"requestId":null,"contentRange":"{range}","body":"[{}]"}}"#,
        elements.join(",")
    )
}

#[test]
fn a_page_that_was_refused_is_asked_again_once() {
    let first = page(0, 0, 200, "0-2/3", &["a", "b"]);
    let (bad, good) = (page(0, 1, 503, "", &[]), page(0, 1, 200, "1-2/3", &["b", "c"]));
    assert!(read(&[&first, &bad, &good]).is_err(), "twice in one part");
    let replay = read(&[&first, &bad]).expect("a sound journal");
    let stands = |offset: u32| {
        let call = Call::Repositories {
            namespace: web().namespace,
            page: Page {
                pass: 0,
                offset,
                limit: if offset == 0 { 1000 } else { 2 },
            },
        };
        replay.standing("main", &call).is_some()
    };
    assert_eq!((stands(0), stands(1), stands(4)), (true, false, false));
}

#[test]
fn a_look_is_among_the_exchanges() {
    let replay = read(&[&look(200)]).expect("a sound journal");
    let expected = Call::namespace(&web().namespace);
    assert!(
        replay
            .questions()
            .any(|(source, call)| (source, call) == ("main", &expected))
    );
}

#[test]
fn a_page_of_a_journal_made_by_hand_is_a_legal_one() {
    let good = page(0, 0, 200, "0-1/1", &["a"]);
    for (from, to) in [
        (r#""namespace":"prod","offset""#, r#""namespace":"../prod","offset""#),
        (r#""namespace":"prod","offset""#, r#""offset""#),
        (r#""offset":0,"#, ""),
        (r#""offset":0,"#, r#""offset":-1,"#),
        (r#""offset":0,"#, r#""offset":4294967296,"#),
        (r#""call":"repos""#, r#""call":"rules""#),
    ] {
        let wrong = good.replace(from, to);
        assert_ne!(wrong, good);
        assert!(read(&[&wrong]).is_err(), "{wrong}");
    }
}

fn at(line: &str, time: &str) -> String {
    line.replace("2026-11-24T03:15:00Z", time)
}

const OLD: &str = "2026-11-22T03:15:00Z";

fn times() -> std::ops::RangeInclusive<Timestamp> {
    let time = |text: &str| text.parse().expect("a time");
    time("2026-11-23T03:15:00Z")..=time("2026-11-24T03:15:00Z")
}

/// A journal in a file, and what was read of it.
fn kept(lines: &[&str]) -> (File, Replay) {
    let text: String = [HEADER].iter().chain(lines).flat_map(|line| [line, "\n"]).collect();
    let mut file = tempfile::tempfile().expect("a file for the test");
    io::Write::write_all(&mut file, text.as_bytes()).expect("it is writable");
    let again = file.try_clone().expect("it is open");
    let replay = Replay::read_file(text.as_bytes(), again).expect("a sound journal");
    (file, replay)
}

#[test]
fn a_journal_in_a_file_says_what_it_says_in_memory() {
    let answer = answer(200);
    for lines in [&[CALLER, &answer, STOPPED][..], &[GIVEN_UP]] {
        let (in_memory, (_file, in_file)) = (read(lines).expect("a sound journal"), kept(lines));
        let call = Call::rules(&web());
        assert_eq!(in_file.answer("main", &call), in_memory.answer("main", &call));
        assert_eq!(in_file.reason("main", &call), in_memory.reason("main", &call));
        let copied = |replay: &Replay| {
            let mut copied = Vec::new();
            replay.copy(&mut copied).expect("memory takes everything");
            String::from_utf8(copied).expect("it is text")
        };
        let expected: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
        assert_eq!((copied(&in_file), copied(&in_memory)), (expected.clone(), expected));
    }
}

#[test]
fn an_answer_that_is_gone_from_the_file_is_unknown() {
    for line in [&*answer(200), &answer(404), GIVEN_UP] {
        let (file, replay) = kept(&[line]);
        file.set_len(HEADER.len() as u64).expect("it is writable");
        let call = Call::rules(&web());
        let answer = replay.answer("main", &call).and_then(|exchange| exchange.failure());
        let reason = || replay.reason("main", &call).map(|(failure, _)| failure);
        let failure = answer.or_else(reason).expect("it is not there any more");
        assert_eq!(failure.class, UnknownClass::BadResponse);
        assert_eq!(failure.detail, "the journal changed while it was read");
        assert!(replay.copy(&mut Vec::new()).is_err());
    }
}

/// The numbers of the lines that it holds.
fn numbers(replay: &Replay, lines: &[&str]) -> Vec<usize> {
    let mut copied = Vec::new();
    replay.copy_answers(&mut copied).expect("memory takes everything");
    let copied = String::from_utf8(copied).expect("it is text");
    assert_eq!(copied.lines().count(), replay.line_count());
    let numbers = copied.lines().map(|copy| lines.iter().position(|line| *line == copy));
    numbers.map(|at| 2 + at.expect("it was there")).collect()
}

#[test]
fn what_came_at_another_time_is_forgotten_and_a_list_as_a_whole() {
    let (first, second) = (
        page(0, 0, 200, "0-2/4", &["a", "b"]),
        page(0, 2, 200, "2-2/4", &["c", "d"]),
    );
    let other_list = page(0, 0, 200, "0-1/1", &["x"]).replace("prod", "lab");
    let left = |lines: &[&str]| {
        let mut replay = read(lines).expect("a sound journal");
        let gone = replay.forget_outside(&times());
        (gone, numbers(&replay, lines))
    };
    assert_eq!(
        left(&[&first, &second, &answer(200), &look(200)]),
        (0, vec![2, 3, 4, 5])
    );
    assert_eq!(left(&[&at(&answer(200), OLD), &look(200)]), (1, vec![3]));
    assert_eq!(left(&[&at(&look(200), OLD), &answer(200)]), (1, vec![3]));
    assert_eq!(left(&[&at(&answer(200), "2026-11-24T03:15:01Z")]), (1, vec![]));
    assert_eq!(left(&[&first, &at(&second, OLD), &other_list]), (2, vec![4]));
    // What was given up has no time, and stands for nothing.
    assert_eq!(left(&[GIVEN_UP]), (0, vec![2]));
}

#[test]
fn the_last_word_of_a_journal_says_who_asked_and_answers_name_the_account() {
    let account = "0123456789abcdef0123456789abcdef";
    let user = format!(r#"{{"kind":"caller","source":"main","user":"example/x","account":"{account}"}}"#);
    let strange = r#"{"kind":"caller","source":"main","user":"x","key":"0011223344556677"}"#;
    let named = answer(200).replace(r#""[]""#, &format!(r#""[{{\"domainID\":\"{account}\"}}]""#));
    let caller = |lines: &[&str]| {
        let caller = read(lines).expect("a sound journal").caller("main");
        (caller.credential, caller.account.map(|account| account.to_string()))
    };
    let (known, by_key) = (
        Some(account.to_owned()),
        Some(CallerId::Key("0011223344556677".to_owned())),
    );
    assert_eq!(caller(&[&answer(200)]), (None, None), "a journal of before");
    assert_eq!(caller(&[&named]), (None, known.clone()));
    assert_eq!(caller(&[CALLER, &answer(200)]), (by_key.clone(), None));
    assert_eq!(caller(&[CALLER, &named]), (by_key, known.clone()));
    let by_user = Some(CallerId::User("example/x".to_owned()));
    assert_eq!(caller(&[CALLER, RESUMED, &user]), (by_user, known));
    assert_eq!(caller(&[strange]), (None, None));
}

#[test]
fn a_run_that_was_gone_on_with_started_with_its_oldest_answer() {
    let resumed = r#"{"kind":"resumed","at":"2026-11-25T03:15:00Z","startedAt":"2026-11-24T04:00:00Z"}"#;
    let started = |lines: &[&str]| read(lines).expect("a sound journal").header().started_at.to_string();
    assert_eq!(started(&[&answer(200)]), "2026-11-24T03:15:00Z");
    assert_eq!(
        started(&[&answer(200), RESUMED]),
        "2026-11-24T03:15:00Z",
        "a journal of before"
    );
    assert_eq!(started(&[&answer(200), resumed]), "2026-11-24T04:00:00Z");
    let oldest = |lines: &[&str]| read(lines).expect("a sound journal").oldest_standing();
    let time = |text: &str| Some(text.parse().expect("a time"));
    assert_eq!(oldest(&[&answer(200), &at(&look(200), OLD)]), time(OLD));
    assert_eq!(
        oldest(&[&answer(200), &at(&look(503), OLD)]),
        time("2026-11-24T03:15:00Z")
    );
    assert_eq!(oldest(&[&answer(503), GIVEN_UP, RESUMED]), None);
}
