//! Words for what could not be determined.

use super::advice;
use super::wording::{counted, detail, distance, plain};
use crate::model::{Code, Failure, IssuerKind, MassChange, NamespaceName, Target, UnknownClass, Upheaval};

/// What an unknown entry speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    /// `namespace/repository`, or the namespace where it covers several.
    pub name: &'a str,
    /// How many repositories it covers.
    pub count: usize,
    /// The expected target, where it is about one.
    pub target: Option<&'a Target>,
    /// The flag, where it is about one.
    pub field: Option<&'static str>,
    /// Whether a request was sent for it.
    pub was_asked: bool,
}

/// How a message begins: the repository, or the namespace and how many of it.
pub(super) fn who(name: &str, count: usize) -> String {
    match count {
        1 => name.to_owned(),
        count => format!("{name}: {}", counted(count, "repository", "repositories")),
    }
}

/// Why it could not be determined: one line.
pub(super) fn message(subject: Subject<'_>, class: UnknownClass, failure: Option<&Failure>) -> String {
    let who = who(subject.name, subject.count);
    let about = match (subject.target, subject.field) {
        (Some(target), Some(field)) => format!("{field} of the rule for {}", plain(&target.to_string())),
        (Some(target), None) => format!("the rule for {}", plain(&target.to_string())),
        (None, _) => "its rules".to_owned(),
    };
    if class == UnknownClass::Unauthenticated {
        return format!("{who}: not read, {}", refusal(failure, subject.was_asked));
    }
    let cause = failure.map(facts).unwrap_or_default();
    if !subject.was_asked {
        return format!("{who}: {}", unasked(class, failure, &cause));
    }
    match class {
        UnknownClass::Unauthenticated | UnknownClass::AccessDenied => format!("{who}: not read, access denied{cause}"),
        UnknownClass::Throttled => format!("{who}: not read, the service throttled every attempt{cause}"),
        UnknownClass::Timeout => format!("{who}: not read, no complete answer in time{cause}"),
        UnknownClass::Unreachable => format!("{who}: not read, the connection failed{cause}"),
        UnknownClass::ServerError => format!("{who}: not read, the service failed{cause}"),
        UnknownClass::BadResponse if subject.field.is_some() => {
            format!("{who}: {about} is not known, the service left it out or sent no boolean")
        }
        UnknownClass::BadResponse => format!("{who}: not read, the answer cannot be believed{cause}"),
        UnknownClass::Unsupported if failure.is_some_and(|failure| failure.by_registry) => {
            format!("{who}: not read, a registry answered and not the management API, swr-api.REGION.CLOUD{cause}")
        }
        UnknownClass::Unsupported => format!("{who}: not read, the gateway does not know this call{cause}"),
        UnknownClass::NotObservable => {
            format!("{who}: {about} cannot be seen, as SWR may not list rules with syncAuto=false")
        }
        UnknownClass::Truncated if subject.target.is_none() && failure.is_some() => {
            format!("{who}: not known whether it exists{cause}")
        }
        UnknownClass::Truncated => {
            format!(
                "{who}: {about} cannot be determined, the list of rules may be cut: exactly 100 came, or the answer hints at more"
            )
        }
        UnknownClass::Vanished => format!("{who}: was listed, but absent when asked"),
        UnknownClass::Interrupted => format!("{who}: not read, the run ended first"),
        UnknownClass::MassChange => format!("{who}: not believed, too much changed at once"),
        UnknownClass::EmptySelection => format!("{who}: nothing is selected"),
    }
}

/// Why it is not known whether a repository is in a finding about several: one line.
pub(super) fn of_several(subject: Subject<'_>, code: Code) -> String {
    let (who, code) = (who(subject.name, subject.count), code.name());
    let at = subject
        .target
        .map_or_else(String::new, |target| format!(" at {}", plain(&target.to_string())));
    match subject.field {
        Some(field) => format!(
            "{who}: {code}{at} cannot be ruled out, other repositories write there, and the service left `{field}` out or \
             sent no boolean"
        ),
        None => format!(
            "{who}: {code}{at} cannot be ruled out, the sources are of several clouds, and it is not known to which of them \
             each belongs"
        ),
    }
}

