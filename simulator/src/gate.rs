//! What stands before the service: who is asking.
//!
//! It refuses with a reason; how a refusal is spelled, it does not know. Time comes in as an
//! argument.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use hyper::{HeaderMap, header::AUTHORIZATION};
use jiff::Timestamp;

use crate::{
    issued::Issued,
    signature::{Claim, Signed},
    world::{AccessKey, World},
};

/// Documented in the signing guide: after more than five failures in a row the key is refused.
const FAILURES_ALLOWED: u32 = 5;
/// And for so long.
const LOCKED: Duration = Duration::from_mins(5);

/// Why nobody gets in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Neither a signature nor a token, or none that can be read.
    Anonymous,
    UnknownKey(String),
    LockedKey,
    WrongSignature,
    LateSignature,
    WrongSecurityToken,
    UnknownToken,
    ExpiredToken,
}

/// The moment of a request, by both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    pub wall: Timestamp,
    pub steady: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub issued: Issued,
    failures: HashMap<String, Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    in_a_row: u32,
    locked_at: Option<Instant>,
}

impl Gate {
    pub(crate) fn authenticate(&mut self, world: &World, request: &Signed<'_>, now: Now) -> Result<(), Refusal> {
        if world.credentials.are_absent() {
            return Ok(());
        }
        if let Some(claim) = claim(request.headers) {
            return self.check_signature(world, &claim, request, now);
        }
        let token = request
            .headers
            .get("x-auth-token")
            .ok_or(Refusal::Anonymous)?
            .as_bytes();
        let is_among = |tokens: &[crate::Secret]| tokens.iter().any(|known| known.reveal().as_bytes() == token);
        if is_among(&world.credentials.tokens) {
            Ok(())
        } else if is_among(&world.credentials.expired_tokens) {
            Err(Refusal::ExpiredToken)
        } else {
            let known = self.issued.admit_token(&world.credentials, token, now.steady);
            match known {
                Some(true) => Ok(()),
                Some(false) => Err(Refusal::ExpiredToken),
                None => Err(Refusal::UnknownToken),
            }
        }
    }

    fn check_signature(
        &mut self,
        world: &World,
        claim: &Claim<'_>,
        request: &Signed<'_>,
        now: Now,
    ) -> Result<(), Refusal> {
        let locks = world.behaviour.key_lock;
        let past = self.failures.entry(claim.ak.to_owned()).or_default();
        if let Some(since) = past.locked_at.filter(|_| locks) {
            if now.steady.saturating_duration_since(since) < LOCKED {
                return Err(Refusal::LockedKey);
            }
            *past = Failures::default();
        }
        let skew = world.behaviour.clock_skew_seconds;
        let known = world.credentials.access_keys.iter().find(|key| key.ak == claim.ak);
        let verdict = match (known, self.issued.key(claim.ak)) {
            (Some(key), _) => verify(key, claim, request, skew, now.wall),
            (None, Some(key)) => verify(&key, claim, request, skew, now.wall).and_then(|()| {
                let is_good = self.issued.admit_key(claim.ak, now.steady);
                is_good.then_some(()).ok_or(Refusal::ExpiredToken)
            }),
            (None, None) => Err(Refusal::UnknownKey(claim.ak.to_owned())),
        };
        if verdict.is_ok() {
            *past = Failures::default();
            return verdict;
        }
        past.in_a_row += 1;
        if locks && past.in_a_row > FAILURES_ALLOWED {
            past.locked_at = Some(now.steady);
            return Err(Refusal::LockedKey);
        }
        verdict
    }
}

/// Who a request says it is from: an access key id, or `token`.
pub(crate) fn caller(headers: &HeaderMap) -> Option<&str> {
    claim(headers)
        .map(|claim| claim.ak)
        .or_else(|| headers.contains_key("x-auth-token").then_some("token"))
}

fn claim(headers: &HeaderMap) -> Option<Claim<'_>> {
    Claim::of(headers.get(AUTHORIZATION)?.to_str().ok()?)
}

