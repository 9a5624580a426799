//! Names, patterns and whole namespaces: what they mean, and which patterns are none.

use std::sync::Arc;

use super::*;
use crate::model::{Contents, Listed, NamespaceEntry, Others, Treatment};

const HEAD: &str = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\n";
const NONE: &str = "policies: { none: { targets: [] } }\n";

fn inventory(namespaces: &str) -> String {
    format!("{HEAD}{NONE}namespaces:\n{namespaces}")
}

fn listed(namespace: &NamespaceEntry) -> &Listed {
    match &namespace.contents {
        Contents::Listed(listed) => listed,
        Contents::Whole(_) => panic!("{namespace:?}"),
    }
}

fn whole(namespace: &NamespaceEntry) -> &Treatment {
    match &namespace.contents {
        Contents::Whole(whole) => whole,
        Contents::Listed(_) => panic!("{namespace:?}"),
    }
}

fn policy(treatment: &Treatment) -> Option<&str> {
    treatment.expectation.as_ref().and_then(|of| of.policy.as_deref())
}

#[test]
fn names_patterns_and_whole_namespaces_are_told_apart() {
    let inventory = sound(WIDE);
    let [one, other] = &inventory.sources[..] else {
        panic!("{:?}", inventory.sources)
    };
    assert_eq!((&*one.name, &*other.name), ("cn-north-4", "eu"));
    let names: Vec<String> = inventory
        .namespaces
        .iter()
        .map(|namespace| format!("{}:{}", namespace.source.name, namespace.name))
        .collect();
    assert_eq!(names, ["cn-north-4:prod", "eu:lab", "eu:prod", "eu:tools"]);
    let [cn, lab, prod, tools] = &inventory.namespaces[..] else {
        panic!("{names:?}")
    };
    assert_eq!(listed(cn).others, Others::Allow);
    let skipped = whole(lab).skip.as_ref().map(|skip| &*skip.entry);
    assert_eq!((skipped, policy(whole(lab))), (Some("lab"), Some("dr")));
    assert_eq!((&whole(tools).skip, policy(whole(tools))), (&None, Some("none")));
    let prod = listed(prod);
    assert_eq!((prod.repositories.len(), prod.others), (1, Others::Deny));
    let patterns: Vec<(&str, u32, Option<&str>, bool)> = prod
        .patterns
        .iter()
        .map(|entry| {
            let of = &entry.treatment;
            (entry.pattern.as_str(), of.place.line, policy(of), of.skip.is_some())
        })
        .collect();
    // In the order of the file.
    assert_eq!(
        patterns,
        [
            ("team-a/legacy-*", 12, Some("none"), false),
            ("team-a/**", 14, Some("dr"), false),
            ("{scratch,tmp}/**", 15, Some("dr"), true),
        ]
    );
    let target = |expectation: &Option<Arc<crate::model::Expectation>>| {
        expectation.as_ref().expect("expected").targets[0].target.to_string()
    };
    assert_eq!(target(&prod.patterns[1].treatment.expectation), "cn-east-3/prod");
}

#[test]
fn what_others_mean_is_warn_unless_it_is_written() {
    for (word, expected) in [
        ("", Others::Warn),
        ("    otherRepos: warn\n", Others::Warn),
        ("    otherRepos: deny\n", Others::Deny),
        ("    otherRepos: allow\n", Others::Allow),
    ] {
        let text = inventory(&format!("  - name: prod\n    policy: none\n    repos: [web]\n{word}"));
        assert_eq!(listed(&sound(&text).namespaces[0]).others, expected, "{word}");
    }
    for (namespace, expected) in [
        (
            "{ name: prod, policy: none, otherRepos: deny }",
            "a.yaml:5:33: `otherRepos` stands in a namespace without `repos`, which covers every repository: there are no others -> remove it, or name repositories under `repos`",
        ),
        (
            "{ name: prod, skip: true, reason: r, otherRepos: deny }",
            "a.yaml:5:42: `otherRepos` stands beside `skip`, and a skipped namespace is not listed -> remove one of them",
        ),
        (
            "{ name: prod, policy: none, repos: [web], otherRepos: dney }",
            "a.yaml:5:59: `dney` is not a value for `otherRepos` -> did you mean `deny`?",
        ),
    ] {
        assert_eq!(problems(&inventory(&format!("  - {namespace}\n"))), [expected]);
    }
}

#[test]
fn every_entry_finds_a_policy_or_says_where_to_write_one() {
    for (namespace, expected) in [
        (
            "name: prod",
            Some(
                "a.yaml:5:11: the namespace `prod` has no `policy`, and there is no default -> write `policy:` in the namespace, or in `defaults` of this document: it covers every repository that is found there",
            ),
        ),
        (
            "{ name: prod, repos: [web-*] }",
            Some(
                "a.yaml:5:13: the namespace `prod` has no `policy`, and there is no default -> write `policy:` in the namespace, in the repository, or in `defaults` of this document | a.yaml:5:27 `web-*` needs one",
            ),
        ),
        (
            "{ name: prod, skip: true, reason: r, until: 2027-01-31 }",
            Some(
                "a.yaml:5:49: the namespace `prod` is audited after 2027-01-31, and there is no default policy for it -> write `policy:` in `defaults` of this document, or remove `until` to skip it for ever",
            ),
        ),
        ("{ name: prod, skip: true, reason: r }", None),
        (
            "{ name: prod, repos: [{ name: web-*, skip: true, reason: r }, { name: x, skip: true, reason: r }] }",
            None,
        ),
        ("{ name: prod, repos: [{ name: web-*, policy: none }] }", None),
    ] {
        let text = inventory(&format!("  - {namespace}\n"));
        match expected {
            Some(expected) => assert_eq!(problems(&text), [expected]),
            None => drop(sound(&text)),
        }
    }
}

