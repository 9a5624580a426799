//! What the service said, or why it could not be known.

use jiff::Timestamp;

use super::words::words;
use super::{IssuerKind, RuleList, UnknownClass};

/// What came of asking for one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The answer, or why there is none.
    pub answer: Answer,
    /// How it was come by.
    pub evidence: Evidence,
}

/// The service's word on one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its rules.
    Rules(RuleList),
    /// SWR itself says that the repository (or its namespace) does not exist.
    Absent,
    /// Neither: what is true is not known.
    Failed(Failure),
}

words! {
    /// What stands in the way to a host, where more is known than that no answer came.
    pub enum Obstacle {
        /// The proxy wants a user and a password, or others.
        ProxyLogin = "proxy-login",
        /// The proxy lets nobody through to this host.
        ProxyDenial = "proxy-denial",
        /// The proxy sends elsewhere, as to a page for signing in.
        ProxyPortal = "proxy-portal",
        /// The proxy does not get to the host itself.
        ProxyOutage = "proxy-outage",
        /// Nobody answers where the proxy should be.
        ProxyAbsence = "proxy-absence",
        /// The handshake with the proxy itself failed.
        ProxyTls = "proxy-tls",
        /// What answers is no such proxy.
        ProxyKind = "proxy-kind",
        /// The credential is that of another account than the inventory says.
        OtherAccount = "other-account",
        /// The handshake with the host failed.
        Tls = "tls",
    }
}

/// Why something is not known: facts, not sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of reason.
    pub class: UnknownClass,
    /// The HTTP status of the last answer, if one came.
    pub http_status: Option<u16>,
    /// The service's or gateway's own error code, if it gave one.
    pub error_code: Option<String>,
    /// The words of the service, of the operating system, or of the decoder, and the way to the host: what comes from
    /// outside was cut before, and nothing is cut later.
    pub detail: String,
    /// Seconds by which this machine's clock was ahead of the service's (negative: behind) when the service refused a
    /// credential; only where that is so much that it may be why.
    pub clock_skew: Option<i64>,
    /// Who did not issue a credential, where that is why there is no answer. Status, code and words are the issuer's.
    pub issuer: Option<IssuerKind>,
    /// Why no other credential came in the place of one that was refused so.
    pub renewal: Option<Box<Failure>>,
    /// What stands in the way, where there is no answer.
    pub obstacle: Option<Obstacle>,
    /// Whether a registry answered, by its own headers, and not the management API.
    pub by_registry: bool,
    /// Whether the answer is a page for a browser, without any code of the service: something on the way wrote it.
    pub is_page: bool,
    /// How it was come by: with the requests of the question itself, or of an earlier one after which this one was not
    /// asked, or not waited for.
    pub evidence: Evidence,
}

impl Failure {
    /// A failure that no answer explains: nothing was asked.
    pub const fn unasked(class: UnknownClass) -> Self {
        Self {
            class,
            http_status: None,
            error_code: None,
            detail: String::new(),
            clock_skew: None,
            issuer: None,
            renewal: None,
            obstacle: None,
            by_registry: false,
            is_page: false,
            evidence: Evidence {
                attempts: 0,
                observed_at: None,
                request_id: None,
            },
        }
    }

    /// Whether it says that there is no credential, or that this one is no good.
    pub fn is_refusal(&self) -> bool {
        self.class == UnknownClass::Unauthenticated
    }
}

impl Observation {
    /// Whether the repository was never asked for, or given up before there was any answer: it shares its cause with
    /// all others that were.
    pub fn was_given_up(&self) -> bool {
        match &self.answer {
            Answer::Rules(_) | Answer::Absent => false,
            Answer::Failed(failure) => {
                let is_of_another = failure.evidence != Evidence::default() && failure.evidence != self.evidence;
                let ends_all = matches!(failure.class, UnknownClass::Interrupted | UnknownClass::Unauthenticated);
                self.evidence.attempts == 0 || is_of_another || ends_all && failure.http_status.is_none()
            }
        }
    }
}

/// How an answer was come by. Depends on the wire: the only part of a report that may differ from run to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Requests that were sent; 0 where nothing was asked.
    pub attempts: u32,
    /// When the last answer, or the last failure, came.
    pub observed_at: Option<Timestamp>,
    /// The request id of the last answer.
    pub request_id: Option<String>,
}

/// What a look at a namespace brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is there.
    Present,
    /// SWR itself says that it does not exist.
    Absent,
    /// Not known.
    Failed(Failure),
}

impl Look {
    /// Of several looks the heaviest counts: an absence that one of them denies is none.
    pub const fn weight(&self) -> u8 {
        match self {
            Self::Failed(_) => 0,
            Self::Absent => 1,
            Self::Present => 2,
        }
    }
}
