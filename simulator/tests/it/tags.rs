//! The tags of a repository, in lists and one by one.

use serde_json::{Value, json};
use swr_audit_simulator::{Account, EmptyList, Simulator, Tag, UnpagedTags, World};

use crate::client::get;

const TAGS: &str = "/v2/manage/namespaces/group/repos/team$web/tags";

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("a port is free")
}

fn web(tags: impl IntoIterator<Item = Tag>) -> World {
    let mut world = World::default();
    world.repository("group", "team/web").tags.extend(tags);
    world
}

fn names(list: &Value) -> Vec<&str> {
    let elements = list.as_array().expect("an array").iter();
    elements
        .map(|element| element["Tag"].as_str().expect("a name"))
        .collect()
}

#[test]
fn the_documented_sample_field_by_field() {
    let mut world = World {
        account: Account {
            id: "050*****************6d70a960".to_owned(),
            ..Account::default()
        },
        ..World::default()
    };
    let digest = "sha256:57b605845a6367c34bfb6ea6477f16852f59aa1861a2b51d10ab77ae0a1dc9c3";
    world.repository("namespace", "busybox").tags.push(Tag {
        digest: Some(digest.to_owned()),
        ..Tag::named("latest")
    });
    let simulator = start(world);
    let answer = get(
        &simulator,
        "/v2/manage/namespaces/namespace/repos/busybox/tags?limit=100&offset=0",
    );
    assert_eq!(answer.headers["content-range"], "0-1/1");
    let mut list = answer.json();
    let mut expected = json!({
        "id": 10_000_001, "repo_id": 1, "digest": digest, "schema": 2,
        "path": "swr.cn-north-4.myhuaweicloud.com/namespace/busybox:latest",
        "internal_path": "10.125.0.198:20202/namespace/busybox:latest", "size": 1_304_902, "is_trusted": false,
        "created": "2018-07-06T06:18:55Z", "updated": "2018-07-06T06:18:55Z",
        "domain_id": "050*****************6d70a960", "tag_type": 0,
    });
    // What is made up: the id of the image, and the manifest that names it.
    let image = list[0]["image_id"].as_str().expect("an id").to_owned();
    assert!(
        image.len() == 64 && image.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{image}"
    );
    let manifest: Value = serde_json::from_str(list[0]["manifest"].as_str().expect("a text")).expect("JSON in it");
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(manifest["config"]["digest"], format!("sha256:{image}"));
    expected["image_id"] = list[0]["image_id"].take();
    expected["manifest"] = list[0]["manifest"].take();
    list[0]["image_id"] = expected["image_id"].clone();
    list[0]["manifest"] = expected["manifest"].clone();

    // Alone it is the same, but for its name and two fields.
    let look = get(&simulator, "/v2/manage/namespaces/namespace/repos/busybox/tags/latest");
    assert!(!look.headers.contains_key("content-range"));
    expected["tag"] = json!("latest");
    assert_eq!(look.json(), expected);
    expected.as_object_mut().expect("an object").remove("tag");
    for (name, value) in [
        ("Tag", json!("latest")),
        ("deleted", json!(null)),
        ("scanned", json!(false)),
    ] {
        expected[name] = value;
    }
    assert_eq!(list, json!([expected]));
}

#[test]
fn pages_by_parameters_and_by_filter() {
    let simulator = start(web((0..25).map(|number| Tag::named(format!("v{number:02}")))));
    let mut all = Vec::new();
    for (offset, range) in [(0, "0-10/25"), (10, "10-10/25"), (20, "20-5/25"), (30, "30-0/25")] {
        let direct = get(&simulator, &format!("{TAGS}?limit=10&offset={offset}"));
        let filter = get(&simulator, &format!("{TAGS}?filter=limit::10%7Coffset::{offset}"));
        assert_eq!(direct.headers["content-range"], range);
        assert_eq!(filter.headers["content-range"], range);
        assert_eq!(direct.json(), filter.json());
        all.extend(names(&direct.json()).into_iter().map(str::to_owned));
    }
    let expected: Vec<_> = (0..25).map(|number| format!("v{number:02}")).collect();
    assert_eq!(all, expected);
}

#[test]
fn without_a_page_a_hundred_or_all() {
    for (setting, range) in [(UnpagedTags::First, "0-100/150"), (UnpagedTags::All, "0-150/150")] {
        let mut world = web((0..150).map(|number| Tag::named(format!("v{number}"))));
        world.behaviour.unpaged_tags = setting;
        assert_eq!(get(&start(world), TAGS).headers["content-range"], range);
    }
}

