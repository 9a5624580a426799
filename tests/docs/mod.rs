//! One module for each page, over two that read pages and run the binary.

mod check;
mod commands;
mod exit_codes;
mod findings;
mod inventory;
mod job;
mod links;
mod page;
mod performance;
mod reports;
mod sample;
mod schema;
mod stage;
