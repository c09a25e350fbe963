//! Programs whose changes are held back, by each back end that this host can do: what is reviewed is what really is
//! different, what is applied is what the program saw, and what is discarded was never there.
//!
//! The programs are real ones in the sandbox. `apart.py` changes a folder at random and says what it sees then; the seed
//! is named when something is not so.

use super::{
    held::{app, attach, boot, read_until, the_only_one},
    is_running, read_all, sh, until, wait,
};
use abi::{
    Bytes, Errno, RunId,
    table::{
        self, ApplyMode, ApplyRun, CowKind, DiscardRun, ExecPty, Exit, FdWrite, ListRuns, RunChangeKind,
        RunChangesOf, RunDiff, RunInfo, RunVerdict, Sandbox, Spawn, Stdio, Undo, UndoMode,
    },
};
use agentos_kernel::{
    Caller, Config, Kernel,
    testing::{TestKernel, kernel_with},
};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

const AT_RANDOM: &str = include_str!("apart.py");
/// Says that temporary folders lie on a file system whose files can share their content.
const ONLY_SHARED: &str = "AGENTOS_TEST_ONLY_SHARED";
/// A file system with such files, for the tests that its arguments name: its folder, this program, their names.
const ON_SHARED: &str = r#"
    set -e
    truncate -s 600M "$1/image"
    "$2" -q "$1/image" > "$1/made" 2>&1
    mkdir "$1/mounted"
    mount -o loop "$1/image" "$1/mounted"
    for test in "$@"; do
        case "$test" in apart::*) TMPDIR="$1/mounted" "$3" "$test" --exact ;; esac
    done
"#;

/// What lies at each path: kind, bits, and a word for its content.
type View = BTreeMap<String, (String, u32, String)>;

/// A kernel that holds changes back in one way, and a caller that may everything.
struct Scene {
    kernel: TestKernel,
    caller: Caller,
    kind: CowKind,
}

impl Scene {
    fn new(kind: CowKind) -> Self {
        let kernel = kernel_with(|config| config.hold_back = vec![kind]);
        let caller = kernel.trusted();
        let scene = Scene { kernel, caller, kind };
        fill(&scene.original());
        scene
    }

    fn original(&self) -> PathBuf {
        self.kernel.data_dir().join("home/p")
    }

    fn start(&self, call: Spawn) -> table::Spawned {
        self.caller.call(call).unwrap_or_else(|why| panic!("{:?}: {why}", self.kind))
    }

    /// Runs a program to its end; what it says.
    fn run(&self, executable: &str, args: &[&str]) -> String {
        let started = self.start(held_back(executable, args));
        let said = read_all(&self.caller, started.stdout.unwrap());
        let complained = read_all(&self.caller, started.stderr.unwrap());
        assert_eq!(wait(&self.caller, started.pid), Exit::Code(0), "{:?}: {said}{complained}", self.kind);
        said
    }

    fn sh(&self, script: &str) -> String {
        self.run("sh", &["-c", script])
    }

    fn newest(&self) -> RunInfo {
        let newest = self.caller.call(ListRuns {}).unwrap().into_iter().next().expect("there is a run");
        assert!(newest.folders.iter().all(|folder| folder.kind == self.kind), "{newest:?}");
        newest
    }

    fn changes(&self, run: RunId) -> table::RunChanges {
        self.caller.call(RunChangesOf { run }).unwrap()
    }

    /// Everything by name, so that what runs later is meant as well.
    fn apply(&self, run: RunId) -> table::Applied {
        let paths = self.changes(run).changes.into_iter().map(|change| change.path).collect();
        self.caller.call(ApplyRun { run, paths, mode: ApplyMode::Keep, exact: true }).unwrap()
    }
}

/// The ways that this host can do. What cannot be tried is said.
fn kinds() -> Vec<CowKind> {
    if std::env::var_os(ONLY_SHARED).is_some() {
        return vec![CowKind::Reflink];
    }
    let place = tempfile::tempdir().unwrap();
    let mut kinds = vec![CowKind::Copy];
    match sandbox::probe_layers(place.path()) {
        Ok(()) => kinds.push(CowKind::Overlay),
        Err(why) => eprintln!("NOT TRIED: changes in layers over a folder: {why}"),
    }
    kinds
}

