//! The JSON Schema against the loader: what the one accepts and refuses, the other does too, as far as a shape can tell.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::prelude::*;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::*;
use crate::inventory::document::{
    CREDENTIALS, DEFAULTS, DOCUMENT, NAMESPACE, POLICY, REPOSITORY, SOURCE, Schema, TARGET, WAIVER,
};
use crate::model::{CloudDomain, Endpoint, NamespaceName, RepositoryName, check_region_id};

static SCHEMA: LazyLock<Value> = LazyLock::new(schema);
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&SCHEMA).expect("the schema is one")
});
/// As editors read it that know draft 7 and nothing later.
static OLD: LazyLock<Validator> = LazyLock::new(|| {
    let mut schema = SCHEMA.clone();
    schema.as_object_mut().expect("an object").remove("$schema");
    let options = jsonschema::draft7::options().should_validate_formats(true);
    options.build(&schema).expect("the schema is one")
});

/// What a shape cannot tell: how a value is spelt in YAML, what documents mean together, and which names are known.
const BEYOND: [&str; 26] = [
    // Spelling.
    "is no text to every YAML reader",
    "stands twice in one mapping",
    "`True` is not a value for",
    "there is no anchor",
    // Meaning.
    "there is no policy",
    "there are two policies",
    "and there is no default",
    "say two things of its other namespaces",
    "that `--max-waiver-days` allows",
    "the waiver speaks of the source",
    "is named twice",
    "stands twice in the policy",
    "the target is the source itself",
    "forbids that region itself",
    "and differs in",
    "more than 1000000 targets",
    // Names.
    "there is no known region",
    "can match nothing",
    "cannot be read",
    "is a placeholder",
    "secrets do not belong",
    "holds no document",
    "no endpoint is known for the region",
    "is the host of the registry",
    "`endpoint` is that of the region",
    "`endpoint` is in the cloud",
];

/// Larger texts are made to hurt, and another reader of YAML may well be.
const LARGEST: usize = 16 * 1024;

/// What the schema says of each document of a text; `None` where another reader of YAML does not read it.
fn verdicts(text: &str) -> Option<Vec<bool>> {
    let documents = yaml_serde::Deserializer::from_str(text);
    let documents: Result<Vec<Value>, _> = documents.map(Value::deserialize).collect();
    let documents = documents.ok()?.into_iter().filter(|document| !document.is_null());
    let verdict = |document: Value| {
        let is_valid = VALIDATOR.is_valid(&document);
        assert_eq!(OLD.is_valid(&document), is_valid, "to readers of draft 7");
        is_valid
    };
    Some(documents.map(verdict).collect())
}

/// Holds the schema against what the loader said. Called for every inventory that a test of the loader reads.
pub(super) fn hold(text: &str, read: &Result<Inventory, Problems>) {
    let Some(verdicts) = (text.len() <= LARGEST).then(|| verdicts(text)).flatten() else {
        return;
    };
    let accepts = verdicts.iter().all(|is_valid| *is_valid);
    match read {
        Ok(_) => assert!(accepts, "the schema refuses what the loader reads:\n{text}"),
        Err(problems) => {
            let lines = lines(problems);
            let is_shape = |line: &&String| !BEYOND.iter().any(|beyond| line.contains(beyond));
            let told: Vec<&String> = lines.iter().filter(is_shape).collect();
            assert!(told.is_empty() || !accepts, "the schema accepts {told:#?}:\n{text}");
        }
    }
}

fn definition(name: &str) -> Validator {
    jsonschema::draft202012::new(&SCHEMA["$defs"][name]).expect("a definition that stands alone")
}

#[test]
fn it_is_a_schema_of_the_draft_that_it_names() {
    jsonschema::meta::validate(&SCHEMA).expect("a valid schema");
}

#[test]
fn its_fields_are_the_loaders_and_each_is_described() {
    let mappings: [(&Value, Schema); 9] = [
        (&SCHEMA, DOCUMENT),
        (&SCHEMA["$defs"]["source"], SOURCE),
        (&SCHEMA["$defs"]["credentials"], CREDENTIALS),
        (&SCHEMA["$defs"]["defaults"], DEFAULTS),
        (&SCHEMA["$defs"]["policy"], POLICY),
        (&SCHEMA["$defs"]["target"], TARGET),
        (&SCHEMA["$defs"]["namespace"], NAMESPACE),
        (&SCHEMA["$defs"]["repository"], REPOSITORY),
        (&SCHEMA["$defs"]["waiver"], WAIVER),
    ];
    for (mapping, loader) in mappings {
        let properties = mapping["properties"].as_object().expect("a mapping has fields");
        let names: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        let known: BTreeSet<&str> = loader.known.iter().copied().collect();
        assert_eq!(names, known, "{}", loader.what);
        assert_eq!(mapping["additionalProperties"], false, "{}", loader.what);
        for (field, property) in properties {
            assert!(property["description"].is_string(), "{field} in {}", loader.what);
        }
    }
}

