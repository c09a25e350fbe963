//! What is to be started: the request of a caller, with its bounds.

use crate::{HELPER_SUBCOMMAND, Isolation, Limits, SpawnError};
use abi::variable;
use std::{
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// Arguments and variables of one program. The host's own bound on both together is larger.
const MAX_STRINGS: usize = 4096;
/// One argument or variable; what Linux takes (`MAX_ARG_STRLEN`).
const MAX_STRING_BYTES: usize = 128 * 1024 - 1;
/// All of them together.
pub(crate) const MAX_TOTAL_BYTES: usize = 512 * 1024;
/// Descriptors that one program inherits beside its standard ones.
pub(crate) const MAX_INHERITED: usize = 16;
/// Numbers that they may get in the program; below are the standard ones, from here on are the helper's own.
const INHERITED_NUMBERS: std::ops::Range<i32> = 3..FIRST_OWN_DESCRIPTOR;
/// The helper keeps its own descriptors at this number and above.
pub(crate) const FIRST_OWN_DESCRIPTOR: i32 = 64;

/// A program to start.
#[derive(Clone, Debug)]
pub struct Spec {
    /// A name that is looked up in the `PATH` of [`Spec::env`], or a path when it holds a `/`.
    pub executable: String,
    /// Arguments after the program's own name. They never pass a shell.
    pub args: Vec<String>,
    /// The whole environment; see [`crate::base_environment`] for the usual beginning.
    pub env: Vec<(String, String)>,
    /// Working folder: on the host, or in the view when there is an [`Isolation`].
    pub working_dir: PathBuf,
    /// Resource limits.
    pub limits: Limits,
    /// Descriptors that it gets beside the standard ones, each with its number there: 3 to 63, at most 16,
    /// none twice.
    pub inherit: Vec<(i32, Arc<OwnedFd>)>,
    /// What it is kept away from; without it, it sees what its user sees.
    pub isolation: Option<Isolation>,
    /// The program that makes itself into the one asked for.
    pub helper: Helper,
}

impl Spec {
    /// A program with no arguments, an empty environment, in `/`, by the helper that was found.
    #[must_use]
    pub fn new(executable: impl Into<String>) -> Self {
        Spec {
            executable: executable.into(),
            args: Vec::new(),
            env: Vec::new(),
            working_dir: PathBuf::from("/"),
            limits: Limits::default(),
            inherit: Vec::new(),
            isolation: None,
            helper: Helper::find(),
        }
    }

    /// Checks every bound, so that the helper gets only what it can do.
    pub(crate) fn check(&self) -> Result<(), SpawnError> {
        let invalid = |what: String| Err(SpawnError::Invalid(what));
        if self.executable.is_empty() {
            return invalid("the executable has no name".into());
        }
        if self.args.len() + self.env.len() > MAX_STRINGS {
            return invalid(format!("more than {MAX_STRINGS} arguments and variables"));
        }
        for (name, value) in &self.env {
            variable::check(name, value)?;
        }
        let variables = self.env.iter().map(|(name, value)| name.len() + value.len() + 1);
        let strings = self.args.iter().chain([&self.executable]).map(String::len);
        let mut total_bytes = 0;
        for len_bytes in variables.chain(strings) {
            total_bytes += len_bytes;
            if len_bytes > MAX_STRING_BYTES || total_bytes > MAX_TOTAL_BYTES {
                return invalid("arguments and variables are too long".into());
            }
        }
        if self.args.iter().chain([&self.executable]).any(|text| text.contains('\0')) {
            return invalid("an argument holds a NUL byte".into());
        }
        if self.working_dir.to_str().is_none_or(|path| path.contains('\0')) {
            return invalid("the working folder is not valid text".into());
        }
        if self.inherit.len() > MAX_INHERITED {
            return invalid(format!("more than {MAX_INHERITED} descriptors"));
        }
        for (index, (number, _)) in self.inherit.iter().enumerate() {
            let is_twice = self.inherit[..index].iter().any(|(other, _)| other == number);
            if is_twice || !INHERITED_NUMBERS.contains(number) {
                return invalid(format!("{number} cannot be the number of a descriptor in the program"));
            }
        }
        match &self.isolation {
            None => Ok(()),
            Some(isolation) => {
                isolation.check().map_err(SpawnError::Invalid)?;
                Ok(())
            }
        }
    }
}

/// The helper: a small program of its own, or this program started again with a hidden subcommand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Helper {
    /// The `agentos-sandbox` binary.
    Program(PathBuf),
    /// A program whose `main` calls [`crate::run_if_helper`] before anything else.
    Itself(PathBuf),
}

impl Helper {
    /// The helper beside the running program, else the running program itself. Looked up once.
    #[must_use]
    pub fn find() -> Helper {
        static FOUND: OnceLock<Helper> = OnceLock::new();
        FOUND
            .get_or_init(|| {
                let running = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
                Helper::beside(&running).map_or(Helper::Itself(running), Helper::Program)
            })
            .clone()
    }

    /// `agentos-sandbox` in the folder of `program`, or above it when that folder is the `deps` one
    /// of cargo, where test programs lie.
    fn beside(program: &Path) -> Option<PathBuf> {
        let folder = program.parent()?;
        let above = folder.parent().filter(|_| folder.ends_with("deps"));
        [Some(folder), above]
            .into_iter()
            .flatten()
            .map(|it| it.join("agentos-sandbox"))
            .find(|it| it.is_file())
    }

    /// The file that is started.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Helper::Program(path) | Helper::Itself(path) => path,
        }
    }

    /// Its arguments.
    pub(crate) fn args(&self) -> &'static [&'static str] {
        match self {
            Helper::Program(_) => &[],
            Helper::Itself(_) => &[HELPER_SUBCOMMAND],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn null() -> Arc<OwnedFd> {
        Arc::new(std::fs::File::open("/dev/null").unwrap().into())
    }

    #[test]
    fn what_breaks_a_bound_is_refused_before_anything_starts() {
        let good = Spec::new("true");
        assert!(good.check().is_ok());
        let broken: [fn(&mut Spec); 8] = [
            |spec| spec.executable.clear(),
            |spec| spec.args = vec![String::new(); MAX_STRINGS + 1],
            |spec| spec.args = vec!["x".repeat(MAX_STRING_BYTES + 1)],
            |spec| spec.args = vec!["x".repeat(MAX_STRING_BYTES); 5],
            |spec| spec.args = vec!["a\0b".into()],
            |spec| spec.env = vec![("LD_PRELOAD".into(), "evil.so".into())],
            |spec| spec.inherit = vec![(2, null())],
            |spec| spec.inherit = vec![(3, null()), (3, null())],
        ];
        for breaks in broken {
            let mut spec = good.clone();
            breaks(&mut spec);
            assert!(spec.check().is_err());
        }
    }
}
