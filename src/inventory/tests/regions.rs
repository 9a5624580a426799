//! Regions that nobody knows, and endpoints that are another service's: each would make the right rule look wrong.

use super::*;
use crate::model::Endpoint;

/// A document of a source, which expects a rule to that region.
fn to(source: &str, region: &str) -> String {
    format!(
        "apiVersion: swr-audit/v1\nsource: {{ {source} }}\nnamespaces:\n- name: prod\n  repos: [web]\n  policy: {{ targets: [{{ region: {region}, override: any, syncAuto: true }}] }}\n"
    )
}

const PUBLIC: &str = "region: cn-north-4";
const PRIVATE: &str = "region: cn-north-4, endpoint: 'https://swr.corp.example'";

fn unknown(id: &str, meant: &str) -> String {
    format!("there is no known region `{id}` -> {meant}; for a new region write `extraRegions: [{id}]` in any document")
        .replace("?;", "?")
}

/// `run` called the right rule a wrong one, and proposed to delete it.
#[test]
fn a_target_in_a_region_that_nobody_knows_is_a_problem() {
    for (written, meant) in [
        ("cn-esat-3", "did you mean `cn-east-3`?"),
        ("cn-east3", "did you mean `cn-east-3`?"),
        ("shanghai1", "did you mean `cn-east-3`?"),
        ("cn_north_4", "did you mean `cn-north-4`?"),
        ("moon", "write the id of a region of the public cloud"),
    ] {
        let expected = format!("a.yaml:6:33: {}", unknown(written, meant));
        assert_eq!(problems(&to(PUBLIC, written)), [expected]);
    }
}

#[test]
fn extra_regions_of_any_document_serve_all() {
    let text = to(PUBLIC, "cn-new-1");
    sound(&format!("{text}extraRegions: [cn-new-1]\n"));
    let extra = "apiVersion: swr-audit/v1\nextraRegions: [cn-new-1, moon]\n";
    sound(&format!("{text}---\n{extra}"));
    let files = [file("a.yaml", &*text), file("b.yaml", extra)];
    read_documents(&files, TERMS).expect("an extra region of another file");
    assert_eq!(warnings_of(&files), [""; 0]);
    // They are meant as well as others: this is nearer to one of them than to `cn-north-4`.
    let near = to(PUBLIC, "cn-north-444").replacen("source", "extraRegions: [cn-north-44]\nsource", 1);
    let expected = unknown("cn-north-444", "did you mean `cn-north-44`?");
    assert_eq!(problems(&near), [format!("a.yaml:7:33: {expected}")]);
    let near = to(PUBLIC, "cn-nwe-1").replacen("source", "extraRegions: [cn-new-1]\nsource", 1);
    let expected = unknown("cn-nwe-1", "did you mean `cn-new-1`?");
    assert_eq!(problems(&near), [format!("a.yaml:7:33: {expected}")]);
}

/// Only the table of the public cloud is known, so elsewhere a region may well be there.
#[test]
fn where_an_endpoint_is_given_an_unknown_region_is_a_warning() {
    let expected = [format!(
        "a.yaml:6:33: {}",
        unknown("cn-esat-3", "did you mean `cn-east-3`?")
    )];
    assert_eq!(warnings(&to(PRIVATE, "cn-esat-3")), expected);
    let text = to(PUBLIC, "cn-esat-3");
    let loopback = Endpoint::parse("http://127.0.0.1:1").expect("an endpoint");
    let files = [file("a.yaml", &*text)];
    let with = |endpoints: Endpoints<'_>| {
        let terms = Terms {
            today: TERMS.today,
            endpoints,
            max_waiver_days: None,
        };
        check_documents(&files, terms)
    };
    let given = with(Endpoints::One(&loopback)).expect("--endpoint stands for the source's own");
    assert_eq!(lines(&given.warnings), expected);
    // A recorded run says by its endpoint what it asked.
    with(Endpoints::Recorded(&[("cn-north-4".to_owned(), loopback.clone())])).expect("it asked a private cloud");
    let usual = Endpoint::parse("https://swr-api.cn-north-4.myhuaweicloud.com").expect("an endpoint");
    for recorded in [
        vec![("cn-north-4".to_owned(), usual)],
        vec![("other".to_owned(), loopback.clone())],
    ] {
        let problems = with(Endpoints::Recorded(&recorded)).expect_err("it asked the public cloud, or nobody");
        assert_eq!(lines(&problems), expected);
    }
}

