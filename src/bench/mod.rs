//! Measures the kernel and the desktop, where it can be done beside a peer that does the same work.
//!
//! Machines are shared and noisy, so a row is a *ratio* wherever a peer exists: ours and the peer take
//! turns in the same run, batch by batch, and what disturbs one disturbs the other. Every batch is kept,
//! and percentiles come from all of them. Rows are written once against [`Meter`]; [`Bench`] is our own
//! runner, and the files in `benches/` give the same rows to criterion.
//!
//! It refuses to judge times of a build without optimisation; counts are judged always.
//!
//! **Invariants** (checked in [`Bench::finish`]): a row's name is unique; a set of samples holds at most
//! [`samples::MAX_SAMPLES`]; no row is begun when the time of the run is over.

pub mod budget;
pub mod desktop_rows;
pub mod kernel_rows;
pub mod machine;
pub mod report;
pub mod runner;
pub mod samples;
pub mod sandbox_rows;
pub mod table;

pub use budget::{Budget, Verdict};
pub use report::{Report, Row};
pub use runner::{Bench, CpuTimer, Meter, Operation, Spec, each, timed};
pub use samples::{Figures, Samples, Unit};

use std::{path::PathBuf, time::Duration};

/// What is measured, and for how long.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bound of the whole run; rows that do not fit into it are named as left out.
    pub limit: Duration,
    /// Time for one row, ours and the peer's together.
    pub slice: Duration,
    /// This program, to be started again for rows about its start and its memory; without it they are left out.
    pub program: Option<PathBuf>,
    /// Only rows whose name contains one of these; all when it is empty.
    pub only: Vec<String>,
    /// How costs grow instead of what they are, up to a journal of so many rows.
    pub growth: Option<u64>,
}

impl Options {
    /// The usual run.
    #[must_use]
    pub fn full() -> Self {
        Options {
            limit: Duration::from_secs(120),
            slice: Duration::from_millis(1_200),
            program: None,
            only: Vec::new(),
            growth: None,
        }
    }

    /// A run for in between, with less certain tails.
    #[must_use]
    pub fn quick() -> Self {
        Options {
            limit: Duration::from_secs(15),
            slice: Duration::from_millis(150),
            program: None,
            only: Vec::new(),
            growth: None,
        }
    }
}

/// Measures everything, what can be done in the shortest time first. `progress` is told the name of each row before it runs.
pub fn run(options: Options, progress: impl FnMut(&str)) -> Report {
    let program = options.program.clone();
    let growth = options.growth;
    let mut bench = Bench::new(options, progress);
    if let Some(journal_rows) = growth {
        bench.section("growth", |bench| kernel_rows::growth::rows(bench, journal_rows));
        return bench.finish();
    }
    bench.section("kernel", |bench| kernel_rows::all(bench));
    bench.section("programs of the host", |bench| kernel_rows::programs(bench));
    bench.section("sandbox", |bench| sandbox_rows::all(bench));
    if let Some(program) = program {
        bench.section("program", |bench| desktop_rows::of_program(bench, &program));
    }
    bench.section("desktop", |bench| desktop_rows::all(bench));
    bench.finish()
}

#[cfg(test)]
mod tests;