/// What to do about it.
pub(super) fn remediation_of_several(field: Option<&str>) -> Vec<String> {
    let step = match field {
        Some(_) => "look at the rules in the console, and give each repository a target namespace of its own",
        None => "give the sources of each cloud an inventory of their own",
    };
    vec![step.to_owned()]
}

/// Why a list of names is not known whole: one line.
pub(super) fn gap(namespace: Option<&NamespaceName>, failure: &Failure) -> String {
    let name = list_of(namespace);
    if failure.class == UnknownClass::Truncated {
        return format!(
            "{name}: may be incomplete{}, and names that only it shows are not known",
            facts(failure)
        );
    }
    let subject = Subject {
        name: &name,
        count: 1,
        target: None,
        field: None,
        // An issuer's attempts are no questions for the list.
        was_asked: was_asked(failure) && failure.issuer.is_none(),
    };
    message(subject, failure.class, Some(failure))
}

/// What to do about it, where only the repositories count that a list may hold.
pub(super) fn gap_remediation(failure: &Failure) -> Vec<String> {
    match failure.class {
        UnknownClass::AccessDenied => advice::of_denial(Some(failure), advice::Denied::Names),
        UnknownClass::Truncated => vec![format!(
            "{RUN_IN_PEACE}; if it stays, name the repositories in the inventory: those are asked for whatever is listed"
        )],
        UnknownClass::Unauthenticated
        | UnknownClass::Throttled
        | UnknownClass::Timeout
        | UnknownClass::Unreachable
        | UnknownClass::ServerError
        | UnknownClass::BadResponse
        | UnknownClass::Unsupported
        | UnknownClass::NotObservable
        | UnknownClass::Vanished
        | UnknownClass::Interrupted
        | UnknownClass::MassChange
        | UnknownClass::EmptySelection => list_remediation(failure),
    }
}

/// What to do about it, where the list itself is what counts.
pub(super) fn list_remediation(failure: &Failure) -> Vec<String> {
    match failure.class {
        UnknownClass::AccessDenied => advice::of_denial(Some(failure), advice::Denied::List),
        UnknownClass::Truncated => vec![RUN_IN_PEACE.to_owned()],
        UnknownClass::Unauthenticated
        | UnknownClass::Throttled
        | UnknownClass::Timeout
        | UnknownClass::Unreachable
        | UnknownClass::ServerError
        | UnknownClass::BadResponse
        | UnknownClass::Unsupported
        | UnknownClass::NotObservable
        | UnknownClass::Vanished
        | UnknownClass::Interrupted
        | UnknownClass::MassChange
        | UnknownClass::EmptySelection => remediation(failure.class, Some(failure)),
    }
}

/// Whether the failure is an answer, or the lack of one, to a question that was put. A list that is not believed was.
const fn was_asked(failure: &Failure) -> bool {
    match failure.class {
        UnknownClass::Unauthenticated
        | UnknownClass::AccessDenied
        | UnknownClass::Throttled
        | UnknownClass::Timeout
        | UnknownClass::Unreachable
        | UnknownClass::ServerError
        | UnknownClass::Interrupted => failure.evidence.attempts > 0,
        UnknownClass::BadResponse
        | UnknownClass::Unsupported
        | UnknownClass::NotObservable
        | UnknownClass::Truncated
        | UnknownClass::Vanished
        | UnknownClass::MassChange
        | UnknownClass::EmptySelection => true,
    }
}

/// The list, where it needs a name.
pub(super) fn list_of(namespace: Option<&NamespaceName>) -> String {
    namespace.map_or_else(
        || "the list of namespaces".to_owned(),
        |namespace| format!("the list of repositories in {namespace}"),
    )
}

