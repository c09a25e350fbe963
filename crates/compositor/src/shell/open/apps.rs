//! Opening what is named: an app, a path, an app with something to show.

use super::{
    super::Shell,
    plan::{Content, blueprint_capabilities, plan, process_content, system_capabilities, ui_type_of},
};
use crate::hosts::Begin;
use services::{AppEntry, AppKind, manifest::UiType};
use std::path::Path;
use widgets::{Subject, Tone};
use windows::{Op, Placement, WindowId};

/// What opens without a window.
const NO_WINDOW: WindowId = WindowId(0);

impl Shell {
    /// Focuses an app that runs, starts one that does not, or opens a file with the app that fits it. 0 is the window of
    /// what runs in the background.
    ///
    /// # Errors
    /// There is no such app or file, or it cannot be started; the text says why.
    pub fn open(&mut self, what: &str) -> Result<u64, String> {
        self.toasts.retreat();
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

    pub(super) fn open_app(&mut self, id: &str, placement: Placement) -> Result<WindowId, String> {
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
    pub(super) fn open_in_folder(&mut self, entry: &AppEntry, folder: &str) -> Result<WindowId, String> {
        if let Some(problem) = entry.problems.iter().find(|problem| problem.fatal) {
            return Err(format!("{} cannot be started: {}", entry.name, problem.text));
        }
        let plan = self.process_plan(&entry.id, &entry.name);
        let content = process_content(entry, Begin::Start(Some(folder.to_owned())));
        self.host(plan, content, Placement::Auto)
    }

    pub(super) fn open_system(
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
}
