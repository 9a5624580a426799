//! What proves to the service who asks. Secrets are redacted types: they reach the signer and nothing else.

use std::sync::Arc;

use secrecy::SecretString;

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
