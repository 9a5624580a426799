//! An estate as an inventory, and as what a simulator serves.

use std::fmt::Write as _;

use simulator::{AccessKey, Fault, Misbehaviour, Simulator, World};

use super::plain::{Broken, Call, Down, Entry, Estate, Policy, Repo, Skip, Source, Waiver};
use crate::support::{SECRET_KEY, error, fault, raw, serve};

/// Where nobody listens: a port that nothing is bound to by itself.
const NOBODY: &str = "http://127.0.0.1:1";

/// The inventory, given where each source is.
pub(super) fn inventory(estate: &Estate, endpoints: &[String]) -> String {
    let mut text = String::new();
    for (source, endpoint) in estate.sources.iter().zip(endpoints) {
        document(&mut text, source, endpoint).expect("text takes everything");
    }
    if !estate.waivers.is_empty() {
        text.push_str("---\napiVersion: swr-audit/v1\n");
        waivers(&mut text, &estate.waivers).expect("text takes everything");
    }
    text
}

fn document(text: &mut String, source: &Source, endpoint: &str) -> std::fmt::Result {
    let Source { name, region, .. } = source;
    writeln!(text, "---\napiVersion: swr-audit/v1\nsource:")?;
    writeln!(text, "  name: {name}\n  region: {region}\n  endpoint: {endpoint}")?;
    writeln!(text, "  listsManualRules: {}", source.lists_manual_rules)?;
    writeln!(text, "  credentials: {{ env: {} }}", name.to_uppercase())?;
    let default = &source.policies[source.default_policy].name;
    writeln!(text, "defaults: {{ policy: {default} }}\npolicies:")?;
    for one in &source.policies {
        policy(text, one)?;
    }
    if let Some(word) = source.other_namespaces {
        writeln!(text, "otherNamespaces: {word}")?;
    }
    if !source.severities.is_empty() {
        writeln!(text, "severity:")?;
        for (code, severity) in &source.severities {
            writeln!(text, "  {code}: {severity}")?;
        }
    }
    waivers(text, &source.waivers)?;
    writeln!(text, "namespaces:")?;
    for one in &source.entries {
        entry(text, source, one)?;
    }
    Ok(())
}

fn policy(text: &mut String, policy: &Policy) -> std::fmt::Result {
    writeln!(text, "  {}:\n    otherRules: {}", policy.name, policy.other_rules)?;
    if let Some(pattern) = policy.allowed_regions {
        writeln!(text, "    allowedRegions: [\"{pattern}\"]")?;
    }
    if let Some(pattern) = policy.denied_regions {
        writeln!(text, "    deniedRegions: [\"{pattern}\"]")?;
    }
    if policy.targets.is_empty() {
        return writeln!(text, "    targets: []");
    }
    writeln!(text, "    targets:")?;
    for target in &policy.targets {
        let flag = |flag: Option<bool>| flag.map_or("any", |flag| if flag { "true" } else { "false" });
        let (overrides, sync_auto) = (flag(target.overrides), flag(target.sync_auto));
        let namespace = target
            .namespace
            .map_or_else(String::new, |name| format!("namespace: {name}, "));
        let region = target.region;
        writeln!(
            text,
            "      - {{ region: {region}, {namespace}override: {overrides}, syncAuto: {sync_auto} }}"
        )?;
    }
    Ok(())
}

fn entry(text: &mut String, source: &Source, entry: &Entry) -> std::fmt::Result {
    writeln!(text, "  - name: {}", entry.name)?;
    if let Some(policy) = entry.policy {
        writeln!(text, "    policy: {}", source.policies[policy].name)?;
    }
    if let Some(word) = entry.others {
        writeln!(text, "    otherRepos: {word}")?;
    }
    if let Some(Skip(until)) = entry.skip {
        writeln!(text, "    skip: true\n    reason: experiments")?;
        if let Some(until) = until {
            writeln!(text, "    until: {until}")?;
        }
    }
    let Some(repos) = &entry.repos else { return Ok(()) };
    writeln!(text, "    repos:")?;
    repos.iter().try_for_each(|one| repo(text, source, one))
}

