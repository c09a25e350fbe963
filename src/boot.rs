//! The one wiring of the product: data folder → kernel → shell process → registry → desktop.

use crate::{http_client::HttpClient, installs};
use abi::{Bytes, Capability, CauseId, CauseKind, CauseSpec, Pid, SysResult, Syscalls, table};
use anyhow::Context;
use compositor::{FirstRun, NewProcess, Noted, Processes, Shell, ShellConfig, SystemApp};
use kernel::{Kernel, journal::RowKind};
use services::{AppEntry, AppKind, Registry};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Folders that every home has.
const HOME_FOLDERS: [&str; 6] = ["Desktop", "Documents", "Downloads", "Pictures", "Apps", "projects"];

/// Where a desktop keeps its data; a temporary one goes with the value.
pub struct DataFolder {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
}

impl DataFolder {
    /// The folder that was named, or the platform's place for data.
    ///
    /// # Errors
    /// Neither a name nor a home is known.
    pub fn given_or_default(given: Option<&Path>) -> anyhow::Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => default_folder().context(
                "no place for data is known: HOME is not set. Set HOME, or name a folder with --data-dir",
            )?,
        };
        Ok(DataFolder { path, temporary: None })
    }

    /// The folder that was named, or a fresh one that is removed at the end.
    ///
    /// # Errors
    /// A temporary folder cannot be made.
    pub fn given_or_temporary(given: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = given {
            return Ok(DataFolder { path: path.to_owned(), temporary: None });
        }
        let temporary = tempfile::Builder::new()
            .prefix("agentos-")
            .tempdir()
            .context("no temporary folder can be made")?;
        Ok(DataFolder { path: temporary.path().to_owned(), temporary: Some(temporary) })
    }

    /// Whether it is there for another desktop after this one.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.temporary.is_none()
    }

    /// Its path on the host.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// `$XDG_DATA_HOME/agentos`, the Library on macOS, `%LOCALAPPDATA%` on Windows.
fn default_folder() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(target_os = "macos") {
        return var("HOME").map(|home| home.join("Library/Application Support/AgentOS"));
    }
    if cfg!(windows) {
        return var("LOCALAPPDATA").map(|data| data.join("AgentOS"));
    }
    let data = var("XDG_DATA_HOME").filter(|path| path.is_absolute());
    data.or_else(|| var("HOME").map(|home| home.join(".local/share"))).map(|data| data.join("agentos"))
}

/// The folder `apps` that belongs to this program: named by `AGENTOS_APPS`, or beside the program or up to
/// three folders above it, or in `share/agentos` next to it, or in the working folder (a source tree whose
/// target folder lies elsewhere).
#[must_use]
pub fn apps_folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("AGENTOS_APPS") {
        return Some(PathBuf::from(named)).filter(|path| path.is_dir());
    }
    let program = std::env::current_exe().ok()?;
    let beside = program.ancestors().skip(1).take(4).map(|folder| folder.join("apps"));
    let shared = program.ancestors().skip(2).take(1).map(|folder| folder.join("share/agentos/apps"));
    let here = std::env::current_dir().ok().map(|folder| folder.join("apps"));
    beside.chain(shared).chain(here).find(|path| path.join("blueprint").is_dir())
}

/// A booted system: the kernel, the shell's own process, and the installed apps.
pub struct Boot {
    /// The kernel.
    pub kernel: Arc<Kernel>,
    /// The shell's process, with every right.
    pub system: Arc<dyn Syscalls>,
    /// Installed apps.
    pub registry: Registry,
    /// Keeps a temporary data folder alive.
    _folder: Arc<DataFolder>,
}

/// Boots on a data folder. `wake` is called from any thread when a submitted call is done.
///
/// # Errors
/// The folder is in use by another AgentOS or cannot be written; the kernel cannot start.
pub fn boot(folder: Arc<DataFolder>, wake: Arc<dyn Fn() + Send + Sync>) -> anyhow::Result<Boot> {
    boot_with(folder, wake, |_| {})
}

