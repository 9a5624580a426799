//! Arguments and environment become settings. The only place that knows clap.
//!
//! A wrong command line is exit code 64: clap's own 2 means drift here.

mod environment;
mod refused;
mod resumed;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::commands::{
    self, BaselineChoice, Certificates, CheckSettings, Document, Explained, Interrupt, MergeSettings, Process,
    RenderSettings, RunSettings, SnapshotSettings, Sources, When,
};
use crate::credentials::Surroundings;
use crate::input::Reader;
use crate::model::{Endpoint, Shard};
use crate::output;
use crate::report::csv::Dialect;
use crate::report::verdict::{self, FailOn};
use crate::swr::Authorities;
use values::{Chosen, Destination, FormatWord, Level};

/// Audits container image replication on Huawei Cloud SWR.
///
/// Reads what the auto-sync rules should be from YAML, asks the service what they are, and says exactly where they
/// differ. Nothing is ever written to the service.
#[derive(Debug, Parser)]
#[command(name = "swr-audit", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    talk: TalkArgs,
}

/// The most that a file of certificates may hold.
const CERTIFICATES_LIMIT: u64 = 16 << 20;

/// The exit codes as `--help` tells them.
pub const EXIT_CODES: &str = "\
Exit codes:
    0  everything was audited; no finding at or over --fail-on
    1  no audit: no credential, nothing answered, or reports not writable
    2  drift; complete
    4  incomplete: something is unknown
    6  drift and incomplete
   64  bad command line
   65  invalid inventory or journal, or reports that do not fit together
   66  nothing to audit
  130  interrupted by SIGINT; 143 by SIGTERM";

#[derive(Debug, Subcommand)]
enum Command {
    /// Audit: fetch every rule, compare, write the reports
    Run(Box<RunArgs>),
    /// Write an inventory from what is live: shared policies, patterns, and the exceptions by name
    Snapshot(Box<SnapshotArgs>),
    /// Validate the inventory offline, and warn of what it probably does not mean
    Check(Box<CheckArgs>),
    /// Judge the journals of all shards as one run, and say if any are missing
    Merge(Box<MergeArgs>),
    /// Write any format from the report of an earlier run, or say again how it ended
    Render(RenderArgs),
    /// The whole job against the built-in simulator; no account needed
    #[cfg(feature = "demo")]
    Demo(DemoArgs),
    /// Serve a simulated SWR from a YAML file, on this machine only
    #[cfg(feature = "demo")]
    Simulate(SimulateArgs),
    /// Print a JSON Schema: of the inventory, of `report.json`, or of a line of `journal.ndjson`
    Schema(SchemaArgs),
}

#[derive(Debug, Args)]
struct TalkArgs {
    /// Tell more on stderr: -v what is done, -vv each request
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Talk")]
    verbose: u8,
    /// Tell errors only: no progress, no summary
    #[arg(short, long, global = true, help_heading = "Talk")]
    quiet: bool,
    /// The form of log lines on stderr
    #[arg(long, global = true, value_enum, default_value = "text", help_heading = "Talk")]
    log_format: LogFormat,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value = "auto", help_heading = "Talk")]
    color: WhenName,
    /// When to show a progress bar
    #[arg(long, global = true, value_enum, default_value = "auto", help_heading = "Talk")]
    progress: WhenName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WhenName {
    Auto,
    Always,
    Never,
}

