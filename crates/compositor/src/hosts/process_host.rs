//! A host program in a terminal as an app.

use abi::UiCaller;
use widgets::{App, AppContext};

pub(crate) struct ProcessHost {
    name: String,
}

impl ProcessHost {
    pub(crate) fn new(_app: &str, name: &str, _manifest: &str, _start: bool, _syscalls: &UiCaller) -> Self {
        ProcessHost { name: name.into() }
    }
}

impl App for ProcessHost {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn logic(&mut self, _cx: &mut AppContext<'_>) {}
    fn ui(&mut self, _ui: &mut egui::Ui) {}
}