#[test]
fn they_are_sorted_as_asked_and_found_by_name() {
    let dated = |tag: &str, updated: &str| Tag {
        updated_at: Some(updated.parse().expect("a time")),
        ..Tag::named(tag)
    };
    let simulator = start(web([
        dated("b", "2026-01-03T00:00:00Z"),
        dated("c", "2026-01-01T00:00:00.5Z"),
        dated("a", "2026-01-02T00:00:00Z"),
    ]));
    for (query, expected) in [
        ("", &["b", "c", "a"][..]),
        ("?order_column=tag&order_type=asc", &["a", "b", "c"]),
        ("?order_column=tag&order_type=desc", &["c", "b", "a"]),
        ("?order_column=updated_at&order_type=desc", &["b", "a", "c"]),
        ("?filter=order_column::updated_at|order_type::asc", &["c", "a", "b"]),
        ("?tag=a", &["a"]),
        ("?filter=tag::b", &["b"]),
        ("?tag=none", &[]),
    ] {
        let list = get(&simulator, &format!("{TAGS}{query}")).json();
        assert_eq!(names(&list), expected, "{query}");
    }
    let list = get(&simulator, TAGS).json();
    assert_eq!(list[1]["updated"], "2026-01-01T00:00:00.5Z");
    assert_eq!(list[1]["created"], "2018-07-06T06:18:55Z");
}

#[test]
fn a_copy_elsewhere_has_the_same_digest_and_another_image_another_one() {
    let mut world = World::default();
    for (namespace, repository) in [("prod", "web"), ("prod-dr", "web"), ("prod", "api")] {
        let tags = &mut world.repository(namespace, repository).tags;
        tags.extend([Tag::named("v1"), Tag::named("v2")]);
    }
    let simulator = start(world);
    let digest = |place: &str, tag: &str| {
        let (namespace, repository) = place.split_once('/').expect("both");
        let path = format!("/v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}");
        get(&simulator, &path).json()["digest"].clone()
    };
    assert_eq!(digest("prod/web", "v1"), digest("prod-dr/web", "v1"));
    assert_ne!(digest("prod/web", "v1"), digest("prod/web", "v2"));
    assert_ne!(digest("prod/web", "v1"), digest("prod/api", "v1"));
}

#[test]
fn a_list_of_manifests() {
    let tag = Tag {
        manifest_list: true,
        ..Tag::named("v1")
    };
    let look = get(&start(web([tag])), &format!("{TAGS}/v1")).json();
    assert_eq!(look["tag_type"], 1);
    let manifest: Value = serde_json::from_str(look["manifest"].as_str().expect("a text")).expect("JSON in it");
    assert!(manifest["manifests"].is_array());
}

#[test]
fn what_is_absent_and_what_is_refused() {
    let simulator = start(web([Tag::named("v1")]));
    for (path, code) in [
        (format!("{TAGS}/v2"), "SVCSTG.SWR.4040115"),
        (
            "/v2/manage/namespaces/group/repos/none/tags".to_owned(),
            "SVCSTG.SWR.4040113",
        ),
        (
            "/v2/manage/namespaces/none/repos/none/tags/v1".to_owned(),
            "SVCSTG.SWR.4040058",
        ),
    ] {
        let answer = get(&simulator, &path);
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["errorCode"]),
            (404, &json!(code)),
            "{path}"
        );
    }
    for (query, code) in [
        ("limit=10", "SVCSTG.SWR.4001024"),
        ("limit=1001&offset=0", "SVCSTG.SWR.4000056"),
        ("order_column=size&order_type=asc", "SVCSTG.SWR.4001096"),
        ("filter=name::v1", "SVCSTG.SWR.4001035"),
    ] {
        let answer = get(&simulator, &format!("{TAGS}?{query}"));
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["errorCode"]),
            (400, &json!(code)),
            "{query}"
        );
    }
}

#[test]
fn no_tags_in_each_spelling() {
    for (spelling, expected) in [
        (EmptyList::Array, "[]"),
        (EmptyList::JsonNull, "null"),
        (EmptyList::Nothing, ""),
    ] {
        let mut world = web([]);
        world.behaviour.empty_list = spelling;
        let answer = get(&start(world), TAGS);
        assert_eq!((answer.status, answer.text()), (200, expected));
        assert_eq!(answer.headers["content-range"], "0-0/0");
    }
}
