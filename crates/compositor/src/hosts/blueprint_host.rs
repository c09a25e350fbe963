//! A Blueprint document as an app.

use abi::UiCaller;
use widgets::{App, AppContext};

pub(crate) struct BlueprintHost {
    name: String,
}

impl BlueprintHost {
    pub(crate) fn from_bytes(_app: &str, name: &str, _bytes: &[u8], _syscalls: UiCaller) -> Self {
        BlueprintHost { name: name.into() }
    }
    pub(crate) fn failed(_app: &str, name: &str, _why: &str, _syscalls: UiCaller) -> Self {
        BlueprintHost { name: name.into() }
    }
    pub(crate) fn wanted_size(&self) -> Option<(f32, f32)> {
        None
    }
}

impl App for BlueprintHost {
    fn title(&self) -> String {
        self.name.clone()
    }
    fn logic(&mut self, _cx: &mut AppContext<'_>) {}
    fn ui(&mut self, _ui: &mut egui::Ui) {}
}
