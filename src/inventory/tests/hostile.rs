//! Files made to hurt: they end in problems, in bounded work. The clock is not asked; what would not end fails by not
//! ending.

use std::fmt::Write as _;

use super::*;

/// The first problem's line, and how many there are.
fn first(text: &str) -> (String, usize) {
    let problems = read(text).expect_err("hostile");
    (lines(&problems).swap_remove(0), problems.total())
}

#[test]
fn alias_bombs_are_counted_not_followed() {
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..40 {
        let _ = writeln!(bomb, "a{level}: &a{level} [*a{0}, *a{0}, *a{0}]", level - 1);
    }
    let (told, _) = first(&bomb);
    assert!(told.contains("more than 2000000 values"), "{told}");

    let list = vec!["x"; 5_000].join(",");
    let aliases = vec!["*a"; 5_000].join(",");
    let (told, _) = first(&format!("a: &a [{list}]\nb: [{aliases}]\n"));
    assert!(told.contains("more than 2000000 values"), "{told}");
}

#[test]
fn chains_of_aliases_are_deep_too() {
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..1_000 {
        let _ = writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1);
    }
    let told = problems(&chain).concat();
    assert!(
        told.contains("through this alias, nested deeper than 64 levels"),
        "{told}"
    );
    let told = problems("a: &a [*a]\n").concat();
    assert!(told.contains("inside the node that it refers to"), "{told}");
}

#[test]
fn nesting_has_an_end() {
    for text in [
        "[".repeat(10_000),
        "- ".repeat(10_000),
        "? ".repeat(10_000),
        "{a: ".repeat(10_000),
    ] {
        let (told, total) = first(&text);
        assert!(told.contains("nested deeper than 64"), "{told}");
        assert_eq!(total, 1);
    }
}

#[test]
fn a_hundred_problems_are_reported_and_all_are_counted() {
    let mut text = "apiVersion: swr-audit/v1\n".to_owned();
    for index in 0..20_000 {
        let _ = writeln!(text, "k{index}: 1");
    }
    text.push_str("k1: 2\n");
    let problems = read(&text).expect_err("hostile");
    assert_eq!((problems.shown().len(), problems.total()), (100, 20_001));
    assert_eq!(problems.shown()[99].place().map(|place| place.line), Some(101));
    let shown = problems.to_string();
    assert!(
        shown.ends_with("error: 20001 problems in the inventory, 19901 of them not shown"),
        "{shown}"
    );
}

/// Problems of the meaning come after those of the reading, and are told first where they stand first.
#[test]
fn the_first_hundred_are_the_first_by_place() {
    let mut text = changed("policy: none", "policy: nnoe");
    for index in 0..1_000 {
        let _ = writeln!(text, "k{index}: 1");
    }
    let (told, total) = first(&text);
    assert!(told.starts_with("a.yaml:27:17: there is no policy `nnoe`"), "{told}");
    assert_eq!(total, 1_001);
}

#[test]
fn one_long_scalar_is_no_name() {
    let (told, _) = first(&changed(
        "      - web\n",
        &format!("      - {}\n", "w".repeat(3_000_000)),
    ));
    assert!(told.len() < 500, "{told}");
    assert!(told.contains("is longer than 128 characters"), "{told}");
}

#[test]
fn many_documents_and_many_broken_ones() {
    read(&"---\n".repeat(50_000)).expect_err("no document");
    let (_, total) = first(&"a: [\n---\n".repeat(5_000));
    assert_eq!(total, 101);
}

#[test]
fn targets_are_not_multiplied_without_end() {
    let mut text = "apiVersion: swr-audit/v1\nsource: {region: cn-north-4, endpoint: 'https://swr.corp.example'}\ndefaults: {override: any, syncAuto: any, policy: p}\npolicies:\n  p:\n    targets:\n".to_owned();
    for index in 0..500 {
        let _ = writeln!(text, "    - region: r{index}");
    }
    text.push_str("namespaces:\n");
    for index in 0..2_100 {
        let _ = writeln!(text, "- {{name: n{index}, repos: [x]}}");
    }
    let (told, total) = first(&text);
    assert!(told.contains("expect more than 1000000 targets"), "{told}");
    assert_eq!(total, 1);
}

