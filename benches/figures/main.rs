//! `cargo bench`: every figure of `docs/performance.md`, measured on this machine and told beside its goal.
//!
//! `cargo bench -- NAME...` measures those of that name. Each run is the whole command in a process of its own, against
//! the simulator in this one; what it is compared with is measured in turn with it.

mod audit;
mod clock;
mod cpu;
mod discovery;
mod estate;
mod goals;
mod instructions;
mod loading;
mod machine;
mod measure;
mod memory;
mod minimal;
mod rates;
mod rendering;
mod table;

use goals::GOALS;
use table::{Measured, say};

/// Measures the figures of one name, in the order in which the goals have them.
type Bench = fn() -> Vec<Measured>;

const BENCHES: [(&str, Bench); 15] = [
    ("cpu", cpu::plain),
    ("http2", cpu::http2),
    ("latency", clock::latency),
    ("bucket", rates::bucket),
    ("window", rates::window),
    ("changing", rates::changing),
    ("strays", rates::strays),
    ("memory", memory::peaks),
    ("start", clock::start),
    ("loading", loading::check),
    ("growth", cpu::growth),
    ("discovery", discovery::discovered),
    ("html", rendering::html),
    ("xlsx", rendering::xlsx),
    ("instructions", instructions::counted),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(measure::MEASURE) => measure::measure(&arguments[1..]),
        Some(minimal::MINIMAL) => minimal::run(&arguments[1..]),
        _ if arguments.iter().any(|argument| argument == "--bench") => {
            let names: Vec<&str> = arguments
                .iter()
                .map(String::as_str)
                .filter(|name| *name != "--bench")
                .collect();
            figures(&names);
        }
        // As under `cargo test --benches`: seconds measured beside tests say nothing.
        _ => say("nothing is measured here; `cargo bench` does"),
    }
}

/// Measures the figures of these names; all, if none is named.
fn figures(names: &[&str]) {
    for name in names {
        let known: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
        assert!(known.contains(name), "'{name}' is none of {}", known.join(", "));
    }
    say(&machine::facts());
    table::head();
    let (mut reached, mut of) = (0, 0);
    for (name, bench) in BENCHES {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let goals: Vec<_> = GOALS.iter().filter(|goal| goal.name == name).collect();
        let measured = bench();
        assert_eq!(goals.len(), measured.len(), "every goal of '{name}' is measured");
        for (goal, measured) in goals.into_iter().zip(&measured) {
            table::row(goal, measured);
            let verdict = measured.is_reached(goal);
            reached += usize::from(verdict == Some(true));
            of += usize::from(verdict.is_some());
        }
    }
    say(&format!("{reached} of {of} reached"));
}
