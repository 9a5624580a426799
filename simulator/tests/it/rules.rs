//! The list of a repository's rules.

use std::io::{Read, Write};

use serde_json::{Value, json};
use swr_audit_simulator::{Account, EmptyList, ManualRules, Rule, RuleLimit, Simulator, TimeFraction, World};

use crate::client::{get, parsed, send};

const WEB: &str = "/v2/manage/namespaces/prod/repos/team$web/sync_repo";

fn web(rules: impl IntoIterator<Item = Rule>) -> World {
    let mut world = World::default();
    world.repository("prod", "team/web").rules.extend(rules);
    world
}

fn listed(world: World) -> Value {
    get(&start(world), WEB).json()
}

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("a port is free")
}

/// The names of the targets, in the order listed.
fn targets(list: &Value) -> Vec<&str> {
    let elements = list.as_array().expect("an array");
    elements
        .iter()
        .map(|element| element["remoteNamespace"].as_str().expect("a name"))
        .collect()
}

#[test]
fn the_documented_sample_field_by_field() {
    let mut world = World {
        account: Account {
            id: "8b1e81****633fb".to_owned(),
            name: "p*********59".to_owned(),
        },
        ..World::default()
    };
    world.repository("test", "grpc-helloworld").rules.push(Rule {
        id: Some(45),
        overwrite: true,
        created_at: Some("2020-04-17T02:11:03.53183Z".parse().expect("a time")),
        updated_at: Some("2020-04-17T02:11:03.531831Z".parse().expect("a time")),
        ..Rule::to("cn-north-1", "sdsad")
    });
    let answer = get(
        &start(world),
        "/v2/manage/namespaces/test/repos/grpc-helloworld/sync_repo",
    );
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["server"], "api-gateway");
    assert!(answer.headers.contains_key("date"));
    assert!(!answer.headers.contains_key("content-range"), "this list has no pages");
    assert_eq!(
        answer.json(),
        json!([{
            "createdAt": "2020-04-17T02:11:03.53183Z",
            "domainID": "8b1e81****633fb",
            "domainName": "p*********59",
            "id": 45,
            "namespace": "test",
            "override": true,
            "remoteNamespace": "sdsad",
            "remoteRegionId": "cn-north-1",
            "repoName": "grpc-helloworld",
            "syncAuto": true,
            "updatedAt": "2020-04-17T02:11:03.531831Z",
        }])
    );
}

/// The documentation's sample of this GET carries the body of the DELETE.
#[test]
fn a_body_that_the_request_carries_changes_nothing() {
    let simulator = start(web([Rule::to("cn-east-3", "dr"), Rule::to("cn-north-1", "dr")]));
    let body = br#"{"remoteRegionId":"cn-north-1","remoteNamespace":"dr"}"#;
    let length = body.len().to_string();
    let mut stream = send(&simulator, "GET", WEB, &[("Content-Length", &length)]);
    stream.write_all(body).expect("the simulator reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the simulator answers");
    let answer = parsed(&bytes).expect("there is an answer");
    assert_eq!(answer.json().as_array().map(Vec::len), Some(2));
}

#[test]
fn manual_rules_are_hidden_unless_shown() {
    let rules = || {
        [
            Rule {
                sync_auto: false,
                ..Rule::to("cn-east-3", "manual")
            },
            Rule::to("cn-east-3", "auto"),
        ]
    };
    assert_eq!(targets(&listed(web(rules()))), ["auto"]);
    let mut world = web(rules());
    world.behaviour.manual_rules = ManualRules::Shown;
    let list = listed(world);
    assert_eq!(targets(&list), ["manual", "auto"]);
    assert_eq!(list[0]["syncAuto"], false);
}

#[test]
fn the_dollar_raw_and_encoded_and_the_name_with_its_slash() {
    let simulator = start(web([Rule::to("cn-east-3", "dr")]));
    for path in [WEB, "/v2/manage/namespaces/prod/repos/team%24web/sync_repo"] {
        let answer = get(&simulator, path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.json()[0]["repoName"], "team/web");
        assert_eq!(simulator.requests().last().expect("recorded").path, path);
    }
}

#[test]
fn no_rules_in_each_spelling() {
    for (spelling, expected) in [
        (EmptyList::Array, "[]"),
        (EmptyList::JsonNull, "null"),
        (EmptyList::Nothing, ""),
    ] {
        let mut world = web([]);
        world.behaviour.empty_list = spelling;
        let answer = get(&start(world), WEB);
        assert_eq!((answer.status, answer.text()), (200, expected));
    }
}

#[test]
fn the_first_hundred_by_id_come() {
    let rules = || {
        (0..150).map(|number| Rule {
            id: Some(1000 - number),
            ..Rule::to("cn-east-3", format!("t{number}"))
        })
    };
    let list = listed(web(rules()));
    assert_eq!(list.as_array().map(Vec::len), Some(100));
    assert_eq!((&list[0]["id"], &list[99]["id"]), (&json!(851), &json!(950)));
    for (limit, expected) in [
        (RuleLimit::None, 150),
        (RuleLimit::First(3), 3),
        (RuleLimit::First(1000), 150),
    ] {
        let mut world = web(rules());
        world.behaviour.rule_limit = limit;
        assert_eq!(listed(world).as_array().map(Vec::len), Some(expected));
    }
}

#[test]
fn times_are_trimmed_or_of_six_digits() {
    let rule = || Rule {
        created_at: Some("2026-01-02T03:04:05.1Z".parse().expect("a time")),
        ..Rule::to("a", "b")
    };
    assert_eq!(listed(web([rule()]))[0]["createdAt"], "2026-01-02T03:04:05.1Z");
    let mut world = web([rule()]);
    world.behaviour.time_fraction = TimeFraction::Fixed;
    let list = listed(world);
    assert_eq!(list[0]["createdAt"], "2026-01-02T03:04:05.100000Z");
    assert_eq!(list[0]["updatedAt"], "2026-01-02T03:04:05.100001Z");
}

#[test]
fn some_elements_have_unknown_fields_unless_switched_off() {
    let documented = 11;
    let fields = |list: &Value| -> Vec<usize> {
        let elements = list.as_array().expect("an array").iter();
        elements
            .map(|element| element.as_object().expect("an object").len())
            .collect()
    };
    let rules = || [Rule::to("cn-east-3", "a"), Rule::to("cn-east-3", "b")];
    assert_eq!(fields(&listed(web(rules()))), [documented, documented + 2]);
    let mut world = web(rules());
    world.behaviour.unknown_fields = false;
    assert_eq!(fields(&listed(world)), [documented, documented]);
}
