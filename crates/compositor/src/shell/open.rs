//! Starting apps: by id, by a path of the virtual file system, or by a file of the host.

use super::{
    FirstRun, Shell,
    hosted::{Hosted, MotionKind, reason},
};
use crate::hosts::{Begin, BlueprintHost, LogHost, NewProcess, TerminalHost};
use abi::{Bytes, Capability, CauseKind, CauseSpec, PathScope, UiCaller, table};
use serde_json::Value;
use services::{AppEntry, AppKind, launch, manifest::UiType};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};
use widgets::{App, InstalledApp, Subject, Tone};
use windows::{Op, OpenWindow, Outcome, Placement, Point, Size, WindowId};

/// Largest file that is taken in by drop or by `open` with a path of the host.
const MAX_IMPORT_BYTES: u64 = 4 * 1024 * 1024;

/// An app that is part of the program.
#[derive(Clone)]
pub struct SystemApp {
    /// As the registry lists it.
    pub entry: AppEntry,
    /// Size of the content area of its first window in points.
    pub size: (f32, f32),
    /// The content area is never smaller.
    pub min_size: (f32, f32),
    /// Makes the content of a window; the argument is a path to show, where one was opened.
    pub make: fn(Option<&str>) -> Box<dyn App>,
}

/// A size in points, where there is one.
type Wish = Option<(f32, f32)>;

/// A window to be.
pub(super) struct Plan {
    app: String,
    name: String,
    kind: AppKind,
    icon: String,
    category: String,
    capabilities: Vec<Capability>,
    size: Option<(f32, f32)>,
    min_size: Option<(f32, f32)>,
    pub(super) source: String,
}

/// How an app gets its content.
pub(super) enum Content {
    System(fn(Option<&str>) -> Box<dyn App>, Option<String>),
    /// The document, or its path.
    Blueprint(Result<Vec<u8>, String>),
    Process {
        manifest: String,
        begin: Begin,
    },
    /// A program with a log; whether it is started.
    Log {
        manifest: String,
        starts: bool,
    },
}

/// What opens without a window.
const NO_WINDOW: WindowId = WindowId(0);

impl Shell {
    /// Focuses an app that runs, starts one that does not, or opens a file with the app that fits it. 0 is the window of
    /// what runs in the background.
    ///
    /// # Errors
    /// There is no such app or file, or it cannot be started; the text says why.
    pub fn open(&mut self, what: &str) -> Result<u64, String> {
        let running = self.layout.topmost_of(what).map(|window| window.id);
        if let Some(window) = running {
            self.apply(Op::Focus { window });
            return Ok(window.0);
        }
        self.open_new(what)
    }

    /// Opens a further window.
    ///
    /// # Errors
    /// As [`Shell::open`].
    pub(crate) fn open_new(&mut self, what: &str) -> Result<u64, String> {
        let window = match what.strip_prefix("host:") {
            Some(path) => self.open_host_file(Path::new(path))?,
            None if what.contains('/') => self.open_path(what)?,
            None => self.open_app(what, Placement::Auto)?,
        };
        self.autosave.changed(self.now);
        Ok(window.0)
    }

    fn open_app(&mut self, id: &str, placement: Placement) -> Result<WindowId, String> {
        let Some(entry) = self.registry.get(id).cloned() else {
            let near = self.launcher_names_near(id);
            return Err(format!("there is no app \"{id}\"{near}"));
        };
        if let Some(problem) = entry.problems.iter().find(|problem| problem.fatal) {
            return Err(format!("{} cannot be started: {}", entry.name, problem.text));
        }
        match entry.kind {
            AppKind::System => self.open_system(&entry, None, placement),
            AppKind::Blueprint => {
                let path = entry.path.clone();
                let capabilities = blueprint_capabilities(&entry.id);
                let plan = plan(&entry, capabilities);
                self.host(plan, Content::Blueprint(Err(path)), placement)
            }
            AppKind::Process if ui_type_of(&entry) == UiType::None => {
                self.start_background(&entry)?;
                Ok(NO_WINDOW)
            }
            AppKind::Process => {
                let plan = self.process_plan(&entry.id, &entry.name);
                let content = process_content(&entry, Begin::Start(None));
                self.host(plan, content, placement)
            }
        }
    }

