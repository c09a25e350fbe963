//! The list of installed apps: what ships under `/apps`, what the user put under `/home/Apps`, and the
//! system apps that are part of the program.
//!
//! A file that cannot be used stays in the list with its problem, so that nobody wonders where it went.
//!
//! **Invariants**: ids are unique (the first one found wins, a later one is listed with a problem under
//! its path as id); at most [`MAX_APPS`] entries; entries are sorted by name within their kind.

use crate::manifest::UiType;
use abi::{SysResult, Syscalls, table};
use serde::Serialize;
use std::sync::Arc;

/// More files than this are not looked at.
pub(crate) const MAX_APPS: usize = 10_000;
/// A Blueprint or manifest larger than this is refused (blueprint.md, limits).
pub(crate) const MAX_APP_BYTES: u64 = 4 * 1024 * 1024;

/// Findings kept for one file.
const MAX_PROBLEMS: usize = 20;

/// What an app is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// Part of the program, in Rust.
    System,
    /// A `.bp` document.
    Blueprint,
    /// A host program with a manifest.
    Process,
}

/// Why an app cannot be started, or something odd about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// One sentence with file, line and what to do.
    pub text: String,
    /// The app cannot run.
    pub fatal: bool,
}

/// One installed app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppEntry {
    /// Unique name, such as `calculator`.
    pub id: String,
    /// For people.
    pub name: String,
    /// An emoji.
    pub icon: String,
    /// `utilities`, `developer`, …
    pub category: String,
    /// One sentence.
    pub description: String,
    /// What it is made of.
    pub kind: AppKind,
    /// Its file, in the virtual file system. Empty for system apps.
    pub path: String,
    /// What is wrong with it, worst first.
    pub problems: Vec<Problem>,
    /// Of a process app: its program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramEntry>,
}

/// What is known of a process app's program without starting it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProgramEntry {
    /// What its window shows.
    pub ui_type: UiType,
    /// As the manifest names it.
    pub executable: String,
    /// Why it cannot be started on this machine; such an app is not in the dock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

impl AppEntry {
    /// Whether it can be started.
    #[must_use]
    pub fn usable(&self) -> bool {
        !self.problems.iter().any(|problem| problem.fatal)
    }

    /// Why its program cannot be started on this machine.
    #[must_use]
    pub fn missing(&self) -> Option<&str> {
        self.program.as_ref()?.missing.as_deref()
    }
}

/// All installed apps.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    entries: Vec<AppEntry>,
    folders: Vec<String>,
}

impl Registry {
    /// Looks at every file that can be an app. `is_installed` says whether a process app's executable is there.
    /// Touches the host's files: not for the UI thread.
    #[must_use]
    pub fn scan(
        syscalls: &Arc<dyn Syscalls>,
        system: Vec<AppEntry>,
        is_installed: &dyn Fn(&str) -> bool,
    ) -> Registry {
        let mut registry = Registry { entries: system, folders: Vec::new() };
        let mut files = Vec::new();
        for root in ["/apps/blueprint", "/apps/process", "/home/Apps"] {
            collect(syscalls, root, 0, &mut files, &mut registry.folders);
        }
        files.sort();
        for path in files.into_iter().take(MAX_APPS) {
            let mut entry = load(syscalls, &path);
            if let Some(program) = &mut entry.program
                && !is_installed(&program.executable)
            {
                program.missing = Some(format!("{} is not installed on this machine", program.executable));
            }
            registry.add(entry);
        }
        registry.entries.sort_by_key(|entry| (entry.kind, entry.name.to_lowercase()));
        registry
    }

    /// Whether an id is the desktop's own, so that no app has it.
    #[must_use]
    pub fn is_reserved(id: &str) -> bool {
        id == "shell"
    }

    fn add(&mut self, mut entry: AppEntry) {
        if Registry::is_reserved(&entry.id) {
            let text = format!(
                "{}: the id \"{}\" is the desktop's own; give this app another id",
                entry.path, entry.id
            );
            entry.id = entry.path.clone();
            entry.problems.insert(0, Problem { text, fatal: true });
        }
        if let Some(first) = self.get(&entry.id) {
            let text = format!(
                "{}: the id \"{}\" belongs to {} already; give this app another id",
                entry.path,
                entry.id,
                if first.path.is_empty() { "a system app" } else { &first.path }
            );
            entry.id = entry.path.clone();
            entry.problems.insert(0, Problem { text, fatal: true });
        }
        self.entries.push(entry);
    }

    /// The app with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&AppEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The app that lives in this file.
    #[must_use]
    pub fn by_path(&self, path: &str) -> Option<&AppEntry> {
        self.entries.iter().find(|entry| !entry.path.is_empty() && entry.path == path)
    }

    /// The folders that were looked into; a change in one of them can change what is installed.
    #[must_use]
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    /// All of them: system, Blueprint, process apps, each by name.
    #[must_use]
    pub fn entries(&self) -> &[AppEntry] {
        &self.entries
    }
}

