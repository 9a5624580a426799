//! Values of options: what is refused here is refused before anything is read or sent.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use crate::commands::{BaselineChoice, Explained};
use crate::model::{Endpoint, EndpointProblem, Scope, Selection, Severity, Shard, api_beside_registry};
use crate::output::Place;
use crate::report::format::FORMATS;
use crate::report::verdict::FailOn;
use crate::report::{Format, NoFormat};

/// The formats that a word of `--format` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FormatWord(Vec<Format>);

impl FromStr for FormatWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Format::asked_by(text)
            .map(Self)
            .map_err(|why| refusal(why, &format!("write {}", quoted(&Format::words()))))
    }
}

/// The files of the run's folder that these words ask for, none twice.
pub(super) fn formats(words: &[FormatWord]) -> Vec<Format> {
    let is_asked_for = |format: &Format| words.iter().any(|word| word.0.contains(format));
    FORMATS.into_iter().filter(is_asked_for).collect()
}

/// For the help.
pub(super) fn format_words() -> String {
    format!("The formats in the folder: {}", alternatives(&Format::words()))
}

/// For the help.
pub(super) fn format_names() -> String {
    let names = alternatives(&Format::names());
    format!("One more report at a place of yours: {names}; PATH `-` is stdout")
}

/// For the help of `render`.
pub(super) fn render_names() -> String {
    let names = alternatives(&Format::names());
    format!("A report to write: {names}; PATH `-` is stdout [default: how the run ended, on stdout]")
}

fn refusal(why: NoFormat, usage: &str) -> String {
    match why {
        NoFormat::Later => format!("not supported yet; {usage}"),
        NoFormat::Unknown => usage.to_owned(),
    }
}

/// `a, b or c`.
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// With each in backquotes.
fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    alternatives(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// How deep a run looks. The deeper ones come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The rules alone.
    Rules,
}

/// A word of `--level`.
pub(super) fn level(text: &str) -> Result<Level, String> {
    match text {
        "rules" => Ok(Level::Rules),
        "efficacy" | "replicas" => Err("not supported yet; write `rules`".to_owned()),
        _ => Err("write `rules`".to_owned()),
    }
}

/// A word of `--only`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    scope: Scope,
    is_excluded: bool,
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_excluded { "!" } else { "" };
        write!(f, "{mark}{}", self.scope)
    }
}

/// `prod`, `prod/team-a/*`, `eu:prod/web`, `!prod/legacy-*`.
pub(super) fn chosen(text: &str) -> Result<Chosen, String> {
    let (is_excluded, scope) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let scope = Scope::parse(scope)
        .map_err(|why| format!("{why}; write NAMESPACE, NAMESPACE/REPO or SOURCE:NAMESPACE/REPO, with patterns"))?;
    Ok(Chosen { scope, is_excluded })
}

/// `auto`, `none`, or a file.
pub(super) fn baseline(text: &str) -> Result<BaselineChoice, String> {
    match text {
        "auto" => Ok(BaselineChoice::Newest),
        "none" => Ok(BaselineChoice::Nothing),
        "" => Err("write auto, none or a file".to_owned()),
        path => Ok(BaselineChoice::File(path.into())),
    }
}

/// `2/8`.
pub(super) fn shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text).ok_or_else(|| "write I/N with I from 1 to N, as in `2/8`".to_owned())
}

/// What is chosen, and which share of it.
pub(super) fn selection(chosen: Vec<Chosen>, shard: Option<Shard>) -> Selection {
    let (except, only): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|chosen| chosen.is_excluded);
    let scopes = |chosen: Vec<Chosen>| chosen.into_iter().map(|chosen| chosen.scope).collect();
    Selection {
        only: scopes(only),
        except: scopes(except),
        shard,
    }
}

/// `FORMAT=PATH` of `-o`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    format: Format,
    place: Place,
}

impl Destination {
    /// The format and where it goes.
    pub(super) fn parts(self) -> (Format, Place) {
        (self.format, self.place)
    }
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || format!("write FORMAT=PATH with the format {}", quoted(&Format::names()));
        let (name, path) = text.split_once('=').ok_or_else(usage)?;
        let format = Format::called(name).map_err(|why| refusal(why, &usage()))?;
        let place = match path {
            "" => return Err(usage()),
            "-" => Place::Stdout,
            path => Place::File(PathBuf::from(path)),
        };
        Ok(Self { format, place })
    }
}

/// Units of durations with their milliseconds, the larger first.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// `500ms`, `30s`, `10m`, `1h30m`: whole numbers with units, the larger first, each once. More than nothing.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let usage = || "write a number with a unit, as in `500ms`, `30s`, `10m` or `1h30m`".to_owned();
    let (mut rest, mut total, mut units) = (text, 0_u64, UNITS.iter());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(usage)?;
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or_else(usage)?;
        let part = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .ok_or_else(usage)?;
        total = total.checked_add(part).ok_or_else(usage)?;
        rest = tail;
    }
    if total == 0 {
        Err(usage())
    } else {
        Ok(Duration::from_millis(total))
    }
}

/// Requests a second: a number with or without a fraction, more than nothing.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let is_number =
        text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    text.parse()
        .ok()
        .filter(|rate| is_number && (0.01..=100_000.0).contains(rate))
        .ok_or_else(|| "write requests a second, from 0.01 to 100000, as in `50` or `0.5`".to_owned())
}