#[test]
fn a_policy_is_held_against_the_regions_of_those_who_use_it() {
    let both = "apiVersion: swr-audit/v1\npolicies: { p: { targets: [{ region: dc2, override: any, syncAuto: true }] } }\n---\napiVersion: swr-audit/v1\nsource: { name: a, region: dc1, endpoint: 'https://swr.corp.example' }\nnamespaces: [{ name: prod, policy: p }]\n";
    let dc1 = unknown("dc1", "write the id of a region of the public cloud");
    let dc2 = unknown("dc2", "write the id of a region of the public cloud");
    assert_eq!(
        warnings(both),
        [format!("a.yaml:2:38: {dc2}"), format!("a.yaml:5:28: {dc1}")]
    );
    assert_eq!(warnings(&format!("{both}extraRegions: [dc1, dc2]\n")), [""; 0]);
    let public = format!(
        "{both}---\napiVersion: swr-audit/v1\nsource: {{ region: cn-north-4 }}\nnamespaces: [{{ name: lab, policy: p }}, {{ name: tools, policy: p }}]\n"
    );
    assert_eq!(problems(&public), [format!("a.yaml:2:38: {dc2}")]);
    // Nobody uses it, or nobody is asked under it.
    let unused = public
        .replace("name: lab, policy: p", "name: lab, skip: true, reason: r")
        .replace("name: tools, policy: p", "name: tools, skip: true, reason: r");
    sound(&unused);
}

#[test]
fn a_source_needs_an_endpoint_where_no_table_has_its_region() {
    let for_others = "for a new region write `cloud:` beside it, for a private cloud `endpoint:`";
    for (written, remedy) in [
        ("cn-nort-4", format!("did you mean `cn-north-4`? {for_others}")),
        (
            "moon",
            "write `endpoint:` beside it, with the URL of the service, or `cloud:`, with the domain of its cloud"
                .to_owned(),
        ),
    ] {
        let expected = format!("a.yaml:2:19: no endpoint is known for the region `{written}` -> {remedy}");
        let text = to(&format!("region: {written}"), "cn-east-3");
        assert_eq!(problems(&text), [&*expected]);
        // That it exists does not say where it is asked.
        assert_eq!(problems(&format!("{text}extraRegions: [{written}]\n")), [expected]);
    }
}

#[test]
fn a_name_of_the_console_is_answered_with_the_id() {
    for (written, why, id) in [
        ("North China 4", "holds `N`", "cn-north-4"),
        ("华北-北京四", "holds `华`", "cn-north-4"),
        ("CN East-Shanghai1", "holds `C`", "cn-east-3"),
        ("Hong Kong", "holds `H`", "ap-southeast-1"),
    ] {
        let expected = format!(
            "the region's id `{written}` {why} -> did you mean `{id}`? write lower-case letters and digits, parted by `-` or `_`, as in `cn-north-4`"
        );
        assert_eq!(problems(&to(PUBLIC, written)), [format!("a.yaml:6:33: {expected}")]);
        assert_eq!(
            problems(&to(&format!("region: {written}"), "cn-east-3")),
            [format!("a.yaml:2:19: {expected}")]
        );
        let extra = format!("{}extraRegions: [{written}]\n", to(PUBLIC, "cn-east-3"));
        assert_eq!(problems(&extra), [format!("a.yaml:7:16: {expected}")]);
    }
}

