//! A source: the SWR service of one region, seen through one account.

use std::fmt;
use std::sync::Arc;

use super::{CloudDomain, Family, Place, family_at, region};

/// Where one run asks, and with which credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its identity in reports and history; the region where the inventory gives no name.
    pub name: Arc<str>,
    /// The region id.
    pub region: Arc<str>,
    /// The base URL of the management API: the inventory's, else the cloud's, else the region's.
    pub endpoint: Endpoint,
    /// Whether something outside the inventory says where it is asked: an option, or the run whose answers are used.
    pub is_redirected: bool,
    /// `cloud`: the domain of its cloud, where the inventory gives one.
    pub cloud: Option<CloudDomain>,
    /// `iamEndpoint`: the base URL of IAM, where the inventory gives one.
    pub iam_endpoint: Option<Endpoint>,
    /// `projectId`, sent as `X-Project-Id` where given.
    pub project_id: Option<Arc<str>>,
    /// Whether this service lists rules with `syncAuto=false` too. The public cloud is reported not to.
    pub lists_manual_rules: bool,
    /// Which credential the inventory asks for.
    pub credentials: CredentialChoice,
    /// Where the source is written.
    pub place: Place,
}

impl Source {
    /// Where a region is asked that has no endpoint of its own; `None`: nobody knows.
    pub fn usual_endpoint(region_id: &str, cloud: Option<&CloudDomain>) -> Option<Endpoint> {
        let in_table = || Some(Endpoint::parse(&region(region_id)?.swr).expect("the table's endpoints are sound"));
        cloud.map(|cloud| cloud.swr(region_id)).or_else(in_table)
    }

    /// The cloud of its endpoint, where that is known.
    pub fn family(&self) -> Option<Family> {
        let stated = || self.own_cloud()?.family();
        family_at(self.endpoint.host()).or_else(stated)
    }

    /// The IAM of the endpoint's own cloud: that of the built-in table where the table lists the endpoint, else that of
    /// `cloud` where it is a known one. `None`: somebody has to name it.
    pub fn own_iam(&self) -> Option<Endpoint> {
        let is_listed = |swr: &str| self.endpoint.as_str().trim_end_matches('.') == swr;
        let listed = region(&self.region).filter(|region| is_listed(&region.swr));
        let listed = listed.map(|region| Endpoint::parse(&region.iam).expect("the table's endpoints are sound"));
        listed.or_else(|| self.own_cloud()?.iam(&self.region))
    }

    /// What `cloud` says of the endpoint: nothing of one that stands in for the inventory's, unless they are the same.
    fn own_cloud(&self) -> Option<&CloudDomain> {
        let cloud = self.cloud.as_ref()?;
        (!self.is_redirected || self.endpoint == cloud.swr(&self.region)).then_some(cloud)
    }
}

/// Which credential a source uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialChoice {
    /// The first that the chain finds.
    Chain,
    /// The environment variables with this prefix: `PREFIX_AK`, `PREFIX_SK`, `PREFIX_SECURITY_TOKEN`.
    Environment(Arc<str>),
    /// The section of this name in the SDKs' credentials file.
    Profile(Arc<str>),
}

/// The base URL of a service, known to be safe to send credentials to: `https`, or plain `http` to this machine itself.
///
/// Holds scheme and authority only: no user information, no query, no fragment, and no path. One service has one spelling,
/// so equal endpoints are one service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    text: Arc<str>,
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
    /// A user name or password stands in the URL.
    UserInformation,
    /// A path, query or fragment stands behind the host.
    Path,
    /// Plain `http` to another machine: the credential would travel in the clear.
    PlainHttp,
}

impl Endpoint {
    /// Takes `https://host[:port]`, or `http://` with a loopback host. A single trailing `/` and the scheme's own port are
    /// dropped.
    pub fn parse(text: &str) -> Result<Self, EndpointProblem> {
        let (scheme, rest) = text.split_once("://").ok_or(EndpointProblem::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "https" && scheme != "http" {
            return Err(EndpointProblem::Scheme);
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        // Looked for in all that follows the scheme: a password may hold a `/`.
        if rest.contains('@') {
            return Err(EndpointProblem::UserInformation);
        }
        if authority.contains(['/', '?', '#', '\\']) {
            return Err(EndpointProblem::Path);
        }
        let authority = authority.to_ascii_lowercase();
        let (host, port) = split_port(&authority);
        if !is_host(host) {
            return Err(EndpointProblem::Host);
        }
        let port = port.map(parse_port).transpose()?;
        let is_loopback = is_loopback(host);
        if scheme == "http" && !is_loopback {
            return Err(EndpointProblem::PlainHttp);
        }
        let usual = if scheme == "https" { 443 } else { 80 };
        let port = port.filter(|port| *port != usual);
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        Ok(Self {
            text: format!("{scheme}://{}{port}", one_spelling(host)).into(),
            is_loopback,
        })
    }

    /// The URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        let (_, authority) = self.text.split_once("://").expect("it was parsed with a scheme");
        split_port(authority).0
    }

    /// Whether it is this machine: never sent through a proxy.
    pub const fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether it is `https`.
    pub fn is_tls(&self) -> bool {
        self.text.starts_with("https://")
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    let after_bracket = authority.rfind(']').map_or(0, |end| end + 1);
    match authority[after_bracket..].rfind(':') {
        Some(colon) => (
            &authority[..after_bracket + colon],
            Some(&authority[after_bracket + colon + 1..]),
        ),
        None => (authority, None),
    }
}

fn parse_port(text: &str) -> Result<u16, EndpointProblem> {
    let port = text.parse().ok().filter(|port| *port > 0 && !text.starts_with('+'));
    port.ok_or(EndpointProblem::Port)
}

/// An IPv6 address has many.
fn one_spelling(host: &str) -> String {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner.and_then(|inner| inner.parse::<std::net::Ipv6Addr>().ok()) {
        Some(address) => format!("[{address}]"),
        None => host.to_owned(),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !host.is_empty()
        && !host.starts_with(['.', '-'])
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// Only what certainly stays on this machine: `localhost`, `127.0.0.0/8` in full form, `[::1]`.
fn is_loopback(host: &str) -> bool {
    if host == "localhost" {
        return true;
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
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
        ] {
            let endpoint = Endpoint::parse(text).expect(text);
            assert_eq!((endpoint.as_str(), endpoint.is_loopback()), (kept, loopback));
        }
    }

    #[test]
    fn a_host_is_what_stands_before_the_port() {
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
            ("ftp://a", EndpointProblem::Scheme),
            ("swr.corp.example", EndpointProblem::Scheme),
        ] {
            assert_eq!(Endpoint::parse(text), Err(problem), "{text}");
        }
    }
}