/// A namespace and a repository in it, with or without its source; only the first `/` parts them.
pub(super) fn repository(text: &str) -> Result<Explained, String> {
    let parted = text.split_once('/').and_then(|(namespace, repository)| {
        let (source, namespace) = match namespace.split_once(':') {
            Some((source, namespace)) => (Some(source), namespace),
            None => (None, namespace),
        };
        let is_given = !namespace.is_empty() && !repository.is_empty() && source != Some("");
        is_given.then(|| Explained {
            source: source.map(str::to_owned),
            namespace: namespace.to_owned(),
            repository: repository.to_owned(),
        })
    });
    parted.ok_or_else(|| "write the namespace, a `/` and the repository, as in `prod/payments/api`".to_owned())
}

/// An instant with its offset.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "write an RFC 3339 time, as in `2026-11-24T03:15:00Z`".to_owned())
}

/// A folder below the root of a repository.
pub(super) fn path_prefix(text: &str) -> Result<String, String> {
    if text.starts_with('/') {
        Err("write the folder as it is seen from the root of the repository, as in `ops/audit`".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A plain file name that is nothing else yet.
pub(super) fn run_id(text: &str) -> Result<String, String> {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 128
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if is_plain && !matches!(text, "latest" | "none" | "sample") {
        Ok(text.to_owned())
    } else {
        Err("write a plain file name of letters, digits, `.`, `_` and `-`, at most 128".to_owned())
    }
}

/// A severity, or `never`.
pub(super) fn fail_on(text: &str) -> Result<FailOn, String> {
    if text == "never" {
        return Ok(FailOn::Never);
    }
    Severity::from_name(text)
        .map(FailOn::Severity)
        .ok_or_else(|| "write info, low, medium, high, critical or never".to_owned())
}

/// The base URL of a management API, to which credentials may be sent.
pub(super) fn endpoint(text: &str) -> Result<Endpoint, String> {
    let endpoint = Endpoint::parse(text).map_err(|problem| {
        match problem {
            EndpointProblem::Scheme => "write a URL that starts with https://",
            EndpointProblem::Host => "write a host name or an address behind the scheme",
            EndpointProblem::Port => "write a port from 1 to 65535",
            EndpointProblem::UserInformation => {
                "leave user name and password out of the URL: credentials come from the environment or a file"
            }
            EndpointProblem::Path => "write scheme, host and port only, without a path",
            EndpointProblem::PlainHttp => {
                "write https://: plain http is accepted for this machine only (localhost, 127.0.0.1, [::1])"
            }
        }
        .to_owned()
    })?;
    match api_beside_registry(endpoint.host(), None) {
        Some(api) => Err(format!(
            "that is the host of the registry, which stores images and knows no rules; did you mean `{api}`?"
        )),
        None => Ok(endpoint),
    }
}

/// A proxy without credentials: a flag can be read by everybody on the machine.
pub(super) fn proxy(text: &str) -> Result<String, String> {
    const SCHEMES: [&str; 5] = ["http://", "https://", "socks5://", "socks5h://", "socks4://"];
    if text.contains('@') {
        return Err("leave user name and password out: set HTTPS_PROXY in the environment instead".to_owned());
    }
    if text.trim() != text {
        return Err("take the blanks around it away".to_owned());
    }
    if SCHEMES
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
    {
        Ok(text.to_owned())
    } else {
        Err("write a URL that starts with http://, https://, socks5:// or socks5h://".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::format::{DRIFT, REPOS};

    #[test]
    fn durations_have_units_and_are_more_than_nothing() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("1m5ms", 60_005),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "10",
            "-10s",
            "+10s",
            "1.5h",
            "10 s",
            "s",
            "0s",
            "10m1h",
            "1s1s",
            "1d",
            "99999999999999999h",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_is_a_plain_number_and_more_than_nothing() {
        for (text, per_second) in [("50", 50.0), ("0.5", 0.5), ("100000", 100_000.0)] {
            assert_eq!(rate(text), Ok(per_second), "{text}");
        }
        for text in [
            "", "0", "-1", "+1", "0.001", "1e3", "inf", "NaN", "10/s", "1.2.3", ".5", "1000000",
        ] {
            assert!(rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_run_id_is_a_plain_file_name() {
        for good in ["20261124T031500Z-3f9a1c2b", "release-1.2", "a"] {
            assert!(run_id(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", ".hidden", "latest", "-x", "a b", "a\n", "ä"] {
            assert!(run_id(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_output_has_a_format_and_a_place() {
        let read = |text: &str| text.parse::<Destination>().map(Destination::parts);
        assert_eq!(read("csv=-"), Ok((DRIFT, Place::Stdout)));
        assert_eq!(read("repos=a=b.csv"), Ok((REPOS, Place::File("a=b.csv".into()))));
        for bad in ["csv", "csv=", "=x", "pdf=a", "-"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_proxy_holds_no_password() {
        assert!(proxy("http://proxy.corp.example:3128").is_ok());
        for bad in [
            "http://u:p@proxy.corp.example",
            "proxy.corp.example",
            " http://proxy.corp.example",
            "http://",
            "ftp://x",
        ] {
            assert!(proxy(bad).is_err(), "{bad}");
        }
    }
}
