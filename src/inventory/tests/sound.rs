//! What sound inventories mean.

use std::sync::Arc;

use super::*;
use crate::model::{
    Code, Contents, CredentialChoice, Endpoint, ExpectedFlag, NamespaceEntry, Others, RepositoryEntry, Severity,
    Treatment,
};

fn repositories(namespace: &NamespaceEntry) -> &[RepositoryEntry] {
    match &namespace.contents {
        Contents::Listed(listed) => &listed.repositories,
        Contents::Whole(_) => panic!("{namespace:?}"),
    }
}

/// `region/namespace override syncAuto`, each target on its own.
fn targets(repository: &RepositoryEntry) -> Vec<String> {
    let expectation = repository.treatment.expectation.as_ref().expect("expected");
    expectation
        .targets
        .iter()
        .map(|expected| {
            let flags = expected.flags;
            format!("{} {} {}", expected.target, flags.overrides, flags.sync_auto)
        })
        .collect()
}

#[test]
fn a_whole_inventory() {
    let inventory = sound(SOUND);
    let source = &inventory.sources[0];
    assert_eq!((&*source.name, &*source.region), ("prod", "cn-north-4"));
    assert_eq!(source.endpoint.as_str(), "https://swr-api.cn-north-4.myhuaweicloud.com");
    assert_eq!(source.credentials, CredentialChoice::Chain);
    assert_eq!(source.place.to_string(), "a.yaml:3:3");

    let [prod, tools] = &inventory.namespaces[..] else {
        panic!()
    };
    assert_eq!(prod.owner.as_deref(), Some("team-payments"));
    assert_eq!(prod.place.to_string(), "a.yaml:22:5");
    let Contents::Whole(Treatment { skip: Some(skip), .. }) = &tools.contents else {
        panic!()
    };
    assert_eq!(
        (&*skip.entry, &*skip.reason, skip.until),
        ("tools", "built elsewhere", None)
    );

    let names: Vec<&str> = repositories(prod)
        .iter()
        .map(|repository| repository.name.as_str())
        .collect();
    assert_eq!(names, ["legacy/batch", "sandbox", "scratch", "web"]);
    let [batch, sandbox, scratch, web] = repositories(prod) else {
        panic!()
    };
    assert_eq!(
        targets(web),
        ["cn-east-3/prod-dr true true", "cn-south-1/prod false true"]
    );
    assert_eq!(targets(sandbox), Vec::<String>::new());
    assert_eq!(targets(batch), ["cn-south-1/prod any true"]);
    assert_eq!(targets(scratch), targets(web));
    assert_eq!(
        scratch.treatment.skip.as_ref().and_then(|skip| skip.until),
        Some(jiff::civil::date(2027, 3, 31))
    );

    let expectation = web.treatment.expectation.as_ref().expect("expected");
    assert_eq!(expectation.policy.as_deref(), Some("dr"));
    assert_eq!(expectation.place.to_string(), "a.yaml:10:3");
    assert_eq!(expectation.targets[1].place.to_string(), "a.yaml:16:9");
    assert_eq!(expectation.other_rules, Others::Deny);
    assert!(!expectation.regions.admit("eu-west-101"));
    assert_eq!(
        expectation.severities.of(Code::MissingRule, Severity::Low),
        Severity::Critical
    );
    assert_eq!(batch.treatment.expectation.as_ref().expect("expected").policy, None);
}

#[test]
fn repositories_share_what_is_expected_of_them() {
    let inventory = sound(&changed("      - web\n", "      - web\n      - web2\n"));
    let [.., scratch, web, web2] = repositories(&inventory.namespaces[0]) else {
        panic!()
    };
    for other in [scratch, web2] {
        assert!(Arc::ptr_eq(
            other.treatment.expectation.as_ref().expect("expected"),
            web.treatment.expectation.as_ref().expect("expected")
        ));
    }
}

#[test]
fn a_skip_for_ever_expects_nothing_and_needs_no_policy() {
    let text = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\nnamespaces:\n- name: a\n  repos: [{ name: x, skip: true, reason: r }]\n";
    let inventory = sound(text);
    assert_eq!(repositories(&inventory.namespaces[0])[0].treatment.expectation, None);
    assert_eq!(&*inventory.sources[0].name, "cn-north-4");
}

#[test]
fn an_endpoint_from_outside_stands_in_and_knows_every_region() {
    let endpoint = Endpoint::parse("https://swr.corp.example:8443").expect("an endpoint");
    let terms = Terms {
        endpoints: Endpoints::One(&endpoint),
        ..TERMS
    };
    for source in [
        "{ region: dc1 }",
        "{ region: dc1, endpoint: 'https://other.example' }",
        "{ region: cn-north-4 }",
    ] {
        let text = format!("apiVersion: swr-audit/v1\nsource: {source}\nnamespaces: []\n");
        let inventory = load_text("a.yaml", &text, terms).expect("sound");
        assert_eq!(inventory.sources[0].endpoint, endpoint, "{source}");
    }
}

