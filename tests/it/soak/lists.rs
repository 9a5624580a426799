//! Two thousand random services that list badly: no report calls itself complete and lacks a name that any page showed.
//!
//! `SOAK_LISTS=17 cargo test soak::lists` runs one round alone.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fastrand::Rng;

use crate::scripted::{Answer, Script, Scripted};
use crate::support::Audit;

const ROUNDS: u64 = 2000;

const THREADS: usize = 8;

/// How a service says how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Total {
    Header,
    Element,
    Both,
    Nowhere,
}

/// A service whose lists change, are cut, contradict themselves and lie.
#[derive(Debug)]
struct Service {
    random: Rng,
    present: Vec<String>,
    /// Names that are not used yet.
    made: usize,
    page_length: usize,
    total: Total,
    /// How often, of a hundred pages, something is wrong with one.
    wrong_of_hundred: u8,
    /// How often, of a hundred pages, the list changes before one.
    changes_of_hundred: u8,
    shown: BTreeSet<String>,
}

impl Service {
    fn of(number: u64) -> Self {
        let mut random = Rng::with_seed(number);
        let made = random.usize(0..14);
        Self {
            present: (0..made).map(name).collect(),
            made,
            page_length: random.usize(1..8),
            total: random
                .choice([Total::Header, Total::Element, Total::Both, Total::Nowhere])
                .expect("some"),
            wrong_of_hundred: random.choice([0, 5, 30, 60]).expect("some"),
            changes_of_hundred: random.choice([0, 0, 10]).expect("some"),
            shown: BTreeSet::new(),
            random,
        }
    }

    fn is_one_of_hundred(&mut self, times: u8) -> bool {
        self.random.u8(0..100) < times
    }

    fn change(&mut self) {
        if self.random.bool() {
            let at = self.random.usize(0..=self.present.len());
            self.present.insert(at, name(self.made));
            self.made += 1;
        } else if !self.present.is_empty() {
            self.present.remove(self.random.usize(0..self.present.len()));
        }
    }

