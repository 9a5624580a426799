//! What a run has to tell of an estate, by the plainest reading of what is documented.
//!
//! It shares no code with the product: patterns, pages, comparison, circles and waivers are written anew, for small worlds.

mod graph;
mod lists;
mod names;
mod plan;
mod rules;
mod waive;

use std::collections::{BTreeMap, BTreeSet};

use self::graph::{Edge, Node};
use self::lists::Look;
use self::names::Names;
use self::plan::{InList, Plan, Planned, Space, is_partial, plan};
use self::rules::Place;
use super::glob::{Scope, matches};
use super::plain::{Call, Down, Estate, Skip, Source};
use super::told::{Line, Told, place, unknown};

/// What came of asking for a repository.
enum Answer {
    /// How many rules.
    Rules(usize),
    Absent,
    Unknown,
}

/// A finding under way.
#[derive(Clone, Default)]
struct Finding {
    code: &'static str,
    severity: &'static str,
    source: Option<usize>,
    namespace: &'static str,
    repository: String,
    target: Option<Place>,
    field: String,
    members: Vec<String>,
    /// The rows that it stands in, as indexes into the plan.
    rows: Vec<usize>,
    waiver: Option<String>,
}

/// What could not be told; without a row it is a list.
struct Unknown {
    class: &'static str,
    source: usize,
    namespace: &'static str,
    row: Option<usize>,
    target: Option<Place>,
}

struct Oracle<'a> {
    estate: &'a Estate,
    plan: Plan<'a>,
    answers: Vec<Answer>,
    matching: usize,
    findings: Vec<Finding>,
    unknown: Vec<Unknown>,
    /// Lists that are not whole, whatever rests on them; no namespace: the account's.
    gaps: Vec<(usize, Option<&'static str>, &'static str)>,
    limits: BTreeSet<(usize, &'static str)>,
    /// Lists that were asked for.
    lists: usize,
}

/// `None`: what has to come depends on the order of answers.
pub(super) fn told(estate: &Estate) -> Option<Told> {
    let mut oracle = Oracle {
        estate,
        plan: plan(estate),
        answers: Vec::new(),
        matching: 0,
        findings: Vec::new(),
        unknown: Vec::new(),
        gaps: Vec::new(),
        limits: BTreeSet::new(),
        lists: 0,
    };
    oracle.ask()?;
    oracle.absences();
    for at in 0..oracle.plan.spaces.len() {
        oracle.space(at);
    }
    for (at, source) in estate.sources.iter().enumerate() {
        oracle.account(at, source);
        oracle.source_limits(at, source);
    }
    oracle.entangle();
    oracle.waive();
    Some(oracle.close())
}

