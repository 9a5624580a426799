//! Wrong inventories: one change, one problem, with its place and what to write.

use super::*;

#[test]
fn api_version() {
    tells(
        "apiVersion: swr-audit/v1\n",
        "",
        "a.yaml:1:1: the document has no `apiVersion` -> write `apiVersion: swr-audit/v1`",
    );
    tells(
        "swr-audit/v1",
        "apps/v1",
        "a.yaml:1:13: `apps/v1` is no inventory that this version reads -> write `apiVersion: swr-audit/v1`, or keep the document elsewhere",
    );
}

#[test]
fn unknown_fields() {
    tells(
        "description:",
        "descripton:",
        "a.yaml:11:5: unknown field `descripton` in a policy -> did you mean `description`?",
    );
    // What was probably meant is not missing besides.
    tells(
        "  - name: tools",
        "  - nmae: tools",
        "a.yaml:36:5: unknown field `nmae` in a namespace -> did you mean `name`?",
    );
    tells(
        "  syncAuto: true",
        "  sync_auto: true",
        "a.yaml:7:3: unknown field `sync_auto` in `defaults` -> did you mean `syncAuto`?",
    );
    tells(
        "    targets: []",
        "    targets: []\n    schedule: daily",
        "a.yaml:21:5: unknown field `schedule` in a policy -> remove it; known here are `description`, `targets`, `otherRules`, `allowedRegions`, `deniedRegions`",
    );
}

#[test]
fn duplicate_keys_with_both_places() {
    tells(
        "    otherRules: deny",
        "    otherRules: deny\n    otherRules: warn",
        "a.yaml:18:5: `otherRules` stands twice in one mapping -> remove one of them | a.yaml:17:5 first here",
    );
    tells(
        "  none:\n",
        "  dr: { targets: [] }\n  none:\n",
        "a.yaml:19:3: `dr` stands twice in one mapping -> remove one of them | a.yaml:10:3 first here",
    );
}

#[test]
fn wrong_types() {
    tells(
        "    targets: []",
        "    targets: none",
        "a.yaml:20:14: `none` is not a list for `targets` -> write the targets that it expects, or `targets: []` where it expects no rule",
    );
    tells(
        "owner: team-payments",
        "owner: [a]",
        "a.yaml:23:12: `owner` is a list, not text -> write a text",
    );
    tells(
        "{ missing-rule: critical, sync-lag: low }",
        "high",
        "a.yaml:39:11: `high` is not a mapping for `severity` -> write a mapping of finding to severity, or remove it",
    );
    tells(
        "  region: cn-north-4",
        "  region:",
        "a.yaml:4:3: `region` has no value -> write a text, or remove it",
    );
    tells(
        "    targets: []",
        "    targets:",
        "a.yaml:20:5: `targets` has no value -> write the targets that it expects, or `targets: []` where it expects no rule, or remove it",
    );
    assert_eq!(
        problems("- a\n"),
        [
            "a.yaml:1:1: `document` is a list, not a mapping -> write a mapping of `apiVersion`, `source`, `defaults`, `policies`, `namespaces`, `severity`"
        ]
    );
}

#[test]
fn booleans_are_true_or_false() {
    for word in ["yes", "no", "on", "off", "y", "N", "True", "1"] {
        tells(
            "override: true",
            &format!("override: {word}"),
            &format!(
                "a.yaml:15:19: `{word}` is not a value for `override` -> write `true` or `false`, or `any` for either"
            ),
        );
    }
    tells(
        "    skip: true\n    reason: built",
        "    skip: yes\n    reason: built",
        "a.yaml:37:11: `yes` is not a value for `skip` -> write `true` or `false`",
    );
    tells(
        "override: true",
        "override: \"true\"",
        "a.yaml:15:19: `true` is not a value for `override` -> write `true` without quotes",
    );
}

#[test]
fn text_that_other_readers_take_for_something_else() {
    tells(
        "      - web\n",
        "      - 123\n",
        "a.yaml:25:9: `123` is no text to every YAML reader -> write `\"123\"`",
    );
    tells(
        "owner: team-payments",
        "owner: no",
        "a.yaml:23:12: `no` is no text to every YAML reader -> write `\"no\"`",
    );
    sound(&changed("      - web\n", "      - \"123\"\n"));
}

#[test]
fn what_yaml_does_not_show() {
    tells(
        "      - web\n",
        "      - *web\n",
        "a.yaml:25:9: a bare `*` is an alias in YAML, and there is no anchor `web` -> quote the pattern: `\"*web\"`",
    );
    tells(
        "      - web\n",
        "      - *\n",
        "a.yaml:25:9: a bare `*` or `&` is an alias or anchor in YAML -> quote the pattern: `\"*\"`",
    );
    tells(
        "owner: team-payments",
        "owner: !team payments",
        "a.yaml:23:18: the tag `!team` is not read -> remove the tag; quote the value where it is text",
    );
    tells(
        "    targets: []",
        "    <<: x",
        "a.yaml:20:5: merge keys are not read -> write a policy under `policies`, and refer to it by its name",
    );
    tells(
        "    owner: team",
        "\towner: team",
        "a.yaml:23:1: a tab stands in the indentation -> indent with blanks",
    );
}

