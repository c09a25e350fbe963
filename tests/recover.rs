//! A desktop that is killed in the middle of what it does: nothing is half, nothing is lost, and it goes on.
//!
//! Where it ends is not left to luck. Each of these runs the same thing again and again and ends the program at the
//! first place where the disk is about to change, at the second, and so on, until it comes through
//! (`kernel/src/killpoint.rs`; places are there in debug builds). A few are killed from outside at some moment.

#[path = "driven/mod.rs"]
mod driven;

use driven::{Desktop, until};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// No sweep has so many places.
const MOST_PLACES: usize = 120;

/// The places of a long sweep. Four come with each file, so every third meets each kind; `AGENTOS_ALL_PLACES` asks for all.
fn places() -> std::iter::StepBy<std::ops::Range<usize>> {
    let step = if std::env::var_os("AGENTOS_ALL_PLACES").is_some() { 1 } else { 3 };
    (1..MOST_PLACES).step_by(step)
}

/// A data folder, and where the next end is said.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Stage {
        let stage = Stage { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(stage.data()).unwrap();
        stage
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn demo(&self) -> PathBuf {
        self.data().join("home/projects/demo")
    }

    fn start(&self) -> Desktop {
        Desktop::start_with(&self.data(), |command| {
            command.env("AGENTOS_KILL_FILE", self.folder.path().join("kill"));
        })
    }

    /// The program ends at this place when it comes there the so-manieth time.
    fn end_at(&self, place: &str, number: usize) {
        let new = self.folder.path().join("kill.new");
        fs::write(&new, format!("{place} {number}\n")).unwrap();
        fs::rename(new, self.folder.path().join("kill")).unwrap();
    }

    /// It did not come there.
    fn end_nowhere(&self) {
        let _ = fs::remove_file(self.folder.path().join("kill"));
    }
}

/// Long enough that half of it would be seen.
fn content(word: &str) -> String {
    format!("{word} of some length\n").repeat(20_000)
}

/// Whether a name is one that a start sweeps.
fn is_swept(name: &str) -> bool {
    name.contains(".agentos-") && name.ends_with(".part")
}

/// What lies in the folder: names, bits and contents in short. Without what is swept.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = everything(folder);
    found.retain(|line| !is_swept(name(line)));
    found
}

fn name(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

fn everything(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            let facts = fs::symlink_metadata(&path).unwrap();
            if facts.is_symlink() {
                found.push(format!("{name} -> {}", fs::read_link(&path).unwrap().display()));
            } else if facts.is_dir() {
                found.push(format!("{name}/"));
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                let first = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned();
                let mode = facts.permissions().mode() & 0o777;
                found.push(format!("{name} {mode:o} {} {first}", bytes.len()));
            }
        }
    }
    found.sort();
    found
}

/// The folder as it is before.
fn make_originals(stage: &Stage) {
    let demo = stage.demo();
    fs::create_dir_all(demo.join("kept")).unwrap();
    fs::create_dir_all(demo.join("goes")).unwrap();
    for name in ["changed.txt", "also.txt", "gone.txt", "kept/deep.txt", "goes/inner.txt"] {
        fs::write(demo.join(name), content("old")).unwrap();
    }
    fs::write(demo.join("tool.sh"), "echo tool\n").unwrap();
    fs::set_permissions(demo.join("tool.sh"), fs::Permissions::from_mode(0o644)).unwrap();
}

