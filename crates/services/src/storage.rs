//! The `storage.*` provider: small JSON values, kept per app, one file each under
//! `/system/storage/<app>/`. Writes are atomic (the kernel's `write` replaces the file whole).
//!
//! Operations of one app run in the order in which they were asked for. A `set` that still waits is
//! replaced by a later `set` of the same key, so that typing quickly costs one write at a time.
//!
//! **Invariants**: at most [`MAX_WAITING`] operations wait; at most one syscall is under way.

use abi::{Bytes, Errno, Pending, SysError, SysResult, UiCaller, table};
use blueprint::{Ticket, ToolError, ToolErrorKind};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Operations of one app that may wait for their turn.
pub(crate) const MAX_WAITING: usize = 256;
/// Longest key in bytes.
const MAX_KEY_BYTES: usize = 120;
/// Largest value as JSON text.
const MAX_VALUE_BYTES: usize = 1024 * 1024;

/// What an app asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    Set { key: String, value: Value },
    Get { key: String, default: Value },
    Remove { key: String },
    List,
    Clear,
}

/// A finished operation.
pub(crate) type Finished = (Ticket, Result<Value, ToolError>);

enum Running {
    Write(Pending<table::Write>),
    MakeFolder(Pending<table::Mkdir>),
    Read(Pending<table::Read>),
    Delete(Pending<table::Delete>),
    List(Pending<table::List>),
}

/// The storage of one app instance.
pub(crate) struct Storage {
    folder: String,
    waiting: VecDeque<(Vec<Ticket>, Operation, UiCaller)>,
    running: Option<(Vec<Ticket>, Operation, UiCaller, Running)>,
    /// Names that `clear` still has to delete.
    to_clear: Vec<String>,
}

impl Storage {
    pub(crate) fn new(app: &str) -> Self {
        Storage { folder: folder_of(app), waiting: VecDeque::new(), running: None, to_clear: Vec::new() }
    }

    /// Reads a tool call; `Err` says what is wrong with its arguments.
    pub(crate) fn parse(tool: &str, args: &Value) -> Result<Operation, String> {
        let key = || match args["key"].as_str() {
            Some("") | None => Err(format!("{tool}: `key` must be a text that is not empty")),
            Some(key) if key.len() > MAX_KEY_BYTES => {
                Err(format!("{tool}: `key` is longer than {MAX_KEY_BYTES} bytes"))
            }
            Some(key) => Ok(key.to_owned()),
        };
        match tool {
            "storage.set" => {
                let value = args.get("value").or_else(|| args.get("data")).cloned().unwrap_or(Value::Null);
                if value.to_string().len() > MAX_VALUE_BYTES {
                    return Err(format!("storage.set: the value is larger than {MAX_VALUE_BYTES} bytes"));
                }
                Ok(Operation::Set { key: key()?, value })
            }
            "storage.get" => Ok(Operation::Get {
                key: key()?,
                default: args.get("default").cloned().unwrap_or(Value::Null),
            }),
            "storage.remove" => Ok(Operation::Remove { key: key()? }),
            "storage.list" => Ok(Operation::List),
            "storage.clear" => Ok(Operation::Clear),
            _ => Err(format!("there is no tool {tool}")),
        }
    }

    /// Queues an operation. `Err` when too many wait.
    pub(crate) fn push(
        &mut self,
        ticket: Ticket,
        operation: Operation,
        syscalls: UiCaller,
    ) -> Result<(), String> {
        if let Operation::Set { key, .. } = &operation
            && let Some((tickets, Operation::Set { key: last, value: waiting }, caller)) =
                self.waiting.back_mut()
            && last == key
        {
            let Operation::Set { value, .. } = operation else { return Ok(()) };
            *waiting = value;
            *caller = syscalls;
            tickets.push(ticket);
            return Ok(());
        }
        if self.waiting.len() >= MAX_WAITING {
            return Err(format!("storage: {MAX_WAITING} operations wait already"));
        }
        self.waiting.push_back((vec![ticket], operation, syscalls));
        Ok(())
    }

    /// Moves on; returns what is finished.
    pub(crate) fn poll(&mut self) -> Vec<Finished> {
        let mut finished = Vec::new();
        loop {
            let Some((tickets, operation, syscalls, running)) = self.running.take() else {
                match self.waiting.pop_front() {
                    None => return finished,
                    Some((tickets, operation, syscalls)) => {
                        self.start(tickets, operation, syscalls, &mut finished);
                        continue;
                    }
                }
            };
            match self.step(&operation, &syscalls, running) {
                Step::Pending(running) => {
                    self.running = Some((tickets, operation, syscalls, running));
                    return finished;
                }
                Step::Next(Ok(running)) => self.running = Some((tickets, operation, syscalls, running)),
                Step::Next(Err(why)) => finish(&tickets, Err(why), &mut finished),
                Step::Done(result) => finish(&tickets, result, &mut finished),
            }
        }
    }

    fn start(
        &mut self,
        tickets: Vec<Ticket>,
        operation: Operation,
        syscalls: UiCaller,
        finished: &mut Vec<Finished>,
    ) {
        let started = match &operation {
            Operation::Set { key, value } => self.write(&syscalls, key, value),
            Operation::Get { key, .. } => syscalls
                .submit(table::Read { path: self.path(key), offset: 0, size: None })
                .map(Running::Read),
            Operation::Remove { key } => {
                syscalls.submit(table::Delete { path: self.path(key) }).map(Running::Delete)
            }
            Operation::List | Operation::Clear => {
                syscalls.submit(table::List { path: self.folder.clone() }).map(Running::List)
            }
        };
        match started {
            Ok(running) => self.running = Some((tickets, operation, syscalls, running)),
            Err(why) => finish(&tickets, Err(why), finished),
        }
    }

