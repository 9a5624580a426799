//! The account that an answer names.

use std::sync::Arc;

use serde::Deserialize;

use super::json::Loose;

use crate::model::is_account_id;

/// Rules name their owner, and an account's numbers the account.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Rules(Vec<Owned>),
    Overview(Overview),
}

#[derive(Deserialize)]
struct Owned {
    #[serde(rename = "domainID")]
    domain_id: Option<String>,
}

#[derive(Deserialize)]
struct Overview {
    domain_id: Option<String>,
}

/// The id of the account in a 200 answer: rules, or the account's overview. Nothing is compared with it but another one, so
/// what has not the form of one is none.
pub(in crate::swr) fn account(body: &[u8]) -> Option<String> {
    let id = match serde_json::from_slice(body).ok()? {
        Named::Rules(rules) => rules.into_iter().find_map(|rule| rule.domain_id),
        Named::Overview(overview) => overview.domain_id,
    };
    id.filter(|id| is_account_id(id))
}

/// The accounts that the rules of one repository name as its owner, in order, none twice: mostly one.
pub(super) fn owners<'a>(named: impl Iterator<Item = &'a Loose<'a>>) -> Vec<Arc<str>> {
    let mut owners: Vec<Arc<str>> = Vec::new();
    for id in named.filter_map(Loose::text).filter(|id| is_account_id(id)) {
        if let Err(place) = owners.binary_search_by(|owner| (**owner).cmp(id)) {
            owners.insert(place, id.into());
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_the_overview_name_the_account() {
        let id = "0123456789abcdef0123456789abcdef";
        for (body, expected) in [
            (format!(r#"[{{"id":1,"domainID":"{id}"}}]"#), Some(id)),
            (format!(r#"[{{"id":1}},{{"id":2,"domainID":"{id}"}}]"#), Some(id)),
            (format!(r#"{{"domain_id":"{id}","repo_num":1}}"#), Some(id)),
            ("[]".to_owned(), None),
            (r#"[{"domainID":"p*********59"}]"#.to_owned(), None),
            (r#"[{"domainID":7}]"#.to_owned(), None),
            (r#"{"namespaces":[]}"#.to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(account(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