fn sandboxed() -> Sandbox {
    let folder = || vec!["/home/p".to_owned()];
    Sandbox { write: folder(), copy_on_write: folder(), ..Sandbox::default() }
}

fn held_back(executable: &str, args: &[&str]) -> Spawn {
    Spawn {
        executable: executable.into(),
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        env: BTreeMap::new(),
        cwd: Some("/home/p".into()),
        stdio: Stdio::Piped,
        priority: 5,
        inherit: Vec::new(),
        run: None,
        sandbox: Some(Box::new(sandboxed())),
    }
}

/// What the originals are.
fn fill(folder: &Path) {
    for inner in ["a0/deep/deeper", "b.txt1", "empty"] {
        fs::create_dir_all(folder.join(inner)).unwrap();
    }
    for (at, content) in [
        ("f.rs0", "fn main() {}\n".to_owned()),
        ("c c2", "spaces\n".repeat(500)),
        ("a0/deep/one", "one\n".into()),
        ("a0/deep/deeper/two", "two\n".repeat(100_000)),
        ("a0/script", "#!/bin/sh\n".into()),
        ("b.txt1/x.bin3", "\0binary\0".into()),
        ("d\nd5", "a line break in a name\n".into()),
    ] {
        fs::write(folder.join(at), content).unwrap();
    }
    fs::set_permissions(folder.join("a0/script"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("f.rs0", folder.join("e-e7")).unwrap();
    fs::hard_link(folder.join("f.rs0"), folder.join("f.rs1")).unwrap();
}

/// What is there, without names that are no text.
fn view(folder: &Path) -> View {
    let mut found = View::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let Some(name) = path.strip_prefix(folder).unwrap().to_str().map(str::to_owned) else { continue };
            let facts = fs::symlink_metadata(&path).unwrap();
            let bits = facts.permissions().mode() & 0o777;
            let one = if facts.is_dir() {
                folders.push(path);
                ("folder".to_owned(), bits, String::new())
            } else if facts.is_symlink() {
                ("link".into(), 0o777, fs::read_link(&path).unwrap().to_str().unwrap().to_owned())
            } else {
                let content = fs::read(&path).unwrap();
                ("file".into(), bits, format!("{} {}", content.len(), adler32(&content)))
            };
            found.insert(name, one);
        }
    }
    found
}

/// As `zlib.adler32` has it.
fn adler32(content: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in content {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

/// What a review has to show for the way from one view to another.
fn expected(before: &View, after: &View) -> BTreeMap<String, RunChangeKind> {
    let mut all = BTreeMap::new();
    for name in before.keys().chain(after.keys()) {
        let kind = match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) if was == is => continue,
            (Some(was), Some(is)) if (&was.0, &was.2) == (&is.0, &is.2) => RunChangeKind::Bits,
            (Some(_), Some(_)) => RunChangeKind::Changed,
            (None, _) => RunChangeKind::Added,
            (_, None) => RunChangeKind::Removed,
        };
        all.insert(name.clone(), kind);
    }
    all
}

/// Where they are not the same.
fn differences(one: &View, other: &View) -> Vec<String> {
    let names = one.keys().chain(other.keys());
    let differs = names.filter(|name| one.get(*name) != other.get(*name));
    differs.map(|name| format!("{name:?}: {:?} and {:?}", one.get(name), other.get(name))).collect()
}

pub(crate) fn a_review_shows_the_difference_and_applying_makes_it() {
    for kind in kinds() {
        for seed in 1..=10_u32 {
            at_random(kind, seed);
        }
    }
}

