//! Between a manifest and the start of its program: what an app that was not shipped asks for is asked, and what is left
//! of the manifest then is started.
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
    stage: Stage,
}

enum Stage {
    Asking(Pending<table::RequestStart>),
    /// Folders that it writes are made where they are missing.
    Making(Vec<Pending<table::Mkdir>>),
    /// Nothing has to be asked.
    Given,
}

impl Permit {
    /// Asks for what the manifest needs.
    pub(in crate::hosts) fn ask(
        manifest: Manifest,
        origin: &Origin,
        syscalls: &UiCaller,
    ) -> Result<Self, Failure> {
        if wishes::is_shipped(&origin.manifest) {
            return Ok(Permit { manifest, executable: String::new(), stage: Stage::Given });
        }
        let other = |why: abi::SysError| Failure::other(why.detail);
        let executable = executable(&manifest, syscalls).map_err(other)?;
        let call = table::RequestStart {
            lines: wishes::lines(&manifest, &executable),
            reason: origin.manifest.clone(),
            timeout_millis: Some(PATIENCE_MILLIS),
        };
        let stage = Stage::Asking(syscalls.submit(call).map_err(other)?);
        Ok(Permit { manifest, executable, stage })
    }

    /// The manifest as it may be started, once that is known.
    pub(in crate::hosts) fn poll(&mut self, syscalls: &UiCaller) -> Option<Result<Manifest, Failure>> {
        if let Stage::Asking(pending) = &self.stage {
            let narrow = self.narrow(pending.poll()?);
            match narrow {
                Err(why) => return Some(Err(why)),
                Ok(narrow) => {
                    self.stage = Stage::Making(make_folders(&narrow, syscalls));
                    self.manifest = narrow;
                }
            }
        }
        match &self.stage {
            // What could not be made is said when the program is started.
            Stage::Making(folders) if folders.iter().any(|folder| folder.poll().is_none()) => None,
            _ => Some(Ok(self.manifest.clone())),
        }
    }

    fn narrow(&self, answered: SysResult<Vec<table::StartAnswer>>) -> Result<Manifest, Failure> {
        let answers = answered.map_err(|why| Failure::other(why.detail))?;
        let is_refused = |answer: &table::StartAnswer| !answer.missing.is_empty();
        let missing: Vec<_> = answers.iter().flat_map(|answer| answer.missing.clone()).collect();
        wishes::narrowed(&self.manifest, &self.executable, &missing).ok_or_else(|| {
            Failure::other(if answers.iter().all(is_refused) {
                "It was not started: nothing that it asks for was allowed.".to_owned()
            } else {
                format!("It was not started: {} was not allowed.", self.executable)
            })
        })
    }
}

fn make_folders(manifest: &Manifest, syscalls: &UiCaller) -> Vec<Pending<table::Mkdir>> {
    let rules = &manifest.proc_manifest.sandbox;
    let written = rules.write.iter().filter(|path| path.starts_with("/home/") && !rules.is_kept_apart(path));
    let make = |path: &String| syscalls.submit(table::Mkdir { path: path.clone(), parents: true }).ok();
    written.filter_map(make).collect()
}