#[test]
fn the_host_of_a_registry_is_no_endpoint() {
    for (endpoint, api) in [
        (
            "https://swr.cn-north-4.myhuaweicloud.com",
            "https://swr-api.cn-north-4.myhuaweicloud.com",
        ),
        (
            "https://SWR.cn-north-4.myhuaweicloud.com:443/",
            "https://swr-api.cn-north-4.myhuaweicloud.com",
        ),
        (
            "https://swr.eu-de.otc.t-systems.com",
            "https://swr-api.eu-de.otc.t-systems.com",
        ),
        (
            "https://swr.eu-ch2.sc.otc.t-systems.com",
            "https://swr-api.eu-ch2.sc.otc.t-systems.com",
        ),
        (
            "https://swr.eu-west-0.prod-cloud-ocb.orange-business.com",
            "https://swr-api.eu-west-0.prod-cloud-ocb.orange-business.com",
        ),
        (
            "https://swr.ru-moscow-1.hc.sbercloud.ru",
            "https://swr-api.ru-moscow-1.hc.sbercloud.ru",
        ),
    ] {
        let text = to(&format!("region: cn-north-4, endpoint: '{endpoint}'"), "cn-east-3");
        assert_eq!(
            problems(&text),
            [format!(
                "a.yaml:2:41: `endpoint` is the host of the registry, which stores images and knows no rules -> did you mean `{api}`? that is the management API"
            )]
        );
    }
    let own = "region: dc1, cloud: corp.example, endpoint: 'https://swr.dc1.corp.example'";
    assert!(problems(&to(own, "cn-east-3"))[0].contains("did you mean `https://swr-api.dc1.corp.example`?"));
    sound(&to(PRIVATE, "cn-east-3"));
    sound(&to(
        "region: cn-north-4, endpoint: 'https://swr.cn-north-4.corp.example'",
        "cn-east-3",
    ));
    sound(&to(
        "region: cn-north-4, endpoint: 'https://swr-api.cn-north-4.myhuaweicloud.com'",
        "cn-east-3",
    ));
}

#[test]
fn another_regions_endpoint_is_none_of_this_source() {
    let text = to(
        "region: cn-north-4, endpoint: 'https://swr-api.cn-east-3.myhuaweicloud.com'",
        "cn-east-3",
    );
    assert_eq!(
        problems(&text),
        [
            "a.yaml:2:41: `endpoint` is that of the region `cn-east-3`, and the source is in `cn-north-4` -> write `region: cn-east-3`, or remove `endpoint` for the region's own"
        ]
    );
}

/// In the clouds of the family, and in the source's own.
#[test]
fn another_regions_endpoint_is_none_in_any_cloud() {
    for (source, remedy) in [
        (
            "region: eu-de, endpoint: 'https://swr-api.eu-nl.otc.t-systems.com'",
            "write `region: eu-nl`, or that region's endpoint",
        ),
        (
            "region: eu-de, endpoint: 'https://swr-api.eu-nl.otc.t-systems.com', cloud: otc.t-systems.com",
            "write `region: eu-nl`, or remove `endpoint` for the region's own",
        ),
        (
            "region: eu-de, endpoint: 'https://swr-api.eu-nl.corp.example', cloud: corp.example",
            "write `region: eu-nl`, or remove `endpoint` for the region's own",
        ),
    ] {
        assert_eq!(
            problems(&to(source, "cn-east-3")),
            [format!(
                "a.yaml:2:36: `endpoint` is that of the region `eu-nl`, and the source is in `eu-de` -> {remedy}"
            )]
        );
    }
    sound(&to(
        "region: eu-de, endpoint: 'https://swr-api.eu-nl.corp.example'",
        "cn-east-3",
    ));
}

#[test]
fn a_cloud_says_where_its_regions_are() {
    for (source, endpoint) in [
        (
            "region: eu-de, cloud: otc.t-systems.com",
            "https://swr-api.eu-de.otc.t-systems.com",
        ),
        (
            "region: cn-north-4, cloud: Corp.Example",
            "https://swr-api.cn-north-4.corp.example",
        ),
        (
            "region: dc1, cloud: corp.example, endpoint: 'https://gateway.corp.example:8443'",
            "https://gateway.corp.example:8443",
        ),
    ] {
        let inventory = sound(&to(source, "moon"));
        assert_eq!(inventory.sources[0].endpoint.as_str(), endpoint);
    }
}

/// Only the table of the public cloud is known, so elsewhere a region may well be there.
#[test]
fn where_a_cloud_is_given_an_unknown_region_is_a_warning() {
    let source = "region: eu-de, cloud: otc.t-systems.com";
    let eu_nl = unknown("eu-nl", "write the id of a region of the public cloud");
    let eu_de = unknown("eu-de", "write the id of a region of the public cloud");
    assert_eq!(
        warnings(&to(source, "eu-nl")),
        [format!("a.yaml:2:19: {eu_de}"), format!("a.yaml:6:33: {eu_nl}")]
    );
    assert_eq!(
        problems(&to(PUBLIC, "eu-nl")),
        [format!("a.yaml:6:33: {eu_nl}")],
        "the built-in table decides whom to ask"
    );
}

