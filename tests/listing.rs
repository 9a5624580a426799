//! Listings over a real socket, with signatures that are checked; and the same again from their journal.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use simulator::{
    AccessKey, Behaviour, ErrorAnswer, Fault, Listed, ListingTotal, Misbehaviour, Namespace, Simulator, World,
};
use swr_audit::ask::{End, Lists, Memory, SourceListings, SourceOrders, Witness, ask, recall};
use swr_audit::journal::{Header, Journal, Replay, Resumption, Sink};
use swr_audit::model::{
    Credential, CredentialChoice, Ending, Endpoint, Evidence, Failure, Keys, Listing, Look, NamespaceListing,
    NamespaceName, Place, RepositoryName, Source, UnknownClass,
};
use swr_audit::swr::{Call, Client, ClientSettings, Exchange, RetryPolicy};
use tokio_util::sync::CancellationToken;

fn world(count: usize) -> World {
    let mut world = World::default();
    for number in 0..count {
        world.repository("prod", &format!("team/r{number:04}"));
    }
    world.credentials.access_keys.push(AccessKey {
        ak: "TESTACCESSKEY".to_owned(),
        sk: "test-secret-key".into(),
        security_token: None,
    });
    world
}

fn client(simulator: &Simulator, secret: &str) -> Client {
    let source = Source {
        name: "main".into(),
        region: "cn-north-4".into(),
        endpoint: Endpoint::parse(&simulator.endpoint()).expect("loopback"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        project_id: None,
        account_id: None,
        lists_manual_rules: false,
        credentials: CredentialChoice::Chain,
        place: Place {
            file: "a.yaml".into(),
            line: 1,
            column: 1,
        },
    };
    let credential = Credential::Keys(Keys {
        access_key: "TESTACCESSKEY".into(),
        secret_key: secret.to_owned().into(),
        security_token: None,
    });
    let settings = ClientSettings {
        retry: RetryPolicy {
            base: Duration::from_millis(1),
            ..RetryPolicy::new(2)
        },
        ..ClientSettings::default()
    };
    Client::new(&source, &credential, &settings, fastrand::Rng::with_seed(1)).expect("a sound client")
}

fn namespace(name: &str) -> NamespaceName {
    NamespaceName::parse(name).expect("a legal namespace")
}

/// A journal in memory.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Paper {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps the journal.
struct Recorder(Journal);

impl Witness for Recorder {
    fn exchanged(&mut self, call: &Call, exchange: &Exchange) {
        self.0.append("main", call, exchange);
    }

    fn given_up(&mut self, call: &Call, exchange: &Exchange) {
        self.0.give_up("main", call, exchange);
    }

    fn doubted(&mut self, call: &Call) {
        self.0.doubt("main", call);
    }
}

/// What an earlier part of the run found out.
struct Known<'a>(&'a Replay);

impl Memory for Known<'_> {
    fn recall(&self, call: &Call) -> Option<Exchange> {
        self.0.standing("main", call)
    }

    fn reason(&self, _: &Call) -> Option<(Failure, u32)> {
        None
    }
}

/// All that the journal holds.
struct Recorded<'a>(&'a Replay);

impl Memory for Recorded<'_> {
    fn recall(&self, call: &Call) -> Option<Exchange> {
        self.0.answer("main", call)
    }

    fn reason(&self, call: &Call) -> Option<(Failure, u32)> {
        self.0.reason("main", call)
    }
}

/// What was listed, and how the asking ended.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    repositories: Vec<(NamespaceName, Listing)>,
    account: Option<NamespaceListing>,
    end: End,
}

async fn list(client: &Client, memory: &dyn Memory, stop: &CancellationToken, recorder: &mut Recorder) -> Outcome {
    let orders = orders();
    let mut lists = Lists::new(&orders, memory);
    let end = ask(Ok(client), &mut lists, stop, recorder).await;
    let SourceListings { repositories, account } = lists.into_listings();
    Outcome {
        repositories,
        account,
        end,
    }
}

fn orders() -> SourceOrders {
    SourceOrders {
        namespaces: vec![namespace("prod")],
        account: true,
    }
}

const RESUMPTION: Resumption = Resumption {
    at: Timestamp::UNIX_EPOCH,
    started_at: Timestamp::UNIX_EPOCH,
};

fn header() -> Header {
    Header {
        journal: swr_audit::journal::VERSION,
        run_id: "r1".to_owned(),
        started_at: Timestamp::UNIX_EPOCH,
        tool_version: "0".to_owned(),
        level: "rules".to_owned(),
        at: None,
        resumes: None,
        replay_of: None,
        selection: Vec::new(),
        shard: None,
        merge_of: None,
        inventory: Vec::new(),
        sources: vec![("main".to_owned(), "https://swr.corp.example".to_owned())],
    }
}

