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

mod client;
mod pace;
mod wire;

pub use client::Client;
pub use client::connect::{ClientError, ClientSettings};
pub use client::counts::WireCounts;
pub use client::http::{Http, HttpAnswer, HttpError, HttpMethod, HttpRequest};
pub use client::issue::{IssueError, Issuer};
pub use client::proxy::{Proxies, ProxyError, ProxyRoute, Route};
pub use client::shared_issuer::{Logins, SharedIssuer};
pub use client::standing::Standing;
pub use client::trust::{Authorities, AuthoritiesError, ByteOrder};
pub use client::whose::{Registrar, Word};
pub use pace::limit::{GivenUp, Limiter, Reception, Tempo, Turn};
#[cfg(any(test, fuzzing))]
pub(crate) use pace::retry::retry_after_is_bounded;
pub use pace::retry::{Retry, RetryPolicy};
pub use wire::call::{Call, Page};
pub use wire::exchange::{Exchange, Reply};
pub use wire::paging::{PageAnswer, Paging};
