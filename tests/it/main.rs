//! Whole runs of the binary, over real sockets. A world starts clean, one thing is broken, and the test is named for it.

mod sample;
mod support;
