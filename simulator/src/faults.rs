//! What goes wrong on purpose: which requests it meets, how often, and with what.
//!
//! It chooses; the service and the body do it.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::Deserialize;

use crate::{
    behaviour::Shape,
    route::{Call, Route},
};

/// Something that goes wrong.
///
/// ```yaml
/// faults:
///   - { on: prod/team/web, times: 2, answer: html502 }
///   - { on: prod, call: namespace, answer: reset }
///   - { on: prod, call: repositories, offset: 1000, answer: reset }
///   - { on: "*", after: 10, answer: { delayMs: 250 } }
///   - { on: "*", percent: 2, answer: throttled }
///   - { answer: { error: { status: 429, code: APIGW.0308, shape: e, headers: { Retry-After: "1" } } } }
///   - { answer: { raw: { status: 200, body: "<html>", contentType: text/html } } }
///   - { answer: { slowBody: { bytesPerSecond: 100 } } }
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Fault {
    /// `prod/team/web`: that repository. `prod`: the organization and everything under it. `*`, or
    /// absent: every request, also those to a path that the API does not have.
    #[serde(default = "everything")]
    pub on: String,
    /// Only this call. Absent: all of them.
    #[serde(default)]
    pub call: Option<Call>,
    /// Only the page of a list of repositories that begins there. Absent: all requests.
    #[serde(default)]
    pub offset: Option<usize>,
    /// How many requests it meets. Absent: all.
    #[serde(default)]
    pub times: Option<u64>,
    /// How many matching requests it lets pass before. A request that an earlier fault met is not counted.
    #[serde(default)]
    pub after: u64,
    /// So many of each hundred requests that it would meet, scattered but the same in each run. Absent: all of them.
    #[serde(default)]
    pub percent: Option<u8>,
    /// What happens.
    pub answer: Misbehaviour,
}

/// What happens instead of the normal answer, or to it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Misbehaviour {
    /// An error in one of the known shapes.
    Error(ErrorAnswer),
    /// Any text under any status.
    Raw(RawAnswer),
    /// No answer: the connection is closed (HTTP/2: the stream is reset).
    Reset,
    /// The normal answer, announced at its full length, ends in the middle.
    CutBody,
    /// The normal answer comes drop by drop.
    SlowBody(SlowBody),
    /// No answer, ever; the connection stays open.
    Hang,
    /// The normal answer, so many milliseconds later.
    DelayMs(u64),
    /// 302 to this address.
    Redirect(String),
    /// The 502 of a web application firewall: HTML.
    Html502,
    /// The gateway does not know the path: 404 `APIGW.0101`.
    GatewayNotFound,
    /// As for an expired token, see [`ExpiredToken`](crate::ExpiredToken).
    ExpiredToken,
    /// As for a wrong signature, see [`RefusedSignature`](crate::RefusedSignature).
    BadSignature,
    /// As for too many requests, see [`Throttled`](crate::Throttled) and [`Rate`](crate::Rate).
    Throttled,
    /// 200 with a JSON array of rules that is so many bytes long.
    Large(usize),
    /// 200 with so many JSON arrays, each in the other.
    Deep(usize),
}

/// An error in one of the known shapes. Every field may be left out.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ErrorAnswer {
    /// The HTTP status. Default: 500.
    pub status: u16,
    /// Default: `SVCSTG.SWR.5000007`.
    pub code: String,
    /// Default: `Internal error`.
    pub message: String,
    /// Default: `d`.
    pub shape: Shape,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// How the body is encoded, whether or not the client accepts it.
    pub content_encoding: Option<Encoding>,
}

/// Any text under any status. Every field may be left out.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct RawAnswer {
    /// The HTTP status. Default: 200.
    pub status: u16,
    /// Default: empty.
    pub body: String,
    /// Default: `application/json`.
    pub content_type: String,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// How the body is encoded, whether or not the client accepts it.
    pub content_encoding: Option<Encoding>,
}

/// An encoding of a body.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// `gzip`
    Gzip,
}

/// How slow a body is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SlowBody {
    /// Zero counts as one.
    pub bytes_per_second: u32,
}

impl Fault {
    /// This on every request; narrow it by its fields.
    pub fn always(answer: Misbehaviour) -> Fault {
        Fault {
            on: everything(),
            call: None,
            offset: None,
            times: None,
            after: 0,
            percent: None,
            answer,
        }
    }

    /// Whether it strikes the request that it meets after so many others.
    fn strikes(&self, turn: u64) -> bool {
        let in_time = self.times.is_none_or(|times| turn < times);
        in_time
            && self
                .percent
                .is_none_or(|percent| scattered(turn) % 100 < u64::from(percent))
    }

    fn meets(&self, route: Option<&Route>) -> bool {
        let call = self
            .call
            .is_none_or(|call| route.is_some_and(|route| route.call == call));
        let offset = self
            .offset
            .is_none_or(|offset| route.is_some_and(|route| route.offset == Some(offset)));
        call && offset && (self.on == "*" || route.is_some_and(|route| route.is_under(&self.on)))
    }
}

impl Default for ErrorAnswer {
    fn default() -> Self {
        ErrorAnswer {
            status: 500,
            code: "SVCSTG.SWR.5000007".to_owned(),
            message: "Internal error".to_owned(),
            shape: Shape::D,
            headers: BTreeMap::new(),
            content_encoding: None,
        }
    }
}

impl Default for RawAnswer {
    fn default() -> Self {
        RawAnswer {
            status: 200,
            body: String::new(),
            content_type: "application/json".to_owned(),
            headers: BTreeMap::new(),
            content_encoding: None,
        }
    }
}

