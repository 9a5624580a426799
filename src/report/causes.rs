//! Words for what could not be told.

use super::wording::{counted, plain};
use crate::model::{Code, Failure, IssuerKind, NamespaceName, Target, UnknownClass};

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

/// Why it could not be told: one line.
pub(super) fn message(subject: Subject<'_>, class: UnknownClass, failure: Option<&Failure>) -> String {
    let who = who(subject.name, subject.count);
    let about = match (subject.target, subject.field) {
        (Some(target), Some(field)) => format!("{field} of the rule for {}", plain(&target.to_string())),
        (Some(target), None) => format!("the rule for {}", plain(&target.to_string())),
        (None, _) => "its rules".to_owned(),
    };
    if !subject.was_asked {
        let told = failure
            .map(|failure| plain(&failure.detail))
            .filter(|detail| !detail.is_empty());
        // Who ends there mostly is on no server at all: what that service said is the least of it.
        let is_end_of_chain = failure.is_some_and(|failure| failure.issuer == Some(IssuerKind::Metadata));
        let why = if is_end_of_chain {
            "no credential was found, and "
        } else {
            ""
        };
        return told.map_or_else(
            || format!("{who}: {}", unasked(class)),
            |told| format!("{who}: not read, {why}{told}"),
        );
    }
    let cause = failure.map(facts).unwrap_or_default();
    match class {
        UnknownClass::Unauthenticated => format!("{who}: not read, {}", refusal(failure, &cause)),
        UnknownClass::AccessDenied => format!("{who}: not read, access denied{cause}"),
        UnknownClass::Throttled => format!("{who}: not read, the service throttled every attempt{cause}"),
        UnknownClass::Timeout => format!("{who}: not read, no whole answer in time{cause}"),
        UnknownClass::Unreachable => format!("{who}: not read, the connection failed{cause}"),
        UnknownClass::ServerError => format!("{who}: not read, the service failed{cause}"),
        UnknownClass::BadResponse if subject.field.is_some() => {
            format!("{who}: {about} is not told, the service left it out or sent no boolean")
        }
        UnknownClass::BadResponse => format!("{who}: not read, the answer cannot be believed{cause}"),
        UnknownClass::Unsupported if failure.is_some_and(|failure| failure.by_registry) => {
            format!("{who}: not read, a registry answered and not the management API, swr-api.REGION.CLOUD{cause}")
        }
        UnknownClass::Unsupported => format!("{who}: not read, the gateway does not know this call{cause}"),
        UnknownClass::NotObservable => {
            format!("{who}: {about} cannot be seen, rules with syncAuto=false are reported not to be listed")
        }
        UnknownClass::Truncated => {
            format!(
                "{who}: {about} cannot be told for certain, the list of rules may be cut: exactly 100 came, or the answer hints at more"
            )
        }
        UnknownClass::Vanished => format!("{who}: was listed, and was absent when asked"),
        UnknownClass::Interrupted => format!("{who}: not read, the run ended before"),
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
            "{name}: may not be all{}, what it alone shows is not known",
            facts(failure)
        );
    }
    let subject = Subject {
        name: &name,
        count: 1,
        target: None,
        field: None,
        was_asked: was_asked(failure),
    };
    message(subject, failure.class, Some(failure))
}

/// What to do about it, where only the repositories count that a list may hold.
pub(super) fn gap_remediation(failure: &Failure) -> Vec<String> {
    let or_else = if failure.class == UnknownClass::AccessDenied {
        ", or name the repositories in the inventory"
    } else if failure.class == UnknownClass::Truncated {
        "; if it stays, name the repositories in the inventory: those are asked for whatever is listed"
    } else {
        ""
    };
    let steps = list_remediation(failure).into_iter();
    steps.map(|step| format!("{step}{or_else}")).collect()
}

/// What to do about it, where the list itself is what counts.
pub(super) fn list_remediation(failure: &Failure) -> Vec<String> {
    match failure.class {
        UnknownClass::AccessDenied => vec![
            "grant the credential read on the namespace (actions swr:namespace:getNamespace, \
             swr:namespace:listNamespaces and swr:repo:listRepos)"
                .to_owned(),
        ],
        UnknownClass::Truncated => vec!["run again when nobody pushes or deletes".to_owned()],
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
        | UnknownClass::EmptySelection => remediation(failure.class, was_asked(failure), Some(failure)),
    }
}

/// Whether the failure is an answer, or the lack of one, to a question that was put.
const fn was_asked(failure: &Failure) -> bool {
    failure.issuer.is_none() && (failure.http_status.is_some() || !failure.detail.is_empty())
}

/// The list, where it needs a name.
pub(super) fn list_of(namespace: Option<&NamespaceName>) -> String {
    namespace.map_or_else(
        || "the list of namespaces".to_owned(),
        |namespace| format!("the list of repositories in {namespace}"),
    )
}

/// How a credential came to be none, in the middle of the asking.
fn refusal(failure: Option<&Failure>, cause: &str) -> String {
    let Some(failure) = failure else {
        return format!("the credential was refused{cause}");
    };
    if failure.issuer.is_some() {
        return format!(
            "the credential ran out or was refused, and there is no new one: {}",
            plain(&failure.detail)
        );
    }
    let clock = failure
        .clock_skew
        .map_or_else(String::new, |seconds| format!("; {}", clock(seconds)));
    format!("the credential was refused{cause}{clock}")
}

