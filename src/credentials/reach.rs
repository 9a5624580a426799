//! Which hosts may get a credential of a source, beside its own endpoint.
//!
//! The only place that decides it. A password opens the whole account, so it goes to nobody by default: to an IAM that
//! somebody named, or to that of the endpoint's own cloud. Whoever comes to ask IAM or its like for another reason asks
//! here for the host.

use super::error::{CredentialError, NoIam};
use super::login::LoginVariables;
use super::{Surroundings, variable};
use crate::model::{CloudDomain, Endpoint, Source, cloud_at};
use crate::swr::Registrar;

/// The variables that name an IAM, in the order in which they count.
pub(super) const IAM_ENDPOINTS: [&str; 3] = ["HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL", "OS_AUTH_URL"];

/// The IAM to which a login of these variables may go.
pub(super) fn iam(
    source: &Source,
    login: &LoginVariables,
    surroundings: &Surroundings<'_>,
) -> Result<Endpoint, CredentialError> {
    if let Some(named) = named_iam(source, surroundings)? {
        return Ok(named);
    }
    let would_help = |cloud: &CloudDomain| {
        let with = Source {
            cloud: Some(cloud.clone()),
            ..source.clone()
        };
        with.own_iam().is_some()
    };
    source.own_iam().ok_or_else(|| {
        CredentialError::NoIam(NoIam {
            source_name: source.name.to_string(),
            login: login.place(),
            endpoint: source.endpoint.clone(),
            is_of_option: source.is_redirected,
            cloud: cloud_at(source.endpoint.host()).filter(would_help),
        })
    })
}

/// Who may be asked whose the credential of a source is, beside its own endpoint, in the order in which they are asked: only
/// where a password might go, too.
pub fn registrars(source: &Source, surroundings: &Surroundings<'_>) -> Vec<Registrar> {
    // What is wrong with a variable is said where a login needs it.
    let named = named_iam(source, surroundings).ok().flatten();
    let iam = named.or_else(|| source.own_iam()).map(Registrar::Iam);
    iam.into_iter().chain(source.own_sts().map(Registrar::Sts)).collect()
}

/// The IAM that somebody named for that source.
fn named_iam(source: &Source, surroundings: &Surroundings<'_>) -> Result<Option<Endpoint>, CredentialError> {
    if let Some(named) = &source.iam_endpoint {
        return Ok(Some(named.clone()));
    }
    let Some((name, url)) = surroundings.first_text(&IAM_ENDPOINTS)? else {
        return Ok(None);
    };
    // Where tools ask for an "auth URL", the version belongs to it.
    let bare = url.trim_end_matches('/').trim_end_matches("/v3");
    let named = Endpoint::parse(bare).map_err(|problem| CredentialError::Endpoint {
        place: variable(name),
        problem,
    })?;
    Ok(Some(named))
}