#[test]
fn documents_and_files_are_one_inventory() {
    let source = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4, name: prod }\n";
    let inventory = read_documents(
        &[
            file("a.yaml", format!("{source}defaults: {{policy: dr}}\nnamespaces: [{{name: b, repos: [x]}}]\n---\n{source}namespaces: [{{name: a, policy: dr, repos: [x]}}]\n---\n# nothing\n")),
            file("b.yaml", "apiVersion: swr-audit/v1\ndefaults: {override: any, syncAuto: any}\npolicies: {dr: {targets: [{region: eu-west-101}]}}"),
        ],
        TERMS,
    )
    .expect("sound");
    let names: Vec<&str> = inventory
        .namespaces
        .iter()
        .map(|namespace| namespace.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(inventory.sources.len(), 1);
    for namespace in &inventory.namespaces {
        assert_eq!(
            targets(&repositories(namespace)[0]),
            [format!("eu-west-101/{} any any", namespace.name)]
        );
    }
    let files: Vec<(&str, &str)> = inventory
        .files
        .iter()
        .map(|file| (&*file.file, &file.sha256[..8]))
        .collect();
    assert_eq!(files.len(), 2);
    assert_eq!(files[1].0, "b.yaml");
}

#[test]
fn a_private_cloud() {
    let inventory = sound(
        "apiVersion: swr-audit/v1\nsource:\n  region: dc1\n  endpoint: https://swr.corp.example:8443/\n  iamEndpoint: https://iam.corp.example\n  projectId: 0123456789abcdef\n  accountId: 0123456789ABCDEF0123456789abcdef\n  listsManualRules: true\n  credentials: { env: PROD }\nnamespaces: []\n",
    );
    let source = &inventory.sources[0];
    assert_eq!(source.endpoint.as_str(), "https://swr.corp.example:8443");
    assert_eq!(source.project_id.as_deref(), Some("0123456789abcdef"));
    // In whatever case it is written.
    assert_eq!(source.account_id.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    assert!(source.lists_manual_rules);
    assert_eq!(source.credentials, CredentialChoice::Environment("PROD".into()));
}

#[test]
fn the_same_region_in_another_namespace_is_a_target() {
    sound(&changed("region: cn-east-3", "region: cn-north-4"));
}

#[test]
fn a_namespaces_skip_holds_on_its_last_day() {
    sound(&changed(
        "reason: built elsewhere",
        "reason: built elsewhere\n    until: 2026-11-24",
    ));
}

#[test]
fn json_windows_line_ends_and_byte_order_marks_are_yaml_too() {
    let json = r#"{
	"apiVersion": "swr-audit/v1",
	"source": {"region": "cn-north-4"},
	"namespaces": [{"name": "a", "repos": ["x"], "policy": {"targets": [
		{"region": "cn-east-3", "override": true, "syncAuto": "any"}
	]}}]
}"#;
    let inventory = sound(json);
    assert_eq!(
        targets(&repositories(&inventory.namespaces[0])[0]),
        ["cn-east-3/a true any"]
    );
    let windows = sound(&format!("\u{feff}{}", SOUND.replace('\n', "\r\n")));
    assert_eq!(windows.namespaces, sound(SOUND).namespaces);
}

#[test]
fn anchors_and_aliases_are_read() {
    let inventory = sound(
        "apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\nnamespaces:\n- name: a\n  policy: &p { targets: [{region: cn-east-3, override: any, syncAuto: true}] }\n  repos: &r [x, z]\n- name: b\n  policy: *p\n  repos: *r\n",
    );
    let [a, b] = &inventory.namespaces[..] else { panic!() };
    assert_eq!(targets(&repositories(a)[1]), ["cn-east-3/a any true"]);
    assert_eq!(targets(&repositories(b)[1]), ["cn-east-3/b any true"]);
}

#[test]
fn a_second_reader_reads_the_same_values() {
    for text in [SOUND, &SOUND.replace('\n', "\r\n")] {
        let other: yaml_serde::Value = yaml_serde::from_str(text).expect("valid");
        let inventory = sound(text);
        let words: Vec<&str> = other["namespaces"][0]["repos"]
            .as_sequence()
            .expect("a list")
            .iter()
            .map(|repository| {
                repository
                    .as_str()
                    .or_else(|| repository["name"].as_str())
                    .expect("a name")
            })
            .collect();
        let prod = &inventory.namespaces[0];
        let mut sorted = words.clone();
        sorted.sort_unstable();
        let names: Vec<&str> = repositories(prod)
            .iter()
            .map(|repository| repository.name.as_str())
            .collect();
        assert_eq!(names, sorted);
        assert_eq!(other["source"]["region"].as_str(), Some(&*inventory.sources[0].region));
        assert_eq!(other["namespaces"][0]["owner"].as_str(), prod.owner.as_deref());
        let target = &other["policies"]["dr"]["targets"][0];
        let expected = &repositories(prod)[3]
            .treatment
            .expectation
            .as_ref()
            .expect("expected")
            .targets[0];
        assert_eq!(target["region"].as_str(), Some(&*expected.target.region));
        assert_eq!(
            target["override"].as_bool().map(ExpectedFlag::Is),
            Some(expected.flags.overrides)
        );
        assert_eq!(
            other["defaults"]["syncAuto"].as_bool().map(ExpectedFlag::Is),
            Some(expected.flags.sync_auto)
        );
    }
}
