//! Which sources are regions of one cloud: rules lead to regions of their own cloud alone.
//!
//! Two sources are of different clouds where their clouds are known and differ, or where they claim one region id with
//! different endpoints. Nothing else parts them, so two private regions are of one cloud by default. Being parted is a
//! relation of two; which of the rest belong together follows where only one answer is possible, and is open elsewhere: a
//! private region may belong to either of two clouds that share a region id.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Endpoint, Family, Source};

/// The number of a cloud.
pub(in crate::judge) type Cloud = u32;

/// A region of a cloud.
pub(super) type Place<'a> = (Cloud, &'a str);

/// The clouds of all sources.
#[derive(Debug, Default)]
pub(in crate::judge) struct Clouds<'a> {
    of_service: BTreeMap<Service<'a>, Cloud>,
    regions: BTreeSet<Place<'a>>,
    count: Cloud,
    /// Pairs that are certainly two, both ways round.
    parted: BTreeSet<(Cloud, Cloud)>,
}

/// A region as it is asked. Several sources may ask the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Service<'a> {
    region: &'a str,
    endpoint: &'a Endpoint,
    family: Option<Family>,
}

impl<'a> Service<'a> {
    fn of(source: &'a Source) -> Self {
        Self {
            region: &source.region,
            endpoint: &source.endpoint,
            family: source.family(),
        }
    }
}

impl<'a> Clouds<'a> {
    pub(in crate::judge) fn of(sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let services: BTreeSet<Service<'a>> = sources.into_iter().map(Service::of).collect();
        let groups = groups(services.into_iter().collect());
        let are_parted =
            |a: &Vec<Service<'a>>, b: &Vec<Service<'a>>| a.iter().any(|a| b.iter().any(|b| are_two(*a, *b)));
        // Groups that nothing parts, and that are parted from the same others, are one cloud.
        let mut by_others: BTreeMap<Vec<usize>, Cloud> = BTreeMap::new();
        let mut clouds = Self::default();
        let mut of_group = Vec::with_capacity(groups.len());
        for group in &groups {
            let others = (0..groups.len()).filter(|&other| are_parted(group, &groups[other]));
            let next = clouds.count;
            let cloud = *by_others.entry(others.collect()).or_insert(next);
            clouds.count = clouds.count.max(cloud + 1);
            of_group.push(cloud);
        }
        for (others, &cloud) in &by_others {
            clouds
                .parted
                .extend(others.iter().map(|&other| (cloud, of_group[other])));
        }
        for (group, cloud) in groups.into_iter().zip(of_group) {
            for service in group {
                clouds.regions.insert((cloud, service.region));
                clouds.of_service.insert(service, cloud);
            }
        }
        clouds
    }

    /// The cloud of one of the sources.
    pub(in crate::judge) fn of_source(&self, source: &Source) -> Cloud {
        *self
            .of_service
            .get(&Service::of(source))
            .expect("the clouds are those of all sources")
    }

    /// Whether they may be one cloud: certainly, or for all that is known.
    pub(super) fn may_be_one(&self, a: Cloud, b: Cloud) -> bool {
        !self.parted.contains(&(a, b))
    }

    /// Whether that cloud has a source of that region.
    pub(super) fn has(&self, cloud: Cloud, region: &str) -> bool {
        self.regions.contains(&(cloud, region))
    }

    /// The other clouds with a source of that region that may be the same: empty where the cloud itself has one.
    pub(super) fn possible(&self, cloud: Cloud, region: &str) -> impl Iterator<Item = Cloud> {
        let has_own = self.has(cloud, region);
        (0..self.count).filter(move |&other| {
            !has_own && other != cloud && self.has(other, region) && self.may_be_one(cloud, other)
        })
    }
}

fn are_two(one: Service<'_>, other: Service<'_>) -> bool {
    let families = one.family.zip(other.family);
    families.is_some_and(|(one, other)| one != other) || one.region == other.region && one.endpoint != other.endpoint
}