const FOUND: &str = "apiVersion: swr-audit/v1\nsource: {region: cn-north-4}\npolicies: {none: {targets: []}, some: {targets: [], otherRules: warn}}\nnamespaces:\n";

/// A namespace whose patterns alternate between two policies.
fn patterns(texts: impl Iterator<Item = String>) -> String {
    let mut text = format!("{FOUND}- name: prod\n  policy: none\n  repos:\n");
    for (index, pattern) in texts.enumerate() {
        let policy = if index % 2 == 0 { "none" } else { "some" };
        let _ = writeln!(text, "  - {{name: '{pattern}', policy: {policy}}}");
    }
    text
}

#[test]
fn braces_are_not_multiplied_out() {
    let bomb = |index: usize| format!("{}{index}", "{a,b}".repeat(50));
    let text = patterns((0..100).map(bomb));
    sound(&text);
    warnings(&text);
    let nested = |index: usize| format!("{}a{}{index}", "{b,".repeat(60), "}".repeat(60));
    warnings(&patterns((0..20).map(nested)));
    let deep = format!("{}a{}", "{".repeat(120), "}".repeat(120));
    let told = problems(&patterns(std::iter::once(deep))).concat();
    assert!(told.contains("is a placeholder"), "{told}");
}

/// Whether a name can match is asked of each, and each search has a limit.
#[test]
fn patterns_that_are_hard_to_search_are_read() {
    let hard = |index: usize| format!("*[ab]{}[ab]*{}", "?".repeat(20 + index % 40), "[ab]*".repeat(30));
    warnings(&patterns(
        (0..400)
            .map(hard)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter(),
    ));
    let similar = |index: usize| {
        format!(
            "*{}*",
            (0..30)
                .map(|bit| if index >> (bit % 10) & 1 == 0 { "a?" } else { "b*" })
                .collect::<String>()
        )
    };
    warnings(&patterns((0..300).map(similar)));
}

#[test]
fn patterns_have_a_limit_in_a_namespace_and_in_all() {
    let (told, total) = first(&patterns((0..1_100).map(|index| format!("a{index}-*"))));
    assert!(told.contains("the namespace has more than 1000 patterns"), "{told}");
    assert_eq!(total, 1);
    let mut text = FOUND.to_owned();
    for namespace in 0..11 {
        let _ = writeln!(text, "- name: n{namespace}\n  policy: none\n  repos:");
        for index in 0..950 {
            let _ = writeln!(text, "  - a{namespace}-{index}-*");
        }
    }
    let (told, total) = first(&text);
    assert!(
        told.contains("the inventory has more than 10000 different patterns"),
        "{told}"
    );
    assert_eq!(total, 450);
}

#[test]
fn waivers_have_a_limit() {
    let mut text = format!("{FOUND}- {{name: prod, policy: none}}\nwaivers:\n");
    for index in 0..10_500 {
        let _ = writeln!(
            text,
            "- {{id: w{index}, repo: 'p*/*-{}', reason: r, owner: o, expires: 2027-12-31}}",
            index % 7
        );
    }
    let (told, total) = first(&text);
    assert!(told.contains("the inventory has more than 10000 waivers"), "{told}");
    assert_eq!(total, 1);
}

/// Each waiver against each namespace would be a hundred million comparisons.
#[test]
fn waivers_are_not_held_against_everything_without_end() {
    let mut text = FOUND.to_owned();
    for index in 0..10_000 {
        let _ = writeln!(text, "- {{name: n{index}, policy: none}}");
    }
    text.push_str("waivers:\n");
    for index in 0..9_000 {
        let _ = writeln!(
            text,
            "- {{id: w{index}, repo: 'x*/y', reason: r, owner: o, expires: 2027-12-31}}"
        );
    }
    // The first hundred can be told.
    let told = warnings(&text);
    assert!(
        told.iter().filter(|line| line.contains("covers nothing")).count() >= 99,
        "{}",
        told.len()
    );
}
