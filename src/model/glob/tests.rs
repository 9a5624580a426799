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
        ("web{,-old}", "web", true),
        ("web{,-old}", "web-", false),
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
        ("web{,-old}", "web", true),
        ("web", "web{,-old}", false),
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

fn overlaps_beyond(one: &str, two: &str, patterns: &[String], names: &[String]) -> Option<bool> {
    let (one, two) = (glob(one), glob(two));
    let patterns: Vec<Glob> = patterns.iter().map(|pattern| glob(pattern)).collect();
    let decided = Decided::new(&patterns, names.iter().map(String::as_str));
    let answer = |one: &Glob, two: &Glob| {
        let mut plenty = usize::MAX;
        one.overlaps_beyond(two, &decided, Kind::Repository, &mut plenty)
    };
    let either = [answer(&one, &two), answer(&two, &one)];
    assert_eq!(either[0], either[1], "either way");
    either[0]
}

#[test]
fn patterns_that_share_names_beyond_those_that_others_decide() {
    for (one, two, patterns, names, expected) in [
        ("a/*", "*/z*", &[][..], &[][..], true),
        ("a/*", "b/*", &[], &[], false),
        // What they share, and more or less of it.
        ("a/*", "*/z*", &["a/z*"], &[], false),
        ("a/*", "*/z*", &["a/**"], &[], false),
        ("a/*", "*/z*", &["a/z?"], &[], true),
        ("a/*", "*/z*", &["a/z?*"], &[], true),
        ("a/*", "*/z*", &["a/y*"], &[], true),
        ("a-*", "*-b", &["a-*-b"], &[], true),
        // By several.
        ("a/*", "*/z*", &["a/z?*"], &["a/z"], false),
        ("a/*", "*/z*", &["a/z[a-z]*", "a/z[!a-z]*"], &["a/z"], false),
        ("a/*", "*/z*", &["a/z[a-y]*", "a/z[!a-z]*"], &["a/z"], true),
        ("a-*", "*-b", &["a-*-b"], &["a-b"], false),
        // By names.
        ("a/*", "*/z", &[], &["a/z"], false),
        ("a/*", "*/z", &[], &["a/y", "a/z", "a/zz", "b"], false),
        ("a/*", "*/z", &[], &["a/zz", "a/z-z"], true),
        ("a/*", "*/{x,y,zz}", &[], &["a/zz", "a/x", "a/y"], false),
        ("a/*", "*/{x,y,zz}", &[], &["a/zz", "a/y"], true),
        ("a/*", "*/z*", &[], &["a/z", "a/zz"], true),
        // Only in what is no name.
        ("a/*", "*/{z,z-}", &[], &["a/z"], false),
    ] {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let answer = overlaps_beyond(one, two, &owned(patterns), &owned(names));
        assert_eq!(answer, Some(expected), "{one} {two} {patterns:?} {names:?}");
    }
    // Thousands of names that both match do not keep the one from being seen that is beyond them.
    let names: Vec<String> = (0..5_000).map(|number| format!("a/z{number}")).collect();
    assert_eq!(overlaps_beyond("a/*", "*/z*", &[], &names), Some(true));
    assert_eq!(overlaps_beyond("a/*", "*/z[0-9]*", &[], &names), Some(true));
    // Nor do patterns that begin otherwise.
    let patterns: Vec<String> = (0..500).map(|number| format!("b{number}/*")).collect();
    assert_eq!(overlaps_beyond("a/*", "*/z*", &patterns, &names), Some(true));
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
    let (one, two) = (glob(&hard), glob("*"));
    let harder = glob(&harder);
    for mut budget in [10_000, usize::MAX] {
        let decided = Decided::new([&harder], []);
        let answer = two.overlaps_beyond(&two, &decided, Kind::Repository, &mut budget);
        assert_eq!(answer, Some(true), "the first name is one");
        let decided = Decided::new([&one, &harder], []);
        assert_eq!(
            one.overlaps_beyond(&harder, &decided, Kind::Repository, &mut budget),
            None
        );
    }
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

/// Pieces whose names can be counted, with all that matters of them: `x`, `2` stand for what no [`pattern`] speaks of.
fn counted() -> impl Strategy<Value = (String, Vec<String>)> {
    const PIECES: [(&str, &[&str]); 10] = [
        ("a", &["a"]),
        ("b", &["b"]),
        ("/", &["/"]),
        ("-", &["-"]),
        ("?", &["a", "b", "c", "d", "x", "1", "2", "-", "_", "."]),
        ("[ab]", &["a", "b"]),
        ("[!a]", &["b", "c", "d", "x", "1", "2", "-", "_", "."]),
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

    /// One of the two has so few names that all can be looked at.
    #[test]
    fn an_overlap_beyond_others_is_a_name_that_none_of_them_matches(
        (one, all) in counted(), two in pattern(), patterns in proptest::collection::vec(pattern(), 0..4),
        named in 0..3_usize, every in 1..3_usize,
    ) {
        let parsed = |text: &String| Pattern::parse(text).expect("a pattern");
        let (second, others) = (parsed(&two), patterns.iter().map(parsed).collect::<Vec<_>>());
        let is_shared = |name: &&String| RepositoryName::parse(name).is_ok() && second.matches(name);
        let mut shared: Vec<String> = all.iter().filter(is_shared).cloned().collect();
        shared.sort();
        shared.dedup();
        // Some of them, or all; `x` and `2` are not one name each.
        let can_be_named = |name: &&String| !name.contains(['x', '2']);
        let names = shared.iter().filter(can_be_named).skip(named).step_by(every);
        let names: Vec<String> = names.cloned().collect();
        let is_beyond = |name: &String| !names.contains(name) && !others.iter().any(|other| other.matches(name));
        let expected = shared.iter().any(is_beyond);
        let answer = overlaps_beyond(&one, &two, &patterns, &names);
        prop_assert_eq!(answer, Some(expected), "{} {} {:?} {:?}", &one, &two, &patterns, &names);
    }
}
