//! What a terminal tells beside what it shows: folders, commands that begin and end, what a program wants on the
//! clipboard.

use super::{
    super::{commands::long_one, program::Program},
    model::{Frame, Tab},
};
use terminal::TerminalEvent;
use widgets::{AppContext, ShellCommand, Tone};

impl Tab {
    /// Takes what the terminal tells beside what it shows.
    pub(super) fn take_events(&mut self, frame: &Frame<'_>, cx: &mut AppContext<'_>) {
        let replays = self.program().is_some_and(Program::replays);
        for event in self.terminal.take_events() {
            match event {
                TerminalEvent::Folder(folder) => {
                    self.machine.get_or_insert(folder.host);
                    cx.commands.push(ShellCommand::KeepSession);
                }
                // What was said to an earlier desktop asks nothing of this one.
                _ if replays => {}
                TerminalEvent::CommandStarted { block, .. } => {
                    if let Some(cause) = self.outbox.entered() {
                        self.commands.began(block, cause);
                    }
                }
                TerminalEvent::CommandEnded {
                    command, exit, started_unix_millis, ended_unix_millis, ..
                } if !(frame.shown && frame.focused) => {
                    let ran = ended_unix_millis.saturating_sub(started_unix_millis);
                    if let Some((title, text, good)) = long_one(&command, exit, ran, &frame.origin.name) {
                        cx.toast(if good { Tone::Success } else { Tone::Warning }, title, text);
                    }
                }
                TerminalEvent::ClipboardWrite(text) => self.for_clipboard = Some(text),
                TerminalEvent::CommandEnded { .. } | TerminalEvent::Title(_) | TerminalEvent::Bell => {}
            }
        }
    }
}