    /// Starts a process app in a folder.
    fn open_in_folder(&mut self, entry: &AppEntry, folder: &str) -> Result<WindowId, String> {
        if let Some(problem) = entry.problems.iter().find(|problem| problem.fatal) {
            return Err(format!("{} cannot be started: {}", entry.name, problem.text));
        }
        let plan = self.process_plan(&entry.id, &entry.name);
        let content = process_content(entry, Begin::Start(Some(folder.to_owned())));
        self.host(plan, content, Placement::Auto)
    }

    /// A window for a program in a terminal; of an app that is not installed any more, too.
    pub(super) fn process_plan(&self, id: &str, name: &str) -> Plan {
        let mut plan = match self.registry.get(id) {
            Some(entry) => plan(entry, self.process_rights(&entry.path)),
            None => Plan {
                app: id.to_owned(),
                name: name.to_owned(),
                kind: AppKind::Process,
                icon: "⌨".into(),
                category: String::new(),
                capabilities: launch::capabilities(None, id),
                size: None,
                min_size: None,
                source: id.to_owned(),
            },
        };
        plan.size = Some((760.0, 460.0));
        plan.min_size = Some((320.0, 160.0));
        plan
    }

    /// The rights of a process app by its manifest as it is now; a manifest that cannot be used gives none, and its
    /// window says why.
    pub(super) fn process_rights(&self, manifest: &str) -> Vec<Capability> {
        let system = self.processes.system();
        let read = launch::read_manifest(&system, manifest).ok();
        if let Some(Err(why)) = read.as_ref().map(|read| launch::make_folders(&system, read)) {
            tracing::warn!(%why, %manifest, "a folder that its program writes could not be made");
        }
        launch::capabilities(read.as_ref(), manifest)
    }

    fn open_system(
        &mut self,
        entry: &AppEntry,
        path: Option<&str>,
        placement: Placement,
    ) -> Result<WindowId, String> {
        let system = self.system_apps.iter().find(|app| app.entry.id == entry.id);
        let system = system.ok_or_else(|| format!("{} is not part of this program", entry.name))?.clone();
        let mut plan = plan(entry, system_capabilities(&entry.id));
        plan.size = Some(system.size);
        plan.min_size = Some(system.min_size);
        if let Some(path) = path {
            plan.source = format!("{}:{path}", entry.id);
        }
        self.host(plan, Content::System(system.make, path.map(str::to_owned)), placement)
    }

    /// Shows why something is as it is. The System Monitor is the one place that tells it.
    pub(crate) fn open_why(&mut self, subject: &Subject) {
        if let Err(why) = self.open_with("system-monitor", &subject.to_string()) {
            self.toast(Tone::Error, "Why? cannot be shown", why);
        }
    }

    /// Shows what an app may do, or all apps.
    pub(crate) fn open_permissions(&mut self, app: Option<&str>) {
        let argument = app.map_or_else(|| "apps".to_owned(), |app| format!("apps:{app}"));
        if let Err(why) = self.open_with("settings", &argument) {
            self.toast(Tone::Error, "Permissions cannot be shown", why);
        }
    }

    /// Shows something with an app that is part of the program; a window of it that is open already is taken where it
    /// can show that. A process app is started in the folder that the argument names.
    ///
    /// # Errors
    /// There is no such app, or no window for it.
    pub(crate) fn open_with(&mut self, app: &str, argument: &str) -> Result<(), String> {
        let entry = self.registry.get(app).cloned().ok_or_else(|| format!("there is no app \"{app}\""))?;
        if entry.kind == AppKind::Process {
            return self.open_in_folder(&entry, argument).map(drop);
        }
        let open = self.layout.topmost_of(&entry.id).map(|window| window.id);
        if let Some((window, hosted)) = open.and_then(|id| Some((id, self.hosted.get_mut(&id)?))) {
            let mut taken = false;
            hosted.tell(|app| taken = app.open_argument(argument));
            if taken {
                hosted.source = format!("{}:{argument}", entry.id);
                self.apply(Op::Focus { window });
                return Ok(());
            }
        }
        self.open_system(&entry, Some(argument), Placement::Auto).map(drop)
    }

