//! What of a text that is meant as a URL may be shown: its scheme, its host and its port.
//!
//! Everything else may be a secret: user information, a token in the query, a path that is a password. The text need not be a
//! URL, so it is not parsed: what cannot be a host any more ends what is shown. Where this errs, it hides too much.

use std::ops::Range;

/// What stands in place of a secret, whatever its length.
pub const MASK: &str = "***";

/// The text with [`MASK`] in place of what may be a secret.
pub fn shown_url(text: &str) -> String {
    let mut shown = String::new();
    let mut from = 0;
    for range in hidden_in_url(text) {
        shown.push_str(&text[from..range.start]);
        shown.push_str(MASK);
        from = range.end;
    }
    shown.push_str(&text[from..]);
    shown
}

/// The bytes that are not shown, in order, none overlapping.
pub fn hidden_in_url(text: &str) -> Vec<Range<usize>> {
    let is_scheme = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let start = match text.find("://") {
        Some(at) if is_scheme(&text[..at]) => at + "://".len(),
        Some(_) | None => 0,
    };
    let mut hidden = Vec::new();
    let mut host = start;
    if let Some(at) = text[start..].rfind('@').map(|at| start + at) {
        // A path with an `@` in it, or a password with a `/`: what follows it may be either's end.
        if text[start..at].contains(['/', '?', '#', '\\']) {
            hidden.push(start..text.len());
            return hidden;
        }
        hidden.push(start..at);
        host = at + 1;
    }
    let can_be_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let end = text[host..]
        .find(|c| !can_be_host(c))
        .map_or(text.len(), |end| host + end);
    // The character that begins a path, a query or a fragment says what it is.
    let behind = end + usize::from(text[end..].starts_with(['/', '?', '#']));
    if behind < text.len() {
        hidden.push(behind..text.len());
    }
    hidden.retain(|range| !range.is_empty());
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_meant_as_a_url_the_host_alone_is_shown() {
        for (text, shown) in [
            ("https://swr.corp.example:8443", "https://swr.corp.example:8443"),
            ("https://swr.corp.example/", "https://swr.corp.example/"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("https://\u{955c}.example", "https://\u{955c}.example"),
            ("", ""),
            ("https://h.example/hush", "https://h.example/***"),
            ("https://h.example/x?token=hush", "https://h.example/***"),
            ("https://h.example?hush", "https://h.example?***"),
            ("https://h.example#hush", "https://h.example#***"),
            ("https://h.example:99999/hush", "https://h.example:99999/***"),
            ("https://u:hush@h.example", "https://***@h.example"),
            ("https://u:hu@sh@h.example/hush", "https://***@h.example/***"),
            ("u:hush@h.example", "***@h.example"),
            ("https://u:hu/sh@h.example", "https://***"),
            ("https://h.example/?mail=a@hush", "https://***"),
            ("h.example/hush", "h.example/***"),
            ("//h.example/hush", "/***"),
            ("https:h.example/hush", "https:h.example/***"),
            ("https:/h.example/hush", "https:/***"),
            ("https://h.example\\hush", "https://h.example***"),
            ("https://h.example;hush", "https://h.example***"),
            ("https://h.example,hush", "https://h.example***"),
            ("https://h.example/a b hush", "https://h.example/***"),
            ("h.example hush", "h.example***"),
            ("\"https://h.example/hush", "***"),
            ("hush hush://h.example", "hush***"),
        ] {
            assert_eq!(shown_url(text), shown, "{text}");
        }
    }
}
