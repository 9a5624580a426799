//! The world a simulator answers from, as it is written in YAML and built in Rust.
//!
//! It says what there is, who may see it and what goes wrong; how a question is asked and an
//! answer is spelled, it does not know.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    behaviour::Behaviour,
    faults::Fault,
    rate::{Rate, RateChange},
    secret::Secret,
};

/// Everything that a simulator knows. Every field may be left out.
///
/// ```yaml
/// region: cn-north-4
/// account: { id: 0123456789abcdef0123456789abcdef, name: example }
/// credentials:                    # absent: nobody is asked who they are
///   accessKeys:
///     - { ak: EXAMPLEAK, sk: example-sk }
///     - { ak: TEMPORARYAK, sk: other-sk, securityToken: example-security-token }
///   tokens: [example-token]
///   expiredTokens: [old-token]
///   users:                        # whom IAM issues tokens to, by POST /v3/auth/tokens
///     - { name: auditor, password: example-password, domain: example, tokenMillis: 3600000, tokenRequests: 500 }
///   server:                       # the metadata service of a cloud server, with temporary keys
///     { keyMillis: 3600000, keyRequests: 500, agency: true }
/// behaviour:                      # see `Behaviour` for all switches and their defaults
///   manualRules: shown
///   ruleLimit: none
/// rate: { perSecond: 200, burst: 20, retryAfterSeconds: 1 }
/// rateChanges:                    # by the time since the first request
///   - { afterSeconds: 7, rate: { window: { requests: 100, seconds: 1 } } }
/// latencyMs: 5
/// namespaces:
///   - name: prod
///     repositories:
///       - name: team/web
///         rules:
///           - { region: cn-east-3, namespace: prod-dr, override: true }
///           - { region: cn-south-1, namespace: prod-dr, syncAuto: false, id: 45 }
///         tags:
///           - { tag: v1, size: 1304902, createdAt: 2018-07-06T06:18:55Z }
///           - { tag: v2, digest: "sha256:57b605845a6367c34bfb6ea6477f16852f59aa1861a2b51d10ab77ae0a1dc9c3" }
///         syncJobs:
///           - { tag: v1, region: cn-east-3, namespace: prod-dr, status: success }
///       - { name: team/secret, access: denied }
///       - { name: team/late, listed: { afterPages: 1 } }
///   - { name: closed, access: denied }
/// syncRegions: [cn-east-3, { registryUrl: "https://swr.example.com" }]
/// imageSync: true                 # the feature gate `enable_image_sync`
/// faults:                         # see `Fault`
///   - { on: prod/team/web, times: 2, answer: html502 }
///   - { on: "*", after: 100, times: 1, answer: { error: { status: 500, code: SVCSTG.SWR.5000007 } } }
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct World {
    /// The region simulated: it shows in the registry paths of repository listings only.
    pub region: String,
    /// The account that owns everything.
    pub account: Account,
    /// Who may ask. Empty: authentication is not checked at all.
    pub credentials: Credentials,
    /// How the service behaves where its documentation leaves room.
    pub behaviour: Behaviour,
    /// A limit on all requests together; beyond it they are answered as throttled.
    pub rate: Option<Rate>,
    /// What becomes of the rate, in the order of time.
    pub rate_changes: Vec<RateChange>,
    /// Milliseconds added before every answer.
    pub latency_ms: u64,
    /// The organizations.
    pub namespaces: Vec<Namespace>,
    /// Where images can be copied to. Absent: the region does not publish that call, as one page says of
    /// all regions but one; its path is then the gateway's to refuse.
    pub sync_regions: Option<Vec<SyncRegion>>,
    /// What the feature gate `enable_image_sync` says; nothing else depends on it. Absent: true.
    pub image_sync: bool,
    /// What goes wrong. Of those that match a request, the first not used up is applied.
    pub faults: Vec<Fault>,
}

/// The owner of the simulated repositories.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Account {
    /// The account id, `domainID` in rules.
    pub id: String,
    /// The account name, `domainName` in rules.
    pub name: String,
}

/// Who may ask. All lists empty: nobody is checked.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Credentials {
    /// Permanent and temporary access keys.
    pub access_keys: Vec<AccessKey>,
    /// IAM tokens that are accepted in `X-Auth-Token`.
    pub tokens: Vec<Secret>,
    /// IAM tokens that were accepted once ([`ExpiredToken`](crate::ExpiredToken) says how they are refused).
    pub expired_tokens: Vec<Secret>,
    /// Whom IAM issues tokens to. None: there is no IAM here, and its path is the gateway's to refuse.
    pub users: Vec<User>,
    /// The cloud server whose metadata service is asked. Absent: there is none, and its paths are the gateway's to refuse.
    pub server: Option<Server>,
}

