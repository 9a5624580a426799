//! What is said of a region and an account as a whole.

use serde_json::json;
use swr_audit_simulator::{
    Access, AccountCalls, Call, Credentials, Fault, Misbehaviour, Simulator, SyncRegion, Tag, World,
};

use crate::client::{ask, get};

const PROJECT: &str = "/v2/manage/projects/0123456789abcdef0123456789abcdef";

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("a port is free")
}

#[test]
fn regions_and_an_element_without_one() {
    let simulator = start(World {
        sync_regions: Some(vec![
            SyncRegion::Region("cn-north-4".to_owned()),
            SyncRegion::Registry {
                registry_url: "https://swr.example.com".to_owned(),
            },
        ]),
        ..World::default()
    });
    let answer = get(&simulator, "/v2/manage/regions");
    assert!(!answer.headers.contains_key("content-range"), "this list has no pages");
    assert_eq!(
        answer.json(),
        json!([{ "regionID": "cn-north-4" }, { "registryURL": "https://swr.example.com" }])
    );
    simulator.change(|world| world.sync_regions = Some(Vec::new()));
    assert_eq!(get(&simulator, "/v2/manage/regions").text(), "[]");
}

#[test]
fn regions_that_are_not_published_are_the_gateways_to_refuse() {
    let credentials = Credentials {
        tokens: vec!["good".into()],
        ..Credentials::default()
    };
    let simulator = start(World {
        credentials,
        ..World::default()
    });
    // Before credentials are looked at.
    let answer = get(&simulator, "/v2/manage/regions");
    assert_eq!(
        (answer.status, &answer.json()["error_code"]),
        (404, &json!("APIGW.0101"))
    );
    assert_eq!(answer.headers["server"], "CloudWAF");
    // What is published is refused without a credential.
    for path in ["/v2/manage/overview", &format!("{PROJECT}/quotas")] {
        assert_eq!(get(&simulator, path).status, 401, "{path}");
        assert_eq!(
            ask(&simulator, "GET", path, &[("X-Auth-Token", "good")]).status,
            200,
            "{path}"
        );
    }
}

#[test]
fn the_overview_counts_what_the_account_has() {
    let mut world = World::default();
    world
        .repository("prod", "web")
        .tags
        .extend([Tag::named("v1"), Tag::named("v2")]);
    world.repository("prod", "api").access = Some(Access::Denied);
    world.repository("test", "web").tags.push(Tag {
        size: Some(1000),
        ..Tag::named("v1")
    });
    assert_eq!(
        get(&start(world), "/v2/manage/overview").json(),
        json!({
            "domain_id": "0123456789abcdef0123456789abcdef", "domain_name": "example",
            "namspace_num": 2, "repo_num": 3, "image_num": 3,
            "store_space": 2_610_804.0, "downflow_size": 0.0,
        })
    );
}

#[test]
fn iam_and_sts_say_whose_a_credential_is_where_they_are_offered() {
    let credentials = Credentials {
        tokens: vec!["good".into()],
        ..Credentials::default()
    };
    let simulator = start(World {
        credentials,
        ..World::default()
    });
    let id = "0123456789abcdef0123456789abcdef";
    let known = |path: &str| ask(&simulator, "GET", path, &[("X-Auth-Token", "good")]);
    let domains = known("/v3/auth/domains").json();
    assert_eq!(
        (&domains["domains"][0]["id"], &domains["domains"][0]["name"]),
        (&json!(id), &json!("example"))
    );
    assert_eq!(known("/v5/caller-identity").json()["account_id"], id);
    for path in ["/v3/auth/domains", "/v5/caller-identity"] {
        assert_eq!(get(&simulator, path).status, 401, "{path}");
    }
    simulator.change(|world| {
        world.behaviour.account_calls = AccountCalls {
            overview: false,
            domains: false,
            caller_identity: false,
        };
    });
    for path in ["/v2/manage/overview", "/v3/auth/domains", "/v5/caller-identity"] {
        assert_eq!(known(path).status, 404, "{path}");
    }
}