fn verify(key: &AccessKey, claim: &Claim<'_>, request: &Signed<'_>, skew: u64, now: Timestamp) -> Result<(), Refusal> {
    let date = request.date().ok_or(Refusal::WrongSignature)?;
    if now.duration_since(date).unsigned_abs() > Duration::from_secs(skew) {
        return Err(Refusal::LateSignature);
    }
    if let Some(expected) = &key.security_token {
        let actual = request.header("x-security-token");
        if actual != Some(expected.reveal().as_bytes()) || !claim.covers("x-security-token") {
            return Err(Refusal::WrongSecurityToken);
        }
    }
    if claim.holds(request, key.sk.reveal()) {
        Ok(())
    } else {
        Err(Refusal::WrongSignature)
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;
    use crate::Credentials;

    // The recorded vector of the smallest practical request.
    const AK: &str = "FAKEAK0123456789TEST";
    const SK: &str = "FakeSecretKey+/0123456789abcdefghijKLMN=";
    const RIGHT: &str = "2697476b7ae8bfa75acccd980d91cd6ede91f39cda77590896a06c991a865896";

    struct Stage {
        world: World,
        gate: Gate,
        start: Instant,
        wall: Timestamp,
    }

    impl Stage {
        fn new() -> Stage {
            let key = AccessKey {
                ak: AK.to_owned(),
                sk: SK.into(),
                security_token: None,
            };
            let credentials = Credentials {
                access_keys: vec![key],
                tokens: vec!["good".into()],
                expired_tokens: vec!["old".into()],
                ..Credentials::default()
            };
            Stage {
                world: World {
                    credentials,
                    ..World::default()
                },
                gate: Gate::default(),
                start: Instant::now(),
                wall: "2026-01-15T08:30:00Z".parse().expect("a time"),
            }
        }

        fn ask(&mut self, headers: &HeaderMap, seconds: u64) -> Result<(), Refusal> {
            let request = Signed {
                method: "GET",
                path: "/v2/manage/namespaces/group/repos/busybox/sync_repo",
                query: "",
                headers,
                authority: None,
                body: b"",
            };
            let now = Now {
                wall: self.wall,
                steady: self.start + Duration::from_secs(seconds),
            };
            self.gate.authenticate(&self.world, &request, now)
        }

        fn signed(&mut self, signature: &str, seconds: u64) -> Result<(), Refusal> {
            self.ask(&signed(AK, signature), seconds)
        }

        fn wrong(&mut self, seconds: u64) -> Result<(), Refusal> {
            self.signed(&RIGHT.replace('2', "3"), seconds)
        }
    }

    fn signed(ak: &str, signature: &str) -> HeaderMap {
        let line = format!("SDK-HMAC-SHA256 Access={ak}, SignedHeaders=host;x-sdk-date, Signature={signature}");
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("swr-api.cn-north-4.myhuaweicloud.com"));
        headers.insert("x-sdk-date", HeaderValue::from_static("20260115T083000Z"));
        headers.insert("authorization", line.parse().expect("a header"));
        headers
    }

    fn token(text: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-auth-token", HeaderValue::from_static(text));
        headers
    }

    #[test]
    fn the_right_key_and_the_right_token_get_in() {
        let mut stage = Stage::new();
        assert_eq!(stage.signed(RIGHT, 0), Ok(()));
        assert_eq!(stage.ask(&token("good"), 0), Ok(()));
        assert_eq!(stage.ask(&token("old"), 0), Err(Refusal::ExpiredToken));
        assert_eq!(stage.ask(&token("other"), 0), Err(Refusal::UnknownToken));
        assert_eq!(stage.ask(&HeaderMap::new(), 0), Err(Refusal::Anonymous));
        assert_eq!(
            stage.ask(&signed("OTHER", RIGHT), 0),
            Err(Refusal::UnknownKey("OTHER".to_owned()))
        );
    }

    #[test]
    fn without_credentials_nobody_is_asked() {
        let mut stage = Stage::new();
        stage.world.credentials = Credentials::default();
        assert_eq!(stage.ask(&HeaderMap::new(), 0), Ok(()));
        assert_eq!(stage.wrong(0), Ok(()));
    }

    #[test]
    fn a_temporary_key_needs_its_token() {
        let mut stage = Stage::new();
        stage.world.credentials.access_keys[0].security_token = Some("other".into());
        assert_eq!(stage.signed(RIGHT, 0), Err(Refusal::WrongSecurityToken));
        // There, but not covered by the signature.
        let mut headers = signed(AK, RIGHT);
        headers.insert("x-security-token", HeaderValue::from_static("other"));
        assert_eq!(stage.ask(&headers, 0), Err(Refusal::WrongSecurityToken));
    }

    #[test]
    fn fifteen_minutes_off_is_the_most_either_way() {
        for (wall, expected) in [
            ("2026-01-15T08:45:00Z", Ok(())),
            ("2026-01-15T08:15:00Z", Ok(())),
            ("2026-01-15T08:45:01Z", Err(Refusal::LateSignature)),
            ("2026-01-15T08:14:59Z", Err(Refusal::LateSignature)),
        ] {
            let mut stage = Stage::new();
            stage.wall = wall.parse().expect("a time");
            assert_eq!(stage.signed(RIGHT, 0), expected, "{wall}");
        }
    }

    #[test]
    fn the_sixth_failure_in_a_row_locks_the_key_for_five_minutes() {
        let mut stage = Stage::new();
        for second in 0..5 {
            assert_eq!(stage.wrong(second), Err(Refusal::WrongSignature));
        }
        assert_eq!(stage.wrong(5), Err(Refusal::LockedKey));
        assert_eq!(stage.signed(RIGHT, 6), Err(Refusal::LockedKey));
        assert_eq!(stage.ask(&token("good"), 6), Ok(()), "tokens are not concerned");
        assert_eq!(stage.signed(RIGHT, 304), Err(Refusal::LockedKey));
        assert_eq!(stage.signed(RIGHT, 305), Ok(()));
    }

    #[test]
    fn a_success_between_breaks_the_row() {
        let mut stage = Stage::new();
        for _ in 0..3 {
            for _ in 0..5 {
                assert_eq!(stage.wrong(0), Err(Refusal::WrongSignature));
            }
            assert_eq!(stage.signed(RIGHT, 0), Ok(()));
        }
    }

    #[test]
    fn the_lock_can_be_switched_off() {
        let mut stage = Stage::new();
        stage.world.behaviour.key_lock = false;
        for _ in 0..10 {
            assert_eq!(stage.wrong(0), Err(Refusal::WrongSignature));
        }
        assert_eq!(stage.signed(RIGHT, 0), Ok(()));
    }
}