/// How many requests each fault has matched, beside the faults of the world.
#[derive(Debug, Default)]
pub(crate) struct Tally(Vec<AtomicU64>);

impl Tally {
    /// For changed faults: one that stands unchanged in its place goes on counting.
    pub(crate) fn carried(&self, before: &[Fault], now: &[Fault]) -> Tally {
        let kept = |at: usize, fault: &Fault| {
            let seen = self.0.get(at).filter(|_| before.get(at) == Some(fault));
            AtomicU64::new(seen.map_or(0, |seen| seen.load(Ordering::Relaxed)))
        };
        Tally(now.iter().enumerate().map(|(at, fault)| kept(at, fault)).collect())
    }

    /// What happens to this request, if anything. Counts it.
    pub(crate) fn next<'a>(&self, faults: &'a [Fault], route: Option<&Route>) -> Option<&'a Misbehaviour> {
        let matching = faults.iter().zip(&self.0).filter(|(fault, _)| fault.meets(route));
        matching
            .filter(|(fault, seen)| {
                let earlier = seen.fetch_add(1, Ordering::Relaxed);
                let turn = earlier.checked_sub(fault.after);
                turn.is_some_and(|turn| fault.strikes(turn))
            })
            .map(|(fault, _)| &fault.answer)
            .next()
    }
}

/// A number as good as random for each turn: the mixing function of `SplitMix64`.
fn scattered(turn: u64) -> u64 {
    let mut mixed = turn.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn everything() -> String {
    "*".to_owned()
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use super::*;

    fn route(path: &str) -> Option<Route> {
        Route::of(&Method::GET, path, "")
    }

    fn met(fault: &Fault, path: &str) -> bool {
        fault.meets(route(path).as_ref())
    }

    #[test]
    fn a_place_covers_what_is_under_it_and_nothing_beside_it() {
        let on = |place: &str| Fault {
            on: place.to_owned(),
            ..Fault::always(Misbehaviour::Reset)
        };
        let rules = "/v2/manage/namespaces/prod/repos/team$web/sync_repo";
        assert!(met(&on("prod/team/web"), rules));
        assert!(met(&on("prod"), rules));
        assert!(met(&on("prod"), "/v2/manage/namespaces/prod"));
        assert!(!met(&on("prod/team/web"), "/v2/manage/namespaces/prod"));
        assert!(!met(&on("prod/team"), rules));
        assert!(!met(&on("pro"), rules));
        assert!(!met(&on("prod"), "/v2/manage/namespaces"));
        assert!(!met(&on("prod"), "/elsewhere"));
        assert!(met(&on("*"), "/elsewhere"));
    }

    #[test]
    fn a_call_narrows_it() {
        let fault = Fault {
            call: Some(Call::Namespace),
            ..Fault::always(Misbehaviour::Reset)
        };
        assert!(met(&fault, "/v2/manage/namespaces/prod"));
        assert!(!met(&fault, "/v2/manage/namespaces"));
        assert!(!met(&fault, "/elsewhere"));
    }

    #[test]
    fn an_offset_narrows_it_to_one_page() {
        let fault = Fault {
            offset: Some(100),
            ..Fault::always(Misbehaviour::Reset)
        };
        let met = |query| fault.meets(Route::of(&Method::GET, "/v2/manage/repos", query).as_ref());
        assert!(met("namespace=prod&limit=100&offset=100"));
        assert!(!met("namespace=prod&limit=100&offset=0"));
        assert!(!met(""));
        let rules = route("/v2/manage/namespaces/prod/repos/web/sync_repo");
        assert!(!fault.meets(rules.as_ref()));
    }

    #[test]
    fn a_percentage_of_the_requests_is_met_scattered_and_the_same_each_time() {
        let faults = [Fault {
            percent: Some(10),
            ..Fault::always(Misbehaviour::Throttled)
        }];
        let met = || {
            let tally = Tally::default().carried(&[], &faults);
            let all: Vec<bool> = (0..10_000).map(|_| tally.next(&faults, None).is_some()).collect();
            all
        };
        let all = met();
        let count = all.iter().filter(|met| **met).count();
        assert!((900..1100).contains(&count), "{count} of 10,000");
        assert!(all.windows(2).any(|two| two[0] && two[1]), "two in a row");
        assert_eq!(met(), all);
    }

    #[test]
    fn the_first_not_used_up_wins() {
        let faults = [
            Fault {
                after: 1,
                times: Some(1),
                ..Fault::always(Misbehaviour::Reset)
            },
            Fault {
                times: Some(2),
                ..Fault::always(Misbehaviour::Hang)
            },
        ];
        let tally = Tally::default().carried(&[], &faults);
        let all: Vec<_> = (0..5).map(|_| tally.next(&faults, None)).collect();
        let (reset, hang) = (Some(&Misbehaviour::Reset), Some(&Misbehaviour::Hang));
        assert_eq!(all, [hang, reset, hang, None, None]);
    }

    #[test]
    fn an_unchanged_fault_goes_on_counting() {
        let once = |answer| Fault {
            times: Some(1),
            ..Fault::always(answer)
        };
        let before = [once(Misbehaviour::Reset), once(Misbehaviour::Hang)];
        let tally = Tally::default().carried(&[], &before);
        assert!(tally.next(&before, None).is_some());
        assert!(tally.next(&before, None).is_some());
        let now = [once(Misbehaviour::Reset), once(Misbehaviour::Html502)];
        let tally = tally.carried(&before, &now);
        assert_eq!(tally.next(&now, None), Some(&Misbehaviour::Html502));
        assert_eq!(tally.next(&now, None), None);
    }
}
