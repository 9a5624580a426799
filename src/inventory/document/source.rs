//! The `source` of a document.

use std::sync::Arc;

use super::fields::Schema;
use super::placeholder::{is_placeholder, placeholder};
use super::raw::RawSource;
use super::region_ids::{meant, read_region_id};
use super::value::{Found, Given, Value};
use crate::inventory::problem::{Draft, Log, Spot, quoted};
use crate::inventory::terms::Endpoints;
use crate::inventory::yaml::Kind;
use crate::model::{
    CloudDomain, CloudProblem, CredentialChoice, Endpoint, EndpointProblem, Source, api_beside_registry, cloud_at,
    is_account_id, region_at,
};

pub(crate) const SOURCE: Schema = Schema {
    what: "`source`",
    known: &[
        "name",
        "region",
        "endpoint",
        "cloud",
        "iamEndpoint",
        "projectId",
        "accountId",
        "listsManualRules",
        "credentials",
    ],
};

pub(crate) const CREDENTIALS: Schema = Schema {
    what: "`credentials`",
    known: &["env", "profile"],
};

/// Reads a source; `None` where any part of it is wrong. `instead` stands in for its own endpoint.
pub(crate) fn read(value: Value<'_, '_>, instead: Endpoints<'_>, log: &mut Log) -> Option<Found<RawSource>> {
    let fields = value.fields(SOURCE, log)?;
    let endpoint = fields.given("endpoint", |value| read_endpoint(value, log));
    let cloud = fields.given("cloud", |value| read_cloud(value, log));
    let region = fields
        .required("region", "the source", "write `region:` with the region's id", log)
        .and_then(|value| read_region_id(value, log));
    let name = fields.given("name", |value| read_plain(value, "._-", log));
    let iam_endpoint = fields.given("iamEndpoint", |value| read_endpoint(value, log));
    let project_id = fields.given("projectId", |value| read_plain(value, "_-", log));
    let account_id = fields.given("accountId", |value| read_account(value, log));
    let lists_manual_rules = fields.given("listsManualRules", |value| value.boolean(log));
    let credentials = fields.given("credentials", |value| read_credentials(value, log));
    if let Given::Is(endpoint) = &endpoint {
        let own = if let Given::Is(cloud) = &cloud {
            Some(&cloud.value)
        } else {
            None
        };
        no_registry(endpoint, own, log)?;
        of_its_cloud(endpoint, own, log)?;
    }
    if fields.has_strangers {
        return None;
    }
    let region = region?;
    let cloud = optional(cloud)?;
    if let Given::Is(endpoint) = &endpoint {
        of_its_region(endpoint, &region.value, cloud.as_ref(), log)?;
    }
    let name = optional(name)?.unwrap_or_else(|| Arc::clone(&region.value));
    let own = optional(endpoint)?.or_else(|| Source::usual_endpoint(&region.value, cloud.as_ref()));
    let is_redirected = instead.redirect(&name, own.as_ref());
    let Some(endpoint) = instead.of(&name).cloned().or(own) else {
        no_endpoint(&region, log);
        return None;
    };
    Some(Found {
        spot: fields.spot,
        value: RawSource {
            name,
            region: region.value,
            endpoint,
            is_redirected,
            cloud,
            iam_endpoint: optional(iam_endpoint)?,
            project_id: optional(project_id)?,
            account_id: optional(account_id)?,
            lists_manual_rules: optional(lists_manual_rules)?.unwrap_or(false),
            credentials: optional(credentials)?.unwrap_or(CredentialChoice::Chain),
        },
    })
}

/// Where each known field is written; empty where the source is no mapping.
pub(crate) fn spots(value: Value<'_, '_>) -> Vec<(Arc<str>, Spot)> {
    let Kind::Map(pairs) = &value.node.seen().kind else {
        return Vec::new();
    };
    let known = pairs.iter().filter_map(|(key, node)| {
        let name = key.as_text().filter(|name| SOURCE.known.contains(name))?;
        Some((Arc::from(name), node.seen().spot))
    });
    known.collect()
}

/// `None`: broken.
#[expect(clippy::option_option, reason = "broken and left out are two things")]
fn optional<T>(given: Given<T>) -> Option<Option<T>> {
    match given {
        Given::Absent => Some(None),
        Given::Broken => None,
        Given::Is(found) => Some(Some(found.value)),
    }
}

