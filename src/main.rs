//! swr-audit
fn main() {}
