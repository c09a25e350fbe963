//! Runs the effect tools of one Blueprint instance: storage, files, clipboard, messages, the clock.
//! Each becomes syscalls of the instance's own process, or a [`DesktopRequest`] to the shell.

use crate::storage::{Finished, Storage, tool_error};
use abi::{Bytes, Capability, Errno, PathScope, Pending, SysError, UiCaller, table};
use blueprint::{Ticket, ToolError, ToolErrorKind, ToolHost, ToolReply};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Calls of one instance that may be under way at once.
const MAX_UNDER_WAY: usize = 256;
/// How long a request for a right waits: a person may take a while.
const PATIENCE_MILLIS: u64 = 10 * 60 * 1000;

/// What an app asks of the desktop; the shell carries it out.
#[derive(Clone, Debug, PartialEq)]
pub enum DesktopRequest {
    /// Start or focus an app.
    OpenApp(String),
    /// Close the window of the app that asks.
    CloseSelf,
    /// Show a message in the corner.
    Toast {
        /// `info`, `success`, `warning` or `error`.
        tone: String,
        /// First line.
        title: String,
        /// Second line; may be empty.
        text: String,
    },
    /// Put text on the clipboard.
    CopyText(String),
    /// Give the window another title.
    SetTitle(String),
}

enum FileCall {
    Read(Pending<table::Read>),
    Write(Pending<table::Write>),
    List(Pending<table::List>),
    Exists(Pending<table::Exists>),
    Permission(Pending<table::RequestCapability>),
    /// Several at once, with the target of each.
    Permissions(Pending<table::RequestCapabilities>, Vec<String>),
}

/// The providers as one instance sees them.
pub struct ToolRunner {
    syscalls: UiCaller,
    storage: Storage,
    files: Vec<(Ticket, FileCall)>,
    requests: Vec<DesktopRequest>,
    next_ticket: u64,
    /// For whom each call that is under way was made: what its result leads to is on the same account.
    callers: HashMap<Ticket, UiCaller>,
}

impl ToolRunner {
    /// Tools for the instance that runs as the handle's process.
    #[must_use]
    pub fn new(app: &str, syscalls: UiCaller) -> Self {
        ToolRunner {
            syscalls,
            storage: Storage::new(app),
            files: Vec::new(),
            requests: Vec::new(),
            next_ticket: 1,
            callers: HashMap::new(),
        }
    }

    /// Calls from now on act for this cause.
    pub fn set_caller(&mut self, syscalls: UiCaller) {
        self.syscalls = syscalls;
    }

    /// Calls from now on act for the cause for which the call with this ticket was made. To be called before its
    /// result is handed on.
    pub fn continue_for(&mut self, ticket: Ticket) {
        if let Some(caller) = self.callers.remove(&ticket) {
            self.syscalls = caller;
        }
    }

    /// Results that arrived since the last time.
    pub fn poll(&mut self) -> Vec<Finished> {
        let mut finished = self.storage.poll();
        self.files.retain(|(ticket, call)| match poll_file(call) {
            None => true,
            Some(result) => {
                finished.push((*ticket, result));
                false
            }
        });
        finished
    }

    /// What the instance asked of the desktop since the last time.
    pub fn take_requests(&mut self) -> Vec<DesktopRequest> {
        std::mem::take(&mut self.requests)
    }

    /// Whether results are still to come.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.storage.busy() || !self.files.is_empty()
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    fn pending(&mut self, ticket: Ticket) -> ToolReply {
        self.callers.insert(ticket, self.syscalls.clone());
        ToolReply::Pending(ticket)
    }

    fn storage_call(&mut self, tool: &str, args: &Value) -> ToolReply {
        let ticket = self.ticket();
        let syscalls = self.syscalls.clone();
        let queued = Storage::parse(tool, args).and_then(|op| self.storage.push(ticket, op, syscalls));
        match queued {
            Ok(()) => self.pending(ticket),
            Err(why) => failed(ToolErrorKind::BadArguments, why),
        }
    }

