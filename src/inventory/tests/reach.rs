//! Warnings of patterns and waivers that do nothing, or not what they seem to.

use super::*;

const HEAD: &str = "apiVersion: swr-audit/v1\nsource: { name: prod, region: cn-north-4 }\npolicies: { none: { targets: [] }, deny: { targets: [], otherRules: deny } }\nnamespaces:\n";

/// The warnings of a namespace with these entries under `none`, without those of unused policies.
fn of_entries(entries: &str) -> Vec<String> {
    of(&format!("  - {{ name: prod, policy: none, repos: [{entries}] }}\n"))
}

fn of(rest: &str) -> Vec<String> {
    let mut warnings = warnings(&format!("{HEAD}{rest}"));
    warnings.retain(|line| !line.contains("nobody uses the policy") && !line.contains("no repository uses"));
    warnings
}

const DENIED: &str = "{ name: 'NAME', policy: deny }";

fn denied(name: &str) -> String {
    DENIED.replace("NAME", name)
}

#[test]
fn a_pattern_behind_one_that_plainly_covers_it_never_decides() {
    let hidden = |place: &str, pattern: &str, by: &str, at: &str| {
        format!(
            "a.yaml:5:{place}: the pattern `{pattern}` never decides: `{by}` stands before it and matches all that it does -> move it to the front, or remove it | a.yaml:5:{at} this one decides"
        )
    };
    assert_eq!(
        of_entries("'team-a/*', 'team-a/legacy-*'"),
        [hidden("53", "team-a/legacy-*", "team-a/*", "41")]
    );
    assert_eq!(
        of_entries(&format!("'**', {}", denied("x-[0-9]"))),
        [hidden("55", "x-[0-9]", "**", "41")]
    );
    assert_eq!(
        of_entries("'a/**', 'a/b/**', 'a/b/c/*'"),
        [
            hidden("49", "a/b/**", "a/**", "41"),
            hidden("59", "a/b/c/*", "a/**", "41")
        ]
    );
    // Narrower ones first, as everybody writes them, and others that a `**` does not reach.
    for entries in [
        &*format!("{}, 'team-a/**', '**'", denied("team-a/legacy-*")),
        "'a/**', 'ab*', 'a'",
        "'a*', 'a*/b', 'a/**'",
        "'**/a', 'b/a'",
        "'{a,b}/**', 'a/x*'",
    ] {
        assert_eq!(of_entries(entries), [""; 0], "{entries}");
    }
}

/// Comparing them by all names that they could match took a thousand lines. Which of them decides, the names that are there
/// show.
#[test]
fn patterns_are_compared_by_their_text_alone() {
    for entries in [
        format!("'a-*', {}", denied("*-b")),
        format!("'*b', {}", denied("a*b")),
        format!("'{{a,b}}-*', {}", denied("[ab]-*")),
    ] {
        assert_eq!(of_entries(&entries), [""; 0], "{entries}");
    }
}

#[test]
fn a_name_that_repeats_its_namespace_is_a_pattern_too() {
    assert_eq!(
        of_entries("'prod/*'"),
        [
            "a.yaml:5:41: this is the repository `prod/prod/*`, namespace and all -> write `*`; leave it only where the name does repeat the namespace"
        ]
    );
}

#[test]
fn policies_of_what_is_found_are_used() {
    let head = "apiVersion: swr-audit/v1\nsource: { name: prod, region: cn-north-4 }\ndefaults: { policy: dr }\npolicies:\n  dr: { targets: [{ region: cn-east-3, override: true, syncAuto: any }] }\nnamespaces:\n";
    let ends = |rest: &str| {
        let warnings = warnings(&format!("{head}{rest}"));
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let (_, ends) = warnings[0]
            .split_once("`syncAuto: false`; ")
            .expect("it cannot be proven");
        ends.split(" `unknown`").next().unwrap_or_default().to_owned()
    };
    assert_eq!(ends("  - name: prod\n"), "repositories that are found under it end as");
    assert_eq!(
        ends("  - { name: prod, repos: ['a-*'] }\n"),
        "repositories that are found under it end as"
    );
    assert_eq!(
        ends("  - { name: prod, repos: [web, 'a-*'] }\n"),
        "1 repository under it, and those that are found, end as"
    );
    // Nobody is asked yet, and the policy is used all the same.
    assert_eq!(
        warnings(&format!(
            "{head}  - {{ name: lab, skip: true, reason: r, until: 2027-12-31 }}\n"
        )),
        [""; 0]
    );
    assert_eq!(
        warnings(&format!(
            "{head}  - {{ name: lab, skip: true, reason: r, until: 2026-11-23 }}\n"
        ))
        .len(),
        2
    );
}