#[test]
fn every_definition_is_used() {
    let text = SCHEMA.to_string();
    for name in SCHEMA["$defs"].as_object().expect("definitions").keys() {
        assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{name}");
    }
}

const HEAD: &str = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\n";

#[test]
fn waivers_that_are_broken_in_shape_are_refused() {
    let waiver = "id: CHG-1, repo: prod/web, reason: r, owner: o, expires: 2026-12-31";
    for (from, to) in [
        ("id: CHG-1, ", ""),
        ("repo: prod/web, ", ""),
        ("reason: r, ", ""),
        ("owner: o, ", ""),
        (", expires: 2026-12-31", ""),
        ("CHG-1", "' '"),
        ("CHG-1", "\"a\\tb\""),
        ("CHG-1", "12"),
        ("prod/web", "''"),
        ("2026-12-31", "soon"),
        ("reason: r", "reason: ' '"),
        ("reason: r", "finding: []"),
        ("reason: r", "reason: r, finding: missing-rule"),
        ("reason: r", "reason: r, finding: [missing-rules]"),
        ("reason: r", "reason: r, finding: [unknown]"),
        ("reason: r", "reason: r, finding: [unused-waiver]"),
        ("reason: r", "reason: r, finding: [failed-sync]"),
        ("reason: r", "reason: r, finding: [missing-rule, missing-rule]"),
        ("reason: r", "reason: r, target: CN"),
        ("reason: r", "reason: r, target: cn-east-3/Prod"),
        ("reason: r", "reason: r, target: cn-*"),
        ("reason: r", "reason: r, until: 2026-12-31"),
    ] {
        assert_eq!(waiver.matches(from).count(), 1, "{from}");
        let text = format!("{HEAD}waivers: [{{ {} }}]\n", waiver.replacen(from, to, 1));
        read(&text).expect_err(to);
        assert_eq!(verdicts(&text), Some(vec![false]), "{from} {to}");
    }
}

#[test]
fn what_is_broken_in_shape_is_refused() {
    let sound = format!("{HEAD}namespaces: [{{ name: prod, policy: dr, repos: [web] }}]\n");
    assert_eq!(verdicts(&sound), Some(vec![true]));
    for broken in [
        "namespaces: [{ name: prod, repos: [] }]",
        "namespaces: [{ name: prod, repos: [web], skip: true, reason: r }]",
        "namespaces: [{ name: prod, policy: dr, skip: true, reason: r }]",
        "namespaces: [{ name: prod, skip: true }]",
        "namespaces: [{ name: prod, skip: yes, reason: r }]",
        "namespaces: [{ name: prod, skip: false, reason: r, repos: [web] }]",
        "namespaces: [{ name: prod, until: 2027-03-31, repos: [web] }]",
        "namespaces: [{ name: prod, skip: true, reason: r, until: soon }]",
        "namespaces: [{ name: prod, skip: true, reason: r, until: 2027-02-30 }]",
        "namespaces: [{ name: prod, repos: web }]",
        "namespaces: [{ name: prod, repos: [12] }]",
        "namespaces: [{ name: prod, repos: [{ policy: dr }] }]",
        "namespaces: [{ name: prod, repos: [{ name: web, skip: true, reason: r, policy: dr }] }]",
        "namespaces: [{ name: prod, repos: [{ name: web, owner: team }] }]",
        "namespaces: [{ name: prod, repos: [web], otherRepos: forbid }]",
        "namespaces: [{ name: prod, otherRepos: deny }]",
        "namespaces: [{ name: prod, skip: true, reason: r, otherRepos: deny }]",
        "namespaces: [{ name: 'prod-*', repos: [web] }]",
        "namespaces: [{ name: Prod, repos: [web] }]",
        "namespaces: [{ name: prod, repos: [web], policy: [dr] }]",
        "namespaces: [{ name: prod, repos: [web], policy: { target: [] } }]",
        "namespaces: { prod: {} }",
        "namespaces:",
        "namespace: []",
        "defaults: { override: yes }",
        "defaults: { syncAuto: 1 }",
        "defaults: { override: 'false' }",
        "policies: { dr: { targets: {} } }",
        "policies: { dr: {} }",
        "policies: { dr: { targets: [{ namespace: prod }] } }",
        "policies: { dr: { targets: [cn-east-3] } }",
        "policies: { dr: { targets: [], otherRules: forbid } }",
        "policies: { dr: { targets: [], allowedRegions: cn-* } }",
        "policies: { dr: { targets: [], deniedRegions: [CN] } }",
        "policies: { dr: { targets: [], deniedRegions: ['cn-**'] } }",
        "policies: { ' ': { targets: [] } }",
        "policies: [{ targets: [] }]",
        "severity: high",
        "severity: { missing-rule: urgent }",
        "severity: { missing-rules: high }",
        "otherNamespaces: forbid",
        "waivers: {}",
        "waivers: [CHG-1042]",
    ] {
        let text = format!("{HEAD}{broken}\n");
        read(&text).expect_err(broken);
        assert_eq!(verdicts(&text), Some(vec![false]), "{broken}");
    }
    for broken in [
        "{ name: prod }",
        "cn-north-4",
        "{ region: cn-north-4, credentials: {} }",
        "{ region: cn-north-4, credentials: { env: A, profile: b } }",
        "{ region: cn-north-4, credentials: prod }",
        "{ region: cn-north-4, listsManualRules: 'true' }",
        "{ region: cn-north-4, endpoint: swr.corp.example }",
        "{ region: CN }",
        "{ region: cn-north-4, name: 'a b' }",
        "{ region: cn-north-4, projectId: 7 }",
        "{ region: cn-north-4, accountId: team-prod }",
        "{ region: cn-north-4, accountId: 0123456789abcdef }",
    ] {
        let text = format!("apiVersion: swr-audit/v1\nsource: {broken}\n");
        read(&text).expect_err(broken);
        assert_eq!(verdicts(&text), Some(vec![false]), "{broken}");
    }
    for broken in [
        "source: { region: cn-north-4 }",
        "apiVersion: swr-audit/v2",
        "apiVersion: swr-audit/v1\nnamespaces: []",
        "apiVersion: swr-audit/v1\nseverity: {}",
        "apiVersion: swr-audit/v1\notherNamespaces: warn",
        "[]",
    ] {
        read(broken).expect_err(broken);
        assert_eq!(verdicts(broken), Some(vec![false]), "{broken}");
    }
}

