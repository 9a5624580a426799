#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| swr_audit::fuzzing::repositories(bytes));