/// Services that are certainly of one cloud: behind one endpoint, or under one domain.
fn groups(services: Vec<Service<'_>>) -> Vec<Vec<Service<'_>>> {
    let mut groups: BTreeMap<Common<'_>, Vec<Service<'_>>> = BTreeMap::new();
    for service in services {
        groups.entry(Common::of(service)).or_default().push(service);
    }
    let mut found = Vec::new();
    for group in groups.into_values() {
        let is_one = group.iter().all(|a| group.iter().all(|b| !are_two(*a, *b)));
        if is_one {
            found.push(group);
        } else {
            found.extend(group.into_iter().map(|service| vec![service]));
        }
    }
    found
}

/// What the services of one cloud have in common, where they show it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Common<'a> {
    Family(Family),
    Domain(&'a str),
    Endpoint(&'a Endpoint),
}

impl<'a> Common<'a> {
    fn of(service: Service<'a>) -> Self {
        let Service {
            region,
            endpoint,
            family,
        } = service;
        let host = endpoint.host();
        let domain = || host.strip_prefix("swr-api.")?.strip_prefix(region)?.strip_prefix('.');
        let family = family.map(Self::Family);
        let shown = family.or_else(|| domain().map(Self::Domain));
        shown.unwrap_or(Self::Endpoint(endpoint))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::judge::example::source;
    use crate::model::CloudDomain;

    /// `region endpoint`, with ` cloud` where it is written, of each source.
    fn sources(texts: &[&str]) -> Vec<Arc<Source>> {
        let one = |text: &&str| {
            let mut words = text.split(' ');
            let mut word = || words.next();
            Arc::new(Source {
                region: word().expect("a region").into(),
                endpoint: Endpoint::parse(word().expect("an endpoint")).expect("a valid endpoint"),
                cloud: word().map(|cloud| CloudDomain::parse(cloud).expect("a domain")),
                ..(*source(text, true)).clone()
            })
        };
        texts.iter().map(one).collect()
    }

    /// Of each pair in its order: one cloud `=`, two `|`, or not known `?`.
    fn relations(texts: &[&str]) -> String {
        let sources = sources(texts);
        let clouds = Clouds::of(sources.iter().map(|source| &**source));
        let mut found = String::new();
        for (at, one) in sources.iter().enumerate() {
            for other in &sources[at + 1..] {
                let (one, other) = (clouds.of_source(one), clouds.of_source(other));
                found.push(match (one == other, clouds.may_be_one(one, other)) {
                    (true, true) => '=',
                    (false, true) => '?',
                    (false, false) => '|',
                    (true, false) => panic!("{texts:?}: one cloud is two"),
                });
            }
        }
        found
    }

    const NORTH: &str = "cn-north-4 https://swr-api.cn-north-4.myhuaweicloud.com";
    const EAST: &str = "cn-east-3 https://swr-api.cn-east-3.myhuaweicloud.com";
    const EUROPE: &str = "eu-west-101 https://swr-api.eu-west-101.myhuaweicloud.eu";

    #[test]
    fn known_clouds_that_differ_are_two_and_nothing_else_parts_regions() {
        assert_eq!(relations(&[NORTH, EAST, EUROPE]), "=||");
        assert_eq!(relations(&["r1 https://a.example", "r2 https://b.example"]), "=");
        assert_eq!(relations(&["r1 https://a.example", "r2 https://a.example"]), "=");
        assert_eq!(relations(&[EUROPE, "r1 https://a.example"]), "=");
    }

    #[test]
    fn the_cloud_of_an_endpoint_that_shows_none_is_the_one_that_is_written() {
        let com = "r1 https://a.example myhuaweicloud.com";
        let eu = "r2 https://b.example myhuaweicloud.eu";
        assert_eq!(relations(&[com, eu]), "|");
        assert_eq!(
            relations(&[com, "r2 https://b.example myhuaweicloud.com", NORTH]),
            "==="
        );
        let swiss = "eu-ch2 https://swr-api.eu-ch2.sc.otc.t-systems.com";
        assert_eq!(
            relations(&["eu-de https://swr-api.eu-de.otc.t-systems.com", swiss]),
            "="
        );
        // A domain that nobody knows parts nothing.
        let private = "r2 https://b.example corp.example";
        assert_eq!(relations(&[com, private]), "=");
        assert_eq!(relations(&["r1 https://a.example other.example", private]), "=");
    }

    #[test]
    fn one_region_id_with_different_endpoints_is_two_clouds() {
        assert_eq!(relations(&["r1 https://a.example", "r1 https://b.example"]), "|");
        assert_eq!(relations(&["r1 https://a.example", "r1 https://A.example:443/"]), "=");
        assert_eq!(relations(&["r1 https://a.example", "r1 https://a.example:8443"]), "|");
    }

    #[test]
    fn a_third_region_may_be_of_either_cloud() {
        let third = ["r1 https://a.example", "r1 https://b.example", "r2 https://c.example"];
        assert_eq!(relations(&third), "|??");
        let fourth = [&third[..], &["r3 https://d.example"]].concat();
        assert_eq!(relations(&fourth), "|????=");
        assert_eq!(relations(&[NORTH, EUROPE, "r1 https://a.example"]), "|??");
    }

    #[test]
    fn endpoints_under_one_domain_are_of_one_cloud() {
        let mirrored = [
            "r1 https://swr-api.r1.one.example",
            "r1 https://swr-api.r1.two.example",
            "r2 https://swr-api.r2.one.example",
            "r2 https://swr-api.r2.two.example",
        ];
        assert_eq!(relations(&mirrored), "|=||=|");
        assert_eq!(relations(&[NORTH, EAST, "cn-east-3 https://swr.corp.example"]), "=||");
        // A domain under which one region has two endpoints shows nothing.
        let gateway = "cn-east-3 https://gateway.myhuaweicloud.com";
        assert_eq!(relations(&[NORTH, EAST, gateway]), "??|");
    }

    #[test]
    fn a_rule_leads_to_a_region_of_its_own_cloud_where_there_is_one() {
        let sources = sources(&[
            "r1 https://a.example",
            "r1 https://b.example",
            "r2 https://c.example",
            "r3 https://d.example",
        ]);
        let clouds = Clouds::of(sources.iter().map(|source| &**source));
        let [a, b, c, d] = [0, 1, 2, 3].map(|at: usize| clouds.of_source(&sources[at]));
        let possible = |from, region| clouds.possible(from, region).collect::<Vec<_>>();
        assert_eq!((c, possible(c, "r1")), (d, vec![a, b]));
        assert_eq!((clouds.has(c, "r3"), possible(c, "r3")), (true, vec![]));
        assert_eq!((possible(a, "r1"), possible(a, "r2")), (vec![], vec![c]));
        assert!(possible(c, "r9").is_empty());
    }
}
