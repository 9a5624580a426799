//! Where the credential of a source comes from: what the inventory names, else the first that a fixed chain finds.
//!
//! Says which one it was, by the name of a variable or file, and never shows a value. Something begun and not finished
//! (a key without its secret, a secret with a line break in it) is an error at its place: going on to the next would ask
//! the service as somebody else. Environment and files come in as [`Surroundings`].
//!
//! What is found is a credential, or a way to have one issued, and again when it runs out. Choosing the way sends nothing;
//! walking it is an [`Issuer`], which the client of the service asks when it needs to.

mod error;
mod file;
mod iam;
mod koocli;
mod login;
mod metadata;
mod reach;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

pub use self::error::{CredentialError, NoIam};
pub use self::file::FileProblem;
use self::file::{Section, read_section};
use self::iam::Iam;
use self::koocli::{ClearKey, Profile, read_profile};
pub use self::login::Login;
use self::login::{LOGINS, login};
use self::metadata::Metadata;
pub use self::reach::registrars;
use crate::model::{CallerId, Credential, CredentialChoice, Keys, Source, visible, visible_path};
use crate::swr::{ClientError, ClientSettings, IssueError, Issuer};

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

/// A way to a credential, and where it was found.
#[derive(Debug)]
pub struct Found {
    /// The way.
    pub way: Way,
    /// For people: `environment (HUAWEICLOUD_SDK_AK)`, `/home/a/.huaweicloud/credentials [basic]`.
    pub origin: String,
}

/// How a credential is come by.
#[derive(Debug)]
pub enum Way {
    /// It is there, and stays.
    Ready(Credential),
    /// It is issued, and again when it runs out.
    Issued(Issuance),
}

/// By whom a credential is issued, and to whom.
#[derive(Debug)]
pub enum Issuance {
    /// By IAM: a token for a user and a password.
    Login(Login),
    /// By the metadata service: a temporary key, if this machine is a server with an agency.
    Server {
        /// The base URL of the service.
        base: String,
        /// What was looked at before.
        looked_at: Vec<String>,
    },
}

impl Found {
    /// Who will ask, as far as that is known before anything is issued: a key of a server is another one each time.
    pub fn caller(&self) -> Option<CallerId> {
        match &self.way {
            Way::Ready(credential) => Some(CallerId::of(credential)),
            Way::Issued(Issuance::Login(login)) => Some(login.caller()),
            Way::Issued(Issuance::Server { .. }) => None,
        }
    }

    fn ready(credential: Credential, origin: String) -> Self {
        Self {
            way: Way::Ready(credential),
            origin,
        }
    }
}

impl Issuance {
    /// Whoever is to be asked. Nothing is sent yet.
    pub fn issuer(&self, settings: &ClientSettings) -> Result<Box<dyn Issuer>, ClientError> {
        Ok(match self {
            Self::Login(login) => Box::new(Iam::new(login.clone(), settings)?),
            Self::Server { base, .. } => Box::new(Metadata::new(base, settings)?),
        })
    }

    /// Whoever logs in, and where: sources that share it share the fate of its logins.
    pub fn login(&self) -> String {
        match self {
            Self::Login(login) => format!("{} {}/{}", login.iam, login.domain, login.user),
            Self::Server { base, .. } => base.clone(),
        }
    }

    /// What is issued: sources that share it share every one of these credentials.
    pub fn credential(&self) -> String {
        match self {
            Self::Login(login) => format!("{} {}", self.login(), login.project),
            Self::Server { .. } => self.login(),
        }
    }

