//! Who asks: what every request carries to be recognised, made once for each credential.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use super::connect::ClientError;
use super::redact::Redaction;
use super::sign::{Signer, Stamp};
use crate::model::Credential;

const JSON: &str = "application/json";
const PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");
const SDK_DATE: HeaderName = HeaderName::from_static("x-sdk-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");
const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// One credential, ready for requests to one endpoint.
pub(in crate::swr) struct Identity {
    /// What every request carries.
    headers: HeaderMap,
    /// `None` where a token stands among the headers.
    signing: Option<Signing>,
    redaction: Redaction,
}

/// A key, and the values of the headers that it signs beside the date.
struct Signing {
    signer: Signer,
    headers: Vec<(&'static str, String)>,
    /// Of the last second in which something was signed.
    stamp: Mutex<Option<Arc<Dated>>>,
}

/// What is the same in every signature of one second.
struct Dated {
    stamp: Stamp,
    header: HeaderValue,
}

/// Whom an identity shows itself to.
pub(in crate::swr) struct Recipient {
    pub(in crate::swr) base: Url,
    pub(in crate::swr) project: Option<Arc<str>>,
    /// What else must not be kept of answers: the login of the proxy on the way, and the password that a token was issued
    /// for. Whoever stands at such a place may echo all that it was ever shown.
    pub(in crate::swr) secrets: Vec<SecretString>,
}

impl Identity {
    pub(in crate::swr) fn new(recipient: &Recipient, credential: &Credential) -> Result<Self, ClientError> {
        let project = recipient.project.as_deref();
        Ok(Self {
            headers: common_headers(project, credential)?,
            signing: signing(&recipient.base, project, credential)?,
            redaction: Redaction::new(credential, &recipient.secrets),
        })
    }

    /// The same, remembering what must not be kept of the one before: an answer may echo that one still.
    pub(in crate::swr) fn after(self, before: &Self) -> Self {
        Self {
            redaction: self.redaction.after(&before.redaction),
            ..self
        }
    }

    /// The headers of a GET of that path and query, signed as of `now` where there is a key.
    pub(in crate::swr) fn headers(&self, path: &str, query: &[(&str, &str)], now: Timestamp) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(signing) = &self.signing {
            signing.add_to(&mut headers, path, query, now);
        }
        headers
    }

    /// The headers of a GET of that path at another host: it asks as this identity does, and for no project.
    pub(in crate::swr) fn headers_at(&self, base: &Url, path: &str, now: Timestamp) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.remove(PROJECT_ID);
        if let Some(signing) = &self.signing {
            signing.at(base).add_to(&mut headers, path, &[], now);
        }
        headers
    }

    /// What takes this credential out of answers that echo it.
    pub(in crate::swr) const fn redaction(&self) -> &Redaction {
        &self.redaction
    }
}

impl Signing {
    /// The same key for requests to another host.
    fn at(&self, base: &Url) -> Self {
        let signed = self
            .headers
            .iter()
            .filter(|(name, _)| !matches!(*name, "host" | "x-project-id"));
        let mut headers: Vec<_> = signed.cloned().collect();
        headers.push(("host", host(base)));
        Self {
            signer: self.signer.clone(),
            headers,
            stamp: Mutex::default(),
        }
    }

    fn add_to(&self, headers: &mut HeaderMap, path: &str, query: &[(&str, &str)], now: Timestamp) {
        let dated = self.dated(now);
        let authorization = self.signer.sign_get(path, query, &dated.stamp);
        let authorization = HeaderValue::try_from(authorization).expect("the access key was checked");
        headers.insert(SDK_DATE, dated.header.clone());
        headers.insert(AUTHORIZATION, sensitive(authorization));
    }

    fn dated(&self, now: Timestamp) -> Arc<Dated> {
        // A panic elsewhere leaves a stamp as good as it was.
        let mut last = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dated) = last.as_ref().filter(|dated| dated.stamp.second == now.as_second()) {
            return Arc::clone(dated);
        }
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let stamp = self.signer.stamp(&headers, now);
        let header = HeaderValue::try_from(&*stamp.date).expect("a date is digits and letters");
        let dated = Arc::new(Dated { stamp, header });
        *last = Some(Arc::clone(&dated));
        dated
    }
}

fn common_headers(project: Option<&str>, credential: &Credential) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::new();
    // The API reference calls it mandatory, on a GET as well.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    if let Some(project) = project {
        headers.insert(PROJECT_ID, header_value(project, "project id")?);
    }
    match credential {
        Credential::Keys(keys) => {
            if let Some(token) = &keys.security_token {
                let token = header_value(token.expose_secret(), "security token")?;
                headers.insert(SECURITY_TOKEN, sensitive(token));
            }
        }
        Credential::Token(token) => {
            let token = header_value(token.expose_secret(), "token")?;
            headers.insert(AUTH_TOKEN, sensitive(token));
        }
    }
    Ok(headers)
}

fn signing(base: &Url, project: Option<&str>, credential: &Credential) -> Result<Option<Signing>, ClientError> {
    let keys = match credential {
        Credential::Keys(keys) => keys,
        Credential::Token(_) => return Ok(None),
    };
    header_value(&keys.access_key, "access key")?;
    let mut headers = vec![("content-type", JSON.to_owned()), ("host", host(base))];
    headers.extend(project.map(|project| ("x-project-id", project.to_owned())));
    let token = keys.security_token.as_ref();
    headers.extend(token.map(|token| ("x-security-token", token.expose_secret().to_owned())));
    Ok(Some(Signing {
        signer: Signer::new(keys),
        headers,
        stamp: Mutex::default(),
    }))
}

/// As the HTTP library sends it: with the port where it is not the scheme's own.
fn host(base: &Url) -> String {
    let host = base.host_str().unwrap_or_default();
    base.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn header_value(text: &str, what: &'static str) -> Result<HeaderValue, ClientError> {
    HeaderValue::from_str(text).map_err(|_| ClientError::Header(what))
}

/// Keeps the value out of the HTTP library's own traces, and out of HTTP/2's compression tables.
fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_host_has_a_port_only_where_it_is_sent() {
        for (url, sent) in [
            ("https://swr.example", "swr.example"),
            ("https://swr.example:443", "swr.example"),
            ("https://swr.example:8443", "swr.example:8443"),
            ("http://[::1]:9", "[::1]:9"),
        ] {
            assert_eq!(host(&Url::parse(url).expect("a URL")), sent);
        }
    }
}
