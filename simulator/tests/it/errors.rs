//! What is absent, what is refused, and how that is spelled.

use serde_json::json;
use swr_audit_simulator::{Access, Denied, Shape, Simulator, World};

use crate::client::{ask, get};

const RULES: &str = "/v2/manage/namespaces/prod/repos/web/sync_repo";

fn world() -> World {
    let mut world = World::default();
    world.repository("prod", "web");
    world.repository("prod", "secret").access = Some(Access::Denied);
    world.repository("closed", "web");
    world.namespaces[1].access = Access::Denied;
    world
}

fn start(world: World) -> Simulator {
    Simulator::start(world).expect("a port is free")
}

#[test]
fn what_is_there_is_found() {
    let simulator = start(world());
    for path in [
        RULES,
        "/v2/manage/namespaces/prod",
        "/v2/manage/namespaces/prod/repos/web",
    ] {
        assert_eq!(get(&simulator, path).status, 200, "{path}");
    }
}

#[test]
fn what_is_absent_in_each_shape() {
    let code = |shape, path| {
        let mut world = world();
        world.behaviour.not_found = shape;
        let answer = get(&start(world), path);
        assert_eq!(answer.status, 404);
        let body = answer.json();
        let place = match shape {
            Shape::A => "/0/errorCode",
            Shape::B => "/errors/0/errorCode",
            Shape::C => "/errorCode",
            Shape::D | Shape::E => "/error_code",
        };
        body.pointer(place)
            .and_then(|code| code.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    for shape in [Shape::A, Shape::B, Shape::C, Shape::D, Shape::E] {
        let absent = "/v2/manage/namespaces/none/repos/web/sync_repo";
        assert_eq!(code(shape, absent), "SVCSTG.SWR.4040058");
        assert_eq!(code(shape, "/v2/manage/namespaces/none"), "SVCSTG.SWR.4040058");
        assert_eq!(
            code(shape, "/v2/manage/namespaces/prod/repos/none/sync_repo"),
            "SVCSTG.SWR.4040113"
        );
        assert_eq!(
            code(shape, "/v2/manage/namespaces/prod/repos/none"),
            "SVCSTG.SWR.4040113"
        );
    }
}

#[test]
fn the_shapes_in_full() {
    let body = |shape| {
        let mut world = world();
        world.behaviour.not_found = shape;
        let answer = get(&start(world), "/v2/manage/namespaces/none");
        (answer.json(), answer.headers["x-request-id"].clone())
    };
    let (code, message) = ("SVCSTG.SWR.4040058", "The organization does not exist");
    let inner = json!({ "errorCode": code, "errorMessage": message, "detail": "" });
    assert_eq!(body(Shape::A).0, json!([inner]));
    assert_eq!(body(Shape::B).0, json!({ "errors": [inner] }));
    assert_eq!(body(Shape::C).0, json!({ "errorCode": code, "errorMessage": message }));
    let all = json!({
        "errors": [{
            "errorCode": code, "errorMessage": message, "detail": "", "encoded_authorization_message": "",
        }],
        "error_code": code,
        "error_msg": message,
        "details": [{ "error_code": code, "error_msg": message }],
        "encoded_authorization_message": "",
    });
    assert_eq!(body(Shape::D).0, all);
    let (gateway, id) = body(Shape::E);
    assert_eq!(
        gateway,
        json!({ "error_code": code, "error_msg": message, "request_id": id })
    );
}

#[test]
fn a_refused_organization_and_a_refused_repository() {
    for (denied, place, code) in [
        (Denied::D, "/error_code", "SVCSTG.SWR.4030170"),
        (Denied::D, "/errors/0/errorCode", "SVCSTG.SWR.4030170"),
        (Denied::A, "/0/errorCode", "SVCSTG.SWR.4039002"),
    ] {
        let mut world = world();
        world.behaviour.denied = denied;
        let simulator = start(world);
        for path in [
            "/v2/manage/namespaces/prod/repos/secret/sync_repo",
            "/v2/manage/namespaces/prod/repos/secret",
            "/v2/manage/namespaces/closed",
            "/v2/manage/namespaces/closed/repos/web/sync_repo",
            "/v2/manage/namespaces/closed/repos/none/sync_repo",
        ] {
            let answer = get(&simulator, path);
            assert_eq!(answer.status, 403, "{path}");
            assert_eq!(answer.json().pointer(place), Some(&json!(code)), "{path}");
        }
    }
}

#[test]
fn a_path_that_the_api_does_not_have_is_the_gateways_to_refuse() {
    let mut world = world();
    world.repository("prod", "team/web");
    let simulator = start(world);
    for (method, path) in [
        ("GET", "/v2/manage/namespaces/prod/repos/team/web/sync_repo"),
        ("GET", "/v2/manage/namespaces/prod/repos/team%2Fweb/sync_repo"),
        ("GET", "/v2/manage/namespaces//repos/web/sync_repo"),
        ("GET", "/v2/manage/namespaces/"),
        ("GET", "/"),
        (
            "GET",
            "/v2/manage/namespaces/prod/repos/team/web/sync_job?filter=limit::10|offset::0",
        ),
        ("GET", "/v2/manage/namespaces/prod/repos/team/web/tags"),
        ("GET", "/v2/manage/namespaces/prod/repos/team%2Fweb/tags/v1"),
        // Nothing that writes is there.
        ("POST", RULES),
        ("DELETE", RULES),
        ("POST", "/v2/manage/namespaces/prod/repos/web/sync_images"),
        ("POST", "/v2/manage/namespaces"),
        ("DELETE", "/v2/manage/namespaces/prod/repos/web/tags/v1"),
        ("DELETE", "/v2/manage/namespaces/prod"),
    ] {
        let answer = ask(&simulator, method, path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        let id = &answer.headers["x-request-id"];
        let text = "The API does not exist or has not been published in the environment";
        let expected = json!({ "error_code": "APIGW.0101", "error_msg": text, "request_id": id });
        assert_eq!(answer.json(), expected, "{path}");
        assert!(answer.body.ends_with(b"}\n"));
        assert_eq!(answer.headers["server"], "CloudWAF");
        let cookies = &answer.headers["set-cookie"];
        assert!(
            cookies.contains("HWWAFSESID=") && cookies.contains("\nHWWAFSESTIME="),
            "{cookies}"
        );
        assert_eq!(answer.headers["transfer-encoding"], "chunked");
        assert!(!answer.headers.contains_key("content-encoding"));
    }
}

#[test]
fn the_gateway_packs_its_404_for_whoever_takes_it() {
    let simulator = start(world());
    let packed = |accepted| ask(&simulator, "GET", "/", &[("Accept-Encoding", accepted)]);
    for accepted in ["gzip", "br, gzip;q=0.5"] {
        let answer = packed(accepted);
        assert_eq!(answer.headers["content-encoding"], "gzip");
        assert_eq!(answer.body[..3], [0x1f, 0x8b, 8]);
    }
    assert!(!packed("br, gzip;q=0").headers.contains_key("content-encoding"));
    assert!(!packed("identity").headers.contains_key("content-encoding"));
    let normal = ask(&simulator, "GET", RULES, &[("Accept-Encoding", "gzip")]);
    assert_eq!(normal.text(), "[]");
}
