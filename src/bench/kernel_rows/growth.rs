//! How costs grow: the same operation in a small and in a large world, in turns. Time per unit must not grow by
//! more than a half from one end to the other (budgets.md, "How growth costs"); where a structure is a tree, the
//! row says so.

use super::{super::runner::each, Fixture, journal::row_of};
use crate::bench::{Budget, Meter, Operation, Spec};
use abi::{
    CauseId, CauseKind, CauseSpec, Fd, Pid, QueueId, SharedBytes, Syscalls,
    table::{
        Close, FdPread, GetProcessInfo, List, ListProcesses, Mkdir, Open, OpenMode, PipeClose, PipeCreate,
        PipeRead, PipeWrite, ProcessKind, QueueCreate, QueueKind, QueueOverflow, QueueReceive, QueueSend,
        Stat, Why, Write,
    },
};
use anyhow::Context;
use kernel::journal::{self, FileJournal, History, Indexer, Journal, JournalOptions};
use std::{
    fs::File,
    path::Path,
    time::{Duration, Instant},
};

/// Most that the large end may cost, per unit, in parts of the small end.
const MOST_GROWTH: f64 = 1.5;
/// Small ends.
const FEW: u64 = 10;
/// Messages that wait, processes, objects, files.
const MANY_MESSAGES: u32 = 60_000;
const MANY_PROCESSES: u64 = 10_000;
const MANY_PIPES: u64 = 2_000;
const MANY_DESCRIPTORS: u64 = 1_000;
const MANY_FILES: u64 = 100_000;
const MANY_CAUSES: u64 = 5_000;
/// Rows of the small journal.
const FEW_ROWS: u64 = 1_000;
/// Longest wait until a journal is indexed.
const INDEX_PATIENCE: Duration = Duration::from_secs(900);

/// Rows about growth; the large journal has `journal_rows` rows.
///
/// # Errors
/// What a row needs cannot be prepared.
pub fn rows(meter: &mut dyn Meter, journal_rows: u64) -> anyhow::Result<()> {
    let fixture = Fixture::boot()?;
    queue_depth(meter, &fixture)?;
    descriptors(meter, &fixture)?;
    pipes(meter, &fixture)?;
    processes(meter, &fixture)?;
    files(meter, &fixture)?;
    causes(meter, &fixture)?;
    journal_rows_of(meter, journal_rows)?;
    fixture.boot.kernel.shutdown();
    Ok(())
}

/// A row whose peer is the same at the small end.
fn curve(
    meter: &mut dyn Meter,
    name: &str,
    (few, many): (u64, u64),
    large: &mut dyn Operation,
    small: &mut dyn Operation,
) {
    let spec = Spec::new(format!("growth/{name}, {many}")).budget(Budget::PeerRatio(MOST_GROWTH));
    meter.compare(spec, large, Some((&format!("the same with {few}"), small)));
}

fn queue_depth(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let data = SharedBytes::from(vec![7_u8; 64]);
    for kind in [QueueKind::Fifo, QueueKind::Priority] {
        let filled = |name: &str, depth: u32| -> anyhow::Result<QueueId> {
            let queue = typed.call(QueueCreate {
                name: format!("growth {name} {kind:?}"),
                kind,
                capacity: depth + 16,
                overflow: QueueOverflow::Refuse,
            })?;
            for n in 0..depth {
                typed.call(QueueSend { queue, data: data.clone(), priority: (n % 7) as u8 })?;
            }
            Ok(queue)
        };
        let (few, many) = (filled("few", FEW as u32)?, filled("many", MANY_MESSAGES)?);
        let turn = |queue: QueueId| {
            each({
                let data = data.clone();
                move || {
                    typed.call(QueueSend { queue, data: data.clone(), priority: 3 })?;
                    typed.call(QueueReceive { queue, timeout_millis: Some(0) })
                }
            })
        };
        let name = format!("{kind:?} queue send+receive, messages waiting");
        curve(meter, &name, (FEW, u64::from(MANY_MESSAGES)), &mut turn(many), &mut turn(few));
    }
    Ok(())
}

