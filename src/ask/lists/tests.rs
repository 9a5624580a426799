//! What is asked to list a source, and what is made of it; the service is a script. `tests/listing.rs` does it over a real
//! socket.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use tokio_util::sync::CancellationToken;

use super::super::tests::refusal;
use super::*;
use crate::ask::{End, Rules, Service, Witness, ask};
use crate::model::{Failure, Gather, Look, Observation, RepositoryName, UnknownClass};
use crate::swr::{Limiter, Reception, Reply, Turn};

fn namespace(name: &str) -> NamespaceName {
    NamespaceName::parse(name).expect("a legal namespace")
}

fn repository(name: &str) -> RepositoryName {
    RepositoryName::parse(name).expect("a legal repository")
}

/// Answers by call: a status, a body and a `Content-Range`; status 0: nothing at all.
struct Script<F> {
    answer: F,
    limiter: Limiter,
    asked: RefCell<Vec<Call>>,
    in_flight: Cell<usize>,
    most_in_flight: Cell<usize>,
}

type Said = (u16, String, Option<String>);

impl<F: Fn(&Call) -> Said> Script<F> {
    fn new(answer: F) -> Self {
        Self {
            answer,
            limiter: Limiter::new(8, None),
            asked: RefCell::default(),
            in_flight: Cell::new(0),
            most_in_flight: Cell::new(0),
        }
    }

    fn count(&self, of: impl Fn(&Call) -> bool) -> usize {
        self.asked.borrow().iter().filter(|call| of(call)).count()
    }
}

impl<F: Fn(&Call) -> Said> Service for Script<F> {
    fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    async fn ask(&self, call: &Call, turn: Turn<'_>, sent: &Cell<u32>) -> Exchange {
        sent.set(1);
        self.asked.borrow_mut().push(call.clone());
        self.in_flight.set(self.in_flight.get() + 1);
        self.most_in_flight
            .set(self.most_in_flight.get().max(self.in_flight.get()));
        // Lets the others in, as a socket would.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.in_flight.set(self.in_flight.get() - 1);
        let (status, body, content_range) = (self.answer)(call);
        turn.end(match status {
            0 => Reception::Silent(Failure::unasked(UnknownClass::Unreachable)),
            status => Reception::Answered {
                proves: matches!(status, 200 | 403 | 404),
            },
        });
        Exchange {
            attempts: 1,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: None,
            clock_skew: None,
            content_range,
            reply: match status {
                0 => Reply::Broken(Failure::unasked(UnknownClass::Unreachable)),
                status => Reply::Answered {
                    status,
                    body: body.into_bytes(),
                    by_registry: false,
                    is_html: false,
                },
            },
        }
    }
}

