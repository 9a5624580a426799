//! Documents that are sound in themselves and wrong in what they say together.

use super::*;

#[test]
fn severities() {
    tells(
        "missing-rule: critical",
        "mising-rule: critical",
        "a.yaml:39:13: there is no finding `mising-rule` -> did you mean `missing-rule`?",
    );
    tells(
        "missing-rule: critical",
        "missing-rule: urgent",
        "a.yaml:39:27: `urgent` is not a value for `missing-rule` -> write one of `info`, `low`, `medium`, `high`, `critical`",
    );
    tells(
        "sync-lag: low",
        "sync-lag: lwo",
        "a.yaml:39:47: `lwo` is not a value for `sync-lag` -> did you mean `low`?",
    );
}

#[test]
fn policies_that_are_not_there_or_there_twice() {
    tells(
        "policy: none",
        "policy: nnoe",
        "a.yaml:27:17: there is no policy `nnoe` -> did you mean `none`?",
    );
    tells(
        "  policy: dr\n",
        "  policy: elsewhere\n",
        "a.yaml:8:11: there is no policy `elsewhere` -> write it under `policies` in any of the files, or name another",
    );
    let other = "apiVersion: swr-audit/v1\npolicies: { none: { targets: [] } }\n";
    assert_eq!(
        problems_of(&[file("a.yaml", SOUND), file("b.yaml", other)]),
        [
            "b.yaml:2:13: there are two policies `none` -> rename or remove one of them; policy names serve all files | a.yaml:19:3 first here"
        ]
    );
}

#[test]
fn a_lost_document_may_hold_what_seems_to_be_missing() {
    assert_eq!(
        problems_of(&[
            file("a.yaml", changed("policy: none", "policy: lost")),
            file("b.yaml", "policies: [\n")
        ]),
        [
            "b.yaml:1:11: not valid YAML: unclosed bracket '[' -> close each `{` with `}` and each `[` with `]`, and put a `,` between what stands inside"
        ]
    );
}

#[test]
fn nothing_is_implied() {
    tells(
        "  policy: dr\n",
        "",
        "a.yaml:21:11: the namespace `prod` has no `policy`, and there is no default -> write `policy:` in the namespace, in the repository, or in `defaults` of this document | a.yaml:24:9 `web` needs one",
    );
    let found = problems(&changed("  syncAuto: true\n  policy", "  policy"));
    let told = "the target has no `syncAuto`, and there is no default -> write `syncAuto` in the target, or in `defaults` of this document";
    assert_eq!(
        found,
        ["12:9", "15:9", "29:21"].map(|place| format!("a.yaml:{place}: {told}"))
    );
}

/// Defaults reach what is written in their own document.
#[test]
fn defaults_stay_in_their_document() {
    let other = "apiVersion: swr-audit/v1\npolicies: { other: { targets: [{ region: eu-west-101 }] } }\n";
    assert_eq!(
        problems_of(&[file("a.yaml", SOUND), file("b.yaml", other)]),
        [
            "b.yaml:2:32: the target has no `override` and `syncAuto`, and there is no default -> write `override` and `syncAuto` in the target, or in `defaults` of this document"
        ]
    );
}

