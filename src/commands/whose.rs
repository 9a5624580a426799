//! Whose credential a source is asked with, where the inventory says whose it has to be.
//!
//! The service itself is asked first: that question is the probe that a run needs anyway. Who else may be asked is decided
//! with the credential. Nothing here is fatal but the answer that it is another account's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::model::{Failure, Obstacle, UnknownClass};
use crate::swr::{Call, Client, Registrar, Word};

/// How long one of them is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// What came of asking whose a credential is.
pub(super) enum Whose {
    /// This account's.
    Account(Arc<str>),
    /// Nobody said.
    Unknown,
    /// The service refused it.
    Refused(Failure),
}

/// What IAM and STS have said of one credential, for all sources that are asked with it.
#[derive(Default)]
pub(super) struct Registry(Mutex<Words>);

#[derive(Default)]
struct Words {
    /// By who said it; `None`: nothing that could be read.
    said: BTreeMap<String, Option<Arc<str>>>,
    /// Whether one of them refused the credential. It goes to no other then: enough refusals lock a key.
    is_refused: bool,
}

/// Asks the service, and then who else may be asked.
pub(super) async fn ask(client: &Client, registrars: &[Registrar], registry: &Registry) -> Whose {
    let turn = client.limiter().turn(|| true).await;
    if let Some(Ok(turn)) = turn {
        let exchange = client.ask_once(&Call::Overview, PATIENCE, turn).await;
        if let Some(account) = exchange.account() {
            return Whose::Account(account.into());
        }
        if let Some(refusal) = exchange.failure().filter(Failure::is_refusal) {
            return Whose::Refused(refusal);
        }
    }
    match registry.ask(client, registrars).await {
        Some(account) => Whose::Account(account),
        None => Whose::Unknown,
    }
}

impl Registry {
    async fn ask(&self, client: &Client, registrars: &[Registrar]) -> Option<Arc<str>> {
        let mut words = self.0.lock().await;
        for registrar in registrars {
            let name = registrar.to_string();
            if !words.said.contains_key(&name) && !words.is_refused {
                let word = client.ask_whose(registrar, PATIENCE).await;
                words.is_refused = word == Word::Refused;
                let account = match word {
                    Word::Account(account) => Some(Arc::from(account)),
                    Word::Nothing | Word::Refused => None,
                };
                words.said.insert(name.clone(), account);
            }
            if let Some(account) = words.said.get(&name).cloned().flatten() {
                return Some(account);
            }
        }
        None
    }
}

/// Why nothing is asked with a credential of another account.
pub(super) fn other_account(actual: &str, expected: &str) -> Failure {
    Failure {
        detail: format!("the credential is of the account {actual}, and `accountId` is {expected}"),
        obstacle: Some(Obstacle::OtherAccount),
        ..Failure::unasked(UnknownClass::Unauthenticated)
    }
}