impl From<WhenName> for When {
    fn from(name: WhenName) -> Self {
        match name {
            WhenName::Auto => Self::Auto,
            WhenName::Always => Self::Always,
            WhenName::Never => Self::Never,
        }
    }
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Inventory files and folders [default: policies/]
    #[arg(value_name = "INVENTORY")]
    inputs: Vec<PathBuf>,
    /// Go on with an unfinished run, the newest or the one of that id: only what is missing is asked. A run that came to its
    /// end is asked again for what may have passed
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["replay", "dry_run"])]
    resume: Option<String>,
    /// How old answers may be that --resume uses; what is older is asked again
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = values::duration)]
    max_age: Duration,
    /// With --resume, ask again for whatever that run does not know, not only where trying again can help
    #[arg(long)]
    all_unknown: bool,
    /// Believe that more than 30 % of a source's repositories are gone, or lost their rules, at once
    #[arg(long)]
    allow_mass_change: bool,
    /// Stop asking that long after the start, as in `10m`: what was not answered by then is unknown
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    deadline: Option<Duration>,
    /// Judge the answers of an earlier run again, from its journal; nothing is sent
    #[arg(long, value_name = "JOURNAL")]
    replay: Option<PathBuf>,
    /// Say what would be asked, and how long it would take; no request, no report
    #[arg(long, conflicts_with_all = ["replay", "outputs"])]
    dry_run: bool,
    /// How deep to look: `rules`, whether the rules are as expected
    #[arg(long, value_name = "LEVEL", default_value = "rules", value_parser = values::level)]
    level: Level,
    /// Audit a part only, as in `prod/team-a/*`, `tools`, `eu:`; `!` in front leaves out. The rest is not asked for
    #[arg(long, value_name = "[SOURCE:]NAMESPACE[/REPO]", value_delimiter = ' ', allow_hyphen_values = true, value_parser = values::chosen)]
    only: Vec<Chosen>,
    /// Audit one share of N, as in `2/8`: all N shares together are the whole, see `merge`
    #[arg(long, value_name = "I/N", value_parser = values::shard)]
    shard: Option<Shard>,
    /// Refuse an inventory with waivers whose last day lies further ahead
    #[arg(long, value_name = "DAYS")]
    max_waiver_days: Option<u32>,
    #[command(flatten)]
    reports: ReportArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
struct ReportArgs {
    /// The folder for reports, or `none`
    #[arg(long, value_name = "DIR|none", default_value = "reports")]
    out: PathBuf,
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "csv,json,markdown,html", help = values::format_words())]
    format: Vec<FormatWord>,
    #[arg(short = 'o', long = "output", value_name = "FORMAT=PATH", help = values::format_names())]
    outputs: Vec<Destination>,
    /// The dialect of CSV files [default: excel for files, rfc4180 on stdout]
    #[arg(long, value_enum, value_name = "DIALECT")]
    csv_dialect: Option<DialectName>,
    /// The folder in which this is started, seen from the root of its repository: it stands before the paths of inventory files
    /// in sarif, junit and annotations
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true, value_parser = values::path_prefix)]
    path_prefix: String,
    /// On GitHub: annotations, and the summary and outputs of the step; `auto` where `GITHUB_ACTIONS` is true and markdown
    /// is among the formats
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    annotate: AnnotateName,
    /// The run's name in reports, and of its folder [default: its time and eight hex digits]
    #[arg(long, value_name = "ID", value_parser = values::run_id)]
    run_id: Option<String>,
    /// The clock of reports and of expiry dates, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    at: Option<Timestamp>,
    /// From which severity on a finding fails the run: info, low, medium, high, critical, or never
    #[arg(long, value_name = "SEVERITY|never", default_value = "low", value_parser = values::fail_on)]
    fail_on: FailOn,
    /// What findings are compared with: `auto`, the newest report in --out that fits; `none`; or a report, or what -o
    /// baseline=FILE wrote
    #[arg(long, value_name = "auto|none|FILE", default_value = "auto", value_parser = values::baseline)]
    baseline: BaselineChoice,
    /// Let only findings fail the run that the baseline does not have
    #[arg(long)]
    fail_on_new: bool,
    /// Return 0 in place of 2, 4 and 6; the report still says what it would have been
    #[arg(long)]
    exit_zero: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DialectName {
    Excel,
    Rfc4180,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AnnotateName {
    Auto,
    Never,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Excel => Self::Excel,
            DialectName::Rfc4180 => Self::Rfc4180,
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Service")]
struct ServiceArgs {
    /// Requests in flight at the same time
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// Requests a second at most; never more, and fewer where the service refuses [default: as many as the service takes]
    #[arg(long, value_name = "N", value_parser = values::rate)]
    rate: Option<f64>,
    /// The time for one attempt, from sending to the last byte
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = values::duration)]
    timeout: Duration,
    /// Attempts after the first, where trying again can help
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u32).range(0..=20))]
    retries: u32,
    /// The base URL of the service, in place of the inventory's or the region's
    #[arg(long, value_name = "URL", hide_env_values = true, value_parser = values::endpoint)]
    endpoint: Option<Endpoint>,
    /// Certificates to trust besides the system's, PEM
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,
    /// The proxy for all requests but those to this machine [default: the usual variables]
    #[arg(long, value_name = "URL", hide_env_values = true, value_parser = values::proxy)]
    proxy: Option<String>,
}

