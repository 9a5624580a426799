//! `docs/findings.md`: one heading for each word that a report can say.

use jiff::Timestamp;
use swr_audit::model::{
    Blindness, Code, Failure, LeftOutCount, LimitCode, ListingDoubt, MissingShards, NamespaceName, UnknownClass,
};

use super::page::{Page, root, subsections};
use super::stage::json;

fn headings(section: &str) -> Vec<&str> {
    subsections(section).into_iter().map(|(heading, _)| heading).collect()
}

#[test]
fn every_code_has_its_heading_and_its_severity() {
    let page = Page::read("docs/findings.md");
    let section = page.section("Findings");
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(headings(section), codes);
    let report = json(&root().join("reports/sample/report.json"));
    for (code, text) in subsections(section) {
        let severity = text.trim_start().lines().next().unwrap_or_default();
        let findings = report["findings"].as_array().expect("a list").iter();
        let mut seen = findings.filter(|finding| finding["code"] == code).peekable();
        assert!(seen.peek().is_some(), "the sample shows each finding, but not {code}");
        for finding in seen {
            let word = finding["severity"].as_str().expect("a word");
            assert!(
                severity.starts_with("Default severity: ") && severity.contains(word),
                "{code}"
            );
        }
    }
}

#[test]
fn every_class_of_unknown_has_its_heading() {
    let page = Page::read("docs/findings.md");
    let classes: Vec<&str> = UnknownClass::ALL.iter().map(|class| class.name()).collect();
    assert_eq!(headings(page.section("Unknown")), classes);
}

#[test]
fn every_limit_has_its_heading() {
    let namespace = || NamespaceName::parse("prod").expect("a name");
    let limits = [
        Blindness::AccountUnconfirmed("0".into()),
        Blindness::ListMayBeCut(1),
        Blindness::ListingUnconfirmed(Some(namespace()), ListingDoubt::Empty),
        Blindness::ManualRulesHidden,
        Blindness::NamespaceUnconfirmed(namespace(), Failure::unasked(UnknownClass::Timeout)),
        Blindness::OutsideSelection(LeftOutCount::default()),
        Blindness::OutsideShard(1),
        Blindness::ShardMissing(MissingShards::between([], 1)),
        Blindness::ShardsOfSeveralRuns {
            first: Timestamp::UNIX_EPOCH,
            last: Timestamp::UNIX_EPOCH,
        },
        Blindness::SkippedNotChecked {
            repositories: 1,
            namespaces: 0,
            patterns: 0,
        },
        Blindness::UnlistedNotSearched,
    ];
    let page = Page::read("docs/findings.md");
    let codes: Vec<LimitCode> = limits.iter().map(Blindness::code).collect();
    assert_eq!(codes, LimitCode::ALL);
    assert_eq!(headings(page.section("Limits")), LimitCode::ALL.map(LimitCode::name));
}
