//! What proves to the service who asks. Secrets are redacted types: they reach the signer and nothing else.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::words::words;

/// One way to be known to the service.
#[derive(Clone, Debug)]
pub enum Credential {
    /// An access key: every request is signed.
    Keys(Keys),
    /// A ready IAM token, sent as `X-Auth-Token`.
    Token(SecretString),
}

/// An access key with its secret.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The access key id: an identity, not a secret, but kept out of reports all the same.
    pub access_key: Arc<str>,
    /// The secret key.
    pub secret_key: SecretString,
    /// Present with temporary keys.
    pub security_token: Option<SecretString>,
}

/// A credential that was issued for a while.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The credential.
    pub credential: Credential,
    /// How long it lives from now on, by the issuer's own clock; `None`: the issuer did not tell. A span and not an
    /// instant, because this machine's clock may be wrong.
    pub lifetime: Option<Duration>,
    /// The id of the account that it is for, where the issuer said so.
    pub account: Option<Arc<str>>,
}

words! {
    /// Who issues credentials that run out; where none was issued, with what of the question was refused.
    pub enum IssuerKind {
        /// The account's identity service, which gives a token for a user and a password.
        Iam = "iam",
        /// The same, where it refused the user or the password.
        IamLogin = "iam-login",
        /// The same, where it knows no such project.
        IamProject = "iam-project",
        /// The metadata service of a cloud server: a temporary key of the server's agency.
        Metadata = "metadata",
    }
}

impl Credential {
    /// Whether it is the same one, issued again.
    pub fn is_same(&self, other: &Self) -> bool {
        let same = |one: &SecretString, other: &SecretString| one.expose_secret() == other.expose_secret();
        match (self, other) {
            (Self::Token(one), Self::Token(other)) => same(one, other),
            (Self::Keys(one), Self::Keys(other)) => {
                let tokens = [&one.security_token, &other.security_token];
                one.access_key == other.access_key
                    && same(&one.secret_key, &other.secret_key)
                    && match tokens {
                        [Some(one), Some(other)] => same(one, other),
                        [None, None] => true,
                        [Some(_), None] | [None, Some(_)] => false,
                    }
            }
            (Self::Keys(_), Self::Token(_)) | (Self::Token(_), Self::Keys(_)) => false,
        }
    }
}
