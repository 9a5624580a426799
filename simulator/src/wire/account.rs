//! What is said of the account as a whole: regions, overview, quotas, feature gates.

use serde::Serialize;
use serde_json::json;

use super::{json, list, size};
use crate::world::{Account, SyncRegion, World};

/// How many organizations an account may have. Documented.
const NAMESPACE_QUOTA: usize = 5;

#[derive(Serialize)]
struct RegionEntry<'a> {
    #[serde(rename = "regionID", skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(rename = "registryURL", skip_serializing_if = "Option::is_none")]
    registry: Option<&'a str>,
}

#[derive(Serialize)]
struct Overview<'a> {
    domain_id: &'a str,
    domain_name: &'a str,
    /// Spelled so by the service.
    namspace_num: usize,
    repo_num: usize,
    image_num: usize,
    store_space: f64,
    downflow_size: f64,
}

#[derive(Serialize)]
struct QuotaList {
    quotas: [Allowance; 1],
}

#[derive(Serialize)]
struct Allowance {
    quota_key: &'static str,
    quota_limit: usize,
    used: usize,
    unit: &'static str,
}

/// In the order of the vendor's own client.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "that is what the service answers")]
struct FeatureGates {
    enable_experience: bool,
    enable_hss_service: bool,
    enable_image_scan: bool,
    enable_sm3: bool,
    enable_image_sync: bool,
    enable_cci_service: bool,
    enable_image_label: bool,
    enable_pipeline: bool,
    enable_authorization_token: bool,
    enable_resource: bool,
    /// The paths under `/v3` are not simulated.
    enable_list_v3: bool,
    enable_image_quota: bool,
}

pub(crate) fn regions(world: &World) -> Vec<u8> {
    let regions = world.sync_regions.iter().flatten();
    list(
        world,
        regions.map(|region| match region {
            SyncRegion::Region(id) => RegionEntry {
                region: Some(id),
                registry: None,
            },
            SyncRegion::Registry { registry_url } => RegionEntry {
                region: None,
                registry: Some(registry_url),
            },
        }),
    )
}

/// Inferred: it counts what the account has, not what the caller may see.
pub(crate) fn overview(world: &World) -> Vec<u8> {
    let repositories = || world.namespaces.iter().flat_map(|namespace| &namespace.repositories);
    #[expect(clippy::cast_precision_loss, reason = "the service has such a number here")]
    let store_space = repositories().map(size).sum::<u64>() as f64;
    json(&Overview {
        domain_id: &world.account.id,
        domain_name: &world.account.name,
        namspace_num: world.namespaces.len(),
        repo_num: world
            .behaviour
            .overview_repositories
            .unwrap_or_else(|| repositories().count()),
        image_num: repositories().map(|repository| repository.tags.len()).sum(),
        store_space,
        downflow_size: 0.0,
    })
}

/// Known from the vendor's SDK, which reads the first of them alone.
pub(crate) fn domains(world: &World) -> Vec<u8> {
    let Account { id, name } = &world.account;
    let domain = json!({ "id": id, "name": name, "enabled": true, "description": "" });
    json(&json!({ "domains": [domain], "links": { "self": "", "previous": null, "next": null } }))
}

/// Documented.
pub(crate) fn caller_identity(world: &World) -> Vec<u8> {
    let account = &world.account.id;
    json(&json!({
        "account_id": account,
        "principal_urn": format!("iam::{account}:user:auditor"),
        "principal_id": "0123456789abcdef0123456789abcdef",
    }))
}

/// The one quota documented. A world with more organizations was granted as many.
pub(crate) fn quotas(world: &World) -> Vec<u8> {
    let used = world.namespaces.len();
    let namespaces = Allowance {
        quota_key: "namespace",
        quota_limit: used.max(NAMESPACE_QUOTA),
        used,
        unit: "",
    };
    json(&QuotaList { quotas: [namespaces] })
}

pub(crate) fn feature_gates(world: &World) -> Vec<u8> {
    json(&FeatureGates {
        enable_experience: false,
        enable_hss_service: false,
        enable_image_scan: false,
        enable_sm3: false,
        enable_image_sync: world.image_sync,
        enable_cci_service: false,
        enable_image_label: false,
        enable_pipeline: false,
        enable_authorization_token: false,
        enable_resource: false,
        enable_list_v3: false,
        enable_image_quota: false,
    })
}
