//! The clouds of this family: the domain of each, and where its services are.
//!
//! The only table of them. A password and the edges of a graph depend on it, so a domain stands here only if its owner
//! is known; what is documented of each, and what is inferred, is in docs/service.md.

use std::fmt;
use std::sync::Arc;

use super::{Endpoint, check_region_id};

/// The domain of a cloud, as in `myhuaweicloud.eu`: lower-case, two labels at least, no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudDomain(Arc<str>);

/// A cloud that is known, by whoever runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Huawei Cloud.
    HuaweiCloud,
    /// Huawei Cloud in Europe, with accounts of its own.
    Europe,
    /// Open Telekom Cloud, with its Swiss region.
    OpenTelekomCloud,
    /// Orange's `FlexibleEngine`.
    FlexibleEngine,
    /// Cloud.ru, once Sber's.
    CloudRu,
}

struct Domain {
    suffix: &'static str,
    family: Family,
    /// What stands before the region in the name of IAM's host.
    iam: &'static str,
}

const DOMAINS: [Domain; 6] = [
    Domain {
        suffix: "myhuaweicloud.com",
        family: Family::HuaweiCloud,
        iam: "iam",
    },
    Domain {
        suffix: "myhuaweicloud.eu",
        family: Family::Europe,
        iam: "iam",
    },
    // The Swiss one, before the domain that it lies in.
    Domain {
        suffix: "sc.otc.t-systems.com",
        family: Family::OpenTelekomCloud,
        iam: "iam-pub",
    },
    Domain {
        suffix: "otc.t-systems.com",
        family: Family::OpenTelekomCloud,
        iam: "iam",
    },
    Domain {
        suffix: "prod-cloud-ocb.orange-business.com",
        family: Family::FlexibleEngine,
        iam: "iam",
    },
    Domain {
        suffix: "hc.sbercloud.ru",
        family: Family::CloudRu,
        iam: "iam",
    },
];

/// Why a text is no domain of a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudProblem {
    /// It has parts of a URL: a scheme, a port, a path or user information.
    Url,
    /// An address, or a single label.
    NoDomain,
    /// A part between two dots is empty, too long, or holds something else than letters, digits and inner hyphens.
    Label,
}

impl CloudDomain {
    /// Takes a domain in any case.
    pub fn parse(text: &str) -> Result<Self, CloudProblem> {
        if text.contains([':', '/', '@', '?', '#', '\\']) {
            return Err(CloudProblem::Url);
        }
        let labels: Vec<&str> = text.split('.').collect();
        let is_label = |label: &&str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if text.len() > 253 || !labels.iter().all(is_label) {
            return Err(CloudProblem::Label);
        }
        let is_top = |label: &&str| label.starts_with(|c: char| c.is_ascii_alphabetic());
        if labels.len() < 2 || !labels.last().is_some_and(is_top) {
            return Err(CloudProblem::NoDomain);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where a region's SWR is in it.
    pub fn swr(&self, region: &str) -> Endpoint {
        endpoint("swr-api", region, &self.0)
    }

    /// Where a region's IAM is in it; `None`: only whoever runs it knows.
    pub fn iam(&self, region: &str) -> Option<Endpoint> {
        Some(endpoint(self.known()?.iam, region, &self.0))
    }

    /// Where a region's STS is in it; `None`: it has none that is known.
    pub fn sts(&self, region: &str) -> Option<Endpoint> {
        let has_one = match self.family()? {
            Family::HuaweiCloud | Family::Europe => true,
            Family::OpenTelekomCloud | Family::FlexibleEngine | Family::CloudRu => false,
        };
        has_one.then(|| endpoint("sts", region, &self.0))
    }

    /// Which of the known clouds it is.
    pub fn family(&self) -> Option<Family> {
        self.known().map(|domain| domain.family)
    }

    fn known(&self) -> Option<&'static Domain> {
        DOMAINS.iter().find(|domain| domain.suffix == &*self.0)
    }
}

impl fmt::Display for CloudDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn endpoint(service: &str, region: &str, domain: &str) -> Endpoint {
    Endpoint::parse(&format!("https://{service}.{region}.{domain}")).expect("a region's id and a domain make a host")
}

/// The known cloud that a host belongs to.
pub fn family_at(host: &str) -> Option<Family> {
    domain_at(host).map(|domain| domain.family)
}

/// The domain of that cloud.
pub fn cloud_at(host: &str) -> Option<CloudDomain> {
    domain_at(host).map(|domain| CloudDomain(domain.suffix.into()))
}

fn domain_at(host: &str) -> Option<&'static Domain> {
    let host = host.trim_end_matches('.');
    let is_within = |domain: &&Domain| host.strip_suffix(domain.suffix).is_some_and(|rest| rest.ends_with('.'));
    DOMAINS.iter().find(is_within)
}