#[test]
fn the_quota_of_organizations() {
    let mut world = World::default();
    world.repository("prod", "web");
    world.repository("test", "web");
    let simulator = start(world);
    let quota = |limit, used| json!({ "quotas": [{ "quota_key": "namespace", "quota_limit": limit, "used": used, "unit": "" }] });
    assert_eq!(get(&simulator, &format!("{PROJECT}/quotas")).json(), quota(5, 2));
    simulator.change(|world| {
        for number in 0..5 {
            world.repository(&format!("more-{number}"), "web");
        }
    });
    assert_eq!(get(&simulator, &format!("{PROJECT}/quotas")).json(), quota(7, 7));
}

#[test]
fn the_feature_gates() {
    let gates = |image_sync| {
        let simulator = start(World {
            image_sync,
            ..World::default()
        });
        get(&simulator, &format!("{PROJECT}/feature-gates")).json()
    };
    let expected = |image_sync: bool| {
        json!({
            "enable_experience": false, "enable_hss_service": false, "enable_image_scan": false, "enable_sm3": false,
            "enable_image_sync": image_sync, "enable_cci_service": false, "enable_image_label": false,
            "enable_pipeline": false, "enable_authorization_token": false, "enable_resource": false,
            "enable_list_v3": false, "enable_image_quota": false,
        })
    };
    assert_eq!(gates(true), expected(true));
    assert_eq!(gates(false), expected(false));
}

#[test]
fn nothing_is_shared() {
    let simulator = start(World::default());
    for query in [
        "center=self&limit=10&offset=0",
        "filter=center::thirdparty|limit::10|offset::0",
        "center=self",
    ] {
        let answer = get(&simulator, &format!("/v2/manage/shared-repositories?{query}"));
        assert_eq!((answer.status, answer.text()), (200, "[]"), "{query}");
        assert_eq!(answer.headers["content-range"], "0-0/0", "{query}");
    }
    for (query, code) in [
        ("", "SVCSTG.SWR.4001014"),
        ("?limit=10&offset=0", "SVCSTG.SWR.4001014"),
        ("?center=others", "SVCSTG.SWR.4001035"),
    ] {
        let answer = get(&simulator, &format!("/v2/manage/shared-repositories{query}"));
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["errorCode"]),
            (400, &json!(code)),
            "{query}"
        );
    }
}

#[test]
fn a_fault_may_meet_one_of_these_calls_alone() {
    let mut world = World::default();
    world.repository("prod", "web").tags.push(Tag::named("v1"));
    world.sync_regions = Some(Vec::new());
    let calls = [
        (Call::Regions, "/v2/manage/regions".to_owned()),
        (Call::Overview, "/v2/manage/overview".to_owned()),
        (Call::Quotas, format!("{PROJECT}/quotas")),
        (Call::FeatureGates, format!("{PROJECT}/feature-gates")),
        (
            Call::SharedRepositories,
            "/v2/manage/shared-repositories?center=self".to_owned(),
        ),
        (Call::Tags, "/v2/manage/namespaces/prod/repos/web/tags".to_owned()),
        (Call::Tag, "/v2/manage/namespaces/prod/repos/web/tags/v1".to_owned()),
        (
            Call::SyncJobs,
            "/v2/manage/namespaces/prod/repos/web/sync_job?filter=limit::10|offset::0".to_owned(),
        ),
    ];
    let simulator = start(world);
    for (call, _) in &calls {
        let fault = Fault {
            call: Some(*call),
            ..Fault::always(Misbehaviour::Throttled)
        };
        simulator.change(|world| world.faults = vec![fault]);
        for (other, path) in &calls {
            let expected = if other == call { 429 } else { 200 };
            assert_eq!(get(&simulator, path).status, expected, "{path}");
        }
    }
}
