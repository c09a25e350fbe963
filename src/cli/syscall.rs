//! `agentos syscall`: system calls from standard input, one JSON object a line, one reply a line. It is how
//! anyone tests the kernel from outside: booted as the product is, with exactly the rights that were asked for.
//!
//! A line is a call (`{"call":"read","path":"/home/a"}`) or controls the session:
//!
//! ```text
//! {"as":"child","caps":[…]}       makes a child with these rights and calls as it from here on
//! {"as":"child"}  {"as":3}        goes to one that was made before, by name or pid
//! {"as":0}                        goes back to the first process
//! {"revoke":{"ReadFile":"/home"}} takes a right from the process that calls now ("pid": from another)
//! {"repeat":1000000,"do":{…}}     makes a call so many times; says how often it failed and how long it took
//! {"census":true}                 what the process holds and what all hold (a number: that pid)
//! ```
//!
//! Whatever a line is, it gets one reply, and the next line is read. Blank lines are passed over.

use crate::boot::{DataFolder, boot};
use abi::{Call, Capability, Errno, Pid, SysError, SysResult, Syscalls, table::ProcessKind};
use anyhow::Context;
use kernel::{Kernel, NewProcess};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    io::{self, BufRead, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

/// Longest line, bytes; what is behind it is skipped up to the line's end.
const MAX_LINE_BYTES: usize = 128 * 1024 * 1024;
/// Most repetitions of one call.
const MAX_REPEAT: u64 = 1_000_000_000;
/// Processes that a session may make.
const MAX_PROCESSES: usize = 1_024;

#[derive(Debug, clap::Args)]
pub(crate) struct SyscallArgs {
    /// JSON array with the rights of the calling process; without it, those of the shell.
    #[arg(long, value_name = "FILE")]
    caps: Option<PathBuf>,
    #[command(flatten)]
    data: super::DataArgs,
}

pub(crate) fn run(args: &SyscallArgs) -> anyhow::Result<ExitCode> {
    let capabilities = args.caps.as_deref().map_or_else(|| Ok(Capability::of_shell()), read_capabilities)?;
    let folder = Arc::new(DataFolder::given_or_temporary(args.data.data_dir.as_deref())?);
    let booted = boot(folder, Arc::new(|| {}))?;
    let mut session = Session::new(booted.kernel.clone(), capabilities)?;
    match converse(&mut session, &mut io::stdin().lock(), &mut io::stdout().lock()) {
        // Whoever reads the replies has seen enough.
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => {}
        result => result.context("standard input or output failed")?,
    }
    booted.kernel.shutdown();
    Ok(ExitCode::SUCCESS)
}

fn read_capabilities(path: &Path) -> anyhow::Result<Vec<Capability>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{}: not a JSON array of capabilities such as [{{\"ReadFile\":\"/home\"}},\"TimeAccess\"]",
            path.display()
        )
    })
}

