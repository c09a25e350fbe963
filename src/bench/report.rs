//! The result of a run, as it is written to JSON and read again to be compared with.

use super::{Figures, Unit, Verdict, machine::Machine};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Bytes of a report that is read.
const MAX_REPORT_BYTES: u64 = 16 * 1024 * 1024;

/// All rows of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it ran on.
    pub machine: Machine,
    /// How long it took.
    pub seconds: f64,
    /// In the order of measuring.
    pub rows: Vec<Row>,
    /// What could not be measured.
    pub problems: Vec<Problem>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// `kernel/read 4 KiB MemFs`.
    pub name: String,
    /// What the figures count.
    pub unit: Unit,
    /// Our figures.
    pub ours: Figures,
    /// Who did the same work in turns with us.
    pub peer: Option<Peer>,
    /// Our median divided by the peer's.
    pub ratio: Option<f64>,
    /// What it is held to.
    pub budgets: Vec<Judged>,
    /// The worst of them.
    pub verdict: Verdict,
    /// What a reader has to know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A peer with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// Who it is.
    pub name: String,
    /// Its figures.
    pub figures: Figures,
}

/// A budget with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// In words.
    pub budget: String,
    /// Whether it is held.
    pub verdict: Verdict,
}

/// Something that could not be measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The row or the group of rows.
    pub name: String,
    /// Why.
    pub why: String,
}

impl Report {
    /// The row of a name.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// How many rows miss a budget.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.rows.iter().filter(|row| row.verdict == Verdict::Missed).count()
    }

    /// Writes it as JSON; its folder is made.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let mut text = serde_json::to_string_pretty(self).context("the report is no JSON")?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads one that was written.
    ///
    /// # Errors
    /// When there is none, or it is no report of this form.
    pub fn read(path: &Path) -> anyhow::Result<Report> {
        let name = path.display();
        let len = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
        anyhow::ensure!(len <= MAX_REPORT_BYTES, "{name}: too large to be figures of a bench");
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        serde_json::from_str(&text).with_context(|| format!("{name} holds no figures of a bench"))
    }

    /// Why the figures of an earlier run cannot be held against these.
    #[must_use]
    pub fn unlike(&self, earlier: &Report) -> Option<String> {
        let (now, then) = (&self.machine, &earlier.machine);
        if now.optimised != then.optimised {
            Some("one of the two builds is not optimised".to_owned())
        } else if (&now.cpu, now.cores) != (&then.cpu, then.cores) {
            Some(format!("the earlier run was on {} with {} cores", then.cpu, then.cores))
        } else if now.adapter.is_some() && then.adapter.is_some() && now.adapter != then.adapter {
            Some("the earlier run was drawn by another adapter".to_owned())
        } else {
            None
        }
    }
}

impl Row {
    /// How much this row changed against an earlier run, in parts of one: by its ratio to the peer where both
    /// have one, since that leaves the machine's mood out, else by its median.
    #[must_use]
    pub fn change(&self, earlier: &Row) -> Option<f64> {
        let (now, then) = match (self.ratio, earlier.ratio) {
            (Some(now), Some(then)) => (now, then),
            _ => (self.ours.p50, earlier.ours.p50),
        };
        (then > 0.0).then(|| now / then - 1.0)
    }
}