fn at_random(kind: CowKind, seed: u32) {
    let scene = Scene::new(kind);
    let named = format!("{kind:?}, seed {seed}");
    let before = view(&scene.original());
    let said = scene.run("python3", &["-c", AT_RANDOM, &seed.to_string(), &(20 + seed * 4).to_string()]);
    let seen: View = serde_json::from_str(&said).unwrap();
    assert_eq!(differences(&before, &view(&scene.original())), [""; 0], "{named}: nothing is real yet");
    let run = scene.newest().run;
    let reviewed: BTreeMap<_, _> = scene
        .changes(run)
        .changes
        .into_iter()
        .map(|change| {
            assert_eq!(
                (change.verdict, change.runs_later),
                (RunVerdict::Due, None),
                "{named}: {}",
                change.path
            );
            (change.path.strip_prefix("/home/p/").unwrap().to_owned(), change.kind)
        })
        .collect();
    assert_eq!(reviewed, expected(&before, &seen), "{named}");
    let applied = scene.apply(run);
    assert_eq!((applied.left, applied.open), (Vec::new(), 0), "{named}");
    assert_eq!(differences(&seen, &view(&scene.original())), [""; 0], "{named}: applied is what was seen");
    scene.caller.call(Undo { cause: applied.cause, mode: UndoMode::Whole }).unwrap();
    assert_eq!(differences(&before, &view(&scene.original())), [""; 0], "{named}: undone");
    let open_again = scene.changes(run);
    assert_eq!(
        (open_again.changes.len(), open_again.conflicts),
        (reviewed.len(), 0),
        "{named}: {open_again:#?}"
    );
    scene.caller.call(DiscardRun { run, paths: Vec::new(), exact: false }).unwrap();
    assert_eq!(differences(&before, &view(&scene.original())), [""; 0], "{named}: discarded");
    assert_eq!(scene.caller.call(ListRuns {}).unwrap(), []);
    let kept =
        fs::read_dir(scene.kernel.data_dir().join("runs")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(kept.collect::<Vec<_>>(), ["last"], "{named}: nothing of it is left");
}

pub(crate) fn a_repository_is_worked_in_and_taken_over() {
    for kind in kinds() {
        let scene = Scene::new(kind);
        let git = |args: &[&str]| {
            let output = Command::new("git")
                .args(["-c", "safe.directory=*", "-c", "user.name=t", "-c", "user.email=t@example.org"])
                .args(args)
                .current_dir(scene.original())
                .env("HOME", "/nonexistent")
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        git(&["init", "-q", "-b", "main"]);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "first"]);
        scene.sh(
            "export GIT_AUTHOR_NAME=u GIT_AUTHOR_EMAIL=u@example.org GIT_COMMITTER_NAME=u GIT_COMMITTER_EMAIL=u@example.org; \
             git checkout -q -b topic && git mv a0/script a0/moved && echo more >> f.rs0 && git commit -q -a -m second && \
             git gc -q && git status --porcelain",
        );
        assert_eq!(git(&["log", "--format=%s", "--all"]), "first\n");
        let run = scene.newest().run;
        let applied = scene.apply(run);
        assert_eq!((applied.left, applied.open), (Vec::new(), 0), "{kind:?}");
        assert_eq!(git(&["log", "--format=%s", "topic"]), "second\nfirst\n");
        assert_eq!(git(&["status", "--porcelain"]), "", "{kind:?}");
        assert_eq!(git(&["fsck", "--no-progress"]), "");
    }
}

pub(crate) fn an_original_that_changes_meanwhile_is_a_conflict() {
    for kind in kinds() {
        let scene = Scene::new(kind);
        let started = scene.start(held_back(
            "sh",
            &[
                "-c",
                "echo program > f.rs0; rm 'c c2'; echo ready; read line; cat a0/deep/one; echo new > made",
            ],
        ));
        let (stdin, stdout) = (started.stdin.unwrap(), started.stdout.unwrap());
        read_until(&scene.caller, stdout, "ready");
        for at in ["f.rs0", "c c2", "a0/deep/one", "made"] {
            fs::write(scene.original().join(at), "somebody else\n").unwrap();
        }
        scene.caller.call(FdWrite { fd: stdin, data: Bytes::from("go\n") }).unwrap();
        let shown = read_all(&scene.caller, stdout);
        assert_eq!(wait(&scene.caller, started.pid), Exit::Code(0));
        // A copy is as the folder was; through layers the original shows.
        assert_eq!(shown, if kind == CowKind::Overlay { "somebody else\n" } else { "one\n" });
        let run = scene.newest().run;
        let judged: Vec<_> = scene
            .changes(run)
            .changes
            .into_iter()
            .map(|change| (change.path.trim_start_matches("/home/p/").to_owned(), change.verdict))
            .collect();
        let conflict = |at: &str| (at.to_owned(), RunVerdict::Conflict);
        assert_eq!(judged, [conflict("c c2"), conflict("f.rs0"), conflict("made")], "{kind:?}");
        let kept = scene.apply(run);
        assert!(kept.applied.is_empty(), "{kept:?}");
        assert_eq!(fs::read_to_string(scene.original().join("f.rs0")).unwrap(), "somebody else\n");
        let mode = ApplyMode::Overwrite;
        let taken = ApplyRun { run, paths: vec!["/home/p/f.rs0".into()], mode, exact: true };
        let taken = scene.caller.call(taken).unwrap();
        assert_eq!(fs::read_to_string(scene.original().join("f.rs0")).unwrap(), "program\n");
        scene.caller.call(Undo { cause: taken.cause, mode: UndoMode::Whole }).unwrap();
        assert_eq!(fs::read_to_string(scene.original().join("f.rs0")).unwrap(), "somebody else\n");
    }
}

