//! The binary: everything is in the library.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use swr_audit::cli;
use swr_audit::commands::{self, Interrupt};
use swr_audit::credentials::{self, Surroundings};
use swr_audit::report::verdict::NO_AUDIT;

fn main() -> ExitCode {
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(failure) => return ExitCode::from(commands::fail(&failure)),
    };
    let reader = interrupt.reader();
    let surroundings = Surroundings {
        variable: &|name| std::env::var_os(name),
        home: std::env::home_dir(),
        read: &|path| reader.read(path, credentials::FILE_LIMIT),
    };
    let main = || cli::main(std::env::args_os(), &surroundings, &interrupt);
    let code = panic::catch_unwind(AssertUnwindSafe(main));
    ExitCode::from(code.unwrap_or_else(|_| {
        // The panic has said where; what it leaves unsaid is what that means.
        let text = "error: a defect in swr-audit ended this command; there is no audit, believe no report of it\n";
        let _ = io::stderr().write_all(text.as_bytes());
        NO_AUDIT
    }))
}
