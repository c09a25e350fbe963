//! System Monitor: what the system does, live, and why.
//!
//! Reads figures by syscalls at most four times a second, and only while the window can be seen; events come by
//! a subscription, as seldom. Its own calls are left out of counts and of the stream unless asked for, so that an idle system looks idle;
//! latencies are the kernel's and include them. Only the page that is shown is read.
//!
//! The one place that answers *why?*: opened with the argument of a [`widgets::Subject`] it tells the story.

mod cards;
mod causes;
mod columns;
mod connections;
mod events;
mod feed;
mod journal;
mod memory;
mod model;
mod objects;
mod overview;
mod page;
mod read;
mod sentence;
mod sheet;
mod syscalls;
mod tables;
mod ui;
mod update;
mod why;

pub use sentence::journal_sentence;

use model::{Command, Model};
use page::Page;
use serde_json::json;
use update::Work;
use widgets::{App, AppContext, Menu, MenuItem, Subject};

/// A window of the System Monitor.
#[derive(Default)]
pub(crate) struct SystemMonitor {
    model: Model,
    work: Work,
    commands: Vec<Command>,
    view: ui::View,
}

impl SystemMonitor {
    /// What *why?* asks about what is chosen on the page.
    fn chosen(&self) -> Option<Subject> {
        match self.model.shown_sheet() {
            Some(id) => self.model.sheet(id).chosen().and_then(|row| row.subject.clone()),
            None if self.model.page == Page::Events => {
                self.model.chosen().map(|event| Subject::Cause(event.cause))
            }
            None => None,
        }
    }

    /// A window that tells why, where the argument asks for that; else the overview.
    pub(crate) fn new(argument: Option<&str>) -> Self {
        let mut monitor = SystemMonitor::default();
        if let Some(argument) = argument {
            monitor.open_argument(argument);
        }
        monitor
    }
}

impl App for SystemMonitor {
    fn title(&self) -> String {
        match (self.model.page, &self.model.why.subject) {
            (Page::Why, Some(subject)) => format!("Why? {}", why::describe(subject)),
            _ => "System Monitor".into(),
        }
    }

    fn open_argument(&mut self, argument: &str) -> bool {
        let page = Page::ALL.into_iter().find(|page| page.name().eq_ignore_ascii_case(argument));
        let command = Subject::from_argument(argument).map(Command::Ask).or(page.map(Command::Show));
        let known = command.is_some();
        self.commands.extend(command);
        known
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        for command in std::mem::take(&mut self.commands) {
            update::update(&mut self.model, &mut self.work, command, cx);
        }
        update::poll(&mut self.model, &mut self.work, cx);
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        ui::draw(ui, &self.model, &mut self.view, &mut self.commands);
    }

    fn menus(&self) -> Vec<Menu> {
        let page = |page: Page| MenuItem {
            checked: self.model.page == page,
            ..MenuItem::new(page.name(), page.name(), "")
        };
        let checked =
            |id: &str, label: &str, checked: bool| MenuItem { checked, ..MenuItem::new(id, label, "") };
        let view = Menu {
            title: "View".into(),
            items: vec![
                checked("pause", "Pause events", self.model.paused),
                checked("own", "Show this app's own calls", self.model.show_own),
            ],
        };
        let item =
            |id: &str, label: &str, enabled: bool| MenuItem { enabled, ..MenuItem::new(id, label, "") };
        let chosen = self.chosen();
        let about = Menu {
            title: "About it".into(),
            items: vec![
                item("why", "Why?", chosen.is_some()),
                item(
                    "export",
                    "Export events",
                    self.model.page == Page::Events && !self.model.shown.is_empty(),
                ),
                item("verify", "Verify the journal", true),
            ],
        };
        vec![Menu { title: "Go".into(), items: Page::ALL.into_iter().map(page).collect() }, view, about]
    }

    fn menu(&mut self, id: &str) {
        let command = match id {
            "pause" => Some(Command::Pause(!self.model.paused)),
            "own" => Some(Command::ShowOwn(!self.model.show_own)),
            "why" => self.chosen().map(Command::Ask),
            "export" => Some(Command::Export),
            "verify" => {
                self.commands.push(Command::Show(Page::Journal));
                Some(Command::Journal(journal::JournalCommand::Verify))
            }
            name => Page::ALL.into_iter().find(|page| page.name() == name).map(Command::Show),
        };
        self.commands.extend(command);
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.focused = focused;
    }

    fn data(&self) -> serde_json::Value {
        let sheet = self.model.shown_sheet().map(|id| self.model.sheet(id));
        let chain = self.model.chain.as_ref().and_then(|chain| chain.as_ref().ok());
        let causes: Vec<&str> = chain
            .into_iter()
            .flat_map(|chain| &chain.links)
            .map(|link| link.cause.spec.label.as_str())
            .collect();
        json!({
            "page": self.model.page.name(),
            "paused": self.model.paused,
            "syscalls_total": self.model.metrics.as_ref().map(|metrics| metrics.syscalls_total),
            "syscalls_per_second": self.model.rate(),
            "events": self.model.shown.len(),
            "lost": self.model.lost,
            "selected": self.model.selected,
            "causes": causes,
            "rows": sheet.map(|sheet| sheet.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>()),
            "why": self.model.why.data(),
        })
    }
}