/// A namespace of so many repositories, on pages of at most 10.
fn page_of(count: u32, call: &Call) -> Said {
    let Call::Repositories { namespace, page } = call else {
        panic!("no page: {call:?}")
    };
    let numbers = page.offset..count.min(page.offset + page.limit.min(10));
    let length = numbers.len();
    let elements = numbers.map(|number| format!(r#"{{"name":"r{number:03}","namespace":"{namespace}"}}"#));
    let body = format!("[{}]", elements.collect::<Vec<_>>().join(","));
    (200, body, Some(format!("{}-{length}/{count}", page.offset)))
}

/// Every namespace has so many; whatever else is asked is there.
fn sound(count: u32) -> impl Fn(&Call) -> Said {
    move |call| match call {
        Call::Repositories { .. } => page_of(count, call),
        Call::Namespace { namespace } => (200, format!(r#"{{"name":"{namespace}"}}"#), None),
        Call::Namespaces => (
            200,
            r#"{"namespaces":[{"name":"prod"},{"name":"dev"}]}"#.to_owned(),
            None,
        ),
        Call::Overview => (200, r#"{"repo_num":25}"#.to_owned(), None),
        Call::Rules { .. } => panic!("no listing asks for rules"),
    }
}

#[derive(Default)]
struct Heard(Vec<(Call, Exchange)>);

impl Witness for Heard {
    fn exchanged(&mut self, call: &Call, exchange: &Exchange) {
        self.0.push((call.clone(), exchange.clone()));
    }

    fn given_up(&mut self, call: &Call, exchange: &Exchange) {
        self.0.push((call.clone(), exchange.clone()));
    }

    fn doubted(&mut self, call: &Call) {
        self.0.retain(|(other, _)| other != call);
    }
}

/// What was listed, and how the asking ended.
#[derive(Debug, PartialEq)]
struct Listed {
    repositories: Vec<(NamespaceName, Listing)>,
    account: Option<NamespaceListing>,
    end: End,
}

async fn list<F: Fn(&Call) -> Said>(
    script: &Script<F>,
    memory: &dyn Memory,
    orders: &SourceOrders,
    stop: &CancellationToken,
    heard: &mut Heard,
) -> Listed {
    let mut lists = Lists::new(orders, memory);
    let end = ask(Ok(script), &mut lists, stop, heard).await;
    let SourceListings { repositories, account } = lists.into_listings();
    Listed {
        repositories,
        account,
        end,
    }
}

fn orders(namespaces: &[&str], account: bool) -> SourceOrders {
    SourceOrders {
        namespaces: namespaces.iter().map(|name| namespace(name)).collect(),
        account,
    }
}

async fn listed<F: Fn(&Call) -> Said>(script: &Script<F>, orders: &SourceOrders) -> (Listed, Heard) {
    let mut heard = Heard::default();
    let stop = CancellationToken::new();
    let listings = list(script, &(), orders, &stop, &mut heard).await;
    assert_eq!(listings.repositories.len(), orders.namespaces.len());
    (listings, heard)
}

fn class(listing: &Listing) -> Option<UnknownClass> {
    listing.gap.as_ref().map(|failure| failure.class)
}

#[tokio::test]
async fn every_namespace_is_listed_with_its_pages_side_by_side() {
    let script = Script::new(sound(95));
    let (listings, heard) = listed(&script, &orders(&["a", "b", "c"], true)).await;
    assert_eq!(listings.end, End::Done);
    for (name, listing) in &listings.repositories {
        assert_eq!(
            (listing.names.len(), &listing.gap, &listing.look),
            (95, &None, &None),
            "{name}"
        );
        assert!(listing.has(&repository("r007")));
    }
    let account = listings.account.expect("it was ordered");
    assert_eq!(
        (account.names, account.gap),
        (vec![namespace("dev"), namespace("prod")], None)
    );
    assert_eq!(account.account_repositories, Some(25));
    assert_eq!((script.asked.borrow().len(), heard.0.len()), (35, 35));
    assert!((5..=8).contains(&script.most_in_flight.get()));
}

#[tokio::test]
async fn nothing_is_asked_where_nothing_is_ordered() {
    let script = Script::new(sound(5));
    let (listings, _) = listed(&script, &orders(&[], false)).await;
    assert_eq!((listings.end, listings.account), (End::Done, None));
    assert!(script.asked.borrow().is_empty());
}

/// The service told that there is no such list, of a namespace that is there: that was taken for one without repositories.
#[tokio::test]
async fn a_list_that_is_absent_is_not_an_empty_one() {
    let absent = r#"{"errorCode":"SVCSTG.SWR.4040058","errorMessage":"no"}"#;
    for (is_there, gap) in [(true, Some(UnknownClass::BadResponse)), (false, None)] {
        let script = Script::new(|call| match call {
            Call::Namespace { .. } if is_there => sound(0)(call),
            _ => (404, absent.to_owned(), None),
        });
        let (listings, _) = listed(&script, &orders(&["prod"], false)).await;
        assert_eq!(class(&listings.repositories[0].1), gap, "{is_there}");
    }
}

#[tokio::test]
async fn an_empty_list_calls_for_one_look() {
    let absent = r#"{"errorCode":"SVCSTG.SWR.4040058","errorMessage":"no"}"#;
    for (status, look, gap) in [
        (200, Some(Look::Present), None),
        (404, Some(Look::Absent), None),
        (403, None, Some(UnknownClass::AccessDenied)),
        (500, None, Some(UnknownClass::ServerError)),
    ] {
        let script = Script::new(|call| match (call, status) {
            (Call::Namespace { .. }, 404) => (404, absent.to_owned(), None),
            (Call::Namespace { .. }, 403 | 500) => (status, String::new(), None),
            _ => sound(0)(call),
        });
        let (listings, _) = listed(&script, &orders(&["prod"], false)).await;
        let listing = &listings.repositories[0].1;
        assert_eq!((class(listing), script.asked.borrow().len()), (gap, 2), "{status}");
        match look {
            Some(look) => assert_eq!(listing.look, Some(look)),
            None => assert!(matches!(listing.look, Some(Look::Failed(_)))),
        }
    }
}

#[tokio::test]
async fn a_page_that_fails_costs_its_own_namespace_alone() {
    let script = Script::new(|call| match call {
        Call::Repositories { namespace, page } if namespace.as_str() == "b" && page.offset == 9 => {
            (500, String::new(), None)
        }
        _ => sound(35)(call),
    });
    let (listings, _) = listed(&script, &orders(&["a", "b", "c"], false)).await;
    let told: Vec<_> = listings
        .repositories
        .iter()
        .map(|(_, listing)| (listing.names.len(), class(listing)))
        .collect();
    assert_eq!(told, [(35, None), (27, Some(UnknownClass::ServerError)), (35, None)]);
    assert_eq!(script.asked.borrow().len(), 12);
}

#[tokio::test]
async fn a_refused_probe_is_the_only_request() {
    let script = Script::new(|_| (401, String::new(), None));
    let (listings, heard) = listed(&script, &orders(&["a", "b"], true)).await;
    assert_eq!(
        (listings.end, script.asked.borrow().len()),
        (End::Refused(refusal()), 1)
    );
    assert_eq!(class(&listings.repositories[1].1), Some(UnknownClass::Unauthenticated));
    let gap = listings.account.expect("it was ordered").gap.expect("it was refused");
    assert_eq!((gap.class, gap.http_status), (UnknownClass::Unauthenticated, Some(401)));
    let unasked: Vec<_> = heard.0.iter().map(|(_, exchange)| exchange.attempts).collect();
    assert_eq!(unasked, [1, 0, 0], "what was given up is told as that");
}

#[tokio::test]
async fn a_later_refusal_keeps_what_is_known() {
    let script = Script::new(|call| match call {
        Call::Repositories { namespace, .. } if namespace.as_str() == "b" => (401, String::new(), None),
        _ => sound(5)(call),
    });
    let (listings, _) = listed(&script, &orders(&["a", "b", "c", "d", "e", "f"], false)).await;
    assert_eq!(listings.end, End::RefusedLater(refusal()));
    let listing = |index: usize| &listings.repositories[index].1;
    assert_eq!((listing(0).names.len(), class(listing(0))), (5, None));
    for index in [1, 5] {
        assert_eq!(class(listing(index)), Some(UnknownClass::Unauthenticated), "{index}");
    }
    assert!(script.asked.borrow().len() <= 4, "{:?}", script.asked.borrow());
}

/// Takes whatever comes.
struct Nobody;

impl Gather for Nobody {
    fn take(&mut self, _: usize, _: Observation) {}

    fn looked(&mut self, _: &Arc<str>, _: &NamespaceName, _: Look) {}

    fn forget(&mut self, _: usize) {}

    fn forget_look(&mut self, _: &Arc<str>, _: &NamespaceName) {}

    fn doubt_list(&mut self, _: &Arc<str>, _: &NamespaceName, _: Failure) {}
}

#[tokio::test]
async fn what_is_listed_proves_the_credential_to_those_who_ask_on() {
    let script = Script::new(|call| match call {
        Call::Rules { .. } => (401, String::new(), None),
        _ => sound(5)(call),
    });
    listed(&script, &orders(&["a"], false)).await;
    let mut planned = super::super::tests::repositories("a", 3);
    planned[0].is_listed = true;
    let stop = CancellationToken::new();
    let gather = RefCell::new(Nobody);
    let mut rules = Rules::new(&planned, 0, &Listings::default(), &(), &gather);
    let end = ask(Ok(&script), &mut rules, &stop, &mut ()).await;
    assert_eq!(end, End::RefusedLater(refusal()));
}

#[tokio::test]
async fn a_stopped_source_keeps_what_was_answered() {
    let stop = CancellationToken::new();
    let script = Script::new(|call| {
        if matches!(call, Call::Repositories { namespace, .. } if namespace.as_str() == "c") {
            stop.cancel();
        }
        sound(5)(call)
    });
    let mut heard = Heard::default();
    let ordered = orders(&["a", "b", "c", "d", "e", "f", "g"], true);
    let listings = list(&script, &(), &ordered, &stop, &mut heard).await;
    assert_eq!(listings.end, End::Stopped);
    assert_eq!(class(&listings.repositories[0].1), None);
    assert_eq!(class(&listings.repositories[6].1), Some(UnknownClass::Interrupted));
    assert_eq!(listings.account.map(|account| account.gap), Some(None));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_says_anything_is_given_up() {
    let script = Script::new(|_| (0, String::new(), None));
    let names: Vec<_> = (0..1000).map(|number| format!("n{number:04}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (listings, heard) = listed(&script, &orders(&names, true)).await;
    assert_eq!(listings.end, End::Done);
    assert!(script.asked.borrow().len() <= 8 + 4 + 4);
    assert!(
        listings
            .repositories
            .iter()
            .all(|(_, listing)| class(listing) == Some(UnknownClass::Unreachable))
    );
    assert_eq!(heard.0.len(), 1001, "one for each: {}", heard.0.len());
}

/// One namespace says nothing, and its source is asked on.
#[tokio::test(start_paused = true)]
async fn one_namespace_that_is_broken_does_not_stand_for_the_source() {
    let script = Script::new(|call| match call {
        Call::Repositories { namespace, page } if namespace.as_str() == "a" && page.offset > 0 => {
            (0, String::new(), None)
        }
        _ => sound(
            if matches!(call, Call::Repositories { namespace, .. } if namespace.as_str() == "a") {
                300
            } else {
                5
            },
        )(call),
    });
    let start = tokio::time::Instant::now();
    let (listings, _) = listed(
        &script,
        &orders(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], false),
    )
    .await;
    let whole = listings.repositories[1..]
        .iter()
        .filter(|(_, listing)| listing.gap.is_none())
        .count();
    assert_eq!(whole, 9);
    assert_eq!(class(&listings.repositories[0].1), Some(UnknownClass::Unreachable));
    assert!(start.elapsed() < Duration::from_mins(5), "{:?}", start.elapsed());
}

/// Knows what a listing was told before.
struct Remembers(Vec<(Call, Exchange)>);

impl Memory for Remembers {
    fn recall(&self, call: &Call) -> Option<Exchange> {
        let known = self.0.iter().find(|(known, _)| known == call);
        known.map(|(_, exchange)| exchange.clone())
    }

    fn reason(&self, _: &Call) -> Option<(Failure, u32)> {
        None
    }
}

#[tokio::test]
async fn what_is_remembered_is_not_asked_again() {
    let script = Script::new(sound(95));
    let ordered = orders(&["a", "b"], true);
    let (first, heard) = listed(&script, &ordered).await;
    let asked = script.asked.take().len();
    for kept in [0, 3, asked] {
        let memory = Remembers(heard.0[..kept].to_vec());
        let stop = CancellationToken::new();
        let mut again = Heard::default();
        let second = list(&script, &memory, &ordered, &stop, &mut again).await;
        assert_eq!(second, first);
        assert_eq!((script.asked.take().len(), again.0.len()), (asked - kept, asked - kept));
    }
}

/// The run was answered before: what it ends with is no audit that never was.
#[tokio::test]
async fn a_refused_credential_does_not_undo_what_an_earlier_part_listed() {
    let ordered = orders(&["a", "b"], false);
    let (_, heard) = listed(&Script::new(sound(5)), &ordered).await;
    let is_of_a = |call: &Call| matches!(call, Call::Repositories { namespace, .. } if namespace.as_str() == "a");
    let memory = Remembers(heard.0.into_iter().filter(|(call, _)| is_of_a(call)).collect());
    let script = Script::new(|_| (401, String::new(), None));
    let (stop, mut again) = (CancellationToken::new(), Heard::default());
    let listings = list(&script, &memory, &ordered, &stop, &mut again).await;
    assert_eq!(listings.end, End::RefusedLater(refusal()));
    let class = |index: usize| class(&listings.repositories[index].1);
    assert_eq!((class(0), class(1)), (None, Some(UnknownClass::Unauthenticated)));
    assert_eq!(script.asked.borrow().len(), 1);
}

#[tokio::test]
async fn few_namespaces_are_under_way_at_a_time() {
    let script = Script::new(sound(54));
    let names: Vec<_> = (0..100).map(|number| format!("n{number:03}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    listed(&script, &orders(&names, false)).await;
    let asked = script.asked.borrow();
    let mut open = BTreeMap::new();
    let mut most = 0;
    for call in &*asked {
        let Call::Repositories { namespace, .. } = call else {
            continue;
        };
        let count = open.entry(namespace.clone()).or_insert(0);
        *count += 1;
        most = most.max(open.values().filter(|count| **count < 6).count());
    }
    assert!(most <= 16, "{most}");
    assert_eq!(script.count(|_| true), 600);
}
