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
fn a_pattern_that_another_hides() {
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
        of_entries("'{a,b}-*', '[ab]-*'"),
        [hidden("52", "[ab]-*", "{a,b}-*", "41")]
    );
    // Narrower ones first, as everybody writes them.
    assert_eq!(
        of_entries(&format!("{}, 'team-a/**', '**'", denied("team-a/legacy-*"))),
        [""; 0]
    );
    assert_eq!(of_entries("'a-*', '*-b'"), [""; 0]);
}

#[test]
fn patterns_that_only_their_order_parts() {
    let told = of_entries(&format!("'a-*', {}", denied("*-b")));
    assert_eq!(
        told,
        [
            "a.yaml:5:56: some names match both `a-*` and `*-b`, and mean something else under each: `a-*` decides, because it stands first -> write patterns that share no name, or a narrower one for what they share before both | a.yaml:5:41 this one decides"
        ]
    );
    for other in [
        "{ name: '*-b', skip: true, reason: r }",
        "{ name: '*-b', skip: true, reason: r, until: 2027-12-31 }",
    ] {
        assert_eq!(of_entries(&format!("'a-*', {other}")).len(), 1, "{other}");
    }
    // The same meaning, or no name in common.
    assert_eq!(of_entries("'a-*', { name: '*-b', policy: none }"), [""; 0]);
    assert_eq!(of_entries(&format!("'a-*', {}", denied("b-*"))), [""; 0]);
    assert_eq!(of_entries(&format!("'a-*-b', 'a-*', {}", denied("*-b"))).len(), 1);
}

/// The warning stayed when its own remedy had been followed, and `--strict` failed for ever.
#[test]
fn patterns_whose_shared_names_something_before_both_decides() {
    let later = denied("*/z*");
    for (before, is_told) in [
        ("", true),
        ("'a/z*', ", false),
        // In other words, by several, and with a name.
        ("'{a,b}/z*', ", false),
        ("'a/z?*', ", true),
        ("'a/z?*', a/z, ", false),
        ("'a/z[a-z]*', 'a/z[!a-z]*', a/z, ", false),
        ("'a/z[a-z]*', 'a/z[!a-y]*', ", true),
        // It may match all that they share: it is not understood.
        ("'a/[[:alpha:]]*', ", false),
    ] {
        let told = of_entries(&format!("{before}'a/*', {later}"));
        assert_eq!(told.len(), usize::from(is_told), "{before} {told:?}");
    }
    // A name decides wherever it stands.
    let later = denied("*/z");
    assert_eq!(of_entries(&format!("'a/*', {later}")).len(), 1);
    assert_eq!(of_entries(&format!("a/z, 'a/*', {later}")), [""; 0]);
    assert_eq!(of_entries(&format!("'a/*', {later}, a/z")), [""; 0]);
    assert_eq!(of_entries(&format!("'a/*', {later}, a/y, a/zz")).len(), 1);
    // What stands between the two does not decide.
    assert_eq!(of_entries(&format!("'a/*', 'a/z*', {later}")).len(), 2);
}

