//! Before a process app starts: its manifest is read anew, the rights of its instance follow from it, and folders that
//! its program writes are there.

use crate::manifest::{self, Manifest};
use abi::{Capability, PathScope, SysResult, Syscalls, table};
use blueprint::Severity;
use std::sync::Arc;

/// The manifest as it is now; the reason in a sentence, with its line and what to do, where it cannot be used.
///
/// # Errors
/// What is wrong with it, or why it cannot be read.
pub fn read_manifest(syscalls: &Arc<dyn Syscalls>, path: &str) -> Result<Manifest, String> {
    let read = table::Read { path: path.to_owned(), offset: 0, size: None };
    let bytes = syscalls.call(read).map_err(|why| format!("{path}: {}", why.detail))?;
    let parsed = manifest::parse(&bytes);
    parsed.manifest.ok_or_else(|| {
        let found = parsed.diagnostics.iter().find(|found| found.severity == Severity::Error);
        found.map_or_else(
            || format!("{path}: cannot be read as a manifest"),
            |found| {
                let hint = found.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
                format!("{path}: line {}, column {}: {}{hint}", found.line, found.column, found.message)
            },
        )
    })
}

/// The rights of an instance of the app: those of its manifest, and what its window needs for itself.
#[must_use]
pub fn capabilities(manifest: Option<&Manifest>, path: &str) -> Vec<Capability> {
    let mut all = vec![
        Capability::ReadFile(PathScope(path.to_owned())),
        // What the program itself may start is the sandbox's matter.
        Capability::SpawnProcess(vec!["*".into()]),
        Capability::TimeAccess,
        Capability::SystemInfo,
    ];
    for capability in manifest.map(Manifest::capabilities).unwrap_or_default() {
        if !all.contains(&capability) {
            all.push(capability);
        }
    }
    all
}

/// Makes the folders beneath the home that the program writes, where they are missing.
///
/// # Errors
/// Those of `mkdir`.
pub fn make_folders(syscalls: &Arc<dyn Syscalls>, manifest: &Manifest) -> SysResult<()> {
    let rules = &manifest.proc_manifest.sandbox;
    make(syscalls, rules.write.iter().chain(&rules.copy_on_write))
}

/// Makes those alone whose changes are kept apart: an app that was not shipped may read them at most, and so cannot make
/// what its program begins with.
///
/// # Errors
/// Those of `mkdir`, such as `ENOTDIR` where something else has the name.
pub fn make_kept_apart(syscalls: &Arc<dyn Syscalls>, manifest: &Manifest) -> SysResult<()> {
    make(syscalls, manifest.proc_manifest.sandbox.copy_on_write.iter())
}

fn make<'a>(syscalls: &Arc<dyn Syscalls>, folders: impl Iterator<Item = &'a String>) -> SysResult<()> {
    for path in folders.filter(|path| path.starts_with("/home/")) {
        if !syscalls.call(table::Exists { path: path.clone() })? {
            syscalls.call(table::Mkdir { path: path.clone(), parents: true })?;
        }
    }
    Ok(())
}