/// A user of IAM. A token is good until its time is over, its requests are used up, or the user is gone from the world or
/// has another password.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct User {
    /// The user's name.
    pub name: String,
    /// The password.
    pub password: Secret,
    /// The account that the user belongs to.
    pub domain: String,
    /// How long a token lives. Absent: a day, as documented.
    #[serde(default)]
    pub token_millis: Option<u64>,
    /// How many requests a token is good for; the documentation names reasons for an early death, this one can be
    /// counted. Absent: any number.
    #[serde(default)]
    pub token_requests: Option<u64>,
}

/// A cloud server.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Server {
    /// How long a temporary key lives; the same one is given until half of that is over. Absent: a day.
    pub key_millis: Option<u64>,
    /// How many requests a key is good for. Absent: any number.
    pub key_requests: Option<u64>,
    /// Whether an agency is bound to the server. Without one it has no key to give. Absent: true.
    pub agency: Option<bool>,
    /// The status with which a server that has version 1 alone refuses to give a metadata token: 404 or 405. Absent:
    /// version 2, which gives one, and no key without it.
    pub version_one: Option<u16>,
}

/// One access key.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AccessKey {
    /// The access key id.
    pub ak: String,
    /// The secret access key.
    pub sk: Secret,
    /// Makes it a temporary key: the same token must then come along, signed, in `X-Security-Token`.
    #[serde(default)]
    pub security_token: Option<Secret>,
}

/// An organization.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Whether the caller may look at it, and at its repositories where they do not say otherwise.
    #[serde(default)]
    pub access: Access,
    /// Its repositories.
    #[serde(default)]
    pub repositories: Vec<Repository>,
}

/// A repository.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Repository {
    /// Its real name: with `/`, not with `$`.
    pub name: String,
    /// Whether the caller may look at it. Absent: as its organization.
    #[serde(default)]
    pub access: Option<Access>,
    /// When it is on the pages of its organization's list, which so can change while it is paged. Absent: always.
    #[serde(default)]
    pub listed: Listed,
    /// Its replication rules, in any order.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Its images. They show in its tag list, and as numbers in what is said of it.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// The copies of its images that were begun, by a rule or by hand; in any order.
    #[serde(default)]
    pub sync_jobs: Vec<SyncJob>,
}

/// When a repository is listed: counted in pages of its organization's list that were given before. Nothing else
/// depends on it.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Listed {
    /// Not before so many pages. Absent: from the beginning.
    pub after_pages: u64,
    /// No longer after so many. Absent: to the end.
    pub until_pages: Option<u64>,
}

/// An image: a repository under one of its tags.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Tag {
    /// The name of the tag.
    pub tag: String,
    /// Absent: follows from the names of repository and tag, so that a copy elsewhere has the same one.
    #[serde(default)]
    pub digest: Option<String>,
    /// In bytes. Absent: 1304902, as in the documented sample.
    #[serde(default)]
    pub size: Option<u64>,
    /// Whether it is a list of manifests, for several platforms. Absent: false.
    #[serde(default)]
    pub manifest_list: bool,
    /// Absent: 2018-07-06T06:18:55Z, as in the documented sample.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// Absent: when it was created.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
}

/// A copy of one tag to one target.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SyncJob {
    /// The tag copied. Whether there is such a tag (still), nobody checks.
    pub tag: String,
    /// The target region.
    pub region: String,
    /// The organization in the target region.
    pub namespace: String,
    /// How far it got.
    pub status: JobStatus,
    /// `override` in YAML: whether a differing image of the same tag is overwritten. Absent: false.
    #[serde(default, rename = "override")]
    pub overwrite: bool,
    /// Absent: the next number free, in the order of the world.
    #[serde(default)]
    pub id: Option<i64>,
    /// Absent: follows from the id.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// Absent: five seconds after the creation.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
}

/// How far a copy got. All that are documented.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum JobStatus {
    /// Not begun.
    Waiting,
    /// Under way.
    Running,
    /// Copied.
    Success,
    /// Not copied.
    Failed,
    /// Not copied in time.
    Timeout,
    /// Called off.
    Cancel,
    /// The target has such a tag already, and it was not to be overwritten.
    Existed,
}