#[test]
fn sources() {
    tells(
        "region: cn-north-4",
        "region: cn-nort-4",
        "a.yaml:4:11: there is no known region `cn-nort-4` -> did you mean `cn-north-4`? for a private cloud write `endpoint:` beside it",
    );
    tells(
        "region: cn-north-4",
        "region: CN",
        "a.yaml:4:11: the region's id `CN` holds `C` -> write lower-case letters and digits, parted by `-` or `_`, as in `cn-north-4`",
    );
    for (endpoint, expected) in [
        (
            "swr.corp.example",
            "`endpoint` is no URL -> write `https://` and the host",
        ),
        (
            "http://swr.corp.example",
            "`endpoint` would send credentials in the clear -> write `https://`; plain `http://` is for this machine itself (`localhost`, `127.0.0.1`)",
        ),
        (
            "https://swr.corp.example/v2",
            "`endpoint` goes on behind the host -> remove all that follows host and port",
        ),
        (
            "https://swr.corp.example:0",
            "`endpoint` has a port that is no number from 1 to 65535 -> write the port as a number",
        ),
    ] {
        let to = format!("region: cn-north-4\n  endpoint: {endpoint}");
        tells("region: cn-north-4", &to, &format!("a.yaml:5:13: {expected}"));
    }
    tells(
        "region: cn-north-4",
        "region: cn-north-4\n  iamEndpoint: http://iam.corp",
        "a.yaml:5:16: `iamEndpoint` would send credentials in the clear -> write `https://`; plain `http://` is for this machine itself (`localhost`, `127.0.0.1`)",
    );
    tells(
        "name: prod\n  region",
        "name: a:b\n  region",
        "a.yaml:3:9: `a:b` cannot stand in `name` -> write 1 to 64 letters, digits, `.`, `_`, `-`",
    );
    for (credentials, expected) in [
        (
            "{}",
            "a.yaml:5:3: `credentials` names none -> write `{ env: PREFIX }` or `{ profile: NAME }`, or remove `credentials`",
        ),
        (
            "{ env: A, profile: b }",
            "a.yaml:5:26: `credentials` names both `env` and `profile` -> remove one of them",
        ),
    ] {
        let to = format!("region: cn-north-4\n  credentials: {credentials}");
        tells("region: cn-north-4", &to, expected);
    }
}

#[test]
fn one_source_written_in_two_ways() {
    let other = "apiVersion: swr-audit/v1\nsource: { name: prod, region: cn-north-4, listsManualRules: true }\n";
    assert_eq!(
        problems(&format!("{SOUND}---\n{other}")),
        [
            "a.yaml:42:9: the source `prod` stands in two documents and differs -> write the same in both | a.yaml:3:3 first here"
        ]
    );
}

