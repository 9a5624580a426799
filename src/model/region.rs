//! The public cloud's regions that offer SWR, with their endpoints.
//!
//! The table is data of the vendor's SDKs and region pages, kept beside this file. A region that is missing here is no
//! error in itself: private clouds and new regions come with an explicit endpoint.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// One region of the table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Region {
    /// Its id, for instance `cn-north-4`.
    pub id: String,
    /// The base URL of SWR's management API.
    pub swr: String,
    /// The base URL of the region's IAM.
    pub iam: String,
}

static TABLE: LazyLock<BTreeMap<String, Region>> = LazyLock::new(|| {
    let regions: Vec<Region> = serde_json::from_str(include_str!("regions.json")).expect("the embedded table is valid");
    regions.into_iter().map(|region| (region.id.clone(), region)).collect()
});

/// The region of that id, if the table has it.
pub fn region(id: &str) -> Option<&'static Region> {
    TABLE.get(id)
}

/// Every region of the table, by id.
pub fn known_regions() -> impl Iterator<Item = &'static Region> {
    TABLE.values()
}

/// The domains of the clouds of this family that are known, each a cloud of its own.
const CLOUDS: [&str; 5] = [
    "myhuaweicloud.com",
    "myhuaweicloud.eu",
    "otc.t-systems.com",
    "prod-cloud-ocb.orange-business.com",
    "hc.sbercloud.ru",
];

/// The known cloud that a host belongs to, by its domain.
pub fn known_cloud(host: &str) -> Option<&'static str> {
    let is_within = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    CLOUDS.into_iter().find(|domain| is_within(domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Endpoint;

    #[test]
    fn every_region_of_the_table_is_of_a_known_cloud() {
        for region in known_regions() {
            let endpoint = Endpoint::parse(&region.swr).expect("a sound endpoint");
            let cloud = known_cloud(endpoint.host()).expect("a known cloud");
            assert_eq!(region.swr, format!("https://swr-api.{}.{cloud}", region.id));
        }
        for host in [
            "myhuaweicloud.com",
            "evilmyhuaweicloud.com",
            "swr.corp.example",
            "127.0.0.1",
        ] {
            assert_eq!(known_cloud(host), None, "{host}");
        }
    }

    #[test]
    fn the_table_is_whole_and_every_endpoint_is_https() {
        assert_eq!(known_regions().count(), 35);
        for region in known_regions() {
            assert!(region.swr.starts_with("https://swr-api."), "{region:?}");
            assert!(region.iam.starts_with("https://iam."), "{region:?}");
        }
    }

    #[test]
    fn europe_has_a_domain_of_its_own() {
        assert_eq!(
            region("eu-west-101").map(|r| r.swr.as_str()),
            Some("https://swr-api.eu-west-101.myhuaweicloud.eu")
        );
    }
}
