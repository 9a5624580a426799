//! The binary: everything is in the library.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use swr_audit::cli;
use swr_audit::credentials::Surroundings;
use swr_audit::report::verdict::NO_AUDIT;

fn main() -> ExitCode {
    let surroundings = Surroundings {
        variable: &|name| std::env::var_os(name),
        home: std::env::home_dir(),
        read: &|path| std::fs::read(path),
    };
    let code = panic::catch_unwind(AssertUnwindSafe(|| cli::main(std::env::args_os(), &surroundings)));
    ExitCode::from(code.unwrap_or_else(|_| {
        // The panic has said where; what it leaves unsaid is what that means.
        let text = "error: a defect in swr-audit ended this command; there is no audit, believe no report of it\n";
        let _ = io::stderr().write_all(text.as_bytes());
        NO_AUDIT
    }))
}