/// Why nobody could ask, or why who asked was refused.
fn refusal(failure: Option<&Failure>, was_asked: bool) -> String {
    let Some(failure) = failure.filter(|failure| !facts(failure).is_empty()) else {
        return "there is no credential, or it was refused".to_owned();
    };
    match failure.issuer {
        Some(_) if was_asked => format!(
            "the credential ran out, and there is no new one: {}",
            not_issued(failure)
        ),
        // Who ends there mostly is on no server at all: what that service said is the least of it.
        Some(IssuerKind::Metadata) => format!("no credential was found, and {}", not_issued(failure)),
        Some(IssuerKind::Iam | IssuerKind::IamLogin | IssuerKind::IamProject) => not_issued(failure),
        None if failure.http_status.is_none() => detail(&failure.detail),
        None => {
            let clock = failure
                .clock_skew
                .map_or_else(String::new, |seconds| format!("; {}", clock(seconds)));
            let renewal = failure.renewal.as_deref();
            let renewal = renewal.map_or_else(String::new, |renewal| {
                format!(", and there is no new one: {}", not_issued(renewal))
            });
            format!("the credential was refused{}{clock}{renewal}", facts(failure))
        }
    }
}

/// `IAM at https://iam.example refused the user and password (HTTP 401, IAM.0101)`.
fn not_issued(failure: &Failure) -> String {
    let answer = answer(failure);
    let said = detail(&failure.detail);
    if answer.is_empty() {
        said
    } else {
        format!("{said} ({answer})")
    }
}

/// `this machine's clock is 23 min behind the service's`.
fn clock(ahead: i64) -> String {
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    format!(
        "this machine's clock is {} {direction} the service's",
        distance(ahead.unsigned_abs())
    )
}

/// What of a namespace is not believed, and how much of its source changed at once: one line.
pub(super) fn mass_change(name: &str, change: &MassChange) -> String {
    let who = match change.count() {
        0 => name.to_owned(),
        count => who(name, count),
    };
    let (mut claims, mut reasons) = (Vec::new(), Vec::new());
    for upheaval in &change.upheavals {
        let (claim, reason) = match upheaval {
            Upheaval::Gone { gone, seen } => (
                "gone",
                format!("{gone} of the {seen} repositories that the baseline saw in this source are gone at once"),
            ),
            Upheaval::AllGone(count) => (
                "gone",
                format!("every repository of this source that was read is gone ({count}), and there is no baseline"),
            ),
            Upheaval::WithoutRules { without, seen } => (
                "without rules",
                format!(
                    "{without} of the {seen} repositories that the baseline saw in this source have lost all rules at once"
                ),
            ),
        };
        if !claims.contains(&claim) {
            claims.push(claim);
        }
        reasons.push(reason);
    }
    format!(
        "{who}: not believed to be {}: {}",
        claims.join(" or "),
        reasons.join("; ")
    )
}

/// What to do about a list that changes while it is read.
const RUN_IN_PEACE: &str = "run again when nobody pushes or deletes";

/// What to do about a run that was stopped, also where its answers are judged again.
pub(super) const RUN_AGAIN: &str = "run it again, and let it finish";

/// What to do about another command that was stopped.
pub(super) const SAME_AGAIN: &str = "run the same command again, and let it finish";

/// Why there was no answer to wait for, with what the last question brought that had one. Some were under way when a run
/// ended: those were asked, and not read.
fn unasked(class: UnknownClass, failure: Option<&Failure>, cause: &str) -> String {
    match class {
        UnknownClass::Interrupted => {
            let told = failure.map(|failure| detail(&failure.detail)).unwrap_or_default();
            let why = if told.is_empty() { "the run ended before" } else { &told };
            format!("not read, {why}")
        }
        UnknownClass::AccessDenied => format!("not asked, access to the namespace is denied{cause}"),
        UnknownClass::Timeout | UnknownClass::Unreachable | UnknownClass::ServerError => {
            format!("not asked, by then the service answered nothing{cause}")
        }
        UnknownClass::Throttled => format!("not asked, the service had refused everything for minutes{cause}"),
        UnknownClass::Unauthenticated
        | UnknownClass::BadResponse
        | UnknownClass::Unsupported
        | UnknownClass::NotObservable
        | UnknownClass::Truncated
        | UnknownClass::Vanished
        | UnknownClass::MassChange
        | UnknownClass::EmptySelection => format!("not asked, what came before made it pointless{cause}"),
    }
}

