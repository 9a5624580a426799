//! The public cloud's regions that offer SWR, with their endpoints and what the console calls them.
//!
//! The table is data of the vendor's SDKs and region pages, kept beside this file. A region that is missing here is no
//! error in itself: private clouds come with an explicit endpoint, new regions with `extraRegions`.

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
    /// What the console calls it, in English and in Chinese: only ever held against what people write for the id.
    names: Vec<String>,
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

/// The region that a name of the console means: `CN North-Beijing4`, `Beijing4`, `North China 4`, `华北-北京四`.
pub fn region_called(name: &str) -> Option<&'static Region> {
    let wanted = key(name);
    let is_named = |region: &&Region| region.names.iter().any(|known| known == name);
    let is_id = |region: &&Region| key(&region.id) == wanted;
    let exactly = known_regions().find(is_named).or_else(|| known_regions().find(is_id));
    exactly.or_else(|| {
        let mut meant = known_regions().filter(|region| keys(region).any(|known| known == wanted));
        meant.next().filter(|_| meant.next().is_none())
    })
}

/// What else a region may be called, in the form of [`key`]: its names, its city, its direction with its number.
fn keys(region: &Region) -> impl Iterator<Item = String> + '_ {
    let names = region.names.iter().flat_map(|name| {
        let place = name.split_once('-').map(|(_, place)| key(place));
        [Some(key(name)), place].into_iter().flatten()
    });
    let of_china = region.id.strip_prefix("cn-").and_then(|rest| rest.split_once('-'));
    let of_china = of_china.into_iter().flat_map(|(direction, number)| {
        let chinese = match direction {
            "north" => "华北",
            "east" => "华东",
            "south" => "华南",
            "southwest" => "西南",
            _ => direction,
        };
        [format!("{direction}china{number}"), format!("{chinese}{number}")]
    });
    names.chain(of_china)
}

/// Letters in lower case and digits alone, Chinese digits as ours: nobody remembers the rest.
fn key(name: &str) -> String {
    let digit = |c: char| {
        let value = "零一二三四五六七八九".chars().position(|digit| digit == c)?;
        char::from_digit(u32::try_from(value).ok()?, 10)
    };
    let kept = name.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase)
        .map(|c| digit(c).unwrap_or(c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_console_is_understood() {
        for (name, id) in [
            ("North China 4", Some("cn-north-4")),
            ("northchina4", Some("cn-north-4")),
            ("华北-北京四", Some("cn-north-4")),
            ("华北-北京4", Some("cn-north-4")),
            ("北京四", Some("cn-north-4")),
            ("华北四", Some("cn-north-4")),
            ("CN North-Beijing4", Some("cn-north-4")),
            ("Beijing4", Some("cn-north-4")),
            ("CN NORTH 4", Some("cn-north-4")),
            ("East China 3", Some("cn-east-3")),
            ("CN East 2", Some("cn-east-4")),
            ("cn east 2", Some("cn-east-2")),
            ("CN-EAST-2", Some("cn-east-2")),
            ("华东二", Some("cn-east-4")),
            ("Shanghai1", Some("cn-east-3")),
            ("Southwest China 2", Some("cn-southwest-2")),
            ("CN-Hong Kong", Some("ap-southeast-1")),
            ("Hong Kong", Some("ap-southeast-1")),
            ("Guangzhou", Some("cn-south-1")),
            ("Singapore", Some("ap-southeast-3")),
            ("欧洲-都柏林", Some("eu-west-101")),
            ("Beijing", None),
            ("North China", None),
            ("华北", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(region_called(name).map(|region| &*region.id), id, "{name}");
        }
        for region in known_regions() {
            for name in &region.names {
                assert_eq!(region_called(name), Some(region), "{name}");
            }
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
