//! Where a service is asked: a URL that is safe to send credentials to.

use std::fmt;
use std::sync::Arc;

use url::{Host, ParseError, Url};

/// The base URL of a service, known to be safe to send credentials to: `https`, or plain `http` to this machine itself.
///
/// Holds scheme and authority only: no user information, no query, no fragment, and no path. One service has one spelling,
/// so equal endpoints are one service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    url: Arc<Url>,
    is_loopback: bool,
}

/// Why a URL cannot be an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointProblem {
    /// Neither `https://` nor `http://`.
    Scheme,
    /// No host, or one that no URL can hold.
    Host,
    /// A port that is no number from 1 to 65535.
    Port,
    /// A user name or password is in the URL.
    UserInformation,
    /// A path, query or fragment follows the host.
    Path,
    /// Plain `http` to another machine: the credential would travel in the clear.
    PlainHttp,
}

impl Endpoint {
    /// Takes `https://host[:port]`, or `http://` with a loopback host. A single trailing `/` and the scheme's own port are
    /// dropped.
    ///
    /// URL parsers repair much that nobody means: they drop tabs, add slashes, decode the host. Whatever they would change
    /// is refused before.
    pub fn parse(text: &str) -> Result<Self, EndpointProblem> {
        let (scheme, rest) = text.split_once("://").ok_or(EndpointProblem::Scheme)?;
        let is_plain = scheme.eq_ignore_ascii_case("http");
        if !is_plain && !scheme.eq_ignore_ascii_case("https") {
            return Err(EndpointProblem::Scheme);
        }
        // Looked for in all that follows the scheme: a password may contain a `/`.
        if rest.contains('@') {
            return Err(EndpointProblem::UserInformation);
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '\\']) {
            return Err(EndpointProblem::Path);
        }
        if !authority.chars().all(|c| c.is_ascii_graphic() && c != '%') {
            return Err(EndpointProblem::Host);
        }
        let url = Url::parse(text).map_err(|error| match error {
            ParseError::InvalidPort => EndpointProblem::Port,
            _ => EndpointProblem::Host,
        })?;
        if authority.ends_with(':') || url.port() == Some(0) {
            return Err(EndpointProblem::Port);
        }
        let is_loopback = match url.host().ok_or(EndpointProblem::Host)? {
            Host::Domain(name) if !is_name(name) => return Err(EndpointProblem::Host),
            Host::Domain(name) => is_localhost(name),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.to_canonical().is_loopback(),
        };
        if is_plain && !(is_loopback && is_as_written(&url, authority)) {
            return Err(EndpointProblem::PlainHttp);
        }
        Ok(Self {
            url: Arc::new(url),
            is_loopback,
        })
    }

    /// The URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        self.url.host_str().expect("it was parsed with a host")
    }

    /// Whether it is this machine: never sent through a proxy.
    pub const fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether it is `https`.
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.starts_with(['.', '-']) && name.chars().all(is_plain)
}

