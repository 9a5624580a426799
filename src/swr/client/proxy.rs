//! Which way a host is asked: directly, or through which proxy.
//!
//! Decided here and not in the HTTP library, which goes direct in silence where it cannot read a variable. One client asks
//! one host, so its route is known before the first request. Pure: the variables come in as arguments. A proxy's URL may
//! hold a password, which is in no message and no `Debug`.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use crate::model::Endpoint;

/// In the order in which they count. Only `https` endpoints are asked through a proxy: plain HTTP stays on this machine.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// What an option and the environment say of proxies.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Where a proxy is given, and what stands there; `None`: nowhere.
    given: Option<(String, Value)>,
    except: Exceptions,
}

/// What stands in a variable.
#[derive(Clone, Debug)]
enum Value {
    Text(SecretString),
    NotText,
}

/// How the requests of one client travel.
#[derive(Clone, Debug)]
pub enum Route {
    /// To the host itself.
    Direct,
    /// Through a proxy.
    Proxy(ProxyRoute),
}

/// A proxy that is asked.
#[derive(Clone)]
pub struct ProxyRoute {
    /// With user and password, where there are any.
    pub(in crate::swr) url: Url,
    /// The option or variable that gives it.
    place: String,
}

/// A proxy that cannot be used, by the place where it is given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place} holds no usable proxy: {problem}\nhint: {}", problem.hint())]
pub struct ProxyError {
    place: String,
    problem: ProxyProblem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProxyProblem {
    NotText,
    Blanks,
    Quotes,
    Unexpanded,
    Several,
    Backslash,
    Slashes,
    Scheme,
    UserInformation(char),
    Host,
    Path,
}

impl fmt::Display for ProxyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotText => "it is no UTF-8 text",
            Self::Blanks => "there are blanks around it",
            Self::Quotes => "there are quotes around it",
            Self::Unexpanded => "it is the name of another variable, which nobody has put in",
            Self::Several => "it is more than one URL",
            Self::Backslash => "it has a backslash",
            Self::Slashes => "there are not two slashes behind its scheme",
            Self::Scheme => "its scheme is none that proxies have",
            Self::UserInformation(' ') => "its user or password has a raw blank",
            Self::UserInformation(character) => {
                return write!(f, "its user or password has a raw '{character}'");
            }
            Self::Host => "it has no host, or a port that is no number from 1 to 65535",
            Self::Path => "something stands behind its host and port",
        })
    }
}

impl ProxyProblem {
    const fn hint(self) -> &'static str {
        match self {
            Self::NotText | Self::Host | Self::Path => "write http://HOST:PORT",
            Self::Blanks => "take the blanks away",
            Self::Quotes => "take the quotes away: an --env-file keeps them as part of the value",
            Self::Unexpanded => "write the URL itself: files and YAML do not put variables in",
            Self::Several => "write one URL",
            Self::Backslash => "write DOMAIN%5Cuser for a user of a domain",
            Self::Slashes => "write http:// or https:// in front of the host",
            Self::Scheme => "write http://, https:// or socks5h:// in front of the host",
            Self::UserInformation(_) => {
                "write it percent-encoded: %20 for a blank, %23 for '#', %25 for '%', %2F for '/', %3F for '?', %40 for '@'"
            }
        }
    }
}

