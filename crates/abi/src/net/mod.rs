//! Rules about hosts, as `NetworkAccess` and manifests have them: one grammar and one judgement for whoever writes
//! rules, checks them, or asks whether a connection may be made.
//!
//! - [`rule`](Rule): the text of a rule, and what a list of rules says;
//! - [`address`](class_of): what kind of place an address is; all but public ones need a grant of their own;
//! - [`target`](Target): what is asked for: a name, an address or both, with port and protocol.

mod address;
mod fuzzing;
mod rule;
mod target;

pub use address::{AddressClass, canonical, class_of};
pub use fuzzing::fuzz_network_rules;
pub use rule::{Rule, Rules, Verdict};
pub use target::{Host, Protocol, Target};

/// Most of a text that a message shows, bytes.
const SHOWN_BYTES: usize = 100;

/// The beginning of a text, for a message.
fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_BYTES)]
}