pub(crate) fn how_changes_are_held_back_is_found_out_and_said() {
    // As the product is booted: the best that works.
    let kernel = kernel_with(|_| {});
    let caller = kernel.trusted();
    fill(&kernel.data_dir().join("home/p"));
    let best = *kinds().last().unwrap();
    let started = caller.call(held_back("sh", &["-c", "echo x > made; rm 'c c2'; read line"])).unwrap();
    let told = caller.call(table::GetSandbox { pid: Some(started.pid) }).unwrap().unwrap();
    assert_eq!((&*told.copy_on_write, &*told.copy_on_write_by), (&["/home/p".to_owned()][..], &[best][..]));
    caller.call(FdWrite { fd: started.stdin.unwrap(), data: Bytes::from("\n") }).unwrap();
    assert_eq!(wait(&caller, started.pid), Exit::Code(0));
    let run = caller.call(ListRuns {}).unwrap().remove(0);
    assert_eq!(run.folders[0].kind, best);
    if best == CowKind::Overlay {
        let upper = Path::new(&run.folders[0].host);
        assert_eq!(fs::read_dir(upper).unwrap().count(), 2, "nothing was copied but what was changed");
        let whiteout = fs::symlink_metadata(upper.join("c c2")).unwrap();
        assert!(whiteout.file_type().is_char_device() && whiteout.rdev() == 0);
    }
    // What was not touched is no difference.
    let diff =
        |at: &str| caller.call(RunDiff { run: run.run, path: format!("/home/p/{at}"), context: 3 }).unwrap();
    assert_eq!((diff("a0/deep/one").hunks, diff("f.rs0").added), (Vec::new(), 0));
    assert_eq!((diff("made").added, diff("c c2").removed), (1, 500));
    // With no way at all nothing starts, and nothing is changed.
    let kernel = kernel_with(|config| config.hold_back = Vec::new());
    fill(&kernel.data_dir().join("home/p"));
    let refused = kernel.trusted().call(held_back("sh", &["-c", "echo x > made"])).unwrap_err();
    assert_eq!(refused.errno, Errno::ENOSYS, "{refused}");
    assert!(!kernel.data_dir().join("home/p/made").exists());
    assert_eq!(kernel.trusted().call(ListRuns {}).unwrap(), []);
}

