//! What a session says was open, opened again.

use super::{
    super::{Shell, hosted::Hosted},
    plan::{
        Content, Plan, blueprint_capabilities, blueprint_capabilities_with, plan, process_content,
        system_capabilities,
    },
};
use crate::hosts::{Begin, NewProcess};
use abi::{Capability, CauseKind, UiCaller, table};
use serde_json::Value;
use services::AppKind;
use windows::WindowId;

impl Shell {
    /// Opens what a session says was in a window, with the programs that outlived the desktop in it. The window exists
    /// already.
    pub(in crate::shell) fn reopen(
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
        // They were started with somebody's leave.
        let survived: Vec<Capability> =
            survivors.iter().map(|held| Capability::SpawnProcess(vec![held.executable.clone()])).collect();
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
                let mut rights = self.process_rights(&entry.path);
                rights.extend(survived);
                (plan(&entry, rights), process_content(&entry, begin))
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
}