    fn write(&self, syscalls: &UiCaller, key: &str, value: &Value) -> SysResult<Running> {
        let data = Bytes(value.to_string().into_bytes());
        syscalls.submit(table::Write { path: self.path(key), data, append: false }).map(Running::Write)
    }

    fn step(&mut self, operation: &Operation, syscalls: &UiCaller, running: Running) -> Step {
        match running {
            Running::Write(pending) => match pending.poll() {
                None => Step::Pending(Running::Write(pending)),
                // The first value of an app: its folder is not there yet.
                Some(Err(why)) if why.errno == Errno::ENOENT => Step::Next(
                    syscalls
                        .submit(table::Mkdir { path: self.folder.clone(), parents: true })
                        .map(Running::MakeFolder),
                ),
                Some(result) => Step::Done(result.map(|_| json!(true))),
            },
            Running::MakeFolder(pending) => match (pending.poll(), operation) {
                (None, _) => Step::Pending(Running::MakeFolder(pending)),
                (Some(Ok(_)), Operation::Set { key, value }) => Step::Next(self.write(syscalls, key, value)),
                (Some(result), _) => Step::Done(result.map(|_| json!(true))),
            },
            Running::Read(pending) => {
                match pending.poll() {
                    None => Step::Pending(Running::Read(pending)),
                    Some(Ok(bytes)) => Step::Done(serde_json::from_slice(&bytes).map_err(|why| {
                        SysError::new(Errno::EIO, format!("the stored value is damaged: {why}"))
                    })),
                    Some(Err(why)) if why.errno == Errno::ENOENT => match operation {
                        Operation::Get { default, .. } => Step::Done(Ok(default.clone())),
                        _ => Step::Done(Ok(Value::Null)),
                    },
                    Some(Err(why)) => Step::Done(Err(why)),
                }
            }
            Running::Delete(pending) => match pending.poll() {
                None => Step::Pending(Running::Delete(pending)),
                Some(Err(why)) if why.errno != Errno::ENOENT => Step::Done(Err(why)),
                Some(_) => self.delete_next(syscalls),
            },
            Running::List(pending) => match pending.poll() {
                None => Step::Pending(Running::List(pending)),
                Some(Err(why)) if why.errno == Errno::ENOENT => Step::Done(Ok(match operation {
                    Operation::List => json!([]),
                    _ => json!(true),
                })),
                Some(Err(why)) => Step::Done(Err(why)),
                Some(Ok(entries)) => {
                    let keys: Vec<String> = entries
                        .into_iter()
                        .filter_map(|entry| entry.name.strip_suffix(".json").map(decode))
                        .collect();
                    if *operation == Operation::List {
                        return Step::Done(Ok(json!(keys)));
                    }
                    self.to_clear = keys;
                    self.delete_next(syscalls)
                }
            },
        }
    }

    fn delete_next(&mut self, syscalls: &UiCaller) -> Step {
        match self.to_clear.pop() {
            None => Step::Done(Ok(json!(true))),
            Some(key) => {
                Step::Next(syscalls.submit(table::Delete { path: self.path(&key) }).map(Running::Delete))
            }
        }
    }

    fn path(&self, key: &str) -> String {
        format!("{}/{}.json", self.folder, encode(key))
    }

    /// Whether something was asked for and is not finished.
    pub(crate) fn busy(&self) -> bool {
        self.running.is_some() || !self.waiting.is_empty()
    }
}

enum Step {
    Pending(Running),
    Next(SysResult<Running>),
    Done(SysResult<Value>),
}

/// A syscall's error as a tool's.
pub(crate) fn tool_error(why: &SysError) -> ToolError {
    let kind = match why.errno {
        Errno::EACCES | Errno::EPERM => ToolErrorKind::Denied,
        Errno::ENOENT => ToolErrorKind::NotFound,
        Errno::EINVAL => ToolErrorKind::BadArguments,
        Errno::ECANCELED => ToolErrorKind::Cancelled,
        _ => ToolErrorKind::Failed,
    };
    ToolError::new(kind, why.detail.clone())
}

fn finish(tickets: &[Ticket], result: SysResult<Value>, into: &mut Vec<Finished>) {
    let result = result.map_err(|why| tool_error(&why));
    into.extend(tickets.iter().map(|ticket| (*ticket, result.clone())));
}

/// Where the values of an app are kept.
#[must_use]
pub fn folder_of(app: &str) -> String {
    format!("/system/storage/{}", encode(app))
}

/// A file name for any key: letters, digits, `-` and `_` stay, everything else is `%XX`.
fn encode(key: &str) -> String {
    let mut name = String::new();
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(byte as char);
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

fn decode(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut key = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| name.get(at + 1..at + 3)).flatten();
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                key.push(byte);
                at += 3;
            }
            None => {
                key.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&key).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_becomes_a_plain_file_name_and_back() {
        for key in ["notes", "a/b", "../../etc", "ü %41", ""] {
            let name = encode(key);
            assert!(!name.contains(['/', '.']), "{name}");
            assert_eq!(decode(&name), key);
        }
    }

    #[test]
    fn wrong_arguments_are_said() {
        assert!(Storage::parse("storage.get", &json!({})).unwrap_err().contains("key"));
        assert!(Storage::parse("storage.set", &json!({"key": "x".repeat(500)})).is_err());
        assert!(Storage::parse("storage.fly", &json!({"key": "x"})).is_err());
    }
}
