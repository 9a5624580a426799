//! Worlds as they are written by hand.

use std::{collections::BTreeMap, time::Duration};

use swr_audit_simulator::{
    Access, AccountCalls, Call, Encoding, ErrorAnswer, ExpiredToken, Fault, JobStatus, Listed, ListingTotal,
    ManualRules, Misbehaviour, NoJobs, Rate, RateChange, RateLimit, RawAnswer, RefusedSignature, RuleLimit, Shape,
    SlowBody, SyncJob, SyncRegion, Tag, UnpagedTags, World,
};

fn read(yaml: &str) -> World {
    serde_yaml::from_str(yaml).expect("a world")
}

#[test]
fn nothing_is_the_default() {
    assert_eq!(read("{}"), World::default());
}

#[test]
fn the_example_of_the_documentation_is_read() {
    let source = include_str!("../../src/world.rs");
    let (_, rest) = source.split_once("```yaml\n").expect("an example");
    let (example, _) = rest.split_once("/// ```").expect("its end");
    let yaml: String = example
        .lines()
        .map(|line| line.trim_start_matches("///").to_owned() + "\n")
        .collect();
    let world = read(&yaml);
    assert_eq!(world.credentials.access_keys[1].ak, "TEMPORARYAK");
    let user = &world.credentials.users[0];
    assert_eq!((&*user.name, user.token_requests), ("auditor", Some(500)));
    assert_eq!(
        world.credentials.server.as_ref().and_then(|server| server.key_millis),
        Some(3_600_000)
    );
    for secret in ["example-sk", "example-password"] {
        assert!(!format!("{world:?}").contains(secret));
    }
    assert_eq!(
        (world.behaviour.manual_rules, world.behaviour.rule_limit),
        (ManualRules::Shown, RuleLimit::None)
    );
    assert_eq!(world.rate.and_then(|rate| rate.retry_after_seconds), Some(1));
    assert_eq!(world.rate.map(|rate| rate.limit), Some(Rate::bucket(200.0, 20).limit));
    let change = RateChange {
        after: Duration::from_secs(7),
        rate: Some(Rate::window(100, Duration::from_secs(1))),
    };
    assert_eq!(world.rate_changes, [change]);
    assert_eq!(world.latency_ms, 5);
    let web = &world.namespaces[0].repositories[0];
    assert_eq!(web.name, "team/web");
    assert_eq!(
        web.rules.iter().map(|rule| rule.overwrite).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(
        web.rules.iter().map(|rule| rule.sync_auto).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(web.rules[1].id, Some(45));
    assert_eq!((&*web.tags[0].tag, web.tags[0].size), ("v1", Some(1_304_902)));
    assert_eq!(
        web.sync_jobs,
        [SyncJob::of("v1", "cn-east-3", "prod-dr", JobStatus::Success)]
    );
    assert_eq!(world.sync_regions.as_deref().map(<[_]>::len), Some(2));
    assert_eq!(world.namespaces[0].repositories[1].access, Some(Access::Denied));
    assert_eq!(world.namespaces[1].access, Access::Denied);
    assert_eq!(
        (&*world.faults[0].on, world.faults[0].times),
        ("prod/team/web", Some(2))
    );
}

#[test]
fn every_kind_of_fault_is_read() {
    let error = Misbehaviour::Error(ErrorAnswer {
        status: 429,
        code: "APIGW.0308".to_owned(),
        shape: Shape::E,
        headers: BTreeMap::from([("Retry-After".to_owned(), "1".to_owned())]),
        content_encoding: Some(Encoding::Gzip),
        ..ErrorAnswer::default()
    });
    let raw = Misbehaviour::Raw(RawAnswer {
        body: "<html>".to_owned(),
        content_type: "text/html".to_owned(),
        ..RawAnswer::default()
    });
    for (yaml, expected) in [
        (
            "{ error: { status: 429, code: APIGW.0308, shape: e, headers: { Retry-After: \"1\" }, contentEncoding: gzip } }",
            error,
        ),
        ("{ error: {} }", Misbehaviour::Error(ErrorAnswer::default())),
        ("{ raw: { body: <html>, contentType: text/html } }", raw),
        ("reset", Misbehaviour::Reset),
        ("cutBody", Misbehaviour::CutBody),
        (
            "{ slowBody: { bytesPerSecond: 10 } }",
            Misbehaviour::SlowBody(SlowBody { bytes_per_second: 10 }),
        ),
        ("hang", Misbehaviour::Hang),
        ("{ delayMs: 250 }", Misbehaviour::DelayMs(250)),
        (
            "{ redirect: \"https://example.com/\" }",
            Misbehaviour::Redirect("https://example.com/".to_owned()),
        ),
        ("html502", Misbehaviour::Html502),
        ("gatewayNotFound", Misbehaviour::GatewayNotFound),
        ("expiredToken", Misbehaviour::ExpiredToken),
        ("badSignature", Misbehaviour::BadSignature),
        ("throttled", Misbehaviour::Throttled),
        ("{ large: 1000000 }", Misbehaviour::Large(1_000_000)),
        ("{ deep: 200 }", Misbehaviour::Deep(200)),
    ] {
        let world = read(&format!("faults: [{{ answer: {yaml} }}]"));
        assert_eq!(world.faults, [Fault::always(expected)], "{yaml}");
    }
    let world =
        read("faults: [{ on: prod, call: repositories, offset: 100, times: 2, after: 1, percent: 5, answer: reset }]");
    let expected = Fault {
        on: "prod".to_owned(),
        call: Some(Call::Repositories),
        offset: Some(100),
        times: Some(2),
        after: 1,
        percent: Some(5),
        answer: Misbehaviour::Reset,
    };
    assert_eq!(world.faults, [expected]);
}

#[test]
fn how_a_listing_goes_wrong_in_full() {
    let world = read(
        "
        behaviour:
          pageCap: 50
          largestPage: 100
          listingTotal: { more: -3, inHeader: false }
          overviewRepositories: 7
          accountCalls: { domains: false }
        namespaces:
          - { name: prod, repositories: [{ name: web, listed: { afterPages: 1, untilPages: 3 } }] }
        ",
    );
    let behaviour = &world.behaviour;
    assert_eq!((behaviour.page_cap, behaviour.largest_page), (50, 100));
    let total = ListingTotal {
        more: -3,
        in_header: false,
        in_elements: true,
    };
    assert_eq!(
        (behaviour.listing_total, behaviour.overview_repositories),
        (total, Some(7))
    );
    let calls = AccountCalls {
        domains: false,
        ..AccountCalls::default()
    };
    assert_eq!(behaviour.account_calls, calls);
    let listed = Listed {
        after_pages: 1,
        until_pages: Some(3),
    };
    assert_eq!(world.namespaces[0].repositories[0].listed, listed);
}

#[test]
fn tags_copies_and_regions_in_full() {
    let world = read(
        r#"
        imageSync: false
        behaviour: { noJobs: not-found, unpagedTags: all }
        syncRegions: [cn-east-3, { registryUrl: "https://swr.example.com" }]
        namespaces:
          - name: prod
            repositories:
              - name: web
                tags:
                  - { tag: "1.10", digest: "sha256:00", size: 5, manifestList: true, createdAt: 2026-01-02T03:04:05Z,
                      updatedAt: 2026-01-02T03:04:06.7Z }
                  - { tag: v1 }
                syncJobs:
                  - { tag: "1.10", region: cn-east-3, namespace: dr, status: existed, override: true, id: 77,
                      createdAt: 2026-01-02T03:04:05Z, updatedAt: 2026-01-02T03:04:06.7Z }
        "#,
    );
    let (created, updated) = ("2026-01-02T03:04:05Z", "2026-01-02T03:04:06.7Z");
    let web = &world.namespaces[0].repositories[0];
    let tag = Tag {
        tag: "1.10".to_owned(),
        digest: Some("sha256:00".to_owned()),
        size: Some(5),
        manifest_list: true,
        created_at: Some(created.parse().expect("a time")),
        updated_at: Some(updated.parse().expect("a time")),
    };
    assert_eq!(web.tags, [tag, Tag::named("v1")]);
    let job = SyncJob {
        overwrite: true,
        id: Some(77),
        created_at: Some(created.parse().expect("a time")),
        updated_at: Some(updated.parse().expect("a time")),
        ..SyncJob::of("1.10", "cn-east-3", "dr", JobStatus::Existed)
    };
    assert_eq!(web.sync_jobs, [job]);
    let regions = [
        SyncRegion::Region("cn-east-3".to_owned()),
        SyncRegion::Registry {
            registry_url: "https://swr.example.com".to_owned(),
        },
    ];
    assert_eq!(world.sync_regions.as_deref(), Some(&regions[..]));
    assert!(!world.image_sync);
    assert_eq!(world.behaviour.no_jobs, NoJobs::NotFound);
    assert_eq!(world.behaviour.unpaged_tags, UnpagedTags::All);
}

#[test]
fn every_kind_of_rate_is_read() {
    let read = |yaml: &str| read(&format!("rate: {yaml}")).rate;
    assert_eq!(read("{ perSecond: 0.5 }"), Some(Rate::bucket(0.5, 1)));
    let window = |phase| RateLimit::Window {
        requests: 200,
        length: Duration::from_millis(1500),
        phase: Duration::from_millis(phase),
    };
    for (yaml, expected, retry_after) in [
        ("{ window: { requests: 200, seconds: 1.5 } }", window(0), None),
        (
            "{ window: { requests: 200, seconds: 1.5, phaseSeconds: 0.25 }, retryAfterSeconds: 1 }",
            window(250),
            Some(1),
        ),
    ] {
        let expected = Rate {
            limit: expected,
            retry_after_seconds: retry_after,
        };
        assert_eq!(read(yaml), Some(expected), "{yaml}");
    }
}

#[test]
fn switches_with_words_and_numbers() {
    let world = read("behaviour: { ruleLimit: 7, expiredToken: bad-request, badSignature: \"0303\", keyLock: false }");
    assert_eq!(world.behaviour.rule_limit, RuleLimit::First(7));
    assert_eq!(world.behaviour.expired_token, ExpiredToken::BadRequest);
    assert_eq!(world.behaviour.bad_signature, RefusedSignature::App);
    assert!(!world.behaviour.key_lock);
}

#[test]
fn what_is_misspelt_is_an_error() {
    for yaml in [
        "namespace: []",
        "behaviour: { manualRule: shown }",
        "behaviour: { ruleLimit: some }",
        "behaviour: { ruleLimit: -1 }",
        "namespaces: [{ repositories: [] }]",
        "rate: { burst: 2 }",
        "rate: { perSecond: -1 }",
        "rate: { perSecond: 1, window: { requests: 1, seconds: 1 } }",
        "rate: { burst: 2, window: { requests: 1, seconds: 1 } }",
        "rate: { window: { requests: 1, seconds: 0 } }",
        "rate: { window: { requests: 1, seconds: -1 } }",
        "rate: { window: { requests: 1, seconds: 1, phase: 1 } }",
        "rate: { perSeconds: 1 }",
        "rateChanges: [{ rate: { perSecond: 1 } }]",
        "faults: [{ on: prod }]",
        "faults: [{ answer: explode }]",
        "syncRegions: [{ registryURL: a }]",
        "syncRegions: [{ registryUrl: a, more: b }]",
        "namespaces: [{ name: a, repositories: [{ name: b, tags: [v1] }] }]",
        "namespaces: [{ name: a, repositories: [{ name: b, syncJobs: [{ tag: v1 }] }] }]",
    ] {
        assert!(serde_yaml::from_str::<World>(yaml).is_err(), "{yaml}");
    }
}
