//! What is measured, and what is to be reached. `docs/performance.md` is held against this list.

/// One figure.
pub(crate) struct Goal {
    /// Chooses it on the command line. Figures of one name are measured together.
    pub(crate) name: &'static str,
    /// What it is the measure of.
    pub(crate) what: &'static str,
    /// What is good enough.
    pub(crate) bound: Bound,
    /// What it counts.
    pub(crate) unit: Unit,
}

/// What is good enough.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// That, or less.
    AtMost(f64),
    /// Less than that.
    Under(f64),
    /// Nothing is: the figure is there to be compared with itself, from version to version.
    Open,
}

/// What a figure counts.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// So many times something else.
    Times,
    Percent,
    Repositories,
    Mebibytes,
    Milliseconds,
    Seconds,
    Instructions,
}

/// Every figure, in the order in which they are measured and told.
pub(crate) const GOALS: [Goal; 31] = [
    Goal {
        name: "cpu",
        what: "CPU for each of 10,000 repositories, HTTP/1.1, against the minimal loop",
        bound: Bound::AtMost(1.25),
        unit: Unit::Times,
    },
    Goal {
        name: "http2",
        what: "the same over TLS and HTTP/2",
        bound: Bound::AtMost(1.3),
        unit: Unit::Times,
    },
    Goal {
        name: "latency",
        what: "time for 10,000 repositories at 20 ms, 32 in flight, against N × L / C",
        bound: Bound::AtMost(1.04),
        unit: Unit::Times,
    },
    Goal {
        name: "bucket",
        what: "time for 4,000 repositories at 200 a second, burst 20, against N / R",
        bound: Bound::AtMost(1.04),
        unit: Unit::Times,
    },
    Goal {
        name: "bucket",
        what: "of that refused",
        bound: Bound::Under(3.0),
        unit: Unit::Percent,
    },
    Goal {
        name: "bucket",
        what: "of that never read",
        bound: Bound::AtMost(0.0),
        unit: Unit::Repositories,
    },
    Goal {
        name: "window",
        what: "time for 4,000 repositories at 200 in each second, against N / R",
        bound: Bound::AtMost(1.07),
        unit: Unit::Times,
    },
    Goal {
        name: "window",
        what: "of that refused",
        bound: Bound::Under(6.0),
        unit: Unit::Percent,
    },
    Goal {
        name: "window",
        what: "of that never read",
        bound: Bound::AtMost(0.0),
        unit: Unit::Repositories,
    },
    Goal {
        name: "changing",
        what: "time for 4,000 repositories at 200, then 100, then 200 a second, against the ideal",
        bound: Bound::AtMost(1.1),
        unit: Unit::Times,
    },
    Goal {
        name: "changing",
        what: "of that never read",
        bound: Bound::AtMost(0.0),
        unit: Unit::Repositories,
    },
    Goal {
        name: "strays",
        what: "time for 2,000 repositories at 20 ms with 2 % stray refusals, against the time without",
        bound: Bound::AtMost(1.15),
        unit: Unit::Times,
    },
    Goal {
        name: "strays",
        what: "of that never read",
        bound: Bound::AtMost(0.0),
        unit: Unit::Repositories,
    },
    Goal {
        name: "strays",
        what: "the same with 10 %",
        bound: Bound::AtMost(1.3),
        unit: Unit::Times,
    },
    Goal {
        name: "strays",
        what: "of that never read",
        bound: Bound::AtMost(0.0),
        unit: Unit::Repositories,
    },
    Goal {
        name: "memory",
        what: "peak memory with 10,000 repositories",
        bound: Bound::AtMost(30.0),
        unit: Unit::Mebibytes,
    },
    Goal {
        name: "memory",
        what: "peak memory with 100,000 repositories",
        bound: Bound::AtMost(150.0),
        unit: Unit::Mebibytes,
    },
    Goal {
        name: "start",
        what: "time for one repository",
        bound: Bound::AtMost(12.0),
        unit: Unit::Milliseconds,
    },
    Goal {
        name: "loading",
        what: "time to load an inventory of 100,000 repositories",
        bound: Bound::AtMost(1.0),
        unit: Unit::Seconds,
    },
    Goal {
        name: "loading",
        what: "peak memory of that",
        bound: Bound::AtMost(200.0),
        unit: Unit::Mebibytes,
    },
    Goal {
        name: "growth",
        what: "CPU for each of 100,000 repositories, against each of 10,000",
        bound: Bound::AtMost(1.1),
        unit: Unit::Times,
    },
    Goal {
        name: "discovery",
        what: "CPU for each of 100,000 repositories that four lines discover, against as many that are named",
        bound: Bound::AtMost(1.25),
        unit: Unit::Times,
    },
    Goal {
        name: "discovery",
        what: "peak memory of that",
        bound: Bound::AtMost(150.0),
        unit: Unit::Mebibytes,
    },
    Goal {
        name: "discovery",
        what: "requests beyond one for each repository",
        bound: Bound::Open,
        unit: Unit::Repositories,
    },
    Goal {
        name: "html",
        what: "time to make a page of a saved report of 10,000 findings",
        bound: Bound::Under(1.0),
        unit: Unit::Seconds,
    },
    Goal {
        name: "html",
        what: "peak memory of that",
        bound: Bound::Under(120.0),
        unit: Unit::Mebibytes,
    },
    Goal {
        name: "xlsx",
        what: "time to make a workbook of a saved report of 10,000 findings",
        bound: Bound::Under(1.0),
        unit: Unit::Seconds,
    },
    Goal {
        name: "xlsx",
        what: "peak memory of that",
        bound: Bound::Under(120.0),
        unit: Unit::Mebibytes,
    },
    Goal {
        name: "instructions",
        what: "instructions for one more repository, HTTP/1.1",
        bound: Bound::Open,
        unit: Unit::Instructions,
    },
    Goal {
        name: "instructions",
        what: "the same of the minimal loop",
        bound: Bound::Open,
        unit: Unit::Instructions,
    },
    Goal {
        name: "instructions",
        what: "the one against the other",
        bound: Bound::Open,
        unit: Unit::Times,
    },
];

impl Goal {
    /// What is to be reached, in words.
    pub(crate) fn to_reach(&self) -> String {
        match self.bound {
            Bound::AtMost(0.0) => "none".to_owned(),
            Bound::AtMost(most) => format!("at most {}", self.unit.shown(most)),
            Bound::Under(most) => format!("under {}", self.unit.shown(most)),
            Bound::Open => "no goal".to_owned(),
        }
    }
}

impl Unit {
    /// A value with its unit.
    pub(crate) fn shown(self, value: f64) -> String {
        match self {
            Self::Times => format!("{value:.2} ×"),
            Self::Percent => format!("{value:.1} %"),
            Self::Mebibytes => format!("{value:.0} MiB"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Seconds => format!("{value:.2} s"),
            Self::Repositories | Self::Instructions => format!("{value:.0}"),
        }
    }
}
