//! System Monitor: what the system does, live, and why.
//!
//! Reads figures and events by syscalls at most four times a second, and only while the window can be seen. Its
//! own calls are left out of counts and of the stream unless asked for, so that an idle system looks idle;
//! latencies are the kernel's and include them.

mod causes;
mod events;
mod model;
mod overview;
mod syscalls;
mod ui;
mod update;

use model::{Command, Model, Page};
use serde_json::json;
use update::Work;
use widgets::{App, AppContext, Menu, MenuItem};

/// A window of the System Monitor.
#[derive(Default)]
pub(crate) struct SystemMonitor {
    model: Model,
    work: Work,
    commands: Vec<Command>,
    view: ui::View,
}

impl App for SystemMonitor {
    fn title(&self) -> String {
        "System Monitor".into()
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
        vec![Menu {
            title: "View".into(),
            items: vec![
                page(Page::Overview),
                page(Page::Events),
                page(Page::Syscalls),
                MenuItem::new("", "-", ""),
                checked("pause", "Pause events", self.model.paused),
                checked("own", "Show this app's own calls", self.model.show_own),
            ],
        }]
    }

    fn menu(&mut self, id: &str) {
        self.commands.extend(match id {
            "pause" => Some(Command::Pause(!self.model.paused)),
            "own" => Some(Command::ShowOwn(!self.model.show_own)),
            name => Page::ALL.into_iter().find(|page| page.name() == name).map(Command::Show),
        });
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.focused = focused;
    }

    fn data(&self) -> serde_json::Value {
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
            "selected": self.model.selected,
            "causes": causes,
        })
    }
}
