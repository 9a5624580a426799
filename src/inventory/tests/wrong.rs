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
        "a.yaml:20:14: `none` is not a list for `targets` -> write a list of targets, each beginning with `- region: REGION`, or `[]` where no rule is expected",
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
        "a.yaml:4:3: `region` has no value -> write a text",
    );
    tells(
        "    targets: []",
        "    targets:",
        "a.yaml:20:5: `targets` has no value -> write a list of targets, each beginning with `- region: REGION`, or `[]` where no rule is expected",
    );
    assert_eq!(
        problems("- a\n"),
        [
            "a.yaml:1:1: `document` is a list, not a mapping -> write a mapping of `apiVersion`, `source`, `defaults`, `policies`, `namespaces`, `extraRegions`, `otherNamespaces`, `severity`, `waivers`"
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
        "a.yaml:25:9: a bare `*` is an alias in YAML, and there is no anchor `web` -> quote it where it is a pattern: `\"*web\"`; or write `&web` where the value stands first",
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
        "a.yaml:20:5: merge keys are not read -> write the fields here; a whole policy can stand under `policies` and be referred to by its name",
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
        "a.yaml:4:11: no endpoint is known for the region `cn-nort-4` -> did you mean `cn-north-4`? for a new region write `cloud:` beside it, for a private cloud `endpoint:`",
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
    for (id, expected) in [
        (
            "team-prod",
            "a.yaml:5:14: `team-prod` is no account's id -> write the account ID of \"My Credentials\" in the console: 32 hexadecimal digits",
        ),
        (
            "${ACCOUNT}",
            "a.yaml:5:14: `${ACCOUNT}` is a placeholder, and nothing fills it in -> ",
        ),
    ] {
        let text = format!("region: cn-north-4\n  accountId: {id}");
        let told = problems(&changed("region: cn-north-4", &text));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(expected), "{told:?}");
    }
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
            "a.yaml:42:9: the source `prod` stands in two documents and differs in `listsManualRules` -> write the same in both, or give one of them a `name` of its own | a.yaml:3:3 first here"
        ]
    );
}

#[test]
fn documents_without_a_source() {
    let found = problems(&changed("source:\n  name: prod\n  region: cn-north-4\n", ""));
    let remedy = "write the `source` in this document too; without one, it may hold `defaults`, `policies`, `extraRegions` and `waivers`";
    assert_eq!(
        found,
        [
            format!("a.yaml:18:1: `namespaces` stands in a document without a `source` -> {remedy}"),
            format!("a.yaml:36:1: `severity` stands in a document without a `source` -> {remedy}"),
        ]
    );
}
