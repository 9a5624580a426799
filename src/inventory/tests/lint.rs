//! Warnings: a clean inventory has none, and each change brings its own.

use super::*;
use crate::model::{Chooser, FlagOrigin, Place, RepositoryName};

/// Checks that one change of [`CLEAN`] causes one warning, told so.
fn warns(from: &str, to: &str, expected: &str) {
    assert_eq!(CLEAN.matches(from).count(), 1, "{from}");
    assert_eq!(warnings(&CLEAN.replacen(from, to, 1)), [expected]);
}

const CLEAN: &str = r#"apiVersion: swr-audit/v1
source: { name: prod, region: cn-north-4 }
defaults:
  override: false
  syncAuto: true
  policy: dr
policies:
  dr:
    targets:
      - region: cn-east-3
    allowedRegions: ["cn-*"]
  none:
    targets: []
namespaces:
  - name: prod
    repos:
      - web
      - name: sandbox
        policy: none
      - name: scratch
        skip: true
        reason: throw-away images
        until: 2027-03-31
  - name: lab
    policy: none
    repos: [bench]
"#;

#[test]
fn a_clean_inventory_has_none() {
    assert_eq!(warnings(CLEAN), [""; 0]);
    let checked = check_documents(&[file("a.yaml", CLEAN)], TERMS).expect("sound");
    assert_eq!((checked.policies, checked.warnings.render(false)), (2, String::new()));
}

#[test]
fn policies_that_nobody_uses() {
    warns(
        "  none:\n",
        "  spare: { targets: [] }\n  none:\n",
        "a.yaml:12:3: nobody uses the policy `spare` -> name it in `policy` of a namespace, a repository or `defaults`, or remove it",
    );
    // Policies alone are for inventories elsewhere; policies of another file are used here.
    let policies = "apiVersion: swr-audit/v1\npolicies: { spare: { targets: [] } }\n";
    assert_eq!(warnings(policies), [""; 0]);
    let user = CLEAN.replace("policy: none\n    repos: [bench]", "policy: spare\n    repos: [bench]");
    assert_eq!(warnings_of(&[file("a.yaml", user), file("b.yaml", policies)]), [""; 0]);
}

#[test]
fn targets_that_can_never_be_proven() {
    let told = "-> write `syncAuto: true`; or, where this service does list such rules, `listsManualRules: true` in the source";
    let why = "can never be proven: `prod` is reported not to list rules with `syncAuto: false`; 1 repository under it ends as `unknown` where nothing is listed for it";
    warns(
        "      - region: cn-east-3\n",
        "      - region: cn-east-3\n      - { region: cn-south-1, namespace: dr, syncAuto: any }\n",
        &format!("a.yaml:11:56: that the target `cn-south-1/dr` has no rule {why} {told}"),
    );
    warns(
        "  syncAuto: true\n",
        "  syncAuto: false\n",
        &format!("a.yaml:10:9: the target `cn-east-3` {why} {told} | a.yaml:5:13 from the defaults of its document"),
    );
    let listed = CLEAN.replace("cn-north-4 }", "cn-north-4, listsManualRules: true }");
    assert_eq!(warnings(&listed.replace("syncAuto: true", "syncAuto: any")), [""; 0]);
}

#[test]
fn entries_that_others_hide() {
    warns(
        "    repos: [bench]",
        "    repos: [{ name: bench, policy: dr }]",
        "a.yaml:25:13: no repository uses the `policy` of the namespace `lab` -> remove it, or remove the `policy` of a repository: each names its own, or is skipped",
    );
    warns(
        "  - name: prod\n",
        "  - name: prod\n    policy: dr\n",
        "a.yaml:6:11: no repository uses the default `policy` of this document -> remove it, or remove the `policy` of a namespace; defaults reach what is written in the same document",
    );
    warns(
        "      - region: cn-east-3\n",
        "      - { region: cn-east-3, override: any }\n",
        "a.yaml:4:13: no target of this document uses the default `override` -> remove it, or remove `override` from a target; defaults reach what is written in the same document",
    );
    warns(
        "    repos: [bench]\n",
        "    repos: [bench]\nseverity: { missing-rule: high, unexpected-rule: high, override-mismatch: high, sync-lag: low }\n",
        "a.yaml:27:27: `missing-rule` is `high` without this too -> remove it, or write another severity",
    );
    warns(
        "[\"cn-*\"]\n",
        "[cn-east-3, cn-north-1]\n    deniedRegions: [\"cn-north-*\"]\n",
        "a.yaml:11:5: `cn-north-1` is allowed and denied, and denied wins -> remove it from one of the lists | a.yaml:12:5 denied here",
    );
}

