//! A token of IAM for a user and a password.
//!
//! One question, one answer: whether to ask again is only said. A wrong password is never tried twice, because enough of
//! them lock an account.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::login::{Login, Project};
use crate::model::{Credential, IssuerKind, Lease, is_account_id};
use crate::swr::{ClientError, ClientSettings, Http, HttpAnswer, HttpMethod, HttpRequest, IssueError, Issuer, Retry};

/// Without the catalogue of services, which is most of an answer.
const PATH: &str = "/v3/auth/tokens?nocatalog=true";
const TOKEN: &str = "x-subject-token";
/// What IAM says of a project that is not there. The answer has no code that says it.
const NO_PROJECT: &str = "could not find project";

/// The account's identity service, and who asks it.
pub(super) struct Iam {
    http: Http,
    login: Login,
    /// The password as it is, and as it stands in the question: an answer may repeat either.
    secrets: [SecretString; 2],
}

/// What of an answer is read. The token itself stands in a header.
#[derive(Deserialize)]
struct Document {
    token: TokenLife,
}

#[derive(Deserialize)]
struct TokenLife {
    expires_at: Option<String>,
    issued_at: Option<String>,
}

/// What is read of it beside that: a life is read whatever these are.
#[derive(Deserialize)]
struct OwnerDocument {
    token: TokenOwner,
}

/// The account of the project is the one that the service is asked for.
#[derive(Deserialize)]
struct TokenOwner {
    project: Option<InDomain>,
    user: Option<InDomain>,
}

#[derive(Deserialize)]
struct InDomain {
    domain: Option<Domain>,
}

#[derive(Deserialize)]
struct Domain {
    id: String,
}

impl Iam {
    pub(super) fn new(login: Login, settings: &ClientSettings) -> Result<Self, ClientError> {
        Ok(Self {
            http: Http::new(&login.iam, settings)?,
            secrets: [login.password.clone(), as_written(&login.password)],
            login,
        })
    }

    async fn token(&self) -> Result<Lease, IssueError> {
        let body = body(&self.login);
        let request = HttpRequest {
            method: HttpMethod::Post,
            path: PATH,
            headers: &[],
            json: Some(&body),
            secrets: &self.secrets,
        };
        let answer = self.http.send(request).await.map_err(|error| {
            let failure = error.failure(self.says(&format!("could not be reached: {error}")));
            IssueError::new(IssuerKind::Iam, failure, error.retry)
        })?;
        let refused = |issuer, what: &str| IssueError {
            is_refusal: true,
            ..IssueError::new(issuer, answer.failure(self.says(what)), Retry::No)
        };
        match answer.status {
            201 => self.lease(&answer),
            400 | 401 | 403 | 404 if answer.mentions(NO_PROJECT) => Err(refused(
                IssuerKind::IamProject,
                &format!("knows no project {} of this account", self.login.project),
            )),
            401 if !answer.is_page() => Err(refused(IssuerKind::IamLogin, "refused the user and password")),
            _ => {
                let failure = answer.failure(self.says("issued no token"));
                Err(IssueError::new(IssuerKind::Iam, failure, answer.retry()))
            }
        }
    }

    fn lease(&self, answer: &HttpAnswer) -> Result<Lease, IssueError> {
        let token = answer.header(TOKEN).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            let failure = answer.failure(self.says("answered without a token"));
            IssueError::new(IssuerKind::Iam, failure, Retry::No)
        })?;
        Ok(Lease {
            credential: Credential::Token(token.to_owned().into()),
            lifetime: lifetime(&answer.body, answer.date()),
            account: account(&answer.body),
        })
    }

    fn says(&self, what: &str) -> String {
        format!("IAM at {} {what}", self.login.iam)
    }
}

impl Issuer for Iam {
    fn kind(&self) -> IssuerKind {
        IssuerKind::Iam
    }

    fn secrets(&self) -> Vec<SecretString> {
        self.secrets.to_vec()
    }

    fn issue(&self) -> BoxFuture<'_, Result<Lease, IssueError>> {
        Box::pin(self.token())
    }
}

