//! Between a manifest and the start of its program: what its app does not have is asked for, and what is left of the
//! manifest then is started. An app that was shipped has all of it, unless somebody took a part.
//!
//! The kernel asks, and remembers; an answer that is known already is no question. Every start goes this way, so a
//! manifest that was changed meanwhile is asked about for what is new in it, and gets nothing of that by itself.

use super::launch::{Failure, Origin, executable};
use abi::{Pending, SysResult, UiCaller, table};
use services::{manifest::Manifest, wishes};

/// How long a person may take, milliseconds: a day, the most that the kernel waits.
const PATIENCE_MILLIS: u64 = 24 * 60 * 60 * 1000;
/// Said while the answer is waited for.
pub(in crate::hosts) const WAITS: &str = "It starts when you have said what it may do.";

/// See the module documentation.
pub(in crate::hosts) struct Permit {
    manifest: Manifest,
    executable: String,
    is_shipped: bool,
    stage: Stage,
    /// Folders that are being made.
    making: Vec<Pending<table::Mkdir>>,
}

enum Stage {
    Asking(Pending<table::RequestStart>),
    /// Folders that it writes are looked for.
    Looking(Vec<(String, Pending<table::Exists>)>),
    /// Those that are missing are made.
    Making,
}

impl Permit {
    /// Asks for what the manifest needs.
    pub(in crate::hosts) fn ask(
        manifest: Manifest,
        origin: &Origin,
        syscalls: &UiCaller,
    ) -> Result<Self, Failure> {
        let other = |why: abi::SysError| Failure::other(why.detail);
        let executable = executable(&manifest, syscalls).map_err(other)?;
        let call = table::RequestStart {
            lines: wishes::lines(&manifest, &executable),
            reason: origin.manifest.clone(),
            timeout_millis: Some(PATIENCE_MILLIS),
        };
        let stage = Stage::Asking(syscalls.submit(call).map_err(other)?);
        let is_shipped = wishes::is_shipped(&origin.manifest);
        Ok(Permit { manifest, executable, is_shipped, stage, making: Vec::new() })
    }

    /// The manifest as it may be started, once that is known.
    pub(in crate::hosts) fn poll(&mut self, syscalls: &UiCaller) -> Option<Result<Manifest, Failure>> {
        if let Stage::Asking(pending) = &self.stage {
            match self.narrow(pending.poll()?) {
                Err(why) => return Some(Err(why)),
                Ok(narrow) => {
                    self.stage = Stage::Looking(self.look_for_folders(&narrow, syscalls));
                    self.manifest = narrow;
                }
            }
        }
        if let Stage::Looking(folders) = &mut self.stage {
            let mut making = Vec::new();
            folders.retain(|(path, found)| match found.poll() {
                None => true,
                Some(found) => {
                    if found == Ok(false) {
                        let make = table::Mkdir { path: path.clone(), parents: true };
                        making.extend(syscalls.submit(make).ok());
                    }
                    false
                }
            });
            self.making.extend(making);
            if !folders.is_empty() {
                return None;
            }
            self.stage = Stage::Making;
        }
        // What could not be made is said when the program is started.
        self.making.retain(|folder| folder.poll().is_none());
        self.making.is_empty().then(|| Ok(self.manifest.clone()))
    }

    /// Folders of an app that was shipped are made with its process.
    fn look_for_folders(
        &self,
        manifest: &Manifest,
        syscalls: &UiCaller,
    ) -> Vec<(String, Pending<table::Exists>)> {
        let rules = &manifest.proc_manifest.sandbox;
        let is_made = |path: &&String| path.starts_with("/home/") && !rules.is_kept_apart(path);
        let look = |path: &String| {
            let found = syscalls.submit(table::Exists { path: path.clone() }).ok()?;
            Some((path.clone(), found))
        };
        rules.write.iter().filter(|_| !self.is_shipped).filter(is_made).filter_map(look).collect()
    }

    fn narrow(&self, answered: SysResult<Vec<table::StartAnswer>>) -> Result<Manifest, Failure> {
        let answers = answered.map_err(|why| Failure::other(why.detail))?;
        let is_refused = |answer: &table::StartAnswer| !answer.missing.is_empty();
        let missing: Vec<_> = answers.iter().flat_map(|answer| answer.missing.clone()).collect();
        wishes::narrowed(&self.manifest, &self.executable, &missing).ok_or_else(|| {
            Failure::other(if answers.iter().all(is_refused) {
                "Nothing that it asks for was allowed. Try again asks once more.".to_owned()
            } else {
                format!("To start {} was not allowed. Try again asks once more.", self.executable)
            })
        })
    }
}