pub(crate) fn a_program_keeps_its_layers_when_the_desktop_is_killed() {
    for kind in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let original = folder.path().join("home/p");
        fill(&original);
        let boot_with = || {
            let config = Config { keep_programs: true, hold_back: vec![kind], ..Config::new(folder.path()) };
            Kernel::boot(config).unwrap()
        };
        let first = boot_with();
        let caller = app(&first, "terminal");
        let script = "echo before > made; rm -r a0; echo up; read line; cat made; echo after >> made; exit 5";
        let call =
            ExecPty { cwd: Some("/home/p".into()), sandbox: Some(Box::new(sandboxed())), ..sh(script) };
        let started = caller.call(call).unwrap();
        read_until(&caller, started.fd, "up");
        first.abandon();
        assert!(is_running(started.host_pid));

        let second = boot_with();
        let caller = app(&second, "terminal");
        let run = caller.call(ListRuns {}).unwrap().remove(0);
        assert_eq!((run.ended_millis, run.folders[0].kind), (None, kind), "its program goes on");
        let again = attach(&caller, &the_only_one(&caller));
        caller.call(FdWrite { fd: again.fd, data: Bytes::from("on\n") }).unwrap();
        assert!(read_all(&caller, again.fd).contains("before"), "{kind:?}: it still sees what it changed");
        assert_eq!(wait(&caller, again.pid), Exit::Code(5));
        assert!(original.join("a0/deep/one").exists() && !original.join("made").exists());
        let call = ApplyRun { run: run.run, paths: Vec::new(), mode: ApplyMode::Keep, exact: false };
        let applied = caller.call(call).unwrap();
        assert_eq!((applied.left, applied.open), (Vec::new(), 0), "{kind:?}");
        assert_eq!(fs::read_to_string(original.join("made")).unwrap(), "before\nafter\n");
        assert!(!original.join("a0").exists());
        // Once more, with an end that nobody sees: what it left waits for the next desktop.
        let call = ExecPty {
            cwd: Some("/home/p".into()),
            sandbox: Some(Box::new(sandboxed())),
            ..sh("echo late > late; echo up; read line")
        };
        let started = caller.call(call).unwrap();
        read_until(&caller, started.fd, "up");
        second.abandon();
        let pid = nix::unistd::Pid::from_raw(started.host_pid);
        nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL).unwrap();
        until("it is gone", || !is_running(started.host_pid));
        let third = boot(folder.path());
        let caller = app(&third, "terminal");
        until("its end is known", || the_only_one(&caller).exit.is_some());
        let again = attach(&caller, &the_only_one(&caller));
        assert_eq!(wait(&caller, again.pid), Exit::Signal(9));
        until("its run has ended", || {
            caller.call(ListRuns {}).unwrap().first().is_some_and(|run| run.ended_millis.is_some())
        });
        let run = caller.call(ListRuns {}).unwrap().remove(0).run;
        let changes = caller.call(RunChangesOf { run }).unwrap().changes;
        assert_eq!(changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["/home/p/late"]);
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(!mounts.contains(folder.path().to_str().unwrap()), "nothing is mounted: {mounts}");
    }
}

pub(crate) fn copies_that_share_their_content_are_as_good() {
    let folder = tempfile::tempdir().unwrap();
    let makers = ["mkfs.btrfs", "mkfs.xfs"];
    let has = |maker: &&str| Command::new(*maker).arg("--version").output().is_ok();
    let Some(maker) = makers.into_iter().find(has) else {
        eprintln!("NOT TRIED: copies that share their content: neither mkfs.btrfs nor mkfs.xfs is installed");
        return;
    };
    let probe =
        "mount --make-rprivate / && test -e /dev/loop-control && grep -Eq '(btrfs|xfs)$' /proc/filesystems";
    if !Command::new("unshare").args(["-m", "sh", "-c", probe]).status().is_ok_and(|status| status.success())
    {
        eprintln!("NOT TRIED: copies that share their content: only root mounts such a file system");
        return;
    }
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", ON_SHARED, "sh"])
        .arg(folder.path())
        .arg(maker)
        .arg(std::env::current_exe().unwrap())
        .args([
            "apart::a_review_shows_the_difference_and_applying_makes_it",
            "apart::a_repository_is_worked_in_and_taken_over",
            "apart::an_original_that_changes_meanwhile_is_a_conflict",
            "apart::a_program_keeps_its_layers_when_the_desktop_is_killed",
        ])
        .env(ONLY_SHARED, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.matches("... ok").count(), 4, "{said}");
}

pub(crate) fn where_content_cannot_be_shared_it_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "x").unwrap();
    let shares = Command::new("cp").args(["--reflink=always", "a", "b"]).current_dir(folder.path()).output();
    if shares.is_ok_and(|output| output.status.success()) {
        eprintln!("NOT TRIED: copying where content cannot be shared: temporary files here can share it");
        return;
    }
    let start = |kinds: &[CowKind]| {
        let kernel = kernel_with(|config| config.hold_back = kinds.to_vec());
        fill(&kernel.data_dir().join("home/p"));
        let caller = kernel.trusted();
        let started = caller.call(held_back("sh", &["-c", "echo x > made"]));
        let started = started.map_err(|why| why.errno)?;
        assert_eq!(wait(&caller, started.pid), Exit::Code(0));
        let run = caller.call(ListRuns {}).unwrap().remove(0);
        assert!(!kernel.data_dir().join("home/p/made").exists());
        Ok(run.folders[0].kind)
    };
    assert_eq!(start(&[CowKind::Reflink, CowKind::Copy]), Ok(CowKind::Copy));
    assert_eq!(start(&[CowKind::Reflink]), Err(Errno::ENOSYS));
}
