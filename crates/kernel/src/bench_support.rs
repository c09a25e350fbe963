//! Parts of the door and of the proxy that benches time by themselves.

use crate::Caller;
use abi::table::Verb;

/// What the gate says about a path that is resolved already. Nothing is done, counted or told.
#[must_use]
pub fn permitted(caller: &Caller, verb: Verb, path: &str) -> bool {
    caller.core().gate.path(caller.process(), verb, path).is_ok()
}

/// Somebody listens to an observer's events from now on, and waits for none.
pub fn listen(observer: &crate::observe::Observer) {
    let _ = observer.listen();
}

pub use crate::proxy::bench::Filtered;
