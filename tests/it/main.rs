//! Whole runs of the binary, over real sockets. A world starts clean, one thing is broken, and the test is named for it.

mod absence;
mod broken;
mod built_in;
mod check;
mod credentials;
mod deadline;
mod denied;
mod durable;
mod hostile;
mod interrupt;
mod limit;
mod places;
mod refused;
mod replay;
mod reports;
mod requests;
mod resume;
mod retry;
mod sample;
mod scale;
mod secrets;
mod soak;
mod support;
mod unknown;
mod usage;
