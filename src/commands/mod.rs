//! What the tool does: each command a function from settings to an exit code. Everything is put together here.

mod annotate;
mod asking;
mod begin;
mod check;
mod clock;
mod connector;
#[cfg(feature = "demo")]
mod demo;
mod dry_run;
mod history;
mod interrupt;
pub(crate) mod known;
mod latest;
mod live;
mod logging;
mod merge;
mod progress;
mod publish;
mod recorder;
mod render;
mod resume;
mod run;
mod schema;
mod services;
#[cfg(feature = "demo")]
mod simulate;
mod snapshot;
mod talk;
mod terminal;
mod warnings;
mod whose;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::credentials::{CredentialError, NoIam, Surroundings};
use crate::history::HistoryError;
use crate::inventory::Problems;
use crate::journal::JournalError;
use crate::model::{Endpoint, Selection, visible, visible_path};
use crate::output::{OutputError, Place};
use crate::report::csv::Dialect;
use crate::report::verdict::{self, FailOn};
use crate::report::{Format, unissued};
use crate::swr::{Authorities, AuthoritiesError, ClientError, IssueError};

pub use check::{CheckSettings, Explained, check};
#[cfg(feature = "demo")]
pub use demo::demo;
pub use interrupt::Interrupt;
pub use merge::{MergeError, MergeSettings, merge};
pub use render::{RenderSettings, render};
pub use resume::ResumeError;
pub use run::run;
pub use schema::{Document, schema};
#[cfg(feature = "demo")]
pub use simulate::simulate;
pub use snapshot::{SnapshotSettings, Sources, snapshot};
pub use talk::{Talk, TalkSettings, When, fail, refuse};

/// What is audited, how, and where the reports go.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct RunSettings {
    /// The inventory's files and folders.
    pub inputs: Vec<PathBuf>,
    /// How many days from today on a waiver may hold; `None`: as many as it says.
    pub max_waiver_days: Option<u32>,
    /// The reports.
    pub reports: ReportSettings,
    /// The service.
    pub service: ServiceSettings,
    /// An earlier run's journal in the place of the service.
    pub replay: Option<PathBuf>,
    /// The run to go on with.
    pub resume: Option<Which>,
    /// How old answers of that run may be.
    pub max_age: Duration,
    /// Whether to ask again for whatever that run does not know.
    pub all_unknown: bool,
    /// Whether the mass-change guard lets everything through.
    pub allow_mass_change: bool,
    /// Whether to say only what would be asked.
    pub dry_run: bool,
    /// Whether the service ends with the process.
    pub is_demo: bool,
    /// What part of the inventory is spoken of.
    pub selection: Selection,
    /// That selection as it was written.
    pub selected: Vec<String>,
}

impl RunSettings {
    /// An audit of everything, with those reports.
    fn of(reports: ReportSettings) -> Self {
        Self {
            inputs: Vec::new(),
            max_waiver_days: None,
            reports,
            service: ServiceSettings::default(),
            replay: None,
            resume: None,
            max_age: Duration::MAX,
            all_unknown: false,
            allow_mass_change: false,
            dry_run: false,
            is_demo: false,
            selection: Selection::default(),
            selected: Vec::new(),
        }
    }
}

/// Which run to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that started last.
    Newest,
    /// The one of that id.
    Run(String),
}

impl Which {
    /// How it is called while it is looked for.
    fn name(&self) -> &str {
        match self {
            Self::Newest => "not chosen yet",
            Self::Run(run_id) => run_id,
        }
    }
}

/// Which reports are written, where, and what the verdict counts.
#[derive(Debug)]
pub struct ReportSettings {
    /// The folder for runs; `None` writes none.
    pub folder: Option<PathBuf>,
    /// The files of the run's folder.
    pub formats: Vec<Format>,
    /// Further places.
    pub extras: Vec<(Format, Place)>,
    /// The dialect of every CSV; `None`: excel for files, rfc4180 on stdout.
    pub dialect: Option<Dialect>,
    /// What stands before the paths of the inventory where a reader looks for files.
    pub path_prefix: String,
    /// Whether a step of GitHub Actions gets annotations, a summary and outputs.
    pub annotates: bool,
    /// The run's id; `None` makes one.
    pub run_id: Option<String>,
    /// The clock of reports; `None`: the machine's.
    pub at: Option<Timestamp>,
    /// From which severity on a finding counts.
    pub fail_on: FailOn,
    /// Whether only findings count that the baseline does not have.
    pub fail_on_new: bool,
    /// What findings are compared with.
    pub baseline: BaselineChoice,
    /// Whether drift and gaps are forgiven.
    pub exit_zero: bool,
}

/// What findings are compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BaselineChoice {
    /// The newest report in the folder of runs that fits.
    #[default]
    Newest,
    /// Nothing: every finding is new.
    Nothing,
    /// A report, or what `-o baseline=FILE` wrote.
    File(PathBuf),
}

