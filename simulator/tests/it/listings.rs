//! Organizations and repositories, one by one and in lists.

use serde_json::json;
use swr_audit_simulator::{
    Access, Account, EmptyList, Fault, Listed, ListingTotal, Misbehaviour, Simulator, Tag, World,
};

use crate::client::get;

fn start() -> Simulator {
    let mut world = World::default();
    for number in 0..250 {
        world.repository("prod", &format!("team/app-{number:03}"));
    }
    world.repository("test", "web").tags.push(Tag::named("latest"));
    world.repository("closed", "open").access = Some(Access::Granted);
    world.repository("closed", "shut");
    world.repository("dark", "shut");
    for namespace in &mut world.namespaces[2..] {
        namespace.access = Access::Denied;
    }
    world.behaviour.unknown_fields = false;
    Simulator::start(world).expect("a port is free")
}

#[test]
fn the_look_at_an_organization() {
    let answer = get(&start(), "/v2/manage/namespaces/prod");
    assert_eq!(
        answer.json(),
        json!({ "id": 1, "name": "prod", "creator_name": "username", "auth": 7 })
    );
}

#[test]
fn the_list_of_organizations() {
    let simulator = start();
    let names = |target| {
        let list = get(&simulator, target).json();
        let all = list["namespaces"].as_array().expect("an array").iter();
        all.map(|one| one["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("/v2/manage/namespaces"), ["prod", "test"]);
    assert_eq!(
        names("/v2/manage/namespaces?filter=mode::visible"),
        ["prod", "test", "closed"]
    );
    assert_eq!(
        names("/v2/manage/namespaces?filter=namespace%3A%3Atest%7Cmode%3A%3Avisible"),
        ["test"]
    );
    assert_eq!(names("/v2/manage/namespaces?namespace=prod"), ["prod"]);
    assert!(names("/v2/manage/namespaces?namespace=none").is_empty());
    // Only a filter has it.
    assert_eq!(names("/v2/manage/namespaces?mode=visible"), ["prod", "test"]);
    assert_eq!(
        names("/v2/manage/namespaces?filter=mode::visible&namespace=closed"),
        ["closed"]
    );
    for filter in ["", "mode", "mode::all", "limit::10|offset::0"] {
        let answer = get(&simulator, &format!("/v2/manage/namespaces?filter={filter}"));
        let code = &answer.json()["errors"][0]["errorCode"];
        assert_eq!((answer.status, code), (400, &json!("SVCSTG.SWR.4001035")), "{filter}");
    }
}

#[test]
fn the_list_of_repositories_in_pages() {
    let simulator = start();
    let mut names = Vec::new();
    for (offset, range) in [
        (0, "0-100/250"),
        (100, "100-100/250"),
        (200, "200-50/250"),
        (250, "250-0/250"),
    ] {
        let answer = get(
            &simulator,
            &format!("/v2/manage/repos?namespace=prod&limit=100&offset={offset}"),
        );
        assert_eq!(answer.headers["content-range"], range);
        for element in answer.json().as_array().expect("an array") {
            assert_eq!(element["total_range"], 250);
            names.push(element["name"].as_str().expect("a name").to_owned());
        }
    }
    let expected: Vec<_> = (0..250).map(|number| format!("team/app-{number:03}")).collect();
    assert_eq!(names, expected);
}

#[test]
fn one_entry_field_by_field() {
    let answer = get(&start(), "/v2/manage/repos?filter=namespace::test|limit::10|offset::0");
    assert_eq!(answer.headers["content-range"], "0-1/1");
    assert_eq!(
        answer.json(),
        json!([{
            "name": "web", "category": "other", "description": "", "size": 1_304_902, "is_public": false,
            "num_images": 1, "num_download": 0, "created_at": "2017-09-11T03:00:02.542841141Z",
            "updated_at": "2017-09-11T03:00:02.542841141Z", "logo": "", "url": "",
            "path": "swr.cn-north-4.myhuaweicloud.com/test/web", "internal_path": "10.125.0.198:20202/test/web",
            "domain_name": "example", "namespace": "test", "tags": ["latest"], "status": false, "total_range": 1,
        }])
    );
}

#[test]
fn only_what_is_granted_is_listed() {
    let simulator = start();
    assert_eq!(
        get(&simulator, "/v2/manage/repos").headers["content-range"],
        "0-100/252"
    );
    let closed = get(&simulator, "/v2/manage/repos?namespace=closed").json();
    assert_eq!(
        (closed.as_array().map(Vec::len), &closed[0]["name"]),
        (Some(1), &json!("open"))
    );
    assert_eq!(get(&simulator, "/v2/manage/repos?namespace=none").text(), "[]");
}

#[test]
fn a_bad_query_is_a_bad_request() {
    let simulator = start();
    for (query, code) in [
        ("limit=10", "SVCSTG.SWR.4001024"),
        ("limit=1001&offset=0", "SVCSTG.SWR.4000056"),
        ("filter=limit", "SVCSTG.SWR.4001035"),
        ("order_column=updated_at&order_type=desc", "SVCSTG.SWR.4001096"),
    ] {
        let answer = get(&simulator, &format!("/v2/manage/repos?{query}"));
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["errorCode"]),
            (400, &json!(code)),
            "{query}"
        );
    }
}

#[test]
fn the_documented_sample_of_organizations() {
    let mut world = World::default();
    world.repository("group", "busybox");
    world.behaviour.unknown_fields = false;
    let simulator = Simulator::start(world).expect("a port is free");
    let group = json!({ "id": 1, "name": "group", "creator_name": "username", "auth": 7 });
    let list = get(&simulator, "/v2/manage/namespaces?filter=mode::visible");
    assert_eq!(list.json(), json!({ "namespaces": [group] }));
    assert!(!list.headers.contains_key("content-range"), "this list has no pages");
    assert_eq!(get(&simulator, "/v2/manage/namespaces/group").json(), group);
}

/// With the fields that the sample of 2017 has and later ones lost.
#[test]
fn the_documented_sample_of_repositories() {
    let mut world = World {
        account: Account {
            name: "account".to_owned(),
            ..Account::default()
        },
        ..World::default()
    };
    world.repository("group", "busybox").tags.push(Tag::named("latest"));
    let simulator = Simulator::start(world).expect("a port is free");
    for query in [
        "namespace=group&limit=100&offset=0",
        "filter=namespace%3A%3Agroup%7Climit%3A%3A100%7Coffset%3A%3A0",
        "filter=namespace::group|name::busy|category::other|is_public::false",
        "filter=namespace::group|order_column::name|order_type::desc",
    ] {
        let answer = get(&simulator, &format!("/v2/manage/repos?{query}"));
        assert_eq!(answer.headers["content-range"], "0-1/1", "{query}");
        assert_eq!(
            answer.json(),
            json!([{
                "name": "busybox", "category": "other", "description": "", "size": 1_304_902, "is_public": false,
                "num_images": 1, "num_download": 0, "created_at": "2017-09-11T03:00:02.542841141Z",
                "updated_at": "2017-09-11T03:00:02.542841141Z", "logo": "", "url": "",
                "path": "swr.cn-north-4.myhuaweicloud.com/group/busybox",
                "internal_path": "10.125.0.198:20202/group/busybox", "domain_name": "account", "namespace": "group",
                "tags": ["latest"], "status": false, "total_range": 1,
            }]),
            "{query}"
        );
    }
}

#[test]
fn no_repositories_in_each_spelling() {
    for (spelling, expected) in [
        (EmptyList::Array, "[]"),
        (EmptyList::JsonNull, "null"),
        (EmptyList::Nothing, ""),
    ] {
        let mut world = World::default();
        world.behaviour.empty_list = spelling;
        let simulator = Simulator::start(world).expect("a port is free");
        let answer = get(&simulator, "/v2/manage/repos?limit=10&offset=0");
        assert_eq!((answer.status, answer.text()), (200, expected));
        assert_eq!(answer.headers["content-range"], "0-0/0");
    }
}

#[test]
fn the_documented_sample_of_a_repository() {
    let mut world = World {
        account: Account {
            id: "da44776c316c4a99b3683bb174f8821b".to_owned(),
            ..Account::default()
        },
        ..World::default()
    };
    world.repository("group", "busybox").tags.push(Tag {
        size: Some(2_099_575),
        ..Tag::named("latest")
    });
    let simulator = Simulator::start(world).expect("a port is free");
    assert_eq!(
        get(&simulator, "/v2/manage/namespaces/group/repos/busybox").json(),
        json!({
            "id": 1, "ns_id": 1, "name": "busybox", "category": "other", "description": "",
            "creator_id": "fedcba9876543210fedcba9876543210", "creator_name": "username", "size": 2_099_575,
            "is_public": false, "num_images": 1, "num_download": 0, "url": "",
            "path": "swr.cn-north-4.myhuaweicloud.com/group/busybox",
            "internal_path": "10.125.0.198:20202/group/busybox", "created": "2017-09-11T03:00:02.542841141Z",
            "updated": "2017-09-11T03:00:02.542841141Z", "domain_id": "da44776c316c4a99b3683bb174f8821b",
            "priority": 0,
        })
    );
}

#[test]
fn the_look_at_a_repository() {
    let body = get(&start(), "/v2/manage/namespaces/prod/repos/team$app-007").json();
    assert_eq!(body["name"], "team/app-007");
    assert_eq!(body["domain_id"], "0123456789abcdef0123456789abcdef");
    let fields = body
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect::<Vec<_>>();
    let mut expected = [
        "id",
        "ns_id",
        "name",
        "category",
        "description",
        "creator_id",
        "creator_name",
        "size",
        "is_public",
        "num_images",
        "num_download",
        "url",
        "path",
        "internal_path",
        "created",
        "updated",
        "domain_id",
        "priority",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
}

fn paged(change: impl FnOnce(&mut World)) -> Simulator {
    let mut world = World::default();
    for number in 0..5 {
        world.repository("prod", &format!("app-{number}"));
    }
    change(&mut world);
    Simulator::start(world).expect("a port is free")
}

fn page(simulator: &Simulator, limit: usize, offset: usize) -> (Vec<String>, Option<String>) {
    let query = format!("namespace=prod&limit={limit}&offset={offset}");
    let answer = get(simulator, &format!("/v2/manage/repos?{query}"));
    let body = answer.json();
    let elements = body.as_array().expect("an array").iter();
    let names = elements.map(|element| element["name"].as_str().expect("a name").to_owned());
    (names.collect(), answer.headers.get("content-range").cloned())
}

#[test]
fn pages_may_be_smaller_than_they_are_asked_for() {
    let simulator = paged(|world| world.behaviour.page_cap = 2);
    let (names, range) = page(&simulator, 100, 0);
    assert_eq!((names.len(), range.as_deref()), (2, Some("0-2/5")));
    assert_eq!(page(&simulator, 100, 4).1.as_deref(), Some("4-1/5"));
}

#[test]
fn large_pages_may_be_refused() {
    let simulator = paged(|world| world.behaviour.largest_page = 100);
    let answer = get(&simulator, "/v2/manage/repos?namespace=prod&limit=101&offset=0");
    assert_eq!(
        (answer.status, &answer.json()["errors"][0]["errorCode"]),
        (400, &json!("SVCSTG.SWR.4000056"))
    );
    assert_eq!(page(&simulator, 100, 0).0.len(), 5);
}

#[test]
fn a_total_may_lie_or_be_left_out_in_either_place() {
    let total = |total: ListingTotal| {
        let simulator = paged(|world| world.behaviour.listing_total = total);
        let answer = get(&simulator, "/v2/manage/repos?namespace=prod&limit=2&offset=0");
        let in_header = answer.headers.get("content-range").cloned();
        (in_header, answer.json()[0].get("total_range").cloned())
    };
    let more = |more| ListingTotal {
        more,
        ..ListingTotal::default()
    };
    assert_eq!(total(more(2)), (Some("0-2/7".to_owned()), Some(json!(7))));
    assert_eq!(total(more(-9)), (Some("0-2/0".to_owned()), Some(json!(0))));
    let nowhere = ListingTotal {
        in_header: false,
        in_elements: false,
        ..ListingTotal::default()
    };
    assert_eq!(total(nowhere), (None, None));
}

#[test]
fn a_list_may_change_while_it_is_paged() {
    let simulator = paged(|world| {
        world.repository("prod", "app-0").listed = Listed {
            until_pages: Some(1),
            ..Listed::default()
        };
        world.repository("prod", "late").listed.after_pages = 2;
    });
    let totals: Vec<_> = (0..3).map(|_| page(&simulator, 1, 0)).collect();
    let expected = [("app-0", "0-1/5"), ("app-1", "0-1/4"), ("app-1", "0-1/5")];
    for ((names, range), (name, expected)) in totals.into_iter().zip(expected) {
        assert_eq!((&*names[0], range.as_deref()), (name, Some(expected)));
    }
    assert_eq!(
        get(&simulator, "/v2/manage/namespaces/prod/repos/app-0/sync_repo").status,
        200,
        "what is not listed is still there"
    );
    simulator.change(|world| world.repository("prod", "web").rules.clear());
    assert_eq!(
        page(&simulator, 9, 0).1.as_deref(),
        Some("0-6/6"),
        "a change does not begin anew"
    );
}

#[test]
fn a_fault_may_meet_one_page_alone() {
    let simulator = paged(|world| {
        world.faults.push(Fault {
            offset: Some(2),
            ..Fault::always(Misbehaviour::Html502)
        });
    });
    let status = |offset: usize| {
        let query = format!("namespace=prod&limit=2&offset={offset}");
        get(&simulator, &format!("/v2/manage/repos?{query}")).status
    };
    assert_eq!([0, 2, 4].map(status), [200, 502, 200]);
}

#[test]
fn an_overview_may_count_otherwise() {
    let simulator = paged(|world| world.behaviour.overview_repositories = Some(17));
    assert_eq!(get(&simulator, "/v2/manage/overview").json()["repo_num"], 17);
}