/// Lists, and holds the listings against those that the journal tells.
async fn recorded(client: &Client, stop: &CancellationToken) -> (Outcome, Vec<u8>) {
    let paper = Paper::default();
    let journal = Journal::begin(paper.clone(), header()).expect("memory takes everything");
    let mut recorder = Recorder(journal);
    let listings = list(client, &(), stop, &mut recorder).await;
    recorder.0.end(Ending::Finished).expect("memory takes everything");
    let text = paper.0.lock().expect("no panic").clone();
    let replay = Replay::read(&*text).expect("it was just written");
    let replayed = replayed(&replay, listings.end.clone());
    assert_eq!(replayed, listings, "what the journal tells");
    (listings, text)
}

fn replayed(replay: &Replay, end: End) -> Outcome {
    let (orders, memory) = (orders(), Recorded(replay));
    let mut lists = Lists::new(&orders, &memory);
    recall(&mut lists);
    let SourceListings { repositories, account } = lists.into_listings();
    Outcome {
        repositories,
        account,
        end,
    }
}

async fn run(world: World) -> (Outcome, usize) {
    let simulator = Simulator::start(world).expect("a port is free");
    let client = client(&simulator, "test-secret-key");
    let (listings, _) = recorded(&client, &CancellationToken::new()).await;
    (listings, simulator.requests().len())
}

fn class(listing: &Listing) -> Option<UnknownClass> {
    listing.gap.as_ref().map(|failure| failure.class)
}

#[tokio::test]
async fn signed_queries_are_taken_and_pages_join_to_the_whole() {
    let (listings, requests) = run(world(2345)).await;
    let listing = &listings.repositories[0].1;
    assert_eq!(
        (listing.names.len(), &listing.gap, listings.end),
        (2345, &None, End::Done)
    );
    let account = listings.account.expect("it was ordered");
    assert_eq!(
        (account.names, account.gap, account.account_repositories),
        (vec![namespace("prod")], None, Some(2345))
    );
    assert_eq!(requests, 3 + 2);
}

#[tokio::test]
async fn the_probe_of_a_wrong_key_is_the_only_request() {
    let simulator = Simulator::start(world(10)).expect("a port is free");
    let client = client(&simulator, "another-secret-key");
    let (listings, _) = recorded(&client, &CancellationToken::new()).await;
    let refusal = listings.end.refusal().expect("the probe is refused");
    assert!(matches!(listings.end, End::Refused(_)));
    assert_eq!((refusal.http_status, simulator.requests().len()), (Some(401), 1));
}

