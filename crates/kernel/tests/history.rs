//! The journal in the product: what happened, why, and taking it back, through the door and over restarts.

use abi::{
    Bytes, Capability, CauseId, CauseKind, CauseSpec, Errno, PathScope, Pid, Syscalls,
    table::{
        Chmod, Close, Delete, Explain, FdWrite, Mkdir, Mmap, MmapWrite, Move, Munmap, Open, OpenMode,
        ProcessKind, QueryJournal, SetTimes, Stat, TouchedBy, Trash, TrashEmpty, TrashList, TrashRestore,
        Truncate, Undo, UndoMode, UndoPlan, Write,
    },
};
use agentos_kernel::{Caller, Config, Kernel, NewProcess, journal, testing::kernel};
use std::{fs, path::Path};

fn write(caller: &Caller, path: &str, text: &str) {
    caller.call(Write { path: path.into(), data: Bytes::from(text), append: false }).unwrap();
}

fn append(caller: &Caller, path: &str, text: &str) {
    caller.call(Write { path: path.into(), data: Bytes::from(text), append: true }).unwrap();
}

fn undo(caller: &Caller, cause: CauseId, mode: UndoMode) -> abi::SysResult<abi::table::Undone> {
    caller.call(Undo { cause, mode })
}

/// The same process, acting because of something else that happened.
fn because(kernel: &Kernel, caller: &Caller, label: &str, parent: Option<CauseId>) -> Caller {
    let spec = CauseSpec { parent, window: Some(7), ..CauseSpec::new(CauseKind::Pointer, label) };
    kernel.typed_caller(caller.pid(), kernel.open_cause(spec)).unwrap()
}

fn boot(folder: &Path) -> (Kernel, Caller) {
    let kernel = Kernel::boot(Config::new(folder)).unwrap();
    let cause = kernel.open_cause(CauseSpec::new(CauseKind::Control, "test"));
    let new = NewProcess {
        name: "test".into(),
        app: Some("notes".into()),
        kind: ProcessKind::App,
        capabilities: Capability::all(),
        parent: Pid::KERNEL,
        cause,
    };
    let pid = kernel.spawn_app(new).unwrap();
    let caller = kernel.typed_caller(pid, cause).unwrap();
    (kernel, caller)
}

fn read(kernel: &Kernel, path: &str) -> Option<String> {
    fs::read_to_string(kernel.host_path(path).unwrap()).ok()
}

#[test]
fn every_call_that_changes_files_is_taken_back() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/a", "old a");
    write(&caller, "/home/b", "old b");
    caller.call(Mkdir { path: "/home/docs".into(), parents: false }).unwrap();
    write(&caller, "/home/docs/c", "old c");

    let click = because(&kernel, &caller, "click on Clean up", None);
    write(&click, "/home/a", "new");
    append(&click, "/home/a", " and more");
    click.call(Truncate { path: "/home/a".into(), size: 2 }).unwrap();
    click.call(Delete { path: "/home/b".into() }).unwrap();
    click.call(Mkdir { path: "/home/deep/er".into(), parents: true }).unwrap();
    click
        .call(Move { from: "/home/docs".into(), to: "/home/deep/er/docs".into(), overwrite: false })
        .unwrap();
    let mode = OpenMode { write: true, create: true, ..OpenMode::default() };
    let fd = click.call(Open { path: "/home/deep/er/docs/c".into(), mode }).unwrap();
    click.call(FdWrite { fd, data: Bytes::from("NEW") }).unwrap();
    click.call(Close { fd }).unwrap();
    click.call(Delete { path: "/home/not/there".into() }).unwrap_err();
    assert_eq!(read(&kernel, "/home/deep/er/docs/c").as_deref(), Some("NEW c"));

    let plan = caller.call(UndoPlan { cause: click.cause() }).unwrap();
    assert!(plan.iter().all(|step| step.verdict == "due" || step.verdict == "done"), "{plan:#?}");
    let undone = undo(&caller, click.cause(), UndoMode::Whole).unwrap();
    assert!(undone.left.is_empty(), "{undone:?}");
    assert_eq!(read(&kernel, "/home/a").as_deref(), Some("old a"));
    assert_eq!(read(&kernel, "/home/b").as_deref(), Some("old b"));
    assert_eq!(read(&kernel, "/home/docs/c").as_deref(), Some("old c"));
    assert!(!kernel.host_path("/home/deep").unwrap().exists());

    undo(&caller, undone.cause, UndoMode::Whole).unwrap();
    assert_eq!(read(&kernel, "/home/deep/er/docs/c").as_deref(), Some("NEW c"));
    assert_eq!(read(&kernel, "/home/a").as_deref(), Some("ne"));
}