/// ` (HTTP 403, SVCSTG.SWR.4030170: Insufficient permissions)`, with what of it is known.
pub(super) fn facts(failure: &Failure) -> String {
    let (head, said) = (answer(failure), detail(&failure.detail));
    match (head.is_empty(), said.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!(" ({head})"),
        (true, false) => format!(" ({said})"),
        (false, false) => format!(" ({head}: {said})"),
    }
}

/// `HTTP 403, SVCSTG.SWR.4030170`, with what of it is known. A page that is not named by its title is called one here.
fn answer(failure: &Failure) -> String {
    let mut known = Vec::new();
    known.extend(failure.http_status.map(|status| format!("HTTP {status}")));
    known.extend((failure.is_page && failure.issuer.is_some()).then(|| "an HTML page".to_owned()));
    known.extend(failure.error_code.as_deref().map(plain));
    known.join(", ")
}

/// `, request id 5f2c`: what the vendor's support asks for. No part of a message, which is the same from run to run. Nothing
/// where no answer came.
pub(super) fn request(http_status: Option<u16>, id: Option<&str>) -> String {
    match (http_status, id) {
        (Some(_), Some(id)) => format!(", request id {}", plain(id)),
        (Some(_) | None, Some(_) | None) => String::new(),
    }
}

/// What to do about it.
pub(super) fn remediation(class: UnknownClass, failure: Option<&Failure>) -> Vec<String> {
    let is_page = failure.is_some_and(|failure| failure.is_page);
    let obstacle = failure
        .filter(|failure| failure.issuer.is_none())
        .and_then(|failure| failure.obstacle);
    if let Some(obstacle) = obstacle {
        return vec![advice::of_obstacle(obstacle).to_owned()];
    }
    let step = match class {
        UnknownClass::Unauthenticated => return advice::of_refusal(failure),
        UnknownClass::AccessDenied => return advice::of_denial(failure, advice::Denied::Rules),
        UnknownClass::Throttled | UnknownClass::BadResponse | UnknownClass::Unsupported if is_page => advice::GATEWAY,
        UnknownClass::ServerError if is_page => {
            return vec![format!("run again; if it stays: {}", advice::GATEWAY)];
        }
        UnknownClass::Throttled => {
            "run again at another time, with --rate below what the service takes (run.wire.rate in report.json), or with \
             more --retries"
        }
        UnknownClass::Timeout => "run again; if it stays, raise --timeout or look at the way to the endpoint",
        UnknownClass::Unreachable => {
            "check the endpoint and DNS, and whether a proxy is needed (HTTPS_PROXY), and run again; without `endpoint`, the \
             region decides the host"
        }
        UnknownClass::ServerError => "run again; if it stays, give the request id to the service's support",
        UnknownClass::BadResponse => {
            "check that the endpoint is the SWR management API and that nothing on the way answers for it"
        }
        UnknownClass::Unsupported if failure.is_some_and(|failure| failure.by_registry) => {
            "ask the management API: leave `endpoint` (or --endpoint) out for the region's own, or write \
             https://swr-api.REGION.CLOUD; the registry, as in swr.REGION.CLOUD, only stores images"
        }
        UnknownClass::Unsupported => {
            "check the endpoint: this edition or cloud may not offer auto-sync rules, or the URL is not the management API"
        }
        UnknownClass::NotObservable => {
            "look at the rule in the console; if this service does list such rules, say `listsManualRules: true` in the \
             source"
        }
        UnknownClass::Truncated => "look at the rules in the console, and remove what is not needed",
        UnknownClass::Vanished => "run again: the repository was deleted between two requests, or is not visible",
        // Which commands can be gone on with, and which runs, they say themselves.
        UnknownClass::Interrupted => RUN_AGAIN,
        UnknownClass::MassChange => {
            "check whose credential it is, and the source's region, endpoint and permissions; if the change is real, run again \
             with --allow-mass-change"
        }
        UnknownClass::EmptySelection => {
            "correct the pattern of --only, or leave it out; what no entry of the inventory covers cannot be selected"
        }
    };
    vec![step.to_owned()]
}
