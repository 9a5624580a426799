//! Who asked a source, as far as that can be recorded without a secret: whether two runs asked as the same.

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::Credential;

/// Who asked. Without a credential and an account it could be anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// What the requests were authenticated with.
    pub credential: Option<CallerId>,
    /// The id of the account that an answer named.
    pub account: Option<Arc<str>>,
}

/// What tells one credential from another, and is no use to anybody else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerId {
    /// The first 16 hex digits of the SHA-256 of an access key's id.
    Key(String),
    /// Domain and name of a user who logs in.
    User(String),
    /// The first 16 hex digits of the SHA-256 of a ready token.
    Token(String),
}

/// Whether two runs asked as the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kinship {
    /// With one credential, or for one account.
    Same,
    /// For two accounts, in the order of the runs.
    TwoAccounts(Arc<str>, Arc<str>),
    /// Nothing shows that they did.
    Unproven,
}

impl Caller {
    /// Whether another run asks as this one did. Where both accounts are known, they decide; else the credential does.
    pub fn kinship(&self, later: &Self) -> Kinship {
        match (&self.account, &later.account) {
            (Some(account), Some(other)) if account == other => Kinship::Same,
            (Some(account), Some(other)) => Kinship::TwoAccounts(Arc::clone(account), Arc::clone(other)),
            (Some(_) | None, Some(_) | None) => {
                if self.credential.is_some() && self.credential == later.credential {
                    Kinship::Same
                } else {
                    Kinship::Unproven
                }
            }
        }
    }
}

impl CallerId {
    /// Of a key or token that stays the same for as long as it is given.
    pub fn of(credential: &Credential) -> Self {
        match credential {
            Credential::Keys(keys) => Self::Key(digest(&keys.access_key)),
            Credential::Token(token) => Self::Token(digest(token.expose_secret())),
        }
    }

    /// Of somebody who is issued one token after the other.
    pub fn user(domain: &str, name: &str) -> Self {
        Self::User(format!("{domain}/{name}"))
    }
}

fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..8])
}

/// Whether a text has the form of an account's id, as the service and its issuers write them.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Keys;

    fn caller(credential: Option<&str>, account: Option<&str>) -> Caller {
        Caller {
            credential: credential.map(|key| CallerId::Key(key.to_owned())),
            account: account.map(Arc::from),
        }
    }

    #[test]
    fn accounts_decide_where_both_are_known_and_else_the_credential_does() {
        let two_accounts = || Kinship::TwoAccounts("a".into(), "b".into());
        for (then, now, expected) in [
            ((Some("k"), Some("a")), (Some("k"), Some("a")), Kinship::Same),
            ((Some("k"), Some("a")), (Some("other"), Some("a")), Kinship::Same),
            ((Some("k"), Some("a")), (Some("k"), Some("b")), two_accounts()),
            ((Some("k"), Some("a")), (Some("k"), None), Kinship::Same),
            ((Some("k"), None), (Some("k"), Some("a")), Kinship::Same),
            ((Some("k"), Some("a")), (Some("other"), None), Kinship::Unproven),
            ((Some("k"), None), (Some("other"), None), Kinship::Unproven),
            // A journal of before, and a key that is not issued yet.
            ((None, None), (Some("k"), None), Kinship::Unproven),
            ((None, Some("a")), (Some("k"), None), Kinship::Unproven),
            ((None, Some("a")), (Some("k"), Some("a")), Kinship::Same),
            ((None, None), (None, None), Kinship::Unproven),
        ] {
            let then = caller(then.0, then.1);
            let now = caller(now.0, now.1);
            assert_eq!(then.kinship(&now), expected, "{then:?} {now:?}");
        }
    }

    #[test]
    fn a_key_and_a_token_are_known_by_a_part_of_their_hash() {
        let key = Credential::Keys(Keys {
            access_key: "TESTACCESSKEY".into(),
            secret_key: "secret".to_owned().into(),
            security_token: None,
        });
        // printf TESTACCESSKEY | sha256sum | cut -c1-16
        assert_eq!(CallerId::of(&key), CallerId::Key("99749a844663be73".to_owned()));
        let token = Credential::Token("token".to_owned().into());
        // printf token | sha256sum | cut -c1-16
        assert_eq!(CallerId::of(&token), CallerId::Token("3c469e9d6c5875d3".to_owned()));
    }

    #[test]
    fn an_account_is_32_hex_digits() {
        assert!(is_account_id("0123456789abcdef0123456789abcdef"));
        for text in [
            "",
            "0123456789abcdef",
            "0123456789ABCDEF0123456789ABCDEF",
            "p*********59",
        ] {
            assert!(!is_account_id(text), "{text}");
        }
    }
}