/// One that never decides was said to.
#[test]
fn a_hidden_pattern_shares_nothing() {
    let told = of_entries(&format!("{}, 'web-*', {}", denied("{web,api}-*"), denied("*u")));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("the pattern `web-*` never decides"), "{told:?}");
    // The one that hides it does share.
    let told = of_entries(&format!("'{{web,api}}-*', {}, {}", denied("web-*"), denied("*u")));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[1].contains("some names match both `{web,api}-*` and `*u`"),
        "{told:?}"
    );
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
fn waivers_that_cover_nothing() {
    for repo in [
        "prod/web",
        "prod",
        "prod/**",
        "prod/w*",
        "prod/team-a/x",
        "prod/*/legacy-*",
        "*/x",
        "lab/anything",
        "tools/x/y",
        "prod:prod/web",
        "*/**",
        "*:prod",
    ] {
        assert_eq!(of_waiver(repo, ""), [""; 0], "{repo}");
    }
    for (repo, expected) in [
        (
            "prdo/web",
            "it reaches no namespace of the inventory -> did you mean `prod`? or remove it",
        ),
        (
            "elsewhere/**",
            "it reaches no namespace of the inventory -> write the `repo` that it is meant for, or remove it",
        ),
        (
            "prod/api",
            "no entry of the namespaces that it reaches can match -> write the `repo` that it is meant for, or remove it",
        ),
        (
            "prod/team-b/*",
            "no entry of the namespaces that it reaches can match -> write the `repo` that it is meant for, or remove it",
        ),
        ("prod/gone", "all that it reaches is skipped -> remove it, or the skip"),
        ("old/**", "all that it reaches is skipped -> remove it, or the skip"),
    ] {
        assert_eq!(
            of_waiver(repo, ""),
            [format!("a.yaml:9:26: the waiver `W` covers nothing: {expected}")]
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

/// An entry does match, and is skipped: that is another mistake than a misspelt name.
#[test]
fn waivers_of_what_a_skip_alone_decides() {
    let told = |repo: &str, others: &str| {
        of(&format!(
            "  - {{ name: p, policy: none, repos: [web, {{ name: sk, skip: true, reason: r }}, {{ name: 'sk-*', skip: true, reason: r }}, {{ name: 'until-*', skip: true, reason: r, until: 2027-12-31 }}, 'sk-a*', 'all-*']{others} }}
waivers: [{{ id: W, repo: '{repo}', reason: r, owner: o, expires: 2027-12-31 }}]\n"
        ))
        .into_iter()
        .filter(|line| line.contains("the waiver"))
        .collect::<Vec<_>>()
    };
    let skipped =
        "a.yaml:6:26: the waiver `W` covers nothing: all that it reaches is skipped -> remove it, or the skip";
    let nothing = "a.yaml:6:26: the waiver `W` covers nothing: no entry of the namespaces that it reaches can match -> write the `repo` that it is meant for, or remove it";
    for (repo, expected) in [
        ("p/sk", Some(skipped)),
        ("p/sk-1", Some(skipped)),
        ("p/sk-1*", Some(skipped)),
        // The skip stands first, and decides.
        ("p/sk-abc", Some(skipped)),
        // Something within it another pattern may decide, as far as anybody looks.
        ("p/sk*", None),
        ("p/until-1", None),
        ("p/{sk-1,all-1}", None),
        ("p/{sk,web}", None),
        ("p/x", Some(nothing)),
    ] {
        assert_eq!(told(repo, ", otherRepos: allow"), Vec::from_iter(expected), "{repo}");
    }
    // What no entry decides is found, and what one skips is not.
    for (repo, expected) in [
        ("p/sk", Some(skipped)),
        ("p/sk-1", Some(skipped)),
        ("p/sk-1*", Some(skipped)),
        ("p/sk*", None),
        ("p/x", None),
    ] {
        assert_eq!(told(repo, ""), Vec::from_iter(expected), "{repo}");
    }
}

/// What a waiver reaches, and what its findings can be about, may have nothing in common.
#[test]
fn waivers_of_findings_that_nothing_within_them_can_have() {
    let told = |repo: &str, findings: &str| {
        let text = format!(
            "  - {{ name: p, policy: none, repos: [web, {{ name: sk, skip: true, reason: r }}, {{ name: over, skip: true, reason: r, until: 2027-12-31 }}, 'a/*'], otherRepos: deny }}
  - {{ name: closed, policy: none, repos: [web, 'b/*'], otherRepos: allow }}
  - {{ name: open, policy: none }}
waivers: [{{ id: W, repo: '{repo}', finding: [{findings}], reason: r, owner: o, expires: 2027-12-31 }}]\n"
        );
        let told = of(&text);
        assert!(told.len() < 2, "{told:?}");
        told.first().map(|line| {
            let told = line.strip_prefix("a.yaml:8:26: the waiver `W` covers nothing: ");
            told.unwrap_or_else(|| panic!("{line}")).to_owned()
        })
    };
    let no_entry = "no entry of the namespaces that it reaches can match, and what is found beside them can be `unlisted-repo` only -> write the `repo` that it is meant for, add `unlisted-repo` to its `finding`, or remove it";
    let none_unlisted = "all that it reaches is covered by the inventory, or allowed by `otherRepos`, and never an `unlisted-repo` -> name the `finding` that it is meant for, or remove it";
    let nothing =
        "no entry of the namespaces that it reaches can match -> write the `repo` that it is meant for, or remove it";
    let skipped = "all that it reaches is skipped -> remove it, or the skip";
    for (repo, findings, expected) in [
        // What no entry covers can be unlisted only.
        ("p/q", "missing-rule", Some(no_entry)),
        ("p/q*", "missing-rule, expired-skip", Some(no_entry)),
        ("p/q", "missing-rule, unlisted-repo", None),
        ("p/q", "unlisted-repo", None),
        ("p/w*", "missing-rule", None),
        ("p/a/x", "missing-rule", None),
        ("p/sk", "missing-rule", Some(skipped)),
        ("p/sk*", "missing-rule", Some(skipped)),
        ("*/q", "missing-rule", None),
        ("{p,closed}/q", "missing-rule", Some(no_entry)),
        ("closed/q", "missing-rule", Some(nothing)),
        // What an entry covers can never be.
        ("p/web", "unlisted-repo", Some(none_unlisted)),
        ("p/over", "unlisted-repo", Some(none_unlisted)),
        ("p/sk", "unlisted-repo", Some(skipped)),
        ("p/a/x", "unlisted-repo", Some(none_unlisted)),
        ("p/a/x*", "unlisted-repo", Some(none_unlisted)),
        ("p/a*", "unlisted-repo", None),
        ("p/a/**", "unlisted-repo", None),
        ("p/web", "unlisted-repo, missing-namespace", Some(none_unlisted)),
        ("p/web", "unlisted-repo, missing-repo", None),
        ("closed/q", "unlisted-repo", Some(none_unlisted)),
        ("closed", "unlisted-repo", Some(none_unlisted)),
        ("open/**", "unlisted-repo", Some(none_unlisted)),
        ("open/x", "unlisted-repo", Some(none_unlisted)),
        ("{closed,open}", "unlisted-repo", Some(none_unlisted)),
        ("{closed,open}", "unlisted-repo, missing-namespace", None),
        ("*", "unlisted-repo", None),
        // Only namespaces themselves have these.
        (
            "p/a/*",
            "empty-pattern",
            Some("`empty-pattern` is about namespaces as a whole, and `p/a/*` holds repositories only -> write `p/**`"),
        ),
        (
            "prod:{p,q}/*",
            "missing-namespace, unlisted-namespace",
            Some(
                "its findings are about namespaces as a whole, and `prod:{p,q}/*` holds repositories only -> write `prod:{p,q}/**`",
            ),
        ),
        ("p/**", "missing-namespace", None),
        ("p", "empty-pattern", None),
        ("p/web", "missing-namespace, missing-rule", None),
        // A repository's, or a namespace's.
        ("p/over", "expired-skip", None),
        ("p/**", "expired-skip", None),
    ] {
        assert_eq!(told(repo, findings).as_deref(), expected, "{repo} {findings}");
    }
    // That is so of whatever inventory.
    let alone = "apiVersion: swr-audit/v1\nwaivers: [{ id: W, repo: p/x, finding: [missing-namespace], reason: r, owner: o, expires: 2027-12-31 }]\n";
    assert_eq!(warnings(alone).len(), 1);
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
        ("missing-repo", "`missing-repo` is"),
        ("missing-namespace, unlisted-repo", "its findings are"),
        ("unlisted-namespace, empty-pattern, expired-skip", "its findings are"),
    ] {
        let words = format!("finding: [{findings}], target: cn-east-3");
        let told = of_target("prod", &words);
        assert_eq!(told.len(), 1, "{told:?}");
        let expected = format!(
            ": the waiver `W` covers nothing: {which} about no target, and so never about `cn-east-3` -> {remedy}"
        );
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
fn findings_of_expected_targets_where_none_is_that() {
    let of_rules = "missing-rule, target-region-mismatch, target-namespace-mismatch, override-mismatch, sync-auto-mismatch, missing-repo";
    let is_told = |repo: &str, target: &str| {
        let told = of_target(repo, &format!("finding: [{of_rules}], target: {target}"));
        assert!(told.len() < 2, "{told:?}");
        let start = format!(
            ": the waiver `W` covers nothing: no policy of what it reaches expects the target `{target}`, and its findings are about expected targets only -> "
        );
        let remedy = |told: &String| {
            let (_, remedy) = told.split_once(&start).unwrap_or_else(|| panic!("{told}"));
            remedy.to_owned()
        };
        told.first().map(remedy)
    };
    let write = |other: &str| {
        let text = format!("write a target that is expected there, as in `{other}`, or remove `target` for any");
        Some(text)
    };
    let dull = Some("remove the waiver: no target is expected there at all".to_owned());
    for (repo, target, expected) in [
        ("prod/web", "cn-east-3", None),
        ("prod/web", "cn-east-3/prod-dr", None),
        ("prod/web", "cn-south-1", write("cn-east-3")),
        (
            "prod/web",
            "cn-east-3/prod-rd",
            Some("did you mean `cn-east-3/prod-dr`? or remove `target` for any".to_owned()),
        ),
        // A target without a namespace is the repository's own.
        ("prod/own", "cn-south-1/prod", None),
        ("lab", "cn-south-1/lab", None),
        ("lab/**", "cn-south-1", None),
        ("lab/x", "cn-south-1/prod-dr", write("cn-south-1/lab")),
        ("lab", "cn-east-3", write("cn-south-1")),
        // Something within the scope expects it.
        ("prod", "cn-south-1", None),
        ("prod/*", "cn-south-1/prod", None),
        ("prod/o*", "cn-south-1", None),
        ("*/x", "cn-south-1", None),
        ("prod/o*", "cn-east-3", write("cn-south-1")),
        ("prod/none-1", "cn-east-3", dull.clone()),
        ("dull", "cn-east-3", dull),
    ] {
        assert_eq!(is_told(repo, target), expected, "{repo} {target}");
    }
    // Live rules may lead anywhere.
    for code in [
        "unexpected-rule",
        "forbidden-target",
        "duplicate-rule",
        "replication-loop",
        "overwrite-race",
    ] {
        let words = format!("finding: [missing-rule, {code}], target: cn-south-1");
        assert_eq!(of_target("dull", &words), [""; 0], "{code}");
    }
    assert_eq!(of_target("dull", "target: cn-south-1"), [""; 0]);
    // One remark on one waiver.
    let told = of_target("nowhere", "finding: [missing-rule], target: cn-south-1");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("it reaches no namespace"), "{told:?}");
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
