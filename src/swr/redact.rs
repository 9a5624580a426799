//! Keeps our own credentials out of what is kept of answers.
//!
//! Error texts of the gateway repeat the access key (recorded: `ak ... not exist`), and a proxy may echo whole requests,
//! signatures among them. What reaches a journal or a report must not hold them, nor what would be read as one later:
//! JSON writers escape `/` and `=`, which tokens are full of.

use secrecy::{ExposeSecret as _, SecretString};

use crate::model::Credential;

const MARK: &str = "***";

/// Shorter text is no secret that anything could be searched for.
const SHORTEST: usize = 4;

/// In a 200 answer a short test key may be an honest name. Real keys and tokens are 20 characters and longer.
const SHORTEST_IN_CONTENT: usize = 16;

/// So many credentials are looked for in an answer: the current one and those before it. One lives for hours, an answer
/// for seconds.
const REMEMBERED: usize = 4;

/// In front of a signature's hexadecimal digits.
const SIGNATURE: &str = "Signature=";

/// What must not be kept.
pub(super) struct Redaction {
    /// By credential, the newest first.
    credentials: Vec<Vec<SecretString>>,
    /// All of them, the longest first: one may be part of another.
    secrets: Vec<SecretString>,
}

impl Redaction {
    pub(super) fn new(credential: &Credential) -> Self {
        Self::of(vec![secrets_of(credential)])
    }

    /// Of secrets that are no credential of the service.
    pub(super) fn of_secrets(secrets: &[SecretString]) -> Self {
        Self::of(vec![secrets.to_vec()])
    }

    /// This one, remembering those before it.
    pub(super) fn after(self, before: &Self) -> Self {
        let mut credentials = self.credentials;
        credentials.extend(before.credentials.iter().cloned());
        credentials.truncate(REMEMBERED);
        Self::of(credentials)
    }

    fn of(credentials: Vec<Vec<SecretString>>) -> Self {
        let mut secrets = credentials.concat();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self { credentials, secrets }
    }

    /// The body without the credential, should it echo it.
    pub(super) fn body(&self, status: u16, body: Vec<u8>) -> Vec<u8> {
        let shortest = if status == 200 { SHORTEST_IN_CONTENT } else { SHORTEST };
        if let Ok(text) = std::str::from_utf8(&body) {
            return self.clean(text, shortest).map_or(body, String::into_bytes);
        }
        // What is not UTF-8 is not JSON, and must not become it by being cleaned.
        let mut cleaned = Vec::with_capacity(body.len());
        for chunk in body.utf8_chunks() {
            match self.clean(chunk.valid(), shortest) {
                Some(text) => cleaned.extend_from_slice(text.as_bytes()),
                None => cleaned.extend_from_slice(chunk.valid().as_bytes()),
            }
            cleaned.extend_from_slice(chunk.invalid());
        }
        cleaned
    }

    /// The text without the credential.
    pub(super) fn text(&self, text: String) -> String {
        self.clean(&text, SHORTEST).unwrap_or(text)
    }

    /// `None` where there is nothing to hide: the common case costs a search and no copy.
    fn clean(&self, text: &str, shortest: usize) -> Option<String> {
        let is_suspect = text.contains('\\') || text.contains(SIGNATURE) || {
            let mut secrets = self.secrets(shortest);
            secrets.any(|secret| text.contains(secret))
        };
        if !is_suspect {
            return None;
        }
        let mut cleaned = String::with_capacity(text.len());
        let mut has_found = false;
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let hidden = self.hidden(rest, shortest);
            has_found |= hidden.is_some();
            match hidden {
                Some(_) => cleaned.push_str(MARK),
                None => cleaned.push(next),
            }
            rest = &rest[hidden.unwrap_or(next.len_utf8())..];
        }
        has_found.then_some(cleaned)
    }

    fn secrets(&self, shortest: usize) -> impl Iterator<Item = &str> {
        let secrets = self.secrets.iter().map(SecretString::expose_secret);
        secrets.filter(move |secret| secret.len() >= shortest)
    }

    /// How much of the front of the text is not to be kept.
    fn hidden(&self, text: &str, shortest: usize) -> Option<usize> {
        let secret = self.secrets(shortest).find_map(|secret| front(text, secret));
        secret.or_else(|| {
            let name = front(text, SIGNATURE)?;
            let digits = text[name..].bytes().take_while(u8::is_ascii_hexdigit).count();
            (digits > 0).then_some(name + digits)
        })
    }
}

