//! What a client knows of whoever issues its credentials: how to ask for one, and what it means to get none.
//!
//! How an issuer is asked, and what it is, is its own matter; here it is a trait.

use futures::future::BoxFuture;
use secrecy::SecretString;
use thiserror::Error;

use super::retry::Retry;
use crate::model::{Failure, IssuerKind, Lease, UnknownClass};

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
#[error("{detail}")]
pub struct IssueError {
    /// Who was asked.
    pub issuer: IssuerKind,
    /// What went wrong, with the address that was asked.
    pub detail: String,
    /// Whether to ask again at once.
    pub retry: Retry,
    /// Whether the issuer itself said no: another attempt is another wrong password, and enough of them lock an account.
    pub is_refusal: bool,
}

impl IssueError {
    /// Why a call that needed the credential has no answer.
    pub(super) fn failure(&self) -> Failure {
        Failure {
            detail: self.detail.clone(),
            issuer: Some(self.issuer),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        }
    }
}