fn of_waiver(repo: &str, more: &str) -> Vec<String> {
    of(&format!(
        "  - {{ name: prod, policy: none, repos: [web, 'team-a/*', {{ name: gone, skip: true, reason: r }}], otherRepos: allow }}
  - {{ name: lab, policy: none, repos: [web] }}
  - {{ name: tools, policy: none }}
  - {{ name: old, skip: true, reason: r }}
{more}waivers: [{{ id: W, repo: '{repo}', reason: r, owner: o, expires: 2027-12-31 }}]\n"
    ))
}

#[test]
fn a_waiver_that_reaches_no_namespace_covers_nothing() {
    for repo in [
        "prod/web",
        "prod",
        "prod/**",
        "prod/w*",
        "*/x",
        "tools/x/y",
        "prod:prod/web",
        "*:prod",
        "old/**",
        // Whether anything there can be covered, the audit says.
        "prod/api",
        "prod/gone",
    ] {
        assert_eq!(of_waiver(repo, ""), [""; 0], "{repo}");
    }
    for (repo, remedy) in [
        ("prdo/web", "did you mean `prod`? or remove it"),
        ("elsewhere/**", "write the `repo` that it is meant for, or remove it"),
        ("{x,y}*/**", "write the `repo` that it is meant for, or remove it"),
    ] {
        assert_eq!(
            of_waiver(repo, ""),
            [format!(
                "a.yaml:9:26: the waiver `W` covers nothing: it reaches no namespace of the inventory -> {remedy}"
            )]
        );
    }
    // Namespaces that are found may be what is meant.
    assert_eq!(of_waiver("elsewhere/**", "otherNamespaces: warn\n"), [""; 0]);
    assert_eq!(of_waiver("elsewhere/web", "otherNamespaces: warn\n").len(), 1);
    assert_eq!(of_waiver("elsewhere/**", "otherNamespaces: allow\n").len(), 1);
    // Waivers alone are for inventories elsewhere.
    let alone = "apiVersion: swr-audit/v1\nwaivers: [{ id: W, repo: x, reason: r, owner: o, expires: 2027-12-31 }]\n";
    assert_eq!(warnings(alone), [""; 0]);
}

/// The warnings of a waiver with these words, of an inventory with two policies.
fn of_target(repo: &str, words: &str) -> Vec<String> {
    let head = "apiVersion: swr-audit/v1
source: { name: prod, region: cn-north-4 }
defaults: { override: false, syncAuto: true }
policies: { dr: { targets: [{ region: cn-east-3, namespace: prod-dr }] }, own: { targets: [{ region: cn-south-1 }] }, none: { targets: [] } }
namespaces:
  - { name: prod, policy: dr, repos: [web, { name: own, policy: own }, { name: 'none-*', policy: none }] }
  - { name: lab, policy: own }
  - { name: dull, policy: none }
";
    warnings(&format!(
        "{head}waivers: [{{ id: W, repo: '{repo}', {words}, reason: r, owner: o, expires: 2027-12-31 }}]\n"
    ))
}

