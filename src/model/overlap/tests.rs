//! The search against the matcher that audits use, and the expressions for names against the rules.

use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).expect(text)
}

fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (pattern(one), pattern(other));
    let answer = one.shares_a_name(&other, &[], NameKind::Repository);
    assert_eq!(
        answer,
        other.shares_a_name(&one, &[], NameKind::Repository),
        "either way"
    );
    answer
}

#[test]
fn patterns_that_share_names_and_that_do_not() {
    for (one, other, expected) in [
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
        ("web{,-old}", "web", true),
        ("web{,-old}", "web-", false),
        ("web-[0-9]", "web-[a-z]", false),
        ("web-[!0-9]", "web-1", false),
        ("{a,b}-{c,d}", "b-*", true),
        ("{a,b}-{c,d}", "e-*", false),
        ("??", "?", false),
        ("x?y", "x/y", false),
        ("[[:alpha:]]*", "a*", true),
        // Only in what is no name.
        ("a.*", "a.", false),
        ("*-", "-*", false),
        ("a-?*", "a--*", true),
        ("a/*", "a//*", false),
    ] {
        assert_eq!(overlap(one, other), expected, "{one} {other}");
    }
}

#[test]
fn a_pattern_that_no_legal_name_matches_can_match_nothing() {
    for (text, kind, expected) in [
        ("a-*", NameKind::Repository, true),
        ("A*", NameKind::Repository, false),
        ("[A-Z]*", NameKind::Repository, false),
        ("[A-z]*", NameKind::Repository, true),
        ("*-", NameKind::Repository, false),
        ("_*", NameKind::Repository, false),
        ("a..*", NameKind::Repository, false),
        ("1*", NameKind::Repository, true),
        ("1*", NameKind::Namespace, false),
        ("{A,b}*", NameKind::Repository, true),
        ("a/*", NameKind::Namespace, false),
        ("ä*", NameKind::Repository, false),
        ("[äa]*", NameKind::Repository, true),
    ] {
        assert_eq!(pattern(text).can_match(kind), expected, "{text}");
    }
    let long = |count: usize| pattern(&format!("{}*", "?".repeat(count)));
    assert!(long(128).can_match(NameKind::Repository));
    assert!(!long(129).can_match(NameKind::Repository));
    assert!(!long(65).can_match(NameKind::Namespace));
}

/// A no would leave something out; a yes only looks once more than necessary. The two end differently.
#[test]
fn a_search_that_would_take_too_long_says_yes() {
    let hard = |end: char| format!("*x{}{end}", "?".repeat(24));
    assert!(!overlap("*y", "*z"));
    assert!(overlap(&hard('y'), &hard('z')));
    let bomb = |end: char| format!("{}{end}", "{a,b}".repeat(50));
    assert!(!overlap(&bomb('y'), &bomb('z')));
}

/// Pieces that make patterns of all kinds.
fn patterns() -> impl Strategy<Value = String> {
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
        "[a-c-e]",
        "[[:alpha:]]",
        "{a,b}",
        "{ab,c*}",
        "{a/b,c}",
        "{a,{b,c}d}",
        "{a,}",
        "{,{,b}c}",
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

/// Pieces whose names can be counted, with all that matters of them: `x`, `2` stand for what no other piece speaks of.
fn counted() -> impl Strategy<Value = (String, Vec<String>)> {
    const PIECES: [(&str, &[&str]); 10] = [
        ("a", &["a"]),
        ("b", &["b"]),
        ("/", &["/"]),
        ("-", &["-"]),
        ("?", &["a", "b", "c", "d", "e", "x", "1", "2", "-", "_", "."]),
        ("[ab]", &["a", "b"]),
        ("[!a]", &["b", "c", "d", "e", "x", "1", "2", "-", "_", "."]),
        ("{a,b/c}", &["a", "b/c"]),
        ("{ab,a,bc}", &["ab", "a", "bc"]),
        ("{a,{b,c}d}", &["a", "bd", "cd"]),
    ];
    let piece = proptest::sample::select(PIECES.to_vec());
    let pieces = proptest::collection::vec(piece, 1..5).prop_map(|pieces| {
        let text: String = pieces.iter().map(|(text, _)| *text).collect();
        let names = pieces.iter().fold(vec![String::new()], |names, (_, ends)| {
            let longer = |name: String| ends.iter().map(move |end| format!("{name}{end}"));
            names.into_iter().flat_map(longer).collect()
        });
        (text, names)
    });
    pieces.prop_filter("a pattern", |(text, _)| Pattern::parse(text).is_ok())
}

const NAME: &str = "[abc1]{0,2}[-._/]{0,2}[abc1]{1,2}([-._/][abc1]{1,2})?";

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_expressions_for_names_take_what_the_rules_take(text in "[ab1._/-]{1,6}") {
        let matches = |expression| {
            regex::bytes::Regex::new(expression).expect("an expression").is_match(text.as_bytes())
        };
        prop_assert_eq!(matches(RepositoryName::EXPRESSION), RepositoryName::parse(&text).is_ok());
        prop_assert_eq!(matches(NamespaceName::EXPRESSION), NamespaceName::parse(&text).is_ok());
    }

    /// A name is a pattern that matches itself alone.
    #[test]
    fn a_pattern_shares_a_name_with_each_legal_name_that_it_matches_and_no_other(text in patterns(), name in NAME) {
        let (one, itself) = (pattern(&text), pattern(&name));
        let expected = RepositoryName::parse(&name).is_ok() && one.matches(&name);
        prop_assert_eq!(one.shares_a_name(&itself, &[], NameKind::Repository), expected, "{} {}", &text, &name);
        let expected = NamespaceName::parse(&name).is_ok() && one.matches(&name);
        prop_assert_eq!(one.shares_a_name(&itself, &[], NameKind::Namespace), expected, "{} {}", &text, &name);
    }

    /// One of the two has so few names that all can be looked at.
    #[test]
    fn two_patterns_share_a_name_where_one_matches_a_name_of_the_other((one, names) in counted(), other in patterns()) {
        let second = pattern(&other);
        let is_shared = |name: &String| RepositoryName::parse(name).is_ok() && second.matches(name);
        prop_assert_eq!(overlap(&one, &other), names.iter().any(is_shared), "{} {}", &one, &other);
    }

    #[test]
    fn what_one_pattern_plainly_covers_it_matches(one in patterns(), other in patterns(), name in NAME) {
        let (one, other) = (pattern(&one), pattern(&other));
        prop_assert!(!one.plainly_covers(&other) || !other.matches(&name) || one.matches(&name));
    }
}
