//! SIGKILL in the middle of taking changes of a run over: each file is wholly old or wholly new, nothing else lies
//! there, and the next kernel on the folder goes on where it was. The kernel runs in this very program, started again.

use abi::{
    Capability, CauseKind, CauseSpec, Errno, Pid,
    table::{ApplyMode, ApplyRun, BeginRun, ListRuns, ProcessKind, RunChangesOf, RunVerdict},
};
use agentos_kernel::{Caller, Config, Kernel, NewProcess};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Names the data folder to the program that is killed.
const VICTIM: &str = "AGENTOS_REVIEW_VICTIM";
const FILES: usize = 300;
const OLD: &str = "old content, a little of it\n";
/// Larger than what one write takes.
const NEW_BYTES: usize = 200_000;

fn shell(kernel: &Kernel) -> Caller {
    let cause = kernel.open_cause(CauseSpec::new(CauseKind::Control, "test"));
    let new = NewProcess {
        name: "test".into(),
        app: Some("test".into()),
        kind: ProcessKind::App,
        capabilities: Capability::of_shell(),
        parent: Pid::KERNEL,
        cause,
    };
    let pid = kernel.spawn_app(new).expect("the kernel has all rights");
    kernel.typed_caller(pid, cause).expect("it was just made")
}

fn new_content(index: usize) -> String {
    format!("{index:06} new\n").repeat(NEW_BYTES / 11)
}

fn name(index: usize) -> String {
    format!("file-{index:03}.txt")
}

/// What the program that is killed does: takes everything over, again and again.
#[test]
fn victim() {
    let Ok(data) = std::env::var(VICTIM) else { return };
    let kernel = Kernel::boot(Config::new(PathBuf::from(data))).expect("the folder is free");
    let caller = shell(&kernel);
    let run = caller.call(ListRuns {}).expect("there is one")[0].run;
    println!("begins");
    let applied = caller.call(ApplyRun { run, paths: Vec::new(), mode: ApplyMode::Keep, exact: false });
    println!("ended {applied:?}");
}

#[test]
fn a_kill_leaves_each_file_wholly_old_or_wholly_new_and_the_review_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let original = folder.path().join("home/p");
    fs::create_dir_all(&original).expect("room");
    for index in 0..FILES {
        fs::write(original.join(name(index)), OLD).expect("room");
    }
    {
        let kernel = Kernel::boot(Config::new(folder.path())).expect("a fresh folder");
        let run =
            shell(&kernel).call(BeginRun { folders: vec!["/home/p".into()], name: None }).expect("room");
        for index in 0..FILES {
            let copy = Path::new(&run.folders[0].host).join(name(index));
            fs::write(copy, new_content(index)).expect("room");
        }
    }
    let (mut kills_inside, mut seen) = (0, 0);
    for round in 0..12_u32 {
        let mut victim = Command::new(std::env::current_exe().expect("this program"))
            .args(["victim", "--exact", "--nocapture"])
            .env(VICTIM, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut output = victim.stdout.take().expect("it is piped");
        wait_for_beginning(&mut output);
        std::thread::sleep(Duration::from_millis(15 * u64::from(round + 1)));
        victim.kill().expect("it is ours");
        victim.wait().expect("it is ours");
        let taken = look(&original);
        kills_inside += usize::from(taken > seen && taken < FILES);
        assert!(taken >= seen, "what was taken over stays so");
        seen = taken;
        let kernel = Kernel::boot(Config::new(folder.path())).expect("the folder is free");
        let caller = shell(&kernel);
        let runs = caller.call(ListRuns {}).expect("readable");
        let Some(run) = runs.first() else { break };
        // With nothing left to decide about, the run is let go of.
        let Ok(found) = caller.call(RunChangesOf { run: run.run }) else {
            assert_eq!(taken, FILES);
            break;
        };
        assert!(
            found.changes.iter().all(|change| change.verdict == RunVerdict::Due),
            "nothing is in conflict"
        );
        assert_eq!(found.changes.len(), FILES - taken, "round {round}");
        if found.changes.is_empty() {
            break;
        }
    }
    println!("killed {kills_inside} times in the middle, {seen} of {FILES} files taken over by then");
    assert!(kills_inside > 0, "no kill came in the middle");
    let kernel = Kernel::boot(Config::new(folder.path())).expect("the folder is free");
    let caller = shell(&kernel);
    if let Some(run) = caller.call(ListRuns {}).expect("readable").first() {
        let applied =
            caller.call(ApplyRun { run: run.run, paths: Vec::new(), mode: ApplyMode::Keep, exact: false });
        assert!(
            applied.as_ref().map_or_else(|why| why.errno == Errno::ENOENT, |applied| applied.left.is_empty()),
            "{applied:?}"
        );
    }
    assert_eq!(look(&original), FILES);
}

/// Reads until the victim says that it begins.
fn wait_for_beginning(output: &mut impl std::io::Read) {
    let mut said = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&said).contains("begins") {
        assert_eq!(
            output.read(&mut byte).expect("readable"),
            1,
            "it ended: {}",
            String::from_utf8_lossy(&said)
        );
        said.push(byte[0]);
    }
}

/// How many files are new; every one must be wholly old or wholly new, and nothing else but what is swept may lie there.
fn look(original: &Path) -> usize {
    let mut new = 0;
    for found in fs::read_dir(original).expect("it is there") {
        let name = found.expect("readable").file_name().into_string().expect("a text");
        let is_swept = name.starts_with(".agentos-") && name.ends_with(".part");
        assert!(is_swept || name.starts_with("file-"), "{name} lies there");
    }
    for index in 0..FILES {
        let content = fs::read_to_string(original.join(name(index))).expect("every file is there");
        if content == new_content(index) {
            new += 1;
        } else {
            assert_eq!(content, OLD, "{} is neither old nor new", name(index));
        }
    }
    new
}