/// A namespace whose skip is over is audited whole, under its document's policy.
#[test]
fn a_namespaces_skip_that_is_over_is_no_problem() {
    let text = inventory("  - { name: lab, skip: true, reason: r, until: 2026-01-31 }\ndefaults: { policy: none }\n");
    let inventory = sound(&text);
    let lab = whole(&inventory.namespaces[0]);
    assert!(lab.skip.is_some() && lab.expectation.is_some());
}

#[test]
fn patterns_that_can_match_nothing_say_why() {
    let form = "write lower-case letters and digits, with `*`, `?`, `[...]` or `{a,b}` within a segment, or `**` for any number of segments, as in `team-a/*`";
    for (pattern, expected) in [
        (
            "Team-A/*",
            "can match nothing: no repository's name holds `T` -> did you mean `team-a/*`?",
        ),
        (
            "web-*:v1",
            "can match nothing: no repository's name holds `:` -> write the image's name alone, without registry, tag and digest",
        ),
        (
            "/web-*",
            "can match nothing: it begins with `/` -> did you mean `web-*`?",
        ),
        (
            "team-a/**/",
            "can match nothing: it ends with `/` -> did you mean `team-a/**`?",
        ),
        ("a//*", "can match nothing: no name holds `//` -> did you mean `a/*`?"),
        ("a-*$", "can match nothing: no repository's name holds `$` -> FORM"),
        ("*-", "can match nothing: no repository can have such a name -> FORM"),
        (
            "[A-Z]*",
            "can match nothing: no repository can have such a name -> did you mean `[a-z]*`?",
        ),
        ("a..*", "can match nothing: no repository can have such a name -> FORM"),
        (
            "team-a**",
            "cannot be read: `**` stands for whole segments: write it alone between two `/` -> FORM",
        ),
        ("[a", "cannot be read: unclosed character class; missing ']' -> FORM"),
        (
            "{a,b",
            "cannot be read: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?) -> FORM",
        ),
        ("web\\*", "can match nothing: no repository's name holds `\\` -> FORM"),
    ] {
        let text = inventory(&format!(
            "  - {{ name: prod, policy: none, repos: ['{pattern}', web] }}\n"
        ));
        let expected = expected.replace("FORM", form);
        assert_eq!(
            problems(&text),
            [format!("a.yaml:5:41: the pattern `{pattern}` {expected}")]
        );
    }
    let long = format!("{}*", "a".repeat(256));
    let told = problems(&inventory(&format!(
        "  - {{ name: prod, policy: none, repos: ['{long}'] }}\n"
    )));
    assert!(
        told[0].ends_with("it is longer than 256 characters -> write a shorter one, or several"),
        "{told:?}"
    );
    let long = format!("{}*", "?".repeat(129));
    let told = problems(&inventory(&format!(
        "  - {{ name: prod, policy: none, repos: ['{long}'] }}\n"
    )));
    assert!(told[0].contains("no repository can have such a name"), "{told:?}");
}

#[test]
fn placeholders_are_no_patterns() {
    for text in ["{{ .Values.name }}", "${WEB}", "{{name}}-*"] {
        let told = problems(&inventory(&format!(
            "  - {{ name: prod, policy: none, repos: ['{text}'] }}\n"
        )));
        assert!(told[0].contains("is a placeholder"), "{told:?}");
    }
    sound(&inventory(
        "  - { name: prod, policy: none, repos: ['{{a,b}-x,{c,d}}'] }\n",
    ));
}

#[test]
fn a_pattern_stands_once() {
    let text = inventory("  - { name: prod, policy: none, repos: ['a-*', x, { name: 'a-*', policy: none }] }\n");
    assert_eq!(
        problems(&text),
        ["a.yaml:5:59: the pattern `a-*` is named twice -> remove one of them | a.yaml:5:41 first here"]
    );
    sound(&inventory(
        "  - { name: prod, policy: none, repos: ['a-*'] }\n  - { name: lab, policy: none, repos: ['a-*'] }\n",
    ));
}

#[test]
fn namespaces_have_no_patterns() {
    let told = problems(&inventory("  - { name: 'prod-*', policy: none }\n"));
    assert_eq!(
        told,
        [
            "a.yaml:5:13: the namespace's name `prod-*` holds `*` -> name the namespaces one by one: patterns stand in `repos`, and a namespace without `repos` is audited whole"
        ]
    );
}

#[test]
fn equal_patterns_share_what_is_compiled() {
    let mut text = inventory("");
    for index in 0..200 {
        let _ = writeln!(text, "  - {{ name: n{index}, policy: none, repos: ['team-a/*'] }}");
    }
    let inventory = sound(&text);
    let shared: Vec<Arc<str>> = inventory
        .namespaces
        .iter()
        .map(|namespace| listed(namespace).patterns[0].pattern.shared())
        .collect();
    assert!(shared.iter().all(|text| Arc::ptr_eq(text, &shared[0])));
}
