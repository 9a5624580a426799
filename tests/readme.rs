//! The documentation held against the binary: what a page shows, a real run shows; what it names, exists; what exists, it
//! names. `UPDATE_SAMPLE=1` writes the shown output and `reports/sample/` anew, `UPDATE_SCHEMA=1` the files in
//! `docs/schema/`.

// The pages show the demo and the simulator.
#![cfg(feature = "demo")]

mod docs;
