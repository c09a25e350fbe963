//! What the emulation says while it is fed: replies to the program, titles, the bell.

use crate::{Palette, Rgb};
use alacritty_terminal::{
    event::{Event, EventListener, WindowSize},
    term::ClipboardType,
    vte::ansi,
};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Replies that nobody has taken are dropped beyond this: a program that asks without reading does
/// not fill the memory.
pub(crate) const MAX_REPLY_BYTES: usize = 64 * 1024;
/// Longest title, in characters.
pub(crate) const MAX_TITLE_CHARS: usize = 256;

/// Shared with the emulation, which holds it as its listener.
#[derive(Clone, Default)]
pub(crate) struct Outbox(Arc<Mutex<Said>>);

/// What has been said and not been taken.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) replies: Vec<u8>,
    pub(crate) title: String,
    /// For who draws.
    pub(crate) bell: bool,
    /// For the window.
    pub(crate) bell_event: bool,
    pub(crate) title_changed: bool,
    /// The last text for the clipboard.
    pub(crate) clipboard: Option<String>,
    pub(crate) palette: Palette,
    /// Rows and columns, for programs that ask for the size in pixels.
    pub(crate) size: (u16, u16),
}

/// Pixels of a cell in the answer to programs that ask: the ratio is what they use.
const CELL_PIXELS: (u16, u16) = (8, 16);

impl Outbox {
    /// Does something with what was said. Nothing here calls out, so the lock is never held long.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Said) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outbox")
    }
}

impl Said {
    fn set_title(&mut self, title: String) {
        self.title_changed |= self.title != title;
        self.title = title;
    }

    pub(crate) fn reply(&mut self, text: &str) {
        if self.replies.len() + text.len() <= MAX_REPLY_BYTES {
            self.replies.extend_from_slice(text.as_bytes());
        }
    }
}

impl EventListener for Outbox {
    fn send_event(&self, event: Event) {
        self.with(|said| match event {
            Event::PtyWrite(text) => said.reply(&text),
            Event::ColorRequest(number, format) => {
                let Rgb(r, g, b) = said.palette.by_number(number);
                said.reply(&format(ansi::Rgb { r, g, b }));
            }
            Event::TextAreaSizeRequest(format) => {
                let (num_lines, num_cols) = said.size;
                let (cell_width, cell_height) = CELL_PIXELS;
                said.reply(&format(WindowSize { num_lines, num_cols, cell_width, cell_height }));
            }
            Event::Title(title) => {
                said.set_title(title.chars().filter(|c| !c.is_control()).take(MAX_TITLE_CHARS).collect());
            }
            Event::ResetTitle => said.set_title(String::new()),
            Event::Bell => (said.bell, said.bell_event) = (true, true),
            // What is selected is nobody's to set; the clipboard's owner is asked.
            Event::ClipboardStore(ClipboardType::Clipboard, text) => said.clipboard = Some(text),
            // Nothing can be read from the clipboard; the rest concerns alacritty's own window.
            _ => {}
        });
    }
}
