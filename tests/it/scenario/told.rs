//! What a run told, in lines that people can compare.

use std::collections::BTreeMap;

use serde_json::Value;

/// A row of a CSV report.
pub(super) type Row = BTreeMap<String, String>;

/// A report as tables of text.
pub(super) struct Told<'a>(pub(super) &'a Value);

impl Told<'_> {
    pub(super) fn findings(&self) -> Vec<String> {
        let finding = |one: &Value| {
            let members: Vec<&str> = list(one, "repositories").iter().filter_map(Value::as_str).collect();
            let among = before(" among ", &members.join(" "));
            Line::of_entry(one).finding() + &among
        };
        self.lines("findings", finding)
    }

    pub(super) fn unknown(&self) -> Vec<String> {
        let unknown = |one: &Value| {
            let names: Vec<&str> = list(one, "repositories").iter().filter_map(Value::as_str).collect();
            let line = Line {
                repository: &names.join(" "),
                ..Line::of_entry(one)
            };
            line.unknown()
        };
        self.lines("unknown", unknown)
    }

    pub(super) fn skipped(&self) -> Vec<String> {
        let skipped = |one: &Value| Line::of_entry(one).place() + &before(" ", word(one, "pattern"));
        self.lines("skipped", skipped)
    }

    pub(super) fn limits(&self) -> Vec<String> {
        self.lines("limits", |one| format!("{} {}", word(one, "source"), word(one, "code")))
    }

    pub(super) fn waivers(&self) -> Vec<String> {
        let waiver = |one: &Value| format!("{} {} {}", word(one, "id"), word(one, "state"), one["findings"]);
        self.lines("waivers", waiver)
    }

    /// Each region, the number of only copies there, and of how many it is unknown.
    pub(super) fn regions(&self) -> Vec<(&str, usize, usize)> {
        list(self.0, "regions").iter().map(region).collect()
    }

    /// The repositories that are only in one region.
    pub(super) fn only_copies(&self) -> Vec<&str> {
        let regions = list(self.0, "regions").iter();
        let all = regions.flat_map(|region| list(&region["onlyCopy"], "repositories"));
        all.filter_map(Value::as_str).collect()
    }

    /// The counts of one group that are not zero.
    pub(super) fn counts(&self, group: &str) -> BTreeMap<&str, usize> {
        let counts = self.0["summary"].pointer(group).and_then(Value::as_object);
        let counts = counts.expect("a group of counts").iter();
        let counts = counts.map(|(key, count)| (&**key, number(count)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn lines(&self, key: &str, line: impl Fn(&Value) -> String) -> Vec<String> {
        list(self.0, key).iter().map(line).collect()
    }
}

fn region(one: &Value) -> (&str, usize, usize) {
    let count = number(&one["onlyCopy"]["count"]);
    (word(one, "region"), count, number(&one["unknown"]))
}

/// The line of a finding's row; its members are not in it.
pub(super) fn finding(row: &Row) -> String {
    Line::of_row(row).finding()
}

/// The line of an unknown's row.
pub(super) fn unknown(row: &Row) -> String {
    Line::of_row(row).unknown()
}

/// Rows by outcome, and rules on both sides.
pub(super) type Sums = ([usize; 5], [usize; 2]);

/// What came of the repositories of each namespace.
pub(super) fn by_namespace(rows: &[Row]) -> BTreeMap<String, Sums> {
    const OUTCOMES: [&str; 5] = ["ok", "drift", "waived", "unknown", "skipped"];
    let mut all: BTreeMap<String, Sums> = BTreeMap::new();
    for row in rows {
        let place = format!("{}:{}", row["source"], row["namespace"]);
        let (outcomes, rules) = all.entry(place).or_default();
        for (count, outcome) in outcomes.iter_mut().zip(OUTCOMES) {
            *count += usize::from(row["outcome"] == outcome);
        }
        for (count, side) in rules.iter_mut().zip(["expected_rules", "actual_rules"]) {
            // Where there was no answer, the cell is empty.
            *count += row[side].parse().unwrap_or(0);
        }
    }
    all
}

/// What a line is made of; what there is not, is empty.
#[derive(Clone, Copy)]
struct Line<'a> {
    severity: &'a str,
    code: &'a str,
    class: &'a str,
    source: &'a str,
    namespace: &'a str,
    repository: &'a str,
    target: (&'a str, &'a str),
    field: &'a str,
    expected: &'a str,
    actual: &'a str,
    waiver: &'a str,
}

impl<'a> Line<'a> {
    fn of_entry(one: &'a Value) -> Self {
        let target = &one["target"];
        Self {
            severity: word(one, "severity"),
            code: word(one, "code"),
            class: word(one, "class"),
            source: word(one, "source"),
            namespace: word(one, "namespace"),
            repository: word(one, "repository"),
            target: (word(target, "region"), word(target, "namespace")),
            field: word(one, "field"),
            expected: word(one, "expected"),
            actual: word(one, "actual"),
            waiver: word(one, "waiver"),
        }
    }

    fn of_row(row: &'a Row) -> Self {
        Self {
            severity: &row["severity"],
            code: &row["code"],
            class: &row["unknown_class"],
            source: &row["source"],
            namespace: &row["namespace"],
            repository: &row["repository"],
            target: (&row["target_region"], &row["target_namespace"]),
            field: &row["field"],
            expected: &row["expected"],
            actual: &row["actual"],
            waiver: &row["waiver_id"],
        }
    }

    fn finding(self) -> String {
        let Self { severity, code, .. } = self;
        let sides = match (self.expected, self.actual) {
            ("", "") => String::new(),
            ("", actual) => format!(": nothing -> {actual}"),
            (expected, "") => format!(": {expected} -> nothing"),
            (expected, actual) => format!(": {expected} -> {actual}"),
        };
        let place = self.place() + &self.target() + &before(", ", self.field);
        format!("{severity} {code} {place}{sides}{}", before(" by ", self.waiver))
    }

    fn unknown(self) -> String {
        format!("{} {}{}", self.class, self.place(), self.target())
    }

    fn place(self) -> String {
        format!("{}:{}{}", self.source, self.namespace, before("/", self.repository))
    }

    fn target(self) -> String {
        match self.target {
            ("", "") => String::new(),
            (region, namespace) => format!(" to {region}/{namespace}"),
        }
    }
}

/// The text behind that, if there is any.
fn before(sign: &str, text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("{sign}{text}"),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).expect("a small one")
}
