//! Keys of the number pad among egui's, which has no words for them: such a key comes as the one that it looks like,
//! at a place that no key like it has. Window systems mark them ([`mark`]), who cares finds them ([`is_marked`]).

use egui::{Event, Key};

/// The place that stands for the number pad: of a key that types nothing and is on no keyboard that has one.
const PLACE: Key = Key::F35;

/// Marks the event of a key as one of the number pad; other events stay as they are.
pub fn mark(event: &mut Event) {
    if let Event::Key { physical_key, .. } = event {
        *physical_key = Some(PLACE);
    }
}

/// Whether a key was marked, by what it means and its place.
#[must_use]
pub fn is_marked(key: Key, physical: Option<Key>) -> bool {
    physical == Some(PLACE) && key != PLACE
}