/// The same, configured otherwise than the product's.
pub(crate) fn boot_with(
    folder: Arc<DataFolder>,
    wake: Arc<dyn Fn() + Send + Sync>,
    change: impl FnOnce(&mut kernel::Config),
) -> anyhow::Result<Boot> {
    let mut config = kernel::Config::new(folder.path());
    config.wake = wake;
    config.apps_dir = apps_folder();
    // A folder that is removed at the end is nothing to come back to.
    config.keep_programs = folder.lasts();
    if let Some(kinds) = std::env::var_os("AGENTOS_COPY_ON_WRITE") {
        config.hold_back = hold_back(&kinds.to_string_lossy());
    }
    if let Some(shell) = sandbox::user_shell() {
        config.environment.insert("SHELL".into(), shell.display().to_string());
    }
    change(&mut config);
    let unusable =
        || format!("the data folder {} cannot be used (--data-dir names another)", folder.path().display());
    let kernel = Arc::new(Kernel::boot(config).with_context(unusable)?);
    kernel.set_net_client(Some(Arc::new(HttpClient::default())));
    let cause = kernel.open_cause(CauseSpec::new(CauseKind::System, "start of the desktop"));
    let pid = kernel.spawn_app(kernel::NewProcess {
        name: "Shell".into(),
        app: Some("shell".into()),
        kind: table::ProcessKind::System,
        capabilities: Capability::of_shell(),
        parent: Pid::KERNEL,
        cause,
    })?;
    let system = kernel.caller(pid, cause)?;
    furnish(&system);
    let registry = installed_apps(&system);
    installs::note(&kernel, &system, &registry, cause);
    Ok(Boot { kernel, system, registry, _folder: folder })
}

/// The ways to hold changes back that a variable names (`overlay`, `reflink`, `copy`), the first one first.
fn hold_back(names: &str) -> Vec<table::CowKind> {
    let read = |name: &str| serde_json::from_value(serde_json::Value::String(name.trim().to_owned()));
    let known = names.split(',').filter_map(|name| match read(name) {
        Ok(kind) => Some(kind),
        Err(_) => {
            tracing::warn!(name, "AGENTOS_COPY_ON_WRITE names no way to hold changes back");
            None
        }
    });
    known.collect()
}

impl Boot {
    /// The desktop on this system.
    #[must_use]
    pub fn desktop(&self, first_run: FirstRun) -> Shell {
        if apps_folder().is_none() {
            tracing::warn!(
                "the folder with the shipped apps was not found; only system apps are there (AGENTOS_APPS names it)"
            );
        }
        let processes = KernelProcesses { kernel: self.kernel.clone(), system: self.system.clone() };
        Shell::new(ShellConfig {
            processes: Arc::new(processes),
            registry: self.registry.clone(),
            system_apps: system_apps(),
            first_run,
            notices: self.notices(),
        })
    }

    /// What was found at this start that a person has to know.
    fn notices(&self) -> Vec<(String, String)> {
        let damaged = self.kernel.damaged_journal().map(|segment| {
            let name = segment.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = format!("{name} is kept as it is; `agentos journal verify` says where.");
            ("The record of what happened is damaged".to_owned(), text)
        });
        let undone = self.kernel.resumed_undoings().iter().map(|undone| {
            let count = undone.restored.len() + undone.unchanged.len();
            let mut text = format!("Files that are as they were before: {count}.");
            if let Some((path, why)) = undone.left.first() {
                text = format!("{text} Left: {}, such as {path}, since {why}.", undone.left.len());
            }
            ("An undo was interrupted, and is done now".to_owned(), text)
        });
        damaged.into_iter().chain(undone).collect()
    }

    /// Lets go of everything at once, as when the program is killed: nothing is saved, and programs in terminals go
    /// on where the data folder lasts.
    pub fn abandon(self) {
        self.kernel.abandon();
    }
}

/// Makes the folders of a new home, once, with something to look at in them.
fn furnish(system: &Arc<dyn Syscalls>) {
    let report = |what: &str, result: SysResult<()>| {
        if let Err(why) = result {
            tracing::warn!(%what, %why, "could not be made");
        }
    };
    report("/system/storage", system.call(table::Mkdir { path: "/system/storage".into(), parents: true }));
    if system.call(table::Exists { path: "/home/Documents".into() }).unwrap_or(true) {
        return;
    }
    for folder in HOME_FOLDERS {
        let path = format!("/home/{folder}");
        report(folder, system.call(table::Mkdir { path, parents: true }));
    }
    let welcome = table::Write {
        path: "/home/Documents/Welcome.md".into(),
        data: Bytes::from(include_str!("welcome.md")),
        append: false,
    };
    report("Welcome.md", system.call(welcome).map(|_| ()));
}