fn repo(text: &mut String, source: &Source, repo: &Repo) -> std::fmt::Result {
    write!(text, "      - {{ name: \"{}\"", repo.name)?;
    if let Some(policy) = repo.policy {
        write!(text, ", policy: {}", source.policies[policy].name)?;
    }
    if let Some(Skip(until)) = repo.skip {
        write!(text, ", skip: true, reason: retired")?;
        if let Some(until) = until {
            write!(text, ", until: {until}")?;
        }
    }
    writeln!(text, " }}")
}

fn waivers(text: &mut String, waivers: &[Waiver]) -> std::fmt::Result {
    if waivers.is_empty() {
        return Ok(());
    }
    writeln!(text, "waivers:")?;
    for waiver in waivers {
        write!(text, "  - {{ id: {}, repo: \"{}\", ", waiver.id, waiver.repo)?;
        if !waiver.findings.is_empty() {
            write!(text, "finding: [{}], ", waiver.findings.join(", "))?;
        }
        if let Some(target) = waiver.target {
            write!(text, "target: {target}, ")?;
        }
        writeln!(text, "reason: agreed, owner: team, expires: {} }}", waiver.expires)?;
    }
    Ok(())
}

/// A simulator for each source that somebody could reach.
pub(super) fn simulators(estate: &Estate) -> Vec<Option<Simulator>> {
    let one = |source: &Source| (source.down != Some(Down::Unreachable)).then(|| serve(world(source)));
    estate.sources.iter().map(one).collect()
}

pub(super) fn endpoints(simulators: &[Option<Simulator>]) -> Vec<String> {
    let one = |simulator: &Option<Simulator>| {
        simulator
            .as_ref()
            .map_or_else(|| NOBODY.to_owned(), Simulator::endpoint)
    };
    simulators.iter().map(one).collect()
}

/// The environment that the sources' credentials stand in.
pub(super) fn environment(estate: &Estate) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for source in &estate.sources {
        let prefix = source.name.to_uppercase();
        let secret = match source.down {
            Some(Down::NoCredential) => continue,
            Some(Down::Refused) => "another-secret-key-0123456789",
            Some(Down::Unreachable) | None => SECRET_KEY,
        };
        all.push((format!("{prefix}_AK"), access_key(source)));
        all.push((format!("{prefix}_SK"), secret.to_owned()));
    }
    all
}

/// One of its own: sources that share a key share its fate.
fn access_key(source: &Source) -> String {
    format!("KEYOF{}", source.name.to_uppercase())
}

fn world(source: &Source) -> World {
    let mut world = source.world.clone();
    world.credentials.access_keys.push(AccessKey {
        ak: access_key(source),
        sk: SECRET_KEY.into(),
        security_token: None,
    });
    world.faults = source
        .broken
        .iter()
        .map(|(call, broken)| broken_at(call, *broken))
        .collect();
    world
}

fn broken_at(call: &Call, broken: Broken) -> Fault {
    let (on, what, offset) = match call {
        Call::Page(namespace, offset) => ((*namespace).to_owned(), simulator::Call::Repositories, Some(*offset)),
        Call::Look(namespace) => ((*namespace).to_owned(), simulator::Call::Namespace, None),
        Call::Rules(namespace, name) => (format!("{namespace}/{name}"), simulator::Call::Rules, None),
        Call::Namespaces => ("*".to_owned(), simulator::Call::Namespaces, None),
        Call::Overview => ("*".to_owned(), simulator::Call::Overview, None),
    };
    Fault {
        call: Some(what),
        offset,
        ..fault(&on, answer(broken))
    }
}

fn answer(broken: Broken) -> Misbehaviour {
    match broken {
        Broken::ServerError => error(500, "SVCSTG.SWR.5000007"),
        Broken::AccessDenied => error(403, "SVCSTG.SWR.4030170"),
        Broken::BadResponse => raw(200, "{}"),
        Broken::Unsupported => Misbehaviour::GatewayNotFound,
        Broken::Unreachable => Misbehaviour::Reset,
        Broken::Vanished => error(404, "SVCSTG.SWR.4040113"),
        Broken::Empty => raw(200, r#"{"namespaces":[]}"#),
    }
}
