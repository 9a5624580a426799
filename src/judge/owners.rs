//! Which account the answers of each source name: known only where they all name the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Plan;

/// By source; `None`: several were named.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<Arc<str>, Option<Arc<str>>>);

impl Owners {
    /// What the overviews name.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut owners = Self::default();
        for account in &plan.accounts {
            if let Some(id) = &account.listing.account {
                owners.take(&account.source.name, id);
            }
        }
        owners
    }

    pub(super) fn take(&mut self, source: &Arc<str>, account: &Arc<str>) {
        match self.0.get_mut(source) {
            None => {
                self.0.insert(Arc::clone(source), Some(Arc::clone(account)));
            }
            Some(known) if known.as_ref() == Some(account) => {}
            Some(known) => *known = None,
        }
    }

    pub(super) fn close(self) -> BTreeMap<Arc<str>, Arc<str>> {
        let known = self
            .0
            .into_iter()
            .filter_map(|(source, account)| Some((source, account?)));
        known.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_known_where_all_answers_name_the_same() {
        let mut owners = Owners::default();
        for (source, account) in [("a", "x"), ("a", "x"), ("b", "x"), ("b", "y"), ("b", "x")] {
            owners.take(&source.into(), &account.into());
        }
        assert_eq!(owners.close(), BTreeMap::from([("a".into(), "x".into())]));
    }
}
