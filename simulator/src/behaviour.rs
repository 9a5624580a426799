//! The switches: one for each place where documentation and reports leave open what the service
//! does. Every default is the likeliest reading; the other settings are for testing a client
//! against having guessed wrong.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// How the service behaves where its documentation leaves room.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Behaviour {
    /// Rules with `syncAuto: false`: `hidden` (default) or `shown`.
    pub manual_rules: ManualRules,
    /// How a bare list without elements is spelled: `array` (default), `json-null` or `nothing`.
    pub empty_list: EmptyList,
    /// How it is told that nothing was ever copied: `empty-list` (default) or `not-found`.
    pub no_jobs: NoJobs,
    /// How many tags come when no page is asked for: `first` hundred (default) or `all`.
    pub unpaged_tags: UnpagedTags,
    /// How many repositories are on one page at most, however many are asked for. Default: 1000.
    pub page_cap: usize,
    /// A page of repositories may be asked for so many at most; more are refused. Default: 1000 (documented).
    pub largest_page: usize,
    /// What a page of repositories tells of how many there are in all.
    pub listing_total: ListingTotal,
    /// The number of repositories in the account's overview. Absent: as many as there are.
    pub overview_repositories: Option<usize>,
    /// Which of the calls are offered that name the caller's account. Default: all.
    pub account_calls: AccountCalls,
    /// How many rules a list has at most: 100 (default), another number, or `none`.
    pub rule_limit: RuleLimit,
    /// The shape of the 404 for an absent organization or repository: `b` (default), or another.
    pub not_found: Shape,
    /// How a lack of permission is answered: `d` (default, 4030170) or `a` (4039002).
    pub denied: Denied,
    /// How too many requests are answered: `gateway` (default), `too-many-requests` or `busy`.
    pub throttled: Throttled,
    /// The code for a wrong or late signature: `iam` (default, 0301) or `app` (0303).
    pub bad_signature: RefusedSignature,
    /// How an expired token is answered: `gateway` (default), `service` or `bad-request`.
    pub expired_token: ExpiredToken,
    /// Whether the sixth failed call in a row locks its access key for five minutes. Default: true.
    pub key_lock: bool,
    /// The digits of a second's fraction: `trimmed` (default) or `fixed`.
    pub time_fraction: TimeFraction,
    /// Whether some elements have fields that no documentation names. Default: true.
    pub unknown_fields: bool,
    /// How far `X-Sdk-Date` may be off, either way. Default: 900 (documented).
    pub clock_skew_seconds: u64,
    /// How far the service's clock is ahead of this machine's; negative: behind. It shows in `Date`, in what is issued, and
    /// in which signatures are late. Default: 0.
    pub clock_ahead_seconds: i64,
}

/// Whether rules with `syncAuto: false` are in the list.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ManualRules {
    /// They exist, and the list is silent about them (reported by one observer).
    #[default]
    Hidden,
    /// They are listed as the others are.
    Shown,
}

/// How a bare list without elements is spelled, be it of rules, repositories, tags or copies.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum EmptyList {
    /// `[]`
    #[default]
    Array,
    /// `null`, what Go makes of a list never filled. Spelled so because a bare `null` says nothing in YAML.
    JsonNull,
    /// An empty body.
    Nothing,
}

/// How it is told of a repository that nothing was ever copied from it.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum NoJobs {
    /// A list without elements, reported by one observer.
    #[default]
    EmptyList,
    /// The documented 404 for an absent copy. Its code is not known: here it is that of an absent
    /// repository, so that nothing but another look tells the two apart.
    NotFound,
}

/// How many tags come when no page is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum UnpagedTags {
    /// The first hundred, documented under `limit`.
    #[default]
    First,
    /// All of them, documented under `offset`.
    All,
}

/// What a page of repositories tells of how many there are in all.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ListingTotal {
    /// So many more than there are; negative: fewer. Default: 0.
    pub more: isize,
    /// Whether it is in the header `Content-Range`. Default: true (documented).
    pub in_header: bool,
    /// Whether it is in `total_range` of every element. Default: true (documented).
    pub in_elements: bool,
}

