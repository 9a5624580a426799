//! Why a request has no answer: what the chain of a library's errors says, in words that are fit for reports.

use std::error::Error;
use std::io;

use super::redact::Redaction;
use super::tls::{self, Peer};
use crate::swr::wire::plain::DETAIL_LIMIT;

/// Why a request has no answer, fit for reports: our own words where there are some, else the last ones of the chain, cut.
pub(in crate::swr) fn reason(error: &reqwest::Error, redaction: &Redaction) -> String {
    match tls_error(error) {
        Some(tls) => redaction.text(&tls::words(tls, Peer::Server), usize::MAX),
        None if is_cut_handshake(error) => CUT_HANDSHAKE.to_owned(),
        None => redaction.text(&root_cause(error), DETAIL_LIMIT),
    }
}

const CUT_HANDSHAKE: &str = "the connection was closed in the TLS handshake: check the port, and whether a firewall on the way \
                             cuts connections to this host";

/// Whether it is the handshake that failed.
pub(in crate::swr) fn is_of_tls(error: &reqwest::Error) -> bool {
    tls_error(error).is_some() || is_cut_handshake(error)
}

pub(in crate::swr) fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())
}

/// The other side closed the connection before there was one for requests: nothing else is read until then.
pub(in crate::swr) fn is_cut_handshake(error: &reqwest::Error) -> bool {
    let is_end = |cause: &io::Error| cause.kind() == io::ErrorKind::UnexpectedEof;
    error.is_connect() && chain(error).any(|cause| cause.downcast_ref().is_some_and(is_end))
}

/// The last words of the chain of causes, as they come: `Connection refused (os error 111)` rather than `error sending request`.
pub(in crate::swr) fn root_cause(error: &(dyn Error + 'static)) -> String {
    // As a whole it quotes what the server sent along, in the spelling of a debugger.
    let reason = chain(error).find_map(|cause| cause.downcast_ref::<h2::Error>()?.reason());
    if let Some(reason) = reason {
        return format!("HTTP/2 error: {}", reason.description());
    }
    let last = chain(error)
        .map(ToString::to_string)
        .filter(|words| !words.is_empty())
        .last();
    last.unwrap_or_default()
}

pub(in crate::swr) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An I/O error that wraps another names that one's cause as its own, and skips it.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}
