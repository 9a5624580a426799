//! Why there is no credential, in places and names.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::file::FileProblem;
use crate::model::{CloudDomain, Endpoint, EndpointProblem, Failure, UnknownClass, visible_path};
use crate::swr::IssueError;

/// Why there is no credential. Places and names only, never values.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// Half a key, or half a login.
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
    /// A value with a quote at an end of it. The place, never the value.
    #[error(
        "{0} has quotes around it, or one at an end of it\n\
         hint: write the value without quotes: a file for docker's --env-file keeps them as a part of it"
    )]
    Quotes(String),
    /// A value that a shell or a template should have put something else for. The place, never the value.
    #[error("{0} is a placeholder, and nothing filled it in\nhint: set it to the value itself")]
    Placeholder(String),
    /// A variable that is no text.
    #[error("{0} is no UTF-8 text")]
    NotText(String),
    /// A variable that should hold the URL of IAM. The value is kept out: it may hold a password.
    #[error("{place} {}\nhint: write https://HOST, or https://HOST/v3", endpoint_words(*problem))]
    Endpoint {
        /// The variable.
        place: String,
        /// What is wrong with its value.
        problem: EndpointProblem,
    },
    /// There is a user with a password, and no IAM that they may be sent to.
    #[error(transparent)]
    NoIam(NoIam),
    /// The variable that says where the metadata service is.
    #[error(
        "{0} is neither 'off' nor a URL of this machine or its link\n\
         hint: write 'off', http://127.0.0.1:PORT or http://169.254.X.X"
    )]
    MetadataPlace(String),
    /// Nothing where the inventory says that it is.
    #[error(
        "the inventory asks for {asked}, but {missing}\nhint: set what is missing, or change `credentials` in the source"
    )]
    NotAsAsked {
        /// The inventory's choice.
        asked: String,
        /// What was not found.
        missing: String,
    },
    /// The credentials file cannot be read.
    #[error(
        "cannot read credentials file '{}'\nhint: check its path and permissions; {} names another one",
        visible_path(path),
        super::FILE_VARIABLE
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The credentials file is no such file.
    #[error("line {line} of credentials file '{}' {problem}\nhint: {}", visible_path(path), problem.hint())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: FileProblem,
    },
    /// There is a user with a password, and no token for them: what IAM said, or why it said nothing.
    #[error("no token could be had: {0}")]
    NotIssued(IssueError),
    /// The chain ended.
    #[error(
        "no credential found; looked at {}\n\
         hint: set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or SWR_AUDIT_TOKEN",
        looked_at.join(", ")
    )]
    NotFound {
        /// Every place of the chain, with what was there where that is no credential.
        looked_at: Vec<String>,
    },
}

impl CredentialError {
    /// Why nothing can be asked: the first line of what is said of it, since the others say what to do.
    pub fn failure(&self) -> Failure {
        let text = self.to_string();
        Failure {
            detail: text.lines().next().unwrap_or_default().to_owned(),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        }
    }
}

/// A login that may be sent to nobody.
#[derive(Clone, Debug, Error)]
#[error(
    "source '{source_name}': {login} are not sent: no IAM is known for {}{endpoint}\nhint: {}",
    if *is_of_option { "--endpoint " } else { "" },
    iam_hint(cloud.as_ref())
)]
pub struct NoIam {
    /// The name of the source.
    pub source_name: String,
    /// The variables of user and password.
    pub login: String,
    /// Where the source is asked.
    pub endpoint: Endpoint,
    /// Whether an option said so.
    pub is_of_option: bool,
    /// The cloud that would give an IAM if the source named it.
    pub cloud: Option<CloudDomain>,
}

fn iam_hint(cloud: Option<&CloudDomain>) -> String {
    let named = "`iamEndpoint:` in the source, or set HUAWEICLOUD_SDK_IAM_ENDPOINT";
    match cloud {
        Some(cloud) => format!("write `cloud: {cloud}` or {named}"),
        None => format!("write {named}"),
    }
}

const fn endpoint_words(problem: EndpointProblem) -> &'static str {
    match problem {
        EndpointProblem::Scheme => "is no URL",
        EndpointProblem::Host => "has no host that a URL can hold",
        EndpointProblem::Port => "has a port that is no number from 1 to 65535",
        EndpointProblem::UserInformation => "holds user information, which does not belong in a URL",
        EndpointProblem::Path => "goes on behind the host with more than '/v3'",
        EndpointProblem::PlainHttp => "would send the password in the clear",
    }
}