impl Proxies {
    /// What `--proxy` and the usual variables say; `variable` reads the environment. An empty variable is none.
    pub fn of(option: Option<&str>, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &&str| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            Some(((*name).to_owned(), value))
        };
        let from_environment = || {
            let (name, value) = VARIABLES.iter().find_map(set)?;
            let value = value.into_string();
            Some((name, value.map_or(Value::NotText, |text| Value::Text(text.into()))))
        };
        let from_option = option.map(|url| ("--proxy".to_owned(), Value::Text(url.to_owned().into())));
        let except = EXCEPTIONS.iter().find_map(set);
        Self {
            given: from_option.or_else(from_environment),
            except: except.map_or_else(Exceptions::default, |(_, value)| {
                Exceptions::parse(&value.to_string_lossy())
            }),
        }
    }

    /// The entries of `NO_PROXY` that nobody understands: they except no host.
    pub fn not_understood(&self) -> &[String] {
        &self.except.not_understood
    }

    /// How that endpoint is reached. What a proxy variable holds is read only where it counts.
    pub fn route(&self, endpoint: &Endpoint) -> Result<Route, ProxyError> {
        let url = Url::parse(endpoint.as_str()).ok();
        let is_excepted = |url: &Url| {
            self.except
                .cover(url.host_str().unwrap_or_default(), url.port_or_known_default())
        };
        let Some((place, value)) = &self.given else {
            return Ok(Route::Direct);
        };
        if endpoint.is_loopback() || url.as_ref().is_some_and(is_excepted) {
            return Ok(Route::Direct);
        }
        let url = match value {
            Value::Text(text) => parse(text.expose_secret()),
            Value::NotText => Err(ProxyProblem::NotText),
        };
        let place = place.clone();
        match url {
            Ok(url) => Ok(Route::Proxy(ProxyRoute { url, place })),
            Err(problem) => Err(ProxyError { place, problem }),
        }
    }
}

impl Route {
    /// What nobody on this way may repeat.
    pub(in crate::swr) fn secrets(&self) -> Vec<SecretString> {
        match self {
            Self::Direct => Vec::new(),
            Self::Proxy(proxy) => proxy.secrets(),
        }
    }
}

impl ProxyRoute {
    /// `user:password` as it is, where the URL has one.
    pub(in crate::swr) fn login(&self) -> Option<SecretString> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let has_one = !self.url.username().is_empty() || self.url.password().is_some();
        has_one.then(|| {
            let password = decoded(self.url.password().unwrap_or_default());
            format!("{}:{password}", decoded(self.url.username())).into()
        })
    }

    /// The login as it is and as it is sent, and its password alone; without one, the name is the secret.
    pub(in crate::swr) fn secrets(&self) -> Vec<SecretString> {
        let Some(login) = self.login() else {
            return Vec::new();
        };
        let login = login.expose_secret();
        let secret = match login.split_once(':') {
            Some((user, "")) => user,
            Some((_, password)) => password,
            None => login,
        };
        let texts = [login.to_owned(), secret.to_owned(), STANDARD.encode(login)];
        texts.map(Into::into).to_vec()
    }
}

/// `host:port` alone is a plain HTTP proxy, as everywhere.
fn parse(text: &str) -> Result<Url, ProxyProblem> {
    use ProxyProblem as Problem;

    if text.trim() != text {
        return Err(Problem::Blanks);
    }
    if text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`']) {
        return Err(Problem::Quotes);
    }
    if text.contains("${") || text.contains("$(") || text.starts_with(['$', '%']) {
        return Err(Problem::Unexpanded);
    }
    let (user, behind_user) = text.rsplit_once('@').unwrap_or(("", text));
    if user.contains(char::is_whitespace) && !user.contains('@') && user.matches("://").count() < 2 {
        return Err(Problem::UserInformation(' '));
    }
    if has_raw_percent(user) {
        return Err(Problem::UserInformation('%'));
    }
    if behind_user.contains([',', ';']) || text.contains(char::is_whitespace) {
        return Err(Problem::Several);
    }
    if text.contains('\\') {
        return Err(Problem::Backslash);
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if SCHEMES.contains(&&*scheme.to_ascii_lowercase()) => rest,
        Some(_) => return Err(Problem::Scheme),
        None if SCHEMES
            .iter()
            .any(|scheme| text.to_ascii_lowercase().starts_with(&format!("{scheme}:/"))) =>
        {
            return Err(Problem::Slashes);
        }
        None => text,
    };
    // What a person means as a part of the password ends the host for a URL.
    if let (Some(end), Some(at)) = (rest.find(['/', '?', '#']), rest.rfind('@'))
        && end < at
    {
        let character = rest[end..].chars().next().unwrap_or('/');
        return Err(Problem::UserInformation(character));
    }
    if rest.matches('@').count() > 1 {
        return Err(Problem::UserInformation('@'));
    }
    let url = if rest.len() == text.len() {
        Url::parse(&format!("http://{text}"))
    } else {
        Url::parse(text)
    };
    let url = url.map_err(|_| Problem::Host)?;
    if url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
        return Err(Problem::Host);
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(Problem::Path);
    }
    Ok(url)
}

/// Whether a `%` is not the beginning of an encoded character.
fn has_raw_percent(text: &str) -> bool {
    text.split('%').skip(1).any(|behind| {
        let digits = behind.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.count() < 2
    })
}

impl fmt::Display for Route {
    /// `directly`, or `through the proxy http://proxy.example:3128 (HTTPS_PROXY)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("directly"),
            Self::Proxy(ProxyRoute { url, place }) => {
                write!(
                    f,
                    "through the proxy {}://{}",
                    url.scheme(),
                    url.host_str().unwrap_or_default()
                )?;
                if let Some(port) = url.port() {
                    write!(f, ":{port}")?;
                }
                write!(f, " ({place})")
            }
        }
    }
}

