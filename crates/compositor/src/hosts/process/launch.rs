//! From a manifest to the call that starts its program, and what is said when it cannot be started.

use super::integration::{self, Shell};
use abi::{CauseId, CauseKind, CauseSpec, Errno, Fd, Pending, SysError, SysResult, UiCaller, table};
use services::manifest::{self, Manifest, UiType};
use std::collections::BTreeMap;
use widgets::ShellCommand;

/// Which app is hosted.
#[derive(Clone, Debug)]
pub(in crate::hosts) struct Origin {
    pub(in crate::hosts) app: String,
    pub(in crate::hosts) name: String,
    /// Where its manifest lies, in the virtual file system.
    pub(in crate::hosts) manifest: String,
}

/// What is said where a session brings back a window without its program.
pub(in crate::hosts) const WAS_OPEN: &str = "It was open when the desktop ended. Nothing runs by itself.";

impl Origin {
    pub(in crate::hosts) fn new(app: &str, name: &str, manifest: &str) -> Self {
        Origin { app: app.to_owned(), name: name.to_owned(), manifest: manifest.to_owned() }
    }

    /// Opens the cause of a line that is typed into a part of its window.
    pub(in crate::hosts) fn line_cause(&self, component: &str, syscalls: &UiCaller) -> CauseId {
        syscalls.open_cause(CauseSpec {
            app: Some(self.app.clone()),
            component: Some(component.to_owned()),
            parent: Some(syscalls.cause()),
            ..CauseSpec::new(CauseKind::Key, format!("line typed in {}", self.name))
        })
    }

    /// What opens its manifest to be changed.
    pub(in crate::hosts) fn edit(&self) -> ShellCommand {
        ShellCommand::OpenWith { app: "text-editor".into(), argument: self.manifest.clone() }
    }
}

/// Why a program does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::hosts) struct Failure {
    pub(in crate::hosts) text: String,
    /// Changing the manifest can help.
    pub(in crate::hosts) by_manifest: bool,
}

impl Failure {
    pub(in crate::hosts) fn other(text: impl Into<String>) -> Self {
        Failure { text: text.into(), by_manifest: false }
    }
}

/// Begins to read a manifest.
pub(in crate::hosts) fn read_manifest(
    origin: &Origin,
    syscalls: &UiCaller,
) -> Result<Pending<table::Read>, Failure> {
    let read = table::Read { path: origin.manifest.clone(), offset: 0, size: None };
    syscalls.submit(read).map_err(|why| Failure::other(why.detail))
}

/// What was read, as a manifest.
pub(in crate::hosts) fn take_manifest(
    origin: &Origin,
    read: SysResult<abi::Bytes>,
) -> Result<Manifest, Failure> {
    let path = &origin.manifest;
    let bytes = read.map_err(|why| Failure::other(format!("{path}: {}", why.detail)))?;
    let parsed = manifest::parse(&bytes);
    parsed.manifest.ok_or_else(|| {
        let found = parsed.diagnostics.iter().find(|found| found.severity == blueprint::Severity::Error);
        let why = found.map_or_else(
            || "the manifest cannot be read".to_owned(),
            |found| {
                let hint = found.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
                format!("line {}, column {}: {}{hint}", found.line, found.column, found.message)
            },
        );
        Failure { text: format!("{path}: {why}"), by_manifest: true }
    })
}

/// The executable, with the user's shell in place of its name.
pub(in crate::hosts) fn executable(manifest: &Manifest, syscalls: &UiCaller) -> SysResult<String> {
    let named = &manifest.proc_manifest.executable;
    if named != manifest::SHELL {
        return Ok(named.clone());
    }
    Ok(syscalls.call(table::GetEnv { name: "SHELL".into() })?.unwrap_or_else(|| "sh".into()))
}

/// The call that starts it in a terminal; in `folder` where one is given, with marks where the file of them is open.
pub(super) fn exec_call(
    manifest: &Manifest,
    folder: Option<&str>,
    integration: Option<(Shell, Fd)>,
    size: terminal::Size,
    syscalls: &UiCaller,
) -> SysResult<table::ExecPty> {
    let program = &manifest.proc_manifest;
    let executable = executable(manifest, syscalls)?;
    let (mut args, mut inherit) = (program.args.clone(), Vec::new());
    if let Some((shell, fd)) = integration {
        args = shell.arguments(&executable);
        inherit.push(table::Inherited { number: integration::NUMBER, shm: None, pipe: None, fd: Some(fd) });
    }
    let mut env: BTreeMap<String, String> = program.env.clone();
    for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("TERM_PROGRAM", "AgentOS")]
    {
        env.entry(name.into()).or_insert_with(|| value.into());
    }
    Ok(table::ExecPty {
        executable,
        args,
        env,
        cwd: folder.map(str::to_owned).or_else(|| program.working_dir.clone()),
        rows: cells(size.rows),
        cols: cells(size.cols),
        inherit,
        run: None,
        sandbox: Some(Box::new(program.sandbox.as_argument())),
    })
}

/// The call that starts it on pipes, or with nothing to read and nobody to hear it.
pub(in crate::hosts) fn spawn_call(manifest: &Manifest, syscalls: &UiCaller) -> SysResult<table::Spawn> {
    let program = &manifest.proc_manifest;
    Ok(table::Spawn {
        executable: executable(manifest, syscalls)?,
        args: program.args.clone(),
        // A log is no terminal: whoever asks is told so.
        env: std::iter::once(("TERM".into(), "dumb".into())).chain(program.env.clone()).collect(),
        cwd: program.working_dir.clone(),
        stdio: if program.ui_type == UiType::Log { table::Stdio::Piped } else { table::Stdio::Null },
        priority: 5,
        inherit: Vec::new(),
        run: None,
        sandbox: Some(Box::new(program.sandbox.as_argument())),
    })
}

pub(super) fn cells(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// What is said when the host did not start it.
pub(in crate::hosts) fn cannot_start(manifest: Option<&Manifest>, why: &SysError) -> Failure {
    let name = manifest.map_or("the program", |manifest| manifest.proc_manifest.executable.as_str());
    match why.errno {
        // A folder to work in can be missing, too.
        Errno::ENOENT if name == "the program" || why.detail.contains(name) => Failure {
            text: format!("{name} is not installed on this machine. Install it, or name another program."),
            by_manifest: true,
        },
        _ => Failure { text: format!("{name} could not be started: {}", why.detail), by_manifest: false },
    }
}