    /// What it means that not even a first credential was issued.
    pub fn failed(&self, error: IssueError) -> CredentialError {
        match self {
            Self::Login(_) => CredentialError::NotIssued(error),
            // The end of the chain: there is nobody else to ask.
            Self::Server { looked_at, .. } => {
                let places = looked_at.iter().cloned();
                CredentialError::NotFound {
                    looked_at: places.chain([error.to_string()]).collect(),
                }
            }
        }
    }
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

/// The most that a file with credentials may hold.
pub const FILE_LIMIT: u64 = 1 << 20;

const TOKENS: [&str; 2] = ["SWR_AUDIT_TOKEN", "OS_AUTH_TOKEN"];
const FILE_VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
const FILE_IN_HOME: &str = ".huaweicloud/credentials";
/// The service is one of projects, not of whole accounts: the SDKs read this section for such.
const FILE_SECTION: &str = "basic";
const KOOCLI_FILE_IN_HOME: &str = ".hcloud/config.json";

/// The chain's keys: the SDKs', those of the API documentation's samples, Terraform's.
fn chain() -> [KeyVariables; 3] {
    [
        KeyVariables::with_prefix("HUAWEICLOUD_SDK"),
        KeyVariables::new("CLOUD_SDK_AK", "CLOUD_SDK_SK", None),
        KeyVariables::new("HW_ACCESS_KEY", "HW_SECRET_KEY", Some("HW_SECURITY_TOKEN")),
    ]
}

/// Every variable of the environment that the chain looks at.
pub fn variables() -> Vec<String> {
    let keys = chain().into_iter().flat_map(|names| {
        [names.access_key, names.secret_key]
            .into_iter()
            .chain(names.security_token)
    });
    let others = TOKENS.into_iter().chain(login::variables());
    let others = others.chain([FILE_VARIABLE, metadata::VARIABLE]);
    keys.chain(others.map(str::to_owned)).collect()
}

/// Finds the credential that a source asks for.
pub fn find(source: &Source, surroundings: &Surroundings<'_>) -> Result<Found, CredentialError> {
    match &source.credentials {
        CredentialChoice::Chain => first_of_chain(source, surroundings),
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
                .map_err(|lack| CredentialError::NotAsAsked {
                    asked: asked(),
                    missing: format!("'{}' has {}", visible_path(&path), lack.words(name)),
                })
        }
    }
}

/// The files that a credential is looked for in.
pub fn files(surroundings: &Surroundings<'_>) -> Vec<PathBuf> {
    let file = surroundings.credentials_file().map(|file| file.path);
    let koocli = surroundings.home.as_ref().map(|home| home.join(KOOCLI_FILE_IN_HOME));
    file.into_iter().chain(koocli).collect()
}

fn first_of_chain(source: &Source, surroundings: &Surroundings<'_>) -> Result<Found, CredentialError> {
    let mut looked_at = Vec::new();
    for names in chain() {
        if let Some(found) = surroundings.keys(&names)? {
            return Ok(found);
        }
        looked_at.push(format!("{}/{}", names.access_key, names.secret_key));
    }
    for name in TOKENS {
        if let Some(token) = surroundings.value(name)? {
            let token = Credential::Token(token.into());
            return Ok(Found::ready(token, format!("environment ({name})")));
        }
        looked_at.push(name.to_owned());
    }
    for names in &LOGINS {
        if let Some(login) = login(names, source, surroundings)? {
            return Ok(Found {
                origin: login.origin(),
                way: Way::Issued(Issuance::Login(login)),
            });
        }
        looked_at.push(names.place());
    }
    if let Some(FilePath { path, is_named }) = surroundings.credentials_file() {
        let lack = match surroundings.keys_of_file(&path, FILE_SECTION) {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(lack)) => format!(" ({})", lack.words(FILE_SECTION)),
            Err(CredentialError::File { source, .. }) if !is_named && is_missing(&source) => {
                format!(" [{FILE_SECTION}]")
            }
            Err(error) => return Err(error),
        };
        looked_at.push(format!("'{}'{lack}", visible_path(&path)));
    }
    if let Some(home) = &surroundings.home {
        let path = home.join(KOOCLI_FILE_IN_HOME);
        match surroundings.key_of_koocli(&path)? {
            Ok(found) => return Ok(found),
            Err(why) => looked_at.push(format!("'{}'{why}", visible_path(&path))),
        }
    }
    if let Some(base) = metadata::place(surroundings)? {
        return Ok(Found {
            origin: format!("the metadata service at {base}"),
            way: Way::Issued(Issuance::Server { base, looked_at }),
        });
    }
    looked_at.push(format!("the metadata service ({}=off)", metadata::VARIABLE));
    Err(CredentialError::NotFound { looked_at })
}

