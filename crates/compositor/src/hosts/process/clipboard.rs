//! Text that programs want on the clipboard (OSC 52). Their app needs the right to write there, and a person is asked
//! for it as for any other right: *always* and *never* hold for the app, and can be looked up and taken back in
//! Settings. Nothing is read from the clipboard for them.

use super::launch::Origin;
use abi::{Capability, Pending, UiCaller, table};
use std::time::Duration;
use widgets::{AppContext, ShellCommand, Tone};

/// How long a question may stand; what it was about is forgotten then.
const PATIENCE_MILLIS: u64 = 10 * 60 * 1000;
/// Characters of the text that the question shows.
const SHOWN_CHARS: usize = 120;

/// See the module documentation.
#[derive(Default)]
pub(super) struct Clipboard {
    /// What came last, to be asked about.
    wanted: Option<String>,
    /// What is being asked about: nothing else is put there by the answer.
    asking: Option<(Pending<table::RequestCapability>, String)>,
}

impl Clipboard {
    /// Takes what programs want there; the last one counts.
    pub(super) fn want(&mut self, text: String) {
        self.wanted = Some(text);
    }

    /// Asks, and puts the text there when the answer is yes. To be called each frame.
    pub(super) fn advance(&mut self, origin: &Origin, cx: &mut AppContext<'_>) {
        if self.asking.is_none()
            && let Some(text) = self.wanted.take()
        {
            self.asking = ask(&text, origin, cx.syscalls).map(|pending| (pending, text));
        }
        let Some((answer, text)) = self.asking.take() else { return };
        match answer.poll() {
            None => self.asking = Some((answer, text)),
            Some(Ok(_)) => cx.commands.push(ShellCommand::CopyText(text)),
            Some(Err(why)) if why.errno == abi::Errno::EACCES => {
                tracing::debug!(app = %origin.app, "what a program wanted on the clipboard was not put there");
            }
            Some(Err(why)) => cx.toast(Tone::Warning, "Nothing was put on the clipboard", why.detail),
        }
        if self.asking.is_none() && self.wanted.is_some() {
            cx.wake_after(Duration::ZERO);
        }
    }
}

fn ask(text: &str, origin: &Origin, syscalls: &UiCaller) -> Option<Pending<table::RequestCapability>> {
    let reason =
        format!("A program in {} wants to put this there: {}", origin.name, shortened(text, SHOWN_CHARS));
    let call = table::RequestCapability {
        capability: Capability::Clipboard("write".into()),
        reason,
        timeout_millis: Some(PATIENCE_MILLIS),
    };
    let asked = syscalls.submit(call);
    asked.inspect_err(|why| tracing::warn!(%why, "nobody could be asked about the clipboard")).ok()
}

/// The beginning of a text, as one line.
pub(super) fn shortened(text: &str, most_chars: usize) -> String {
    let mut shown: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most_chars).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
