//! The journal: what a row costs before its effect, and what a question to it costs.

use super::{super::runner::each, Fixture};
use crate::bench::{Budget, Meter, Spec};
use abi::{
    CauseId, Pid,
    table::{Explain, QueryJournal, UndoPlan, Write},
};
use anyhow::Context;
use kernel::journal::{FileJournal, Journal, JournalOptions, Row, RowKind};
use std::{fs::OpenOptions, io::Write as _, time::Duration};

/// Rows of the file that is asked about.
const CHANGES: usize = 20;
/// About what one row takes on disk, bytes.
const ROW_BYTES: usize = 320;

pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    append(meter)?;
    questions(meter, fixture)
}

/// A row as a change of a file leaves it.
pub(super) fn row_of(number: u64, path: String, cause: CauseId) -> Row {
    let mut row = Row::new(1_750_000_000_000 + number, cause, Pid(2), RowKind::File, path);
    row.app = Some("notes".to_owned());
    "write".clone_into(&mut row.call);
    row
}

fn append(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("a folder for a journal")?;
    let journal = FileJournal::open(&folder.path().join("journal"), JournalOptions::default())?;
    let row = row_of(0, "/home/Documents/Notes/today.md".to_owned(), CauseId(1 << 40 | 7));
    let mut ours = each(|| journal.append(&row));
    let mut file = OpenOptions::new().append(true).create(true).open(folder.path().join("host"))?;
    let bytes = [b'r'; ROW_BYTES];
    let mut host = each(|| file.write_all(&bytes));
    let spec = Spec::new("kernel/journal row")
        .note("as JSON, checked, chained by BLAKE3, in one write; the host's write is of as many bytes");
    meter.compare(spec, &mut ours, Some(("host write 320 B", &mut host)));
    Ok(())
}

fn questions(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let path = "/home/asked.txt".to_owned();
    for n in 0..CHANGES {
        typed.call(Write { path: path.clone(), data: n.to_string().into_bytes().into(), append: false })?;
    }
    let why = Explain { path: Some(path.clone()), pid: None, window: None, cause: None, host_pid: None };
    let found = typed.call(why.clone())?;
    let cause = found.first().context("what changed a file is known")?.row.cause;
    let spec = Spec::new("kernel/why did this file change").budget(Budget::Median(Duration::from_millis(50)));
    meter.compare(spec, &mut each(|| typed.call(why.clone())), None);
    let newest = QueryJournal {
        app: None,
        cause: None,
        kind: None,
        path: None,
        pid: None,
        since_millis: None,
        before: None,
        limit: 100,
    };
    meter.compare(
        Spec::new("kernel/journal, newest 100 rows"),
        &mut each(|| typed.call(newest.clone())),
        None,
    );
    let spec = Spec::new("kernel/plan to undo one cause").note("20 changes of one file among others");
    meter.compare(spec, &mut each(|| typed.call(UndoPlan { cause })), None);
    Ok(())
}