#[derive(Debug, Args)]
struct SnapshotArgs {
    /// Inventory files and folders whose sources are written down [default: policies/]
    #[arg(value_name = "INVENTORY", conflicts_with = "region")]
    inputs: Vec<PathBuf>,
    /// One source that is written nowhere yet: its region
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Its name in reports and history [default: the region]
    #[arg(long, value_name = "NAME", requires = "region", conflicts_with = "inputs")]
    name: Option<String>,
    /// Keep this file's policies as they stand there, where something is live as they say
    #[arg(long, value_name = "FILE")]
    policy_from: Vec<PathBuf>,
    /// Write down a part only, as in `prod/team-a/*`, `tools`, `eu:`; `!` in front leaves out
    #[arg(long, value_name = "[SOURCE:]NAMESPACE[/REPO]", value_delimiter = ' ', allow_hyphen_values = true, value_parser = values::chosen)]
    only: Vec<Chosen>,
    /// The file to write, which must not be there yet [default: stdout]
    #[arg(short, long, env = "SWR_AUDIT_SNAPSHOT_OUTPUT", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Stop asking that long after the start, as in `10m`
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    deadline: Option<Duration>,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Debug, Args)]
struct SchemaArgs {
    /// Of which document
    #[arg(value_enum, value_name = "DOCUMENT")]
    document: DocumentName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DocumentName {
    Inventory,
    Report,
    Journal,
}

impl From<DocumentName> for Document {
    fn from(name: DocumentName) -> Self {
        match name {
            DocumentName::Inventory => Self::Inventory,
            DocumentName::Report => Self::Report,
            DocumentName::Journal => Self::Journal,
        }
    }
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Inventory files and folders
    #[arg(value_name = "INVENTORY", default_value = "policies/")]
    inputs: Vec<PathBuf>,
    /// Print what is expected of one repository, every value with the place where it is written
    #[arg(long, value_name = "[SOURCE:]NAMESPACE/REPO", value_parser = values::repository)]
    explain: Option<Explained>,
    /// Refuse waivers whose last day lies further ahead
    #[arg(long, value_name = "DAYS")]
    max_waiver_days: Option<u32>,
    /// Return 65 for warnings too
    #[arg(long)]
    strict: bool,
    /// What stdout gets: text prints an explanation alone, json a document
    #[arg(
        long,
        env = "SWR_AUDIT_CHECK_FORMAT",
        value_enum,
        value_name = "FORMAT",
        default_value = "text"
    )]
    format: CheckFormat,
    /// The clock of expiry dates, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    at: Option<Timestamp>,
    /// Compare the names with what the service lists; no rule is asked for. Else nothing is sent, whatever the service
    /// options say
    #[arg(long, conflicts_with = "explain")]
    live: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
struct MergeArgs {
    /// The folder of each shard's run, and the inventory [default: policies/]
    #[arg(value_name = "RUN|INVENTORY", required = true)]
    paths: Vec<PathBuf>,
    /// How far apart the first and the last answer of all shards may be
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = values::duration)]
    max_age: Duration,
    /// Believe that more than 30 % of a source's repositories are gone, or lost their rules, at once
    #[arg(long)]
    allow_mass_change: bool,
    #[command(flatten)]
    reports: ReportArgs,
}

#[derive(Debug, Args)]
struct RenderArgs {
    /// A `report.json`, or the folder of a run
    #[arg(value_name = "REPORT", default_value = "reports/latest")]
    report: PathBuf,
    #[arg(short = 'o', long = "output", env = "SWR_AUDIT_RENDER_OUTPUT", value_name = "FORMAT=PATH", help = values::render_names())]
    outputs: Vec<Destination>,
    /// The dialect of CSV files [default: excel for files, rfc4180 on stdout]
    #[arg(long, value_enum, value_name = "DIALECT")]
    csv_dialect: Option<DialectName>,
    /// The folder in which the run was started, seen from the root of its repository: it stands before the paths of inventory
    /// files in sarif and junit
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true, value_parser = values::path_prefix)]
    path_prefix: String,
}

#[cfg(feature = "demo")]
#[derive(Debug, Args)]
struct DemoArgs {
    #[command(flatten)]
    reports: ReportArgs,
}

#[cfg(feature = "demo")]
#[derive(Debug, Args)]
struct SimulateArgs {
    /// The world to serve: namespaces, repositories, rules and faults
    #[arg(value_name = "WORLD.yaml")]
    world: PathBuf,
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: std::net::SocketAddr,
}