impl<'a> Oracle<'a> {
    fn source(&self, at: usize) -> &'a Source {
        &self.estate.sources[at]
    }

    /// The severity that a document gives to a code.
    fn severity(&self, source: usize, code: &str, usual: &'static str) -> &'static str {
        self.source(source).severities.get(code).copied().unwrap_or(usual)
    }

    /// A finding of a repository's row.
    fn tell(&mut self, row: usize, code: &'static str, usual: &'static str, target: Option<Place>, field: &str) {
        let planned = &self.plan.planned[row];
        let finding = Finding {
            code,
            severity: self.severity(planned.source, code, usual),
            source: Some(planned.source),
            namespace: planned.namespace,
            repository: planned.name.clone(),
            target,
            field: field.to_owned(),
            rows: vec![row],
            ..Finding::default()
        };
        self.findings.push(finding);
    }

    fn doubt(&mut self, row: usize, class: &'static str, target: Option<Place>) {
        let planned = &self.plan.planned[row];
        self.unknown.push(Unknown {
            class,
            source: planned.source,
            namespace: planned.namespace,
            row: Some(row),
            target,
        });
    }

    /// Asks for every repository. Where three were refused and their namespace is as well, who is asked after them
    /// depends on who was first: nothing is said of that.
    fn ask(&mut self) -> Option<()> {
        let mut refused: BTreeMap<(usize, &str), (usize, usize)> = BTreeMap::new();
        for row in 0..self.plan.planned.len() {
            let Planned { source, namespace, .. } = self.plan.planned[row];
            let is_refused = self.ask_one(row) == Some("access-denied");
            if lists::look(self.source(source), namespace) == Look::Failed("access-denied") {
                let (count, others) = refused.entry((source, namespace)).or_default();
                *(if is_refused { count } else { others }) += 1;
            }
            if self.plan.planned[row].has_expired_skip {
                let name = self.plan.planned[row].name.clone();
                self.tell(row, "expired-skip", "medium", None, &name);
            }
        }
        let is_free = refused.values().any(|(count, others)| *count >= 3 && *others > 0);
        (!is_free).then_some(())
    }

    /// The class in which it ended, if in any.
    fn ask_one(&mut self, row: usize) -> Option<&'static str> {
        let planned = &self.plan.planned[row];
        let source = self.source(planned.source);
        let (namespace, is_listed) = (planned.namespace, planned.in_list != InList::Nowhere);
        let found = lists::find(source, namespace);
        let repository = found.and_then(|found| found.repositories.iter().find(|one| one.name == planned.name));
        let call = |name: &str| {
            source.broken.iter().find_map(|(call, _)| match call {
                Call::Rules(of, other) if *of == namespace && *other == name => lists::broken(source, call),
                _ => None,
            })
        };
        let is_granted = match (found, repository) {
            (Some(found), Some(repository)) => lists::is_granted(found, repository),
            (Some(found), None) => found.access == simulator::Access::Granted,
            (None, _) => true,
        };
        let class = lists::blind(source).or_else(|| call(&planned.name));
        let class = class.or_else(|| (!is_granted).then_some("access-denied"));
        let is_absent = class == Some("vanished") || class.is_none() && repository.is_none();
        if is_absent && is_listed {
            self.answers.push(Answer::Unknown);
            self.doubt(row, "vanished", None);
            return Some("vanished");
        }
        if is_absent {
            self.answers.push(Answer::Absent);
            return None;
        }
        if let Some(class) = class {
            self.answers.push(Answer::Unknown);
            self.doubt(row, class, None);
            return Some(class);
        }
        self.compare(row);
        None
    }

    /// What the service lists of a repository's rules: the first hundred, and perhaps automatic ones alone.
    fn rules(&self, row: usize) -> Vec<&'a simulator::Rule> {
        let planned = &self.plan.planned[row];
        let source = self.source(planned.source);
        let shows = source.world.behaviour.manual_rules == simulator::ManualRules::Shown;
        let found = lists::find(source, planned.namespace).expect("its rules were asked for");
        let repository = found.repositories.iter().find(|one| one.name == planned.name);
        let rules = repository.expect("it was found before").rules.iter();
        rules.filter(|rule| rule.sync_auto || shows).take(100).collect()
    }

    fn compare(&mut self, row: usize) {
        let planned = &self.plan.planned[row];
        let source = self.source(planned.source);
        let rules = self.rules(row);
        let policy = &source.policies[planned.policy];
        let compared = rules::compare(policy, planned.namespace, &rules, source.lists_manual_rules);
        if rules.len() == 100 {
            self.limits.insert((planned.source, "list-may-be-cut"));
        }
        self.answers.push(Answer::Rules(rules.len()));
        self.matching += compared.matching;
        for (code, severity, target, field) in compared.findings {
            self.tell(row, code, severity, Some(target), field);
        }
        for (class, target) in compared.unknown {
            self.doubt(row, class, target);
        }
    }

    /// Absent repositories: one look at the namespace says whose absence it is.
    fn absences(&mut self) {
        let is_absent = |row: &usize| matches!(self.answers[*row], Answer::Absent);
        let absent: Vec<usize> = (0..self.answers.len()).filter(is_absent).collect();
        let mut missing: BTreeMap<(usize, &'static str), Vec<usize>> = BTreeMap::new();
        for row in absent {
            let Planned { source, namespace, .. } = self.plan.planned[row];
            match lists::look(self.source(source), namespace) {
                Look::Absent => missing.entry((source, namespace)).or_default().push(row),
                Look::Present => self.tell(row, "missing-repo", "high", None, ""),
                Look::Failed(_) => {
                    self.limits.insert((source, "namespace-unconfirmed"));
                    self.tell(row, "missing-repo", "high", None, "");
                }
            }
        }
        for space in &self.plan.spaces {
            if space.listing.as_ref().is_some_and(|it| it.look == Some(Look::Absent)) {
                missing.entry((space.source, space.entry.name)).or_default();
            }
        }
        for ((source, namespace), rows) in missing {
            let finding = Finding {
                members: rows.iter().map(|&row| member(&self.plan.planned[row])).collect(),
                rows,
                ..self.of_namespace(source, namespace, "missing-namespace", "high", "")
            };
            self.findings.push(finding);
        }
    }

    fn of_namespace(
        &self,
        source: usize,
        namespace: &'static str,
        code: &'static str,
        usual: &'static str,
        field: &str,
    ) -> Finding {
        Finding {
            code,
            severity: self.severity(source, code, usual),
            source: Some(source),
            namespace,
            field: field.to_owned(),
            ..Finding::default()
        }
    }

    /// What the list of a namespace tells, and its skips that are over.
    fn space(&mut self, at: usize) {
        let Space { source, entry, .. } = self.plan.spaces[at];
        let listing = self.plan.spaces[at].listing.clone();
        let nothing = Vec::new();
        let repos = entry.repos.as_ref().unwrap_or(&nothing);
        let own = entry.skip.map(|_| entry.name);
        let patterns: Vec<_> = repos.iter().filter(|repo| repo.is_pattern()).collect();
        let place = (self.source(source).name, entry.name);
        let expired = repos.iter().enumerate().filter(|(number, repo)| {
            let is_over = repo.is_pattern() && repo.skip.is_some_and(|skip| !skip.holds());
            is_over && plan::may_select(self.estate, place, &Names::decided_by(repos, *number))
        });
        let expired: Vec<&str> = expired.map(|(_, repo)| repo.name).collect();
        for field in own.into_iter().chain(expired) {
            let finding = self.of_namespace(source, entry.name, "expired-skip", "medium", field);
            self.findings.push(finding);
        }
        let Some(listing) = listing else { return };
        self.lists += 1;
        let is_asked = patterns.iter().any(|repo| !repo.skip.is_some_and(Skip::holds));
        let is_for_warnings = entry.repos.is_some() && !is_asked && entry.others != Some("deny");
        let counts = !is_for_warnings || self.is_silent(source);
        if let Some(class) = listing.gap {
            return self.gap(source, Some(entry.name), class, counts);
        }
        match listing.look {
            Some(Look::Absent) => return,
            Some(Look::Present) => {
                self.limits.insert((source, "listing-unconfirmed"));
            }
            Some(Look::Failed(_)) | None => {}
        }
        if self.has_answer_beyond(source, entry.name) {
            return self.gap(source, Some(entry.name), "truncated", counts);
        }
        if listing.is_uncounted && !listing.names.is_empty() {
            self.limits.insert((source, "listing-unconfirmed"));
        }
        if is_partial(self.estate) || entry.repos.is_none() {
            return;
        }
        for pattern in patterns
            .iter()
            .filter(|repo| !listing.names.iter().any(|name| matches(repo.name, name)))
        {
            let finding = self.of_namespace(source, entry.name, "empty-pattern", "medium", pattern.name);
            self.findings.push(finding);
        }
        for name in &listing.names {
            let is_covered = repos
                .iter()
                .any(|repo| repo.name == name || repo.is_pattern() && matches(repo.name, name));
            let finding = Finding {
                repository: name.clone(),
                ..self.of_namespace(source, entry.name, "unlisted-repo", "low", "")
            };
            if !is_covered {
                self.other(entry.others.unwrap_or("warn"), finding);
            }
        }
    }

    /// Whether a repository answered that the list of its namespace does not hold.
    fn has_answer_beyond(&self, source: usize, namespace: &str) -> bool {
        let mut rows = self.plan.planned.iter().zip(&self.answers);
        rows.any(|(planned, answer)| {
            let is_beyond =
                planned.source == source && planned.namespace == namespace && planned.in_list != InList::Believed;
            is_beyond && matches!(answer, Answer::Rules(_))
        })
    }

    /// Whether nothing at all is told of a source: no repository, read or not, and no list.
    fn is_silent(&self, source: usize) -> bool {
        let is_told = self.plan.planned.iter().any(|planned| planned.source == source);
        let mut lists = self.plan.spaces.iter().filter(|space| space.source == source);
        let is_listed = lists.any(|space| {
            let listing = space.listing.as_ref();
            listing.is_some_and(|listing| listing.gap.is_none() || !listing.names.is_empty())
        });
        let of_account = self.source(source).other_namespaces.filter(|word| *word != "allow");
        let has_account =
            of_account.is_some() && self.estate.only.is_empty() && lists::namespaces(self.source(source)).is_ok();
        !is_told && !is_listed && !has_account
    }

    fn other(&mut self, word: &str, finding: Finding) {
        match word {
            "deny" => self.findings.push(finding),
            "warn" => self.findings.push(Finding {
                severity: "info",
                ..finding
            }),
            _ => {}
        }
    }

    fn gap(&mut self, source: usize, namespace: Option<&'static str>, class: &'static str, counts: bool) {
        self.gaps.push((source, namespace, class));
        if !counts || class == "truncated" {
            self.limits.insert((source, "listing-unconfirmed"));
        }
        if counts {
            self.unknown.push(Unknown {
                class,
                source,
                namespace: namespace.unwrap_or_default(),
                row: None,
                target: None,
            });
        }
    }

    /// Whether anything that was asked for shows that it exists.
    fn exists(&self, space: &Space<'_>) -> bool {
        let listing = space.listing.as_ref();
        let is_seen = listing.is_some_and(|it| !it.names.is_empty() || it.look == Some(Look::Present));
        let rows = 0..self.plan.planned.len();
        let mut rows = rows.filter(|row| {
            let planned = &self.plan.planned[*row];
            planned.source == space.source && planned.namespace == space.entry.name
        });
        let is_refused = |row| {
            let mut unknown = self.unknown.iter();
            unknown.any(|one| one.row == Some(row) && one.class == "access-denied")
        };
        let is_there = || lists::look(self.source(space.source), space.entry.name) == Look::Present;
        is_seen
            || rows.any(|row| match self.answers[row] {
                Answer::Rules(_) => true,
                Answer::Absent => is_there(),
                Answer::Unknown => is_refused(row) && is_there(),
            })
    }

    /// The list of the account's namespaces.
    fn account(&mut self, at: usize, source: &'a Source) {
        let Some(word) = source.other_namespaces.filter(|word| *word != "allow") else {
            return;
        };
        if !self.estate.only.is_empty() {
            return;
        }
        self.lists += 1;
        let names = match lists::namespaces(source) {
            Ok(names) => names,
            Err(class) => {
                let counts = word == "deny" || self.is_silent(at);
                return self.gap(at, None, class, counts);
            }
        };
        let mut spaces = self.plan.spaces.iter().filter(|space| space.source == at);
        if spaces.any(|space| self.exists(space) && !names.iter().any(|name| name == space.entry.name)) {
            let counts = word == "deny" || self.is_silent(at);
            return self.gap(at, None, "truncated", counts);
        }
        let known = |name: &str| source.entries.iter().any(|entry| entry.name == name);
        for one in source
            .world
            .namespaces
            .iter()
            .filter(|one| names.contains(&one.name) && !known(&one.name))
        {
            let name = super::draw::namespace(&one.name);
            let finding = self.of_namespace(at, name, "unlisted-namespace", "low", "");
            if self.estate.shard.is_none() {
                self.other(word, finding);
            }
        }
        // Where all of it was listed, the account may count more.
        let listed = |name: &String| {
            let mut spaces = self.plan.spaces.iter();
            let space = spaces.find(|space| space.source == at && space.entry.name == name)?;
            let listing = space.listing.as_ref().filter(|_| !self.has_answer_beyond(at, name))?;
            (listing.gap.is_none() && listing.look != Some(Look::Absent)).then_some(listing.names.len())
        };
        let listed: Option<usize> = names.iter().map(listed).sum();
        if let (Some(listed), Some(counted)) = (listed, lists::overview(source))
            && listed < counted
        {
            self.limits.insert((at, "listing-unconfirmed"));
        }
    }

    fn source_limits(&mut self, at: usize, source: &Source) {
        let mut spaces = self.plan.spaces.iter().filter(|space| space.source == at).peekable();
        let was_searched = spaces.peek().is_some() && spaces.all(|space| space.listing.is_some());
        let is_skipped = self.plan.skipped.iter().any(|skipped| skipped.source == at);
        for (code, holds) in [
            ("manual-rules-hidden", !source.lists_manual_rules),
            ("unlisted-not-searched", !was_searched),
            ("skipped-not-checked", is_skipped),
            ("outside-selection", !self.estate.only.is_empty()),
            ("outside-shard", self.estate.shard.is_some()),
        ] {
            if holds {
                self.limits.insert((at, code));
            }
        }
    }

    /// The repositories, and the rules that copy by themselves, of those that answered.
    fn rules_between(&self) -> (Vec<Node>, Vec<Edge>) {
        let node = |planned: &Planned| -> Node {
            let region = self.source(planned.source).region.to_owned();
            let cloud = self.cloud(planned.source);
            (region, planned.namespace.to_owned(), planned.name.clone(), cloud)
        };
        let nodes: Vec<Node> = self.plan.planned.iter().map(node).collect();
        let is_answered = |row: &usize| matches!(self.answers[*row], Answer::Rules(_));
        let edges = (0..nodes.len()).filter(is_answered).flat_map(|from| {
            let rules = self.rules(from).into_iter().filter(|rule| rule.sync_auto);
            rules.map(move |rule| Edge {
                from,
                target: (rule.region.clone(), rule.namespace.clone()),
                overwrites: rule.overwrite,
            })
        });
        let edges = edges.collect();
        (nodes, edges)
    }

    /// The number of its cloud. Two endpoints with one region id are two, and nothing else parts them.
    fn cloud(&self, source: usize) -> usize {
        let claims_it = |before: &&Source| before.region == self.source(source).region;
        self.estate.sources[..source].iter().filter(claims_it).count()
    }

    fn entangle(&mut self) {
        let (nodes, edges) = self.rules_between();
        for knot in graph::knots(&nodes, &edges) {
            let name = |&row: &usize| {
                let planned = &self.plan.planned[row];
                place(self.source(planned.source).name, planned.namespace, &planned.name)
            };
            let members = knot.members.iter().map(name).collect();
            self.tell(knot.members[0], knot.code, knot.severity, Some(knot.target), "");
            // Each member's document has its say.
            let words = knot
                .members
                .iter()
                .map(|&row| self.severity(self.plan.planned[row].source, knot.code, knot.severity));
            let rank = |word: &&str| {
                ["info", "low", "medium", "high", "critical"]
                    .iter()
                    .position(|one| one == word)
            };
            let gravest = words.max_by_key(rank).expect("it has members");
            let finding = self.findings.last_mut().expect("it was just told");
            finding.severity = gravest;
            (finding.members, finding.rows) = (members, knot.members);
        }
    }

    fn close(self) -> Told {
        let mut told = Told::default();
        let name = |source: Option<usize>| source.map_or("", |at| self.source(at).name);
        let target = |target: &Option<Place>| {
            target
                .as_ref()
                .map_or_else(String::new, |(region, namespace)| format!("{region}/{namespace}"))
        };
        for finding in &self.findings {
            let line = Line {
                code: finding.code,
                severity: finding.severity,
                place: place(name(finding.source), finding.namespace, &finding.repository),
                target: &target(&finding.target),
                field: &finding.field,
                waiver: finding.waiver.as_deref().unwrap_or_default(),
                members: &finding.members,
            };
            told.findings.push(line.text());
        }
        for one in &self.unknown {
            let repository = one.row.map_or("", |row| &self.plan.planned[row].name);
            let place = place(name(Some(one.source)), one.namespace, repository);
            told.unknown.push(unknown(one.class, &place, &target(&one.target), ""));
        }
        for scope in self.empty_scopes() {
            let source = Scope::of(&scope).source().unwrap_or_default();
            told.unknown
                .push(unknown("empty-selection", &place(source, "", ""), "", &scope));
        }
        for one in &self.plan.skipped {
            let place = place(name(Some(one.source)), one.namespace, &one.repository);
            told.skipped.push(format!("{place} pattern=[{}]", one.pattern));
        }
        let limits = self
            .limits
            .iter()
            .map(|(at, code)| format!("{} {code}", name(Some(*at))));
        told.limits = limits.collect();
        self.rows(&mut told);
        self.counts(&mut told);
        told.code = self.code();
        told.sort();
        told
    }

    fn empty_scopes(&self) -> BTreeSet<String> {
        let missing = self
            .findings
            .iter()
            .filter(|finding| finding.code == "missing-namespace");
        let missing: Vec<_> = missing
            .filter_map(|finding| Some((finding.source?, finding.namespace)))
            .collect();
        let lists = self.unknown.iter().filter(|one| one.row.is_none());
        let gaps: Vec<_> = lists.map(|one| (one.source, one.namespace)).collect();
        plan::empty_scopes(self.estate, &self.plan, &missing, &gaps)
    }

    /// The row's class: the first of the documented order.
    fn class(&self, row: usize) -> Option<&'static str> {
        const ORDER: [&str; 9] = [
            "unauthenticated",
            "access-denied",
            "unreachable",
            "server-error",
            "bad-response",
            "unsupported",
            "not-observable",
            "truncated",
            "vanished",
        ];
        let classes = self
            .unknown
            .iter()
            .filter(|one| one.row == Some(row))
            .map(|one| one.class);
        let place = |class: &&str| ORDER.iter().position(|other| other == class).expect("a known class");
        classes.min_by_key(place)
    }

    fn rows(&self, told: &mut Told) {
        for (row, planned) in self.plan.planned.iter().enumerate() {
            let weighty = |finding: &&Finding| finding.rows.contains(&row) && finding.severity != "info";
            let mut findings = self.findings.iter().filter(weighty);
            let has_waived = findings.clone().any(|finding| finding.waiver.is_some());
            let class = self.class(row);
            let outcome = match class {
                Some(_) => "unknown",
                None if findings.any(|finding| finding.waiver.is_none()) => "drift",
                None if has_waived => "waived",
                None => "ok",
            };
            told.add(&format!("repos {outcome}"), 1);
            told.add("repos audited", usize::from(outcome != "unknown"));
            told.add(
                if planned.is_named {
                    "repos expected"
                } else {
                    "repos discovered"
                },
                1,
            );
            let place = place(self.source(planned.source).name, planned.namespace, &planned.name);
            told.repositories
                .insert(format!("{place} {outcome} {}", class.unwrap_or_default()));
            let policy = &self.source(planned.source).policies[planned.policy];
            told.add("rules expected", policy.targets.len());
            if let Answer::Rules(count) = self.answers[row] {
                told.add("rules actual", count);
            }
            told.add("repos gone", usize::from(matches!(self.answers[row], Answer::Absent)));
        }
        told.add("rules matching", self.matching);
    }

    fn counts(&self, told: &mut Told) {
        for skipped in self
            .plan
            .skipped
            .iter()
            .filter(|skipped| !skipped.repository.is_empty())
        {
            told.add("repos skipped", 1);
            told.add(
                if skipped.is_named {
                    "repos expected"
                } else {
                    "repos discovered"
                },
                1,
            );
        }
        for finding in &self.findings {
            if finding.waiver.is_some() {
                told.add("findings waived", 1);
                continue;
            }
            told.add("findings new", 1);
            told.add(&format!("severity {}", finding.severity), 1);
            told.add(&format!("code {}", finding.code), 1);
        }
    }

    fn code(&self) -> i32 {
        let silent = ["unauthenticated", "unreachable", "server-error"];
        let rows = (0..self.plan.planned.len()).map(|row| self.class(row));
        let asked = self.plan.planned.len() + self.lists;
        let unanswered: Vec<&str> = rows
            .flatten()
            .chain(self.gaps.iter().map(|(_, _, class)| *class))
            .collect();
        let drift = self
            .findings
            .iter()
            .any(|one| one.waiver.is_none() && one.severity != "info");
        let is_incomplete = !self.unknown.is_empty() || !self.empty_scopes().is_empty();
        let nothing = asked == 0 && self.findings.is_empty() && !is_incomplete;
        let has_none = |source: &Source| source.down == Some(Down::NoCredential);
        let is_silent = asked > 0 && unanswered.len() == asked && unanswered.iter().all(|class| silent.contains(class));
        if nothing && self.estate.shard.is_none() {
            66
        } else if asked > 0 && self.estate.sources.iter().all(has_none) || is_silent {
            1
        } else {
            i32::from(drift) * 2 + i32::from(is_incomplete) * 4
        }
    }
}

/// As a finding of its whole namespace names it.
fn member(planned: &Planned) -> String {
    format!("{}/{}", planned.namespace, planned.name)
}
