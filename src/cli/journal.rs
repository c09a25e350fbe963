//! `agentos journal`: what the journal of a data folder says. Only reads, also while a desktop runs on it.
//!
//! - `verify` follows the chain of digests from the oldest row to the newest and names the first broken row;
//! - `query` shows the rows that match, the newest first;
//! - `tell` says the same in sentences: who did what, by which rule, because of what;
//! - `export` writes those rows as JSON lines, the oldest first, with a line for whatever is damaged.
//!
//! Exit status: 0, or 1 when the journal is damaged, or 2 when it could not be read.

use super::DataArgs;
use crate::boot::DataFolder;
use abi::{CauseId, Pid};
use anyhow::{Context, bail};
use kernel::journal::{self, Damage, Filter, History, JournalFolders, Reader, Row, RowKind};
use serde_json::json;
use std::{
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
    time::{Duration, SystemTime},
};

#[derive(Debug, clap::Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, clap::Subcommand)]
enum JournalCommand {
    /// Check that every row is as it was written.
    Verify {
        /// One JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Show the newest rows that match everything that is given.
    Query {
        #[command(flatten)]
        filter: FilterArgs,
        /// Most rows.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Tell the newest rows that match in sentences: who did what, by which rule, because of what.
    Tell {
        #[command(flatten)]
        filter: FilterArgs,
        /// Most rows.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Write all rows that match as JSON lines, the oldest first.
    Export {
        #[command(flatten)]
        filter: FilterArgs,
        #[command(flatten)]
        data: DataArgs,
    },
}

#[derive(Debug, clap::Args)]
struct FilterArgs {
    /// Of this app.
    #[arg(long)]
    app: Option<String>,
    /// Of this cause (`2.17`, or its number) and of what followed from it.
    #[arg(long, value_parser = parse_cause)]
    cause: Option<CauseId>,
    /// Of this kind, such as `denied`, `file` or `process.start`; may be given again.
    #[arg(long)]
    kind: Vec<String>,
    /// About this path of the desktop (`/home/…`), or what lies beneath it.
    #[arg(long)]
    path: Option<String>,
    /// By this process.
    #[arg(long)]
    pid: Option<u64>,
    /// Not older than this long (`90s`, `15m`, `2h`, `3d`), or than this time in milliseconds since 1970.
    #[arg(long, value_parser = parse_since)]
    since: Option<u64>,
}

/// `2.17`: the boot and the number in it; or both in one number.
fn parse_cause(text: &str) -> Result<CauseId, String> {
    let wrong = || format!("`{text}` is no cause; write it as 2.17 or as one number");
    let Some((boot, sequence)) = text.split_once('.') else {
        return text.parse().map(CauseId).map_err(|_| wrong());
    };
    let (Ok(boot), Ok(sequence)) = (boot.parse(), sequence.parse()) else { return Err(wrong()) };
    Ok(CauseId::new(boot, sequence))
}

/// Milliseconds since the Unix epoch.
fn parse_since(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no time; write 90s, 15m, 2h, 3d, or milliseconds since 1970");
    let Some(unit) = text.chars().last().filter(|unit| !unit.is_ascii_digit()) else {
        return text.parse().map_err(|_| wrong());
    };
    let number: u64 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| wrong())?;
    let seconds = match unit {
        's' => Some(number),
        'm' => number.checked_mul(60),
        'h' => number.checked_mul(60 * 60),
        'd' => number.checked_mul(24 * 60 * 60),
        _ => None,
    };
    let ago = Duration::from_secs(seconds.ok_or_else(wrong)?);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(u64::try_from(now.saturating_sub(ago).as_millis()).unwrap_or(u64::MAX))
}

pub(crate) fn run(args: &JournalArgs) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(io::stdout().lock());
    let done = match &args.command {
        JournalCommand::Verify { json, data } => verify(&folders(data)?, *json, &mut out),
        JournalCommand::Query { filter, limit, json, data } => {
            query(&folders(data)?, filter, *limit, *json, &mut out)
        }
        JournalCommand::Tell { filter, limit, data } => tell(&folders(data)?, filter, *limit, &mut out),
        JournalCommand::Export { filter, data } => export(&folders(data)?, filter, &mut out),
    };
    match done.and_then(|code| Ok(out.flush().map(|()| code)?)) {
        // Whoever reads has seen enough.
        Err(why) if is_broken_pipe(&why) => Ok(ExitCode::SUCCESS),
        done => done,
    }
}

fn is_broken_pipe(why: &anyhow::Error) -> bool {
    why.downcast_ref::<io::Error>().is_some_and(|why| why.kind() == io::ErrorKind::BrokenPipe)
}

fn folders(data: &DataArgs) -> anyhow::Result<JournalFolders> {
    let folders = JournalFolders::of(DataFolder::given_or_default(data.data_dir.as_deref())?.path());
    if !folders.journal.is_dir() {
        bail!("{}: there is no journal here", folders.journal.display());
    }
    Ok(folders)
}

fn verify(folders: &JournalFolders, as_json: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let found = journal::verify(&folders.journal).with_context(|| unreadable(&folders.journal))?;
    if as_json {
        let mut value = serde_json::to_value(&found)?;
        value["whole"] = found.is_whole().into();
        writeln!(out, "{value}")?;
    } else {
        let range = match found.first_row {
            0 => "no rows".to_owned(),
            first => format!("{} rows, {first} to {}", found.rows, found.last_row),
        };
        writeln!(out, "{range}, in {} segments", found.segments)?;
        if found.unchained_rows > 0 {
            writeln!(out, "{} rows were written by an older version, without a chain", found.unchained_rows)?;
        }
        if found.torn_bytes > 0 {
            writeln!(
                out,
                "{} bytes at the end are no whole row (being written, or cut at the next start)",
                found.torn_bytes
            )?;
        }
        for one in &found.breaks {
            writeln!(out, "broken: {one}")?;
        }
        if found.more_breaks > 0 {
            writeln!(out, "and {} times more", found.more_breaks)?;
        }
        writeln!(out, "head {}", found.head)?;
        writeln!(out, "{}", if found.is_whole() { "whole" } else { "DAMAGED" })?;
    }
    Ok(if found.is_whole() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn filter(history: &History, args: &FilterArgs, limit: usize) -> anyhow::Result<Filter> {
    let causes = args.cause.map(|cause| history.with_descendants(cause)).transpose()?;
    Ok(Filter {
        app: args.app.clone(),
        causes,
        kinds: args.kind.iter().map(|kind| RowKind::from(kind.as_str())).collect(),
        under: args.path.clone(),
        pid: args.pid.map(Pid),
        since_millis: args.since,
        limit,
        ..Filter::default()
    })
}

fn query(
    folders: &JournalFolders,
    args: &FilterArgs,
    limit: usize,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let history = History::new(&folders.journal, &folders.index);
    let rows = filter(&history, args, limit).and_then(|filter| Ok(history.query(&filter)?));
    for row in rows.with_context(|| unreadable(&folders.journal))? {
        if as_json {
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
        } else {
            writeln!(out, "{}", line(&row))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(
    folders: &JournalFolders,
    args: &FilterArgs,
    limit: usize,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let history = History::new(&folders.journal, &folders.index);
    let rows = filter(&history, args, limit).and_then(|filter| Ok(history.query(&filter)?));
    for row in rows.with_context(|| unreadable(&folders.journal))? {
        // Causes are told with what they led to.
        if row.kind == RowKind::Cause {
            continue;
        }
        // What somebody did in the end says more than the steps between.
        let chain = history.chain(row.cause).unwrap_or_default();
        let because = chain.last().map(|cause| cause.spec.label.clone());
        let told = system_apps::journal_sentence(&told_row(&row), because.as_deref());
        writeln!(out, "{}  {}.", time_of(&row), without_controls(&told))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A row as the kernel tells it to apps.
fn told_row(row: &Row) -> abi::table::JournalRow {
    abi::table::JournalRow {
        seq: row.seq,
        time_millis: row.time_millis,
        cause: row.cause,
        pid: row.pid,
        app: row.app.clone(),
        kind: row.kind.as_str().to_owned(),
        call: row.call.clone(),
        object: row.object.clone(),
        rule: row.rule.clone(),
        changes: Vec::new(),
        detail: row.detail.clone(),
    }
}

fn export(folders: &JournalFolders, args: &FilterArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let history = History::new(&folders.journal, &folders.index);
    let filter = filter(&history, args, 0).with_context(|| unreadable(&folders.journal))?;
    let rows = Reader::new(&folders.journal).rows().with_context(|| unreadable(&folders.journal))?;
    let mut code = ExitCode::SUCCESS;
    for row in rows {
        match row {
            Ok(row) if filter.matches(&row) => writeln!(out, "{}", serde_json::to_string(&row)?)?,
            Ok(_) => {}
            // Rows that retired are not missing, and a part of the last row may be on its way.
            Err(damage) => {
                writeln!(out, "{}", json!({"damage": damage.to_string()}))?;
                if !matches!(damage, Damage::NoRow { .. }) {
                    code = ExitCode::from(1);
                }
            }
        }
    }
    Ok(code)
}

fn unreadable(folder: &Path) -> String {
    format!("{}: the journal cannot be read", folder.display())
}

fn time_of(row: &Row) -> String {
    let time =
        i64::try_from(row.time_millis).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    time.map_or_else(
        || row.time_millis.to_string(),
        |time| time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// Names come from programs: nothing of them may move the cursor.
fn without_controls(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { '\u{fffd}' } else { one }).collect()
}

/// A row for people: number, time, kind, who, what, why.
fn line(row: &Row) -> String {
    let time = time_of(row);
    let who = row.app.clone().unwrap_or_else(|| format!("process {}", row.pid));
    let call = if row.call.is_empty() { String::new() } else { format!(" {}", row.call) };
    let rule = row.rule.as_ref().map(|rule| format!(" by {rule}")).unwrap_or_default();
    let detail = if row.detail.is_null() || row.kind == RowKind::Cause {
        String::new()
    } else {
        format!(" {}", row.detail)
    };
    let object = without_controls(&row.object);
    format!("{:>8}  {time}  {:<13}  {who}{call}  {object}{rule}{detail}  [{}]", row.seq, row.kind, row.cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::journal::Journal;

    fn folders(folder: &Path) -> JournalFolders {
        let folders = JournalFolders::of(folder);
        let journal = journal::FileJournal::open(&folders.journal, journal::JournalOptions::default());
        let journal = journal.expect("the folder is ours");
        let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).expect("after 1970");
        for (app, kind, object) in [
            ("notes", "file", "/home/a"),
            ("files", "file", "/home/b"),
            ("notes", "denied", "/etc/\u{1b}[2J"),
        ] {
            let row = Row {
                app: Some(app.into()),
                ..Row::new(now, CauseId::new(1, 2), Pid::new(3, 0), kind, object)
            };
            journal.append(&row).expect("room");
        }
        folders
    }

    fn all() -> FilterArgs {
        FilterArgs { app: None, cause: None, kind: Vec::new(), path: None, pid: None, since: None }
    }

    fn printed(run: impl FnOnce(&mut dyn Write) -> anyhow::Result<ExitCode>) -> (String, bool) {
        let mut out = Vec::new();
        let code = run(&mut out).expect("readable");
        (String::from_utf8(out).expect("text"), code == ExitCode::SUCCESS)
    }

    #[test]
    fn rows_are_told_as_sentences() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let folders = folders(folder.path());
        let (told, _) = printed(|out| tell(&folders, &all(), 10, out));
        assert!(told.contains("  Notes changed /home/a."), "{told}");
        assert!(told.contains("Notes was not allowed to use /etc/\u{fffd}[2J."), "{told}");
        assert_eq!(told.lines().count(), 3);
    }

    #[test]
    fn rows_are_shown_by_filters() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let folders = folders(folder.path());
        let lines = |args: &FilterArgs| printed(|out| query(&folders, args, 10, false, out)).0;
        assert_eq!(lines(&all()).lines().count(), 3);
        assert_eq!(lines(&FilterArgs { app: Some("notes".into()), ..all() }).lines().count(), 2);
        assert!(lines(&FilterArgs { kind: vec!["denied".into()], ..all() }).contains("/etc/\u{fffd}[2J"));
        assert!(lines(&FilterArgs { path: Some("/home".into()), ..all() }).starts_with("       2"));
        let since = parse_since("1h").expect("a time");
        assert_eq!(
            lines(&FilterArgs { since: Some(since), cause: Some(CauseId::new(1, 2)), ..all() })
                .lines()
                .count(),
            3
        );
        let (text, _) =
            printed(|out| export(&folders, &FilterArgs { app: Some("files".into()), ..all() }, out));
        let row: Row = serde_json::from_str(&text).expect("one row");
        assert_eq!((row.seq, row.object.as_str()), (2, "/home/b"));
    }

    #[test]
    fn damage_is_said_and_exits_with_one() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let folders = folders(folder.path());
        let (text, is_whole) = printed(|out| verify(&folders, false, out));
        assert!(is_whole && text.contains("3 rows, 1 to 3") && text.ends_with("whole\n"), "{text}");
        let segment =
            std::fs::read_dir(&folders.journal).expect("ours").next().expect("one").expect("ours").path();
        let mut bytes = std::fs::read(&segment).expect("ours");
        bytes[120] ^= 1;
        std::fs::write(&segment, bytes).expect("ours");
        let (text, is_whole) = printed(|out| verify(&folders, false, out));
        assert!(!is_whole && text.contains("broken: row 1 ("), "{text}");
        let (text, is_whole) = printed(|out| verify(&folders, true, out));
        assert!(!is_whole && text.contains("\"whole\":false"), "{text}");
        let (text, is_whole) = printed(|out| export(&folders, &all(), out));
        assert!(!is_whole && text.contains("rows 1 to 1 are missing"), "{text}");
    }

    #[test]
    fn times_and_causes_are_read_from_words() {
        assert_eq!(parse_cause("2.17"), Ok(CauseId::new(2, 17)));
        assert_eq!(parse_cause("1099511627778"), Ok(CauseId::new(1, 2)));
        assert_eq!(parse_since("1700000000000"), Ok(1_700_000_000_000));
        assert!(parse_since("15m") > parse_since("1h"));
        for text in ["", "h", "3w", "9999999999999999999d", "-1h", "é"] {
            assert!(parse_since(text).is_err(), "{text}");
        }
        assert!(parse_cause("2.").is_err() && parse_cause("click").is_err());
    }
}