/// Whether the built-in table says where it is asked: nobody wrote or gave an endpoint or a cloud.
pub(crate) fn is_built_in(source: &RawSource, spots: &[(Arc<str>, Spot)]) -> bool {
    let is_written = |(field, _): &(Arc<str>, Spot)| matches!(&**field, "endpoint" | "cloud");
    !source.is_redirected && !spots.iter().any(is_written)
}

/// Nobody knows where the region is asked. One that `extraRegions` adds has no endpoint by that.
fn no_endpoint(id: &Found<Arc<str>>, log: &mut Log) {
    log.report(id.spot, || {
        let remedy = match meant(&id.value) {
            Some(meant) => format!(
                "did you mean `{meant}`? for a new region write `cloud:` beside it, for a private cloud `endpoint:`"
            ),
            None => {
                "write `endpoint:` beside it, with the URL of the service, or `cloud:`, with the domain of its cloud"
                    .to_owned()
            }
        };
        let message = format!("no endpoint is known for the region {}", quoted(&id.value));
        Draft::new(message, remedy)
    });
}

/// `None`: it is the registry beside the management API.
fn no_registry(endpoint: &Found<Endpoint>, cloud: Option<&CloudDomain>, log: &mut Log) -> Option<()> {
    let Some(api) = api_beside_registry(endpoint.value.host(), cloud) else {
        return Some(());
    };
    log.report(endpoint.spot, || {
        Draft::new(
            "`endpoint` is the host of the registry, which stores images and knows no rules",
            format!("did you mean `{api}`? that is the management API"),
        )
    });
    None
}

/// `None`: it is another cloud's, and a password would go to one of the two.
fn of_its_cloud(endpoint: &Found<Endpoint>, cloud: Option<&CloudDomain>, log: &mut Log) -> Option<()> {
    let other = cloud_at(endpoint.value.host());
    let (Some(cloud), Some(other)) = (cloud, other.as_ref().filter(|other| Some(*other) != cloud)) else {
        return Some(());
    };
    log.report(endpoint.spot, || {
        Draft::new(
            format!("`endpoint` is in the cloud `{other}`, and `cloud` is `{cloud}`"),
            format!("write `cloud: {other}`, or remove `endpoint`"),
        )
    });
    None
}

/// `None`: it is another region's.
fn of_its_region(endpoint: &Found<Endpoint>, id: &str, cloud: Option<&CloudDomain>, log: &mut Log) -> Option<()> {
    let other = region_at(endpoint.value.host(), cloud).filter(|other| *other != id);
    let Some(other) = other else { return Some(()) };
    log.report(endpoint.spot, || {
        let has_usual = Source::usual_endpoint(id, cloud).is_some();
        let or = if has_usual {
            "remove `endpoint` for the region's own"
        } else {
            "that region's endpoint"
        };
        Draft::new(
            format!("`endpoint` is that of the region `{other}`, and the source is in `{id}`"),
            format!("write `region: {other}`, or {or}"),
        )
    });
    None
}

/// `None` for a placeholder that nobody filled in, which is reported. User information is kept out of the snippet.
fn written_out(text: &Found<&str>, log: &mut Log) -> Option<()> {
    if text.value.contains('@') {
        log.hide(text.spot);
    } else if is_placeholder(text.value) {
        log.report(text.spot, || placeholder(text.value));
        return None;
    }
    Some(())
}

fn read_cloud(value: Value<'_, '_>, log: &mut Log) -> Option<Found<CloudDomain>> {
    let text = value.text(log)?;
    let problem = match CloudDomain::parse(text.value) {
        Ok(cloud) => {
            return Some(Found {
                value: cloud,
                spot: text.spot,
            });
        }
        Err(problem) => problem,
    };
    written_out(&text, log)?;
    let message = match problem {
        CloudProblem::Url => "is a domain alone, without scheme, port, path and user information",
        CloudProblem::NoDomain => "is a whole domain, no address and no single word",
        CloudProblem::Label => "is a domain: letters, digits and hyphens between single dots, none at either end",
    };
    log.report(text.spot, || {
        let remedy = "write what follows the region in the names of its hosts, as in `myhuaweicloud.eu`";
        Draft::new(format!("`cloud` {message}"), remedy)
    });
    None
}

