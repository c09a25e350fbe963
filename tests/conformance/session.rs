//! A conversation with `agentos syscall`: a line in, a reply out.

use abi::Capability;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// The product, and the process in it that speaks.
pub(crate) struct Session {
    folder: tempfile::TempDir,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    made: u32,
    /// Processes that were made since the last [`Session::end_process`].
    alive: Vec<u64>,
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its end is not what is tested here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Session {
    /// Boots on a fresh data folder.
    pub(crate) fn start() -> Self {
        Session::on(tempfile::tempdir().unwrap())
    }

    /// Dies as by SIGKILL, and boots again on the same folder.
    pub(crate) fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        *self = Session::on(folder);
    }

    fn on(folder: tempfile::TempDir) -> Self {
        let rights = folder.path().join("rights.json");
        std::fs::write(&rights, every_right().to_string()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_agentos"))
            .arg("syscall")
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .arg("--caps")
            .arg(&rights)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Session { folder, child, input, output: BufReader::new(output), made: 0, alive: Vec::new() }
    }

    /// One line; its reply, or errno and detail.
    pub(crate) fn say(&mut self, line: &Value) -> Result<Value, (String, String)> {
        writeln!(self.input, "{line}").unwrap();
        let mut reply = String::new();
        assert!(self.output.read_line(&mut reply).unwrap() > 0, "the product has ended at {line}");
        let mut reply: Value = serde_json::from_str(&reply).unwrap();
        match reply.get_mut("ok") {
            Some(ok) => Ok(ok.take()),
            None => {
                let text = |name: &str| reply[name].as_str().unwrap_or_default().to_owned();
                Err((text("errno"), text("detail")))
            }
        }
    }

    /// One line that must go well.
    pub(crate) fn run(&mut self, line: &str) -> Value {
        let parsed = serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        self.say(&parsed).unwrap_or_else(|why| panic!("{line}: {why:?}"))
    }

    /// Speaks as a new process with these rights; says its pid and its name.
    pub(crate) fn be_new(&mut self, rights: &Value) -> (u64, String) {
        self.made += 1;
        let name = format!("process-{}", self.made);
        self.say(&json!({"as": 0})).unwrap();
        let made = self.say(&json!({"as": name, "caps": rights})).unwrap();
        let pid = made["pid"].as_u64().unwrap();
        self.alive.push(pid);
        (pid, name)
    }

    /// Speaks as a process that was made before.
    pub(crate) fn be(&mut self, name: &str) {
        self.say(&json!({ "as": name })).unwrap();
    }

    /// Ends all processes that were made since the last time.
    pub(crate) fn end_process(&mut self) {
        self.say(&json!({"as": 0})).unwrap();
        for pid in std::mem::take(&mut self.alive) {
            // Some have ended already.
            let _ = self.say(&json!({"call": "kill", "pid": pid, "signal": 9}));
        }
    }

    /// The data folder on the host.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The process of the host.
    pub(crate) fn host_pid(&self) -> u32 {
        self.child.id()
    }

    /// What the product has open, by where each leads.
    pub(crate) fn open_files(&self) -> Vec<(PathBuf, String)> {
        let folder = Path::new("/proc").join(self.host_pid().to_string()).join("fd");
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        entries
            .filter_map(|entry| {
                let target = std::fs::read_link(entry.path()).ok()?;
                Some((entry.path(), target.display().to_string()))
            })
            .collect()
    }

    /// How many descriptors lead to something with this text.
    pub(crate) fn open_count(&self, text: &str) -> usize {
        self.open_files().iter().filter(|(_, target)| target.contains(text)).count()
    }
}

/// Every right, as JSON.
pub(crate) fn every_right() -> Value {
    let mut all = Capability::of_shell();
    all.push(Capability::BindPort(45_671));
    serde_json::to_value(all).unwrap()
}
