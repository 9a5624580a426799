//! The simulator as a client meets it: over a socket, with a client that knows nothing of it.

mod account;
mod client;
mod errors;
mod faults;
mod gate;
mod http2;
mod issue;
mod jobs;
mod listings;
mod rules;
mod running;
mod tags;
#[cfg(feature = "tls")]
mod tls;
mod yaml;