fn body(login: &Login) -> SecretString {
    let project = match &login.project {
        Project::Id(id) => json!({ "id": id }),
        Project::Name(name) => json!({ "name": name }),
    };
    let user = json!({
        "name": login.user,
        "password": login.password.expose_secret(),
        "domain": { "name": login.domain },
    });
    let identity = json!({ "methods": ["password"], "password": { "user": user } });
    json!({ "auth": { "identity": identity, "scope": { "project": project } } })
        .to_string()
        .into()
}

/// A text as JSON writes it, without the quotes around.
fn as_written(text: &SecretString) -> SecretString {
    let quoted = json!(text.expose_secret()).to_string();
    quoted[1..quoted.len() - 1].to_owned().into()
}

/// How long a token lives from the answer on. Both ends are IAM's own, so that this machine's clock does not matter: of
/// what IAM calls its issue and of the answer's date whichever leaves less.
fn lifetime(body: &[u8], date: Option<Timestamp>) -> Option<Duration> {
    let document: Document = serde_json::from_slice(body).ok()?;
    let instant = |text: Option<String>| text?.parse::<Timestamp>().ok();
    let end = instant(document.token.expires_at)?;
    let begin = instant(document.token.issued_at).max(date)?;
    Duration::try_from(end.duration_since(begin))
        .ok()
        .filter(|life| !life.is_zero())
}

/// The account of a token, where its id has the form of one: nothing else of an issuer's body is kept.
fn account(body: &[u8]) -> Option<Arc<str>> {
    let OwnerDocument { token } = serde_json::from_slice(body).ok()?;
    let domain = |owner: Option<InDomain>| owner?.domain;
    let domain = domain(token.project).or_else(|| domain(token.user))?;
    is_account_id(&domain.id).then(|| domain.id.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_of_a_token_is_measured_by_iams_own_clock() {
        let life = |body: &str, date: Option<&str>| {
            let date = date.map(|date| date.parse().expect("a time"));
            lifetime(body.as_bytes(), date).map(|life| life.as_secs())
        };
        let whole =
            r#"{"token":{"expires_at":"2020-01-05T09:05:22.701000Z","issued_at":"2020-01-04T09:05:22.701000Z"}}"#;
        assert_eq!(life(whole, None), Some(86_400));
        assert_eq!(life(whole, Some("2020-01-04T09:05:22Z")), Some(86_400));
        assert_eq!(life(whole, Some("2020-01-05T09:05:12Z")), Some(10), "issued long ago");
        let bare = r#"{"token":{"expires_at":"2020-01-05T09:05:22Z"}}"#;
        assert_eq!(life(bare, Some("2020-01-05T09:05:12Z")), Some(10));
        assert_eq!(life(bare, None), None);
        assert_eq!(
            life(bare, Some("2020-01-05T09:05:22Z")),
            None,
            "over already: not believed"
        );
        for strange in ["", "{}", r#"{"token":{}}"#, r#"{"token":{"expires_at":"soon"}}"#] {
            assert_eq!(life(strange, Some("2020-01-05T09:05:12Z")), None, "{strange}");
        }
    }

    #[test]
    fn the_account_of_a_token_is_that_of_its_project() {
        let domain = |digit: &str| format!(r#"{{"domain":{{"id":"{}","name":"x"}}}}"#, digit.repeat(32));
        let read = |body: String| account(body.as_bytes()).map(|account| account.to_string());
        let (one, two) = (domain("1"), domain("2"));
        assert_eq!(
            read(format!(r#"{{"token":{{"project":{one},"user":{two}}}}}"#)),
            Some("1".repeat(32))
        );
        assert_eq!(read(format!(r#"{{"token":{{"user":{two}}}}}"#)), Some("2".repeat(32)));
        for strange in [
            "",
            "{}",
            r#"{"token":{}}"#,
            r#"{"token":{"user":{"domain":{"id":"secret"}}}}"#,
        ] {
            assert_eq!(read(strange.to_owned()), None, "{strange}");
        }
    }
}
