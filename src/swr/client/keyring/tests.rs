//! When a credential is asked for, how often, and who waits; time is paused and the issuer is a script.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::{BoxFuture, join_all};
use reqwest::Url;
use secrecy::SecretString;

use super::*;
use crate::model::IssuerKind;

type Issued = Result<Lease, IssueError>;

/// Answers in this order, each after a second; then with new tokens that do not run out.
struct Script {
    answers: Mutex<VecDeque<Issued>>,
    asked: Arc<AtomicUsize>,
}

impl Issuer for Script {
    fn kind(&self) -> IssuerKind {
        IssuerKind::Iam
    }

    fn secrets(&self) -> Vec<SecretString> {
        Vec::new()
    }

    fn issue(&self) -> BoxFuture<'_, Issued> {
        Box::pin(async {
            let number = self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let answer = lock(&self.answers).pop_front();
            answer.unwrap_or_else(|| Ok(lease(&format!("token {number}"), None)))
        })
    }
}

fn recipient() -> Recipient {
    Recipient {
        base: Url::parse("https://swr.example").expect("a URL"),
        project: None,
        secrets: Vec::new(),
    }
}

struct Stage {
    keyring: Keyring,
    asked: Arc<AtomicUsize>,
}

impl Stage {
    fn new(answers: impl IntoIterator<Item = Issued>) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let script = Script {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Arc::clone(&asked),
        };
        let random = fastrand::Rng::with_seed(1);
        let keyring = Keyring::renewed_by(Box::new(script), recipient(), RetryPolicy::new(2), random);
        Self { keyring, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// So many callers at once.
    async fn crowd(&self, size: usize) -> Vec<Result<Arc<Identity>, IssueError>> {
        join_all((0..size).map(|_| self.keyring.current())).await
    }

    async fn current(&self) -> Arc<Identity> {
        self.keyring.current().await.expect("there is one")
    }
}

fn lease(token: &str, seconds: Option<u64>) -> Lease {
    Lease {
        credential: Credential::Token(token.to_owned().into()),
        lifetime: seconds.map(Duration::from_secs),
        account: None,
    }
}

fn failed(retry: Retry, is_refusal: bool) -> IssueError {
    let failure = Failure {
        detail: "no".to_owned(),
        ..Failure::unasked(UnknownClass::Unauthenticated)
    };
    IssueError {
        is_refusal,
        ..IssueError::new(IssuerKind::Iam, failure, retry)
    }
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn all_same(identities: &[Result<Arc<Identity>, IssueError>], one: &Arc<Identity>) -> bool {
    let is_one = |identity: &Result<Arc<Identity>, _>| identity.as_ref().is_ok_and(|other| Arc::ptr_eq(other, one));
    identities.iter().all(is_one)
}

#[tokio::test(start_paused = true)]
async fn the_first_is_asked_for_once_however_many_wait() {
    let stage = Stage::new([]);
    let all = stage.crowd(64).await;
    assert!(all_same(&all, &stage.current().await));
    assert_eq!(stage.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_renewed_ten_minutes_or_a_tenth_before_its_end() {
    for (life, margin) in [(86_400, 600), (100, 10), (6000, 600), (1, 0)] {
        let stage = Stage::new([Ok(lease("first", Some(life))), Ok(lease("second", Some(life)))]);
        let first = stage.current().await;
        // The answer took a second of that life.
        pass((life - margin).saturating_sub(2)).await;
        if life > 1 {
            assert!(all_same(&stage.crowd(8).await, &first), "{life}");
            assert_eq!(stage.asked(), 1, "{life}");
            pass(1).await;
        }
        let second = stage.crowd(1).await;
        assert!(!all_same(&second, &first), "{life}");
        assert_eq!(stage.asked(), 2, "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_one_renews_early_the_others_go_on_with_the_old_one() {
    let stage = Stage::new([Ok(lease("first", Some(100)))]);
    let first = stage.current().await;
    pass(95).await;
    let all = stage.crowd(8).await;
    assert!(!all_same(&all[..1], &first) && all_same(&all[1..], &first));
    assert_eq!(stage.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_with_one_that_has_run_out() {
    let stage = Stage::new([Ok(lease("first", Some(100)))]);
    let first = stage.current().await;
    pass(99).await;
    let all = stage.crowd(64).await;
    let second = stage.current().await;
    assert!(all_same(&all, &second) && !Arc::ptr_eq(&first, &second));
    assert_eq!(stage.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_early_renewal_that_fails_is_tried_again_while_the_old_one_is_good() {
    let unreachable = || Err(failed(Retry::Backoff, false));
    let stage = Stage::new([Ok(lease("first", Some(1000))), unreachable(), unreachable()]);
    let first = stage.current().await;
    pass(899).await;
    assert!(all_same(&stage.crowd(1).await, &first));
    assert!(all_same(&stage.crowd(8).await, &first));
    assert_eq!(stage.asked(), 2, "once, and then not for a while");
    pass(50).await;
    assert!(all_same(&stage.crowd(8).await, &first));
    assert_eq!(stage.asked(), 3);
    pass(30).await;
    assert!(!all_same(&stage.crowd(1).await, &first));
    assert_eq!(stage.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_the_last_word() {
    let stage = Stage::new([Ok(lease("first", Some(1000))), Err(failed(Retry::No, true))]);
    let first = stage.current().await;
    pass(950).await;
    assert!(all_same(&stage.crowd(8).await, &first));
    pass(30).await;
    assert!(all_same(&stage.crowd(8).await, &first), "it is good still");
    pass(30).await;
    assert!(stage.crowd(8).await.iter().all(Result::is_err));
    assert!(stage.keyring.renew(&first).await.is_err());
    assert_eq!(stage.asked(), 2, "every further one would be another wrong password");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_tried_once() {
    let stage = Stage::new([Err(failed(Retry::No, true))]);
    assert!(stage.crowd(64).await.iter().all(Result::is_err));
    assert!(stage.crowd(64).await.iter().all(Result::is_err));
    assert_eq!(stage.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_fails_is_asked_again_as_the_policy_says() {
    let stage = Stage::new([Err(failed(Retry::Backoff, false)), Err(failed(Retry::Once, false))]);
    assert!(stage.crowd(8).await.iter().all(Result::is_ok));
    assert_eq!(stage.asked(), 3);
    let stage = Stage::new(std::iter::repeat_n(Err(failed(Retry::Backoff, false)), 3));
    assert!(stage.crowd(8).await.iter().all(Result::is_err));
    assert_eq!(stage.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_was_refused_is_one_renewal() {
    let stage = Stage::new([]);
    let first = stage.current().await;
    let renewed = join_all((0..64).map(|_| stage.keyring.renew(&first))).await;
    assert!(renewed.iter().all(|renewed| matches!(renewed, Ok(true))));
    let second = stage.current().await;
    assert!(!Arc::ptr_eq(&first, &second));
    assert!(matches!(stage.keyring.renew(&first).await, Ok(true)), "a straggler");
    assert_eq!(stage.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_credential_again_is_no_renewal() {
    let stage = Stage::new([Ok(lease("only", None)), Ok(lease("only", None))]);
    stage.current().await;
    for _ in 0..3 {
        let refused = stage.current().await;
        assert!(matches!(stage.keyring.renew(&refused).await, Ok(false)));
    }
    assert_eq!(stage.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_may_give_up_and_the_next_one_asks() {
    let stage = Stage::new([]);
    let given_up = tokio::time::timeout(Duration::from_millis(500), stage.keyring.current()).await;
    assert!(given_up.is_err());
    assert!(stage.crowd(8).await.iter().all(Result::is_ok));
    assert_eq!(stage.asked(), 2);
}

#[tokio::test]
async fn a_ready_credential_is_never_renewed() {
    let token = Credential::Token("a-ready-token".to_owned().into());
    let keyring = Keyring::ready(&recipient(), &token).expect("it can be sent");
    let identity = keyring.current().await.expect("it is there");
    assert!(matches!(keyring.renew(&identity).await, Ok(false)));
}
