//! Whose a credential is, asked of who knows beside the service itself: IAM, and STS.
//!
//! One question, one attempt, little time: a run can do without the answer. Where the question may go is not decided here.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde::Deserialize;

use super::Client;
use super::connect::ClientSettings;
use super::http::{Http, HttpMethod, HttpRequest};
use crate::model::{Endpoint, is_account_id};

/// Somebody who knows whose a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registrar {
    /// IAM, which lists the accounts that a caller can act in: its own.
    Iam(Endpoint),
    /// STS, which names the caller.
    Sts(Endpoint),
}

/// What came of asking one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The id of the account.
    Account(String),
    /// None that can be read.
    Nothing,
    /// The credential was refused there: enough refusals lock it.
    Refused,
}

/// The headers that a signed request has, or one with a token.
const HEADERS: [&str; 5] = [
    "content-type",
    "x-sdk-date",
    "authorization",
    "x-security-token",
    "x-auth-token",
];

impl fmt::Display for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.endpoint(), self.path())
    }
}

impl Registrar {
    const fn endpoint(&self) -> &Endpoint {
        match self {
            Self::Iam(endpoint) | Self::Sts(endpoint) => endpoint,
        }
    }

    const fn path(&self) -> &'static str {
        match self {
            Self::Iam(_) => "/v3/auth/domains",
            Self::Sts(_) => "/v5/caller-identity",
        }
    }

    /// The account in a 200 answer, where its id has the form of one: nothing else of the body is kept.
    fn account(&self, body: &[u8]) -> Option<String> {
        let id = match self {
            Self::Iam(_) => serde_json::from_slice::<Domains>(body).ok()?.only()?,
            Self::Sts(_) => serde_json::from_slice::<Identity>(body).ok()?.account_id,
        };
        Some(id).filter(|id| is_account_id(id))
    }
}

#[derive(Deserialize)]
struct Domains {
    domains: Vec<Domain>,
}

#[derive(Deserialize)]
struct Domain {
    id: String,
}

#[derive(Deserialize)]
struct Identity {
    account_id: String,
}

impl Domains {
    /// Of several, nobody knows which one is the caller's own.
    fn only(mut self) -> Option<String> {
        let last = self.domains.pop()?;
        self.domains.is_empty().then_some(last.id)
    }
}

impl Client {
    /// Asks one of those who know, as the credential of now. Goes alone where nothing has proved the credential yet.
    pub async fn ask_whose(&self, registrar: &Registrar, within: Duration) -> Word {
        let Ok(identity) = self.keyring.current().await else {
            return Word::Nothing;
        };
        // Held until the answer is there. It says nothing of the service, and so nothing is passed on.
        let Ok(_alone) = self.probe().await else {
            return Word::Nothing;
        };
        let settings = ClientSettings {
            timeout: within,
            connect_timeout: within,
            ..self.settings.clone()
        };
        let Ok(http) = Http::new(registrar.endpoint(), &settings) else {
            return Word::Nothing;
        };
        let headers = identity.headers_at(http.base(), registrar.path(), Timestamp::now());
        let request = HttpRequest {
            method: HttpMethod::Get,
            path: registrar.path(),
            headers: &texts(&headers),
            json: None,
            secrets: &[] as &[SecretString],
        };
        match http.send(request).await {
            Ok(answer) if answer.status == 401 => Word::Refused,
            Ok(answer) if answer.status == 200 => registrar.account(&answer.body).map_or(Word::Nothing, Word::Account),
            Ok(_) | Err(_) => Word::Nothing,
        }
    }
}

fn texts(headers: &HeaderMap) -> Vec<(&'static str, &str)> {
    let text = |name: &'static str| Some((name, headers.get(name)?.to_str().ok()?));
    HEADERS.into_iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iam_and_sts_name_the_account_and_nothing_else_counts() {
        let endpoint = || Endpoint::parse("https://iam.example").expect("an endpoint");
        let (iam, sts) = (Registrar::Iam(endpoint()), Registrar::Sts(endpoint()));
        let id = "0123456789abcdef0123456789abcdef";
        for (registrar, body, expected) in [
            (
                &iam,
                format!(r#"{{"domains":[{{"id":"{id}","name":"a"}}],"links":{{}}}}"#),
                Some(id),
            ),
            (
                &iam,
                format!(r#"{{"domains":[{{"id":"{id}"}},{{"id":"{id}"}}]}}"#),
                None,
            ),
            (&iam, r#"{"domains":[]}"#.to_owned(), None),
            (&iam, r#"{"domains":[{"id":"secret"}]}"#.to_owned(), None),
            (&iam, format!(r#"{{"account_id":"{id}"}}"#), None),
            (
                &sts,
                format!(r#"{{"account_id":"{id}","principal_urn":"iam::x","principal_id":"y"}}"#),
                Some(id),
            ),
            (&sts, r#"{"account_id":7}"#.to_owned(), None),
            (&sts, String::new(), None),
        ] {
            assert_eq!(registrar.account(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