fn read_endpoint(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Endpoint>> {
    let text = value.text(log)?;
    let problem = match Endpoint::parse(text.value) {
        Ok(endpoint) => {
            return Some(Found {
                value: endpoint,
                spot: text.spot,
            });
        }
        Err(problem) => problem,
    };
    written_out(&text, log)?;
    let (message, remedy) = match problem {
        EndpointProblem::Scheme => ("is no URL", "write `https://` and the host"),
        EndpointProblem::Host => ("has no host that a URL can hold", "write `https://` and the host"),
        EndpointProblem::Port => (
            "has a port that is no number from 1 to 65535",
            "write the port as a number",
        ),
        EndpointProblem::UserInformation => (
            "holds user information, and secrets do not belong in the inventory",
            "remove all that stands before the `@`; keep secrets in environment variables or the credentials file",
        ),
        EndpointProblem::Path => ("goes on behind the host", "remove all that follows host and port"),
        EndpointProblem::PlainHttp => (
            "would send credentials in the clear",
            "write `https://`; plain `http://` is for this machine itself (`localhost`, `127.0.0.1`)",
        ),
    };
    log.report(text.spot, || Draft::new(format!("`{}` {message}", value.name), remedy));
    None
}

/// Where a credential is found. What cannot be such a name may be the credential itself: it is not shown.
fn read_where(value: Value<'_, '_>, marks: &str, log: &mut Log) -> Option<Arc<str>> {
    let text = value.text(log)?;
    if is_plain(text.value, marks) {
        return Some(text.value.into());
    }
    log.hide(text.spot);
    log.report(text.spot, || {
        Draft::new(
            format!("what stands in `{}` is no such name", value.name),
            "write the prefix of the environment variables, or the section of the credentials file, never the key itself",
        )
    });
    None
}

fn is_plain(text: &str, marks: &str) -> bool {
    let can_stand = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    !text.is_empty() && text.len() <= 64 && text.chars().all(can_stand)
}

/// A short word that is safe in reports, headers and file names.
fn read_plain(value: Value<'_, '_>, marks: &str, log: &mut Log) -> Option<Found<Arc<str>>> {
    let text = value.text(log)?;
    if !is_plain(text.value, marks) {
        log.report(text.spot, || {
            let marks: Vec<String> = marks.chars().map(|mark| format!("`{mark}`")).collect();
            Draft::new(
                format!("{} cannot stand in `{}`", quoted(text.value), value.name),
                format!("write 1 to 64 letters, digits, {}", marks.join(", ")),
            )
        });
        return None;
    }
    Some(Found {
        value: text.value.into(),
        spot: text.spot,
    })
}

/// The id of an account, in lower case, as answers name it.
fn read_account(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Arc<str>>> {
    let text = value.text(log)?;
    let id = text.value.to_ascii_lowercase();
    if !is_account_id(&id) {
        written_out(&text, log)?;
        log.report(text.spot, || {
            Draft::new(
                format!("{} is no account's id", quoted(text.value)),
                "write the account ID of \"My Credentials\" in the console: 32 hexadecimal digits",
            )
        });
        return None;
    }
    Some(Found {
        value: id.into(),
        spot: text.spot,
    })
}

fn read_credentials(value: Value<'_, '_>, log: &mut Log) -> Option<Found<CredentialChoice>> {
    let remedy = "write `{ env: PREFIX }` or `{ profile: NAME }`, or remove `credentials`";
    if !value.is_map() {
        // Whoever writes something else here may well have written the key itself.
        log.hide(value.spot());
        log.report(value.spot(), || Draft::new("`credentials` is no mapping", remedy));
        return None;
    }
    let fields = value.fields(CREDENTIALS, log)?;
    let spot = fields.spot;
    let choice = match (fields.get("env"), fields.get("profile")) {
        (Some(prefix), None) => read_where(prefix, "_", log).map(CredentialChoice::Environment),
        (None, Some(profile)) => read_where(profile, "._-", log).map(CredentialChoice::Profile),
        (Some(_), Some(second)) => {
            log.report(second.key, || {
                Draft::new("`credentials` names both `env` and `profile`", "remove one of them")
            });
            None
        }
        (None, None) => {
            if !fields.has_strangers {
                log.report(value.key, || Draft::new("`credentials` names none", remedy));
            }
            None
        }
    };
    choice.map(|value| Found { value, spot })
}
