//! Runs on a whole kernel: what a program leaves is put there by the test, as a program would.

use super::Run;
use crate::{
    Caller,
    testing::{TestKernel, kernel},
};
use abi::{
    Capability, CauseId, Errno, RunId,
    table::{
        ApplyMode, ApplyRun, BeginRun, DiscardRun, EndRun, ListRuns, RunChange, RunChangeKind, RunChanges,
        RunChangesOf, RunDiff, RunInfo, RunVerdict, Undo, UndoMode,
    },
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A kernel with a run on `/home/p`.
struct Scene {
    kernel: TestKernel,
    caller: Caller,
    run: RunInfo,
}

impl Scene {
    /// `fill` puts the originals there.
    fn new(fill: impl FnOnce(&Path)) -> Self {
        let kernel = kernel();
        let caller = kernel.trusted();
        let original = kernel.data_dir().join("home/p");
        fs::create_dir_all(&original).unwrap();
        fill(&original);
        let run = caller.call(BeginRun { folders: vec!["/home/p".into()], name: None }).unwrap();
        Scene { kernel, caller, run }
    }

    fn original(&self, at: &str) -> PathBuf {
        self.kernel.data_dir().join("home/p").join(at)
    }

    fn copy(&self, at: &str) -> PathBuf {
        Path::new(&self.run.folders[0].host).join(at)
    }

    fn changes(&self) -> RunChanges {
        self.caller.call(RunChangesOf { run: self.run.run }).unwrap()
    }

    fn change(&self, at: &str) -> Option<RunChange> {
        let path = format!("/home/p/{at}");
        self.changes().changes.into_iter().find(|change| change.path == path)
    }

    /// Every change as `kind verdict path`.
    fn shown(&self) -> Vec<String> {
        let changes = self.changes().changes.into_iter();
        changes
            .map(|change| {
                let name = change.path.trim_start_matches("/home/p/").to_owned();
                format!("{:?} {:?} {name}", change.kind, change.verdict)
            })
            .collect()
    }

    fn apply(&self, paths: &[&str]) -> abi::table::Applied {
        self.apply_as(paths, ApplyMode::Keep)
    }

    fn apply_as(&self, paths: &[&str], mode: ApplyMode) -> abi::table::Applied {
        let paths = paths.iter().map(|path| format!("/home/p/{path}")).collect();
        self.caller.call(ApplyRun { run: self.run.run, paths, mode, exact: false }).unwrap()
    }

    fn undo(&self, cause: CauseId) {
        self.caller.call(Undo { cause, mode: UndoMode::Whole }).unwrap();
    }

    fn the_run(&self) -> Arc<Run> {
        self.kernel.core.runs.get(self.run.run).unwrap()
    }
}

/// All runs, as after a restart.
fn reopened(scene: &Scene) -> super::Runs {
    super::Runs::open(scene.kernel.data_dir().join("runs"), vec![abi::table::CowKind::Copy])
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn usual(original: &Path) {
    fs::write(original.join("changed.txt"), "one\ntwo\nthree\n").unwrap();
    fs::write(original.join("removed.txt"), "to go").unwrap();
    fs::write(original.join("same.txt"), "stays").unwrap();
    fs::write(original.join("script.sh"), "#!/bin/sh\n").unwrap();
    fs::create_dir_all(original.join("dir/inner")).unwrap();
    fs::write(original.join("dir/inner/deep.txt"), "deep").unwrap();
    symlink("same.txt", original.join("link")).unwrap();
}

fn usual_changes(scene: &Scene) {
    fs::write(scene.copy("changed.txt"), "one\n2\nthree\n").unwrap();
    fs::remove_file(scene.copy("removed.txt")).unwrap();
    fs::write(scene.copy("new.txt"), "new").unwrap();
    fs::create_dir_all(scene.copy("fresh/sub")).unwrap();
    fs::write(scene.copy("fresh/sub/file.txt"), "fresh").unwrap();
    fs::set_permissions(scene.copy("script.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_dir_all(scene.copy("dir")).unwrap();
    fs::remove_file(scene.copy("link")).unwrap();
    symlink("new.txt", scene.copy("link")).unwrap();
}

const USUAL: [&str; 12] = [
    "Changed Due changed.txt",
    "Removed Due dir",
    "Removed Due dir/inner",
    "Removed Due dir/inner/deep.txt",
    "Added Due fresh",
    "Added Due fresh/sub",
    "Added Due fresh/sub/file.txt",
    "Changed Due link",
    "Added Due new.txt",
    "Removed Due removed.txt",
    "Bits Due script.sh",
    "",
];

#[test]
fn a_run_sees_the_folder_and_changes_no_original() {
    let scene = Scene::new(usual);
    assert_eq!(scene.run.folders[0].files, 5);
    assert_eq!(read(scene.copy("dir/inner/deep.txt")), "deep");
    assert_eq!(fs::read_link(scene.copy("link")).unwrap(), Path::new("same.txt"));
    assert_eq!(scene.shown(), Vec::<String>::new());
    usual_changes(&scene);
    assert_eq!(scene.shown(), USUAL[..11]);
    let changes = scene.changes();
    assert_eq!((changes.added, changes.changed, changes.removed, changes.conflicts), (4, 3, 4, 0));
    assert_eq!(read(scene.original("changed.txt")), "one\ntwo\nthree\n");
    assert!(scene.original("dir/inner/deep.txt").exists() && !scene.original("new.txt").exists());
}

#[test]
fn everything_is_applied_and_undone_by_its_cause() {
    let scene = Scene::new(usual);
    usual_changes(&scene);
    let applied = scene.apply(&[]);
    assert_eq!(applied.left, []);
    assert_eq!((applied.applied.len(), applied.open), (11, 0));
    assert_eq!(scene.shown(), Vec::<String>::new());
    assert_eq!(read(scene.original("changed.txt")), "one\n2\nthree\n");
    assert_eq!(read(scene.original("fresh/sub/file.txt")), "fresh");
    assert!(!scene.original("dir").exists() && !scene.original("removed.txt").exists());
    assert_eq!(fs::read_link(scene.original("link")).unwrap(), Path::new("new.txt"));
    assert_eq!(fs::metadata(scene.original("script.sh")).unwrap().permissions().mode() & 0o777, 0o755);
    scene.undo(applied.cause);
    assert_eq!(read(scene.original("changed.txt")), "one\ntwo\nthree\n");
    assert_eq!(read(scene.original("dir/inner/deep.txt")), "deep");
    assert_eq!(read(scene.original("removed.txt")), "to go");
    assert!(!scene.original("fresh").exists() && !scene.original("new.txt").exists());
    assert_eq!(fs::read_link(scene.original("link")).unwrap(), Path::new("same.txt"));
    assert_eq!(fs::metadata(scene.original("script.sh")).unwrap().permissions().mode() & 0o777, 0o644);
    // The question is open again.
    assert_eq!(scene.shown(), USUAL[..11]);
}

#[test]
fn some_are_applied_with_the_folders_they_need_and_the_rest_is_discarded() {
    let scene = Scene::new(usual);
    usual_changes(&scene);
    let applied = scene.apply(&["fresh/sub/file.txt", "changed.txt", "nothing"]);
    assert_eq!(applied.left, [("/home/p/nothing".to_owned(), "there is no open change".to_owned())]);
    let mut names = applied.applied;
    names.sort_unstable();
    assert_eq!(
        names,
        ["/home/p/changed.txt", "/home/p/fresh", "/home/p/fresh/sub", "/home/p/fresh/sub/file.txt"]
    );
    assert!(scene.original("removed.txt").exists());
    let paths = vec!["/home/p/dir".to_owned(), "/home/p/new.txt".to_owned()];
    let open = scene.caller.call(DiscardRun { run: scene.run.run, paths, exact: false }).unwrap();
    assert_eq!(open, 3);
    assert_eq!(scene.shown(), ["Changed Due link", "Removed Due removed.txt", "Bits Due script.sh"]);
    let exactly = |at: &str| ApplyRun {
        run: scene.run.run,
        paths: vec![format!("/home/p/{at}")],
        mode: ApplyMode::Keep,
        exact: true,
    };
    assert!(scene.caller.call(exactly("")).unwrap().applied.is_empty(), "nothing beneath was meant");
    // What changes again is a new question.
    fs::write(scene.copy("new.txt"), "newer").unwrap();
    assert!(scene.change("new.txt").is_some());
    let open = scene.caller.call(DiscardRun { run: scene.run.run, paths: Vec::new(), exact: false }).unwrap();
    assert_eq!(open, 0);
    assert!(!scene.copy("").exists());
    assert_eq!(scene.caller.call(ListRuns {}).unwrap(), []);
}

#[test]
fn a_changed_original_is_a_conflict_and_never_replaced_unless_asked() {
    let scene = Scene::new(usual);
    usual_changes(&scene);
    fs::write(scene.original("changed.txt"), "mine\n").unwrap();
    fs::write(scene.original("new.txt"), "mine too").unwrap();
    fs::remove_file(scene.original("removed.txt")).unwrap();
    // The same content again is no change, whatever the times say.
    fs::remove_file(scene.original("dir/inner/deep.txt")).unwrap();
    fs::write(scene.original("dir/inner/deep.txt"), "deep").unwrap();
    let changed = scene.change("changed.txt").unwrap();
    assert_eq!((changed.verdict, &*changed.why), (RunVerdict::Conflict, "the original was changed since"));
    let new = scene.change("new.txt").unwrap();
    assert_eq!((new.verdict, &*new.why), (RunVerdict::Conflict, "something else was made there since"));
    assert_eq!(scene.change("removed.txt"), None, "it is gone on both sides");
    assert_eq!(scene.change("dir/inner/deep.txt").unwrap().verdict, RunVerdict::Due);
    let applied = scene.apply(&[]);
    let mut left: Vec<_> = applied.left.iter().map(|(path, _)| path.as_str()).collect();
    left.sort_unstable();
    assert_eq!(left, ["/home/p/changed.txt", "/home/p/new.txt"]);
    assert_eq!(read(scene.original("changed.txt")), "mine\n");
    let applied = scene.apply_as(&["changed.txt"], ApplyMode::Overwrite);
    assert_eq!(read(scene.original("changed.txt")), "one\n2\nthree\n");
    scene.undo(applied.cause);
    assert_eq!(read(scene.original("changed.txt")), "mine\n");
}

#[test]
fn what_runs_later_is_taken_over_only_by_name() {
    let scene = Scene::new(|original| {
        fs::create_dir_all(original.join(".git/hooks")).unwrap();
        fs::write(original.join("package.json"), r#"{"name":"a","scripts":{"test":"true"}}"#).unwrap();
    });
    fs::write(scene.copy(".git/hooks/pre-commit"), "#!/bin/sh\nevil\n").unwrap();
    fs::write(scene.copy(".envrc"), "evil").unwrap();
    fs::write(scene.copy("package.json"), r#"{"name":"b","scripts":{"test":"true"}}"#).unwrap();
    fs::write(scene.copy("plain.txt"), "fine").unwrap();
    let changes = scene.changes();
    assert_eq!(changes.flagged, 2);
    assert_eq!(scene.change(".git/hooks/pre-commit").unwrap().runs_later.as_deref(), Some("git runs it"));
    assert_eq!(scene.change("package.json").unwrap().runs_later, None);
    for everything in [&[][..], &[".git"][..]] {
        let applied = scene.apply(everything);
        assert!(
            applied.left.iter().any(|(path, why)| path.ends_with("pre-commit") && why.contains("by name"))
        );
    }
    assert!(scene.original("plain.txt").exists());
    assert!(!scene.original(".git/hooks/pre-commit").exists() && !scene.original(".envrc").exists());
    let applied = scene.apply(&[".git/hooks/pre-commit"]);
    assert_eq!(applied.left, []);
    assert!(scene.original(".git/hooks/pre-commit").exists());
}

#[test]
fn links_that_lead_out_and_odd_files_are_never_taken_over() {
    let scene = Scene::new(usual);
    symlink("/etc/passwd", scene.copy("out")).unwrap();
    symlink("../../../../etc", scene.copy("dir/up")).unwrap();
    nix::unistd::mkfifo(&scene.copy("pipe"), nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(scene.copy("socket")).unwrap();
    fs::write(scene.copy("lent"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(scene.copy("lent"), fs::Permissions::from_mode(0o6755)).unwrap();
    fs::write(scene.copy("line\nbreak \u{202E}.txt"), "odd name").unwrap();
    fs::remove_file(scene.copy("same.txt")).unwrap();
    symlink("/etc/shadow", scene.copy("same.txt")).unwrap();
    for at in ["out", "dir/up", "pipe", "socket", "same.txt"] {
        assert_eq!(scene.change(at).unwrap().verdict, RunVerdict::Refused, "{at}");
        let applied = scene.apply_as(&[at], ApplyMode::Overwrite);
        assert!(applied.applied.is_empty(), "{at}");
    }
    let applied = scene.apply(&[]);
    assert_eq!(applied.left.len(), 5, "{:?}", applied.left);
    assert_eq!(read(scene.original("same.txt")), "stays");
    assert_eq!(fs::metadata(scene.original("lent")).unwrap().permissions().mode() & 0o7777, 0o755);
    assert_eq!(read(scene.original("line\nbreak \u{202E}.txt")), "odd name");
    for at in ["out", "dir/up", "pipe", "socket"] {
        assert!(fs::symlink_metadata(scene.original(at)).is_err(), "{at}");
    }
    // Its content is not shown either.
    let diff = |at: &str| {
        scene.caller.call(RunDiff { run: scene.run.run, path: format!("/home/p/{at}"), context: 3 })
    };
    assert_eq!(diff("same.txt").unwrap().note, "a file became a link");
    assert_eq!(diff("out").unwrap().hunks[0].lines[0].text, "/etc/passwd");
}

#[test]
fn a_folder_of_the_original_that_became_a_link_takes_nothing() {
    let scene = Scene::new(usual);
    let outside = scene.kernel.data_dir().join("outside");
    fs::create_dir_all(outside.join("inner")).unwrap();
    fs::write(scene.copy("dir/inner/deep.txt"), "evil").unwrap();
    fs::write(scene.copy("dir/inner/more.txt"), "evil").unwrap();
    fs::remove_dir_all(scene.original("dir")).unwrap();
    symlink(&outside, scene.original("dir")).unwrap();
    let applied = scene.apply_as(&["dir"], ApplyMode::Overwrite);
    assert!(applied.left.len() >= 2, "{applied:?}");
    assert_eq!(fs::read_dir(outside.join("inner")).unwrap().count(), 0);
}

#[test]
fn kinds_change_into_each_other() {
    let scene = Scene::new(usual);
    fs::remove_dir_all(scene.copy("dir")).unwrap();
    fs::write(scene.copy("dir"), "a file now").unwrap();
    fs::remove_file(scene.copy("same.txt")).unwrap();
    fs::create_dir(scene.copy("same.txt")).unwrap();
    fs::write(scene.copy("same.txt/in"), "x").unwrap();
    fs::remove_file(scene.copy("link")).unwrap();
    fs::write(scene.copy("link"), "no link").unwrap();
    fs::remove_file(scene.copy("changed.txt")).unwrap();
    symlink("removed.txt", scene.copy("changed.txt")).unwrap();
    let applied = scene.apply(&[]);
    assert_eq!(applied.left, []);
    assert_eq!(read(scene.original("dir")), "a file now");
    assert_eq!(read(scene.original("same.txt/in")), "x");
    assert_eq!(read(scene.original("link")), "no link");
    assert!(fs::symlink_metadata(scene.original("link")).unwrap().is_file());
    assert_eq!(fs::read_link(scene.original("changed.txt")).unwrap(), Path::new("removed.txt"));
    assert_eq!(scene.shown(), Vec::<String>::new());
    scene.undo(applied.cause);
    assert_eq!(read(scene.original("dir/inner/deep.txt")), "deep");
    assert_eq!(read(scene.original("same.txt")), "stays");
    assert_eq!(fs::read_link(scene.original("link")).unwrap(), Path::new("same.txt"));
    assert_eq!(read(scene.original("changed.txt")), "one\ntwo\nthree\n");
}

#[test]
fn a_file_that_moved_is_known_by_its_content() {
    let scene = Scene::new(usual);
    fs::rename(scene.copy("removed.txt"), scene.copy("elsewhere.txt")).unwrap();
    assert_eq!(scene.change("elsewhere.txt").unwrap().renamed_from.as_deref(), Some("/home/p/removed.txt"));
}

#[test]
fn bits_of_a_new_file_are_there_from_the_beginning() {
    let scene = Scene::new(usual);
    fs::write(scene.copy("secret"), "x").unwrap();
    fs::set_permissions(scene.copy("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(scene.copy("changed.txt"), "y").unwrap();
    fs::set_permissions(scene.copy("changed.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    let applied = scene.apply(&[]);
    let mode = |at| fs::metadata(scene.original(at)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("secret"), mode("changed.txt")), (0o600, 0o600));
    scene.undo(applied.cause);
    assert_eq!(mode("changed.txt"), 0o644);
}

#[test]
fn a_text_is_compared_with_the_original_as_it_is_now() {
    let scene = Scene::new(usual);
    usual_changes(&scene);
    let diff = |at: &str| {
        scene.caller.call(RunDiff { run: scene.run.run, path: format!("/home/p/{at}"), context: 0 })
    };
    let found = diff("changed.txt").unwrap();
    let lines: Vec<_> = found.hunks[0].lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!((lines, found.added, found.removed), (vec!["two", "2"], 1, 1));
    assert_eq!(diff("new.txt").unwrap().old_size, None);
    assert_eq!(diff("removed.txt").unwrap().new_size, None);
    fs::write(scene.copy("new.txt"), b"a\0b").unwrap();
    assert!(diff("new.txt").unwrap().binary);
    assert_eq!(diff("no").unwrap_err().errno, Errno::ENOENT);
    assert_eq!(diff("fresh").unwrap_err().errno, Errno::EISDIR);
    assert_eq!(diff("../q").unwrap_err().errno, Errno::ENOENT);
}

#[test]
fn a_run_and_its_decisions_outlive_the_kernel() {
    let scene = Scene::new(usual);
    usual_changes(&scene);
    scene.apply(&["changed.txt"]);
    scene
        .caller
        .call(DiscardRun { run: scene.run.run, paths: vec!["/home/p/new.txt".into()], exact: false })
        .unwrap();
    let again = reopened(&scene);
    let run = again.get(scene.run.run).unwrap();
    again.settle(&[], 7);
    assert!(run.has_ended());
    let found = super::changes(&scene.kernel.core, &run).unwrap();
    let paths: Vec<_> =
        found.changes.iter().map(|change| change.path.trim_start_matches("/home/p/")).collect();
    assert_eq!(paths.len(), 9);
    assert!(!paths.contains(&"changed.txt") && !paths.contains(&"new.txt"));
    // The decision to apply lost: the files themselves say it.
    fs::remove_file(scene.the_run().place().join("decided")).unwrap();
    assert_eq!(scene.change("changed.txt"), None);
    // Half made: nothing has seen it.
    fs::create_dir_all(scene.kernel.data_dir().join("runs/99/0")).unwrap();
    assert_eq!(reopened(&scene).get(RunId(99)).err().map(|why| why.errno), Some(Errno::ENOENT));
    assert!(!scene.kernel.data_dir().join("runs/99").exists());
}

#[test]
fn a_program_that_goes_on_changing_what_was_applied_is_asked_about_again() {
    let scene = Scene::new(usual);
    fs::write(scene.copy("changed.txt"), "first").unwrap();
    scene.apply(&[]);
    fs::write(scene.copy("changed.txt"), "second").unwrap();
    assert_eq!(scene.change("changed.txt").unwrap().verdict, RunVerdict::Due);
    scene.apply(&[]);
    fs::write(scene.copy("changed.txt"), "one\ntwo\nthree\n").unwrap();
    let back = scene.change("changed.txt").unwrap();
    assert_eq!((back.kind, back.verdict), (RunChangeKind::Changed, RunVerdict::Due));
    scene.apply(&[]);
    assert_eq!(read(scene.original("changed.txt")), "one\ntwo\nthree\n");
}

#[test]
fn bad_arguments_and_missing_rights_are_refused() {
    let scene = Scene::new(usual);
    let begin = |folders: &[&str]| {
        let folders = folders.iter().map(|&folder| folder.to_owned()).collect();
        scene.caller.call(BeginRun { folders, name: None }).map(drop).map_err(|why| why.errno)
    };
    assert_eq!(begin(&[]), Err(Errno::EINVAL));
    assert_eq!(begin(&["/home/p", "/home/p/dir"]), Err(Errno::EINVAL));
    assert_eq!(begin(&["/home/p", "/home/p"]), Err(Errno::EINVAL));
    assert_eq!(begin(&["/home/p/same.txt"]), Err(Errno::ENOTDIR));
    assert_eq!(begin(&["/tmp"]), Err(Errno::ENOTDIR));
    assert_eq!(begin(&["/home/none"]), Err(Errno::ENOENT));
    let scoped = |verb: fn(abi::PathScope) -> Capability| verb(abi::PathScope("/home/p".into()));
    let reader = scene.kernel.process(vec![scoped(Capability::ReadFile)]);
    let refused = reader.call(BeginRun { folders: vec!["/home/p".into()], name: None });
    assert_eq!(refused.unwrap_err().errno, Errno::EACCES);
    // Who may look may not take over what it may not write.
    usual_changes(&scene);
    let looker = scene.kernel.process(vec![Capability::Observe("*".into()), scoped(Capability::CreateFile)]);
    let refused =
        looker.call(ApplyRun { run: scene.run.run, paths: Vec::new(), mode: ApplyMode::Keep, exact: false });
    assert_eq!(refused.unwrap_err().errno, Errno::EACCES);
    assert!(!scene.original("new.txt").exists());
    let refused = looker.call(RunDiff { run: scene.run.run, path: "/home/p/new.txt".into(), context: 3 });
    assert_eq!(refused.unwrap_err().errno, Errno::EACCES);
    scene.caller.call(EndRun { run: scene.run.run }).unwrap();
}

#[test]
fn what_is_too_large_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (original, place) = (folder.path().join("original"), folder.path().join("place"));
    fs::create_dir(&original).unwrap();
    for name in ["a", "b", "c"] {
        fs::write(original.join(name), [0; 1000]).unwrap();
    }
    let begin = |entries, bytes| {
        let _ = fs::remove_dir_all(&place);
        fs::create_dir(&place).unwrap();
        let lower = super::tree::Tree::open(&original).unwrap();
        let bounds = super::backend::Bounds { entries, bytes };
        super::backend::of(abi::table::CowKind::Copy)
            .begin(&lower, &place, bounds)
            .map(drop)
            .map_err(|why| why.errno)
    };
    assert_eq!(begin(2, 10_000), Err(Errno::EFBIG));
    assert_eq!(begin(10, 2_999), Err(Errno::EFBIG));
    assert_eq!(begin(3, 3_000), Ok(()));
}

#[test]
fn there_is_a_bound_of_runs_with_changes_and_those_without_make_room() {
    let scene = Scene::new(|_| {});
    let begin = || scene.caller.call(BeginRun { folders: vec!["/home/p".into()], name: None });
    let mut begun = Vec::new();
    for _ in 1..64 {
        let run = begin().unwrap();
        fs::write(Path::new(&run.folders[0].host).join("new"), "x").unwrap();
        begun.push(run.run);
    }
    assert_eq!(begin().unwrap_err().errno, Errno::EMFILE);
    scene.caller.call(EndRun { run: begun[0] }).unwrap();
    assert_eq!(begin().unwrap_err().errno, Errno::EMFILE, "it has changes");
    scene.caller.call(EndRun { run: scene.run.run }).unwrap();
    let newest = begin().unwrap().run;
    assert_eq!(newest, RunId(65), "no number comes twice");
}

#[test]
fn a_run_ends_with_whoever_began_it() {
    let scene = Scene::new(usual);
    let beginner = scene.kernel.trusted();
    let run = beginner.call(BeginRun { folders: vec!["/home/p".into()], name: None }).unwrap();
    scene.kernel.terminate(abi::Syscalls::pid(&beginner)).unwrap();
    let runs = scene.caller.call(ListRuns {}).unwrap();
    assert!(runs.iter().any(|one| one.run == run.run && one.ended_millis.is_some()));
    assert!(runs.iter().any(|one| one.run == scene.run.run && one.ended_millis.is_none()));
}

#[test]
fn what_a_program_locked_up_is_still_removed() {
    let scene = Scene::new(usual);
    fs::set_permissions(scene.copy("dir/inner"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(scene.copy("dir"), fs::Permissions::from_mode(0o000)).unwrap();
    scene.caller.call(DiscardRun { run: scene.run.run, paths: Vec::new(), exact: false }).unwrap();
    assert!(!scene.copy("").exists());
}
