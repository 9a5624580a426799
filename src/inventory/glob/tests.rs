//! The automaton against the matcher that audits use, and the two questions against what they promise.

use proptest::prelude::*;

use super::*;
use crate::model::{NamespaceName, Pattern, RepositoryName};

fn glob(pattern: &str) -> Glob {
    Pattern::parse(pattern).expect(pattern);
    Glob::new(pattern).expect(pattern)
}

fn shared(one: &Glob, two: &Glob, kind: Kind) -> Option<bool> {
    let mut plenty = usize::MAX;
    let answer = one.overlaps(two, kind, &mut plenty);
    assert_eq!(answer, two.overlaps(one, kind, &mut plenty), "either way");
    answer
}

fn overlaps(one: &str, two: &str) -> Option<bool> {
    shared(&glob(one), &glob(two), Kind::Repository)
}

fn covers(outer: &str, inner: &str) -> Option<bool> {
    let mut plenty = usize::MAX;
    glob(outer).covers(&glob(inner), Kind::Repository, &mut plenty)
}

/// A name is a pattern that matches itself alone.
fn matches(pattern: &Glob, name: &str, kind: Kind) -> bool {
    let name = Glob::new(name).expect("a name is short");
    shared(pattern, &name, kind) == Some(true)
}

#[test]
fn patterns_that_share_names_and_that_do_not() {
    for (one, two, expected) in [
        ("a-*", "*-b", true),
        ("a*", "b*", false),
        ("*", "*/x", false),
        ("**", "*/x", true),
        ("team-a/*", "team-a/**", true),
        ("team-a/*", "team-a/x/*", false),
        ("team-a/**", "team-a", false),
        ("**/web", "web", true),
        ("**/web", "a/b/web", true),
        ("a/**/z", "a/z", true),
        ("a/**/z", "az", false),
        ("web-[0-9]", "web-[a-z]", false),
        ("web-[!0-9]", "web-1", false),
        ("{a,b}-{c,d}", "b-*", true),
        ("{a,b}-{c,d}", "e-*", false),
        ("??", "?", false),
        ("x?y", "x/y", false),
        // Only in what is no name.
        ("a.*", "a.", false),
        ("*-", "-*", false),
        ("a-?*", "a--*", true),
        ("a/*", "a//*", false),
    ] {
        assert_eq!(overlaps(one, two), Some(expected), "{one} {two}");
    }
}

#[test]
fn patterns_that_match_all_that_others_do() {
    for (outer, inner, expected) in [
        ("*", "a-*", true),
        ("*", "a/*", false),
        ("**", "{a,b/c}/[x-z]?", true),
        ("team-a/**", "team-a/*", true),
        ("team-a/*", "team-a/**", false),
        ("a*", "a*", true),
        ("{a,b}*", "[ab]*", true),
        ("[a-z]*", "*", false),
        ("[a-z0-9]*", "*", true),
        ("*b", "a*b", true),
        ("a*b", "*b", false),
        ("**/web", "web", true),
        ("**/*", "**", true),
        ("*-*", "a-*", true),
        ("?*", "*", true),
        ("??*", "*", false),
        ("a/**", "a/b/**/c", true),
    ] {
        assert_eq!(covers(outer, inner), Some(expected), "{outer} {inner}");
    }
}

#[test]
fn patterns_that_no_name_matches() {
    for (pattern, kind, expected) in [
        ("a-*", Kind::Repository, true),
        ("A*", Kind::Repository, false),
        ("[A-Z]*", Kind::Repository, false),
        ("[A-z]*", Kind::Repository, true),
        ("*-", Kind::Repository, false),
        ("_*", Kind::Repository, false),
        ("a..*", Kind::Repository, false),
        ("1*", Kind::Repository, true),
        ("1*", Kind::Namespace, false),
        ("{A,b}*", Kind::Repository, true),
        ("a/*", Kind::Namespace, false),
    ] {
        assert_eq!(glob(pattern).can_match(kind), Some(expected), "{pattern}");
    }
    let long = |count: usize| glob(&format!("{}*", "?".repeat(count)));
    assert_eq!(long(128).can_match(Kind::Repository), Some(true));
    assert_eq!(long(129).can_match(Kind::Repository), Some(false));
    assert_eq!(long(65).can_match(Kind::Namespace), Some(false));
}

/// Each has a budget: what would go on and on is not answered.
#[test]
fn what_is_made_to_be_hard_is_left_alone() {
    let bomb = "{a,b}".repeat(51);
    assert_eq!(covers(&bomb, &bomb), Some(true));
    let hard = format!("*a{}", "?".repeat(60));
    let harder = format!("*b{}", "?".repeat(61));
    let mut budget = 10_000;
    assert_eq!(glob(&hard).covers(&glob(&harder), Kind::Repository, &mut budget), None);
    assert_eq!(budget, 0);
    assert!(covers(&hard, &format!("*{}", "[ab]".repeat(40))) != Some(true));
    let stars = "*{a,b}".repeat(42);
    assert!(overlaps(&stars, &"?*".repeat(100)) != Some(false));
}

/// Pieces that make patterns of all kinds.
fn pattern() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "a",
        "b",
        "c",
        "1",
        "-",
        "_",
        ".",
        "/",
        "*",
        "?",
        "[ab]",
        "[!a]",
        "[^b-z]",
        "[a-c]",
        "[-a]",
        "[]a]",
        "[a-]",
        "{a,b}",
        "{ab,c*}",
        "{a/b,c}",
        "{a,{b,c}d}",
        "{a,}",
        "/**/",
        "**/",
        "/**",
        "--",
        "[/a]",
        "{}",
    ]);
    let pieces = proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat());
    pieces.prop_filter("a pattern", |text| Pattern::parse(text).is_ok())
}

const NAME: &str = "[abc1]{1,2}([-._/]|__|--)?[abc1]{1,2}([-._/][abc1]{1,2})?";

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_matches_what_the_matcher_matches(text in pattern(), name in "[abc1]{0,2}[-._/]{0,2}[abc1]{1,2}([-._/][abc1]{1,2})?") {
        let matcher = Pattern::parse(&text).expect("a pattern");
        let glob = Glob::new(&text).expect("understood");
        let expected = RepositoryName::parse(&name).is_ok() && matcher.matches(&name);
        prop_assert_eq!(matches(&glob, &name, Kind::Repository), expected, "{} {}", &text, &name);
        let expected = NamespaceName::parse(&name).is_ok() && matcher.matches(&name);
        prop_assert_eq!(matches(&glob, &name, Kind::Namespace), expected, "{} {}", &text, &name);
    }

    #[test]
    fn a_name_of_both_is_an_overlap_and_of_the_inner_alone_no_cover(
        one in pattern(), two in pattern(), names in proptest::collection::vec(NAME, 20),
    ) {
        let (first, second) = (Pattern::parse(&one).expect("a pattern"), Pattern::parse(&two).expect("a pattern"));
        let shared = overlaps(&one, &two);
        let (outer, inner) = (covers(&one, &two), covers(&two, &one));
        for name in names.iter().filter(|name| RepositoryName::parse(name).is_ok()) {
            let (is_first, is_second) = (first.matches(name), second.matches(name));
            prop_assert!(!(is_first && is_second) || shared != Some(false), "{} {} {}", &one, &two, name);
            prop_assert!(!is_second || is_first || outer != Some(true), "{} {} {}", &one, &two, name);
            prop_assert!(!is_first || is_second || inner != Some(true), "{} {} {}", &one, &two, name);
        }
        prop_assert_eq!(covers(&one, &one), Some(true));
    }
}