/// Answers lines until there are none.
fn converse(session: &mut Session, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    while let Some(length) = read_line(input, &mut line)? {
        let reply = match length {
            LineLength::Fits if line.trim_ascii().is_empty() => continue,
            LineLength::Fits => session.answer(&line),
            LineLength::TooLong => Err(invalid(format!("a line holds at most {MAX_LINE_BYTES} bytes"))),
        };
        serde_json::to_writer(&mut *output, &as_json(reply))?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

enum LineLength {
    Fits,
    TooLong,
}

/// Reads up to the next line end into `line`; `None` at the end of the input.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<LineLength>> {
    line.clear();
    let mut length = LineLength::Fits;
    let mut is_empty = true;
    loop {
        let available = match input.fill_buf() {
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        };
        if available.is_empty() {
            return Ok((!is_empty).then_some(length));
        }
        is_empty = false;
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        if line.len() + part.len() > MAX_LINE_BYTES {
            length = LineLength::TooLong;
        } else {
            line.extend_from_slice(part);
        }
        let consumed = part.len() + usize::from(end.is_some());
        input.consume(consumed);
        if end.is_some() {
            return Ok(Some(length));
        }
    }
}

fn as_json(reply: SysResult<Value>) -> Value {
    match reply {
        Ok(value) => json!({ "ok": value }),
        Err(SysError { errno, detail }) => json!({ "errno": errno, "detail": detail }),
    }
}

fn invalid(detail: impl Into<String>) -> SysError {
    SysError::new(Errno::EINVAL, detail)
}

/// One conversation: the processes it made, and the one it speaks for.
pub(crate) struct Session {
    kernel: Arc<Kernel>,
    first: Pid,
    current: Arc<dyn Syscalls>,
    /// Made here, by the name they were given.
    made: BTreeMap<String, Pid>,
}

impl Session {
    /// A session whose first process has these rights.
    pub(crate) fn new(kernel: Arc<Kernel>, capabilities: Vec<Capability>) -> SysResult<Self> {
        let cause = crate::boot::root_cause(&kernel, "agentos syscall");
        let new = NewProcess {
            name: "syscall".into(),
            app: Some("syscall".into()),
            // With the rights of the shell it is a part of the desktop, else an app.
            kind: if capabilities == Capability::of_shell() { ProcessKind::System } else { ProcessKind::App },
            capabilities,
            parent: Pid::KERNEL,
            cause,
        };
        let first = kernel.spawn_app(new)?;
        let current = kernel.caller(first, cause)?;
        Ok(Session { kernel, first, current, made: BTreeMap::new() })
    }

    /// The reply to one line.
    pub(crate) fn answer(&mut self, line: &[u8]) -> SysResult<Value> {
        let line: Value = serde_json::from_slice(line).map_err(|why| invalid(format!("no JSON: {why}")))?;
        let Value::Object(line) = line else { return Err(invalid("a line is a JSON object")) };
        let answer = AssertUnwindSafe(|| self.answer_object(line));
        catch_unwind(answer)
            .unwrap_or_else(|_| Err(SysError::new(Errno::EIO, "a bug of ours: the call panicked")))
    }

    fn answer_object(&mut self, line: Map<String, Value>) -> SysResult<Value> {
        if line.contains_key("call") {
            return self.call(Value::Object(line));
        }
        match Control::of(line)? {
            Control::As { process, caps } => self.switch(process, caps),
            Control::Revoke { capability, pid } => {
                let pid = pid.unwrap_or_else(|| self.current.pid());
                self.kernel.revoke(pid, &capability).map(|()| Value::Null)
            }
            Control::Repeat { times, call } => self.repeat(times, &call),
            Control::Census { pid } => {
                let pid = pid.unwrap_or_else(|| self.current.pid());
                Ok(
                    json!({ "pid": pid, "process": self.kernel.census(pid), "all": self.kernel.census_of_all() }),
                )
            }
        }
    }

    fn call(&self, line: Value) -> SysResult<Value> {
        let call: Call = serde_json::from_value(line).map_err(|why| invalid(why.to_string()))?;
        let reply = self.current.dispatch(call)?;
        serde_json::to_value(&reply)
            .map_err(|why| SysError::new(Errno::EIO, format!("the reply is no JSON: {why}")))
    }

    fn repeat(&self, times: u64, call: &Call) -> SysResult<Value> {
        if times > MAX_REPEAT {
            return Err(invalid(format!("a call is repeated at most {MAX_REPEAT} times")));
        }
        let mut errors: BTreeMap<&str, u64> = BTreeMap::new();
        let start = Instant::now();
        for _ in 0..times {
            if let Err(why) = self.current.dispatch(call.clone()) {
                *errors.entry(why.errno.name()).or_default() += 1;
            }
        }
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let per_call_nanos =
            if times == 0 { 0.0 } else { (nanos as f64 / times as f64 * 10.0).round() / 10.0 };
        Ok(json!({ "count": times, "nanos": nanos, "per_call_nanos": per_call_nanos, "errors": errors }))
    }

    fn switch(&mut self, process: Which, caps: Option<Vec<Capability>>) -> SysResult<Value> {
        let pid = match (process, caps) {
            (Which::Pid(0), None) => self.first,
            (Which::Pid(pid), None)
                if pid == self.first.0 || self.made.values().any(|made| made.0 == pid) =>
            {
                Pid(pid)
            }
            (Which::Pid(pid), None) => {
                return Err(SysError::new(
                    Errno::ESRCH,
                    format!("process {pid} was not made in this session"),
                ));
            }
            (Which::Pid(_), Some(_)) => return Err(invalid("a new process is given a name, not a number")),
            (Which::Name(name), Some(caps)) => self.make(name, caps)?,
            (Which::Name(name), None) => *self.made.get(&name).ok_or_else(|| {
                SysError::new(Errno::ESRCH, format!("no process {name:?} was made; give `caps` to make one"))
            })?,
        };
        self.current = self.kernel.caller(pid, self.current.cause())?;
        Ok(json!({ "pid": pid }))
    }

    fn make(&mut self, name: String, capabilities: Vec<Capability>) -> SysResult<Pid> {
        if self.made.len() >= MAX_PROCESSES {
            return Err(SysError::new(
                Errno::EAGAIN,
                format!("a session makes at most {MAX_PROCESSES} processes"),
            ));
        }
        let pid = self.kernel.spawn_app(NewProcess {
            name: name.clone(),
            app: Some("syscall".into()),
            kind: ProcessKind::App,
            capabilities,
            parent: self.current.pid(),
            cause: self.current.cause(),
        })?;
        self.made.insert(name, pid);
        Ok(pid)
    }
}

/// Which process is meant.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a name or a pid")]
enum Which {
    Pid(u64),
    Name(String),
}

/// A line that controls the session.
enum Control {
    As { process: Which, caps: Option<Vec<Capability>> },
    Revoke { capability: Capability, pid: Option<Pid> },
    Repeat { times: u64, call: Call },
    Census { pid: Option<Pid> },
}

impl Control {
    fn of(line: Map<String, Value>) -> SysResult<Control> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct As {
            r#as: Which,
            caps: Option<Vec<Capability>>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Revoke {
            revoke: Capability,
            pid: Option<Pid>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Repeat {
            repeat: u64,
            r#do: Call,
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "true or a pid")]
        enum Whose {
            Current(bool),
            Pid(Pid),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Census {
            census: Whose,
        }
        fn parse<T: serde::de::DeserializeOwned>(line: Map<String, Value>) -> SysResult<T> {
            serde_json::from_value(Value::Object(line)).map_err(|why| invalid(why.to_string()))
        }
        if line.contains_key("as") {
            let As { r#as, caps } = parse(line)?;
            Ok(Control::As { process: r#as, caps })
        } else if line.contains_key("revoke") {
            let Revoke { revoke, pid } = parse(line)?;
            Ok(Control::Revoke { capability: revoke, pid })
        } else if line.contains_key("repeat") {
            let Repeat { repeat, r#do } = parse(line)?;
            Ok(Control::Repeat { times: repeat, call: r#do })
        } else if line.contains_key("census") {
            let Census { census } = parse(line)?;
            match census {
                Whose::Current(true) => Ok(Control::Census { pid: None }),
                Whose::Current(false) => Err(invalid("`census` is true or a pid")),
                Whose::Pid(pid) => Ok(Control::Census { pid: Some(pid) }),
            }
        } else {
            Err(invalid("neither a call (`call`) nor a control line (`as`, `revoke`, `repeat`, `census`)"))
        }
    }
}
