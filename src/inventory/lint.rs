//! What a sound inventory probably does not mean: policies that nobody uses, targets that nobody can prove, entries that
//! others hide, skips that run out. Pure, and told beside the problems, never in their place.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{ToSpan, Unit};

use super::problem::{Draft, Drafts, Spot};
use super::raw::{PolicyRef, RawContents, RawDocument, RawNamespace, RawPolicy, RawRepository, RawSkip, RawTarget};
use super::read::{Found, Given};
use super::suggest::nearest;
use super::words::{counted, quoted};
use super::written::{Written, choice};
use crate::model::{Chooser, ExpectedFlag, check_region_id, known_regions, region};

/// How long before its last day a skip is told, that day included.
const DAYS_AHEAD: i64 = 14;

/// How often patterns of regions are held against each other: a hostile file has a hundred in each of thousands of
/// policies, and no person's comes near.
const COMPARISONS: usize = 1_000_000;

/// Gathers the warnings as of that day.
pub(super) fn lint(written: &Written<'_>, today: Date, warnings: &mut Drafts) {
    let mut lint = Lint {
        written,
        today,
        tallies: vec![Tally::default(); written.policies.len()],
        warnings,
    };
    for (index, document) in written.documents.iter().enumerate() {
        lint.mentions(index, document);
        lint.document(index, document);
        defaults(document, lint.warnings);
        severities(document, lint.warnings);
    }
    lint.policies();
}

/// Who uses a policy.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// Whether any `policy` means it, hidden or not.
    is_mentioned: bool,
    /// How many repositories are asked under it, of sources that do not list rules with `syncAuto=false`.
    unproven: usize,
    /// The name of the first of those sources.
    source: Option<Arc<str>>,
}

struct Lint<'l> {
    written: &'l Written<'l>,
    today: Date,
    /// Of each policy.
    tallies: Vec<Tally>,
    warnings: &'l mut Drafts,
}

impl Lint<'_> {
    fn mentions(&mut self, index: usize, document: &RawDocument) {
        self.mention(index, &document.defaults.policy);
        for namespace in &document.namespaces {
            self.mention(index, &namespace.policy);
            if let RawContents::Repositories(repositories) = &namespace.contents {
                for repository in repositories {
                    self.mention(index, &repository.policy);
                }
            }
        }
    }

    fn mention(&mut self, index: usize, reference: &Given<PolicyRef>) {
        if let Given::Is(found) = reference
            && let Some(policy) = self.written.look_up(index, &found.value)
        {
            self.tallies[policy].is_mentioned = true;
        }
    }

    fn document(&mut self, index: usize, document: &RawDocument) {
        let mut inherits = false;
        for namespace in &document.namespaces {
            match &namespace.contents {
                RawContents::Skipped(skip) => ending_skip("namespace", skip, self.today, self.warnings),
                RawContents::Repositories(repositories) => {
                    inherits |= self.namespace(index, namespace, repositories);
                }
            }
        }
        if let (false, Given::Is(found)) = (inherits, &document.defaults.policy) {
            self.warnings.add(found.spot, || {
                Draft::new(
                    "no repository uses the default `policy` of this document",
                    "remove it, or remove the `policy` of a namespace; defaults reach what is written in the same \
                     document",
                )
            });
        }
    }

    /// Returns whether any repository takes the document's policy.
    fn namespace(&mut self, index: usize, namespace: &RawNamespace, repositories: &[RawRepository]) -> bool {
        let document = &self.written.documents[index];
        let (mut by_namespace, mut by_defaults) = (false, false);
        for repository in repositories {
            doubled_name(namespace, repository, self.warnings);
            if let Some(skip) = &repository.skip {
                ending_skip("repository", skip, self.today, self.warnings);
                if skip.skip.until.is_none() {
                    continue;
                }
            }
            let Some(choice) = choice(repository, namespace, document) else {
                continue;
            };
            by_namespace |= choice.by == Chooser::Namespace;
            by_defaults |= choice.by == Chooser::Defaults;
            let skip = repository.skip.as_ref();
            if skip.is_none_or(|raw| !raw.skip.holds_on(self.today)) {
                self.ask(index, document, &choice.reference.value);
            }
        }
        if let (false, Given::Is(found)) = (by_namespace, &namespace.policy) {
            self.warnings.add(found.spot, || {
                Draft::new(
                    format!(
                        "no repository uses the `policy` of the namespace `{}`",
                        namespace.name.value
                    ),
                    "remove it, or remove the `policy` of a repository: each names its own, or is skipped",
                )
            });
        }
        by_defaults
    }

    /// Counts a repository that is asked under a policy.
    fn ask(&mut self, index: usize, document: &RawDocument, reference: &PolicyRef) {
        if let (Some(policy), Given::Is(source)) = (self.written.look_up(index, reference), &document.source)
            && !source.value.lists_manual_rules
        {
            let tally = &mut self.tallies[policy];
            tally.unproven += 1;
            tally.source.get_or_insert_with(|| Arc::clone(&source.value.name));
        }
    }

    fn policies(&mut self) {
        let documents = self.written.documents;
        // Policies may be checked alone, to be used by inventories elsewhere.
        let is_whole = documents.iter().any(|document| !document.namespaces.is_empty());
        let is_public = documents.iter().any(is_of_a_known_region);
        let mut budget = COMPARISONS;
        for ((policy, document), tally) in self.written.policies.iter().zip(&self.tallies) {
            if let (true, false, Some(name)) = (is_whole, tally.is_mentioned, &policy.name) {
                unused(policy.spot, name, self.warnings);
            }
            regions(policy, &mut budget, self.warnings);
            for target in &policy.targets {
                if is_public {
                    unknown_region(&target.region, self.warnings);
                }
                unprovable(target, document, tally, self.warnings);
            }
        }
    }
}

