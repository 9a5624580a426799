//! The simulator as a client meets it: over a socket, with a client that knows nothing of it.

mod client;
mod errors;
mod faults;
mod gate;
mod http2;
mod listings;
mod rules;
mod running;
#[cfg(feature = "tls")]
mod tls;
mod yaml;
