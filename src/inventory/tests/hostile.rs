//! Files made to hurt: they end in problems, in bounded work. The clock is not asked; what would not end fails by not
//! ending.

use super::*;

/// The first problem's line, and how many there are.
fn first(text: &str) -> (String, usize) {
    let problems = read(text).expect_err("hostile");
    (lines(&problems).swap_remove(0), problems.total())
}

#[test]
fn alias_bombs_are_counted_not_followed() {
    use std::fmt::Write as _;
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
    use std::fmt::Write as _;
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
fn a_hundred_problems_are_told_and_all_are_counted() {
    use std::fmt::Write as _;
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
    use std::fmt::Write as _;
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
    use std::fmt::Write as _;
    let mut text = "apiVersion: swr-audit/v1\nsource: {region: cn-north-4}\ndefaults: {override: any, syncAuto: any, policy: p}\npolicies:\n  p:\n    targets:\n".to_owned();
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
