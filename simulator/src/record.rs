//! The record of all requests, kept while they are answered. It is what tests look at afterwards.
//!
//! No secret gets in: neither tokens nor signatures.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use hyper::{
    HeaderMap, Version,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HeaderName, USER_AGENT},
    http::request::Parts,
};

use crate::gate;

/// The oldest go beyond this many, so that a simulator may run for days.
const KEPT: usize = 1_000_000;

/// One request received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The path as on the wire, percent-encoded.
    pub path: String,
    /// The query as on the wire, without the question mark.
    pub query: Option<String>,
    /// The status answered. `None`: not answered (yet), or the connection was dropped.
    pub status: Option<u16>,
    /// Who the request says it is from, be it believed or not: an access key id, or `token`.
    pub caller: Option<String>,
    /// The header `Accept-Encoding`.
    pub accept_encoding: Option<String>,
    /// The header `Cookie`.
    pub cookie: Option<String>,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    /// Whether it came over HTTP/2.
    pub http2: bool,
    /// Requests in flight when it arrived, itself among them.
    pub in_flight: usize,
    /// When it arrived.
    pub at: Instant,
}

/// Requests received and in flight.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    requests: VecDeque<Request>,
    /// The number of the first request kept.
    first: usize,
    in_flight: usize,
    most_in_flight: usize,
}

/// One request in flight, until this is dropped: with the last byte of its answer, or when the
/// client goes away.
#[derive(Debug)]
pub(crate) struct InFlight {
    record: Arc<Record>,
    number: usize,
}

impl Record {
    pub(crate) fn arrive(self: &Arc<Self>, head: &Parts) -> InFlight {
        let mut request = Request::of(head);
        let mut book = self.book();
        book.in_flight += 1;
        book.most_in_flight = book.most_in_flight.max(book.in_flight);
        request.in_flight = book.in_flight;
        if book.requests.len() == KEPT {
            book.requests.pop_front();
            book.first += 1;
        }
        book.requests.push_back(request);
        let number = book.first + book.requests.len() - 1;
        InFlight {
            record: Arc::clone(self),
            number,
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.book().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut book = self.book();
        book.first += book.requests.len();
        book.requests.clear();
        book.most_in_flight = book.in_flight;
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.book().most_in_flight
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlight {
    /// Called before the first byte of the answer goes out, so that whoever has it finds it recorded.
    pub(crate) fn answered(&self, status: u16) {
        let mut book = self.record.book();
        // Cleared meanwhile: the number is gone.
        let place = self.number.checked_sub(book.first);
        if let Some(request) = place.and_then(|place| book.requests.get_mut(place)) {
            request.status = Some(status);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.record.book().in_flight -= 1;
    }
}

impl Request {
    fn of(head: &Parts) -> Request {
        Request {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            status: None,
            caller: gate::caller(&head.headers).map(str::to_owned),
            accept_encoding: text(&head.headers, &ACCEPT_ENCODING),
            cookie: text(&head.headers, &COOKIE),
            content_type: text(&head.headers, &CONTENT_TYPE),
            user_agent: text(&head.headers, &USER_AGENT),
            http2: head.version == Version::HTTP_2,
            in_flight: 0,
            at: Instant::now(),
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
