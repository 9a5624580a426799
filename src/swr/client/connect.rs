//! From settings to an HTTP client: trust, proxies, time limits.
//!
//! The only place that configures the HTTP library; every default of it that would act unseen (redirects, retries,
//! referers, proxies for loopback) is set here by name.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Proxy, Url};
use thiserror::Error;
use tokio::sync::OnceCell;

use super::cause::{is_of_tls, reason, root_cause};
use super::proxy::{Proxies, ProxyError, Route};
use super::redact::Redaction;
use super::standing::Standing;
use super::trust::Authorities;
use super::tunnel::{self, Word};
use crate::model::{Endpoint, Obstacle};
use crate::swr::pace::limit::Limiter;
use crate::swr::pace::retry::RetryPolicy;
use crate::swr::wire::plain::{DETAIL_LIMIT, plain};

/// How a client reaches its service.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// For one attempt, from sending to the last byte of the answer.
    pub timeout: Duration,
    /// For the connection alone, TLS included.
    pub connect_timeout: Duration,
    /// How often a call is repeated.
    pub retry: RetryPolicy,
    /// Which hosts are asked through a proxy.
    pub proxies: Proxies,
    /// Certificate authorities to trust beside the system's.
    pub authorities: Option<Authorities>,
    /// Requests in flight at most, and idle connections that are kept.
    pub connections: usize,
    /// Requests a second at most; `None`: as many as the service takes.
    pub rate: Option<f64>,
    /// The `User-Agent`.
    pub user_agent: String,
    /// What is known of the credential, shared by all clients that ask with it.
    pub standing: Arc<Standing>,
    /// Who may send, shared by all clients of one service: they are one caller to it. `None`: this client is alone.
    pub limiter: Option<Arc<Limiter>>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::new(3),
            proxies: Proxies::default(),
            authorities: None,
            connections: 16,
            rate: None,
            user_agent: concat!("swr-audit/", env!("CARGO_PKG_VERSION")).to_owned(),
            standing: Arc::default(),
            limiter: None,
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
    /// There is nothing that a server's certificate could be checked against.
    #[error(
        "no certificate authorities were found on this system\n\
         hint: install the package 'ca-certificates', set SSL_CERT_FILE, or give a CA file with --ca-cert"
    )]
    NoTrust,
    /// The proxy that is given for this host cannot be used.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// What else the HTTP library refuses.
    #[error("no HTTP client could be made: {0}")]
    Other(String),
}

/// A healthy peer answers a ping sooner than this, however little time an answer has.
const SHORTEST_PING: Duration = Duration::from_secs(1);

/// The HTTP client for one host, and how that host is reached.
pub(in crate::swr) struct Line {
    pub(in crate::swr) http: reqwest::Client,
    pub(in crate::swr) base: Url,
    pub(in crate::swr) route: Route,
    /// To a proxy that speaks TLS, for finding out whether that works.
    to_proxy: Option<reqwest::Client>,
    /// What the proxy answered when it opened no way.
    word: OnceCell<Word>,
}

impl Line {
    /// To that endpoint.
    pub(in crate::swr) fn to(endpoint: &Endpoint, settings: &ClientSettings) -> Result<Self, ClientError> {
        let base = Url::parse(endpoint.as_str()).map_err(|_| ClientError::Endpoint(endpoint.clone()))?;
        let route = settings.proxies.route(endpoint)?;
        let client = |builder| {
            let builder = with_trust(builder, endpoint, settings)?;
            builder.build().map_err(|error| refused(&error))
        };
        let to_proxy = match &route {
            Route::Proxy(proxy) if proxy.url.scheme() == "https" => Some(client(builder(settings).no_proxy())?),
            Route::Proxy(_) | Route::Direct => None,
        };
        tracing::info!(%endpoint, %route, "the way to a host");
        Ok(Self {
            http: client(with_route(builder(settings), &route)?)?,
            base,
            route,
            to_proxy,
            word: OnceCell::new(),
        })
    }

    /// For plain HTTP on the link of this machine: no proxy stands there, and no TLS.
    pub(in crate::swr) fn on_link(base: &str, settings: &ClientSettings) -> Result<Self, ClientError> {
        let builder = builder(settings).no_proxy().tls_certs_only([]);
        Ok(Self {
            http: builder.build().map_err(|error| refused(&error))?,
            base: Url::parse(base).map_err(|error| ClientError::Other(error.to_string()))?,
            route: Route::Direct,
            to_proxy: None,
            word: OnceCell::new(),
        })
    }

    /// Why a request has no answer, and by which way it went: what every message about a broken line has to say.
    pub(in crate::swr) async fn trouble(&self, error: &reqwest::Error, redaction: &Redaction) -> Trouble {
        let host = self.base.host_str().unwrap_or_default();
        let asked = match self.base.port() {
            Some(port) => format!("{host}:{port} was asked {}", self.route),
            None => format!("{host} was asked {}", self.route),
        };
        let own = |account| Trouble {
            obstacle: is_of_tls(error).then_some(Obstacle::Tls),
            reason: reason(error, redaction),
            account,
        };
        let proxy = match &self.route {
            Route::Proxy(proxy) if error.is_connect() => proxy,
            Route::Proxy(_) | Route::Direct => return own(asked),
        };
        let target = format!("{host}:{}", self.base.port_or_known_default().unwrap_or_default());
        let ask = || tunnel::word(proxy, &target, self.to_proxy.as_ref());
        let word = self.word.get_or_init(ask).await;
        let account = format!("{asked}, {word}");
        if is_of_tls(error) && word.is_open() {
            return own(account);
        }
        // What the library says is that there is no way. The proxy's word says why, but for one that speaks something else
        // than plain HTTP.
        Trouble {
            reason: if *word == Word::Reached {
                reason(error, redaction)
            } else {
                String::new()
            },
            obstacle: word.obstacle().or(Some(Obstacle::ProxyDenial)),
            account,
        }
    }
}

/// What keeps a request from its answer.
pub(in crate::swr) struct Trouble {
    /// Why; empty where the account says it.
    pub(in crate::swr) reason: String,
    /// `swr-api.example was asked directly`, with the proxy's word.
    account: String,
    pub(in crate::swr) obstacle: Option<Obstacle>,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.reason.is_empty() {
            write!(f, "{}; ", self.reason)?;
        }
        f.write_str(&self.account)
    }
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

/// The library reads no variable: the route is decided.
fn with_route(builder: ClientBuilder, route: &Route) -> Result<ClientBuilder, ClientError> {
    let builder = builder.no_proxy();
    Ok(match route {
        Route::Direct => builder,
        Route::Proxy(proxy) => {
            let proxy = Proxy::all(proxy.url.clone());
            builder.proxy(proxy.map_err(|error| ClientError::Other(error.without_url().to_string()))?)
        }
    })
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
    let Some(authorities) = &settings.authorities else {
        return Ok(builder);
    };
    let certificates = authorities.certificates().map_err(|error| refused(&error))?;
    Ok(builder.tls_certs_merge(certificates))
}

/// Proxy and additional authorities were read before: what TLS still refuses is the system's trust.
fn refused(error: &reqwest::Error) -> ClientError {
    match error.source().and_then(|source| source.downcast_ref::<rustls::Error>()) {
        Some(_) => ClientError::NoTrust,
        None => ClientError::Other(plain(&root_cause(error), DETAIL_LIMIT)),
    }
}
