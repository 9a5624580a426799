//! Which questions are asked, in which order, and when the asking stops; the service is a script.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::model::{
    Answer, CredentialChoice, Endpoint, Evidence, Expectation, Gather, Listing, Listings, Look, NamespaceName,
    Observation, Others, Place, PlannedRepository, RegionLimits, RepoId, RepositoryName, RepositoryOrigin, Severities,
    Source,
};
use crate::swr::{Reception, Reply};

/// Answers by path: a status, or nothing at all.
struct Script<F> {
    answer: F,
    limiter: Limiter,
    /// Until it answers.
    delay: Duration,
    asked: RefCell<Vec<String>>,
    in_flight: Cell<usize>,
    most_in_flight: Cell<usize>,
    answered: Cell<usize>,
    /// With each request: the answers before it, and the requests in flight with it.
    crowds: RefCell<Vec<(usize, usize)>>,
}

impl<F: Fn(&str) -> Option<u16>> Script<F> {
    fn new(answer: F) -> Self {
        Self::with(16, answer)
    }

    fn with(concurrency: usize, answer: F) -> Self {
        Self {
            answer,
            limiter: Limiter::new(concurrency, None),
            delay: Duration::ZERO,
            asked: RefCell::default(),
            in_flight: Cell::new(0),
            most_in_flight: Cell::new(0),
            answered: Cell::new(0),
            crowds: RefCell::default(),
        }
    }

    fn count(&self, part: &str) -> usize {
        self.asked.borrow().iter().filter(|path| path.contains(part)).count()
    }
}

impl<F: Fn(&str) -> Option<u16>> Service for Script<F> {
    fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    async fn ask(&self, call: &Call, turn: Turn<'_>, sent: &Cell<u32>) -> Exchange {
        let path = call.path();
        sent.set(1);
        self.asked.borrow_mut().push(path.clone());
        self.in_flight.set(self.in_flight.get() + 1);
        self.most_in_flight
            .set(self.most_in_flight.get().max(self.in_flight.get()));
        self.crowds
            .borrow_mut()
            .push((self.answered.get(), self.in_flight.get()));
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        // Lets the others in, as a socket would.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.in_flight.set(self.in_flight.get() - 1);
        self.answered.set(self.answered.get() + 1);
        let answer = (self.answer)(&path);
        turn.end(match answer {
            Some(status) => Reception::Answered {
                proves: matches!(status, 200 | 403 | 404),
            },
            None => Reception::Silent(Failure::unasked(UnknownClass::Unreachable)),
        });
        let reply = match answer {
            Some(status) => Reply::Answered {
                status,
                body: body(status, call),
                by_registry: false,
                is_html: false,
            },
            None => Reply::Broken(Failure::unasked(UnknownClass::Unreachable)),
        };
        Exchange {
            attempts: 1,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: None,
            clock_skew: None,
            content_range: None,
            reply,
        }
    }
}

