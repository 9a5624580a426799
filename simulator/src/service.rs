//! One request: recorded, spoilt on purpose or not, let through the gate, answered.

use std::{
    fmt,
    future::{pending, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hyper::{
    Request, Response, StatusCode,
    body::{Body as _, Bytes, Incoming},
    header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, LOCATION},
    http::request::Parts,
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::{
    answer::{Answer, RequestId, status},
    behaviour::NoJobs,
    body::{Body, Delivery},
    errors::{self, Problem},
    faults::{Encoding, Misbehaviour},
    gate::{Gate, Now, Refusal},
    issue, listing,
    rate::Throttle,
    record::Record,
    route::{Call, Route},
    signature::Signed,
    state::{Hidden, State},
    wire,
    world::World,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// About how long a piece is of which a large body is made.
const PIECE: usize = 64 * 1024;

pub(crate) struct Service {
    state: RwLock<State>,
    throttle: Mutex<Throttle>,
    gate: Mutex<Gate>,
    pub(crate) record: Arc<Record>,
    count: AtomicU64,
}

/// No answer: the connection is to be closed.
#[derive(Debug)]
pub(crate) struct Dropped;

/// A request, read to its end.
struct Asked {
    head: Parts,
    body: Vec<u8>,
    route: Option<Route>,
    id: RequestId,
}

impl Service {
    pub(crate) fn new(world: World) -> Service {
        Service {
            state: RwLock::new(State::new(world)),
            throttle: Mutex::default(),
            gate: Mutex::default(),
            record: Arc::default(),
            count: AtomicU64::new(0),
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut World)) {
        self.state
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .change(change);
    }

    pub(crate) async fn respond(&self, request: Request<Incoming>) -> Result<Response<Body>, Dropped> {
        let (head, body) = request.into_parts();
        let in_flight = self.record.arrive(&head);
        let body = read(body).await?;
        let id = RequestId::number(self.count.fetch_add(1, Ordering::Relaxed));
        let route = Route::of(&head.method, head.uri.path(), head.uri.query().unwrap_or_default());
        let asked = Asked { head, body, route, id };

        let (latency, misbehaviour) = self.with(|state| {
            let misbehaviour = state.misbehaviour(asked.route.as_ref()).cloned();
            (Duration::from_millis(state.world().latency_ms), misbehaviour)
        });
        let delay = match misbehaviour {
            Some(Misbehaviour::Reset) => return Err(Dropped),
            Some(Misbehaviour::Hang) => pending().await,
            Some(Misbehaviour::DelayMs(millis)) => latency + Duration::from_millis(millis),
            _ => latency,
        };
        if !delay.is_zero() {
            sleep(delay).await;
        }

        let delivery = match misbehaviour {
            Some(Misbehaviour::CutBody) => Delivery::Cut,
            Some(Misbehaviour::SlowBody(slow)) => Delivery::Slow(slow.bytes_per_second),
            _ => Delivery::Whole,
        };
        let answer = self.with(|state| {
            let spoilt = misbehaviour
                .as_ref()
                .and_then(|fault| spoilt(fault, state.world(), &asked));
            spoilt.unwrap_or_else(|| self.normal(state, &asked))
        });
        in_flight.answered(answer.status.as_u16());
        let mut response = Response::new(Body::new(answer.body, answer.announced, delivery, in_flight));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        self.date(&mut response);
        response.headers_mut().insert(
            REQUEST_ID,
            HeaderValue::from_str(&asked.id.0).expect("hexadecimal digits"),
        );
        Ok(response)
    }

    /// The server below tells this machine's time by itself.
    fn date(&self, response: &mut Response<Body>) {
        let ahead = self.with(|state| state.world().behaviour.clock_ahead_seconds);
        if ahead != 0 && !response.headers().contains_key(DATE) {
            let date = HeaderValue::from_str(&http_date(wall(ahead)));
            response
                .headers_mut()
                .insert(DATE, date.expect("a date is visible text"));
        }
    }

    fn normal(&self, state: &State, asked: &Asked) -> Answer {
        if let Some(answer) = self.issue(state.world(), asked) {
            return answer;
        }
        let admitted = self.admit(state.world(), asked);
        let answer = admitted.and_then(|()| match &asked.route {
            Some(route) => answered(state, route, asked.query()),
            None => Err(Problem::NoApi),
        });
        answer.unwrap_or_else(|problem| errors::answer(&problem, state.world(), &asked.id, &asked.head.headers))
    }

    /// What IAM and the metadata service say, where they are part of the world. The gateway is not theirs.
    fn issue(&self, world: &World, asked: &Asked) -> Option<Answer> {
        let now = now(world);
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        match asked.route.as_ref()?.call {
            Call::Login if !world.credentials.users.is_empty() => {
                Some(issue::token(world, &mut gate.issued, &asked.body, now))
            }
            Call::MetadataToken => {
                let server = world.credentials.server.as_ref()?;
                Some(issue::metadata_token(server, &mut gate.issued, &asked.head.headers))
            }
            Call::SecurityKey => {
                let server = world.credentials.server.as_ref()?;
                Some(issue::key(server, &mut gate.issued, &asked.head.headers, now))
            }
            _ => None,
        }
    }

    /// Inferred: the gateway counts first and looks at credentials only for a path that it has.
    fn admit(&self, world: &World, asked: &Asked) -> Result<(), Problem> {
        let now = now(world);
        lock(&self.throttle)
            .admit(world.rate, &world.rate_changes, now.steady)
            .map_err(|rate| Problem::TooMany(Some(rate)))?;
        let published = |route: &Route| match route.call {
            Call::Regions => world.sync_regions.is_some(),
            Call::Overview => world.behaviour.account_calls.overview,
            Call::Domains => world.behaviour.account_calls.domains,
            Call::CallerIdentity => world.behaviour.account_calls.caller_identity,
            Call::Login | Call::MetadataToken | Call::SecurityKey => false,
            _ => true,
        };
        if !asked.route.as_ref().is_some_and(published) {
            return Err(Problem::NoApi);
        }
        Ok(lock(&self.gate).authenticate(world, &asked.signed(), now)?)
    }

    fn with<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Asked {
    fn query(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    fn signed(&self) -> Signed<'_> {
        Signed {
            method: self.head.method.as_str(),
            path: self.head.uri.path(),
            query: self.query(),
            headers: &self.head.headers,
            authority: self.head.uri.authority().map(hyper::http::uri::Authority::as_str),
            body: &self.body,
        }
    }
}

fn answered(state: &State, route: &Route, query: &str) -> Result<Answer, Problem> {
    let world = state.world();
    let ok = |body: Vec<u8>| Answer::json(StatusCode::OK, body);
    let page = |range: &str, body: Vec<u8>| {
        let mut answer = ok(body);
        answer.set_text("content-range", range);
        answer
    };
    let located = || state.repository(&route.namespace, &route.repository);
    Ok(match route.call {
        Call::Rules => ok(wire::rules(world, located()?)),
        Call::SyncJobs => {
            let found = listing::jobs(located()?, query)?;
            if found.total == 0 && world.behaviour.no_jobs == NoJobs::NotFound {
                return Err(Hidden::NoRepository.into());
            }
            page(&found.content_range(), wire::jobs(world, located()?, &found))
        }
        Call::Tags => {
            let found = listing::tags(located()?, world.behaviour.unpaged_tags, query)?;
            page(&found.content_range(), wire::tags(world, located()?, &found))
        }
        Call::Tag => {
            let mut tags = located()?.repository.tags.iter().enumerate();
            let (at, tag) = tags.find(|(_, tag)| tag.tag == route.tag).ok_or(Hidden::NoTag)?;
            ok(wire::tag(world, located()?, at, tag))
        }
        Call::Repository => ok(wire::repository(world, located()?)),
        Call::Namespace => {
            let (at, namespace) = state.namespace(&route.namespace)?;
            ok(wire::namespace(world, at, namespace))
        }
        Call::Namespaces => ok(wire::namespaces(world, listing::namespaces(world, query)?)),
        Call::Repositories => {
            let found = listing::repositories(state, query)?;
            let body = wire::repositories(world, &found);
            if world.behaviour.listing_total.in_header {
                page(&found.content_range(), body)
            } else {
                ok(body)
            }
        }
        Call::SharedRepositories => {
            let found = listing::shared(query)?;
            page(&found.content_range(), wire::repositories(world, &found))
        }
        Call::Regions => ok(wire::regions(world)),
        Call::Overview => ok(wire::overview(world)),
        Call::Domains => ok(wire::domains(world)),
        Call::CallerIdentity => ok(wire::caller_identity(world)),
        Call::Quotas => ok(wire::quotas(world)),
        Call::FeatureGates => ok(wire::feature_gates(world)),
        // Answered before the gate, or not published.
        Call::Login | Call::MetadataToken | Call::SecurityKey => return Err(Problem::NoApi),
    })
}

/// The moment by the service's clock.
fn now(world: &World) -> Now {
    Now {
        wall: wall(world.behaviour.clock_ahead_seconds),
        steady: Instant::now(),
    }
}

fn wall(ahead: i64) -> Timestamp {
    let now = Timestamp::now();
    now.checked_add(SignedDuration::from_secs(ahead)).unwrap_or(now)
}

/// `Tue, 24 Nov 2026 12:00:00 GMT`
fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What a fault puts in place of the normal answer. `None`: it leaves the answer and spoils its delivery.
fn spoilt(fault: &Misbehaviour, world: &World, asked: &Asked) -> Option<Answer> {
    let problem = |problem: Problem| Some(errors::answer(&problem, world, &asked.id, &asked.head.headers));
    match fault {
        Misbehaviour::Error(error) => {
            let body = errors::body(error.shape, &error.code, &error.message, &asked.id);
            Some(dressed(
                Answer::json(status(error.status), body),
                &error.headers,
                error.content_encoding,
            ))
        }
        Misbehaviour::Raw(raw) => {
            let mut answer = Answer::bare(status(raw.status), raw.body.clone());
            answer.set_text(CONTENT_TYPE.as_str(), &raw.content_type);
            Some(dressed(answer, &raw.headers, raw.content_encoding))
        }
        Misbehaviour::Redirect(to) => {
            let mut answer = Answer::bare(StatusCode::FOUND, Bytes::new());
            answer.set_text(LOCATION.as_str(), to);
            Some(answer)
        }
        Misbehaviour::Html502 => {
            let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                        <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>CloudWAF</center>\r\n\
                        </body>\r\n</html>\r\n";
            let mut answer = Answer::bare(StatusCode::BAD_GATEWAY, page);
            answer.set(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            Some(answer.through_firewall(&asked.id))
        }
        Misbehaviour::GatewayNotFound => problem(Problem::NoApi),
        Misbehaviour::ExpiredToken => problem(Refusal::ExpiredToken.into()),
        Misbehaviour::BadSignature => problem(Refusal::WrongSignature.into()),
        Misbehaviour::Throttled => problem(Problem::TooMany(world.rate)),
        Misbehaviour::Large(bytes) => {
            let mut answer = Answer::json(StatusCode::OK, Bytes::new());
            answer.body = large(*bytes, &wire::any_rule(world));
            Some(answer)
        }
        Misbehaviour::Deep(levels) => Some(Answer::json(StatusCode::OK, "[".repeat(*levels) + &"]".repeat(*levels))),
        // Those without an answer are over by now.
        Misbehaviour::Reset
        | Misbehaviour::Hang
        | Misbehaviour::CutBody
        | Misbehaviour::SlowBody(_)
        | Misbehaviour::DelayMs(_) => None,
    }
}

fn dressed<'a>(
    mut answer: Answer,
    headers: impl IntoIterator<Item = (&'a String, &'a String)>,
    encoding: Option<Encoding>,
) -> Answer {
    if encoding == Some(Encoding::Gzip) {
        answer = answer.gzipped();
    }
    for (name, value) in headers {
        answer.set_text(name, value);
    }
    answer
}

/// A JSON array of that element, again and again, exactly so many bytes long (but two at least).
fn large(bytes: usize, element: &[u8]) -> Vec<Bytes> {
    let bytes = bytes.max(2);
    let first = Bytes::from([b"[", element].concat());
    if bytes <= first.len() {
        return vec![Bytes::from(format!("[{}]", " ".repeat(bytes - 2)))];
    }
    let more = Bytes::from([b",", element].concat().repeat(PIECE / element.len() + 1));
    let one = element.len() + 1;
    let mut left = bytes - 1 - first.len();
    let mut pieces = vec![first];
    while left >= one {
        let length = more.len().min(left / one * one);
        pieces.push(more.slice(..length));
        left -= length;
    }
    pieces.push(Bytes::from(" ".repeat(left) + "]"));
    pieces
}

/// Nothing that panics while it holds a lock leaves half a change behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a request to its end: a signature covers its body.
async fn read(body: Incoming) -> Result<Vec<u8>, Dropped> {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        if let Ok(data) = frame.map_err(|_| Dropped)?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed here without an answer")
    }
}

impl std::error::Error for Dropped {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_is_as_long_as_asked_and_is_json() {
        let element = wire::any_rule(&World::default());
        for bytes in [2, 3, 100, 300, 1000, PIECE, PIECE + 1, 5 * PIECE + 17] {
            let body = large(bytes, &element).concat();
            assert_eq!(body.len(), bytes);
            let value: Result<Vec<serde_json::Value>, _> = serde_json::from_slice(&body);
            assert!(value.is_ok(), "{bytes}");
        }
    }
}
