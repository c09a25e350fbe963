//! Draws what is about rights: the card of the prompt in view, and the inbox.

mod card;
mod inbox;

use crate::shell::Shell;
use widgets::icons::TileStyle;

impl Shell {
    /// The tile of an app, also of one that is open and not installed.
    fn tile_of(&self, app: Option<&str>) -> TileStyle {
        let Some(app) = app else { return TileStyle::for_app("program", "⌨", "") };
        if let Some(entry) = self.registry.get(app) {
            return TileStyle::for_app(&entry.id, &entry.icon, &entry.category);
        }
        let open = self.layout.topmost_of(app).and_then(|window| self.hosted.get(&window.id));
        match open {
            Some(hosted) => TileStyle::for_app(app, &hosted.icon, &hosted.category),
            None => TileStyle::for_app(app, "🧩", ""),
        }
    }
}
