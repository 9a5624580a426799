//! Whole runs of the binary, over real sockets. A world starts clean, one thing is broken, and the test is named for it.

mod absence;
mod denied;
mod interrupt;
mod refused;
mod requests;
mod retry;
mod sample;
mod support;
mod unknown;
