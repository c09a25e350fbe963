//! Why a process did not start.

use crate::Tier;
use abi::variable::Forbidden;
use serde::{Deserialize, Serialize};
use std::{fmt, io, path::PathBuf};

/// What the helper was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the request.
    Request,
    /// Tying its life to the desktop's.
    ParentDeath,
    /// Becoming the program's holder.
    Holder,
    /// Making a session of its own.
    Session,
    /// Putting the standard descriptors in place and closing the others.
    Descriptors,
    /// Taking the terminal as the session's controlling terminal.
    Terminal,
    /// Lowering resource limits.
    Limits,
    /// Entering the working folder.
    WorkingDir,
    /// Becoming a user that owns nothing on the host.
    User,
    /// Making namespaces.
    Namespaces,
    /// Making or joining a network.
    Network,
    /// Opening what was granted.
    Grants,
    /// Building what the program sees of files.
    View,
    /// Giving up every right.
    Privileges,
    /// Holding files, ports and signals by Landlock.
    Landlock,
    /// Filtering system calls.
    Seccomp,
    /// Letting somebody see what it does.
    Observation,
    /// Giving signals their default meaning.
    Signals,
    /// Becoming the program.
    Exec,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Request => "read the request",
            Stage::ParentDeath => "follow the desktop's life",
            Stage::Holder => "become the program's holder",
            Stage::Session => "start a session",
            Stage::Descriptors => "set up the standard descriptors",
            Stage::Terminal => "take the terminal",
            Stage::Limits => "set resource limits",
            Stage::WorkingDir => "enter the working folder",
            Stage::User => "become a user without rights",
            Stage::Namespaces => "make namespaces",
            Stage::Network => "set up the network",
            Stage::Grants => "open what was granted",
            Stage::View => "build the view",
            Stage::Privileges => "give up privileges",
            Stage::Landlock => "hold it by Landlock",
            Stage::Seccomp => "filter system calls",
            Stage::Observation => "let it be observed",
            Stage::Signals => "reset signals",
            Stage::Exec => "run the program",
        })
    }
}

/// Why a process did not start. [`SpawnError::raw_os_error`] is what a syscall answers.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No such executable, neither as a path nor in the environment's `PATH`.
    #[error("{executable}: not found")]
    NotFound {
        /// As the caller named it.
        executable: String,
    },
    /// The executable exists and cannot be run.
    #[error("{executable}: cannot be run: {source}")]
    NotExecutable {
        /// As the caller named it.
        executable: String,
        /// `EACCES`, `ENOEXEC` and the like.
        source: io::Error,
    },
    /// The working folder cannot be entered.
    #[error("{}: cannot be used as the working folder: {source}", path.display())]
    WorkingDir {
        /// On the host.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A variable that may not be passed on.
    #[error(transparent)]
    Environment(#[from] Forbidden),
    /// The request breaks a bound or holds a NUL byte.
    #[error("not a valid request: {0}")]
    Invalid(String),
    /// The helper could not be started or did not behave as one.
    #[error("the helper {} did not work: {detail}", path.display())]
    Helper {
        /// The program that was started as the helper.
        path: PathBuf,
        /// What happened.
        detail: String,
    },
    /// The host cannot hold the program as it has to be held, so it was not started.
    #[error("not started, since it has to be held by {asked}: {missing}")]
    Sandbox {
        /// What was asked for at the least.
        asked: Tier,
        /// What is missing, and what can be done about it, in sentences.
        missing: String,
    },
    /// The helper failed before it could become the program.
    #[error("could not {stage}{}: {source}", behind(about))]
    Stage {
        /// What it was doing.
        stage: Stage,
        /// What it was about, such as a path, and what can be done about it; may be empty.
        about: String,
        /// Why.
        source: io::Error,
    },
    /// The host refused a terminal, a pipe or a socket.
    #[error("the host gave no {what}: {source}")]
    Host {
        /// What was asked for.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl SpawnError {
    /// The Linux error number that says the same in the fewest words.
    #[must_use]
    pub fn raw_os_error(&self) -> i32 {
        match self {
            SpawnError::NotFound { .. } => nix::libc::ENOENT,
            SpawnError::Environment(_) | SpawnError::Invalid(_) => nix::libc::EINVAL,
            SpawnError::Helper { .. } => nix::libc::EIO,
            SpawnError::Sandbox { .. } => nix::libc::EPERM,
            SpawnError::NotExecutable { source, .. }
            | SpawnError::WorkingDir { source, .. }
            | SpawnError::Stage { source, .. }
            | SpawnError::Host { source, .. } => source.raw_os_error().unwrap_or(nix::libc::EIO),
        }
    }
}

fn behind(about: &str) -> String {
    if about.is_empty() { String::new() } else { format!(": {about}") }
}

/// Names what the host was asked for.
pub(crate) trait Asked<T> {
    fn asked(self, what: &'static str) -> Result<T, SpawnError>;
}

impl<T, E: Into<io::Error>> Asked<T> for Result<T, E> {
    fn asked(self, what: &'static str) -> Result<T, SpawnError> {
        self.map_err(|source| SpawnError::Host { what, source: source.into() })
    }
}