    /// Opens a path of the virtual file system; where there is none, a file of the host.
    fn open_path(&mut self, path: &str) -> Result<WindowId, String> {
        if let Some(entry) = self.registry.by_path(path) {
            let id = entry.id.clone();
            return self.open_app(&id, Placement::Auto);
        }
        let virtual_root = ["/home", "/apps", "/system", "/tmp", "/proc", "/mnt"]
            .iter()
            .any(|root| path == *root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')));
        // `/tmp` and `/home` exist on the host too; a script that names a file there means the one that is there.
        if !virtual_root || Path::new(path).is_file() && !self.exists_in_vfs(path) {
            return self.open_host_file(Path::new(path));
        }
        if path.ends_with(".bp") || path.ends_with(".aiapp") {
            let stem = stem_of(path);
            let plan = Plan {
                app: stem.clone(),
                name: stem.clone(),
                kind: AppKind::Blueprint,
                icon: "🧩".into(),
                category: String::new(),
                capabilities: blueprint_capabilities_with(&stem, path),
                size: None,
                min_size: None,
                source: path.to_owned(),
            };
            return self.host(plan, Content::Blueprint(Err(path.to_owned())), Placement::Auto);
        }
        let app = if self.is_folder(path) { "files" } else { "text-editor" };
        let entry = self.registry.get(app).cloned().ok_or_else(|| format!("no app opens {path}"))?;
        self.open_system(&entry, Some(path), Placement::Auto)
    }

    /// Whether a path is there, asked before the first frame or by a script; never on the way of a click.
    fn exists_in_vfs(&self, path: &str) -> bool {
        self.processes.system().call(table::Exists { path: path.to_owned() }).unwrap_or(false)
    }

    /// Whether a path is a folder. One local look, like the reading of a document that opens.
    fn is_folder(&self, path: &str) -> bool {
        let stat = table::Stat { path: path.to_owned(), follow: true };
        path.ends_with('/')
            || self.processes.system().call(stat).is_ok_and(|found| found.kind == table::FileKind::Directory)
    }

    /// Takes a file of the host in: a Blueprint opens, anything is copied to `/home/Downloads`.
    fn open_host_file(&mut self, path: &Path) -> Result<WindowId, String> {
        let shown = path.display();
        let meta = std::fs::metadata(path).map_err(|why| format!("{shown}: {why}"))?;
        if !meta.is_file() {
            return Err(format!("{shown}: not a regular file"));
        }
        if meta.len() > MAX_IMPORT_BYTES {
            return Err(format!("{shown}: larger than {MAX_IMPORT_BYTES} bytes"));
        }
        let bytes = std::fs::read(path).map_err(|why| format!("{shown}: {why}"))?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file").to_owned();
        let target = format!("/home/Downloads/{name}");
        self.keep_copy(&target, &bytes);
        if !(name.ends_with(".bp") || name.ends_with(".aiapp")) {
            let entry = self.registry.get("text-editor").cloned().ok_or("no app opens this file")?;
            return self.open_system(&entry, Some(&target), Placement::Auto);
        }
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let word = |key: &str| document["app"][key].as_str().map(str::to_owned);
        let app = word("id").unwrap_or_else(|| stem_of(&name));
        let plan = Plan {
            name: word("name").unwrap_or_else(|| app.clone()),
            kind: AppKind::Blueprint,
            icon: word("icon").unwrap_or_else(|| "🧩".into()),
            category: word("category").unwrap_or_default(),
            capabilities: blueprint_capabilities_with(&app, &target),
            size: None,
            min_size: None,
            source: target,
            app,
        };
        self.host(plan, Content::Blueprint(Ok(bytes)), Placement::Auto)
    }

    /// Writes a copy without waiting for it; what goes wrong is seen by whoever opens the copy.
    fn keep_copy(&self, target: &str, bytes: &[u8]) {
        let system = UiCaller::new(self.processes.system());
        let write = table::Write { path: target.to_owned(), data: Bytes(bytes.to_vec()), append: false };
        if let Err(why) = system.submit(write) {
            tracing::warn!(%target, %why, "the copy of an imported file was not written");
        }
    }

    pub(crate) fn import_dropped(&mut self, path: &Path) {
        match self.open_host_file(path) {
            Ok(_) => self.toast(Tone::Success, "Added to Downloads", path.display().to_string()),
            Err(why) => self.toast(Tone::Error, "Could not take the file in", why),
        }
    }

    /// Makes the process, the content and the window.
    pub(super) fn host(
        &mut self,
        plan: Plan,
        content: Content,
        placement: Placement,
    ) -> Result<WindowId, String> {
        // The window is not there yet, but its number is known: *why?* on it finds its beginning.
        let spec = CauseSpec {
            app: Some(plan.app.clone()),
            window: Some(self.layout.next_window().0),
            parent: self.account,
            ..CauseSpec::new(CauseKind::App, format!("start of {}", plan.name))
        };
        let cause = self.processes.system().open_cause(spec);
        let process = NewProcess {
            name: plan.name.clone(),
            app: plan.app.clone(),
            kind: plan.kind,
            capabilities: plan.capabilities.clone(),
            cause,
        };
        let handle = self.processes.start(process).map_err(|why| format!("{}: {why}", plan.name))?;
        let pid = handle.pid();
        let syscalls = UiCaller::new(handle.with_cause(cause));
        let (app, size, least) = self.content(&plan, content, &syscalls)?;
        let outcome = self.open_window(&plan, size.or(plan.size), least.or(plan.min_size), placement);
        let window = match outcome {
            Ok(window) => window,
            Err(why) => {
                self.processes.end(pid);
                return Err(why);
            }
        };
        let mut hosted = Hosted::new(app, plan.kind, &plan.icon, syscalls, &plan.source);
        hosted.category = plan.category;
        self.tell_installed(&plan.app, &mut hosted);
        hosted.set_cause(cause);
        hosted.motion.start(MotionKind::Open, None, self.now);
        if let Some(placed) = self.layout.window(window) {
            hosted.motion.retarget(super::actions::to_egui(placed.rect));
        }
        self.hosted.insert(window, hosted);
        self.focus_hosted(window);
        Ok(window)
    }

    /// The app, the size of its content and the least one, where it has wishes.
    ///
    /// # Errors
    /// The app panicked while it was made; its process is ended.
    fn content(
        &self,
        plan: &Plan,
        content: Content,
        syscalls: &UiCaller,
    ) -> Result<(Box<dyn App>, Wish, Wish), String> {
        let made = catch_unwind(AssertUnwindSafe(|| self.make_content(plan, content, syscalls)));
        made.map_err(|panic| {
            self.processes.end(syscalls.pid());
            format!("{}: {}", plan.name, reason(panic.as_ref()))
        })
    }

    fn make_content(&self, plan: &Plan, content: Content, syscalls: &UiCaller) -> (Box<dyn App>, Wish, Wish) {
        let host = match content {
            Content::System(make, path) => return (make(path.as_deref()), plan.size, plan.min_size),
            Content::Process { manifest, begin } => {
                let host = TerminalHost::new(&plan.app, &plan.name, &manifest, begin, syscalls);
                return (Box::new(host), plan.size, plan.min_size);
            }
            Content::Log { manifest, starts } => {
                let host = LogHost::new(&plan.app, &plan.name, &manifest, starts, syscalls);
                return (Box::new(host), plan.size, plan.min_size);
            }
            Content::Blueprint(Ok(bytes)) => {
                BlueprintHost::from_bytes(&plan.app, &plan.name, &bytes, syscalls.clone())
            }
            Content::Blueprint(Err(path)) => {
                // The file is small and local; reading it here saves the first frame from being empty.
                let read = table::Read { path: path.clone(), offset: 0, size: Some(MAX_IMPORT_BYTES) };
                match self.processes.system().call(read) {
                    Ok(bytes) => BlueprintHost::from_bytes(&plan.app, &plan.name, &bytes, syscalls.clone()),
                    Err(why) => BlueprintHost::failed(&plan.app, &plan.name, &format!("{path}: {why}")),
                }
            }
        };
        let (size, least) = (host.wanted_size(), host.least_size());
        (Box::new(host), size, least)
    }

    fn open_window(
        &mut self,
        plan: &Plan,
        size: Wish,
        least: Wish,
        placement: Placement,
    ) -> Result<WindowId, String> {
        let frame = |(width, height): (f32, f32)| Size::new(width, height + windows::TITLE_BAR_HEIGHT);
        let before = self.layout.focused().map(|window| window.id);
        let open = OpenWindow {
            app: plan.app.clone(),
            title: plan.name.clone(),
            size: size.map(frame),
            min_size: least.map(frame),
            max_size: None,
            placement,
            parent: None,
        };
        match self.layout.apply(Op::Open(open)) {
            Outcome::Opened(window) => {
                if let Some(hosted) = before.and_then(|id| self.hosted.get_mut(&id)) {
                    hosted.remembered_focus = self.ctx.memory(egui::Memory::focused);
                    hosted.tell(|app| app.focus_changed(false));
                }
                Ok(window)
            }
            Outcome::Refused(why) => Err(format!("{}: {why}", plan.name)),
            _ => Err(format!("{}: the window did not open", plan.name)),
        }
    }

    fn focus_hosted(&mut self, window: WindowId) {
        if let Some(focused) = self.ctx.memory(egui::Memory::focused) {
            self.ctx.memory_mut(|memory| memory.surrender_focus(focused));
        }
        if let Some(hosted) = self.hosted.get_mut(&window) {
            hosted.tell(|app| app.focus_changed(true));
        }
    }

    /// A few windows, placed for the size of the frame, so that the first look shows what this is.
    pub(crate) fn compose_first_run(&mut self) {
        let area = self.layout.work_area();
        // Left, top, width, height as parts of the work area; a size of 0 keeps the app's own.
        let places = [
            ("files", 0.03, 0.04, 0.52, 0.60),
            ("system-monitor", 0.555, 0.05, 0.42, 0.62),
            ("terminal", 0.335, 0.475, 0.52, 0.50),
            ("calculator", 0.075, f32::INFINITY, 0.0, 0.0),
        ];
        for (app, left, top, width, height) in places {
            if !self.registry.get(app).is_some_and(AppEntry::usable) {
                continue;
            }
            let window = match self.open_app(app, Placement::Auto) {
                Ok(window) => window,
                Err(why) => {
                    tracing::warn!(%app, %why, "not part of the first desktop");
                    continue;
                }
            };
            if width > 0.0 {
                let size = Size::new(width * area.width, height * area.height);
                self.apply(Op::ResizeTo { window, size });
            }
            let Some(size) = self.layout.window(window).map(|window| window.rect.size()) else { continue };
            // Nothing reaches beneath the dock or out of the frame.
            let most = |start: f32, room: f32, length: f32| start + (room - length - 16.0).max(0.0);
            let x = (area.x + left * area.width).min(most(area.x, area.width, size.width));
            let y = (area.y + top * area.height).min(most(area.y, area.height, size.height));
            self.apply(Op::MoveTo { window, position: Point::new(x, y) });
        }
        for hosted in self.hosted.values_mut() {
            hosted.motion.stop();
        }
    }

    /// Opens what a session says was in a window, with the programs that outlived the desktop in it. The window exists
    /// already.
    pub(super) fn reopen(
        &mut self,
        window: WindowId,
        app: &str,
        source: &str,
        kept: Value,
        survivors: Vec<table::HeldProgram>,
    ) -> Result<(), String> {
        let (id, path) = match source.split_once(':') {
            Some((id, path)) if self.registry.get(id).is_some() => (id.to_owned(), Some(path.to_owned())),
            _ => (app.to_owned(), None),
        };
        let entry = self.registry.get(&id).cloned();
        let goes_on = !survivors.is_empty();
        let begin = Begin::Back { kept, held: survivors };
        let (plan, content) = match entry {
            Some(entry) if !entry.usable() => {
                return Err(entry.problems.first().map_or_else(String::new, |problem| problem.text.clone()));
            }
            Some(entry) if entry.kind == AppKind::System => {
                let system = self.system_apps.iter().find(|app| app.entry.id == entry.id);
                let make = system.ok_or_else(|| format!("{id} is not part of this program"))?.make;
                let mut plan = plan(&entry, system_capabilities(&entry.id));
                plan.source = source.to_owned();
                (plan, Content::System(make, path))
            }
            Some(entry) if entry.kind == AppKind::Process => {
                (plan(&entry, self.process_rights(&entry.path)), process_content(&entry, begin))
            }
            Some(entry) => {
                (plan(&entry, blueprint_capabilities(&entry.id)), Content::Blueprint(Err(entry.path.clone())))
            }
            None if source.ends_with(".bp") || source.ends_with(".aiapp") => {
                let plan = Plan {
                    app: app.to_owned(),
                    name: app.to_owned(),
                    kind: AppKind::Blueprint,
                    icon: "🧩".into(),
                    category: String::new(),
                    capabilities: blueprint_capabilities_with(app, source),
                    size: None,
                    min_size: None,
                    source: source.to_owned(),
                };
                (plan, Content::Blueprint(Err(source.to_owned())))
            }
            None if goes_on => {
                let content = Content::Process { manifest: source.to_owned(), begin };
                (self.process_plan(app, app), content)
            }
            None => return Err(format!("the app \"{app}\" is not installed any more")),
        };
        let cause =
            self.open_cause(CauseKind::System, format!("session brings back {}", plan.name), Some(window));
        let process = NewProcess {
            name: plan.name.clone(),
            app: plan.app.clone(),
            kind: plan.kind,
            capabilities: plan.capabilities.clone(),
            cause,
        };
        let handle = self.processes.start(process).map_err(|why| why.to_string())?;
        let syscalls = UiCaller::new(handle.with_cause(cause));
        let (app, _, _) = self.content(&plan, content, &syscalls)?;
        let mut hosted = Hosted::new(app, plan.kind, &plan.icon, syscalls, &plan.source);
        hosted.category = plan.category;
        self.tell_installed(&plan.app, &mut hosted);
        self.hosted.insert(window, hosted);
        Ok(())
    }

    /// Tells the app that decides about all others which apps there are.
    fn tell_installed(&self, app: &str, hosted: &mut Hosted) {
        if app != "settings" {
            return;
        }
        let apps: Vec<InstalledApp> = self
            .registry
            .entries()
            .iter()
            .filter(|entry| entry.usable())
            .map(|entry| {
                let (kind, capabilities) = match entry.kind {
                    AppKind::System => ("System app", system_capabilities(&entry.id)),
                    AppKind::Blueprint => ("Blueprint", blueprint_capabilities(&entry.id)),
                    AppKind::Process => {
                        let read = launch::read_manifest(&self.processes.system(), &entry.path).ok();
                        ("Process app", launch::capabilities(read.as_ref(), &entry.path))
                    }
                };
                InstalledApp {
                    id: entry.id.clone(),
                    name: entry.name.clone(),
                    icon: entry.icon.clone(),
                    category: entry.category.clone(),
                    kind: kind.to_owned(),
                    capabilities,
                }
            })
            .collect();
        hosted.tell(|app| app.installed(&apps));
    }

    pub(crate) fn open_nothing_or(&mut self, first_run: FirstRun) {
        self.open_first_run(first_run);
    }
}

fn plan(entry: &AppEntry, capabilities: Vec<Capability>) -> Plan {
    Plan {
        app: entry.id.clone(),
        name: entry.name.clone(),
        kind: entry.kind,
        icon: entry.icon.clone(),
        category: entry.category.clone(),
        capabilities,
        size: None,
        min_size: None,
        source: if entry.path.is_empty() { entry.id.clone() } else { entry.path.clone() },
    }
}

fn ui_type_of(entry: &AppEntry) -> UiType {
    entry.program.as_ref().map(|program| program.ui_type).unwrap_or_default()
}

/// What the window of a process app holds.
fn process_content(entry: &AppEntry, begin: Begin) -> Content {
    let manifest = entry.path.clone();
    match (ui_type_of(entry), &begin) {
        // What outlived the desktop is in a terminal, whatever the manifest says by now.
        (UiType::Log, Begin::Back { held, .. }) if held.is_empty() => {
            Content::Log { manifest, starts: false }
        }
        (UiType::Log, Begin::Start(_)) => Content::Log { manifest, starts: true },
        _ => Content::Process { manifest, begin },
    }
}

/// The desktop's own apps may do everything; what every app may do is decided in one of them.
fn system_capabilities(app: &str) -> Vec<Capability> {
    if app == "settings" { Capability::of_shell() } else { Capability::all() }
}

/// The permission set STANDARD: an app's own storage, the clock, messages.
fn blueprint_capabilities(app: &str) -> Vec<Capability> {
    let own = || PathScope(services::storage_folder(app));
    vec![
        Capability::ReadFile(own()),
        Capability::WriteFile(own()),
        Capability::CreateFile(own()),
        Capability::DeleteFile(own()),
        Capability::ListDirectory(own()),
        Capability::TimeAccess,
        Capability::Notify,
    ]
}

/// STANDARD, and the right to read its own document.
fn blueprint_capabilities_with(app: &str, document: &str) -> Vec<Capability> {
    let mut capabilities = blueprint_capabilities(app);
    capabilities.push(Capability::ReadFile(PathScope(document.to_owned())));
    capabilities
}

fn stem_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file).to_owned()
}
