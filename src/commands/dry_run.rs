//! `run --dry-run`: what would be asked, how often, and how long that takes. No request, no credential, no report.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use super::ServiceSettings;
use crate::model::{Inventory, ListingOrders, Plan, Source};
use crate::report::{counted, selection};

/// How long an answer is taken to need: the service documents nothing, and nobody has asked it yet.
const ASSUMED_ANSWER: Duration = Duration::from_millis(50);

/// The price of a run, as text for stdout.
pub(super) fn price(inventory: &Inventory, orders: &ListingOrders, plan: &Plan, settings: &ServiceSettings) -> String {
    let mut text: String = inventory
        .sources
        .iter()
        .map(|source| of_source(source, orders, plan))
        .collect();
    let lookups = inventory
        .sources
        .iter()
        .filter(|source| source.account_id.is_some())
        .count();
    let asked = plan.repositories.len() + orders.repositories.len() + 2 * orders.namespaces.len() + lookups;
    for idle in &plan.idle_scopes {
        writeln!(text, "{}", selection::empty(idle.scope.as_str())).expect("a string takes everything");
    }
    writeln!(
        text,
        "total         at least {}: those take {} with {} in flight{} and {} ms for an answer (assumed: the \
         service documents no rate)",
        counted(asked, "request", "requests"),
        spoken(duration(asked, settings.concurrency, settings.rate)),
        settings.concurrency,
        settings
            .rate
            .map_or_else(String::new, |rate| format!(", {rate} a second")),
        ASSUMED_ANSWER.as_millis()
    )
    .expect("a string takes everything");
    text
}

fn of_source(source: &Source, orders: &ListingOrders, plan: &Plan) -> String {
    let mine = plan
        .repositories
        .iter()
        .filter(|planned| planned.id.source == source.name);
    let asked = mine.clone().count();
    let namespaces: BTreeSet<&str> = mine.map(|planned| planned.id.namespace.as_str()).collect();
    let skipped = plan.skipped.iter().filter(|skipped| skipped.source == source.name);
    let (repositories, whole): (Vec<_>, Vec<_>) = skipped.partition(|skipped| skipped.repository().is_some());
    let listed = orders
        .repositories
        .iter()
        .filter(|(name, _)| *name == source.name)
        .count();
    let accounts = orders.namespaces.iter().filter(|name| **name == source.name).count();
    let discovers = if listed > 0 {
        ", and one for each that is discovered"
    } else {
        ""
    };
    let account = match source.account_id {
        Some(_) => "  account     1 request, whose credential it is; IAM and STS are asked where SWR does not say\n",
        None => "",
    };
    format!(
        "source {} ({}, {})
{account}  lists       {}
  rules       {}, one for each repository{discovers}
  namespaces  up to {}, one look where a repository of it is absent or refused
  skipped     {} and {}, no request
",
        source.name,
        source.region,
        source.endpoint,
        lists(listed, accounts),
        counted(asked, "request", "requests"),
        namespaces.len(),
        counted(repositories.len(), "repository", "repositories"),
        counted(whole.len(), "namespace", "namespaces"),
    )
}

/// What is asked for names: a request for each thousand of them.
fn lists(namespaces: usize, accounts: usize) -> String {
    let account = match accounts {
        0 => "",
        _ => ", and 2 for the account's namespaces",
    };
    match namespaces {
        0 if accounts == 0 => "nothing, no request".to_owned(),
        0 => "2 requests, for the account's namespaces".to_owned(),
        count => format!(
            "at least {}, one for each namespace and thousand of repositories{account}",
            counted(count, "request", "requests")
        ),
    }
}

/// As long as the answers take, or as the user's rate lets them be asked for.
fn duration(requests: usize, concurrency: usize, rate: Option<f64>) -> Duration {
    let rounds = u32::try_from(requests.div_ceil(concurrency)).unwrap_or(u32::MAX);
    let answers = ASSUMED_ANSWER.saturating_mul(rounds);
    #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
    let paced = rate.map(|rate| Duration::from_secs_f64(requests as f64 / rate));
    paced.map_or(answers, |paced| paced.max(answers))
}

/// `a second or less`, `about 40 s`, `about 12 min`.
fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        0 => "a second or less".to_owned(),
        seconds @ 1..120 => format!("about {seconds} s"),
        seconds => format!("about {} min", seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_follows_from_rounds_of_answers() {
        for (requests, concurrency, text) in [
            (0, 16, "a second or less"),
            (320, 16, "about 1 s"),
            (16_000, 16, "about 50 s"),
            (100_000, 1, "about 83 min"),
        ] {
            assert_eq!(
                spoken(duration(requests, concurrency, None)),
                text,
                "{requests} at {concurrency}"
            );
        }
    }

    #[test]
    fn a_rate_makes_it_longer_and_never_shorter() {
        assert_eq!(spoken(duration(1000, 16, Some(10.0))), "about 100 s");
        assert_eq!(duration(1000, 1, Some(1e5)), duration(1000, 1, None));
    }
}
