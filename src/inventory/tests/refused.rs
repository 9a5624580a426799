//! What this version does not support yet: refused at its place, never ignored.

use super::*;

#[test]
fn patterns() {
    for pattern in ["\"team-a/*\"", "app?", "'[ab]x'", "\"{a,b}\"", "scratch/**"] {
        let found = problems(&changed("      - web\n", &format!("      - {pattern}\n")));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("a.yaml:25:9: ")
                && found[0].ends_with("patterns are not supported yet -> name the repositories one by one"),
            "{found:?}"
        );
    }
}

#[test]
fn fields_of_later_versions() {
    tells(
        "    owner: team-payments\n",
        "    owner: team-payments\n    otherRepos: deny\n",
        "a.yaml:24:5: `otherRepos` is not supported yet -> remove it; repositories that `repos` does not name are not looked at",
    );
    tells(
        "severity:",
        "otherNamespaces: allow\nseverity:",
        "a.yaml:39:1: `otherNamespaces` is not supported yet -> remove it; namespaces that no document names are not looked at",
    );
    tells(
        "severity:",
        "waivers: []\nseverity:",
        "a.yaml:39:1: `waivers` is not supported yet -> remove it, or `skip` the repository with a `reason` and the last day, `until`",
    );
}

#[test]
fn a_namespace_that_would_have_to_be_listed() {
    tells(
        "    skip: true\n    reason: built elsewhere\n",
        "",
        "a.yaml:36:5: a namespace without `repos` is not supported yet -> name its repositories under `repos`, or write `skip: true` with a `reason`",
    );
    tells(
        "reason: built elsewhere",
        "reason: built elsewhere\n    until: 2026-11-23",
        "a.yaml:37:11: the skip ended on 2026-11-23, and a namespace without `repos` is not supported yet -> name its repositories under `repos`, or move the date of `until`",
    );
}

#[test]
fn a_second_source() {
    let other = "apiVersion: swr-audit/v1\nsource: { region: cn-east-3 }\n";
    assert_eq!(
        problems_of(&[file("a.yaml", SOUND), file("b.yaml", other)]),
        [
            "b.yaml:2:9: a second source is not supported yet -> keep one inventory per source, and audit them one by one | a.yaml:3:3 first here"
        ]
    );
}
