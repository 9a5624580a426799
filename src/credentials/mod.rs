//! Where the credential of a source comes from: what the inventory names, else the first that a fixed chain finds.
//!
//! Says which one it was, by the name of a variable or file, and never shows a value. Something begun and not finished
//! (a key without its secret, a secret with a line break in it) is an error at its place: going on to the next would ask
//! the service as somebody else. Environment and files come in as [`Surroundings`]. Knows nothing of the service.

mod file;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

pub use self::file::FileProblem;
use self::file::{Section, read_section};
use crate::model::{Credential, CredentialChoice, Keys};

#[cfg(test)]
mod tests;

/// What a credential may be found in. Passed in, so that nothing here reads the process it runs in.
pub struct Surroundings<'a> {
    /// Looks up an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// Reads a file.
    pub read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
}

/// A credential and where it was found.
#[derive(Debug)]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// For people: `environment (HUAWEICLOUD_SDK_AK)`, `/home/a/.huaweicloud/credentials [basic]`.
    pub origin: String,
}

/// Why there is no credential. Places and names only, never values.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// Half a key.
    #[error("{found} is set, but {missing} is not\nhint: set both, or neither")]
    Incomplete {
        /// What is there.
        found: String,
        /// What is not, or is empty.
        missing: String,
    },
    /// A value that cannot be a key or token.
    #[error(
        "{0} holds a character that no key or token has (a blank or line break inside it?)\n\
         hint: copy the value again, without quotes"
    )]
    Character(String),
    /// Nothing where the inventory says that it is.
    #[error("the inventory asks for {asked}, but {missing}")]
    NotAsAsked {
        /// The inventory's choice.
        asked: String,
        /// What was not found.
        missing: String,
    },
    /// The credentials file cannot be read.
    #[error("cannot read credentials file '{}'", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The credentials file is no such file.
    #[error("credentials file '{}', line {line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: FileProblem,
    },
    /// The chain ended.
    #[error(
        "no credential found; looked at {}{}\n\
         hint: set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or SWR_AUDIT_TOKEN",
        looked_at.join(", "),
        unsupported_words(*unsupported)
    )]
    NotFound {
        /// Every place of the chain.
        looked_at: Vec<String>,
        /// A variable that is set and belongs to a way that is not supported.
        unsupported: Option<&'static str>,
    },
}

fn unsupported_words(variable: Option<&str>) -> String {
    variable.map_or_else(String::new, |variable| {
        format!(" ({variable} is set, but IAM user names and passwords are not supported yet)")
    })
}

/// The names of one access key in the environment.
struct KeyVariables {
    access_key: String,
    secret_key: String,
    security_token: Option<String>,
}

impl KeyVariables {
    fn new(access_key: &str, secret_key: &str, security_token: Option<&str>) -> Self {
        Self {
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            security_token: security_token.map(str::to_owned),
        }
    }

    fn with_prefix(prefix: &str) -> Self {
        Self {
            access_key: format!("{prefix}_AK"),
            secret_key: format!("{prefix}_SK"),
            security_token: Some(format!("{prefix}_SECURITY_TOKEN")),
        }
    }
}

/// Where the credentials file is looked for.
struct FilePath {
    path: PathBuf,
    /// A file that a variable names has to be there; the usual one may be missing.
    is_named: bool,
}

const TOKENS: [&str; 2] = ["SWR_AUDIT_TOKEN", "OS_AUTH_TOKEN"];
const FILE_VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
const FILE_IN_HOME: &str = ".huaweicloud/credentials";
/// The service is one of projects, not of whole accounts: the SDKs read this section for such.
const FILE_SECTION: &str = "basic";
const USER_AND_PASSWORD: [&str; 4] = ["HW_USER_NAME", "HW_USER_PASSWORD", "OS_USERNAME", "OS_PASSWORD"];

/// The chain's keys: the SDKs', those of the API documentation's samples, Terraform's.
fn chain() -> [KeyVariables; 3] {
    [
        KeyVariables::with_prefix("HUAWEICLOUD_SDK"),
        KeyVariables::new("CLOUD_SDK_AK", "CLOUD_SDK_SK", None),
        KeyVariables::new("HW_ACCESS_KEY", "HW_SECRET_KEY", Some("HW_SECURITY_TOKEN")),
    ]
}

/// Finds the credential that a source asks for.
pub fn find(choice: &CredentialChoice, surroundings: &Surroundings<'_>) -> Result<Found, CredentialError> {
    match choice {
        CredentialChoice::Chain => first_of_chain(surroundings),
        CredentialChoice::Environment(prefix) => {
            let names = KeyVariables::with_prefix(prefix);
            surroundings.keys(&names)?.ok_or_else(|| CredentialError::NotAsAsked {
                asked: format!("the variables {prefix}_*"),
                missing: format!("{} and {} are not set", names.access_key, names.secret_key),
            })
        }
        CredentialChoice::Profile(name) => {
            let asked = || format!("the profile '{name}'");
            let file = surroundings.credentials_file();
            let FilePath { path, .. } = file.ok_or_else(|| CredentialError::NotAsAsked {
                asked: asked(),
                missing: format!("neither {FILE_VARIABLE} nor a home directory is known"),
            })?;
            surroundings
                .keys_of_file(&path, name)?
                .ok_or_else(|| CredentialError::NotAsAsked {
                    asked: asked(),
                    missing: format!("'{}' has no key in a section [{name}]", path.display()),
                })
        }
    }
}