/// Files named `*.bp`, `*.aiapp` or `manifest.json` beneath `folder`, three levels deep.
fn collect(
    syscalls: &Arc<dyn Syscalls>,
    folder: &str,
    depth: usize,
    into: &mut Vec<String>,
    folders: &mut Vec<String>,
) {
    if depth > 3 || into.len() >= MAX_APPS || folders.len() >= MAX_APPS {
        return;
    }
    let Ok(entries) = list(syscalls, folder) else { return };
    folders.push(folder.to_owned());
    for (name, is_folder) in entries {
        let path = format!("{folder}/{name}");
        if is_folder {
            collect(syscalls, &path, depth + 1, into, folders);
        } else if is_app_file(&name) {
            into.push(path);
        }
    }
}

fn is_app_file(name: &str) -> bool {
    name.ends_with(".bp") || name.ends_with(".aiapp") || name == "manifest.json"
}

fn list(syscalls: &Arc<dyn Syscalls>, folder: &str) -> SysResult<Vec<(String, bool)>> {
    let entries = syscalls.call(table::List { path: folder.into() })?;
    Ok(entries.into_iter().map(|entry| (entry.name, entry.kind == table::FileKind::Directory)).collect())
}

fn load(syscalls: &Arc<dyn Syscalls>, path: &str) -> AppEntry {
    let kind = if path.ends_with("manifest.json") { AppKind::Process } else { AppKind::Blueprint };
    let size = syscalls.call(table::Stat { path: path.into(), follow: true }).map(|stat| stat.size);
    if size.as_ref().is_ok_and(|size| *size > MAX_APP_BYTES) {
        return broken(path, kind, format!("{path}: larger than {MAX_APP_BYTES} bytes"));
    }
    match syscalls.call(table::Read { path: path.into(), offset: 0, size: None }) {
        Err(why) => broken(path, kind, format!("{path}: {why}")),
        Ok(bytes) if kind == AppKind::Process => process_entry(path, &bytes),
        Ok(bytes) => blueprint_entry(path, &bytes),
    }
}

/// An entry for a file that says nothing about itself: named after the file.
fn broken(path: &str, kind: AppKind, text: String) -> AppEntry {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    let stem = if kind == AppKind::Process { parts.next().unwrap_or(file) } else { file };
    let stem = stem.split('.').next().unwrap_or(stem);
    AppEntry {
        id: stem.to_owned(),
        name: stem.to_owned(),
        icon: "⚠️".into(),
        category: "broken".into(),
        description: String::new(),
        kind,
        path: path.to_owned(),
        problems: vec![Problem { text, fatal: true }],
        program: None,
    }
}

/// Findings as sentences; errors are fatal where the file cannot be used because of them.
fn problems_of(path: &str, findings: &[blueprint::Diagnostic], unusable: bool) -> Vec<Problem> {
    let mut problems: Vec<Problem> = findings
        .iter()
        .take(MAX_PROBLEMS)
        .map(|finding| Problem {
            text: match &finding.hint {
                Some(hint) => {
                    format!("{path}:{}:{}: {} ({hint})", finding.line, finding.column, finding.message)
                }
                None => format!("{path}:{}:{}: {}", finding.line, finding.column, finding.message),
            },
            fatal: unusable && finding.severity == blueprint::Severity::Error,
        })
        .collect();
    problems.sort_by_key(|problem| !problem.fatal);
    problems
}

fn blueprint_entry(path: &str, bytes: &[u8]) -> AppEntry {
    let loaded = blueprint::Instance::load(bytes);
    let runs = loaded.instance.is_some();
    let problems = problems_of(path, &loaded.diagnostics, !runs);
    let document: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let app = &document["app"];
    let text = |key: &str| app[key].as_str().map(str::to_owned);
    let fallback = broken(path, AppKind::Blueprint, String::new());
    AppEntry {
        id: text("id").unwrap_or(fallback.id),
        name: text("name").unwrap_or(fallback.name),
        icon: text("icon")
            .unwrap_or_else(|| if problems.iter().any(|p| p.fatal) { "⚠️" } else { "🧩" }.into()),
        category: text("category").unwrap_or_else(|| "other".into()),
        description: text("description").unwrap_or_default(),
        kind: AppKind::Blueprint,
        path: path.to_owned(),
        problems,
        program: None,
    }
}

fn process_entry(path: &str, bytes: &[u8]) -> AppEntry {
    let parsed = crate::manifest::parse(bytes);
    let problems = problems_of(path, &parsed.diagnostics, parsed.manifest.is_none());
    match parsed.manifest {
        None => {
            let mut entry = broken(path, AppKind::Process, String::new());
            entry.problems = problems;
            entry
        }
        Some(manifest) => AppEntry {
            id: manifest.id,
            name: manifest.name,
            icon: manifest.icon,
            category: manifest.category,
            description: manifest.description,
            kind: AppKind::Process,
            path: path.to_owned(),
            problems,
            program: Some(ProgramEntry {
                ui_type: manifest.proc_manifest.ui_type,
                executable: manifest.proc_manifest.executable,
                missing: None,
            }),
        },
    }
}
