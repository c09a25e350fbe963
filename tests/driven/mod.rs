//! A desktop that tests drive line by line, and that may be killed at any time.

#![allow(dead_code, reason = "each test program uses a part of it")]

use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// Far beyond what anything here takes; reached only when something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// See the module documentation.
pub(crate) struct Desktop {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Desktop {
    pub(crate) fn start(data: &Path) -> Desktop {
        Desktop::start_with(data, |_| {})
    }

    /// The same, changed before it starts.
    pub(crate) fn start_with(data: &Path, change: impl FnOnce(&mut Command)) -> Desktop {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
        command
            .args(["drive", "-", "--empty", "--data-dir"])
            .arg(data)
            .env("SHELL", "/bin/bash")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
        change(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Desktop { child, stdin, stdout }
    }

    /// The host's pid of the desktop itself.
    pub(crate) fn host_pid(&self) -> i64 {
        i64::from(self.child.id())
    }

    /// Asks for a step without waiting for its result.
    pub(crate) fn ask(&mut self, step: &Value) {
        // One that has ended is found out by whoever waits for the result.
        let _ = writeln!(self.stdin, "{step}");
    }

    /// Does a step and gives its result; `None` when the desktop ended before it had one.
    pub(crate) fn try_step(&mut self, step: &Value) -> Option<Value> {
        self.ask(step);
        let mut line = String::new();
        match self.stdout.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => {
                Some(serde_json::from_str(&line).unwrap_or_else(|why| panic!("{step}: {line:?}: {why}")))
            }
        }
    }

    /// Does a step and gives its result; a step that fails fails the test.
    pub(crate) fn step(&mut self, step: &Value) -> Value {
        let result = self.try_step(step).unwrap_or_else(|| panic!("{step}: the desktop has ended"));
        assert_eq!(result["ok"], json!(true), "{step}: {result}");
        result
    }

    /// A call of the desktop itself.
    pub(crate) fn call(&mut self, call: &Value) -> Value {
        self.step(&json!({"syscall": call}))["reply"].clone()
    }

    /// Waits for what an expectation says.
    pub(crate) fn wait(&mut self, mut expectation: Value) {
        expectation["timeout_ms"] = json!(30_000);
        self.step(&json!({"wait": expectation}));
    }

    /// Whether something of this role has this in its name now. An expectation that fails would be the script's end.
    pub(crate) fn sees(&mut self, role: &str, name: &str) -> bool {
        let tree = self.step(&json!({"tree": true}))["tree"].take();
        let nodes = tree.as_array().expect("a tree is a list");
        nodes
            .iter()
            .any(|node| node["role"] == role && node["name"].as_str().is_some_and(|text| text.contains(name)))
    }

    /// A part of an app's data.
    pub(crate) fn data(&mut self, window: &str, pointer: &str) -> Value {
        self.step(&json!({"data": {"window": window, "pointer": pointer}}))["data"].clone()
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// SIGKILL, as the host gives it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The end of the script is a normal quit.
    pub(crate) fn quit(self) {
        let Desktop { mut child, stdin, stdout } = self;
        drop(stdin);
        assert!(child.wait().unwrap().success());
        drop(stdout);
    }
}

/// Installs a process app in the home of a data folder that a desktop uses, waits until it is known, and answers *always*
/// to all that it would ask for before it starts.
pub(crate) fn install(desktop: &mut Desktop, data: &Path, manifest: &Value) {
    let (id, name) = (manifest["id"].as_str().unwrap(), manifest["name"].as_str().unwrap());
    // What is there before it has started is no news.
    desktop.step(&json!({"windows": true}));
    let folder = data.join("home/Apps").join(id);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    desktop.wait(json!({"role": "alert", "name_contains": format!("{name} was added")}));
    let read = services::manifest::parse(manifest.to_string().as_bytes()).manifest.unwrap();
    let named = read.proc_manifest.executable.as_str();
    let executable = if named == services::manifest::SHELL { "/bin/bash" } else { named };
    for right in services::wishes::lines(&read, executable).concat() {
        desktop.call(&json!({"call": "keep_answer", "app": id, "capability": right, "rule": "always"}));
    }
}

pub(crate) fn is_running(host_pid: i64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{host_pid}/stat"));
    stat.is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}

pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All that a process of the host started, and what that started.
pub(crate) fn descendants(host_pid: i64) -> Vec<i64> {
    let children =
        fs::read_to_string(format!("/proc/{host_pid}/task/{host_pid}/children")).unwrap_or_default();
    let children: Vec<i64> = children.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    children.iter().flat_map(|child| descendants(*child)).chain(children.iter().copied()).collect()
}
