//! Programs that have something of a right that was taken: they are ended, or started anew without it.

use super::Shell;
use abi::{CauseKind, Pid, UiCaller, table};
use widgets::Tone;

/// How long a program gets to end by itself.
const GRACE_MILLIS: u64 = 2_000;
/// SIGTERM.
const TERMINATE: i32 = 15;

impl Shell {
    /// Ends a program.
    pub(crate) fn end_program(&mut self, pid: Pid) {
        let cause = self.open_cause(CauseKind::Pointer, "click on End now in a message".into(), None);
        let system = UiCaller::new(self.processes.system()).with_cause(cause);
        let end = table::Kill { pid, signal: TERMINATE, grace_millis: GRACE_MILLIS };
        if let Err(why) = system.submit(end) {
            self.toast(Tone::Error, "It was not ended", why.detail);
        }
    }

    /// Ends a program and starts it again, with what its app may do by then.
    pub(crate) fn restart_program(&mut self, pid: Pid) {
        let system = UiCaller::new(self.processes.system());
        let info = system.call(table::GetProcessInfo { pid: Some(pid) });
        let parent = info.ok().and_then(|info| info.parent);
        let cause =
            self.open_cause(CauseKind::Pointer, "click on Restart without it in a message".into(), None);
        let window = self.hosted.values_mut().find(|hosted| Some(hosted.pid()) == parent);
        if let Some(hosted) = window {
            hosted.set_cause(cause);
            hosted.tell(|app| app.menu("restart"));
        } else if let Some(running) = parent.and_then(|parent| self.background_of(parent)) {
            self.end_background(&running);
            self.push(crate::shell::Action::Open(running));
        } else {
            self.toast(Tone::Warning, "It has ended", "There is nothing to start again.".into());
        }
    }
}