/// What a run does in its copy: every kind of change.
fn change(copy: &Path) {
    for name in ["changed.txt", "also.txt", "kept/deep.txt"] {
        fs::write(copy.join(name), content("new")).unwrap();
    }
    fs::remove_file(copy.join("gone.txt")).unwrap();
    fs::remove_dir_all(copy.join("goes")).unwrap();
    fs::create_dir(copy.join("made")).unwrap();
    fs::write(copy.join("made/inside.txt"), content("new")).unwrap();
    std::os::unix::fs::symlink("changed.txt", copy.join("link")).unwrap();
    fs::set_permissions(copy.join("tool.sh"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A desktop with a run that has ended and whose changes wait. Gives the run's number.
fn with_run(stage: &Stage) -> (Desktop, Value, Vec<String>, Vec<String>) {
    make_originals(stage);
    let mut desktop = stage.start();
    let before = tree(&stage.demo());
    let run = desktop.call(&json!({"call": "begin_run", "folders": ["/home/projects/demo"]}));
    let copy = PathBuf::from(run["folders"][0]["host"].as_str().unwrap());
    change(&copy);
    let after = tree(&copy);
    desktop.call(&json!({"call": "end_run", "run": run["run"]}));
    (desktop, run["run"].clone(), before, after)
}

/// Each name is as before or as after, and no name that is in both is missing.
fn assert_whole(found: &[String], before: &[String], after: &[String], place: &str) {
    for line in found {
        assert!(
            before.contains(line) || after.contains(line),
            "{place}: {line} is neither old nor new\n{before:#?}\n{after:#?}"
        );
    }
    let there: Vec<&str> = found.iter().map(|line| name(line)).collect();
    for line in before.iter().filter(|line| after.iter().any(|other| name(other) == name(line))) {
        assert!(there.contains(&name(line)), "{place}: {line} is gone");
    }
}

/// Takes back what was applied, the newest first. A cause that came to nothing is none.
fn undo_all(desktop: &mut Desktop) {
    let rows = desktop.call(&json!({"call": "query_journal", "kind": "run.apply"}));
    for row in rows.as_array().unwrap() {
        let plan = desktop.call(&json!({"call": "undo_plan", "cause": row["cause"]}));
        if plan != json!([]) {
            desktop.call(&json!({"call": "undo", "cause": row["cause"]}));
        }
    }
}

/// The run, where it still waits for a decision.
fn is_open(desktop: &mut Desktop, run: &Value) -> bool {
    let runs = desktop.call(&json!({"call": "list_runs"}));
    runs.as_array().unwrap().iter().any(|one| one["run"] == *run)
}

/// The journal is whole, and nothing that is swept is left.
fn assert_in_order(desktop: &mut Desktop, stage: &Stage, place: &str) {
    let check = desktop.call(&json!({"call": "verify_journal"}));
    assert_eq!(check["breaks"], json!([]), "{place}: {check}");
    wait_for_sweep(stage);
}

/// What half of a file was written to goes a moment after the start.
fn wait_for_sweep(stage: &Stage) {
    let demo = stage.demo();
    until("leftovers are swept", || !everything(&demo).iter().any(|line| is_swept(name(line))));
}

#[test]
fn changes_that_are_applied_are_wholly_old_or_new_and_the_review_goes_on() {
    for number in places() {
        let stage = Stage::new();
        let (mut desktop, run, before, after) = with_run(&stage);
        stage.end_at("any", number);
        let done = desktop.try_step(&json!({"syscall": {"call": "apply_run", "run": run}}));
        stage.end_nowhere();
        let place = format!("apply, place {number}");
        assert_whole(&tree(&stage.demo()), &before, &after, &place);
        if done.is_some() {
            assert!(number > 15, "few places: {number}");
            assert_eq!(tree(&stage.demo()), after);
            return desktop.quit();
        }
        let mut desktop = stage.start();
        if is_open(&mut desktop, &run) {
            let applied = desktop.call(&json!({"call": "apply_run", "run": run}));
            assert_eq!((&applied["left"], &applied["open"]), (&json!([]), &json!(0)), "{place}: {applied}");
        }
        assert_eq!(tree(&stage.demo()), after, "{place}");
        // What was applied before the end and after it goes back by cause, the newest first.
        wait_for_sweep(&stage);
        undo_all(&mut desktop);
        assert_eq!(tree(&stage.demo()), before, "{place}: all of it is taken back");
        assert_in_order(&mut desktop, &stage, &place);
        desktop.quit();
    }
    panic!("it never came through");
}

/// A desktop on which a run was applied, and the cause of that.
fn with_applied(stage: &Stage) -> (Desktop, Value, Vec<String>, Vec<String>) {
    let (mut desktop, run, before, after) = with_run(stage);
    let applied = desktop.call(&json!({"call": "apply_run", "run": run}));
    assert_eq!(tree(&stage.demo()), after);
    (desktop, applied["cause"].clone(), before, after)
}

const UNDO_NOTICE: &str = "An undo was interrupted, and is done now";

#[test]
fn an_undo_that_is_killed_is_done_at_the_next_start_or_never_began() {
    for number in places() {
        let stage = Stage::new();
        let (mut desktop, cause, before, after) = with_applied(&stage);
        stage.end_at("any", number);
        let undo = json!({"call": "undo", "cause": cause});
        let done = desktop.try_step(&json!({"syscall": undo}));
        stage.end_nowhere();
        let place = format!("undo, place {number}");
        assert_whole(&tree(&stage.demo()), &before, &after, &place);
        if done.is_some() {
            assert!(number > 15, "few places: {number}");
            assert_eq!(tree(&stage.demo()), before);
            return desktop.quit();
        }
        let had_everything = tree(&stage.demo()) == before;
        let mut desktop = stage.start();
        let is_told = desktop.sees("alert", UNDO_NOTICE);
        if tree(&stage.demo()) != before {
            assert_eq!(tree(&stage.demo()), after, "{place}: all of it or nothing");
            assert!(!is_told, "{place}");
            desktop.call(&undo);
            assert_eq!(tree(&stage.demo()), before, "{place}");
        } else {
            assert!(is_told || had_everything, "{place}: a person is told");
        }
        assert_in_order(&mut desktop, &stage, &place);
        desktop.quit();
    }
    panic!("it never came through");
}

#[test]
fn an_undo_goes_on_though_each_start_that_resumes_it_is_killed_too() {
    for first in [6, 11, 17, 26] {
        let stage = Stage::new();
        let (mut desktop, cause, before, after) = with_applied(&stage);
        stage.end_at("any", first);
        let done = desktop.try_step(&json!({"syscall": {"call": "undo", "cause": cause}}));
        assert_eq!(done, None, "it has more places than {first}");
        let mut starts = 0;
        loop {
            starts += 1;
            assert!(starts < MOST_PLACES, "it never came through");
            stage.end_at("any", starts);
            let mut desktop = stage.start();
            let came_up = desktop.try_step(&json!({"windows": true})).is_some();
            assert_whole(&tree(&stage.demo()), &before, &after, &format!("{first}, start {starts}"));
            if came_up {
                stage.end_nowhere();
                break desktop.kill();
            }
        }
        assert!(starts > 3, "few places: {starts}");
        let mut desktop = stage.start();
        assert_eq!(tree(&stage.demo()), before, "after {starts} starts");
        assert_in_order(&mut desktop, &stage, "resumed");
        // And forth again: the undoing is a change like others, in as many pieces as there were starts.
        let rows = desktop.call(&json!({"call": "query_journal", "kind": "undo"}));
        let redo = rows[0]["cause"].clone();
        desktop.call(&json!({"call": "undo", "cause": redo}));
        assert_eq!(tree(&stage.demo()), after, "after {starts} starts, redone");
        desktop.quit();
    }
}

#[test]
fn what_is_discarded_is_decided_wholly_and_touches_no_original() {
    for whole in [false, true] {
        for number in 1..MOST_PLACES {
            let stage = Stage::new();
            let (mut desktop, run, before, _) = with_run(&stage);
            let place = format!("discard, {whole}, place {number}");
            stage.end_at("any", number);
            let paths: &[&str] =
                if whole { &[] } else { &["/home/projects/demo/gone.txt", "/home/projects/demo/made"] };
            let done =
                desktop.try_step(&json!({"syscall": {"call": "discard_run", "run": run, "paths": paths}}));
            stage.end_nowhere();
            assert_eq!(tree(&stage.demo()), before, "{place}");
            if done.is_some() {
                assert!(number > 1, "few places");
                desktop.quit();
                break;
            }
            let mut desktop = stage.start();
            if is_open(&mut desktop, &run) {
                // Exactly what the program did, or that without what was decided: nothing looks removed that was not.
                let found = desktop.call(&json!({"call": "run_changes", "run": run}));
                let count = found["changes"].as_array().unwrap().len();
                assert!(count == 10 || (!whole && (7..10).contains(&count)), "{place}: {found}");
                desktop.call(&json!({"call": "discard_run", "run": run}));
            } else {
                assert!(whole, "{place}: only a part was discarded");
            }
            assert_eq!(tree(&stage.demo()), before, "{place}");
            assert!(!is_open(&mut desktop, &run), "{place}");
            let places = stage.data().join("runs").join(run.to_string());
            assert!(!places.exists(), "{place}: nothing is kept of it");
            assert_in_order(&mut desktop, &stage, &place);
            desktop.quit();
        }
    }
}

#[test]
fn a_session_that_is_being_saved_is_the_old_one_or_the_new_one() {
    for place in ["replace", "replaced", "row", "half a row"] {
        for number in 1..4 {
            let stage = Stage::new();
            let mut desktop = stage.start();
            desktop.step(&json!({"open": "calculator"}));
            desktop.step(&json!({"clock": {"advance_ms": 1500}}));
            let session = stage.data().join("system/session.json");
            until("the session is saved", || session.exists());
            desktop.step(&json!({"open": "notes"}));
            stage.end_at(place, number);
            let saved = desktop.try_step(&json!({"clock": {"advance_ms": 1500}}));
            stage.end_nowhere();
            if saved.is_some() {
                desktop.kill();
            }
            let mut desktop = stage.start();
            let text = desktop.step(&json!({"windows": true}));
            let apps: Vec<&str> = text["windows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|window| window["app"].as_str().unwrap())
                .collect();
            assert!(apps.contains(&"calculator"), "{place} {number}: {apps:?}");
            assert!(!desktop.sees("alert", "session was not restored"));
            assert!(!session.with_file_name("session.json.damaged").exists());
            desktop.quit();
        }
    }
}

/// Asks for a right through an app of the tests, and answers that it always holds. Whether the desktop went on.
fn always_allow(stage: &Stage, desktop: &mut Desktop, place: &str, number: usize) -> bool {
    desktop.step(&json!({"open": "tests/drive/reader.bp"}));
    desktop.step(&json!({"click": {"role": "button", "name": "Ask", "window": "reader"}}));
    desktop.wait(json!({"role": "alert_dialog", "name_contains": "Reader asks to read"}));
    desktop.step(&json!({"clock": {"advance_ms": 600}}));
    stage.end_at(place, number);
    let went_on = desktop.try_step(&json!({"answer_prompt": "always allow"})).is_some()
        && desktop.try_step(&json!({"wait": {"role": "label", "name": "granted", "window": "reader", "timeout_ms": 5000}})).is_some();
    stage.end_nowhere();
    went_on
}

#[test]
fn an_answer_that_is_being_kept_is_kept_or_asked_for_again() {
    let mut sweeps = vec![("answers", 1)];
    sweeps.extend((1..30).map(|number| ("any", number)));
    for (place, number) in sweeps {
        let stage = Stage::new();
        let mut desktop = stage.start();
        if always_allow(&stage, &mut desktop, place, number) {
            assert!(number > 1, "few places");
            return desktop.quit();
        }
        let mut desktop = stage.start();
        let grants =
            fs::read_dir(stage.data().join("journal")).unwrap().flatten().map(|entry| entry.file_name());
        assert!(
            !grants.into_iter().any(|name| name.to_string_lossy().contains("damaged")),
            "{place} {number}"
        );
        desktop.step(&json!({"open": "tests/drive/reader.bp"}));
        desktop.step(&json!({"click": {"role": "button", "name": "Read", "window": "reader"}}));
        desktop.step(&json!({"wait": 100}));
        if desktop.sees("label", "not allowed") {
            // It can be asked for and given as ever.
            assert!(always_allow(&stage, &mut desktop, "nowhere", 1), "{place} {number}");
            desktop.step(&json!({"click": {"role": "button", "name": "Read", "window": "reader"}}));
        }
        desktop.wait(json!({"role": "label", "name": "read it", "window": "reader"}));
        let check = desktop.call(&json!({"call": "verify_journal"}));
        assert_eq!(check["breaks"], json!([]), "{place} {number}: {check}");
        desktop.quit();
    }
    panic!("it never came through");
}

#[test]
fn a_kill_from_outside_at_any_moment_leaves_whole_files() {
    for (turn, millis) in [0, 1, 2, 3, 5, 8, 12, 20].into_iter().enumerate() {
        let stage = Stage::new();
        let (mut desktop, run, before, after) = with_run(&stage);
        let apply = json!({"call": "apply_run", "run": run});
        desktop.ask(&json!({"syscall": apply}));
        std::thread::sleep(Duration::from_millis(millis));
        desktop.kill();
        assert_whole(&tree(&stage.demo()), &before, &after, &format!("{millis} ms into it"));
        let mut desktop = stage.start();
        if is_open(&mut desktop, &run) {
            desktop.call(&apply);
        }
        assert_eq!(tree(&stage.demo()), after, "{millis} ms into it");
        let rows = desktop.call(&json!({"call": "query_journal", "kind": "run.apply"}));
        desktop.ask(&json!({"syscall": {"call": "undo", "cause": rows[0]["cause"]}}));
        std::thread::sleep(Duration::from_millis(millis));
        desktop.kill();
        assert_whole(&tree(&stage.demo()), &before, &after, &format!("{millis} ms into its undo"));
        let mut desktop = stage.start();
        wait_for_sweep(&stage);
        undo_all(&mut desktop);
        assert_eq!(tree(&stage.demo()), before, "turn {turn}");
        assert_in_order(&mut desktop, &stage, "killed from outside");
        desktop.quit();
    }
}