fn system_apps() -> Vec<SystemApp> {
    let specs = system_apps::all().into_iter();
    specs
        .map(|spec| SystemApp {
            entry: entry_of(&spec),
            size: spec.size,
            min_size: spec.min_size,
            make: spec.make,
        })
        .collect()
}

/// Everything that is installed, as it is now.
fn installed_apps(system: &Arc<dyn Syscalls>) -> Registry {
    Registry::scan(system, system_entries(), &|executable| is_installed(system, executable))
}

/// Whether a process app's executable is there: a name that programs find, or a file.
fn is_installed(system: &Arc<dyn Syscalls>, executable: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let runs = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if executable == services::manifest::SHELL {
        return true;
    }
    if executable.contains('/') {
        let in_view = system.call(table::Exists { path: executable.to_owned() }).unwrap_or(false);
        return in_view || runs(Path::new(executable));
    }
    let environment = sandbox::base_environment(Path::new("/"));
    let path = environment.into_iter().find(|(name, _)| name == "PATH").map(|(_, value)| value);
    path.unwrap_or_default().split(':').any(|folder| runs(&Path::new(folder).join(executable)))
}

fn system_entries() -> Vec<AppEntry> {
    system_apps::all().iter().map(entry_of).collect()
}

fn entry_of(spec: &system_apps::Spec) -> AppEntry {
    AppEntry {
        id: spec.id.to_owned(),
        name: spec.name.to_owned(),
        icon: spec.icon.to_owned(),
        category: spec.category.to_owned(),
        description: spec.description.to_owned(),
        kind: AppKind::System,
        path: String::new(),
        problems: Vec::new(),
        program: None,
    }
}

/// The kernel as the shell sees it.
struct KernelProcesses {
    kernel: Arc<Kernel>,
    system: Arc<dyn Syscalls>,
}

impl Processes for KernelProcesses {
    fn start(&self, process: NewProcess) -> SysResult<Arc<dyn Syscalls>> {
        let pid = self.kernel.spawn_app(kernel::NewProcess {
            name: process.name,
            app: Some(process.app),
            kind: if process.kind == AppKind::System {
                table::ProcessKind::System
            } else {
                table::ProcessKind::App
            },
            capabilities: process.capabilities,
            parent: self.system.pid(),
            cause: process.cause,
        })?;
        self.kernel.caller(pid, process.cause)
    }

    fn end(&self, pid: Pid) {
        // Gone already is as good as ended.
        let _ = self.kernel.close(pid);
    }

    fn system(&self) -> Arc<dyn Syscalls> {
        self.system.clone()
    }

    fn host_calls_under_way(&self) -> usize {
        self.kernel.host_calls_under_way()
    }

    fn note(&self, what: Noted, words: &str) {
        let (row, cause) = match what {
            Noted::Session => (RowKind::Session, CauseKind::System),
            Noted::Control => (RowKind::Control, CauseKind::Control),
        };
        let cause = self.kernel.open_cause(CauseSpec::new(cause, words));
        self.kernel.record(row, cause, words, serde_json::Value::Null);
    }

    fn requests_revision(&self) -> u64 {
        self.kernel.requests_revision()
    }

    fn runs_revision(&self) -> u64 {
        self.kernel.runs_revision()
    }

    fn installed_apps(&self) -> Option<Registry> {
        let registry = installed_apps(&self.system);
        let cause =
            self.kernel.open_cause(CauseSpec::new(CauseKind::System, "the installed apps have changed"));
        installs::note(&self.kernel, &self.system, &registry, cause);
        Some(registry)
    }

    fn shutdown(&self) {
        self.kernel.shutdown();
    }
}

/// For callers that need no cause of their own.
#[must_use]
pub fn root_cause(kernel: &Kernel, label: &str) -> CauseId {
    kernel.open_cause(CauseSpec::new(CauseKind::Control, label))
}
