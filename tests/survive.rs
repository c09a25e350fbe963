//! Programs in terminals outlive a killed desktop, and nothing outlives one that was quit: the product itself,
//! killed by the host's own SIGKILL.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// Far beyond what anything here takes; reached only when something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A desktop that is driven line by line.
struct Desktop {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Desktop {
    fn start(data: &Path) -> Desktop {
        let mut child = Command::new(env!("CARGO_BIN_EXE_agentos"))
            .args(["drive", "-", "--empty", "--data-dir"])
            .arg(data)
            .env("SHELL", "/bin/bash")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Desktop { child, stdin, stdout }
    }

    /// Does a step and gives its result; a step that fails fails the test.
    fn step(&mut self, step: &Value) -> Value {
        writeln!(self.stdin, "{step}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let result: Value =
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{step}: {line:?}: {why}"));
        assert_eq!(result["ok"], json!(true), "{step}: {result}");
        result
    }

    fn wait_for_text(&mut self, text: &str) {
        let wait =
            json!({"role": "terminal", "window": "terminal", "value_contains": text, "timeout_ms": 30_000});
        self.step(&json!({"wait": wait}));
    }

    fn wait_for_state(&mut self, state: &str) {
        let wait = json!({"window": "terminal", "data": "/state", "equals": state, "timeout_ms": 30_000});
        self.step(&json!({"wait": wait}));
    }

    fn type_in(&mut self, text: &str) {
        self.step(&json!({"type": text}));
    }

    fn data(&mut self, pointer: &str) -> Value {
        self.step(&json!({"data": {"window": "terminal", "pointer": pointer}}))["data"].clone()
    }

    /// The host's pid of the program in the terminal.
    fn program(&mut self) -> i64 {
        self.data("/host_pid").as_i64().expect("a program runs")
    }

    /// SIGKILL, as the host gives it.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The end of the script is a normal quit.
    fn quit(self) {
        let Desktop { mut child, stdin, stdout } = self;
        drop(stdin);
        assert!(child.wait().unwrap().success());
        drop(stdout);
    }
}

fn is_running(host_pid: i64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{host_pid}/stat"));
    stat.is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}

fn parent(host_pid: i64) -> i64 {
    let stat = std::fs::read_to_string(format!("/proc/{host_pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn holders(data: &Path) -> usize {
    std::fs::read_dir(data.join("holders")).map_or(0, Iterator::count)
}

/// A shell with a variable, a job in the background and something on its screen.
fn shell_at_work(data: &Path, nonce: &str) -> (Desktop, i64) {
    let mut desktop = Desktop::start(data);
    desktop.step(&json!({"open": "terminal"}));
    desktop.wait_for_state("running");
    desktop.type_in(&format!("X={nonce}; echo se''en-$X\n"));
    desktop.wait_for_text(&format!("seen-{nonce}"));
    desktop.type_in("sleep 1000 &\n");
    desktop.type_in("echo job-''up\n");
    desktop.wait_for_text("job-up");
    // The session is saved a second after a change.
    desktop.step(&json!({"clock": {"advance_ms": 1500}}));
    let shell = desktop.program();
    (desktop, shell)
}

#[test]
fn a_shell_goes_on_when_the_desktop_is_killed_and_comes_back_with_its_jobs() {
    let data = tempfile::tempdir().unwrap();
    let nonce = format!("n{}", std::process::id());
    let (desktop, shell) = shell_at_work(data.path(), &nonce);
    desktop.kill();
    assert!(is_running(shell));

    let mut desktop = Desktop::start(data.path());
    desktop.wait_for_state("running");
    desktop.wait_for_text(&format!("seen-{nonce}"));
    assert_eq!(desktop.program(), shell);
    desktop.step(&json!({"click": {"role": "terminal", "window": "terminal"}}));
    desktop.type_in("echo again-$X; jobs\n");
    desktop.wait_for_text(&format!("again-{nonce}"));
    desktop.wait_for_text("sleep 1000 &");
    desktop.step(&json!({"expect": {"window": "terminal", "role": "terminal", "count": 1}}));

    // And once more, without a moment to save anything.
    desktop.kill();
    assert!(is_running(shell));
    let mut desktop = Desktop::start(data.path());
    desktop.wait_for_text(&format!("again-{nonce}"));
    assert_eq!(desktop.program(), shell);
    let jobs = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    let job: i64 = jobs.split_ascii_whitespace().next().unwrap().parse().unwrap();
    desktop.quit();
    until("a normal quit ends everything", || !is_running(shell) && !is_running(job));
    until("no holder is left", || holders(data.path()) == 0);

    let mut desktop = Desktop::start(data.path());
    desktop.wait_for_state("stopped");
    desktop.quit();
}

#[test]
fn all_tabs_of_a_window_come_back_with_their_programs() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, first) = shell_at_work(data.path(), "first");
    desktop.step(&json!({"key": "Ctrl+Shift+T"}));
    desktop.step(&json!({"wait": {"window": "terminal", "data": "/tabs/1/state", "equals": "running", "timeout_ms": 30_000}}));
    desktop.type_in("cd Documents; echo sec''ond\n");
    desktop.wait_for_text("second");
    desktop.step(&json!({"wait": {"window": "terminal", "data": "/folder", "equals": "/home/Documents", "timeout_ms": 30_000}}));
    let second = desktop.program();
    assert_ne!(first, second);
    desktop.step(&json!({"clock": {"advance_ms": 1500}}));
    desktop.kill();
    assert!(is_running(first) && is_running(second));

    let mut desktop = Desktop::start(data.path());
    desktop.step(&json!({"wait": {"window": "terminal", "data": "/tabs/1/state", "equals": "running", "timeout_ms": 30_000}}));
    desktop.step(&json!({"wait": {"window": "terminal", "data": "/tabs/0/state", "equals": "running", "timeout_ms": 30_000}}));
    desktop.step(&json!({"expect": {"window": "terminal", "role": "terminal", "count": 1}}));
    desktop.wait_for_text("second");
    assert_eq!(desktop.program(), second, "the one that was seen is seen");
    assert_eq!(desktop.data("/tabs/0/host_pid").as_i64(), Some(first));
    // A normal end ends both; the session knows the tabs and where they were.
    desktop.quit();
    until("both have ended", || !is_running(first) && !is_running(second));
    let mut desktop = Desktop::start(data.path());
    desktop.wait_for_state("stopped");
    desktop.step(&json!({"expect": {"window": "terminal", "role": "tab", "count": 2}}));
    desktop.wait_for_text("second");
    desktop.wait_for_text("restored");
    desktop.step(&json!({"click": {"role": "button", "name": "Run again", "window": "terminal"}}));
    desktop.wait_for_state("running");
    desktop.step(&json!({"wait": {"window": "terminal", "data": "/folder", "equals": "/home/Documents", "timeout_ms": 30_000}}));
    desktop.quit();
}

#[test]
fn what_ended_while_the_desktop_was_away_says_so_and_can_run_again() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, shell) = shell_at_work(data.path(), "gone");
    desktop.type_in("(sleep 1; kill -KILL $$) & echo la''st\n");
    desktop.wait_for_text("last");
    desktop.kill();
    until("the shell has ended", || !is_running(shell));
    let mut desktop = Desktop::start(data.path());
    desktop.wait_for_state("exited");
    desktop.wait_for_text("seen-gone");
    let said = json!({"role": "label", "window": "terminal", "name_contains": "while the desktop was away"});
    desktop.step(&json!({"expect": said}));
    desktop.step(
        &json!({"expect": {"role": "label", "window": "terminal", "name_contains": "Ended by SIGKILL"}}),
    );
    desktop.step(&json!({"click": {"role": "button", "name": "Run again", "window": "terminal"}}));
    desktop.wait_for_state("running");
    desktop.quit();
    until("no holder is left", || holders(data.path()) == 0);
}