/// RFC 6761: the name and all below it are this machine.
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether the host is written in full: `127.1` is this machine to a URL parser, and something else to many people. A name below
/// `localhost` may be looked up all the same, so nothing is sent to it in the clear.
fn is_as_written(url: &Url, authority: &str) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Ipv4(address)) => authority.starts_with(&address.to_string()),
        None => false,
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_to_this_machine() {
        for (text, kept, loopback) in [
            (
                "https://swr-api.cn-north-4.myhuaweicloud.com",
                "https://swr-api.cn-north-4.myhuaweicloud.com",
                false,
            ),
            ("https://swr.corp.example:8443/", "https://swr.corp.example:8443", false),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://LOCALHOST:1", "http://localhost:1", true),
            ("http://[::1]:9", "http://[::1]:9", true),
            ("http://127.8.8.8", "http://127.8.8.8", true),
            ("HTTPS://Swr.Corp.Example:443/", "https://swr.corp.example", false),
            ("https://swr.corp.example:0443", "https://swr.corp.example", false),
            ("https://swr.corp.example:80", "https://swr.corp.example:80", false),
            ("http://127.0.0.1:80/", "http://127.0.0.1", true),
            ("https://[2001:DB8:0::1]:443", "https://[2001:db8::1]", false),
            ("https://10.1", "https://10.0.0.1", false),
            ("https://127.1", "https://127.0.0.1", true),
        ] {
            let endpoint = Endpoint::parse(text).expect(text);
            assert_eq!((endpoint.as_str(), endpoint.is_loopback()), (kept, loopback));
        }
    }

    #[test]
    fn a_host_has_neither_scheme_nor_port() {
        for (text, host) in [
            ("https://swr.corp.example:8443", "swr.corp.example"),
            ("https://swr.corp.example", "swr.corp.example"),
            ("http://[::1]:9", "[::1]"),
        ] {
            assert_eq!(Endpoint::parse(text).expect(text).host(), host);
        }
    }

    #[test]
    fn credentials_never_travel_in_the_clear() {
        for (text, problem) in [
            ("http://swr.corp.example", EndpointProblem::PlainHttp),
            ("http://127.0.0.1.evil.example", EndpointProblem::PlainHttp),
            ("http://localhost.evil.example", EndpointProblem::PlainHttp),
            ("http://127.1", EndpointProblem::PlainHttp),
            ("https://key:secret@swr.corp.example", EndpointProblem::UserInformation),
            ("https://key:se/cret@swr.corp.example", EndpointProblem::UserInformation),
            ("http://127.0.0.1@evil.example", EndpointProblem::UserInformation),
            ("https://swr.corp.example/v2", EndpointProblem::Path),
            ("https://swr.corp.example?x", EndpointProblem::Path),
            ("http://127.0.0.1\\@evil.example", EndpointProblem::UserInformation),
            ("https://", EndpointProblem::Host),
            ("https://a b", EndpointProblem::Host),
            ("https://a:0", EndpointProblem::Port),
            ("https://a:00", EndpointProblem::Port),
            ("https://a:+8", EndpointProblem::Port),
            ("https://a:99999", EndpointProblem::Port),
            ("https://a:", EndpointProblem::Port),
            ("https://a:b", EndpointProblem::Port),
            ("ftp://a", EndpointProblem::Scheme),
            ("swr.corp.example", EndpointProblem::Scheme),
        ] {
            assert_eq!(Endpoint::parse(text), Err(problem), "{text}");
        }
    }

    /// The parser below would drop tabs, add slashes, and decode or translate hosts.
    #[test]
    fn nothing_is_repaired() {
        for (text, problem) in [
            ("https:/a", EndpointProblem::Scheme),
            ("https:a", EndpointProblem::Scheme),
            ("https:\\\\a", EndpointProblem::Scheme),
            (" https://a", EndpointProblem::Scheme),
            ("ht\ttps://a", EndpointProblem::Scheme),
            ("https:///a", EndpointProblem::Path),
            ("https://a\\b", EndpointProblem::Path),
            ("https://a//", EndpointProblem::Path),
            ("https://a\tb", EndpointProblem::Host),
            ("https://a\n", EndpointProblem::Host),
            ("https://a ", EndpointProblem::Host),
            ("https://%61", EndpointProblem::Host),
            ("https://\u{e4}.example", EndpointProblem::Host),
            ("https://a\u{3002}example", EndpointProblem::Host),
            ("https://xn--a", EndpointProblem::Host),
            ("https://-a", EndpointProblem::Host),
            ("https://.a", EndpointProblem::Host),
            ("https://a+b", EndpointProblem::Host),
            ("https://[::1", EndpointProblem::Host),
            ("https://[fe80::1%eth0]", EndpointProblem::Host),
            ("https://1.2.3.4.5", EndpointProblem::Host),
            ("http://0x7f.1", EndpointProblem::PlainHttp),
            ("http://2130706433", EndpointProblem::PlainHttp),
            ("http://127.0.0.01", EndpointProblem::PlainHttp),
            ("http://[::ffff:127.0.0.1]", EndpointProblem::PlainHttp),
        ] {
            assert_eq!(Endpoint::parse(text), Err(problem), "{text}");
        }
    }
}