/// The region whose SWR has that host, in a known cloud or in `own`.
pub fn region_at<'h>(host: &'h str, own: Option<&CloudDomain>) -> Option<&'h str> {
    of_region("swr-api", host, own).map(|(region, _)| region)
}

/// The base URL of the management API beside a registry, where the host is one: exactly `swr.REGION.CLOUD`, of a known
/// cloud or of `own`.
pub fn api_beside_registry(host: &str, own: Option<&CloudDomain>) -> Option<String> {
    let (region, domain) = of_region("swr", host, own)?;
    Some(format!("https://swr-api.{region}.{domain}"))
}

/// Region and domain of a service's host.
fn of_region<'h>(service: &str, host: &'h str, own: Option<&CloudDomain>) -> Option<(&'h str, &'h str)> {
    let host = host.trim_end_matches('.');
    let (region, domain) = host.strip_prefix(service)?.strip_prefix('.')?.split_once('.')?;
    let is_known = DOMAINS.iter().any(|known| known.suffix == domain);
    let is_cloud = is_known || own.is_some_and(|own| own.as_str() == domain);
    (is_cloud && check_region_id(region).is_ok()).then_some((region, domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::known_regions;

    #[test]
    fn every_region_of_the_table_is_of_a_known_cloud() {
        for region in known_regions() {
            let swr = Endpoint::parse(&region.swr).expect("a sound endpoint");
            let cloud = cloud_at(swr.host()).expect("a known cloud");
            assert_eq!(cloud.swr(&region.id), swr);
            assert_eq!(cloud.iam(&region.id).as_ref().map(Endpoint::as_str), Some(&*region.iam));
        }
        for host in [
            "myhuaweicloud.com",
            "evilmyhuaweicloud.com",
            "myhuaweicloud.com.evil.example",
            "swr.corp.example",
            "127.0.0.1",
        ] {
            assert_eq!(family_at(host), None, "{host}");
        }
    }

    #[test]
    fn each_cloud_of_the_family_has_its_swr_and_its_iam() {
        for (region, cloud, family, swr, iam) in [
            (
                "cn-north-4",
                "myhuaweicloud.com",
                Family::HuaweiCloud,
                "https://swr-api.cn-north-4.myhuaweicloud.com",
                "https://iam.cn-north-4.myhuaweicloud.com",
            ),
            (
                "eu-west-101",
                "MyHuaweiCloud.EU",
                Family::Europe,
                "https://swr-api.eu-west-101.myhuaweicloud.eu",
                "https://iam.eu-west-101.myhuaweicloud.eu",
            ),
            (
                "eu-de",
                "otc.t-systems.com",
                Family::OpenTelekomCloud,
                "https://swr-api.eu-de.otc.t-systems.com",
                "https://iam.eu-de.otc.t-systems.com",
            ),
            (
                "eu-ch2",
                "sc.otc.t-systems.com",
                Family::OpenTelekomCloud,
                "https://swr-api.eu-ch2.sc.otc.t-systems.com",
                "https://iam-pub.eu-ch2.sc.otc.t-systems.com",
            ),
            (
                "eu-west-0",
                "prod-cloud-ocb.orange-business.com",
                Family::FlexibleEngine,
                "https://swr-api.eu-west-0.prod-cloud-ocb.orange-business.com",
                "https://iam.eu-west-0.prod-cloud-ocb.orange-business.com",
            ),
            (
                "ru-moscow-1",
                "hc.sbercloud.ru",
                Family::CloudRu,
                "https://swr-api.ru-moscow-1.hc.sbercloud.ru",
                "https://iam.ru-moscow-1.hc.sbercloud.ru",
            ),
        ] {
            let cloud = CloudDomain::parse(cloud).expect("a domain");
            assert_eq!(cloud.swr(region).as_str(), swr);
            assert_eq!(cloud.iam(region).as_ref().map(Endpoint::as_str), Some(iam));
            assert_eq!(cloud.family(), Some(family), "{cloud}");
            assert_eq!(cloud_at(cloud.swr(region).host()), Some(cloud));
        }
        let private = CloudDomain::parse("corp.example").expect("a domain");
        assert_eq!(private.swr("dc_1").as_str(), "https://swr-api.dc_1.corp.example");
        assert_eq!((private.iam("dc1"), private.family()), (None, None));
        let beneath = CloudDomain::parse("evil.myhuaweicloud.com").expect("a domain");
        assert_eq!((beneath.iam("dc1"), beneath.family()), (None, None));
    }

    #[test]
    fn a_cloud_is_a_domain_and_nothing_more() {
        for (text, problem) in [
            ("https://myhuaweicloud.eu", CloudProblem::Url),
            ("myhuaweicloud.eu:443", CloudProblem::Url),
            ("myhuaweicloud.eu/v3", CloudProblem::Url),
            ("somebody@myhuaweicloud.eu", CloudProblem::Url),
            ("[::1]", CloudProblem::Url),
            ("", CloudProblem::Label),
            (".myhuaweicloud.eu", CloudProblem::Label),
            ("myhuaweicloud.eu.", CloudProblem::Label),
            ("my huaweicloud.eu", CloudProblem::Label),
            ("my_huaweicloud.eu", CloudProblem::Label),
            ("-a.example", CloudProblem::Label),
            ("a-.example", CloudProblem::Label),
            ("欧洲.example", CloudProblem::Label),
            ("localhost", CloudProblem::NoDomain),
            ("127.0.0.1", CloudProblem::NoDomain),
        ] {
            assert_eq!(CloudDomain::parse(text), Err(problem), "{text}");
        }
        let long = format!("{}.example", "a".repeat(64));
        assert_eq!(CloudDomain::parse(&long), Err(CloudProblem::Label));
    }

    #[test]
    fn a_registry_is_no_management_api() {
        let own = CloudDomain::parse("corp.example").expect("a domain");
        for (host, api) in [
            (
                "swr.cn-north-4.myhuaweicloud.com",
                Some("https://swr-api.cn-north-4.myhuaweicloud.com"),
            ),
            (
                "swr.cn-north-4.myhuaweicloud.com.",
                Some("https://swr-api.cn-north-4.myhuaweicloud.com"),
            ),
            (
                "swr.cn-new-1.myhuaweicloud.com",
                Some("https://swr-api.cn-new-1.myhuaweicloud.com"),
            ),
            (
                "swr.eu-ch2.sc.otc.t-systems.com",
                Some("https://swr-api.eu-ch2.sc.otc.t-systems.com"),
            ),
            (
                "swr.ru-moscow-1.hc.sbercloud.ru",
                Some("https://swr-api.ru-moscow-1.hc.sbercloud.ru"),
            ),
            ("swr.dc1.corp.example", Some("https://swr-api.dc1.corp.example")),
            ("swr-api.cn-north-4.myhuaweicloud.com", None),
            ("swr.corp.example", None),
            ("swr.dc1.other.example", None),
            ("swr.myhuaweicloud.com", None),
            ("swr.a.b.myhuaweicloud.com", None),
            ("127.0.0.1", None),
        ] {
            assert_eq!(api_beside_registry(host, Some(&own)).as_deref(), api, "{host}");
        }
        assert_eq!(api_beside_registry("swr.dc1.corp.example", None), None);
        for (host, region) in [
            ("swr-api.cn-east-3.myhuaweicloud.com", Some("cn-east-3")),
            ("swr-api.eu-nl.otc.t-systems.com.", Some("eu-nl")),
            ("swr-api.dc1.corp.example", Some("dc1")),
            ("swr.cn-east-3.myhuaweicloud.com", None),
            ("swr-api.dc1.other.example", None),
        ] {
            assert_eq!(region_at(host, Some(&own)), region, "{host}");
        }
    }
}