#[test]
fn a_holder_that_is_killed_is_said_in_its_window() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, shell) = shell_at_work(data.path(), "lost");
    // The first process of the sandbox is between them.
    let holder = parent(parent(shell));
    assert_eq!(std::fs::read_to_string(format!("/proc/{holder}/comm")).unwrap().trim(), "agentos-holder");
    let killed = Command::new("kill").args(["-KILL", &holder.to_string()]).status().unwrap();
    assert!(killed.success());
    desktop.wait_for_state("exited");
    let said = json!({"role": "label", "window": "terminal", "name_contains": "was ended from outside"});
    desktop.step(&json!({"expect": said}));
    until("its shell ended with it", || !is_running(shell));
    desktop.quit();
}

#[test]
fn a_data_folder_that_is_removed_takes_its_programs_along() {
    let data = tempfile::tempdir().unwrap();
    let (desktop, shell) = shell_at_work(data.path(), "removed");
    desktop.kill();
    assert!(is_running(shell));
    let holder = parent(shell);
    data.close().unwrap();
    until("shell and holder have ended", || !is_running(shell) && !is_running(holder));
}

#[test]
fn a_desktop_without_a_lasting_folder_leaves_nothing() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agentos"))
        .args(["drive", "-", "--empty"])
        .env("SHELL", "/bin/bash")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut desktop = Desktop { child, stdin, stdout };
    desktop.step(&json!({"open": "terminal"}));
    desktop.wait_for_state("running");
    let shell = desktop.program();
    assert_eq!(desktop.data("/held"), Value::Null);
    desktop.kill();
    until("the shell ends with the desktop", || !is_running(shell));
}

