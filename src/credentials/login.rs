//! A user and a password, as Terraform's and `OpenStack`'s variables give them.

use std::fmt;

use secrecy::SecretString;

use super::error::CredentialError;
use super::{Surroundings, reach, variable};
use crate::model::{CallerId, Endpoint, Source};

/// Whom IAM is asked for a token, and where.
#[derive(Clone, Debug)]
pub struct Login {
    pub(super) user: String,
    pub(super) password: SecretString,
    /// The account that the user belongs to.
    pub(super) domain: String,
    pub(super) project: Project,
    pub(super) iam: Endpoint,
    names: &'static LoginVariables,
}

/// What a token is for: the service is one of projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Project {
    Id(String),
    Name(String),
}

/// The names of one way to give a login.
#[derive(Debug)]
pub(super) struct LoginVariables {
    user: &'static str,
    password: &'static str,
    domain: &'static [&'static str],
}

/// Terraform's, then `OpenStack`'s.
pub(super) static LOGINS: [LoginVariables; 2] = [
    LoginVariables {
        user: "HW_USER_NAME",
        password: "HW_USER_PASSWORD",
        domain: &["HW_DOMAIN_NAME"],
    },
    LoginVariables {
        user: "OS_USERNAME",
        password: "OS_PASSWORD",
        domain: &["OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME"],
    },
];

const PROJECT_IDS: [&str; 2] = ["HW_PROJECT_ID", "OS_PROJECT_ID"];
const PROJECT_NAMES: [&str; 2] = ["HW_PROJECT_NAME", "OS_PROJECT_NAME"];

/// Every variable that a login is made of.
pub(super) fn variables() -> impl Iterator<Item = &'static str> {
    let logins = LOGINS.iter().flat_map(|names| {
        [names.user, names.password]
            .into_iter()
            .chain(names.domain.iter().copied())
    });
    logins
        .chain(PROJECT_IDS)
        .chain(PROJECT_NAMES)
        .chain(reach::IAM_ENDPOINTS)
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "with the id '{id}'"),
            Self::Name(name) => write!(f, "'{name}'"),
        }
    }
}

impl LoginVariables {
    /// For people: the two that a login begins with.
    pub(super) fn place(&self) -> String {
        format!("{}/{}", self.user, self.password)
    }
}

impl Login {
    /// For people: `environment (HW_USER_NAME), with a token of IAM at https://iam.example`.
    pub(super) fn origin(&self) -> String {
        format!("environment ({}), with a token of IAM at {}", self.names.user, self.iam)
    }

    /// Who logs in.
    pub(super) fn caller(&self) -> CallerId {
        CallerId::user(&self.domain, &self.user)
    }
}

/// The login of those variables: all of it, or nothing. A domain alone begins none: it is set beside keys, too.
pub(super) fn login(
    names: &'static LoginVariables,
    source: &Source,
    surroundings: &Surroundings<'_>,
) -> Result<Option<Login>, CredentialError> {
    let user = surroundings.name(names.user)?;
    let password = surroundings.password(names.password)?;
    let domain = surroundings.first_name(names.domain)?;
    let incomplete = |found, missing| {
        Err(CredentialError::Incomplete {
            found: variable(found),
            missing: variable(missing),
        })
    };
    match (user, password, domain) {
        (Some(user), Some(password), Some(domain)) => Ok(Some(Login {
            user,
            password,
            domain,
            project: project(source, surroundings)?,
            iam: reach::iam(source, names, surroundings)?,
            names,
        })),
        (Some(_), None, _) => incomplete(names.user, names.password),
        (None, Some(_), _) => incomplete(names.password, names.user),
        (Some(_), Some(_), None) => incomplete(names.user, names.domain[0]),
        (None, None, _) => Ok(None),
    }
}

fn project(source: &Source, surroundings: &Surroundings<'_>) -> Result<Project, CredentialError> {
    if let Some(id) = &source.project_id {
        return Ok(Project::Id(id.to_string()));
    }
    if let Some(id) = surroundings.first_name(&PROJECT_IDS)? {
        return Ok(Project::Id(id));
    }
    let name = surroundings.first_name(&PROJECT_NAMES)?;
    // Every account has a project of each region, under the region's name.
    Ok(Project::Name(name.unwrap_or_else(|| source.region.to_string())))
}