fn body(status: u16, call: &Call) -> Vec<u8> {
    let text = match (status, call) {
        (200, Call::Rules { .. }) => "[]".to_owned(),
        (200, Call::Namespace { namespace }) => format!(r#"{{"name":"{namespace}"}}"#),
        (200, Call::Repositories { .. } | Call::Namespaces | Call::Overview) => panic!("nothing is listed here"),
        (404, _) => r#"{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"no"}"#.to_owned(),
        _ => String::new(),
    };
    text.into_bytes()
}

/// What a script's 401 says.
pub(super) fn refusal() -> Failure {
    Failure {
        http_status: Some(401),
        evidence: Evidence {
            attempts: 1,
            observed_at: Some(Timestamp::UNIX_EPOCH),
            request_id: None,
        },
        ..Failure::unasked(UnknownClass::Unauthenticated)
    }
}

/// Counts what it is told.
#[derive(Default)]
struct Tally {
    /// `Ok(rules)`, `absent`, or the class, by index.
    told: BTreeMap<usize, String>,
    looks: usize,
    exchanges: usize,
}

impl Gather for Tally {
    fn take(&mut self, index: usize, observation: Observation) {
        let word = match observation.answer {
            Answer::Rules(_) => "rules",
            Answer::Absent => "absent",
            Answer::Failed(failure) => failure.class.name(),
        };
        let asked = if observation.evidence.attempts == 0 {
            " unasked"
        } else {
            ""
        };
        let before = self.told.insert(index, format!("{word}{asked}"));
        assert_eq!(before, None, "{index} was told twice");
    }

    fn looked(&mut self, _: &Arc<str>, _: &NamespaceName, _: Look) {
        self.looks += 1;
    }

    fn forget(&mut self, index: usize) {
        assert!(self.told.remove(&index).is_some(), "nothing was told of {index:?}");
    }

    fn forget_look(&mut self, _: &Arc<str>, _: &NamespaceName) {
        panic!("no look is doubted here");
    }

    fn doubt_list(&mut self, _: &Arc<str>, _: &NamespaceName, _: Failure) {
        panic!("nothing is listed here");
    }
}

/// Counts answers.
#[derive(Default)]
struct Count(usize);

impl Witness for Count {
    fn exchanged(&mut self, _: &Call, _: &Exchange) {
        self.0 += 1;
    }

    fn given_up(&mut self, _: &Call, _: &Exchange) {}

    fn doubted(&mut self, _: &Call) {}
}

/// Asks for the rules of these repositories.
async fn observe<S: Service>(
    service: &S,
    memory: &impl Memory,
    repositories: &[PlannedRepository],
    stop: &CancellationToken,
    tally: &mut Tally,
) -> End {
    observe_after(service, memory, &Listings::default(), repositories, stop, tally).await
}

async fn observe_after<S: Service>(
    service: &S,
    memory: &impl Memory,
    listings: &Listings,
    repositories: &[PlannedRepository],
    stop: &CancellationToken,
    tally: &mut Tally,
) -> End {
    let gather = RefCell::new(std::mem::take(tally));
    let mut rules = Rules::new(repositories, 0, listings, memory, &gather);
    let mut count = Count::default();
    let end = ask(Ok(service), &mut rules, stop, &mut count).await;
    *tally = gather.into_inner();
    tally.exchanges += count.0;
    end
}

impl Tally {
    fn count(&self, word: &str) -> usize {
        self.told.values().filter(|told| *told == word).count()
    }
}

pub(super) fn repositories(namespace: &str, count: usize) -> Vec<PlannedRepository> {
    let place = Place {
        file: "a.yaml".into(),
        line: 1,
        column: 1,
    };
    let source = Arc::new(Source {
        name: "main".into(),
        region: "cn-north-4".into(),
        endpoint: Endpoint::parse("http://127.0.0.1:1").expect("loopback"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        project_id: None,
        account_id: None,
        lists_manual_rules: false,
        credentials: CredentialChoice::Chain,
        place: place.clone(),
    });
    let expectation = Arc::new(Expectation {
        policy: None,
        targets: Vec::new(),
        other_rules: Others::Allow,
        regions: RegionLimits::default(),
        severities: Arc::new(Severities::default()),
        place: place.clone(),
        places: Arc::default(),
    });
    let planned = |number: usize| PlannedRepository {
        id: RepoId {
            source: Arc::clone(&source.name),
            namespace: NamespaceName::parse(namespace).expect("a legal namespace"),
            repository: RepositoryName::parse(&format!("r{number:04}")).expect("a legal repository"),
        },
        source: Arc::clone(&source),
        expectation: Arc::clone(&expectation),
        owner: None,
        origin: RepositoryOrigin::Named,
        is_listed: false,
        is_disputed: false,
        expired_skip: None,
        place: place.clone(),
    };
    (0..count).map(planned).collect()
}

async fn fetched<F: Fn(&str) -> Option<u16>>(script: &Script<F>, repositories: &[PlannedRepository]) -> (End, Tally) {
    let mut tally = Tally::default();
    let end = observe(script, &(), repositories, &CancellationToken::new(), &mut tally).await;
    // What is in flight when a credential is refused is abandoned.
    let abandoned = script.asked.borrow().len() - tally.exchanges;
    assert!(abandoned < script.limiter.concurrency() && (abandoned == 0 || tally.count("unauthenticated") > 0));
    (end, tally)
}

#[tokio::test]
async fn each_is_asked_once_and_no_more_than_allowed_at_a_time() {
    for concurrency in [1, 7, 300] {
        let script = Script::with(concurrency, |_| Some(200));
        let (end, tally) = fetched(&script, &repositories("prod", 100)).await;
        assert_eq!((end, tally.count("rules")), (End::Done, 100));
        assert_eq!(script.asked.borrow().len(), 100);
        let most = script.most_in_flight.get();
        assert!(
            most <= concurrency && (most == concurrency || concurrency == 300),
            "{most} of {concurrency}"
        );
    }
}

#[tokio::test]
async fn it_begins_alone_and_each_answer_lets_in_one_more() {
    let script = Script::with(50, |_| Some(200));
    fetched(&script, &repositories("prod", 100)).await;
    let crowds = script.crowds.borrow();
    assert_eq!(
        crowds[..3],
        [(0, 1), (1, 1), (1, 2)],
        "answers before, requests in flight"
    );
    assert!(
        crowds.iter().all(|(answered, in_flight)| in_flight <= &(answered + 1)),
        "{crowds:?}"
    );
    assert!(crowds.iter().any(|(_, in_flight)| *in_flight > 20), "{crowds:?}");
}

#[tokio::test]
async fn until_an_answer_proves_the_credential_few_could_be_refused() {
    let script = Script::with(16, |path| Some(if path.contains("r0000") { 500 } else { 401 }));
    let (end, tally) = fetched(&script, &repositories("prod", 60)).await;
    assert_eq!((end, tally.told.len()), (End::RefusedLater(refusal()), 60));
    assert!(script.asked.borrow().len() <= 1 + 4, "{:?}", script.asked.borrow());
    let failing = Script::new(|_| Some(500));
    fetched(&failing, &repositories("prod", 60)).await;
    assert_eq!(failing.most_in_flight.get(), 4);
}

#[tokio::test]
async fn a_refused_probe_is_the_only_request() {
    let script = Script::with(8, |_| Some(401));
    let (end, tally) = fetched(&script, &repositories("prod", 50)).await;
    assert_eq!((end, script.asked.borrow().len()), (End::Refused(refusal()), 1));
    assert_eq!(
        (tally.count("unauthenticated"), tally.count("unauthenticated unasked")),
        (1, 49)
    );
}

/// The first repository's credential is renewed and refused again, a second later; all others are answered.
struct Renewing(Limiter);

impl Service for Renewing {
    fn limiter(&self) -> &Limiter {
        &self.0
    }

    async fn ask(&self, call: &Call, turn: Turn<'_>, sent: &Cell<u32>) -> Exchange {
        let is_first = call.path().contains("r0000");
        sent.set(1);
        turn.end(Reception::Answered { proves: !is_first });
        if is_first {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let status = if is_first { 401 } else { 200 };
        Exchange {
            attempts: 1,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: None,
            clock_skew: None,
            content_range: None,
            reply: Reply::Answered {
                status,
                body: body(status, call),
                by_registry: false,
                is_html: false,
            },
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_refused_after_others_were_answered_is_no_refused_probe() {
    let (service, mut tally) = (Renewing(Limiter::new(4, None)), Tally::default());
    let stop = CancellationToken::new();
    let end = observe(&service, &(), &repositories("prod", 5), &stop, &mut tally).await;
    assert_eq!(
        (end, tally.count("rules"), tally.count("unauthenticated")),
        (End::RefusedLater(refusal()), 4, 1)
    );
}

#[tokio::test]
async fn a_refusal_in_mid_run_ends_the_asking_and_keeps_what_is_known() {
    let script = Script::with(4, |path| Some(if path.contains("r0020") { 401 } else { 200 }));
    let (end, tally) = fetched(&script, &repositories("prod", 50)).await;
    assert_eq!(end, End::RefusedLater(refusal()));
    assert_eq!(tally.told.len(), 50, "every repository is told");
    assert!(
        tally.count("rules") >= 17 && script.asked.borrow().len() <= 25,
        "{:?}",
        tally.told
    );
    assert_eq!(
        tally.count("rules") + tally.count("unauthenticated") + tally.count("unauthenticated unasked"),
        50
    );
}

/// Answers that are not believed any more once the last one came, by the paths that hold these.
struct Mixing<F> {
    script: Script<F>,
    suspects: RefCell<Vec<Call>>,
}

impl<F: Fn(&str) -> Option<u16>> Service for Mixing<F> {
    fn limiter(&self) -> &Limiter {
        self.script.limiter()
    }

    async fn ask(&self, call: &Call, turn: Turn<'_>, sent: &Cell<u32>) -> Exchange {
        self.script.ask(call, turn, sent).await
    }

    fn suspects(&self) -> Vec<Call> {
        let is_last = self.script.answered.get() == 4;
        if is_last { self.suspects.take() } else { Vec::new() }
    }
}

/// Four are answered; two of them are suspect then, and are asked again, which ends with that status.
async fn doubted(status: u16) -> (End, Tally, usize) {
    let planned = repositories("prod", 4);
    let is_again = Cell::new(0);
    let script = Script::with(1, |path: &str| {
        is_again.set(is_again.get() + usize::from(path.contains("r0001")));
        Some(if is_again.get() > 1 { status } else { 200 })
    });
    let suspects = [1, 2].map(|index| Call::rules(&planned[index].id));
    let service = Mixing {
        script,
        suspects: RefCell::new(suspects.into()),
    };
    let mut tally = Tally::default();
    let end = observe(&service, &(), &planned, &CancellationToken::new(), &mut tally).await;
    let asked = service.script.asked.borrow().len();
    (end, tally, asked)
}

#[tokio::test]
async fn what_is_not_believed_any_more_is_asked_again_and_stands_in_its_place() {
    let (end, tally, asked) = doubted(404).await;
    assert_eq!((end, asked), (End::Done, 4 + 2 + 1), "and a look");
    assert_eq!((tally.count("rules"), tally.count("absent")), (2, 2));
}

#[tokio::test]
async fn what_is_not_believed_any_more_and_cannot_be_asked_again_is_unknown() {
    let (end, tally, asked) = doubted(401).await;
    assert_eq!((end, asked), (End::RefusedLater(refusal()), 5));
    assert_eq!(
        (
            tally.count("rules"),
            tally.count("unauthenticated"),
            tally.count("unauthenticated unasked")
        ),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn a_look_that_is_refused_ends_the_asking_too() {
    let script = Script::with(8, |path| Some(if path.ends_with("/sync_repo") { 403 } else { 401 }));
    let (end, tally) = fetched(&script, &repositories("prod", 40)).await;
    assert_eq!((end, tally.told.len()), (End::RefusedLater(refusal()), 40));
    assert_eq!(script.asked.borrow().len(), 2, "the probe and the look");
    assert_eq!(
        (tally.count("access-denied"), tally.count("unauthenticated unasked")),
        (1, 39)
    );
}

#[tokio::test]
async fn one_look_at_a_namespace_whoever_is_absent_in_it() {
    let script = Script::with(8, |path| Some(if path.ends_with("/sync_repo") { 404 } else { 200 }));
    let (_, tally) = fetched(&script, &repositories("prod", 40)).await;
    assert_eq!(
        (tally.count("absent"), tally.looks, script.asked.borrow().len()),
        (40, 1, 41)
    );
}

#[tokio::test]
async fn what_was_listed_and_is_absent_calls_for_no_look() {
    let script = Script::with(8, |path| Some(if path.ends_with("/sync_repo") { 404 } else { 200 }));
    let mut all = repositories("prod", 40);
    for planned in &mut all {
        planned.is_listed = true;
    }
    let (_, tally) = fetched(&script, &all).await;
    assert_eq!(
        (tally.count("absent"), tally.looks, script.asked.borrow().len()),
        (40, 0, 40)
    );
}

#[tokio::test]
async fn a_denied_namespace_is_left_alone_after_few_requests() {
    for concurrency in [1, 2, 3, 8, 32] {
        let script = Script::with(concurrency, |path| Some(if path.contains("/shut") { 403 } else { 200 }));
        let mut all = repositories("open", 10);
        all.extend(repositories("shut", 500));
        let (end, tally) = fetched(&script, &all).await;
        assert_eq!((end, tally.told.len(), tally.count("rules")), (End::Done, 510, 10));
        let sent = script.count("/shut");
        assert!(sent <= concurrency + 4, "{sent} requests at concurrency {concurrency}");
        assert_eq!(
            tally.count("access-denied"),
            sent - 1,
            "those that were asked have their own"
        );
        assert_eq!(tally.count("access-denied unasked"), 500 - (sent - 1));
    }
}

#[tokio::test]
async fn grants_exist_per_repository_so_one_answer_keeps_a_namespace_open() {
    let script = Script::with(4, |path| Some(if path.contains("r0000") { 200 } else { 403 }));
    let (_, tally) = fetched(&script, &repositories("prod", 30)).await;
    assert_eq!((tally.count("rules"), tally.count("access-denied")), (1, 29));
}

#[tokio::test]
async fn a_visible_namespace_stays_open_however_many_are_refused() {
    let script = Script::with(4, |path| Some(if path.ends_with("/sync_repo") { 403 } else { 200 }));
    let (_, tally) = fetched(&script, &repositories("prod", 30)).await;
    assert_eq!((tally.count("access-denied"), tally.looks), (30, 1));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_says_anything_is_given_up() {
    let start = tokio::time::Instant::now();
    let script = Script::with(4, |_| None);
    let (end, tally) = fetched(&script, &repositories("prod", 1000)).await;
    assert_eq!(end, End::Done);
    assert!(
        script.asked.borrow().len() <= 8 + 4 + 4,
        "{}",
        script.asked.borrow().len()
    );
    assert_eq!(tally.count("unreachable") + tally.count("unreachable unasked"), 1000);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_spoke_once_is_waited_for_and_then_given_up() {
    let start = tokio::time::Instant::now();
    let script = Script::with(4, |path| path.contains("r0000").then_some(500));
    let (_, tally) = fetched(&script, &repositories("prod", 1000)).await;
    let silent = tally.count("unreachable") + tally.count("unreachable unasked");
    assert_eq!((tally.count("server-error"), silent), (1, 999));
    assert!(script.asked.borrow().len() <= 32, "{}", script.asked.borrow().len());
    assert!((60..80).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_comes_back_is_asked_to_the_end() {
    let start = tokio::time::Instant::now();
    let script = Script::with(4, |path| {
        let is_down = path.ends_with("/sync_repo") && (5..20).contains(&start.elapsed().as_secs());
        (!is_down).then_some(200)
    });
    let script = Script {
        delay: Duration::from_secs(1),
        ..script
    };
    let (_, tally) = fetched(&script, &repositories("prod", 200)).await;
    assert_eq!(tally.told.len(), 200);
    assert!(
        tally.count("unreachable") <= 8 + 4 + 6,
        "what was asked while it was down: {:?}",
        tally.told
    );
    assert_eq!(tally.count("unreachable unasked"), 0);
}

#[tokio::test(start_paused = true)]
async fn one_namespace_that_is_broken_does_not_stand_for_the_source() {
    for (broken, healthy) in [("aaa", "zzz"), ("zzz", "aaa")] {
        let script = Script::with(4, |path| path.contains(healthy).then_some(200));
        let mut all = repositories("aaa", 60);
        all.extend(repositories("zzz", 300));
        let (_, tally) = fetched(&script, &all).await;
        let count = if healthy == "zzz" { 300 } else { 60 };
        assert_eq!(
            tally.count("rules"),
            count,
            "{broken} is broken, and nothing else is lost"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn broken_neighbours_do_not_stand_for_their_namespace() {
    let script = Script::with(4, |path| {
        let number: usize = path.rsplit_once("/r")?.1.get(..4)?.parse().ok()?;
        (!(20..80).contains(&number)).then_some(200)
    });
    let (_, tally) = fetched(&script, &repositories("prod", 300)).await;
    assert_eq!((tally.count("rules"), tally.count("unreachable")), (240, 60));
}

#[tokio::test]
async fn a_stopped_source_keeps_what_was_answered() {
    let stop = CancellationToken::new();
    let script = Script::with(2, |path| {
        if path.contains("r0010") {
            stop.cancel();
        }
        Some(200)
    });
    let mut tally = Tally::default();
    let end = observe(&script, &(), &repositories("prod", 50), &stop, &mut tally).await;
    assert_eq!((end, tally.told.len()), (End::Stopped, 50));
    assert!((9..=12).contains(&tally.count("rules")), "{:?}", tally.told);
    let asked = script.asked.borrow().len();
    assert_eq!(
        tally.count("interrupted"),
        asked - tally.count("rules"),
        "a request that had left is told as one"
    );
    assert_eq!(tally.count("interrupted unasked"), 50 - asked);
}

#[tokio::test]
async fn nothing_to_ask_is_nothing_asked() {
    let script = Script::new(|_| Some(200));
    let (end, tally) = fetched(&script, &[]).await;
    assert_eq!((end, tally.told.len(), script.asked.borrow().len()), (End::Done, 0, 0));
}

/// Knows what is under one name, and a look.
struct Remembers(&'static str);

impl Memory for Remembers {
    fn recall(&self, call: &Call) -> Option<Exchange> {
        let is_known = match call {
            Call::Rules { repository, .. } => repository.as_str() < self.0,
            Call::Namespace { .. } => true,
            Call::Repositories { .. } | Call::Namespaces | Call::Overview => false,
        };
        is_known.then(|| Exchange {
            attempts: 0,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: None,
            clock_skew: None,
            content_range: None,
            reply: Reply::Answered {
                status: 403,
                body: Vec::new(),
                by_registry: false,
                is_html: false,
            },
        })
    }

    fn reason(&self, _: &Call) -> Option<(Failure, u32)> {
        None
    }
}

#[tokio::test]
async fn what_is_remembered_is_reported_and_not_asked_again() {
    let script = Script::new(|_| Some(200));
    let mut tally = Tally::default();
    let stop = CancellationToken::new();
    let end = observe(
        &script,
        &Remembers("r0002"),
        &repositories("prod", 10),
        &stop,
        &mut tally,
    )
    .await;
    assert_eq!((end, tally.looks), (End::Done, 1));
    assert_eq!((tally.count("access-denied unasked"), tally.count("rules")), (2, 8));
    assert_eq!(script.asked.borrow().len(), 8);
}

#[tokio::test]
async fn a_namespace_that_is_remembered_as_closed_stays_closed() {
    let script = Script::new(|_| Some(200));
    let mut tally = Tally::default();
    let stop = CancellationToken::new();
    observe(
        &script,
        &Remembers("r0003"),
        &repositories("prod", 10),
        &stop,
        &mut tally,
    )
    .await;
    assert_eq!(tally.count("access-denied unasked"), 10);
    assert_eq!(script.asked.borrow().len(), 0);
}

#[tokio::test]
async fn a_refused_credential_does_not_undo_what_is_remembered() {
    let script = Script::new(|_| Some(401));
    let mut tally = Tally::default();
    let stop = CancellationToken::new();
    let end = observe(
        &script,
        &Remembers("r0001"),
        &repositories("prod", 10),
        &stop,
        &mut tally,
    )
    .await;
    assert_eq!((end, script.asked.borrow().len()), (End::RefusedLater(refusal()), 1));
    assert_eq!(tally.told.len(), 10);
}

#[tokio::test]
async fn what_was_looked_at_for_a_listing_is_not_looked_at_again() {
    let script = Script::new(|path| Some(if path.ends_with("/sync_repo") { 404 } else { 200 }));
    let all = repositories("prod", 10);
    let mut listings = Listings::default();
    let listing = Listing {
        look: Some(Look::Absent),
        ..Listing::default()
    };
    let key = (Arc::clone(&all[0].id.source), all[0].id.namespace.clone());
    listings.repositories.insert(key, listing);
    let mut tally = Tally::default();
    let stop = CancellationToken::new();
    observe_after(&script, &(), &listings, &all, &stop, &mut tally).await;
    assert_eq!((tally.count("absent"), tally.looks, script.count("")), (10, 1, 10));
}

#[tokio::test]
async fn without_a_service_all_that_is_not_known_ends_as_that_says() {
    let mut all = repositories("aaa", 3);
    all.extend(repositories("prod", 3));
    let gather = RefCell::new(Tally::default());
    let mut rules = Rules::new(&all, 0, &Listings::default(), &Remembers("r0001"), &gather);
    let (stop, mut count) = (CancellationToken::new(), Count::default());
    let refused = End::Refused(Failure::unasked(UnknownClass::Unauthenticated));
    let end = ask(
        Err::<&Script<fn(&str) -> Option<u16>>, _>(refused.clone()),
        &mut rules,
        &stop,
        &mut count,
    )
    .await;
    let tally = gather.into_inner();
    assert_eq!(
        (
            tally.count("access-denied unasked"),
            tally.count("unauthenticated unasked")
        ),
        (2, 4)
    );
    assert_eq!((end, tally.looks, count.0), (refused, 2, 0));
}