/// How the service is asked.
#[derive(Debug)]
pub struct ServiceSettings {
    /// Requests in flight at the same time.
    pub concurrency: usize,
    /// Requests a second at most; `None`: as many as the service takes.
    pub rate: Option<f64>,
    /// The time for one attempt.
    pub timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// The endpoint in place of every source's own.
    pub endpoint: Option<Endpoint>,
    /// Certificates to trust besides the system's.
    pub ca_certificates: Option<Certificates>,
    /// The proxy, without credentials.
    pub proxy: Option<String>,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            concurrency: 16,
            rate: None,
            timeout: Duration::from_secs(30),
            retries: 4,
            endpoint: None,
            ca_certificates: None,
            proxy: None,
        }
    }
}

/// A file of certificates.
#[derive(Debug)]
pub struct Certificates {
    /// Where it is.
    pub file: PathBuf,
    /// What it holds.
    pub authorities: Authorities,
}

impl ReportSettings {
    /// The further places.
    pub fn places(&self) -> Vec<Place> {
        self.extras.iter().map(|(_, place)| place.clone()).collect()
    }
}

/// What a command has of the process that it runs in.
#[derive(Clone, Copy)]
pub struct Process<'a> {
    /// Environment and files of credentials.
    pub surroundings: &'a Surroundings<'a>,
    /// Signals and the deadline.
    pub interrupt: &'a Interrupt,
    /// The way to stderr.
    pub talk: &'a Talk,
}

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("cannot read the certificates '{}'\nhint: give a PEM file with --ca-cert", visible_path(.path))]
    CaCertificate { path: PathBuf, source: io::Error },
    #[error("the file of --ca-cert, '{}', cannot be used: {problem}\nhint: {}", visible_path(.path), .problem.hint(&visible_path(.path)))]
    Authorities { path: PathBuf, problem: AuthoritiesError },
    #[error("SSL_CERT_FILE names '{}', which cannot be used: {why}\nhint: {hint}", visible_path(.path))]
    SystemCertificates { path: PathBuf, why: String, hint: String },
    #[error(transparent)]
    Inventory(#[from] Problems),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Credential(CredentialError),
    #[error("no token could be had: {error}\nhint: {}", unissued(&.error.failure))]
    NotIssued { error: IssueError },
    #[error("{}", .0.iter().map(NoIam::to_string).collect::<Vec<_>>().join("\n"))]
    NoIam(Vec<NoIam>),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("cannot {doing}")]
    System { doing: &'static str, source: io::Error },
    #[error("cannot replay the journal '{}'\nhint: give the journal.ndjson of a run of this inventory", visible_path(.path))]
    Journal { path: PathBuf, source: JournalError },
    #[error(transparent)]
    Resume(#[from] ResumeError),
    #[error(
        "the run '{0}' stays unfinished: nothing was asked\nhint: go on with it with --resume once there is a credential"
    )]
    StillUnfinished(String),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error("cannot read the world '{}': {}", visible_path(.path), visible(.why))]
    World { path: PathBuf, why: String },
    #[error("cannot read the report '{}': {}\nhint: give the report.json of a run, or the run's folder", visible_path(.path), visible(.why))]
    Report { path: PathBuf, why: String },
    #[error("the demo did not end as scripted:\n{0}")]
    OffScript(String),
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::NotIssued(error) => Self::NotIssued { error },
            other => Self::Credential(other),
        }
    }
}

impl Failure {
    /// The exit code that belongs to it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoIam(lacks) if lacks.iter().any(|lack| lack.is_of_option) => verdict::USAGE,
            Self::Usage(_)
            | Self::CaCertificate { .. }
            | Self::Authorities { .. }
            | Self::Client(ClientError::Proxy(_))
            | Self::Output(
                OutputError::RunExists(_)
                | OutputError::Unfinished(_)
                | OutputError::Twice(_)
                | OutputError::AmongRuns { .. }
                | OutputError::Over { .. },
            ) => verdict::USAGE,
            Self::Inventory(_)
            | Self::NoIam(_)
            | Self::Journal { .. }
            | Self::Resume(_)
            | Self::History(_)
            | Self::Merge(_)
            | Self::Report { .. }
            | Self::World { .. } => verdict::INVALID_INPUT,
            Self::Output(OutputError::Held { .. } | OutputError::Write { .. } | OutputError::Stdout(_))
            | Self::Credential(_)
            | Self::NotIssued { .. }
            | Self::SystemCertificates { .. }
            | Self::Client(_)
            | Self::System { .. }
            | Self::StillUnfinished(_)
            | Self::OffScript(_) => verdict::NO_AUDIT,
        }
    }
}

/// A runtime on this thread alone: a second one makes this load slower.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::System {
            doing: "start the runtime",
            source,
        })
}