/// A name as `docker pull` writes it: the service would take it, and find nothing.
fn doubled_name(namespace: &RawNamespace, repository: &RawRepository, warnings: &mut Drafts) {
    let (own, name) = (namespace.name.value.as_str(), repository.name.value.as_str());
    let Some((first, rest)) = name.split_once('/') else {
        return;
    };
    let is_host = first.starts_with("swr.") && first.ends_with(".myhuaweicloud.com");
    if first == own || is_host {
        let rest = rest
            .strip_prefix(own)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(rest);
        warnings.add(repository.name.spot, || {
            Draft::new(
                format!("this is the repository `{own}/{name}`, namespace and all"),
                format!("write `{rest}`; leave it only where the name does repeat the namespace"),
            )
        });
    }
}

/// A skip that is over, or soon will be. Of a namespace, over is a problem and not told here.
fn ending_skip(what: &str, raw: &RawSkip, today: Date, warnings: &mut Drafts) {
    let (Some(until), Some(spot)) = (raw.skip.until, raw.until) else {
        return;
    };
    let entry = &raw.skip.entry;
    if until < today {
        warnings.add(spot, || {
            Draft::new(
                format!(
                    "the skip of the {what} `{entry}` ended on {until}: it is audited, and an `expired-skip` is found"
                ),
                "remove `skip`, `reason` and `until`, or move the date",
            )
        });
    } else if until <= today.saturating_add(DAYS_AHEAD.days()) {
        let left = today.until((Unit::Day, until)).map_or(0, |span| span.get_days());
        let then = match what {
            "namespace" => "name its repositories under `repos` before it does",
            _ => "decide before it does, remove `skip`, `reason` and `until`",
        };
        warnings.add(spot, || {
            let when = match left {
                0 => "today".to_owned(),
                days => format!(
                    "on {until}, in {}",
                    counted(usize::try_from(days).unwrap_or_default(), "day", "days")
                ),
            };
            Draft::new(
                format!("the skip of the {what} `{entry}` ends {when}"),
                format!("{then}, or move the date"),
            )
        });
    }
}

/// Defaults that every target of the document has an own word for.
fn defaults(document: &RawDocument, warnings: &mut Drafts) {
    let targets = || document.policies.iter().flat_map(|policy| &policy.targets);
    let given = [
        (
            "override",
            &document.defaults.overrides,
            targets().any(|target| target.overrides.is_absent()),
        ),
        (
            "syncAuto",
            &document.defaults.sync_auto,
            targets().any(|target| target.sync_auto.is_absent()),
        ),
    ];
    for (name, default, is_needed) in given {
        if let (false, Given::Is(found)) = (is_needed, default) {
            warnings.add(found.spot, || {
                Draft::new(
                    format!("no target of this document uses the default `{name}`"),
                    format!(
                        "remove it, or remove `{name}` from a target; defaults reach what is written in the same \
                         document"
                    ),
                )
            });
        }
    }
}