#[test]
fn skips_that_are_over_or_soon_will_be() {
    for (until, expected) in [
        (
            "2026-11-23",
            Some(
                "ended on 2026-11-23: it is audited, and an `expired-skip` is found -> remove `skip`, `reason` and `until`, or move the date",
            ),
        ),
        (
            "2026-11-24",
            Some("ends today -> decide before it does, remove `skip`, `reason` and `until`, or move the date"),
        ),
        (
            "2026-11-25",
            Some(
                "ends on 2026-11-25, in 1 day -> decide before it does, remove `skip`, `reason` and `until`, or move the date",
            ),
        ),
        (
            "2026-12-08",
            Some(
                "ends on 2026-12-08, in 14 days -> decide before it does, remove `skip`, `reason` and `until`, or move the date",
            ),
        ),
        ("2026-12-09", None),
    ] {
        let expected = expected.map(|text| format!("a.yaml:23:16: the skip of the repository `scratch` {text}"));
        assert_eq!(
            warnings(&CLEAN.replace("2027-03-31", until)),
            Vec::from_iter(expected),
            "{until}"
        );
    }
    let namespace = "    skip: true\n    reason: moves\n    until: 2026-12-01\n";
    warns(
        "    policy: none\n    repos: [bench]\n",
        namespace,
        "a.yaml:27:12: the skip of the namespace `lab` ends on 2026-12-01, in 7 days -> decide before it does, remove `skip`, `reason` and `until`, or move the date",
    );
}

#[test]
fn names_as_docker_writes_them() {
    warns(
        "      - web\n",
        "      - prod/web\n",
        "a.yaml:17:9: this is the repository `prod/prod/web`, namespace and all -> write `web`; leave it only where the name does repeat the namespace",
    );
    warns(
        "      - web\n",
        "      - swr.cn-north-4.myhuaweicloud.com/prod/web\n",
        "a.yaml:17:9: this is the repository `prod/swr.cn-north-4.myhuaweicloud.com/prod/web`, namespace and all -> write `web`; leave it only where the name does repeat the namespace",
    );
}

#[test]
fn problems_come_alone() {
    let text = CLEAN
        .replace("[\"cn-*\"]", "[\"cn-*\", moon]")
        .replace("policy: none", "policy: nnoe");
    assert_eq!(problems(&text).len(), 2);
}

#[test]
fn an_expectation_has_the_place_of_every_value() {
    let text = CLEAN.replacen(
        "      - region: cn-east-3\n",
        "      - { region: cn-east-3, namespace: dr, override: true }\n",
        1,
    );
    let inventory = sound(&text);
    let prod = inventory
        .namespaces
        .iter()
        .find(|entry| entry.name.as_str() == "prod")
        .expect("it is there");
    let deciding = |name: &str| prod.deciding(&RepositoryName::parse(name).expect("a legal name"));
    let web = deciding("web").expect("it is named").treatment();
    let place = |line, column| Place {
        file: "a.yaml".into(),
        line,
        column,
    };
    let choice = web.policy.as_ref().expect("one is chosen");
    assert_eq!((choice.by, &choice.place), (Chooser::Defaults, &place(6, 11)));
    let places = &web.expectation.as_ref().expect("it has a policy").places;
    assert_eq!(places.allowed_regions, Some(place(11, 5)));
    let target = &places.targets[&place(10, 9)];
    assert_eq!(
        (&target.region, &target.namespace),
        (&place(10, 19), &Some(place(10, 41)))
    );
    assert_eq!(target.flags.overrides, FlagOrigin::Target(place(10, 55)));
    assert_eq!(target.flags.sync_auto, FlagOrigin::Defaults(place(5, 13)));
    let scratch = deciding("scratch").expect("it is named").treatment();
    let skip = scratch.skip_places.as_ref().expect("it is skipped");
    assert_eq!((&skip.skip, &skip.until), (&place(21, 15), &Some(place(23, 16))));
    assert!(deciding("wbe").is_none());
}