/// `NotADirectory`: a home like `/dev/null`, as system accounts have it.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl Surroundings<'_> {
    /// A variable's text without the white space around it; `None` where that is nothing: CI systems set the secrets that
    /// they do not know to the empty text.
    fn text(&self, name: &str) -> Result<Option<String>, CredentialError> {
        let value = self.raw(name)?;
        Ok(value
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty()))
    }

    fn raw(&self, name: &str) -> Result<Option<String>, CredentialError> {
        let value = (self.variable)(name).map(OsString::into_string).transpose();
        value.map_err(|_| CredentialError::NotText(variable(name)))
    }

    /// A text that is meant as it stands: a name or an id.
    fn name(&self, name: &str) -> Result<Option<String>, CredentialError> {
        let value = self.text(name)?;
        value.map(|value| written_out(value, || variable(name))).transpose()
    }

    /// The first of these that holds a name, by the variable's own.
    fn first_name(&self, names: &[&str]) -> Result<Option<String>, CredentialError> {
        for name in names {
            if let Some(text) = self.name(name)? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// The first of these that holds a text, by its name.
    fn first_text<'n>(&self, names: &[&'n str]) -> Result<Option<(&'n str, String)>, CredentialError> {
        for &name in names {
            if let Some(text) = self.text(name)? {
                return Ok(Some((name, text)));
            }
        }
        Ok(None)
    }

    /// A variable that holds a password: blanks may belong to it, the line break of a file that it came from does not.
    fn password(&self, name: &str) -> Result<Option<SecretString>, CredentialError> {
        let value = self.raw(name)?;
        let password = value.map(|value| value.trim_end_matches(['\r', '\n']).to_owned());
        let Some(password) = password.filter(|password| !password.is_empty()) else {
            return Ok(None);
        };
        // One quote or dollar sign may well belong to it, but not the same quote at both ends.
        let first = password.chars().next().filter(|first| QUOTES.contains(first));
        if first.is_some_and(|quote| password.len() > 1 && password.ends_with(quote)) {
            return Err(CredentialError::Quotes(variable(name)));
        }
        let is_whole = password.starts_with(['$', '{']) && password.ends_with(['}', ')']);
        if is_whole && is_placeholder(&password) {
            return Err(CredentialError::Placeholder(variable(name)));
        }
        Ok(Some(password.into()))
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
        let origin = || format!("environment ({})", names.access_key);
        Ok(credential.map(|credential| Found::ready(credential, origin())))
    }

    fn credentials_file(&self) -> Option<FilePath> {
        let named = (self.variable)(FILE_VARIABLE).filter(|path| !path.is_empty());
        let is_named = named.is_some();
        let usual = || self.home.as_ref().map(|home| home.join(FILE_IN_HOME));
        let path = named.map(PathBuf::from).or_else(usual)?;
        Some(FilePath { path, is_named })
    }

    fn keys_of_file(&self, path: &Path, section: &str) -> Result<Result<Found, NoKey>, CredentialError> {
        let bytes = (self.read)(path).map_err(|source| CredentialError::File {
            path: path.to_owned(),
            source,
        })?;
        let contents = read_section(&bytes, section).map_err(|(line, problem)| CredentialError::Line {
            path: path.to_owned(),
            line,
            problem,
        })?;
        let Some(Section {
            access_key,
            secret_key,
            security_token,
        }) = contents.section
        else {
            return Ok(Err(NoKey::NoSection(contents.sections)));
        };
        let place = |key: &str| format!("'{key}' in [{section}] of '{}'", visible_path(path));
        let value = |key: &str, value: Option<String>| value.map(|value| checked(value, || place(key))).transpose();
        let credential = whole(
            (place("ak"), value("ak", access_key)?),
            (place("sk"), value("sk", secret_key)?),
            value("security_token", security_token)?.map(|token| (place("security_token"), token)),
        )?;
        let origin = format!("{} [{section}]", visible_path(path));
        Ok(credential.map_or(Err(NoKey::EmptySection), |credential| {
            Ok(Found::ready(credential, origin))
        }))
    }

    /// The key of the `KooCLI`'s current profile, or what is to be said of a file without one. Another tool's file is no
    /// reason to give up; half a key in it is, like anywhere.
    fn key_of_koocli(&self, path: &Path) -> Result<Result<Found, String>, CredentialError> {
        let bytes = match (self.read)(path) {
            Ok(bytes) => bytes,
            Err(error) if is_missing(&error) => return Ok(Err(String::new())),
            Err(error) => return Ok(Err(format!(" (it cannot be read: {error})"))),
        };
        let (profile, key) = match read_profile(&bytes) {
            Profile::Clear(profile, key) => (profile, key),
            Profile::Unusable(why) => return Ok(Err(format!(" ({why})"))),
        };
        let ClearKey {
            access_key,
            secret_key,
            security_token,
        } = key;
        let place = |key: &str| format!("'{key}' in the current profile of '{}'", visible_path(path));
        let value = |key: &str, value: Option<String>| value.map(|value| checked(value, || place(key))).transpose();
        let credential = whole(
            (place("accessKeyId"), value("accessKeyId", access_key)?),
            (place("secretAccessKey"), value("secretAccessKey", secret_key)?),
            value("securityToken", security_token)?.map(|token| (place("securityToken"), token)),
        )?;
        let origin = format!("{} (profile {profile})", visible_path(path));
        Ok(credential.map_or_else(
            || Err(" (its current profile has no key)".to_owned()),
            |credential| Ok(Found::ready(credential, origin)),
        ))
    }
}