#[test]
fn documents_without_a_source() {
    let found = problems(&changed("source:\n  name: prod\n  region: cn-north-4\n", ""));
    let remedy = "write the `source` in this document too; without one, it may hold `defaults` and `policies`";
    assert_eq!(
        found,
        [
            format!("a.yaml:18:1: `namespaces` stands in a document without a `source` -> {remedy}"),
            format!("a.yaml:36:1: `severity` stands in a document without a `source` -> {remedy}"),
        ]
    );
}

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
        ["b.yaml:1:11: not valid YAML: unclosed bracket '[' -> correct the syntax here or just above"]
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
    let found = problems(&changed("[\"cn-*\"]", "[\"cn-*\", \"cn-[\", \"\", \"cn-**\"]"));
    assert_eq!(found.len(), 3, "{found:?}");
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
        "a.yaml:25:9: the repository's name `Web` holds `W` -> write lower-case letters and digits, parted by `/`, `-`, `.`, `_` or `__`",
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
        "a.yaml:37:12: `repos` is empty -> name its repositories, or write `skip: true` with a `reason` in place of `repos`",
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
        "a.yaml:38:13: `reason` is empty -> write a text, or remove it",
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
    for day in ["20270331", "2027-03-31T10:00:00", "2027-02-30", "soon"] {
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

#[test]
fn secrets_are_refused_and_never_shown() {
    for (from, to) in [
        ("  region: cn-north-4\n", "  region: cn-north-4\n  secretKey: hunter2\n"),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  credentials: { ak: hunter2, sk: hunter2 }\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  token: |\n    hunter2\n    hunter2\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  password:\n    - hunter2\n    - hunter2\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  endpoint: https://me:hunter2@host\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  endpoint: \"me:hunter2@host\"\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  endpoint: https://host/?securityToken=hunter2\n",
        ),
        ("description: Every", "description: see https://me:hunter2@wiki"),
        (
            "  - name: tools\n",
            "  - name: tools\n    SECRET_ACCESS_KEY: \"hunter2\n      hunter2\"\n",
        ),
    ] {
        let problems = read(&changed(from, to)).expect_err("a secret");
        let text = problems.to_string();
        assert!(
            text.contains("secrets do not belong") || text.contains("is no URL"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
    }
}

#[test]
fn secrets_of_neighbouring_lines_are_not_shown_either() {
    for text in [
        // A comment, a broken document, a value over several lines.
        "apiVersion: swr-audit/v1\n# password: hunter2\nsorce: x\n",
        "apiVersion: swr-audit/v1\nsecret: hunter2\nsource: [\n",
        "apiVersion: swr-audit/v1\nsecret: \"hunter2\n",
        "secret: |\n  hunter2\n  hunter2\n\n\tx: [",
        "{\"secret\":\n\"hunter2\",\n\"apiVersion\": swr-audit/v2}",
        "apiVersion: swr-audit/v1\nx: &x hunter2\nsecret: *x\n",
    ] {
        let shown = read(text).expect_err("wrong").to_string();
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn all_problems_of_all_files_in_order_and_at_once() {
    let one = changed("policy: none", "policy: nnoe").replace("override: true", "override: yes");
    let two =
        "apiVersion: swr-audit/v1\npolices: {}\n---\napiVersion: swr-audit/v1\ndefaults: { override: on }\n---\na: [\n";
    let found = problems_of(&[file("one.yaml", one), file("two.yaml", two)]);
    let places: Vec<&str> = found
        .iter()
        .map(|line| line.split(": ").next().unwrap_or_default())
        .collect();
    assert_eq!(
        places,
        ["one.yaml:15:19", "two.yaml:2:1", "two.yaml:5:23", "two.yaml:7:4"]
    );
    let found = problems_of(&[
        file("one.yaml", changed("policy: none", "policy: nnoe")),
        file("two.yaml", "apiVersion: swr-audit/v1\npolices: {}\n"),
    ]);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn text_that_is_no_text() {
    let utf16: Vec<u8> = "\u{feff}a: b".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        problems_of(&[file("a.yaml", utf16)]),
        ["the file is UTF-16, not UTF-8 -> save it as UTF-8"]
    );
    assert_eq!(
        problems_of(&[file("a.yaml", b"a: b\nc: \xc3\xa4\xff".to_vec())]),
        ["a.yaml:2:5: the file is not UTF-8 text from here on -> save it as UTF-8"]
    );
    assert_eq!(
        problems("# nothing\n"),
        ["the file holds no document -> write an inventory, or remove the file"]
    );
    assert_eq!(problems("a: \"\u{1}\""), problems("a: \"\u{1}\""));
}

#[test]
fn the_text_for_people() {
    let text = read(&changed("name: sandbox", "name: web"))
        .expect_err("wrong")
        .to_string();
    let expected = "\
error: the repository `web` is named twice
  --> a.yaml:26:15
   |
24 |     repos:
25 |       - web
26 |       - name: web
   |               ^^^
27 |         policy: none
28 |       - name: legacy/batch
   |
  ::: a.yaml:25:9
   |
23 |     owner: team-payments
24 |     repos:
25 |       - web
   |         --- first here
26 |       - name: web
27 |         policy: none
   |
   = help: remove one of them

error: 1 problem in the inventory";
    assert_eq!(text, expected);
    let colourful = read("a: b").expect_err("wrong").render(true);
    assert!(colourful.contains("\u{1b}["), "{colourful}");
}

#[test]
fn a_whole_file_is_told_by_its_name() {
    for (text, told) in [
        (&b""[..], "error: the file holds no document\n--> b.yaml\n"),
        (b"\xff\xfea\0", "error: the file is UTF-16, not UTF-8\n--> b.yaml\n"),
    ] {
        let files = [file("a.yaml", "apiVersion: swr-audit/v1\n"), file("b.yaml", text)];
        let shown = read_documents(&files, TODAY).expect_err("wrong").to_string();
        assert!(shown.contains(told), "{shown}");
    }
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let padding = "x".repeat(500);
    let text = format!(
        "{{apiVersion: swr-audit/v1, source: {{region: cn-north-4}}, defaults: {{override: any}}, policies: {{none: {{description: {padding}, targets: nowhere}}}}}}\n"
    );
    let shown = read(&text).expect_err("wrong").to_string();
    assert!(shown.contains("targets: nowhere") && shown.contains("..."), "{shown}");
    assert!(shown.contains("a.yaml:1:627"), "{shown}");
    assert!(shown.lines().all(|line| line.len() < 250), "{shown}");
}