fn first_of_chain(surroundings: &Surroundings<'_>) -> Result<Found, CredentialError> {
    let mut looked_at = Vec::new();
    for names in chain() {
        if let Some(found) = surroundings.keys(&names)? {
            return Ok(found);
        }
        looked_at.push(format!("{}/{}", names.access_key, names.secret_key));
    }
    for name in TOKENS {
        if let Some(token) = surroundings.value(name)? {
            return Ok(Found {
                credential: Credential::Token(token.into()),
                origin: format!("environment ({name})"),
            });
        }
        looked_at.push(name.to_owned());
    }
    if let Some(FilePath { path, is_named }) = surroundings.credentials_file() {
        match surroundings.keys_of_file(&path, FILE_SECTION) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(CredentialError::File { source, .. }) if !is_named && is_missing(&source) => {}
            Err(error) => return Err(error),
        }
        looked_at.push(format!("'{}' [{FILE_SECTION}]", path.display()));
    }
    let is_set = |name: &&str| (surroundings.variable)(name).is_some_and(|value| !value.is_empty());
    Err(CredentialError::NotFound {
        looked_at,
        unsupported: USER_AND_PASSWORD.into_iter().find(is_set),
    })
}

/// `NotADirectory`: a home like `/dev/null`, as system accounts have it.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl Surroundings<'_> {
    /// A variable's text without the white space around it; `None` where that is nothing: CI systems set the secrets that
    /// they do not know to the empty text.
    fn text(&self, name: &str) -> Result<Option<String>, CredentialError> {
        let Some(value) = (self.variable)(name) else {
            return Ok(None);
        };
        let value = value
            .into_string()
            .map_err(|_| CredentialError::Character(variable(name)))?;
        Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
    }

    /// A variable that holds a key or token.
    fn value(&self, name: &str) -> Result<Option<String>, CredentialError> {
        let value = self.text(name)?;
        value.map(|value| checked(value, || variable(name))).transpose()
    }

    fn keys(&self, names: &KeyVariables) -> Result<Option<Found>, CredentialError> {
        let token = match &names.security_token {
            Some(name) => self.value(name)?.map(|value| (variable(name), value)),
            None => None,
        };
        let credential = whole(
            (variable(&names.access_key), self.value(&names.access_key)?),
            (variable(&names.secret_key), self.value(&names.secret_key)?),
            token,
        )?;
        Ok(credential.map(|credential| Found {
            credential,
            origin: format!("environment ({})", names.access_key),
        }))
    }

    fn credentials_file(&self) -> Option<FilePath> {
        let named = (self.variable)(FILE_VARIABLE).filter(|path| !path.is_empty());
        let is_named = named.is_some();
        let usual = || self.home.as_ref().map(|home| home.join(FILE_IN_HOME));
        let path = named.map(PathBuf::from).or_else(usual)?;
        Some(FilePath { path, is_named })
    }

    fn keys_of_file(&self, path: &Path, section: &str) -> Result<Option<Found>, CredentialError> {
        let bytes = (self.read)(path).map_err(|source| CredentialError::File {
            path: path.to_owned(),
            source,
        })?;
        let section_of_file = read_section(&bytes, section).map_err(|(line, problem)| CredentialError::Line {
            path: path.to_owned(),
            line,
            problem,
        })?;
        let Section {
            access_key,
            secret_key,
            security_token,
        } = section_of_file;
        let place = |key: &str| format!("'{key}' in [{section}] of '{}'", path.display());
        let value = |key: &str, value: Option<String>| value.map(|value| checked(value, || place(key))).transpose();
        let credential = whole(
            (place("ak"), value("ak", access_key)?),
            (place("sk"), value("sk", secret_key)?),
            value("security_token", security_token)?.map(|token| (place("security_token"), token)),
        )?;
        Ok(credential.map(|credential| Found {
            credential,
            origin: format!("{} [{section}]", path.display()),
        }))
    }
}

fn variable(name: &str) -> String {
    format!("environment variable {name}")
}

/// All of a key, or nothing of it. Each part with the place where it is, or would be.
fn whole(
    (access_place, access_key): (String, Option<String>),
    (secret_place, secret_key): (String, Option<String>),
    security_token: Option<(String, String)>,
) -> Result<Option<Credential>, CredentialError> {
    let incomplete = |found, missing| Err(CredentialError::Incomplete { found, missing });
    match (access_key, secret_key, security_token) {
        (Some(access_key), Some(secret_key), token) => Ok(Some(Credential::Keys(Keys {
            access_key: Arc::from(access_key),
            secret_key: secret_key.into(),
            security_token: token.map(|(_, token)| token.into()),
        }))),
        (Some(_), None, _) => incomplete(access_place, secret_place),
        (None, Some(_), _) => incomplete(secret_place, access_place),
        (None, None, Some((token_place, _))) => incomplete(token_place, access_place),
        (None, None, None) => Ok(None),
    }
}

/// Keys and tokens travel in headers, and consist of visible ASCII characters.
fn checked(value: String, place: impl FnOnce() -> String) -> Result<String, CredentialError> {
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(value)
    } else {
        Err(CredentialError::Character(place()))
    }
}