#[test]
fn documents_are_judged_one_by_one() {
    let policies = "apiVersion: swr-audit/v1\npolicies: { dr: { targets: [] } }\n";
    assert_eq!(
        verdicts(&format!("{policies}---\n{policies}nonsense: 1\n---\n# nothing\n")),
        Some(vec![true, false])
    );
}

#[test]
fn endpoints_are_accepted_and_refused_alike() {
    let validator = definition("endpoint");
    for text in [
        "https://swr-api.cn-north-4.myhuaweicloud.com",
        "https://swr.corp.example:8443/",
        "HTTPS://swr.corp.example",
        "https://[2001:db8::1]:8443",
        "http://127.0.0.1:8080",
        "http://LOCALHOST:1",
        "http://[::1]:9",
        "http://127.8.8.8",
        "http://swr.corp.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.1",
        "https://key:secret@swr.corp.example",
        "http://127.0.0.1@evil.example",
        "https://swr.corp.example/v2",
        "https://swr.corp.example?x",
        "http://127.0.0.1\\@evil.example",
        "https://",
        "https://a b",
        "https://a:",
        "https://a:0",
        "ftp://a",
        "swr.corp.example",
    ] {
        assert_eq!(
            validator.is_valid(&json!(text)),
            Endpoint::parse(text).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn clouds_are_accepted_and_refused_alike() {
    let validator = definition("cloud");
    let long = format!("{}.example", "a".repeat(64));
    let longest = vec!["a".repeat(61); 5].join(".");
    for text in [
        "myhuaweicloud.eu",
        "Prod-Cloud-OCB.orange-business.com",
        "a.b",
        "1.a1",
        "1.1a",
        "10.0.0.1",
        "localhost",
        "https://myhuaweicloud.eu",
        "myhuaweicloud.eu:443",
        "myhuaweicloud.eu/",
        "me@myhuaweicloud.eu",
        ".myhuaweicloud.eu",
        "myhuaweicloud.eu.",
        "a..b",
        "-a.b",
        "a-.b",
        "a_b.c",
        "a b.c",
        "",
        &long,
        &longest,
    ] {
        assert_eq!(
            validator.is_valid(&json!(text)),
            CloudDomain::parse(text).is_ok(),
            "{text}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_are_accepted_and_refused_alike(text in "[a-c0-9]{0,2}[-a-c1._/A]{0,8}([a-c]{60,63})?([/a-c]{60,70})?[-a-c1._]{0,3}") {
        let value = json!(text);
        prop_assert_eq!(definition("namespaceName").is_valid(&value), NamespaceName::parse(&text).is_ok(), "{}", text);
        prop_assert_eq!(definition("repositoryName").is_valid(&value), RepositoryName::parse(&text).is_ok(), "{}", text);
        prop_assert_eq!(definition("regionId").is_valid(&value), check_region_id(&text).is_ok(), "{}", text);
    }

    /// Whatever the loader reads, the schema accepts.
    #[test]
    fn mutated_inventories_are_judged_alike(
        from in proptest::sample::select(vec![SOUND, WIDE]),
        at in proptest::collection::vec((any::<proptest::sample::Index>(), 0..12_usize, "[-a-z:{}\\[\\]*?, \\n'\"#|>]{0,4}"), 1..3),
    ) {
        let mut text = from.to_owned();
        for (start, length, with) in at {
            let start = start.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.replace_range(start..end, &with);
        }
        if let (Ok(_), Some(verdicts)) = (read_documents(&[file("a.yaml", &*text)], TERMS), verdicts(&text)) {
            prop_assert!(verdicts.iter().all(|is_valid| *is_valid), "{text}");
        }
    }
}