fn severities(document: &RawDocument, warnings: &mut Drafts) {
    for (code, spot) in &document.severity_spots {
        let Some(fixed) = code.fixed_severity() else { continue };
        if document.severities.of(*code, fixed) == fixed {
            warnings.add(*spot, || {
                Draft::new(
                    format!("`{}` is `{}` without this too", code.name(), fixed.name()),
                    "remove it, or write another severity",
                )
            });
        }
    }
}

fn unused(spot: Spot, name: &str, warnings: &mut Drafts) {
    warnings.add(spot, || {
        Draft::new(
            format!("nobody uses the policy {}", quoted(name)),
            "name it in `policy` of a namespace, a repository or `defaults`, or remove it",
        )
    });
}

/// An allowed region that the same policy denies. `budget` is what is left of [`COMPARISONS`].
fn regions(policy: &RawPolicy, budget: &mut usize, warnings: &mut Drafts) {
    let (Some(spot), Some(denied_spot)) = (policy.region_spots.allowed, policy.region_spots.denied) else {
        return;
    };
    let allowed = policy.regions.allowed.iter().flatten();
    for pattern in allowed {
        let text = pattern.as_str();
        let Some(left) = budget.checked_sub(policy.regions.denied.len()) else {
            return;
        };
        *budget = left;
        let is_id = check_region_id(text).is_ok();
        let mut denied = policy.regions.denied.iter();
        if denied.any(|denied| denied.as_str() == text || is_id && denied.matches(text)) {
            warnings.add(spot, || {
                Draft::new(
                    format!("{} is allowed and denied, and denied wins", quoted(text)),
                    "remove it from one of the lists",
                )
                .and(denied_spot, "denied here")
            });
        }
    }
}

/// Whether its regions should be in the table: those of a private cloud are its own.
fn is_of_a_known_region(document: &RawDocument) -> bool {
    matches!(&document.source, Given::Is(source) if region(&source.value.region).is_some())
}

fn unknown_region(id: &Found<Arc<str>>, warnings: &mut Drafts) {
    if region(&id.value).is_some() {
        return;
    }
    warnings.add(id.spot, || {
        let near = nearest(&id.value, known_regions().map(|region| region.id.as_str()));
        let remedy = match near {
            Some(near) => format!("did you mean `{near}`? leave it only where the region is a new one"),
            None => {
                "write the id of a region of the public cloud; leave it only where the region is a new one".to_owned()
            }
        };
        Draft::new(format!("there is no known region {}", quoted(&id.value)), remedy)
    });
}

/// A target whose absence this service never shows.
fn unprovable(target: &RawTarget, document: &RawDocument, tally: &Tally, warnings: &mut Drafts) {
    let own = matches!(target.sync_auto, Given::Is(_));
    let flag = if own {
        &target.sync_auto
    } else {
        &document.defaults.sync_auto
    };
    let (Given::Is(flag), Some(source)) = (flag, &tally.source) else {
        return;
    };
    if flag.value == ExpectedFlag::Is(true) {
        return;
    }
    let spot = if own { flag.spot } else { target.spot };
    warnings.add(spot, || {
        let name = target.namespace.as_ref();
        let namespace = name.map_or(String::new(), |name| format!("/{}", name.value));
        let target = format!("the target `{}{namespace}`", target.region.value);
        // A rule that copies by itself is listed, and `any` accepts it.
        let what = if flag.value == ExpectedFlag::Any {
            format!("that {target} has no rule")
        } else {
            target
        };
        let ends = counted(
            tally.unproven,
            "repository under it ends as",
            "repositories under it end as",
        );
        let draft = Draft::new(
            format!(
                "{what} can never be proven: `{source}` is reported not to list rules with `syncAuto: false`; {ends} \
                 `unknown` where nothing is listed for it"
            ),
            "write `syncAuto: true`; or, where this service does list such rules, `listsManualRules: true` in the \
             source",
        );
        if own {
            draft
        } else {
            draft.and(flag.spot, "from the defaults of its document")
        }
    });
}