/// Which of the calls are offered that name the caller's account; the gateway knows no other.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct AccountCalls {
    /// `GET /v2/manage/overview` of SWR.
    pub overview: bool,
    /// `GET /v3/auth/domains` of IAM.
    pub domains: bool,
    /// `GET /v5/caller-identity` of STS.
    pub caller_identity: bool,
}

/// How many rules a list has at most; those of the lowest ids come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleLimit {
    /// So many. Documented: 100, with no way to ask for more.
    First(usize),
    /// No limit.
    None,
}

/// The shapes of an error's body.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `[{"errorCode", "errorMessage", "detail"}]`, documented until 2025.
    A,
    /// `{"errors": [{"errorCode", "errorMessage", "detail"}]}`, what Terraform's provider reads.
    #[default]
    B,
    /// `{"errorCode", "errorMessage"}`
    C,
    /// All spellings at once, documented since 2026.
    D,
    /// `{"error_code", "error_msg", "request_id"}` of the gateway, recorded.
    E,
}

/// How a lack of permission is answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Denied {
    /// 403 `SVCSTG.SWR.4030170` in shape D.
    #[default]
    D,
    /// 403 `SVCSTG.SWR.4039002` in shape A.
    A,
}

/// How too many requests are answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Throttled {
    /// 429 `APIGW.0308`, by the gateway.
    #[default]
    Gateway,
    /// 403 `SVCSTG.SWR.4031032`, by the service.
    TooManyRequests,
    /// 409 `SVCSTG.SWR.4090023`, by the service.
    Busy,
}

/// The gateway's code for a signature that is wrong or late.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum RefusedSignature {
    /// `APIGW.0301`, also written `"0301"`.
    #[default]
    #[serde(alias = "0301")]
    Iam,
    /// `APIGW.0303`, also written `"0303"`.
    #[serde(alias = "0303")]
    App,
}

/// How an expired token is answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ExpiredToken {
    /// 401 `APIGW.0307`, by the gateway.
    #[default]
    Gateway,
    /// 401 `SVCSTG.SWR.4010000`, by the service.
    Service,
    /// 400 `SVCSTG.SWR.4001048`, by the service.
    BadRequest,
}

/// The digits of a second's fraction.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum TimeFraction {
    /// Zeros at the end are cut, as in every documented sample: none to nine digits.
    #[default]
    Trimmed,
    /// Always six digits.
    Fixed,
}

impl Default for Behaviour {
    fn default() -> Self {
        Behaviour {
            manual_rules: ManualRules::default(),
            empty_list: EmptyList::default(),
            no_jobs: NoJobs::default(),
            unpaged_tags: UnpagedTags::default(),
            page_cap: 1000,
            largest_page: 1000,
            listing_total: ListingTotal::default(),
            account_calls: AccountCalls::default(),
            overview_repositories: None,
            rule_limit: RuleLimit::default(),
            not_found: Shape::default(),
            denied: Denied::default(),
            throttled: Throttled::default(),
            bad_signature: RefusedSignature::default(),
            expired_token: ExpiredToken::default(),
            key_lock: true,
            time_fraction: TimeFraction::default(),
            unknown_fields: true,
            clock_skew_seconds: 900,
            clock_ahead_seconds: 0,
        }
    }
}

impl Default for AccountCalls {
    fn default() -> Self {
        AccountCalls {
            overview: true,
            domains: true,
            caller_identity: true,
        }
    }
}

impl Default for ListingTotal {
    fn default() -> Self {
        ListingTotal {
            more: 0,
            in_header: true,
            in_elements: true,
        }
    }
}

impl Default for RuleLimit {
    fn default() -> Self {
        RuleLimit::First(100)
    }
}

impl<'de> Deserialize<'de> for RuleLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrNone;

        impl Visitor<'_> for NumberOrNone {
            type Value = RuleLimit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of rules, or `none`")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<RuleLimit, E> {
                usize::try_from(number).map(RuleLimit::First).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<RuleLimit, E> {
                usize::try_from(number).map(RuleLimit::First).map_err(E::custom)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RuleLimit, E> {
                match text {
                    "none" => Ok(RuleLimit::None),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
        }

        deserializer.deserialize_any(NumberOrNone)
    }
}