#[test]
fn policies_that_contradict_themselves() {
    tells(
        "region: cn-south-1\n",
        "region: eu-west-101\n",
        "a.yaml:16:17: the policy expects a target in `eu-west-101`, and forbids that region itself -> write another region, or change `allowedRegions` or `deniedRegions`",
    );
    tells(
        "    allowedRegions: [\"cn-*\"]\n",
        "    deniedRegions: [cn-south-1]\n",
        "a.yaml:16:17: the policy expects a target in `cn-south-1`, and forbids that region itself -> write another region, or change `allowedRegions` or `deniedRegions`",
    );
    tells(
        "[\"cn-*\"]",
        "[\"cn-*\", \"CN-*\"]",
        "a.yaml:18:30: the region pattern `CN-*` can match nothing: no region's id holds `C` -> write region ids, with `*`, `?`, `[...]` or `{a,b}`, as in `cn-*`",
    );
    let found = problems(&changed(
        "[\"cn-*\"]",
        "[\"cn-*\", \"cn-[\", \"\", \"cn-**\", \"{,}\", \"*-\"]",
    ));
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn one_target_twice() {
    tells(
        "      - region: cn-south-1\n",
        "      - region: cn-south-1\n      - region: cn-south-1\n",
        "a.yaml:17:9: the target `cn-south-1` stands twice in the policy -> remove one of them | a.yaml:16:9 first here",
    );
    tells(
        "      - region: cn-south-1\n",
        "      - region: cn-south-1\n      - { region: cn-south-1, namespace: prod }\n",
        "a.yaml:17:9: the target `cn-south-1/prod` stands twice in the policy -> remove one of them; a `namespace` left out is the repository's own | a.yaml:16:9 first here | a.yaml:23:11 the namespace that uses it",
    );
}

#[test]
fn a_target_that_is_the_source_itself() {
    tells(
        "region: cn-south-1\n",
        "region: cn-north-4\n",
        "a.yaml:16:9: the target is the source itself: `cn-north-4/prod` -> write another region or namespace, or give the namespace another policy | a.yaml:22:11 the namespace that uses it",
    );
}

#[test]
fn names_twice() {
    tells(
        "name: sandbox",
        "name: web",
        "a.yaml:26:15: the repository `web` is named twice -> remove one of them | a.yaml:25:9 first here",
    );
    tells(
        "name: tools",
        "name: prod",
        "a.yaml:36:11: the namespace `prod` is named twice -> remove one of them | a.yaml:22:11 first here",
    );
}

#[test]
fn names_that_cannot_exist() {
    tells(
        "      - web\n",
        "      - Web\n",
        "a.yaml:25:9: the repository's name `Web` holds `W` -> did you mean `web`? write lower-case letters and digits, parted by `/`, `-`, `.`, `_` or `__`",
    );
    tells(
        "name: tools",
        "name: 9tools",
        "a.yaml:36:11: the namespace's name `9tools` starts with a character that cannot stand first -> write lower-case letters and digits, parted by `-`, `.`, `_` or `__`, a letter first",
    );
    tells(
        "namespace: prod-dr",
        "namespace: prod/dr",
        "a.yaml:14:20: the namespace's name `prod/dr` holds `/` -> write lower-case letters and digits, parted by `-`, `.`, `_` or `__`, a letter first",
    );
}

#[test]
fn empty_repos() {
    tells(
        "    skip: true\n    reason: built elsewhere\n",
        "    repos: []\n",
        "a.yaml:37:12: `repos` is empty -> name its repositories, or remove `repos` to audit every one, or write `skip: true` with a `reason` in its place",
    );
}

#[test]
fn skips() {
    tells(
        "    reason: built elsewhere\n",
        "",
        "a.yaml:37:11: `skip` has no `reason` -> write `reason:` beside it, for those who read the report",
    );
    tells(
        "reason: built elsewhere",
        "reason: ' '",
        "a.yaml:38:13: `reason` is empty -> write why it is skipped, for those who read the report",
    );
    tells(
        "        skip: true\n",
        "        skip: true\n        policy: none\n",
        "a.yaml:33:9: `policy` stands beside `skip` -> remove one of them | a.yaml:32:15 skipped here",
    );
    tells(
        "    skip: true\n    reason: built",
        "    skip: true\n    repos: [x]\n    reason: built",
        "a.yaml:38:5: `repos` stands beside `skip`, which skips the whole namespace -> remove one of them, or `skip` the repositories one by one",
    );
    tells(
        "        policy: none\n",
        "        policy: none\n        reason: x\n",
        "a.yaml:28:9: `reason` stands without `skip: true` -> write `skip: true` beside it, or remove it",
    );
    // Where it is not mandatory, it can be removed.
    tells(
        "owner: team-payments",
        "owner: ' '",
        "a.yaml:23:12: `owner` is empty -> write a text, or remove it",
    );
    for day in [
        "20270331",
        "2027-W13-3",
        "2027-3-31",
        "2027-03-31T10:00:00",
        "2027-02-30",
        "soon",
    ] {
        tells(
            "2027-03-31",
            day,
            &format!("a.yaml:34:16: `{day}` is not a day for `until` -> write a day as `2027-03-31`"),
        );
    }
}

/// Once it is over the repository is audited again: what to expect has to be known.
#[test]
fn a_skip_with_a_last_day_needs_a_policy() {
    let text = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\nnamespaces:\n- name: a\n  repos: [{ name: x, skip: true, reason: r, until: 2027-01-01 }]\n";
    assert_eq!(
        problems(text),
        [
            "a.yaml:4:9: the namespace `a` has no `policy`, and there is no default -> write `policy:` in the namespace, in the repository, or in `defaults` of this document | a.yaml:5:19 `x` needs one"
        ]
    );
}