#[test]
fn a_waivers_region_that_nobody_knows() {
    for (target, remedy) in [
        (
            "cn-esat-3",
            "did you mean `cn-east-3`? for a new region write `extraRegions: [cn-esat-3]` in any document",
        ),
        (
            "moon/prod",
            "write the id of a region of the public cloud; for a new region write `extraRegions: [moon]` in any document",
        ),
    ] {
        let (region, _) = target.split_once('/').unwrap_or((target, ""));
        let expected = format!("PLACE: there is no known region `{region}` -> {remedy}");
        for words in ["", "finding: [missing-rule], "] {
            let told = of_target("prod/web", &format!("{words}target: {target}"));
            let place = if words.is_empty() { "a.yaml:9:46" } else { "a.yaml:9:71" };
            assert_eq!(told, [expected.replace("PLACE", place)], "{words}");
        }
    }
    // A policy means it too, or is told.
    let both = "apiVersion: swr-audit/v1\nsource: { name: prod, region: cn-north-4, endpoint: 'https://swr.corp.example' }\nnamespaces: [{ name: prod, policy: { targets: [{ region: moon, override: any, syncAuto: true }] } }]\nwaivers: [{ id: W, repo: prod, target: moon, reason: r, owner: o, expires: 2027-12-31 }]\n";
    let told = warnings(both);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("a.yaml:3:"), "{told:?}");
    assert_eq!(warnings(&format!("{both}extraRegions: [moon]\n")), [""; 0]);
    let elsewhere = both.replace("target: moon", "target: dc2");
    assert_eq!(warnings(&format!("{elsewhere}extraRegions: [moon, dc2]\n")), [""; 0]);
}

#[test]
fn findings_without_a_target_beside_one() {
    let remedy = "remove `target`, or name the `finding` that it is meant for";
    for (findings, which) in [
        ("missing-repo", "`missing-repo` has"),
        ("missing-namespace, unlisted-repo", "its findings have"),
        ("unlisted-namespace, empty-pattern, expired-skip", "its findings have"),
    ] {
        let words = format!("finding: [{findings}], target: cn-east-3");
        let told = of_target("prod", &words);
        assert_eq!(told.len(), 1, "{told:?}");
        let expected =
            format!(": the waiver `W` covers nothing: {which} no target, and so never `cn-east-3` -> {remedy}");
        assert!(told[0].ends_with(&expected), "{told:?}");
    }
    for words in [
        "finding: [missing-repo, missing-rule], target: cn-east-3",
        "finding: [missing-repo]",
        "target: cn-east-3",
    ] {
        assert_eq!(of_target("prod", words), [""; 0], "{words}");
    }
}

#[test]
fn a_waiver_reaches_its_documents_source_only() {
    let waiver = "waivers: [{ id: W, repo: lab/**, reason: r, owner: o, expires: 2027-12-31 }]\n";
    let eu = "apiVersion: swr-audit/v1\nsource: { region: eu-west-101 }\nnamespaces: [{ name: lab, policy: none }]\n";
    let text = format!("{HEAD}  - {{ name: prod, policy: deny }}\n");
    assert_eq!(
        warnings_of(&[file("a.yaml", format!("{text}{waiver}")), file("b.yaml", eu)]).len(),
        1
    );
    assert_eq!(
        warnings_of(&[file("a.yaml", &*text), file("b.yaml", format!("{eu}{waiver}"))]),
        [""; 0]
    );
    let all = format!("apiVersion: swr-audit/v1\n{waiver}");
    assert_eq!(
        warnings_of(&[file("a.yaml", text), file("b.yaml", eu), file("c.yaml", all)]),
        [""; 0]
    );
}

#[test]
fn waivers_that_are_over_or_soon_will_be() {
    for (expires, expected) in [
        (
            "2026-11-23",
            Some(
                "ended on 2026-11-23: what it covers counts again, and an `expired-waiver` is found -> remove it, or move the date",
            ),
        ),
        (
            "2026-11-24",
            Some("ends today -> decide before it does, remove it, or move the date"),
        ),
        (
            "2026-12-08",
            Some("ends on 2026-12-08, in 14 days -> decide before it does, remove it, or move the date"),
        ),
        ("2026-12-09", None),
    ] {
        let text = format!("waivers: [{{ id: W, repo: prod, reason: r, owner: o, expires: {expires} }}]\n");
        let expected = expected.map(|text| format!("a.yaml:6:62: the waiver `W` {text}"));
        assert_eq!(
            of(&format!("  - {{ name: prod, policy: none }}\n{text}")),
            Vec::from_iter(expected)
        );
    }
}
