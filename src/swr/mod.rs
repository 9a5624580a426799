//! The service: what is asked, how it is signed and sent, and what its answers mean.
//!
//! Four parts, each a value that the next one takes: a [`Call`] is what is asked, the [`Client`] sends it as often as the
//! policy allows, an [`Exchange`] is what came of it, and its decoding says what that means in the words of the model.
//! A list that comes in pages has one part more: [`Paging`] says which pages to ask for, and whether they are the list.
//! Only the client and its limiter wait; everything else here is pure, so that a journal can stand in for the wire.
//!
//! A client asks with one credential, or with those that an [`Issuer`] gives it one after the other. Whoever issues is
//! asked over [`Http`].
//!
//! Knows nothing of plans, inventories, findings or reports, and never writes to the service: there is no call but GET.

mod bearing;
mod breaker;
mod call;
mod classify;
mod client;
mod connect;
mod counts;
mod error_body;
mod exchange;
mod http;
mod identity;
mod issue;
mod json;
mod keyring;
mod limit;
mod listed;
mod lossless;
mod pace;
mod page;
mod paging;
mod plain;
mod proxy;
mod redact;
mod retry;
mod shared;
mod shared_issuer;
mod sign;
mod skew;
mod standing;
mod tls;
mod transport;
mod trust;
mod tunnel;
mod wire;

pub use call::{Call, Page};
pub use client::Client;
pub use connect::{ClientError, ClientSettings};
pub use counts::WireCounts;
pub use exchange::{Exchange, Reply};
pub use http::{Http, HttpAnswer, HttpError, HttpMethod, HttpRequest};
pub use issue::{IssueError, Issuer};
pub use limit::{GivenUp, Limiter, Reception, Tempo, Turn};
pub use paging::{PageAnswer, Paging};
pub use proxy::{Proxies, ProxyError, ProxyRoute, Route};
#[cfg(any(test, fuzzing))]
pub(crate) use retry::retry_after_is_bounded;
pub use retry::{Retry, RetryPolicy};
pub use shared_issuer::{Logins, SharedIssuer};
pub use standing::Standing;
pub use trust::{Authorities, AuthoritiesError, ByteOrder};