/// Why a credentials file gives no key.
enum NoKey {
    /// There is no such section; the names of those that there are.
    NoSection(Vec<String>),
    EmptySection,
}

impl NoKey {
    fn words(&self, section: &str) -> String {
        match self {
            Self::NoSection(others) if others.is_empty() => format!("no section [{section}], and no other"),
            Self::NoSection(others) => {
                let others: Vec<String> = others.iter().map(|name| format!("[{}]", visible(name))).collect();
                format!("no section [{section}], only {}", others.join(", "))
            }
            Self::EmptySection => format!("no key in its section [{section}]"),
        }
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
fn checked(value: String, place: impl Fn() -> String) -> Result<String, CredentialError> {
    let value = written_out(value, &place)?;
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(value)
    } else {
        Err(CredentialError::Character(place()))
    }
}

/// What whoever set a value surely did not mean: no signature and no login would fit, and wrong logins lock an account.
fn written_out(value: String, place: impl Fn() -> String) -> Result<String, CredentialError> {
    // An `--env-file` of docker, and an INI file, keep them as a part of the value.
    if value.starts_with(QUOTES) || value.ends_with(QUOTES) {
        Err(CredentialError::Quotes(place()))
    } else if is_placeholder(&value) || value.starts_with('$') {
        Err(CredentialError::Placeholder(place()))
    } else {
        Ok(value)
    }
}

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Whether a text is what a shell or a template puts something else for: `${NAME}`, `$(command)`, `{{ name }}`.
fn is_placeholder(text: &str) -> bool {
    let within = |(open, close): (&str, &str)| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close));
    [("${", "}"), ("$(", ")"), ("{{", "}}")].into_iter().any(within)
}
