//! A terminal on the screen: draws a [`terminal::Terminal`] and turns keys, pointer and clipboard into
//! bytes for the program behind it.
//!
//! ```text
//! Terminal ──damage──▶ rows (meshes, kept) ──▶ one text shape ──▶ egui
//! egui events ──▶ input, pointer ──▶ TerminalOutput { bytes, resize, copy, … } ──▶ the app sends them
//! ```
//!
//! Only damaged rows are built again. Glyphs come from egui's own atlas, one lookup per character and
//! face, placed on a grid of whole pixels; box drawing is ours, so that lines join. The view sends
//! nothing, copies nothing and opens nothing by itself.

mod bell;
mod box_curves;
mod boxes;
mod clusters;
mod command_marks;
mod cursor;
mod glyphs;
mod input;
mod keys;
mod ligatures;
mod link_hover;
mod palette;
mod pointer;
mod rows;
mod scrollbar;
mod search_bar;
mod view;

#[cfg(test)]
mod tests;

pub use palette::terminal_palette;
pub use view::{Drawn, TerminalOutput, TerminalView};
