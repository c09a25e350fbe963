//! The journal when its program is killed, and on a disk that is really full.
//!
//! The programs are this test again, started with a variable that says what it is to do.

use abi::{CauseId, Pid};
use agentos_kernel::journal::{FileJournal, Journal, JournalOptions, Reader, Row, RowKind, verify};
use std::{
    collections::HashSet,
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::SystemTime,
};

const ROLE: &str = "AGENTOS_TEST_JOURNAL_ROLE";
const FOLDER: &str = "AGENTOS_TEST_JOURNAL_FOLDER";
/// What a line of a writer begins with; the test harness says things, too.
const WROTE: &str = "wrote ";

fn options() -> JournalOptions {
    JournalOptions { segment_bytes: 64 * 1024, ..JournalOptions::default() }
}

fn row(object: &str) -> Row {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Row::new(now.as_millis() as u64, CauseId::new(1, 2), Pid::new(3, 0), RowKind::Session, object)
}

/// This test as another program, in a role.
fn program(command: &mut Command, role: &str, folder: &Path) -> Child {
    command
        .args(["--exact", "a_role_in_another_program", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test can be started")
}

fn own_program() -> PathBuf {
    env::current_exe().expect("this test has a file")
}

/// The objects that a program says it has written, until it ends.
fn written(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let out = child.stdout.take().expect("it was asked for");
    // The harness may have begun the line.
    BufReader::new(out)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.split_once(WROTE).map(|(_, object)| object.to_owned()))
}

#[test]
fn a_role_in_another_program() {
    let (Ok(role), Some(folder)) = (env::var(ROLE), env::var_os(FOLDER).map(PathBuf::from)) else { return };
    let journal = FileJournal::open(&folder, options()).expect("the folder is ours");
    let say = |object: &str| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{WROTE}{object}").and_then(|()| out.flush()).expect("somebody listens");
    };
    for number in 0_u64.. {
        let object = format!("{}-{number}", std::process::id());
        match (role.as_str(), journal.append(&row(&object))) {
            (_, Ok(_)) => say(&object),
            ("until_full", Err(why)) => {
                assert_eq!(why.kind(), std::io::ErrorKind::StorageFull);
                assert!(journal.append(&row("still full, and as long")).is_err());
                return;
            }
            (_, Err(why)) => panic!("{why}"),
        }
    }
}

#[test]
fn kill_9_in_a_loop_loses_no_row() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut acknowledged: Vec<String> = Vec::new();
    let mut seed = 1_u64;
    for _ in 0..12 {
        let mut child = program(&mut Command::new(own_program()), "writer", folder.path());
        // Any moment will do; these are always the same.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let most = (seed >> 33) % 400;
        let mut lines = written(&mut child);
        acknowledged.extend(lines.by_ref().take(most as usize + 1));
        child.kill().expect("it runs");
        // What it said before it died counts as well.
        acknowledged.extend(lines);
        child.wait().expect("it is ours");
    }
    assert!(acknowledged.len() > 12);
    drop(FileJournal::open(folder.path(), options()).expect("it opens after all that"));
    let rows: HashSet<String> = Reader::new(folder.path())
        .rows()
        .expect("readable")
        .map(|row| row.expect("a torn tail is cut, and nothing else is damaged").object)
        .collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|object| !rows.contains(*object)).collect();
    assert!(lost.is_empty(), "{} of {} lost, the first is {}", lost.len(), acknowledged.len(), lost[0]);
    let verified = verify(folder.path()).expect("readable");
    assert!(verified.is_whole() && verified.torn_bytes == 0, "{:?}", verified.breaks);
}

#[test]
fn a_full_disk_refuses_rows_and_keeps_those_before() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let copy = folder.path().join("copy");
    let disk = folder.path().join("disk");
    std::fs::create_dir_all(&disk).expect("ours");
    // A small disk that only that program sees; what is on it is copied off at the end.
    let script = r#"mount -t tmpfs -o size=300k tmpfs "$1" || exit 77
        shift; "$@"; code=$?
        cp -r "$0" "$COPY" && exit $code"#;
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(&disk).arg(&disk);
    command.arg(own_program()).env("COPY", &copy);
    let mut child = match command
        .arg("--exact")
        .arg("a_role_in_another_program")
        .arg("--nocapture")
        .env(ROLE, "until_full")
        .env(FOLDER, &disk)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(why) => {
            return eprintln!("SKIPPED: the full disk was not tried, unshare cannot be started: {why}");
        }
    };
    let acknowledged: Vec<String> = written(&mut child).collect();
    let status = child.wait().expect("it is ours");
    if !status.success() && acknowledged.is_empty() {
        return eprintln!("SKIPPED: the full disk was not tried, this machine allows no mounts of one's own");
    }
    assert!(status.success(), "{status}");
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
    let rows = Reader::new(&copy).rows().expect("readable").map(|row| row.expect("whole").object);
    assert_eq!(rows.collect::<Vec<_>>(), acknowledged);
    assert!(verify(&copy).expect("readable").is_whole());
}