/// `this machine's clock is 23 min behind the service's`.
fn clock(ahead: i64) -> String {
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    format!(
        "this machine's clock is {} {direction} the service's",
        distance(ahead.unsigned_abs())
    )
}

/// So that a person takes it in: two hours and more in hours, two days and more in days.
fn distance(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let rounded = |unit| (seconds + unit / 2) / unit;
    match seconds {
        ..7_200 => format!("{} min", rounded(MINUTE)),
        7_200..172_800 => format!("{} hours", rounded(HOUR)),
        172_800.. => format!("{} days", rounded(DAY)),
    }
}

/// The one sign of a locked key, in the words of the signing guide: its code is that of a wrong one. Nothing rests on it
/// but this advice.
const LOCKED: &str = "failed to reach the limit";

/// What to do about a run that was stopped, also where its answers are judged again.
pub(super) const RUN_AGAIN: &str = "run it again, and let it finish";

/// What to do about another command that was stopped.
pub(super) const SAME_AGAIN: &str = "run the same command again, and let it finish";

/// Why there was no answer to wait for. Some were under way when a run or a credential ended: those were asked, and not
/// read.
const fn unasked(class: UnknownClass) -> &'static str {
    match class {
        UnknownClass::Unauthenticated => "not read, there is no credential, or it was refused",
        UnknownClass::Interrupted => "not read, the run ended before",
        UnknownClass::AccessDenied => "not asked, access to the namespace is denied",
        UnknownClass::Timeout | UnknownClass::Unreachable | UnknownClass::ServerError => {
            "not asked, by then the service answered nothing"
        }
        UnknownClass::Throttled => "not asked, the service had refused everything for minutes",
        UnknownClass::BadResponse
        | UnknownClass::Unsupported
        | UnknownClass::NotObservable
        | UnknownClass::Truncated
        | UnknownClass::Vanished
        | UnknownClass::MassChange
        | UnknownClass::EmptySelection => "not asked, what came before made it pointless",
    }
}

/// ` (HTTP 403, SVCSTG.SWR.4030170: Insufficient permissions)`, with what of it is known.
pub(super) fn facts(failure: &Failure) -> String {
    let mut known = Vec::new();
    known.extend(failure.http_status.map(|status| format!("HTTP {status}")));
    known.extend(failure.error_code.as_deref().map(plain));
    let head = known.join(", ");
    let detail = plain(&failure.detail);
    match (head.is_empty(), detail.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!(" ({head})"),
        (true, false) => format!(" ({detail})"),
        (false, false) => format!(" ({head}: {detail})"),
    }
}

/// What to do about it.
pub(super) fn remediation(class: UnknownClass, was_asked: bool, failure: Option<&Failure>) -> Vec<String> {
    if class == UnknownClass::Unauthenticated
        && let Some(step) = failure.and_then(cure)
    {
        return vec![step];
    }
    let step = match class {
        UnknownClass::Unauthenticated if !was_asked => {
            "give a credential that the service accepts, in the environment or in ~/.huaweicloud/credentials"
        }
        UnknownClass::Unauthenticated => {
            "check the key or token, the clock of this machine, and that no other job uses a wrong key: more than five \
             refusals in a row lock a key for five minutes"
        }
        UnknownClass::AccessDenied => {
            "grant the credential read on this repository or namespace (action swr:repo:listAutoSyncRepoJobs), or skip \
             it with a reason"
        }
        UnknownClass::Throttled => {
            "run again at another time, with --rate below what the service takes (run.wire.rate in report.json), or with \
             more --retries"
        }
        UnknownClass::Timeout => "run again; if it stays, raise --timeout or look at the way to the endpoint",
        UnknownClass::Unreachable => "check the endpoint, DNS, the proxy and the certificate, and run again",
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
        UnknownClass::MassChange => "check account, region and permissions; if the change is real, say so",
        UnknownClass::EmptySelection => {
            "correct the pattern of --only, or leave it out; what no entry of the inventory covers cannot be selected"
        }
    };
    vec![step.to_owned()]
}

/// What to do about a refused credential, where more is known than that.
fn cure(failure: &Failure) -> Option<String> {
    match failure.issuer {
        Some(IssuerKind::Iam) => {
            return Some(
                "check the user's name, password and domain, and that IAM is where it was asked (iamEndpoint) and can be \
                 reached from here; too many wrong passwords lock an account"
                    .to_owned(),
            );
        }
        Some(IssuerKind::Metadata) => {
            return Some(
                "give a credential in the environment or in ~/.huaweicloud/credentials; or, on a cloud server, bind an agency \
                 that may read SWR to it"
                    .to_owned(),
            );
        }
        None => {}
    }
    if let Some(seconds) = failure.clock_skew {
        return Some(format!(
            "set the clock of this machine (NTP), which is {} {}: a signature that is more than 15 min off is refused",
            distance(seconds.unsigned_abs()),
            if seconds < 0 { "behind" } else { "ahead" },
        ));
    }
    failure.detail.contains(LOCKED).then(|| {
        "the key may be locked: wait five minutes, and see to it that no other job uses a wrong key, which is what locks it"
            .to_owned()
    })
}