fn descriptors(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    typed.call(Write { path: "/tmp/growth".into(), data: vec![7; 64].into(), append: false })?;
    let open = || typed.call(Open { path: "/tmp/growth".into(), mode: OpenMode::READ });
    let read = |fd: Fd| each(move || typed.call(FdPread { fd, offset: 0, size: 64 }));
    let first = open()?;
    // The two ends cannot be there at once in one table, so the small end is measured as the first descriptor
    // of the large one: what grows with the table shows all the same.
    let mut last = first;
    let mut opened = vec![first];
    while (opened.len() as u64) < MANY_DESCRIPTORS {
        match open() {
            Ok(fd) => {
                last = fd;
                opened.push(fd);
            }
            Err(_) => break,
        }
    }
    let count = opened.len() as u64;
    curve(meter, "fd_pread 64 B, open descriptors", (1, count), &mut read(last), &mut read(first));
    for fd in opened {
        typed.call(Close { fd })?;
    }
    Ok(())
}

fn pipes(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let create = || typed.call(PipeCreate { capacity: 4_096, reader: None, writer: None });
    let turn = |pipe| {
        each(move || {
            typed.call(PipeWrite { pipe, data: vec![1; 64].into() })?;
            typed.call(PipeRead { pipe, size: 64 })
        })
    };
    let first = create()?;
    let mut made = vec![first];
    while (made.len() as u64) < MANY_PIPES {
        match create() {
            Ok(pipe) => made.push(pipe),
            Err(_) => break,
        }
    }
    let (last, count) = (made[made.len() - 1], made.len() as u64);
    curve(meter, "pipe 64 B write+read, pipes", (1, count), &mut turn(last), &mut turn(first));
    for pipe in made {
        typed.call(PipeClose { pipe })?;
    }
    Ok(())
}

/// In two kernels, since the processes of one are all there at once.
fn processes(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let other = Fixture::boot()?;
    let spawn = |fixture: &Fixture, n: u64| {
        fixture.boot.kernel.spawn_app(kernel::NewProcess {
            name: format!("growth {n}"),
            app: Some("bench".into()),
            kind: ProcessKind::App,
            capabilities: Vec::new(),
            parent: fixture.system.pid(),
            cause: fixture.typed.cause(),
        })
    };
    let populate = |fixture: &Fixture, count: u64| -> anyhow::Result<Vec<Pid>> {
        (0..count).map(|n| spawn(fixture, n).map_err(Into::into)).collect()
    };
    let few = populate(&other, FEW)?;
    let many = populate(fixture, MANY_PROCESSES)?;
    let ends = (FEW, MANY_PROCESSES);
    let come_and_go = |fixture: &'_ Fixture| {
        let kernel = fixture.boot.kernel.clone();
        let (parent, cause) = (fixture.system.pid(), fixture.typed.cause());
        each(move || {
            let pid = kernel.spawn_app(kernel::NewProcess {
                name: "growth".into(),
                app: Some("bench".into()),
                kind: ProcessKind::App,
                capabilities: Vec::new(),
                parent,
                cause,
            })?;
            kernel.terminate(pid)
        })
    };
    curve(
        meter,
        "start and end an app's process, processes",
        ends,
        &mut come_and_go(fixture),
        &mut come_and_go(&other),
    );
    let info = |fixture: &'_ Fixture, pid: Pid| {
        let typed = fixture.typed.clone();
        each(move || typed.call(GetProcessInfo { pid: Some(pid) }))
    };
    let (last_of_many, last_of_few) = (many[many.len() - 1], few[few.len() - 1]);
    curve(
        meter,
        "get_process_info, processes",
        ends,
        &mut info(fixture, last_of_many),
        &mut info(&other, last_of_few),
    );
    let list = |fixture: &'_ Fixture| {
        let typed = fixture.typed.clone();
        per_unit(move || Ok(typed.call(ListProcesses {})?.len()))
    };
    curve(meter, "list_processes, per process", ends, &mut list(fixture), &mut list(&other));
    for pid in many {
        fixture.boot.kernel.terminate(pid)?;
    }
    other.boot.kernel.shutdown();
    Ok(())
}

/// An operation that does several units at once: its time is divided by them.
fn per_unit(mut operation: impl FnMut() -> anyhow::Result<usize>) -> impl Operation {
    move |count: u64| {
        let mut time = Duration::ZERO;
        for _ in 0..count {
            let start = Instant::now();
            let units = operation()?;
            time += start.elapsed() / u32::try_from(units.max(1)).unwrap_or(u32::MAX);
        }
        Ok(time)
    }
}

