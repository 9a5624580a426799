//! From settings to an HTTP client: trust, proxies, time limits.
//!
//! The only place that configures the HTTP library; every default of it that would act unseen (redirects, retries,
//! referers, proxies for loopback) is set here by name.

use std::error::Error as _;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy, Url};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use super::retry::RetryPolicy;
use crate::model::Endpoint;

/// How a client reaches its service.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// For one attempt, from sending to the last byte of the answer.
    pub timeout: Duration,
    /// For the connection alone, TLS included.
    pub connect_timeout: Duration,
    /// How often a call is repeated.
    pub retry: RetryPolicy,
    /// A proxy for everything but loopback and what `NO_PROXY` names. `None`: the usual variables. It may hold a password.
    pub proxy: Option<SecretString>,
    /// Certificate authorities to trust beside the system's, in PEM.
    pub ca_certificates: Option<Vec<u8>>,
    /// Requests in flight at most, and idle connections that are kept.
    pub connections: usize,
    /// Requests a second at most; `None`: as many as the service takes.
    pub rate: Option<f64>,
    /// The `User-Agent`.
    pub user_agent: String,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::new(3),
            proxy: None,
            ca_certificates: None,
            connections: 16,
            rate: None,
            user_agent: concat!("swr-audit/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Why no client could be made. None of them shows a credential or a proxy's URL.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Not a URL after all.
    #[error("endpoint '{0}' is no URL that can be asked")]
    Endpoint(Endpoint),
    /// A value that no header can carry.
    #[error("the {0} holds a character that no HTTP header can carry")]
    Header(&'static str),
    /// The additional certificates are not PEM, or no certificates.
    #[error("the CA file holds no usable certificate\nhint: give a PEM file with 'BEGIN CERTIFICATE' blocks")]
    CaCertificates,
    /// There is nothing that a server's certificate could be checked against.
    #[error(
        "no certificate authorities were found on this system\n\
         hint: install the package 'ca-certificates', set SSL_CERT_FILE, or give a CA file with --ca-cert"
    )]
    NoTrust,
    /// The URL itself is kept out: it may hold a password.
    #[error("the proxy's URL cannot be used\nhint: write http://host:port, https://host:port or socks5h://host:port")]
    Proxy,
    /// What else the HTTP library refuses.
    #[error("no HTTP client could be made: {0}")]
    Other(String),
}

/// Whether a file holds certificates that a client can be given.
pub fn holds_certificates(pem: &[u8]) -> bool {
    Certificate::from_pem_bundle(pem).is_ok_and(|certificates| !certificates.is_empty())
}

/// A healthy peer answers a ping sooner than this, however little time an answer has.
const SHORTEST_PING: Duration = Duration::from_secs(1);

/// Makes the HTTP client for one endpoint.
pub(super) fn connect(endpoint: &Endpoint, settings: &ClientSettings) -> Result<reqwest::Client, ClientError> {
    let builder = with_proxy(builder(settings), endpoint, settings)?;
    let builder = with_trust(builder, endpoint, settings)?;
    builder.build().map_err(|error| refused(&error))
}

/// Makes the HTTP client for plain HTTP on the link of this machine: no proxy stands there, and no TLS.
pub(super) fn connect_on_link(settings: &ClientSettings) -> Result<reqwest::Client, ClientError> {
    let builder = builder(settings).no_proxy().tls_certs_only([]);
    builder.build().map_err(|error| refused(&error))
}

fn builder(settings: &ClientSettings) -> ClientBuilder {
    // The library panics where no TLS provider is installed; an `Err` says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ping = (settings.timeout / 3).max(SHORTEST_PING);
    reqwest::Client::builder()
        // A signature or token must not travel to where a redirect points.
        .redirect(Policy::none())
        // Attempts are counted, so there is one layer that repeats: ours.
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(&settings.user_agent)
        .timeout(settings.timeout)
        .connect_timeout(settings.connect_timeout)
        // Over HTTP/2 all requests share one connection, and one that a firewall has forgotten would be asked over again and
        // again. It is dropped before the time of its requests is over, so that their next attempts go by another.
        .http2_keep_alive_interval(ping)
        .http2_keep_alive_timeout(ping)
        // The library's 90 s are longer than many gateways hold a connection.
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(settings.connections)
}

fn with_proxy(
    builder: ClientBuilder,
    endpoint: &Endpoint,
    settings: &ClientSettings,
) -> Result<ClientBuilder, ClientError> {
    if endpoint.is_loopback() {
        return Ok(builder.no_proxy());
    }
    let Some(proxy) = &settings.proxy else {
        return Ok(builder);
    };
    let url = proxy_url(proxy.expose_secret()).ok_or(ClientError::Proxy)?;
    let proxy = Proxy::all(url).map_err(|_| ClientError::Proxy)?;
    // An explicit proxy forgets the variable unless told of it.
    Ok(builder.proxy(proxy.no_proxy(NoProxy::from_env())))
}

/// `host:port` alone is taken for a plain HTTP proxy, as everywhere.
fn proxy_url(text: &str) -> Option<Url> {
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("http://{text}"))
    };
    let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    url.ok().filter(|url| schemes.contains(&url.scheme()) && url.has_host())
}

fn with_trust(
    builder: ClientBuilder,
    endpoint: &Endpoint,
    settings: &ClientSettings,
) -> Result<ClientBuilder, ClientError> {
    if !endpoint.is_tls() {
        // Without TLS no roots are needed; loading them would fail where none are installed.
        return Ok(builder.tls_certs_only([]));
    }
    let Some(pem) = &settings.ca_certificates else {
        return Ok(builder);
    };
    let certificates = Certificate::from_pem_bundle(pem).map_err(|_| ClientError::CaCertificates)?;
    if certificates.is_empty() {
        return Err(ClientError::CaCertificates);
    }
    Ok(builder.tls_certs_merge(certificates))
}

/// Proxy and additional certificates were read before: what TLS still refuses is the system's trust, or a certificate
/// that was PEM and is none.
fn refused(error: &reqwest::Error) -> ClientError {
    match error.source().and_then(|source| source.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => ClientError::CaCertificates,
        Some(_) => ClientError::NoTrust,
        None => ClientError::Other(super::transport::root_cause(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::parse(url).expect("a legal endpoint")
    }

    #[test]
    fn a_proxys_password_is_in_no_message() {
        for proxy in [
            "ftp://user:pass-word@proxy.example",
            "http://user:pass-word@",
            "http://user:pass-word@[::bad",
            "socks9://user:pass-word@h:1",
        ] {
            let settings = ClientSettings {
                proxy: Some(proxy.to_owned().into()),
                ..ClientSettings::default()
            };
            let error = connect(&endpoint("https://swr.example"), &settings).expect_err(proxy);
            assert!(matches!(error, ClientError::Proxy), "{error:?}");
            assert!(
                !format!("{error} {error:?} {settings:?}").contains("pass-word"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_proxy_for_loopback_is_not_even_read() {
        let settings = ClientSettings {
            proxy: Some("no://proxy".to_owned().into()),
            ..ClientSettings::default()
        };
        assert!(connect(&endpoint("http://127.0.0.1:1"), &settings).is_ok());
    }

    #[test]
    fn a_ca_file_without_certificates_is_refused() {
        for pem in [
            "",
            "not PEM",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let settings = ClientSettings {
                ca_certificates: Some(pem.into()),
                ..ClientSettings::default()
            };
            let error = connect(&endpoint("https://127.0.0.1:1"), &settings).expect_err(pem);
            assert!(matches!(error, ClientError::CaCertificates), "{pem}: {error:?}");
        }
    }
}