/// Where images can be copied to.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged, deny_unknown_fields)]
pub enum SyncRegion {
    /// A region, by its id.
    Region(String),
    /// An element without a region's id, which the newest page documents.
    Registry {
        /// The address of a registry.
        #[serde(rename = "registryUrl")]
        registry_url: String,
    },
}

/// A replication rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rule {
    /// The target region.
    pub region: String,
    /// The organization in the target region.
    pub namespace: String,
    /// `override` in YAML: whether a differing image of the same tag is overwritten. Absent: false.
    #[serde(default, rename = "override")]
    pub overwrite: bool,
    /// Whether each push is copied by itself. Absent: true; a rule that is false is not listed, see
    /// [`ManualRules`](crate::ManualRules).
    #[serde(default = "yes")]
    pub sync_auto: bool,
    /// Absent: the next number free, in the order of the world.
    #[serde(default)]
    pub id: Option<i64>,
    /// Absent: follows from the id.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// Absent: a microsecond after the creation, as in the documented sample.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
}

/// Whether the caller may see something.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// It is there and may be seen.
    #[default]
    Granted,
    /// It is there and refused: HTTP 403.
    Denied,
}

impl Listed {
    pub(crate) fn holds_after(self, pages: u64) -> bool {
        pages >= self.after_pages && self.until_pages.is_none_or(|until| pages < until)
    }
}

impl World {
    /// The repository of that name, made (with its organization) if there is none. It searches: a
    /// world of very many repositories is better built through the fields.
    pub fn repository(&mut self, namespace: &str, repository: &str) -> &mut Repository {
        let namespaces = &mut self.namespaces;
        let at = namespaces
            .iter()
            .position(|one| one.name == namespace)
            .unwrap_or_else(|| {
                namespaces.push(Namespace {
                    name: namespace.to_owned(),
                    ..Namespace::default()
                });
                namespaces.len() - 1
            });
        let repositories = &mut namespaces[at].repositories;
        let at = repositories
            .iter()
            .position(|one| one.name == repository)
            .unwrap_or_else(|| {
                repositories.push(Repository {
                    name: repository.to_owned(),
                    ..Repository::default()
                });
                repositories.len() - 1
            });
        &mut repositories[at]
    }
}

impl Rule {
    /// An automatic rule to that target which does not overwrite.
    pub fn to(region: impl Into<String>, namespace: impl Into<String>) -> Rule {
        Rule {
            region: region.into(),
            namespace: namespace.into(),
            overwrite: false,
            sync_auto: true,
            id: None,
            created_at: None,
            updated_at: None,
        }
    }
}

/// When the documented sample of a tag was made.
const TAGGED: Timestamp = Timestamp::constant(1_530_857_935, 0);

impl Tag {
    /// A tag of that name, about which nothing else is said.
    pub fn named(tag: impl Into<String>) -> Tag {
        Tag {
            tag: tag.into(),
            ..Tag::default()
        }
    }

    pub(crate) fn created(&self) -> Timestamp {
        self.created_at.unwrap_or(TAGGED)
    }

    pub(crate) fn updated(&self) -> Timestamp {
        self.updated_at.unwrap_or(self.created())
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.size.unwrap_or(1_304_902)
    }
}

impl SyncJob {
    /// A copy of that tag to that target which does not overwrite.
    pub fn of(
        tag: impl Into<String>,
        region: impl Into<String>,
        namespace: impl Into<String>,
        status: JobStatus,
    ) -> SyncJob {
        SyncJob {
            tag: tag.into(),
            region: region.into(),
            namespace: namespace.into(),
            status,
            overwrite: false,
            id: None,
            created_at: None,
            updated_at: None,
        }
    }
}

impl Credentials {
    /// Whether nobody is to be checked.
    pub(crate) fn are_absent(&self) -> bool {
        self.access_keys.is_empty()
            && self.tokens.is_empty()
            && self.expired_tokens.is_empty()
            && self.users.is_empty()
            && self.server.is_none()
    }
}

impl Default for World {
    fn default() -> Self {
        World {
            region: "cn-north-4".to_owned(),
            account: Account::default(),
            credentials: Credentials::default(),
            behaviour: Behaviour::default(),
            rate: None,
            rate_changes: Vec::new(),
            latency_ms: 0,
            namespaces: Vec::new(),
            sync_regions: None,
            image_sync: true,
            faults: Vec::new(),
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        Account {
            id: "0123456789abcdef0123456789abcdef".to_owned(),
            name: "example".to_owned(),
        }
    }
}

fn yes() -> bool {
    true
}
