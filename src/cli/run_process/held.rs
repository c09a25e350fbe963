//! What a run kept apart: said when its program has ended, to a person at a terminal.

use crate::boot::Boot;
use abi::{CauseId, table};
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long the changes of a run may take to be counted.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const POLL: Duration = Duration::from_millis(20);

/// Says how many changes wait for a review, and where; on a data folder that is removed, that they are gone.
pub(super) fn say(booted: &Boot, cause: CauseId, data_dir: Option<&Path>) {
    let Some(run) = ended_run(booted, cause) else { return };
    let changes = match run.open {
        None | Some(0) => return,
        Some(1) => "1 change that was kept apart".to_owned(),
        Some(count) => format!("{count} changes that were kept apart"),
    };
    match data_dir {
        Some(folder) => eprintln!(
            "agentos: {changes} (run {}) can be reviewed: open Review changes in a desktop on \
             --data-dir {}",
            run.run,
            folder.display()
        ),
        None => eprintln!(
            "agentos: {changes} went with this run's data folder; --data-dir FOLDER would keep them for a review"
        ),
    }
}

/// The run on account of `cause`, once it has ended. A run that changed nothing is gone by then.
fn ended_run(booted: &Boot, cause: CauseId) -> Option<table::RunInfo> {
    let began = Instant::now();
    loop {
        let runs = booted.system.call(table::ListRuns {}).ok()?;
        let run = runs.into_iter().find(|run| run.cause == cause)?;
        if run.ended_millis.is_some() && run.open.is_some() {
            return Some(run);
        }
        if began.elapsed() > PATIENCE {
            return None;
        }
        thread::sleep(POLL);
    }
}
