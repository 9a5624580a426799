//! What is said of the way to the service before a run begins.

use super::wording::plain;

/// That a file of certificates is not whole.
pub fn damaged_authorities(blocks: &[usize]) -> String {
    let numbers: Vec<String> = blocks.iter().map(ToString::to_string).collect();
    format!(
        "note: {} {} of the file of --ca-cert cannot be read and {} left out\n",
        if blocks.len() == 1 {
            "certificate"
        } else {
            "certificates"
        },
        numbers.join(", "),
        if blocks.len() == 1 { "is" } else { "are" },
    )
}

/// That nobody understands an entry of `NO_PROXY`.
pub fn unclear_exception(entry: &str) -> String {
    format!(
        "note: the entry `{}` of NO_PROXY is not understood: it keeps no host from the proxy\n\
         hint: write a host, a domain, HOST:PORT, an address, 10.* or a network such as 10.0.0.0/8\n",
        plain(entry)
    )
}
