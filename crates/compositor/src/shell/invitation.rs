//! The first desktop invites to what this one is for: a script that nobody should trust, run to be watched.

use super::{Action, Shell, toast::Toast};
use services::AppEntry;
use widgets::Tone;

/// The app that is offered.
const SCRIPT: &str = "untrusted-script";

impl Shell {
    /// Offers the script, until somebody does something else: then it waits among the notifications.
    pub(super) fn invite(&mut self) {
        if !self.registry.get(SCRIPT).is_some_and(AppEntry::usable) {
            return;
        }
        let text = "It looks for secrets, changes files and calls home. Watch the sandbox hold it, ask why, review \
                    what it changed, and undo it.";
        let run = Action::Open(SCRIPT.into());
        let toast = Toast::new(Tone::Info, "Run a script that you do not trust", text);
        self.toasts.show(toast.with_actions(vec![("Run it", run)]).staying(), self.now);
    }
}
