//! What was issued while the simulator runs: tokens, temporary keys, and metadata tokens, and how long each is good.
//!
//! Who gets one, and how an answer is spelled, it does not know. Time comes in as an argument.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use crate::{
    answer::RequestId,
    secret::Secret,
    world::{AccessKey, Credentials, Server, User},
};

/// Documented: tokens and temporary keys live a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Default)]
pub(crate) struct Issued {
    tokens: HashMap<Vec<u8>, (User, Term)>,
    keys: HashMap<String, (AccessKey, Term)>,
    /// The key that the server was given last.
    last_key: Option<String>,
    metadata_tokens: HashSet<Vec<u8>>,
    count: u64,
}

/// How long something is good.
#[derive(Debug)]
struct Term {
    half: Instant,
    end: Instant,
    /// Requests left. `None`: any number.
    left: Option<u64>,
}

impl Term {
    fn new(now: Instant, millis: Option<u64>, left: Option<u64>) -> Term {
        let life = Duration::from_millis(millis.unwrap_or(DAY));
        Term {
            half: now + life / 2,
            end: now + life,
            left,
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        now >= self.end || self.left == Some(0)
    }

    /// Takes one request.
    fn admits(&mut self, now: Instant) -> bool {
        if self.is_over(now) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

impl Issued {
    /// A new token of that user, and how long it lives.
    pub(crate) fn token(&mut self, user: &User, now: Instant) -> (Secret, Duration) {
        let token = format!("issued-token/{}+=", self.next());
        let term = Term::new(now, user.token_millis, user.token_requests);
        let life = term.end - now;
        self.tokens.insert(token.clone().into_bytes(), (user.clone(), term));
        (token.into(), life)
    }

    /// Whether a token is good, and if so for one request less. `None`: it was never issued.
    pub(crate) fn admit_token(&mut self, credentials: &Credentials, token: &[u8], now: Instant) -> Option<bool> {
        let (user, term) = self.tokens.get_mut(token)?;
        let stays = |known: &User| (&known.name, &known.password) == (&user.name, &user.password);
        Some(credentials.users.iter().any(stays) && term.admits(now))
    }

    /// The key of a server, and how long it lives still: the last one, as long as half of its life is before it.
    pub(crate) fn key_of(&mut self, server: &Server, now: Instant) -> (AccessKey, Duration) {
        let last = self.last_key.as_ref().and_then(|ak| self.keys.get(ak));
        if let Some((key, term)) = last.filter(|(_, term)| now < term.half && !term.is_over(now)) {
            return (key.clone(), term.end - now);
        }
        let digits = self.next();
        let key = AccessKey {
            ak: format!("ISSUEDKEY{}", digits[..11].to_ascii_uppercase()),
            sk: format!("issued-secret/{digits}+=").into(),
            security_token: Some(format!("issued-security-token/{digits}+=").into()),
        };
        let term = Term::new(now, server.key_millis, server.key_requests);
        let life = term.end - now;
        self.last_key = Some(key.ak.clone());
        self.keys.insert(key.ak.clone(), (key.clone(), term));
        (key, life)
    }

    /// The temporary key of that id, good or over.
    pub(crate) fn key(&self, ak: &str) -> Option<AccessKey> {
        self.keys.get(ak).map(|(key, _)| key.clone())
    }

    /// Whether a temporary key is good, and if so for one request less.
    pub(crate) fn admit_key(&mut self, ak: &str, now: Instant) -> bool {
        self.keys.get_mut(ak).is_some_and(|(_, term)| term.admits(now))
    }

    /// What the metadata service wants to see before it gives a key.
    pub(crate) fn metadata_token(&mut self) -> Secret {
        let token = format!("issued-metadata-token/{}", self.next());
        self.metadata_tokens.insert(token.clone().into_bytes());
        token.into()
    }

    pub(crate) fn knows_metadata_token(&self, token: &[u8]) -> bool {
        self.metadata_tokens.contains(token)
    }

    /// 32 hexadecimal digits, another time others.
    fn next(&mut self) -> String {
        self.count += 1;
        // From a range of its own, so that no secret looks like the id of a request.
        RequestId::number(self.count | 1 << 40).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> User {
        User {
            name: "auditor".to_owned(),
            password: "word".into(),
            domain: "example".to_owned(),
            token_millis: Some(1000),
            token_requests: Some(2),
        }
    }

    fn credentials() -> Credentials {
        Credentials {
            users: vec![user()],
            ..Credentials::default()
        }
    }

    #[test]
    fn a_token_ends_with_its_time_its_requests_or_its_password() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let mut issued = Issued::default();
        let mut token = || issued.token(&user(), now).0.reveal().as_bytes().to_vec();
        let (used, old, changed) = (token(), token(), token());
        let mut admit = |credentials: &Credentials, token: &[u8], now| issued.admit_token(credentials, token, now);
        let known = credentials();
        let admitted: Vec<_> = (0..3).map(|_| admit(&known, &used, now)).collect();
        assert_eq!(admitted, [Some(true), Some(true), Some(false)]);
        assert_eq!(admit(&known, &old, later), Some(false));
        let mut other = credentials();
        other.users[0].password = "another".into();
        assert_eq!(admit(&other, &changed, now), Some(false));
        assert_eq!(admit(&known, &changed, now), Some(true));
        assert_eq!(admit(&known, b"none", now), None);
    }

    #[test]
    fn a_server_has_one_key_until_half_of_its_life() {
        let now = Instant::now();
        let server = Server {
            key_millis: Some(1000),
            key_requests: Some(1),
            ..Server::default()
        };
        let mut issued = Issued::default();
        let (first, life) = issued.key_of(&server, now);
        assert_eq!(life, Duration::from_secs(1));
        let at = |millis| now + Duration::from_millis(millis);
        assert_eq!(issued.key_of(&server, at(499)).0, first);
        assert!(issued.admit_key(&first.ak, at(499)));
        assert!(!issued.admit_key(&first.ak, at(499)), "used up");
        let second = issued.key_of(&server, at(499)).0;
        assert_ne!(second, first);
        assert_ne!(issued.key_of(&server, at(1000)).0, second);
        assert_eq!(issued.key(&first.ak), Some(first));
    }
}
