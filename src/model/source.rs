//! A source: the SWR service of one region, seen through one account.

use std::sync::Arc;

use super::{CloudDomain, Endpoint, Family, Place, cloud_at, family_at, region};

/// Where one run asks, and with which credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its identity in reports and history; the region where the inventory gives no name.
    pub name: Arc<str>,
    /// The region id.
    pub region: Arc<str>,
    /// The base URL of the management API: the inventory's, else the cloud's, else the region's.
    pub endpoint: Endpoint,
    /// Whether something outside the inventory says where it is asked: an option, or the run whose answers are used.
    pub is_redirected: bool,
    /// `cloud`: the domain of its cloud, where the inventory gives one.
    pub cloud: Option<CloudDomain>,
    /// `iamEndpoint`: the base URL of IAM, where the inventory gives one.
    pub iam_endpoint: Option<Endpoint>,
    /// `projectId`, sent as `X-Project-Id` where given.
    pub project_id: Option<Arc<str>>,
    /// `accountId`: the account whose credential it has to be asked with, where the inventory says.
    pub account_id: Option<Arc<str>>,
    /// Whether this service lists rules with `syncAuto=false` too. The public cloud is reported not to.
    pub lists_manual_rules: bool,
    /// Which credential the inventory asks for.
    pub credentials: CredentialChoice,
    /// Where the source is written.
    pub place: Place,
}

impl Source {
    /// Where a region is asked that has no endpoint of its own; `None`: nobody knows.
    pub fn usual_endpoint(region_id: &str, cloud: Option<&CloudDomain>) -> Option<Endpoint> {
        let in_table = || Some(Endpoint::parse(&region(region_id)?.swr).expect("the table's endpoints are sound"));
        cloud.map(|cloud| cloud.swr(region_id)).or_else(in_table)
    }

    /// The cloud of its endpoint, where that is known.
    pub fn family(&self) -> Option<Family> {
        let stated = || self.own_cloud()?.family();
        family_at(self.endpoint.host()).or_else(stated)
    }

    /// The IAM of the endpoint's own cloud: that of the built-in table where the table lists the endpoint, else that of
    /// `cloud` where it is a known one. `None`: somebody has to name it.
    pub fn own_iam(&self) -> Option<Endpoint> {
        let is_listed = |swr: &str| self.endpoint.as_str().trim_end_matches('.') == swr;
        let listed = region(&self.region).filter(|region| is_listed(&region.swr));
        let listed = listed.map(|region| Endpoint::parse(&region.iam).expect("the table's endpoints are sound"));
        listed.or_else(|| self.own_cloud()?.iam(&self.region))
    }

    /// The STS of the endpoint's own cloud, which knows whose a credential is; `None`: nobody knows of one.
    pub fn own_sts(&self) -> Option<Endpoint> {
        let is_listed = |swr: &str| self.endpoint.as_str().trim_end_matches('.') == swr;
        let listed = region(&self.region).filter(|region| is_listed(&region.swr));
        let listed = listed.and_then(|_| cloud_at(self.endpoint.host())?.sts(&self.region));
        listed.or_else(|| self.own_cloud()?.sts(&self.region))
    }

    /// What `cloud` says of the endpoint: nothing of one that stands in for the inventory's, unless they are the same.
    fn own_cloud(&self) -> Option<&CloudDomain> {
        let cloud = self.cloud.as_ref()?;
        (!self.is_redirected || self.endpoint == cloud.swr(&self.region)).then_some(cloud)
    }
}

/// Which credential a source uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialChoice {
    /// The first that the chain finds.
    Chain,
    /// The environment variables with this prefix: `PREFIX_AK`, `PREFIX_SK`, `PREFIX_SECURITY_TOKEN`.
    Environment(Arc<str>),
    /// The section of this name in the SDKs' credentials file.
    Profile(Arc<str>),
}