impl fmt::Debug for ProxyRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyRoute")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// The hosts that are asked directly all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Exceptions {
    entries: Vec<Exception>,
    not_understood: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    All,
    /// A domain with all below it, at that port or at any.
    Domain(String, Option<u16>),
    Address(IpAddr, Option<u16>),
    Network(IpNet),
    /// `10.*`: the first bytes of an address.
    Prefix(Vec<u8>),
}

impl Exceptions {
    fn parse(text: &str) -> Self {
        let mut exceptions = Self::default();
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
        for word in words.filter(|word| !word.is_empty()) {
            match Exception::parse(word) {
                Some(exception) => exceptions.entries.push(exception),
                None => exceptions.not_understood.push(without_user(word)),
            }
        }
        exceptions
    }

    fn cover(&self, host: &str, port: Option<u16>) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let host = host.to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        let is_port = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        self.entries.iter().any(|exception| match exception {
            Exception::All => true,
            Exception::Domain(domain, wanted) => {
                let below = host.strip_suffix(&**domain);
                below.is_some_and(|below| below.is_empty() || below.ends_with('.')) && is_port(wanted)
            }
            Exception::Address(wanted, at) => address == Some(*wanted) && is_port(at),
            Exception::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Exception::Prefix(bytes) => match address {
                Some(IpAddr::V4(address)) => address.octets().starts_with(bytes),
                Some(IpAddr::V6(_)) | None => false,
            },
        })
    }
}

impl Exception {
    fn parse(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        if word == "*" {
            return Some(Self::All);
        }
        if word.contains('/') {
            return word.parse().ok().map(Self::Network);
        }
        if let Ok(address) = word.trim_matches(['[', ']']).parse() {
            return Some(Self::Address(address, None));
        }
        let (host, port) = match word.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
            None => (&*word, None),
        };
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return Some(Self::Address(address, port));
        }
        if let Some(prefix) = prefix(host) {
            return port.is_none().then_some(Self::Prefix(prefix));
        }
        let domain = host.strip_prefix('*').unwrap_or(host);
        let domain = domain
            .strip_prefix('.')
            .unwrap_or(if domain.len() == host.len() { domain } else { "" });
        let domain = domain.trim_end_matches('.');
        let is_name = |label: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !label.is_empty() && label.bytes().all(is_plain)
        };
        // Whatever ends in a number is meant for addresses: `10.`, `10.1.2.0-255`, `010.1.2.3`.
        let is_of_names = |label: &str| label.bytes().any(|byte| byte.is_ascii_alphabetic());
        (domain.split('.').all(is_name) && domain.rsplit('.').next().is_some_and(is_of_names))
            .then(|| Self::Domain(domain.to_owned(), port))
    }
}

/// An entry as it may be shown: it may be a proxy's URL by mistake, or the part of one up to a `;` in its password.
fn without_user(word: &str) -> String {
    match (word.rsplit_once('@'), word.split_once("://")) {
        (Some((_, host)), _) => format!("***@{host}"),
        (None, Some((scheme, _))) => format!("{scheme}://***"),
        (None, None) => word.to_owned(),
    }
}