fn secrets_of(credential: &Credential) -> Vec<SecretString> {
    match credential {
        Credential::Keys(keys) => {
            let access_key = SecretString::from(keys.access_key.to_string());
            let mut secrets = vec![keys.secret_key.clone(), access_key];
            secrets.extend(keys.security_token.clone());
            secrets
        }
        Credential::Token(token) => vec![token.clone()],
    }
}

/// How long `wanted` is at the front of the text, if it is there.
fn front(text: &str, wanted: &str) -> Option<usize> {
    wanted.chars().try_fold(0, |length, expected| {
        let (actual, more) = character(&text[length..])?;
        (actual == expected).then_some(length + more)
    })
}

/// The first character as JSON means it, and its length as it is written.
fn character(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    let escaped = text.strip_prefix('\\').and_then(|rest| match rest.chars().next()? {
        plain @ ('/' | '"' | '\\') => Some((plain, 2)),
        'u' => {
            let digits = rest
                .get(1..5)
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            let number = u32::from_str_radix(digits, 16).ok()?;
            char::from_u32(number).map(|character| (character, 6))
        }
        _ => None,
    });
    Some(escaped.unwrap_or((first, first.len_utf8())))
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
        assert_eq!(not_text, b"\xff ***");
    }

    #[test]
    fn credentials_that_ran_out_are_replaced_for_a_while() {
        let token = |number| Redaction::new(&Credential::Token(format!("the-token-number-{number}").into()));
        let redaction = (1..=REMEMBERED).fold(token(0), |before, number| token(number).after(&before));
        for number in 1..=REMEMBERED {
            let body = format!("[\"the-token-number-{number}\"]").into_bytes();
            assert_eq!(redaction.body(200, body), b"[\"***\"]", "{number}");
        }
        assert_eq!(redaction.text("the-token-number-0".to_owned()), "the-token-number-0");
    }

    #[test]
    fn echoed_signatures_are_replaced() {
        let redaction = redaction("HST3ACCESSKEY0123456");
        for (text, kept) in [
            ("SignedHeaders=host, Signature=0aF9 x", "SignedHeaders=host, *** x"),
            (r#""Signature\u003d0af9""#, r#""***""#),
            ("Signature=", "Signature="),
        ] {
            assert_eq!(redaction.body(200, text.into()), kept.as_bytes());
        }
    }

    #[test]
    fn escapes_of_json_hide_nothing() {
        let redaction = Redaction::new(&Credential::Token("token/with+signs==".to_owned().into()));
        for (text, kept) in [
            (r#"["token\/with+signs\u003d\u003D"]"#, r#"["***"]"#),
            (r#"["\u0074oken/with\u002bsigns=="] \u00"#, r#"["***"] \u00"#),
            (r#"["\ntoken/with+signs=="]"#, r#"["\n***"]"#),
            (r#"["\ud83d\x"]"#, r#"["\ud83d\x"]"#),
        ] {
            assert_eq!(redaction.body(200, text.into()), kept.as_bytes());
        }
    }

    #[test]
    fn a_short_test_key_does_not_change_content() {
        let redaction = redaction("test");
        let body = r#"[{"namespace":"test"}]"#;
        assert_eq!(redaction.body(200, body.into()), body.as_bytes());
        assert_eq!(redaction.body(401, b"ak test not exist".to_vec()), b"ak *** not exist");
    }
}