/// Reads the command line, does what it says, and returns the exit code.
pub fn main(
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
    surroundings: &Surroundings<'_>,
    interrupt: &Interrupt,
) -> u8 {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let mut command = environment::without_unset(command());
    let parsed = command.try_get_matches_from_mut(&arguments).and_then(|matches| {
        let cli = <Cli as FromArgMatches>::from_arg_matches(&matches)?;
        Ok((cli, matches))
    });
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return answer(environment::explained(error, &mut command, &arguments)),
    };
    if let Err(failure) = environment::check(&command, &matches) {
        return commands::fail(&failure);
    }
    let talk = commands::Talk::new(cli.talk.settings());
    for warning in environment::strangers(&self::command()) {
        talk.say(&warning);
    }
    let reader = interrupt.reader();
    let process = Process {
        surroundings,
        interrupt,
        talk: &talk,
    };
    let result = match cli.command {
        Command::Run(arguments) => {
            interrupt.end_after(arguments.deadline);
            arguments
                .settings(&reader)
                .and_then(|settings| commands::run(&settings, process))
        }
        Command::Snapshot(arguments) => {
            interrupt.end_after(arguments.deadline);
            arguments
                .settings(&reader)
                .and_then(|settings| commands::snapshot(&settings, process))
        }
        Command::Schema(arguments) => commands::schema(arguments.document.into()),
        Command::Merge(arguments) => arguments
            .settings()
            .and_then(|settings| commands::merge(settings, process)),
        Command::Check(arguments) => arguments
            .settings(&reader)
            .and_then(|settings| commands::check(&settings, process)),
        Command::Render(arguments) => arguments
            .settings()
            .and_then(|settings| commands::render(&settings, process)),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => arguments
            .reports
            .settings()
            .and_then(|settings| commands::demo(settings, process)),
        #[cfg(feature = "demo")]
        Command::Simulate(arguments) => commands::simulate(&arguments.world, arguments.listen, interrupt, &talk),
    };
    result.unwrap_or_else(|failure| talk.failure(&failure))
}

/// Prints the help that a command line asks for, or why it is refused.
fn answer(error: clap::Error) -> u8 {
    let error = refused::reported_as_later(refused::on_one_line(refused::without_secrets(error)));
    if error.use_stderr() {
        let colour = anstream::AutoStream::choice(&std::io::stderr());
        commands::refuse(&styled(&error, colour), colour != anstream::ColorChoice::Never);
        return verdict::USAGE;
    }
    let colour = anstream::AutoStream::choice(&std::io::stdout());
    match output::print(styled(&error, colour).as_bytes()) {
        Ok(()) => verdict::OK,
        Err(failure) => commands::fail(&failure.into()),
    }
}

/// As clap prints it itself, which would pass over a disk that is full.
fn styled(error: &clap::Error, colour: anstream::ColorChoice) -> String {
    let text = error.render();
    match colour {
        anstream::ColorChoice::Never => text.to_string(),
        anstream::ColorChoice::Auto | anstream::ColorChoice::AlwaysAnsi | anstream::ColorChoice::Always => {
            text.ansi().to_string()
        }
    }
}

impl RunArgs {
    fn settings(self, reader: &Reader) -> Result<RunSettings, commands::Failure> {
        // The only one so far.
        let Level::Rules = self.level;
        let (resume, inputs) = resumed::run_or_input(self.resume, self.inputs, &self.reports.out);
        let reports = self.reports.settings()?;
        if self.shard.is_some() && reports.folder.is_none() && !self.dry_run {
            let text = "--shard with --out none would leave nothing for `merge` to read\nhint: give --out a folder";
            return Err(commands::Failure::Usage(text.to_owned()));
        }
        if self.shard.is_some() && matches!(reports.baseline, BaselineChoice::File(_)) {
            let text =
                "--shard with --baseline FILE: a share has no history of its own\nhint: give the baseline to `merge`";
            return Err(commands::Failure::Usage(text.to_owned()));
        }
        Ok(RunSettings {
            service: self.service.settings(reader)?,
            inputs: if inputs.is_empty() {
                vec!["policies/".into()]
            } else {
                inputs
            },
            max_waiver_days: self.max_waiver_days,
            replay: self.replay,
            resume,
            max_age: self.max_age,
            all_unknown: self.all_unknown,
            allow_mass_change: self.allow_mass_change,
            dry_run: self.dry_run,
            is_demo: false,
            selected: self.only.iter().map(Chosen::to_string).collect(),
            selection: values::selection(self.only, self.shard),
            reports,
        })
    }
}