#[test]
fn what_went_into_the_trash_comes_back() {
    let kernel = kernel();
    let caller = kernel.trusted();
    caller.call(Mkdir { path: "/home/album".into(), parents: false }).unwrap();
    write(&caller, "/home/album/photo", "light");
    let click = because(&kernel, &caller, "click on Delete", None);
    let place = click.call(Trash { path: "/home/album".into() }).unwrap();
    assert_eq!(read(&kernel, &format!("{place}/photo")).as_deref(), Some("light"));
    let undone = undo(&caller, click.cause(), UndoMode::Whole).unwrap();
    assert_eq!(read(&kernel, "/home/album/photo").as_deref(), Some("light"));
    let document = kernel.host_path("/home/.Trash/info/album.json").unwrap();
    assert!(!document.exists(), "nothing is left that says it is in the trash");
    undo(&caller, undone.cause, UndoMode::Whole).unwrap();
    assert!(document.exists());

    // Out of the trash by its own call, and back into it by undo: where it was is still known.
    let click = because(&kernel, &caller, "click on Restore", None);
    click.call(TrashRestore { item: place.clone(), to: "/home/elsewhere".into() }).unwrap();
    assert!(!document.exists());
    undo(&caller, click.cause(), UndoMode::Whole).unwrap();
    let items = caller.call(TrashList { path: "/home/.Trash".into() }).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].item.as_str(), items[0].original.as_deref()), (&*place, Some("/home/album")));
    assert_eq!(read(&kernel, "/home/elsewhere/photo"), None);
}

#[test]
fn newer_content_and_missing_rights_stop_it() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/a", "old");
    let click = because(&kernel, &caller, "click", None);
    write(&click, "/home/a", "new");
    fs::write(kernel.host_path("/home/a").unwrap(), "from elsewhere").unwrap();
    let refused = undo(&caller, click.cause(), UndoMode::Whole).unwrap_err();
    assert!(refused.errno == Errno::EBUSY && refused.detail.contains("/home/a"), "{refused}");
    let unknown = undo(&caller, CauseId::new(1, 999), UndoMode::Whole).unwrap_err();
    assert_eq!(unknown.errno, Errno::ENOENT);

    let observer =
        kernel.process(vec![Capability::Observe("*".into()), Capability::ReadFile(PathScope("/".into()))]);
    let refused = undo(&observer, click.cause(), UndoMode::Overwrite).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("WriteFile"), "{refused}");
    assert_eq!(read(&kernel, "/home/a").as_deref(), Some("from elsewhere"));
    undo(&caller, click.cause(), UndoMode::Overwrite).unwrap();
    assert_eq!(read(&kernel, "/home/a").as_deref(), Some("old"));
}

#[test]
fn why_and_who_are_known_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let click = {
        let (kernel, caller) = boot(folder.path());
        let click = because(&kernel, &caller, "click on Save", None);
        let tool = because(&kernel, &caller, "tool notes.save", Some(click.cause()));
        write(&tool, "/home/diary", "dear");
        write(&caller, "/home/other", "x");
        click.cause()
    };
    let (_kernel, caller) = boot(folder.path());
    let explain =
        Explain { path: Some("/home/diary".into()), pid: None, window: None, cause: None, host_pid: None };
    let why = caller.call(explain.clone()).unwrap();
    let labels: Vec<&str> = why[0].chain.iter().map(|cause| cause.spec.label.as_str()).collect();
    assert_eq!(labels, ["tool notes.save", "click on Save"]);
    assert_eq!((why[0].row.app.as_deref(), why[0].row.call.as_str()), (Some("notes"), "write"));
    let of_window = caller.call(Explain { path: None, window: Some(7), ..explain.clone() }).unwrap();
    assert!(of_window.iter().any(|one| one.row.object == "/home/diary"));
    let of_none = Explain { path: None, ..explain.clone() };
    assert_eq!(caller.call(of_none.clone()).unwrap_err().errno, Errno::EINVAL);
    let of_two = Explain { host_pid: Some(1), ..explain };
    assert_eq!(caller.call(of_two).unwrap_err().errno, Errno::EINVAL);
    assert_eq!(caller.call(Explain { host_pid: Some(i32::MAX), ..of_none }).unwrap(), []);

    let touched = caller.call(TouchedBy { app: "notes".into(), limit: 10 }).unwrap();
    assert_eq!(
        touched.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(),
        ["/home/other", "/home/diary"]
    );
    let because_of_it = QueryJournal {
        app: None,
        cause: Some(click),
        kind: Some("file".into()),
        path: None,
        pid: None,
        since_millis: None,
        before: None,
        limit: 10,
    };
    assert_eq!(caller.call(because_of_it).unwrap().len(), 1, "what happened because of this click");
    undo(&caller, click, UndoMode::Whole).unwrap();
    assert!(
        !folder.path().join("home").join("diary").exists()
            && folder.path().join("home").join("other").exists()
    );
    drop(caller);
    let verified = journal::verify(&folder.path().join("journal")).unwrap();
    assert!(verified.is_whole(), "{:?}", verified.breaks);
}

#[test]
fn a_kernel_without_a_journal_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let kernel = Kernel::boot(Config { journal: false, ..Config::new(folder.path()) }).unwrap();
    let cause = kernel.open_cause(CauseSpec::new(CauseKind::Control, "test"));
    let caller = kernel.typed_caller(Pid::KERNEL, cause).unwrap();
    assert_eq!(undo(&caller, cause, UndoMode::Whole).unwrap_err().errno, Errno::ENOSYS);
}

