//! Host programs as apps: in terminals, with tabs ([`terminal_host`]); the pieces that all of them share.
//!
//! ```text
//! manifest ── launch ──▶ exec_pty ──▶ tab (program, terminal, view) ──▶ tabs ──▶ terminal_host (the window)
//!                                        └─ its end ──▶ farewell ──▶ status (the strip at the foot)
//! ```

mod farewell;
mod launch;
mod outbox;
mod program;
mod status;
mod tab;
mod tab_bar;
mod tabs;
mod terminal_host;

pub(crate) use terminal_host::{Begin, TerminalHost};
