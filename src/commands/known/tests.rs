//! What a journal says of a list.

use super::*;
use crate::journal::JournalError;
use crate::model::{NamespaceName, UnknownClass};

const HEADER: &str = r#"{"kind":"header","journal":1,"runId":"r1","startedAt":"2026-11-24T03:15:00Z","toolVersion":"0","inventory":[],"sources":[["main","https://h"]]}"#;
const RESUMED: &str = r#"{"kind":"resumed","at":"2026-11-25T03:15:00Z"}"#;

fn look(status: u16) -> String {
    format!(
        r#"{{"kind":"answer","source":"main","call":"namespace","namespace":"prod","observedAt":"2026-11-24T03:15:00Z","attempts":1,"status":{status},"requestId":null,"body":"{{\"name\":\"prod\"}}"}}"#
    )
}

fn read(lines: &[&str]) -> Result<Replay, JournalError> {
    let text: String = [HEADER].iter().chain(lines).flat_map(|line| [line, "\n"]).collect();
    Replay::read(text.as_bytes())
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

/// The names that were listed in `prod`, and the class of the gap.
fn listed(lines: &[&str]) -> (Vec<String>, Option<UnknownClass>) {
    let replay = read(lines).expect("a sound journal");
    let namespace = NamespaceName::parse("prod").expect("a legal namespace");
    let orders = ListingOrders {
        repositories: vec![("main".into(), namespace)],
        namespaces: Vec::new(),
    };
    let listings = listings(&replay, &orders);
    let listing = listings.repositories.values().next().expect("it was ordered");
    let names = listing.names.iter().map(ToString::to_string).collect();
    (names, listing.gap.as_ref().map(|failure| failure.class))
}

#[test]
fn pages_are_put_together_by_the_rules_of_the_wire() {
    let first = page(0, 0, 200, "0-2/3", &["a", "b"]);
    let second = page(0, 1, 200, "1-2/3", &["b", "c"]);
    let end = page(0, 2, 200, "2-1/3", &["c"]);
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(listed(&[&end, &second, &first]), (names(&["a", "b", "c"]), None));
    assert_eq!(listed(&[&first]), (names(&["a", "b"]), Some(UnknownClass::Interrupted)));
    assert_eq!(listed(&[&second]), (Vec::new(), Some(UnknownClass::Interrupted)));
    assert_eq!(listed(&[]), (Vec::new(), Some(UnknownClass::Interrupted)));
    let other = page(0, 1, 200, "1-2/4", &["b", "c"]);
    assert_eq!(
        listed(&[&first, &other, &end]),
        (names(&["a", "b", "c"]), Some(UnknownClass::Interrupted)),
        "the second pass is missing"
    );
}

#[test]
fn a_page_that_was_asked_again_counts_as_it_came_last() {
    let first = page(0, 0, 200, "0-2/3", &["a", "b"]);
    let (bad, good) = (page(0, 1, 503, "", &[]), page(0, 1, 200, "1-2/3", &["b", "c"]));
    let end = page(0, 2, 200, "2-1/3", &["c"]);
    assert_eq!(listed(&[&first, &bad, &end]).1, Some(UnknownClass::ServerError));
    assert_eq!(listed(&[&first, &bad, &end, RESUMED, &good]).1, None);
}

#[test]
fn an_empty_list_needs_its_look() {
    let empty = page(0, 0, 200, "0-0/0", &[]);
    assert_eq!(listed(&[&empty, &look(200)]), (Vec::new(), None));
    assert_eq!(listed(&[&empty]), (Vec::new(), Some(UnknownClass::Interrupted)));
    assert_eq!(
        listed(&[&empty, &look(403)]),
        (Vec::new(), Some(UnknownClass::AccessDenied))
    );
}

#[test]
fn a_journal_made_by_hand_costs_no_more_than_it_holds() {
    let endless = page(0, 0, 200, "0-1/1000000", &["a"]);
    assert_eq!(listed(&[&endless]).1, Some(UnknownClass::BadResponse));
    let many = page(0, 0, 200, "0-1/10000", &["a"]);
    assert_eq!(listed(&[&many]).1, Some(UnknownClass::Interrupted));
}