    fn page(&mut self, target: &str) -> Answer {
        if self.is_one_of_hundred(self.changes_of_hundred) {
            self.change();
        }
        let offset = number_in(target, "offset=");
        let limit = number_in(target, "limit=").min(self.page_length);
        let mut names: Vec<String> = self.present.iter().skip(offset).take(limit).cloned().collect();
        let mut total = self.present.len();
        if self.is_one_of_hundred(self.wrong_of_hundred) {
            match self.random.u8(0..9) {
                0 => names.clear(),
                1 => names.truncate(names.len() / 2),
                2 => names.reverse(),
                3 => names = self.present.iter().take(limit).cloned().collect(),
                4 => total = self.random.usize(0..20),
                5 => {
                    names.clear();
                    total = 0;
                }
                6 => return Answer::absent(),
                7 => {
                    return Answer {
                        status: 500,
                        ..Answer::of("{}")
                    };
                }
                _ => {
                    names.truncate(names.len() / 2);
                    total = names.len();
                }
            }
        }
        self.shown.extend(names.iter().cloned());
        let in_elements = matches!(self.total, Total::Element | Total::Both);
        let total_range = if in_elements {
            format!(r#","total_range":{total}"#)
        } else {
            String::new()
        };
        let element = |name: &String| format!(r#"{{"name":"{name}","namespace":"prod"{total_range}}}"#);
        let elements: Vec<String> = names.iter().map(element).collect();
        let answer = Answer::of(&format!("[{}]", elements.join(",")));
        if matches!(self.total, Total::Header | Total::Both) {
            answer.with("Content-Range", &format!("{offset}-{}/{total}", names.len()))
        } else {
            answer
        }
    }

    fn rules(&self, target: &str) -> Answer {
        let name = target.trim_start_matches("/v2/manage/namespaces/prod/repos/");
        let name = name.trim_end_matches("/sync_repo");
        if !self.present.iter().any(|one| one == name) {
            return Answer::absent();
        }
        Answer::of(&format!(
            r#"[{{"id":1,"namespace":"prod","repoName":"{name}","remoteRegionId":"cn-east-3","remoteNamespace":"prod-dr","override":false,"syncAuto":true}}]"#
        ))
    }
}

impl Script for Service {
    fn answer(&mut self, target: &str) -> Answer {
        if target.starts_with("/v2/manage/repos?") {
            self.page(target)
        } else if target.ends_with("/sync_repo") {
            self.rules(target)
        } else {
            Answer::of(r#"{"name":"prod"}"#)
        }
    }
}

fn name(number: usize) -> String {
    format!("r{number:02}")
}

fn number_in(target: &str, name: &str) -> usize {
    let (_, rest) = target.split_once(name).expect("pages are asked for by both numbers");
    rest.split('&')
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a number")
}

/// What came of a round.
#[derive(Clone, Copy, Default)]
struct Count {
    complete: usize,
    incomplete: usize,
    /// Complete, though pages were wrong.
    complete_all_the_same: usize,
}

#[test]
fn no_complete_report_lacks_a_name_that_any_page_showed() {
    let only: Option<u64> = std::env::var("SOAK_LISTS").ok().and_then(|text| text.parse().ok());
    let (first, end) = only.map_or((0, ROUNDS), |round| (round, round + 1));
    let next = AtomicU64::new(first);
    let rounds = || {
        let mut counts = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return counts;
            }
            counts.push(round(number));
        }
    };
    let counts: Vec<Count> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(rounds)).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .flat_map(|counts| counts.expect("its round is named above"))
            .collect()
    });
    if only.is_some() {
        return;
    }
    let sum = |of: fn(&Count) -> usize| counts.iter().map(of).sum::<usize>();
    let (complete, incomplete) = (sum(|count| count.complete), sum(|count| count.incomplete));
    // Neither may be a rarity, or this proves nothing.
    assert!(
        complete > 400 && incomplete > 400,
        "{complete} complete, {incomplete} incomplete"
    );
    let all_the_same = sum(|count| count.complete_all_the_same);
    assert!(all_the_same > 100, "{all_the_same} complete where pages are wrong");
}

/// A whole namespace, or what patterns cover of it, or names beside them.
fn inventory(number: u64) -> String {
    let entry = [
        "",
        ", otherRepos: deny, repos: [\"r*\"]",
        ", otherRepos: warn, repos: [\"r0*\", r11]",
    ];
    let entry = entry[usize::try_from(number % 3).expect("a small number")];
    format!(
        "apiVersion: swr-audit/v1
source: {{ name: main, region: cn-north-4 }}
policies:
  dr:
    targets: [{{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }}]
namespaces: [{{ name: prod, policy: dr{entry} }}]
"
    )
}

fn round(number: u64) -> Count {
    let service = Scripted::serve(Service::of(number));
    let ended = Audit::of(&inventory(number))
        .with(&["--retries", "0"])
        .against(&service.endpoint());
    let service = service.script();
    let description = format!("round {number}: {service:?}\n{}", ended.stderr);
    let report = ended.json();
    let is_complete = report["status"] == "complete";
    assert_eq!(is_complete, matches!(ended.code, 0 | 2), "{description}");
    if is_complete {
        let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
        let rows = report["repositories"].as_array().expect("a list").iter();
        let findings = report["findings"].as_array().expect("a list").iter();
        let unlisted = findings.filter(|finding| finding["code"] == "unlisted-repo");
        let reported: BTreeSet<String> = rows.chain(unlisted).map(|one| text(&one["repository"])).collect();
        let lacking: Vec<_> = service.shown.difference(&reported).collect();
        assert!(lacking.is_empty(), "{lacking:?} were shown\n{description}");
    }
    Count {
        complete: usize::from(is_complete),
        incomplete: usize::from(!is_complete),
        complete_all_the_same: usize::from(is_complete && service.wrong_of_hundred > 0),
    }
}