#[test]
fn programs_are_rows_with_their_arguments() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let line = r#"{"call":"spawn","executable":"/no/such/program","args":["-l","two words"]}"#;
    caller.dispatch(serde_json::from_str(line).unwrap()).unwrap_err();
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(5).unwrap();
    let row = rows.iter().find(|row| row.call == "spawn").expect("it is written before it is tried");
    assert_eq!(row.detail["argv"], serde_json::json!(["/no/such/program", "-l", "two words"]));
}

#[test]
fn bits_and_times_go_back_unless_they_were_changed_since() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/a", "content");
    let stat = || caller.call(Stat { path: "/home/a".into(), follow: true }).unwrap();
    let chmod = |caller: &Caller, mode| caller.call(Chmod { path: "/home/a".into(), mode }).unwrap();
    let before = stat();
    let act = because(&kernel, &caller, "click on Properties", None);
    chmod(&act, 0o600);
    chmod(&act, 0o400);
    act.call(SetTimes { path: "/home/a".into(), modified_millis: 1_000_000 }).unwrap();
    assert_eq!((stat().mode & 0o777, stat().modified_millis), (0o400, 1_000_000));
    let explained = caller
        .call(Explain { path: Some("/home/a".into()), pid: None, window: None, cause: None, host_pid: None })
        .unwrap();
    assert_eq!(explained[0].chain[0].spec.label, "click on Properties");
    let undone = undo(&caller, act.cause(), UndoMode::Whole).unwrap();
    assert_eq!((stat().mode, stat().modified_millis), (before.mode, before.modified_millis));
    // The undoing can itself be taken back.
    undo(&caller, undone.cause, UndoMode::Whole).unwrap();
    assert_eq!((stat().mode & 0o777, stat().modified_millis), (0o400, 1_000_000));
    // Newer bits are not overwritten without being asked.
    let newer = because(&kernel, &caller, "another click", None);
    chmod(&newer, 0o640);
    assert_eq!(undo(&caller, act.cause(), UndoMode::Whole).unwrap_err().errno, Errno::EBUSY);
    assert_eq!(stat().mode & 0o777, 0o640);
    let left = undo(&caller, act.cause(), UndoMode::Possible).unwrap().left;
    assert!(left.iter().any(|(_, why)| why.contains("bits were changed since")), "{left:?}");
}

#[test]
fn an_emptied_trash_gives_files_back_and_says_that_folders_are_lost() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/a", "kept");
    caller.call(Mkdir { path: "/home/folder".into(), parents: false }).unwrap();
    write(&caller, "/home/folder/b", "not kept");
    let file = caller.call(Trash { path: "/home/a".into() }).unwrap();
    let folder = caller.call(Trash { path: "/home/folder".into() }).unwrap();
    let act = because(&kernel, &caller, "click on Empty Trash", None);
    act.call(TrashEmpty { path: "/home/.Trash".into() }).unwrap();
    let plan = caller.call(UndoPlan { cause: act.cause() }).unwrap();
    let of = |path: &str| plan.iter().find(|step| step.path == path).unwrap();
    assert_eq!(of(&file).verdict, "due");
    assert_eq!(of(&folder).verdict, "lost");
    assert!(of(&folder).why.contains("is not kept when it is emptied"), "{plan:?}");
    assert_eq!(undo(&caller, act.cause(), UndoMode::Whole).unwrap_err().errno, Errno::EBUSY);
    let undone = undo(&caller, act.cause(), UndoMode::Possible).unwrap();
    assert!(undone.restored.contains(&file), "{undone:?}");
    let listed = caller.call(TrashList { path: "/home/.Trash".into() }).unwrap();
    let origins: Vec<_> = listed.iter().map(|entry| (&entry.item, entry.original.as_deref())).collect();
    assert_eq!(origins, [(&file, Some("/home/a"))], "it can be put back where it was");
    assert_eq!(read(&kernel, &file).as_deref(), Some("kept"));
    assert!(!kernel.host_path(&folder).unwrap().exists());
}

#[test]
fn what_is_written_through_a_mapping_is_taken_back_while_it_is_mapped() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/a", "before");
    let map: Mmap = serde_json::from_str(r#"{"path":"/home/a","access":"read_write"}"#).unwrap();
    let map = caller.call(map).unwrap();
    let act = because(&kernel, &caller, "stroke of a brush", None);
    act.call(MmapWrite { map, offset: 0, data: Bytes::from("after!") }).unwrap();
    let touched = caller.call(TouchedBy { app: "test".into(), limit: 10 }).unwrap();
    assert_eq!(touched[0].path, "/home/a");
    let plan = caller.call(UndoPlan { cause: act.cause() }).unwrap();
    assert_eq!((plan.len(), plan[0].verdict.as_str()), (1, "due"), "{plan:?}");
    undo(&caller, act.cause(), UndoMode::Whole).unwrap();
    assert_eq!(read(&kernel, "/home/a").as_deref(), Some("before"));
    // The file was replaced, as undo does; the mapping is still of the one that was there before.
    caller.call(Munmap { map }).unwrap();
    assert_eq!(read(&kernel, "/home/a").as_deref(), Some("before"));
}