#[test]
fn a_window_that_is_closed_ends_all_that_its_program_started() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, shell) = shell_at_work(data.path(), "closed");
    desktop.type_in("setsid sleep 1001 & (trap '' HUP; sleep 1002) &\n");
    desktop.type_in("echo all-''up\n");
    desktop.wait_for_text("all-up");
    let holder = parent(shell);
    let mut tree = Vec::new();
    until("all of them run", || {
        tree = descendants(holder);
        tree.len() >= 4
    });
    desktop.step(&json!({"key": "Ctrl+Shift+W"}));
    desktop.step(&json!({"expect": {"window": "terminal", "exists": false}}));
    until("none is left", || !is_running(holder) && tree.iter().all(|pid| !is_running(*pid)));
    desktop.quit();
}

/// All that a process of the host started, and what that started.
fn descendants(host_pid: i64) -> Vec<i64> {
    let children =
        std::fs::read_to_string(format!("/proc/{host_pid}/task/{host_pid}/children")).unwrap_or_default();
    let children: Vec<i64> = children.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    children.iter().flat_map(|child| descendants(*child)).chain(children.iter().copied()).collect()
}

/// A script in a shell that says goodbye, and what does not take the hint. Gives the script's file and the tree.
fn script_with_last_words(desktop: &mut Desktop, data: &Path) -> (std::path::PathBuf, Vec<i64>) {
    let last_words = data.join("home/last-words");
    let shell = desktop.program();
    desktop.type_in("(trap '' HUP; exec sleep 1003) & nohup sleep 1004 & setsid nohup sleep 1005 &\n");
    desktop.type_in("sleep 1006 & kill -STOP $!\n");
    // An interactive bash at its prompt ends by a hang-up without a look at its traps; a script does not.
    desktop.type_in(
        "bash -c \"trap 'echo bye >> /home/last-words; exit' HUP; echo farewell-''ready; while sleep 1007; do :; done\"\n",
    );
    desktop.wait_for_text("farewell-ready");
    let mut tree = Vec::new();
    until("all of them run", || {
        tree = descendants(parent(shell));
        tree.len() >= 7
    });
    (last_words, tree)
}

