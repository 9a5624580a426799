//! Several sources: which documents speak of which, and what only one of them may say.

use super::*;
use crate::model::{NamespaceEntry, Others, RepositoryName};

const HEAD: &str = "apiVersion: swr-audit/v1\nsource:";

#[test]
fn what_differs_under_one_name_is_named() {
    for (one, other, fields) in [
        (
            "{ name: a, region: cn-north-4 }",
            "{ name: a, region: cn-east-3 }",
            "region`, `endpoint",
        ),
        // A name left out is the region.
        (
            "{ region: cn-north-4 }",
            "{ name: cn-north-4, region: cn-east-3 }",
            "region`, `endpoint",
        ),
        (
            "{ region: cn-north-4 }",
            "{ region: cn-north-4, endpoint: https://swr.corp.example }",
            "endpoint",
        ),
        (
            "{ region: cn-north-4, credentials: { env: A } }",
            "{ region: cn-north-4, credentials: { env: B } }",
            "credentials",
        ),
        (
            "{ region: cn-north-4, projectId: a1 }",
            "{ region: cn-north-4, iamEndpoint: https://iam.corp.example }",
            "iamEndpoint`, `projectId",
        ),
        (
            "{ region: cn-north-4, accountId: 0123456789abcdef0123456789abcdef }",
            "{ region: cn-north-4 }",
            "accountId",
        ),
        (
            "{ region: cn-north-4 }",
            "{ region: cn-north-4, cloud: myhuaweicloud.com }",
            "cloud",
        ),
    ] {
        let files = [one, other].map(|source| format!("{HEAD} {source}\n"));
        let [first, second] = &files;
        let told = problems_of(&[file("a.yaml", &**first), file("b.yaml", &**second)]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("b.yaml:2:9: the source ")
                && told[0].contains(&format!("stands in two documents and differs in `{fields}` -> "))
                && told[0].ends_with("| a.yaml:2:9 first here"),
            "{told:?}"
        );
    }
}

#[test]
fn a_namespace_belongs_to_one_document_of_its_source() {
    let document = |source: &str| {
        format!("{HEAD} {source}\nnamespaces: [{{ name: prod, policy: {{ targets: [] }}, repos: [web] }}]\n")
    };
    let cn = document("{ region: cn-north-4 }");
    let eu = document("{ region: eu-west-101 }");
    let inventory = read_documents(&[file("a.yaml", &*eu), file("b.yaml", &*cn)], TERMS).expect("sound");
    let names: Vec<&str> = inventory.namespaces.iter().map(|entry| &*entry.source.name).collect();
    assert_eq!(names, ["cn-north-4", "eu-west-101"]);
    assert_eq!(
        problems_of(&[file("a.yaml", &*cn), file("b.yaml", &*eu), file("c.yaml", &*cn)]),
        ["c.yaml:3:22: the namespace `prod` is named twice -> remove one of them | a.yaml:3:22 first here"]
    );
}

/// The policy is the same, and the source is not: what is a target of the one is the other itself.
#[test]
fn a_target_is_held_against_the_source_of_its_namespace() {
    let namespaces = |policy: &str| format!("namespaces: [{{ name: prod, policy: {policy}, repos: [web] }}]");
    let policies = "policies: { dr: { targets: [{ region: cn-east-3, override: any, syncAuto: any }] } }";
    let text = format!(
        "{HEAD} {{ region: cn-north-4 }}\n{policies}\n{}\n---\n{HEAD} {{ region: cn-east-3 }}\n{}\n",
        namespaces("dr"),
        namespaces("dr")
    );
    assert_eq!(
        problems(&text),
        [
            "a.yaml:3:29: the target is the source itself: `cn-east-3/prod` -> write another region or namespace, or give the namespace another policy | a.yaml:8:22 the namespace that uses it"
        ]
    );
}

#[test]
fn other_namespaces_are_said_once_for_each_source() {
    let document = |region: &str, word: &str| format!("{HEAD} {{ region: {region} }}\notherNamespaces: {word}\n");
    let read = |documents: &[String]| {
        let files: Vec<InputFile> = documents.iter().map(|text| file("a.yaml", &**text)).collect();
        read_documents(&files, TERMS)
    };
    let inventory = read(&[
        document("eu-west-101", "deny"),
        document("cn-north-4", "warn"),
        document("cn-east-3", "allow"),
        document("eu-west-101", "deny"),
    ])
    .expect("sound");
    let said: Vec<(&str, Others)> = inventory
        .other_namespaces
        .iter()
        .map(|entry| (&*entry.source.name, entry.others))
        .collect();
    assert_eq!(said, [("cn-north-4", Others::Warn), ("eu-west-101", Others::Deny)]);
    assert_eq!(inventory.other_namespaces[0].place.to_string(), "a.yaml:3:18");
    assert_eq!(
        problems(&format!(
            "{}---\n{}",
            document("cn-north-4", "deny"),
            document("cn-north-4", "warn")
        )),
        [
            "a.yaml:7:18: two documents of the source `cn-north-4` say two things of its other namespaces -> write `otherNamespaces` in one of them only | a.yaml:3:18 first here"
        ]
    );
    assert_eq!(
        problems("apiVersion: swr-audit/v1\notherNamespaces: deny\n"),
        [
            "a.yaml:2:1: `otherNamespaces` stands in a document without a `source` -> write the `source` in this document too; without one, it may hold `defaults`, `policies`, `extraRegions` and `waivers`"
        ]
    );
}

/// What decides for a name, and the place of the `policy` that holds, of every source that has it.
#[test]
fn an_entry_keeps_whose_policy_it_takes() {
    let inventory = sound(WIDE);
    let choices = |repository: &str| {
        let name = RepositoryName::parse(repository).expect("a legal name");
        let of = |namespace: &NamespaceEntry| {
            let choice = namespace.deciding(&name)?.treatment().policy.as_ref()?;
            Some(format!("{} {:?} {}", namespace.source.name, choice.by, choice.place))
        };
        let prods = inventory
            .namespaces
            .iter()
            .filter(|namespace| namespace.name.as_str() == "prod");
        prods.filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!(
        choices("web"),
        ["cn-north-4 Namespace a.yaml:32:27", "eu Defaults a.yaml:3:54"]
    );
    assert_eq!(choices("team-a/legacy-1"), ["eu Pattern a.yaml:13:17"]);
    assert_eq!(choices("team-a/x"), ["eu Defaults a.yaml:3:54"]);
    assert_eq!(choices("b/c"), [""; 0]);
}