fn files(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let ends = (FEW, MANY_FILES);
    for (name, root) in [("LocalFs", "/home"), ("MemFs", "/tmp")] {
        let folder = |count: u64| format!("{root}/growth-{count}");
        for count in [FEW, MANY_FILES] {
            typed.call(Mkdir { path: folder(count), parents: false })?;
            for n in 0..count {
                if root == "/home" {
                    File::create(fixture.home.join(format!("growth-{count}/file {n}.txt")))?;
                } else {
                    let path = format!("{}/file {n}.txt", folder(count));
                    typed.call(Write { path, data: Vec::new().into(), append: false })?;
                }
            }
        }
        let stat = |count: u64| {
            let path = format!("{}/file {}.txt", folder(count), count - 1);
            each(move || typed.call(Stat { path: path.clone(), follow: true }))
        };
        curve(
            meter,
            &format!("stat, {name}, files in the folder"),
            ends,
            &mut stat(MANY_FILES),
            &mut stat(FEW),
        );
        let list = |count: u64| {
            let path = folder(count);
            per_unit(move || Ok(typed.call(List { path: path.clone() })?.len()))
        };
        curve(meter, &format!("list, {name}, per file"), ends, &mut list(MANY_FILES), &mut list(FEW));
    }
    Ok(())
}

fn causes(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let open = |parent: Option<CauseId>| {
        let mut spec = CauseSpec::new(CauseKind::App, "growth");
        spec.parent = parent;
        fixture.boot.kernel.open_cause(spec)
    };
    let few = open(Some(open(None)));
    for _ in 0..MANY_CAUSES {
        open(None);
    }
    let many = open(Some(open(None)));
    let why = |cause: CauseId| each(move || typed.call(Why { cause: Some(cause), pid: None, event: None }));
    curve(meter, "why, causes before it", (FEW, MANY_CAUSES), &mut why(many), &mut why(few));
    Ok(())
}

fn journal_rows_of(meter: &mut dyn Meter, most: u64) -> anyhow::Result<()> {
    let name = format!("growth/journal: why did this file change, rows, {most}");
    if !meter.wants(&name) {
        return Ok(());
    }
    let folder = tempfile::tempdir().context("a folder for journals")?;
    let (small, large) = (folder.path().join("small"), folder.path().join("large"));
    fill(&small, FEW_ROWS)?;
    fill(&large, most)?;
    let ask = |folder: &Path, rows: u64| {
        let history = History::new(&folder.join("journal"), &folder.join("index"));
        let object = journal::Why::Path(path_of(rows / 2));
        each(move || {
            let found = history.why(&object)?;
            anyhow::ensure!(!found.is_empty(), "a row in the middle of the journal is not found");
            Ok(())
        })
    };
    let spec = Spec::new(name)
        .budget(Budget::Median(Duration::from_millis(50)))
        .budget(Budget::P99(Duration::from_millis(50)))
        .note("B-trees: a few pages more for a thousand times the rows");
    let (mut ours, mut peer) = (ask(&large, most), ask(&small, FEW_ROWS));
    meter.compare(spec, &mut ours, Some((&format!("the same with {FEW_ROWS}"), &mut peer)));
    Ok(())
}

fn path_of(number: u64) -> String {
    format!("/home/Documents/{}/{}.md", number % 97, number / 3)
}

/// A journal of so many rows with its index, as the kernel leaves them.
fn fill(folder: &Path, rows: u64) -> anyhow::Result<()> {
    let options = JournalOptions { keep_bytes: u64::MAX, ..JournalOptions::default() };
    let journal = FileJournal::open(&folder.join("journal"), options)?;
    for number in 0..rows {
        // Three changes of each file; each of them for a cause of its own.
        journal.append(&row_of(number, path_of(number), CauseId(1 << 40 | number)))?;
    }
    journal.close();
    let indexer = Indexer::start(&folder.join("journal"), &folder.join("index"))?;
    anyhow::ensure!(
        indexer.wait_for(rows, INDEX_PATIENCE),
        "{rows} rows were not indexed in {} s: {}",
        INDEX_PATIENCE.as_secs(),
        indexer.failure().unwrap_or_default()
    );
    Ok(())
}
