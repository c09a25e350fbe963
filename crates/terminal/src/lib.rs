//! A terminal as a library: bytes in; cells, damage and replies out.
//!
//! The emulation is `alacritty_terminal`'s `Term` fed by `vte`'s processor. What is ours: bounds that
//! neither has, the styles of cells in words that do not depend on either, selection, and the bytes
//! that keys, pointer and clipboard turn into.
//!
//! Nothing here reads a file, a clock or a process, and nothing draws. The program behind it reaches
//! us only through [`Terminal::feed`], and we it only through bytes that the caller may send or not.

mod blocks;
mod cell;
mod cells;
mod color;
mod commands;
mod events;
mod extras;
mod guard;
mod handler;
mod in_place;
mod keyboard;
mod keys;
mod lines;
mod links;
mod marks;
mod modes;
mod mouse;
mod other_keys;
mod outbox;
mod paste;
mod piles;
mod search;
mod selection;
mod settings;
mod terminal;
mod whole_line;

#[cfg(test)]
mod command_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod tests;

pub use blocks::{Block, BlockId, BlockState};
pub use cell::{Cell, CellWidth, Row, Underline};
pub use color::{Color, Palette, Rgb};
pub use commands::Jump;
pub use events::TerminalEvent;
pub use keyboard::{KeyAction, KeyEvent, encode_key_event};
pub use keys::{Key, Modifiers, encode_key};
pub use lines::{LineId, Position};
pub use links::{Link, LinkTarget};
pub use marks::WorkingFolder;
pub use modes::{KeyboardProtocol, Modes, MouseEncoding, MouseTracking};
pub use mouse::{MouseAction, MouseButton, MouseEvent, encode_mouse};
pub use other_keys::{KeypadCursor, KeypadKey, LoneKey};
pub use paste::{encode_focus, encode_paste, is_multi_line};
pub use search::{Found, SearchError, SearchOptions, SearchStatus};
pub use selection::{SelectionKind, Side};
pub use terminal::{Cursor, CursorShape, Damage, Scroll, Size, Terminal};
