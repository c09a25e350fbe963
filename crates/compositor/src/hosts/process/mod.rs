//! Host programs as apps: in terminals, with tabs ([`terminal_host`]), with a log ([`log`]), or without a window ([`unseen`]); the pieces that all of them share.
//!
//! ```text
//! manifest ── permit ── launch ──▶ exec_pty ──▶ tab (program, terminal, view) ──▶ tabs ──▶ terminal_host (the window)
//!                                        └─ its end ──▶ farewell ──▶ status (the strip at the foot)
//! ```

mod clipboard;
mod commands;
mod ending;
mod farewell;
mod holds;
mod integration;
mod launch;
mod links;
mod log;
mod outbox;
mod permit;
mod program;
mod status;
mod tab;
mod tab_bar;
mod tabs;
mod terminal_actions;
mod terminal_host;
mod unseen;

pub(crate) use log::LogHost;
pub(crate) use terminal_host::{Begin, TerminalHost};
pub(crate) use unseen::Unseen;