/// The bytes of `10.*`, `192.168.*` or `192.168.*.*`.
fn prefix(host: &str) -> Option<Vec<u8>> {
    let parts: Vec<&str> = host.split('.').collect();
    let bytes = parts.iter().map_while(|part| part.parse().ok()).collect::<Vec<u8>>();
    let has_stars = parts.len() > bytes.len() && parts[bytes.len()..].iter().all(|part| *part == "*");
    (has_stars && !bytes.is_empty() && parts.len() <= size_of::<Ipv4Addr>()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        Proxies::of(None, |name| variables.get(name).map(Into::into))
    }

    fn route(variables: &[(&str, &str)], url: &str) -> String {
        let endpoint = Endpoint::parse(url).expect("a legal endpoint");
        match proxies(variables).route(&endpoint) {
            Ok(route) => route.to_string(),
            Err(error) => error.to_string(),
        }
    }

    const SERVICE: &str = "https://swr-api.cn-north-4.example";

    #[test]
    fn a_proxy_that_can_be_read_is_used_and_shown_without_its_password() {
        for (text, shown) in [
            ("http://proxy.corp.example:3128", "http://proxy.corp.example:3128"),
            ("http://proxy.corp.example:3128/", "http://proxy.corp.example:3128"),
            ("HTTP://proxy.corp.example", "http://proxy.corp.example"),
            ("proxy.corp.example:3128", "http://proxy.corp.example:3128"),
            ("https://proxy.corp.example", "https://proxy.corp.example"),
            ("socks5h://10.0.0.1:1080", "socks5h://10.0.0.1:1080"),
            ("http://[::1]:3128", "http://[::1]:3128"),
            (
                "http://user:hush@proxy.corp.example:3128",
                "http://proxy.corp.example:3128",
            ),
            (
                "http://DOMAIN%5Cuser:hush%23hush@proxy.corp.example",
                "http://proxy.corp.example",
            ),
            ("user:hush@proxy.corp.example:3128", "http://proxy.corp.example:3128"),
        ] {
            let expected = format!("through the proxy {shown} (HTTPS_PROXY)");
            assert_eq!(route(&[("HTTPS_PROXY", text)], SERVICE), expected, "{text}");
            let endpoint = Endpoint::parse(SERVICE).expect("a legal endpoint");
            let debug = format!("{:?}", proxies(&[("HTTPS_PROXY", text)]).route(&endpoint));
            assert!(!debug.contains("hush"), "{debug}");
        }
    }

    /// What stands in a variable, what is wrong with it, and how the hint begins.
    const UNREADABLE: &[(&str, &str, &str)] = &[
        (
            " http://proxy.example:1",
            "there are blanks around it",
            "take the blanks away",
        ),
        (
            "http://proxy.example:1 ",
            "there are blanks around it",
            "take the blanks away",
        ),
        (
            "http://proxy.example:1\n",
            "there are blanks around it",
            "take the blanks away",
        ),
        (" ", "there are blanks around it", "take the blanks away"),
        (
            "\"http://proxy.example:1\"",
            "there are quotes around it",
            "take the quotes away",
        ),
        (
            "'http://proxy.example:1'",
            "there are quotes around it",
            "take the quotes away",
        ),
        (
            "http:/proxy.example",
            "there are not two slashes behind its scheme",
            "write http://",
        ),
        (
            "http:/user:hush@x",
            "there are not two slashes behind its scheme",
            "write http://",
        ),
        (
            "http://a.example:1,http://b.example:1",
            "it is more than one URL",
            "write one URL",
        ),
        (
            "http://a.example:1 http://b.example:1",
            "it is more than one URL",
            "write one URL",
        ),
        (
            "http://DOMAIN\\user:hush@proxy.example:1",
            "it has a backslash",
            "write DOMAIN%5Cuser",
        ),
        ("${PROXY}", "it is the name of another variable", "write the URL itself"),
        ("$PROXY", "it is the name of another variable", "write the URL itself"),
        (
            "http://${PROXY_HOST}:1",
            "it is the name of another variable",
            "write the URL itself",
        ),
        (
            "%HTTPS_PROXY%",
            "it is the name of another variable",
            "write the URL itself",
        ),
        (
            "[::1",
            "it has no host, or a port that is no number",
            "write http://HOST:PORT",
        ),
        (
            "http://[::1",
            "it has no host, or a port that is no number",
            "write http://HOST:PORT",
        ),
        (
            "http://",
            "it has no host, or a port that is no number",
            "write http://HOST:PORT",
        ),
        (
            "http://user:hush@",
            "it has no host, or a port that is no number",
            "write http://HOST:PORT",
        ),
        (
            "http://proxy.example:port",
            "it has no host, or a port that is no number",
            "write http://HOST:PORT",
        ),
        (
            "http://proxy.example:0",
            "it has no host, or a port that is no number",
            "write http://HOST:PORT",
        ),
        (
            "http://proxy.example:99999",
            "it has no host, or a port that is no number",
            "write http://HOST:PORT",
        ),
        (
            "ftp://user:hush@proxy.example",
            "its scheme is none that proxies have",
            "write http://",
        ),
        (
            "://proxy.example",
            "its scheme is none that proxies have",
            "write http://",
        ),
        (
            "http://user:hush#hush@proxy.example:1",
            "its user or password has a raw '#'",
            "write it percent-encoded",
        ),
        (
            "http://user:hush/hush@proxy.example:1",
            "its user or password has a raw '/'",
            "write it percent-encoded",
        ),
        (
            "http://user:hush?hush@proxy.example:1",
            "its user or password has a raw '?'",
            "write it percent-encoded",
        ),
        (
            "http://user:hush@hush@proxy.example:1",
            "its user or password has a raw '@'",
            "write it percent-encoded",
        ),
        (
            "http://user:hush hush@proxy.example:1",
            "its user or password has a raw blank",
            "write it percent-encoded: %20 for a blank",
        ),
        (
            "http://user:hush%zz@proxy.example:1",
            "its user or password has a raw '%'",
            "write it percent-encoded",
        ),
        (
            "http://proxy.example:1/path",
            "something stands behind its host and port",
            "write http://HOST:PORT",
        ),
        (
            "http://proxy.example:1?a=b",
            "something stands behind its host and port",
            "write http://HOST:PORT",
        ),
    ];

    #[test]
    fn a_proxy_that_cannot_be_read_is_an_error_that_names_its_variable_and_hides_its_password() {
        for &(text, problem, hint) in UNREADABLE {
            for name in VARIABLES {
                let message = route(&[(name, text)], SERVICE);
                let start = format!("{name} holds no usable proxy: {problem}");
                assert!(message.starts_with(&start), "{text:?}: {message}");
                assert!(message.contains(&format!("\nhint: {hint}")), "{text:?}: {message}");
                assert!(!message.contains("hush"), "{message}");
            }
        }
    }

    #[test]
    fn the_first_variable_that_is_not_empty_counts() {
        let a = ("HTTPS_PROXY", "http://a.example");
        let b = ("https_proxy", "http://b.example");
        let c = ("ALL_PROXY", "http://c.example");
        let d = ("all_proxy", "http://d.example");
        for (variables, expected) in [
            (vec![a, b, c, d], "through the proxy http://a.example (HTTPS_PROXY)"),
            (
                vec![("HTTPS_PROXY", ""), b, c],
                "through the proxy http://b.example (https_proxy)",
            ),
            (vec![c, d], "through the proxy http://c.example (ALL_PROXY)"),
            (
                vec![("ALL_PROXY", ""), d],
                "through the proxy http://d.example (all_proxy)",
            ),
            (
                vec![("HTTP_PROXY", "http://e.example"), ("http_proxy", "${X}")],
                "directly",
            ),
            (vec![], "directly"),
        ] {
            assert_eq!(route(&variables, SERVICE), expected, "{variables:?}");
        }
        let variable = |name: &str| (name == "HTTPS_PROXY").then(|| "http://a.example".into());
        let option = Proxies::of(Some("http://o.example"), variable);
        let endpoint = Endpoint::parse(SERVICE).expect("a legal endpoint");
        let route = option.route(&endpoint).expect("it can be read");
        assert_eq!(route.to_string(), "through the proxy http://o.example (--proxy)");
    }

    #[test]
    fn this_machine_is_asked_directly_whatever_a_variable_holds() {
        for url in [
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "https://[::1]:9",
            "https://localhost.",
            "https://foo.localhost",
            "https://127.000.000.001",
            "https://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(route(&[("HTTPS_PROXY", "no proxy at all")], url), "directly", "{url}");
        }
    }

    #[test]
    fn exceptions_are_understood_in_every_usual_spelling() {
        let swr = "https://swr-api.corp.example:8443";
        for (no_proxy, url, is_direct) in [
            ("*", swr, true),
            ("corp.example", swr, true),
            ("CORP.example", swr, true),
            ("corp.example.", swr, true),
            (".corp.example", swr, true),
            ("*.corp.example", swr, true),
            ("swr-api.corp.example", swr, true),
            ("swr-api.corp.example:8443", swr, true),
            ("swr-api.corp.example:443", swr, false),
            ("*.corp.example:8443", swr, true),
            ("orp.example", swr, false),
            ("localhost,corp.example", swr, true),
            ("localhost, corp.example", swr, true),
            ("localhost; corp.example", swr, true),
            ("localhost corp.example", swr, true),
            (",,corp.example,", swr, true),
            ("corp.example", "https://swr-api.corp.example.:8443", true),
            ("10.1.2.3", "https://10.1.2.3", true),
            ("10.1.2.3:443", "https://10.1.2.3", true),
            ("10.1.2.3:8443", "https://10.1.2.3", false),
            ("10.*", "https://10.1.2.3", true),
            ("10.1.*", "https://10.1.2.3", true),
            ("10.*.*.*", "https://10.1.2.3", true),
            ("11.*", "https://10.1.2.3", false),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("11.0.0.0/8", "https://10.1.2.3", false),
            ("*", "https://10.1.2.3", true),
            ("*", "https://[2001:db8::1]", true),
            ("2001:db8::1", "https://[2001:db8::1]", true),
            ("[2001:db8::1]:443", "https://[2001:db8::1]", true),
            ("2001:db8::/32", "https://[2001:db8::1]", true),
            ("", swr, false),
        ] {
            let variables = [("HTTPS_PROXY", "http://p.example"), ("NO_PROXY", no_proxy)];
            assert_eq!(
                route(&variables, url) == "directly",
                is_direct,
                "{no_proxy:?} for {url}"
            );
            assert_eq!(proxies(&variables).not_understood(), [""; 0], "{no_proxy:?}");
        }
        let variables = [
            ("HTTPS_PROXY", "http://p.example"),
            ("NO_PROXY", ""),
            ("no_proxy", "corp.example"),
        ];
        assert_eq!(route(&variables, swr), "directly", "an empty variable hides no other");
    }

    #[test]
    fn an_exception_that_nobody_understands_is_named() {
        for word in [
            "*corp.example",
            "<local>",
            "10.0.0.0/33",
            "10.*.1.2",
            "corp.example:port",
            "a..b",
            "*.*",
            "10.",
            "10.1.2.1-10.1.2.9",
            "10.1.2.0-255",
            "010.1.2.3",
            "1.2.3",
            "*.2.3",
        ] {
            let all = format!("localhost,{word}");
            assert_eq!(proxies(&[("NO_PROXY", &all)]).not_understood(), [word], "{word}");
        }
        // What may be the URL of a proxy shows no more than its host.
        for (word, shown) in [
            ("http://corp.example", "http://***"),
            ("http://user:hush@corp.example:1", "***@corp.example:1"),
            ("user:hush@corp.example", "***@corp.example"),
        ] {
            assert_eq!(proxies(&[("NO_PROXY", word)]).not_understood(), [shown], "{word}");
        }
    }
}