#[test]
fn a_script_in_a_window_that_is_closed_has_its_last_words() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, _) = shell_at_work(data.path(), "words");
    let (last_words, tree) = script_with_last_words(&mut desktop, data.path());
    desktop.step(&json!({"key": "Ctrl+Shift+W"}));
    desktop.step(&json!({"answer_prompt": "close"}));
    desktop.step(&json!({"expect": {"window": "terminal", "exists": false}}));
    until("none is left", || tree.iter().all(|pid| !is_running(*pid)));
    // Once by the desktop, and maybe once more by the shell, which hangs up its jobs.
    assert!(std::fs::read_to_string(last_words).unwrap().starts_with("bye\n"));
    desktop.quit();
}

#[test]
fn a_script_has_its_last_words_when_the_desktop_is_quit() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, _) = shell_at_work(data.path(), "quit");
    let (last_words, tree) = script_with_last_words(&mut desktop, data.path());
    desktop.quit();
    // No waiting: when the desktop has ended, everything has.
    assert_eq!(tree.iter().filter(|pid| is_running(**pid)).count(), 0);
    // Once by the desktop, and maybe once more by the shell, which hangs up its jobs.
    assert!(std::fs::read_to_string(last_words).unwrap().starts_with("bye\n"));
}

/// The journal's details of the ends of what has this name.
fn ends(desktop: &mut Desktop, name: &str) -> Vec<Value> {
    let call = json!({"call": "query_journal", "kind": "process.exit"});
    let rows = desktop.step(&json!({"syscall": call}))["reply"].as_array().cloned().unwrap_or_default();
    rows.iter().filter(|row| row["object"] == name).map(|row| row["detail"].clone()).collect()
}

#[test]
fn the_journal_says_what_was_closed_and_what_ended_with_the_desktop() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, shell) = shell_at_work(data.path(), "told");
    desktop.step(&json!({"key": "Ctrl+Shift+W"}));
    until("the shell has ended", || !is_running(shell));
    let closed = json!({"exit": "signal 9", "reason": "closed"});
    until("the window's end is told", || ends(&mut desktop, "Terminal") == [closed.clone()]);
    assert!(ends(&mut desktop, "bash").iter().all(|end| end["reason"] == "closed"));
    desktop.step(&json!({"open": "terminal"}));
    desktop.wait_for_state("running");
    desktop.quit();
    let mut desktop = Desktop::start(data.path());
    let quit = ends(&mut desktop, "Terminal");
    assert!(quit.iter().any(|end| end["reason"] == "quit"), "{quit:?}");
    desktop.quit();
}

#[test]
fn a_job_in_the_foreground_is_asked_about() {
    let data = tempfile::tempdir().unwrap();
    let (mut desktop, shell) = shell_at_work(data.path(), "asked");
    desktop.type_in("sleep 1009\n");
    let why = json!({"call": "explain", "host_pid": shell});
    let why = desktop.step(&json!({"syscall": why}))["reply"][0].clone();
    assert_eq!(
        (&why["row"]["kind"], &why["row"]["object"]),
        (&json!("process.start"), &json!("bash")),
        "{why}"
    );
    let group = |pid: i64| stat_field(pid, 5);
    until("the job has the terminal", || group(shell) != Some(shell));
    let asks = |desktop: &mut Desktop, title: &str| {
        desktop.step(&json!({"wait": {"role": "alert_dialog", "name_contains": title}}));
        desktop.step(&json!({"expect": {"role": "label", "name_contains": "sleep is still running"}}));
    };
    desktop.step(&json!({"key": "Ctrl+Shift+W"}));
    asks(&mut desktop, "Close");
    desktop.step(&json!({"key": "Escape"}));
    desktop.step(&json!({"expect": {"role": "terminal", "window": "terminal", "count": 1}}));
    desktop.step(&json!({"key": "Ctrl+Shift+W"}));
    asks(&mut desktop, "Close");
    desktop.step(&json!({"answer_prompt": "close"}));
    desktop.step(&json!({"expect": {"window": "terminal", "exists": false}}));
    until("the shell has ended", || !is_running(shell));
    desktop.quit();
}

/// The field of `/proc/<pid>/stat` that lies so far behind the state.
fn stat_field(pid: i64, behind_state: usize) -> Option<i64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(behind_state)?.parse().ok()
}
