//! Keeps our own credentials out of what is kept of answers.
//!
//! Error texts of the gateway repeat the access key (recorded: `ak ... not exist`), and a proxy may echo whole requests.
//! What reaches a journal or a report must not hold them.

use secrecy::{ExposeSecret as _, SecretString};

use crate::model::Credential;

const MARK: &str = "***";

/// Shorter text is no secret that anything could be searched for.
const SHORTEST: usize = 4;

/// In a 200 answer a short test key may be an honest name. Real keys and tokens are 20 characters and longer.
const SHORTEST_IN_CONTENT: usize = 16;

/// What must not be kept.
pub(super) struct Redaction {
    secrets: Vec<SecretString>,
}

impl Redaction {
    pub(super) fn new(credential: &Credential) -> Self {
        let mut secrets = match credential {
            Credential::Keys(keys) => {
                let access_key = SecretString::from(keys.access_key.to_string());
                let mut secrets = vec![keys.secret_key.clone(), access_key];
                secrets.extend(keys.security_token.clone());
                secrets
            }
            Credential::Token(token) => vec![token.clone()],
        };
        // The longest first: one may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self { secrets }
    }

    /// The body without the credential, should it echo it.
    pub(super) fn body(&self, status: u16, body: Vec<u8>) -> Vec<u8> {
        let shortest = if status == 200 { SHORTEST_IN_CONTENT } else { SHORTEST };
        let Ok(text) = std::str::from_utf8(&body) else {
            // What is not UTF-8 is not JSON: it is kept for people to read only.
            return self
                .clean(&String::from_utf8_lossy(&body), shortest)
                .map_or(body, String::into_bytes);
        };
        self.clean(text, shortest).map_or(body, String::into_bytes)
    }

    /// The text without the credential.
    pub(super) fn text(&self, text: String) -> String {
        self.clean(&text, SHORTEST).unwrap_or(text)
    }

    /// `None` where there is nothing to hide: the common case costs a search and no copy.
    fn clean(&self, text: &str, shortest: usize) -> Option<String> {
        let mut cleaned: Option<String> = None;
        for secret in self.secrets.iter().map(SecretString::expose_secret) {
            let current = cleaned.as_deref().unwrap_or(text);
            if secret.len() >= shortest && current.contains(secret) {
                cleaned = Some(current.replace(secret, MARK));
            }
        }
        cleaned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Keys;

    fn redaction(access_key: &str) -> Redaction {
        Redaction::new(&Credential::Keys(Keys {
            access_key: access_key.into(),
            secret_key: format!("{access_key}+secret").into(),
            security_token: Some("a-security-token".to_owned().into()),
        }))
    }

    #[test]
    fn echoed_credentials_are_replaced() {
        let redaction = redaction("HST3ACCESSKEY0123456");
        for (status, text, kept) in [
            (401, "ak HST3ACCESSKEY0123456 not exist", "ak *** not exist"),
            (400, "HST3ACCESSKEY0123456+secret a-security-token", "*** ***"),
            (200, "[\"HST3ACCESSKEY0123456\"]", "[\"***\"]"),
            (200, "[]", "[]"),
        ] {
            assert_eq!(redaction.body(status, text.into()), kept.as_bytes());
        }
        assert_eq!(redaction.text("bad a-security-token".to_owned()), "bad ***");
        let not_text = redaction.body(502, b"\xff HST3ACCESSKEY0123456".to_vec());
        assert_eq!(not_text, "\u{fffd} ***".as_bytes());
    }

    #[test]
    fn a_short_test_key_does_not_change_content() {
        let redaction = redaction("test");
        let body = r#"[{"namespace":"test"}]"#;
        assert_eq!(redaction.body(200, body.into()), body.as_bytes());
        assert_eq!(redaction.body(401, b"ak test not exist".to_vec()), b"ak *** not exist");
    }
}