    fn file_call(&mut self, tool: &str, args: &Value) -> ToolReply {
        let Some(path) = args["path"].as_str().map(str::to_owned) else {
            return failed(ToolErrorKind::BadArguments, format!("{tool}: `path` must be a text"));
        };
        if self.files.len() >= MAX_UNDER_WAY {
            return failed(ToolErrorKind::Failed, format!("{tool}: {MAX_UNDER_WAY} calls are under way"));
        }
        let calls = &self.syscalls;
        let started = match tool {
            "filesystem.read" => {
                calls.submit(table::Read { path, offset: 0, size: None }).map(FileCall::Read)
            }
            "filesystem.list" => calls.submit(table::List { path }).map(FileCall::List),
            "filesystem.exists" => calls.submit(table::Exists { path }).map(FileCall::Exists),
            "filesystem.write" => {
                let data = Bytes(text_of(&args["content"]).into_bytes());
                calls.submit(table::Write { path, data, append: false }).map(FileCall::Write)
            }
            _ => return failed(ToolErrorKind::NotFound, format!("there is no tool {tool}")),
        };
        match started {
            Err(why) => ToolReply::Done(Err(tool_error(&why))),
            Ok(call) => {
                let ticket = self.ticket();
                self.files.push((ticket, call));
                self.pending(ticket)
            }
        }
    }

    fn permission(&mut self, tool: &str, args: &Value) -> ToolReply {
        if let Value::Array(targets) = &args["target"] {
            return self.permissions(tool, args, targets.iter().map(text_of).collect());
        }
        let (name, target) = (text_of(&args["permission"]), text_of(&args["target"]));
        let Some(capability) = right_named(&name, &target) else {
            let text = format!("{tool}: there is no permission {name} on {target:?} to ask for");
            return failed(ToolErrorKind::BadArguments, text);
        };
        if self.files.len() >= MAX_UNDER_WAY {
            return failed(ToolErrorKind::Failed, format!("{tool}: {MAX_UNDER_WAY} calls are under way"));
        }
        let reason = text_of(&args["reason"]);
        let timeout_millis = Some(PATIENCE_MILLIS);
        let asked = self.syscalls.submit(table::RequestCapability { capability, reason, timeout_millis });
        match asked {
            Err(why) => ToolReply::Done(Err(tool_error(&why))),
            Ok(call) => {
                let ticket = self.ticket();
                self.files.push((ticket, FileCall::Permission(call)));
                self.pending(ticket)
            }
        }
    }

    /// Asks about several targets at once: a person gets one prompt.
    fn permissions(&mut self, tool: &str, args: &Value, targets: Vec<String>) -> ToolReply {
        let name = text_of(&args["permission"]);
        let mut capabilities = Vec::new();
        for target in &targets {
            let Some(capability) = right_named(&name, target) else {
                let text = format!("{tool}: there is no permission {name} on {target:?} to ask for");
                return failed(ToolErrorKind::BadArguments, text);
            };
            capabilities.push(capability);
        }
        if self.files.len() >= MAX_UNDER_WAY {
            return failed(ToolErrorKind::Failed, format!("{tool}: {MAX_UNDER_WAY} calls are under way"));
        }
        let (reason, timeout_millis) = (text_of(&args["reason"]), Some(PATIENCE_MILLIS));
        let asked = self.syscalls.submit(table::RequestCapabilities { capabilities, reason, timeout_millis });
        match asked {
            Err(why) => ToolReply::Done(Err(tool_error(&why))),
            Ok(call) => {
                let ticket = self.ticket();
                self.files.push((ticket, FileCall::Permissions(call, targets)));
                self.pending(ticket)
            }
        }
    }

    fn request(&mut self, request: DesktopRequest) -> ToolReply {
        if self.requests.len() >= MAX_UNDER_WAY {
            return failed(ToolErrorKind::Failed, "too many requests to the desktop at once".into());
        }
        self.requests.push(request);
        ToolReply::Done(Ok(json!(true)))
    }

    fn toast(&mut self, tone: &str, args: &Value) -> ToolReply {
        let first = |keys: &[&str]| keys.iter().map(|key| text_of(&args[*key])).find(|text| !text.is_empty());
        let title = first(&["title", "message", "text"]).unwrap_or_default();
        let text = if args["title"].is_string() {
            first(&["message", "text"]).unwrap_or_default()
        } else {
            String::new()
        };
        let tone = args["tone"].as_str().or(args["type"].as_str()).unwrap_or(tone).to_owned();
        self.request(DesktopRequest::Toast { tone, title, text })
    }
}

