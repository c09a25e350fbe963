//! What a window is to be: whose, with which rights, how large, and how its content is made.

use super::super::{Shell, hosted::Hosted};
use crate::hosts::Begin;
use abi::{Capability, PathScope};
use services::{
    AppEntry, AppKind, launch,
    manifest::{Manifest, UiType},
    wishes,
};
use widgets::{App, InstalledApp};
use windows::WindowId;

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
pub(super) type Wish = Option<(f32, f32)>;

/// A window to be.
pub(in crate::shell) struct Plan {
    pub(super) app: String,
    pub(super) name: String,
    pub(super) kind: AppKind,
    pub(super) icon: String,
    pub(super) category: String,
    pub(super) capabilities: Vec<Capability>,
    pub(super) size: Option<(f32, f32)>,
    pub(super) min_size: Option<(f32, f32)>,
    pub(in crate::shell) source: String,
}

/// How an app gets its content.
pub(in crate::shell) enum Content {
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

impl Shell {
    /// A window for a program in a terminal; of an app that is not installed any more, too.
    pub(in crate::shell) fn process_plan(&self, id: &str, name: &str) -> Plan {
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
    /// window says why. One that was not shipped begins with next to nothing, and its window asks for the rest.
    pub(in crate::shell) fn process_rights(&self, manifest: &str) -> Vec<Capability> {
        let system = self.processes.system();
        let read = launch::read_manifest(&system, manifest).ok();
        let is_shipped = wishes::is_shipped(manifest);
        let make = if is_shipped { launch::make_folders } else { launch::make_kept_apart };
        if let Some(Err(why)) = read.as_ref().map(|read| make(&system, read)) {
            tracing::warn!(%why, %manifest, "a folder that its program writes could not be made");
        }
        match is_shipped {
            true => launch::capabilities(read.as_ref(), manifest),
            false => wishes::base(read.as_ref(), manifest),
        }
    }

    /// Tells the app that decides about all others which apps there are.
    pub(super) fn tell_installed(&self, app: &str, hosted: &mut Hosted) {
        if app == "settings" {
            let apps = self.installed_for_people();
            hosted.tell(|app| app.installed(&apps));
        }
    }

    /// The same where its windows are open already, since something has changed.
    pub(in crate::shell) fn tell_installed_again(&mut self) {
        let of_settings = self.layout.windows().filter(|window| window.app == "settings");
        let windows: Vec<WindowId> = of_settings.map(|window| window.id).collect();
        if windows.is_empty() {
            return;
        }
        let apps = self.installed_for_people();
        for window in windows {
            if let Some(hosted) = self.hosted.get_mut(&window) {
                hosted.tell(|app| app.installed(&apps));
            }
        }
    }

    fn installed_for_people(&self) -> Vec<InstalledApp> {
        let usable = self.registry.entries().iter().filter(|entry| entry.usable());
        usable
            .map(|entry| {
                let (kind, capabilities, asks) = match entry.kind {
                    AppKind::System => ("System app", system_capabilities(&entry.id), Vec::new()),
                    AppKind::Blueprint => ("Blueprint", blueprint_capabilities(&entry.id), Vec::new()),
                    AppKind::Process => {
                        let read = launch::read_manifest(&self.processes.system(), &entry.path).ok();
                        let read = read.as_ref();
                        if wishes::is_shipped(&entry.path) {
                            ("Process app", launch::capabilities(read, &entry.path), Vec::new())
                        } else {
                            let lines = |read: &Manifest| {
                                let program = &read.proc_manifest.executable;
                                wishes::lines(read, program)
                            };
                            let asks = read.map(lines).unwrap_or_default();
                            ("Process app, not shipped", wishes::base(read, &entry.path), asks)
                        }
                    }
                };
                InstalledApp {
                    id: entry.id.clone(),
                    name: entry.name.clone(),
                    icon: entry.icon.clone(),
                    category: entry.category.clone(),
                    kind: kind.to_owned(),
                    capabilities,
                    asks,
                }
            })
            .collect()
    }
}

pub(super) fn plan(entry: &AppEntry, capabilities: Vec<Capability>) -> Plan {
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

pub(super) fn ui_type_of(entry: &AppEntry) -> UiType {
    entry.program.as_ref().map(|program| program.ui_type).unwrap_or_default()
}

/// What the window of a process app holds.
pub(super) fn process_content(entry: &AppEntry, begin: Begin) -> Content {
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
pub(super) fn system_capabilities(app: &str) -> Vec<Capability> {
    if app == "settings" { Capability::of_shell() } else { Capability::all() }
}

/// The permission set STANDARD: an app's own storage, the clock, messages.
pub(super) fn blueprint_capabilities(app: &str) -> Vec<Capability> {
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
pub(super) fn blueprint_capabilities_with(app: &str, document: &str) -> Vec<Capability> {
    let mut capabilities = blueprint_capabilities(app);
    capabilities.push(Capability::ReadFile(PathScope(document.to_owned())));
    capabilities
}
