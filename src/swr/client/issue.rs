//! What a client knows of whoever issues its credentials: how to ask for one, and what it means to get none.
//!
//! How an issuer is asked, and what it is, is its own matter; here it is a trait.

use futures::future::BoxFuture;
use secrecy::SecretString;
use thiserror::Error;

use crate::model::{Failure, IssuerKind, Lease};
use crate::swr::pace::retry::Retry;

/// Somebody who issues credentials that run out.
pub trait Issuer: Send + Sync {
    /// Who it is.
    fn kind(&self) -> IssuerKind;

    /// What it is asked with, and nobody may repeat.
    fn secrets(&self) -> Vec<SecretString>;

    /// Asks once for a credential. Dropping the future abandons the question.
    fn issue(&self) -> BoxFuture<'_, Result<Lease, IssueError>>;
}

/// Why no credential was issued. Shows no secret: neither what was asked with, nor what an answer echoed.
#[derive(Clone, Debug, Error)]
#[error("{}{}", failure.detail, answer(failure))]
pub struct IssueError {
    /// Why a call that needs the credential has no answer: with the address that was asked, and what came from there.
    pub failure: Box<Failure>,
    /// Whether to ask again at once.
    pub retry: Retry,
    /// Whether the issuer itself said no: another attempt is another wrong password, and enough of them lock an account.
    pub is_refusal: bool,
}

impl IssueError {
    /// That issuer issued none, for that reason, which may pass.
    pub fn new(issuer: IssuerKind, failure: Failure, retry: Retry) -> Self {
        Self {
            failure: Box::new(Failure {
                issuer: Some(issuer),
                ..failure
            }),
            retry,
            is_refusal: false,
        }
    }

    /// After so many attempts.
    pub(in crate::swr) fn after(mut self, attempts: u32) -> Self {
        self.failure.evidence.attempts = attempts;
        self
    }
}

/// ` (HTTP 401, IAM.0011, request id 5f2c)`, with what of it is there. An issuer's words are never quoted: what it was asked
/// for is a secret that nobody knows yet.
fn answer(failure: &Failure) -> String {
    let status = failure.http_status.map(|status| format!("HTTP {status}"));
    let page = failure.is_page.then(|| "an HTML page".to_owned());
    let id = failure
        .evidence
        .request_id
        .as_ref()
        .map(|id| format!("request id {id}"));
    let parts: Vec<String> = [status, page, failure.error_code.clone(), id]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}
