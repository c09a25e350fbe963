//! What a program of the host is held to: one policy, two enforcers.
//!
//! The gate decides by the rights of the app, the host's kernel holds the program to the same. So a program gets a
//! sandbox of folders and a network that its app has itself, never more:
//!
//! ```text
//! exec_pty/spawn with `sandbox`    door: needs → the app's own rights cover each folder and the network
//! without, by an app               own    → what the app may itself
//! without, by a part of the desktop        nothing holds it, and that is said
//!         │
//!         ▼ plan    folders of the view → folders of the host, without links; what was revoked inside is covered
//!     sandbox::Isolation → the helper → sandbox::Enforced
//!         ▼ told    what really holds: get_sandbox, /proc/<pid>/sandbox, the journal, badges
//!         ▼ withdraw    what the app may not do any more is taken from programs that run
//! ```
//!
//! Paths are those of the program's view (`abi::view`). A folder that is a symbolic link is refused: what is decided
//! about is what is given.
//!
//! It refuses to know how anything is enforced.

mod cover;
mod later;
mod needs;
mod network;
mod own;
mod plan;
mod told;
mod view;
mod withdraw;

pub(crate) use needs::check;
pub(crate) use network::{NetworkPlace, tie, tie_again};
pub(crate) use plan::{Plan, plan};
pub(crate) use told::{Claim, told};
pub(crate) use withdraw::{lingering, withdraw, without};
