//! What is said of the way to the service before a run begins.

use super::wording::plain;

/// That nobody understands an entry of `NO_PROXY`.
pub fn unclear_exception(entry: &str) -> String {
    format!(
        "note: the entry `{}` of NO_PROXY is not understood: it keeps no host from the proxy\n\
         hint: write a host, a domain, HOST:PORT, an address, 10.* or a network such as 10.0.0.0/8\n",
        plain(entry)
    )
}