#[tokio::test]
async fn services_that_page_otherwise_are_listed_as_well() {
    let nowhere = ListingTotal {
        in_header: false,
        in_elements: false,
        ..ListingTotal::default()
    };
    let in_elements = ListingTotal {
        in_header: false,
        ..ListingTotal::default()
    };
    for (behaviour, pages) in [
        (
            Behaviour {
                page_cap: 50,
                ..Behaviour::default()
            },
            3,
        ),
        (
            Behaviour {
                largest_page: 100,
                ..Behaviour::default()
            },
            3,
        ),
        (
            Behaviour {
                page_cap: 50,
                listing_total: nowhere,
                ..Behaviour::default()
            },
            4,
        ),
        (
            Behaviour {
                page_cap: 50,
                listing_total: in_elements,
                ..Behaviour::default()
            },
            3,
        ),
    ] {
        let mut world = world(120);
        world.behaviour = behaviour.clone();
        let (listings, requests) = run(world).await;
        let listing = &listings.repositories[0].1;
        assert_eq!((listing.names.len(), &listing.gap), (120, &None), "{behaviour:?}");
        assert_eq!(requests, pages + 2, "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_list_that_changes_once_is_listed_again_and_whole() {
    let mut world = world(120);
    world.behaviour.page_cap = 50;
    world.repository("prod", "team/r0000").listed = Listed {
        until_pages: Some(1),
        ..Listed::default()
    };
    let (listings, requests) = run(world).await;
    let listing = &listings.repositories[0].1;
    assert_eq!((listing.names.len(), &listing.gap, requests), (120, &None, 3 + 3 + 2));
    let gone = RepositoryName::parse("team/r0000").expect("a legal repository");
    assert_eq!(listing.superseded, [gone], "the pass that held together lacks it");
}

#[tokio::test]
async fn a_total_that_lies_is_a_gap_with_all_names() {
    let mut world = world(120);
    world.behaviour.page_cap = 50;
    world.behaviour.listing_total.more = 7;
    let (listings, requests) = run(world).await;
    let listing = &listings.repositories[0].1;
    let gap = listing.gap.as_ref().expect("it lies");
    assert_eq!(
        (listing.names.len(), gap.class, requests),
        (120, UnknownClass::Truncated, 9 + 2)
    );
    assert!(
        gap.detail.ends_with("the page at 98 had 22 names, not 29"),
        "{}",
        gap.detail
    );
}

#[tokio::test]
async fn one_broken_page_is_a_gap_and_the_others_are_kept() {
    let mut world = world(120);
    world.behaviour.page_cap = 50;
    world.faults.push(Fault {
        offset: Some(49),
        ..Fault::always(Misbehaviour::Html502)
    });
    let (listings, requests) = run(world).await;
    let listing = &listings.repositories[0].1;
    assert_eq!(
        (listing.names.len(), class(listing)),
        (72, Some(UnknownClass::ServerError))
    );
    assert_eq!(requests, 3 + 2 + 2, "with its retries");
}

#[tokio::test]
async fn a_page_is_no_list_of_something_else_and_has_no_bounds_but_its_own() {
    for (answer, detail) in [
        (Misbehaviour::Large(3_000_000), "not a list of repositories: [0]"),
        (Misbehaviour::Large(40_000_000), "longer than 33554432 bytes"),
        (Misbehaviour::Deep(2), "not a list of repositories: [0]"),
    ] {
        let mut world = world(3);
        world.faults.push(Fault {
            on: "prod".to_owned(),
            ..Fault::always(answer)
        });
        let (listings, _) = run(world).await;
        let gap = listings.repositories[0].1.gap.as_ref().expect("it is no list");
        assert_eq!(gap.class, UnknownClass::BadResponse);
        assert!(gap.detail.starts_with(detail), "{}", gap.detail);
    }
}

#[tokio::test]
async fn an_empty_namespace_is_looked_at() {
    let nothing = world(0);
    let mut empty = nothing.clone();
    empty.namespaces.push(Namespace {
        name: "prod".to_owned(),
        ..Namespace::default()
    });
    let (listings, requests) = run(empty).await;
    let look = &listings.repositories[0].1.look;
    assert_eq!((look, requests), (&Some(Look::Present), 2 + 2));
    let (listings, _) = run(nothing).await;
    assert_eq!(listings.repositories[0].1.look, Some(Look::Absent));
}

#[tokio::test]
async fn a_listing_that_was_stopped_is_reported_so_by_its_journal() {
    let mut world = world(120);
    world.behaviour.page_cap = 50;
    world.faults.push(Fault {
        offset: Some(49),
        ..Fault::always(Misbehaviour::Hang)
    });
    let simulator = Simulator::start(world).expect("a port is free");
    let client = client(&simulator, "test-secret-key");
    let stop = CancellationToken::new();
    let stopping = async {
        while simulator.requests().len() < 5 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.cancel();
    };
    let ((listings, _), ()) = tokio::join!(recorded(&client, &stop), stopping);
    let listing = &listings.repositories[0].1;
    assert_eq!(listings.end, End::Stopped);
    assert_eq!(
        (listing.names.len(), class(listing)),
        (72, Some(UnknownClass::Interrupted))
    );
}

/// But for the requests by which they were come by: two runs have none in common.
fn without_wire(mut listings: Outcome) -> Outcome {
    for (_, listing) in &mut listings.repositories {
        listing.evidence = Evidence::default();
    }
    if let Some(account) = &mut listings.account {
        account.evidence = Evidence::default();
    }
    listings
}

/// Wherever a run is killed, the next one asks for what is missing alone, and both together are the list.
#[tokio::test]
async fn a_killed_listing_is_gone_on_with() {
    let mut world = world(230);
    world.behaviour.page_cap = 50;
    let simulator = Simulator::start(world).expect("a port is free");
    let (whole, text) = recorded(&client(&simulator, "test-secret-key"), &CancellationToken::new()).await;
    let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let answers = lines.len() - 2;
    for kept in 0..=answers {
        simulator.clear_requests();
        let begun: Vec<u8> = lines[..=kept].concat();
        let earlier = Replay::read(&*begun).expect("whole lines");
        let paper = Paper::default();
        let journal = Journal::begin_after(paper.clone(), header(), &earlier, RESUMPTION);
        let mut recorder = Recorder(journal.expect("memory takes everything"));
        let client = client(&simulator, "test-secret-key");
        let stop = CancellationToken::new();
        let listings = list(&client, &Known(&earlier), &stop, &mut recorder).await;
        recorder.0.end(Ending::Finished).expect("memory takes everything");
        assert_eq!(without_wire(listings.clone()), without_wire(whole.clone()));
        assert_eq!(simulator.requests().len(), answers - kept);
        let text = paper.0.lock().expect("no panic").clone();
        let replay = Replay::read(&*text).expect("it was just written");
        assert_eq!(replayed(&replay, listings.end.clone()), listings);
        assert_eq!(replay.questions().count(), answers);
    }
}

/// What may pass is asked again, and the newer answer counts.
#[tokio::test]
async fn what_failed_in_passing_is_asked_again() {
    let mut world = world(120);
    world.behaviour.page_cap = 50;
    world.faults.push(Fault {
        offset: Some(49),
        times: Some(3),
        ..Fault::always(Misbehaviour::Html502)
    });
    let simulator = Simulator::start(world).expect("a port is free");
    let (first, text) = recorded(&client(&simulator, "test-secret-key"), &CancellationToken::new()).await;
    assert_eq!(class(&first.repositories[0].1), Some(UnknownClass::ServerError));
    let earlier = Replay::read(&*text).expect("it was just written");
    let paper = Paper::default();
    let journal = Journal::begin_after(paper.clone(), header(), &earlier, RESUMPTION);
    let mut recorder = Recorder(journal.expect("memory takes everything"));
    simulator.clear_requests();
    let client = client(&simulator, "test-secret-key");
    let stop = CancellationToken::new();
    let listings = list(&client, &Known(&earlier), &stop, &mut recorder).await;
    recorder.0.end(Ending::Finished).expect("memory takes everything");
    let listing = &listings.repositories[0].1;
    assert_eq!(
        (listing.names.len(), &listing.gap, simulator.requests().len()),
        (120, &None, 1)
    );
    let text = paper.0.lock().expect("no panic").clone();
    let replay = Replay::read(&*text).expect("it was just written");
    assert_eq!(replayed(&replay, listings.end.clone()), listings);
}

fn error(status: u16, code: &str) -> Misbehaviour {
    Misbehaviour::Error(ErrorAnswer {
        status,
        code: code.to_owned(),
        ..ErrorAnswer::default()
    })
}

/// Whatever goes wrong, in whatever order: the journal tells what the wire told, and a name that is listed is there.
#[tokio::test]
async fn whatever_goes_wrong_the_journal_tells_it_alike() {
    let mut random = fastrand::Rng::with_seed(20_261_128);
    for round in 0..40 {
        let count = random.usize(0..120);
        let mut world = world(count);
        world.behaviour.page_cap = random.usize(5..30);
        world.behaviour.largest_page = if random.bool() { 100 } else { 1000 };
        world.behaviour.listing_total.in_header = random.bool();
        world.behaviour.listing_total.in_elements = random.bool();
        for number in 0..count.min(random.usize(0..3)) {
            world.namespaces[0].repositories[number].listed.after_pages = random.u64(0..6);
        }
        for _ in 0..random.usize(0..4) {
            let answer = match random.u8(..8) {
                0 => error(403, "SVCSTG.SWR.4030170"),
                1 => error(404, "SVCSTG.SWR.4040058"),
                2 => error(400, "SVCSTG.SWR.4000056"),
                3 => error(400, "APIGW.0106"),
                4 => Misbehaviour::Html502,
                5 => Misbehaviour::CutBody,
                6 => Misbehaviour::Deep(3),
                _ => Misbehaviour::BadSignature,
            };
            world.faults.push(Fault {
                call: Some(simulator::Call::Repositories),
                after: random.u64(0..10),
                times: Some(random.u64(1..4)),
                ..Fault::always(answer)
            });
        }
        let is_sound = world.faults.is_empty();
        let names: Vec<String> = world
            .namespaces
            .iter()
            .flat_map(|namespace| &namespace.repositories)
            .map(|repository| repository.name.clone())
            .collect();
        let (listings, requests) = run(world).await;
        let listing = &listings.repositories[0].1;
        assert!(
            listing.names.iter().all(|name| names.contains(&name.to_string())),
            "{round}"
        );
        assert!(requests < 3 * 30 * 3, "{round}: {requests}");
        if is_sound && listing.gap.is_none() && listing.look.is_none() {
            assert!(
                listing.names.len() + 3 >= names.len(),
                "{round}: but for those that come later"
            );
        }
    }
}