impl ToolHost for ToolRunner {
    fn call(&mut self, tool: &str, args: &Value) -> ToolReply {
        match tool {
            _ if tool.starts_with("storage.") => self.storage_call(tool, args),
            _ if tool.starts_with("filesystem.") => self.file_call(tool, args),
            "toast.show" | "ui.notify" | "system.notify" | "system.alert" => self.toast("info", args),
            "toast.success" => self.toast("success", args),
            "toast.error" => self.toast("error", args),
            "toast.warning" => self.toast("warning", args),
            "clipboard.copy" | "system.clipboard.copy" => {
                self.request(DesktopRequest::CopyText(text_of(&args["text"])))
            }
            "app.spawn" | "app.open" | "app.focus" => {
                match args["app"].as_str().or(args["app_id"].as_str()) {
                    Some(app) => self.request(DesktopRequest::OpenApp(app.to_owned())),
                    None => {
                        failed(ToolErrorKind::BadArguments, format!("{tool}: `app` must be the id of an app"))
                    }
                }
            }
            "system.request_permission" => self.permission(tool, args),
            "app.close" => self.request(DesktopRequest::CloseSelf),
            "app.set_title" => self.request(DesktopRequest::SetTitle(text_of(&args["title"]))),
            "system.time" => {
                done(self.syscalls.call(table::GetCurrentTime {}), |time| json!(time.unix_millis))
            }
            "system.info" => done(self.syscalls.call(table::GetSystemInfo {}), |info| {
                serde_json::to_value(info).unwrap_or_default()
            }),
            _ => failed(ToolErrorKind::NotFound, format!("{tool} is not available in this version")),
        }
    }
}

/// The right that a document names: a path, a host or nothing is its target.
fn right_named(name: &str, target: &str) -> Option<Capability> {
    let path = || (!target.is_empty()).then(|| PathScope(target.to_owned()));
    let host = || (!target.is_empty()).then(|| vec![target.to_owned()]);
    match name {
        "READ_FILE" => path().map(Capability::ReadFile),
        "WRITE_FILE" => path().map(Capability::WriteFile),
        "CREATE_FILE" => path().map(Capability::CreateFile),
        "DELETE_FILE" => path().map(Capability::DeleteFile),
        "LIST_DIRECTORY" => path().map(Capability::ListDirectory),
        "NETWORK_ACCESS" => host().map(Capability::NetworkAccess),
        "SYSTEM_INFO" => Some(Capability::SystemInfo),
        "TIME_ACCESS" => Some(Capability::TimeAccess),
        "NOTIFY" => Some(Capability::Notify),
        _ => None,
    }
}

fn poll_file(call: &FileCall) -> Option<Result<Value, ToolError>> {
    let result = match call {
        FileCall::Read(p) => p.poll()?.map(|bytes| serde_json::to_value(bytes).unwrap_or_default()),
        FileCall::Write(p) => p.poll()?.map(|_| json!(true)),
        FileCall::List(p) => p.poll()?.map(|entries| serde_json::to_value(entries).unwrap_or_default()),
        FileCall::Exists(p) => p.poll()?.map(|there| json!(there)),
        FileCall::Permission(p) => p.poll()?.map(|_| json!(true)),
        FileCall::Permissions(p, targets) => p.poll()?.and_then(|answers| given(&answers, targets)),
    };
    Some(result.map_err(|why| tool_error(&why)))
}

fn done<T>(result: abi::SysResult<T>, value: impl FnOnce(T) -> Value) -> ToolReply {
    ToolReply::Done(result.map(value).map_err(|why| tool_error(&why)))
}

fn failed(kind: ToolErrorKind, text: String) -> ToolReply {
    ToolReply::Done(Err(ToolError::new(kind, text)))
}

/// The targets that were given; an error when none was.
fn given(answers: &[table::RightAnswer], targets: &[String]) -> Result<Value, SysError> {
    let given: Vec<&String> = answers
        .iter()
        .zip(targets)
        .filter(|(answer, _)| answer.granted.is_some())
        .map(|(_, target)| target)
        .collect();
    match answers.iter().find(|answer| answer.granted.is_none()) {
        Some(refused) if given.is_empty() => Err(SysError::new(Errno::EACCES, refused.why.clone())),
        _ => Ok(json!(given)),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