impl SnapshotArgs {
    fn settings(self, reader: &Reader) -> Result<SnapshotSettings, commands::Failure> {
        let sources = match self.region {
            Some(region) => Sources::Region {
                region,
                name: self.name,
            },
            None if self.inputs.is_empty() => Sources::Written(vec!["policies/".into()]),
            None => Sources::Written(self.inputs),
        };
        Ok(SnapshotSettings {
            sources,
            policies_from: self.policy_from,
            selection: values::selection(self.only, None),
            output: self.output,
            service: self.service.settings(reader)?,
        })
    }
}

impl MergeArgs {
    fn settings(self) -> Result<MergeSettings, commands::Failure> {
        Ok(MergeSettings {
            paths: self.paths,
            max_age: self.max_age,
            allow_mass_change: self.allow_mass_change,
            reports: self.reports.settings()?,
        })
    }
}

impl RenderArgs {
    fn settings(self) -> Result<RenderSettings, commands::Failure> {
        let settings = RenderSettings {
            report: self.report,
            outputs: self.outputs.into_iter().map(Destination::parts).collect(),
            dialect: self.csv_dialect.map(Into::into),
            path_prefix: self.path_prefix,
        };
        let places: Vec<_> = settings.outputs.iter().map(|(_, place)| place.clone()).collect();
        output::refuse_overlaps(&places, None)?;
        Ok(settings)
    }
}

impl CheckArgs {
    fn settings(self, reader: &Reader) -> Result<CheckSettings, commands::Failure> {
        Ok(CheckSettings {
            service: self.service.settings(reader)?,
            is_live: self.live,
            inputs: self.inputs,
            at: self.at,
            is_strict: self.strict,
            is_json: self.format == CheckFormat::Json,
            explain: self.explain,
            max_waiver_days: self.max_waiver_days,
        })
    }
}

impl TalkArgs {
    fn settings(&self) -> commands::TalkSettings {
        commands::TalkSettings {
            verbosity: if self.quiet { None } else { Some(self.verbose) },
            json_logs: self.log_format == LogFormat::Json,
            colour: self.color.into(),
            progress: self.progress.into(),
        }
    }
}

impl ReportArgs {
    fn settings(self) -> Result<commands::ReportSettings, commands::Failure> {
        let extras: Vec<_> = self.outputs.into_iter().map(Destination::parts).collect();
        let settings = commands::ReportSettings {
            folder: (self.out.as_os_str() != "none").then_some(self.out),
            formats: values::formats(&self.format),
            extras,
            dialect: self.csv_dialect.map(Into::into),
            path_prefix: self.path_prefix,
            annotates: self.annotate == AnnotateName::Auto,
            run_id: self.run_id,
            at: self.at,
            fail_on: self.fail_on,
            fail_on_new: self.fail_on_new,
            baseline: self.baseline,
            exit_zero: self.exit_zero,
        };
        output::refuse_overlaps(&settings.places(), settings.folder.as_deref())?;
        Ok(settings)
    }
}

impl ServiceArgs {
    fn settings(&self, reader: &Reader) -> Result<commands::ServiceSettings, commands::Failure> {
        let read = |path: &PathBuf| {
            let pem = reader
                .read(path, CERTIFICATES_LIMIT)
                .map_err(|source| commands::Failure::CaCertificate {
                    path: path.clone(),
                    source,
                })?;
            match Authorities::read(&pem) {
                Ok(authorities) => Ok(Certificates {
                    file: path.clone(),
                    authorities,
                }),
                Err(problem) => Err(commands::Failure::Authorities {
                    path: path.clone(),
                    problem,
                }),
            }
        };
        Ok(commands::ServiceSettings {
            concurrency: self.concurrency.into(),
            rate: self.rate,
            timeout: self.timeout,
            retries: self.retries,
            endpoint: self.endpoint.clone(),
            ca_certificates: self.ca_cert.as_ref().map(read).transpose()?,
            proxy: self.proxy.clone(),
        })
    }
}

/// The whole command, for tests that hold the documentation against it.
pub fn command() -> clap::Command {
    environment::named(<Cli as clap::CommandFactory>::command())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::command().debug_assert();
    }
}
