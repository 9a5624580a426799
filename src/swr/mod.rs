//! The service: what is asked, how it is signed and sent, and what its answers mean.
//!
//! Knows nothing of plans, inventories, findings or reports, and never writes to the service: there is no call but GET.

mod call;
mod classify;
mod error_body;
mod exchange;
mod plain;
mod retry;
mod sign;
mod wire;

pub use call::Call;
pub use exchange::{Exchange, Reply};
pub use retry::RetryPolicy;