#[test]
fn endpoint_and_cloud_are_of_one_cloud() {
    let source = "region: eu-de, endpoint: 'https://swr-api.eu-de.otc.t-systems.com', cloud: myhuaweicloud.eu";
    assert_eq!(
        problems(&to(source, "cn-east-3")),
        [
            "a.yaml:2:36: `endpoint` is in the cloud `otc.t-systems.com`, and `cloud` is `myhuaweicloud.eu` -> write `cloud: otc.t-systems.com`, or remove `endpoint`"
        ]
    );
}

#[test]
fn what_is_no_domain_is_no_cloud() {
    let url = "is a domain alone, without scheme, port, path and user information";
    let whole = "is a whole domain, no address and no single word";
    let label = "is a domain: letters, digits and hyphens between single dots, none at either end";
    for (written, message) in [
        ("'https://myhuaweicloud.eu'", url),
        ("'myhuaweicloud.eu:443'", url),
        ("myhuaweicloud.eu/", url),
        ("'me:hunter2@myhuaweicloud.eu'", url),
        ("otc", whole),
        ("10.0.0.1", whole),
        (".myhuaweicloud.eu", label),
        ("'my huaweicloud.eu'", label),
        ("''", label),
    ] {
        assert_eq!(
            problems(&to(&format!("region: cn-north-4, cloud: {written}"), "cn-east-3")),
            [format!(
                "a.yaml:2:38: `cloud` {message} -> write what follows the region in the names of its hosts, as in `myhuaweicloud.eu`"
            )],
            "{written}"
        );
    }
    let placeholder = problems(&to("region: cn-north-4, cloud: '${CLOUD}'", "cn-east-3"));
    assert!(placeholder[0].contains("is a placeholder"), "{placeholder:?}");
}

#[test]
fn extra_regions_are_a_list_of_ids() {
    let with = |extra: &str| problems(&format!("{}extraRegions: {extra}\n", to(PUBLIC, "cn-east-3")));
    assert_eq!(
        with("cn-new-1"),
        [
            "a.yaml:7:15: `cn-new-1` is not a list for `extraRegions` -> write a list of region ids, as in `[cn-new-1]`, or remove it"
        ]
    );
    assert_eq!(with("['cn-*']").len(), 1);
    assert_eq!(with("[Cn-New-1, cn--1, {}]").len(), 3);
    let many: Vec<String> = (0..1_001).map(|number| format!("r{number}")).collect();
    assert!(with(&format!("[{}]", many.join(", ")))[0].contains("more than 1000 items"));
    let known = format!("{}extraRegions: [cn-south-1]\n", to(PUBLIC, "cn-east-3"));
    assert_eq!(
        warnings(&known),
        ["a.yaml:7:16: the region `cn-south-1` is known without this too -> remove it from `extraRegions`"]
    );
}

/// A slip there denies nothing, and nobody would see it.
#[test]
fn a_limit_that_no_known_region_meets_is_a_warning() {
    let with = |limits: &str| warnings(&to(PUBLIC, "cn-east-3").replace("targets:", &format!("{limits}, targets:")));
    let denied = with("deniedRegions: [eu-wst-101]");
    assert_eq!(
        denied,
        [format!(
            "a.yaml:6:13: {}",
            unknown("eu-wst-101", "did you mean `eu-west-101`?")
        )]
    );
    assert_eq!(
        with("deniedRegions: ['eu-wst-*']"),
        [
            "a.yaml:6:13: `deniedRegions` has `eu-wst-*`, which matches no known region -> write a pattern that the id of a region matches; for a new region write `extraRegions: [ID]` in any document"
        ]
    );
    assert_eq!(with("allowedRegions: ['cn-*', 'af-*', 'dc?']").len(), 1);
    assert_eq!(
        with("allowedRegions: ['cn-*', 'af-*'], deniedRegions: [eu-west-101, '{la,sa}-*']"),
        [""; 0]
    );
}
