//! Gives the rows of `agentos bench` to criterion, which keeps a history and finds regressions.
//! Percentiles, peers side by side and budgets are `cargo xtask bench`'s.

use agentos::bench::{Meter, Operation, Samples, Spec};
use criterion::Criterion;
use std::{process::ExitCode, time::Duration};

struct CriterionMeter<'a> {
    criterion: &'a mut Criterion,
}

impl CriterionMeter<'_> {
    fn bench(&mut self, name: &str, operation: &mut dyn Operation) {
        self.criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|count| match operation.run(count) {
                Ok(time) => time,
                Err(why) => panic!("{name} cannot be measured: {why:#}"),
            });
        });
    }
}

impl Meter for CriterionMeter<'_> {
    fn wants(&mut self, _name: &str) -> bool {
        true
    }

    fn compare(&mut self, spec: Spec, ours: &mut dyn Operation, peer: Option<(&str, &mut dyn Operation)>) {
        self.bench(&spec.name, ours);
        if let Some((name, peer)) = peer {
            self.bench(&format!("{}, {name}", spec.name), peer);
        }
    }

    /// What took its own samples has no operation that criterion could repeat.
    fn record(&mut self, _spec: Spec, _ours: Samples, _peer: Option<(&str, Samples)>) {}

    fn slice(&self) -> Duration {
        Duration::from_millis(1)
    }
}

/// Runs rows under criterion with the options of the command line.
pub(crate) fn run(rows: impl FnOnce(&mut dyn Meter) -> anyhow::Result<()>) -> ExitCode {
    agentos::run_if_helper();
    let mut criterion = Criterion::default().configure_from_args();
    let result = rows(&mut CriterionMeter { criterion: &mut criterion });
    criterion.final_summary();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why:#}");
            ExitCode::FAILURE
        }
    }
}
