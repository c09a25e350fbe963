//! Starts host processes, with a terminal or with pipes, and ends them with everything they started.
//!
//! The desktop never forks: it has a large heap, and copying its page tables would stop it for tens
//! of milliseconds. It starts a small *helper* by `posix_spawn`; the helper makes itself into what
//! the caller asked for and then becomes the program by `execve`.
//!
//! ```text
//! desktop                                helper (agentos-sandbox)
//! ───────                                ────────────────────────
//! open PTY or pipes
//! posix_spawn, fd 0 = control socket ──▶ read request and the three stdio descriptors
//!                                        die with the parent, setsid, stdio, controlling terminal,
//!                                        close everything else, limits, folder, signals, environment
//! end of file: it runs              ◀─── "R", then execve (the socket closes by itself)
//! or a typed failure                ◀─── what failed and its errno
//! ```
//!
//! A program with a terminal may get a holder between itself and the desktop, with which it survives the desktop's
//! end; see `holder`.
//!
//! A program with an [`Isolation`] gets namespaces of its own, a view of files that holds what was granted and
//! nothing else, and gives up every right before it begins; see `enforce` for how, and [`Enforced`] for what really
//! holds it. One without sees what its user sees, and the desktop says so with a badge. For both, arguments are a
//! vector and never pass a shell, the environment is built from nothing, and no descriptor of the desktop leaks.
//!
//! Nothing here knows the kernel, windows or terminals' contents.

mod available;
mod calls;
mod child;
mod enforce;
mod environment;
mod error;
mod helper;
mod holder;
mod isolated;
mod isolation;
mod layers;
mod limiter;
mod limits;
mod observe;
mod probe;
mod process_name;
mod process_tree;
mod pty;
mod quota;
mod reaper;
mod relay;
mod shell;
mod spawn;
mod spawner;
mod spec;
mod wire;
mod withdraw;

pub use available::{Available, Finding, Found, available};
pub use child::{Child, Exceeded, Exit, ExitStatus};
pub use environment::base_environment;
pub use error::{SpawnError, Stage};
pub use helper::{HELPER_SUBCOMMAND, helper_main, run_if_helper};
pub use holder::{Held, HeldInfo, HeldProcess, HolderError, HolderFolder, Keep, spawn_held};
pub use isolation::{
    Access, Bind, Enforced, Isolation, Joined, Layers, LimitTier, Network, NetworkKind, Ports, Profile,
    Quota, Tier,
};
pub use layers::{probe_layers, probe_layers_over};
pub use limiter::{Group, Usage};
pub use limits::Limits;
pub use observe::{Act, Observations, Observe, Observed};
pub use probe::{probe_cgroups, probe_landlock, probe_namespaces, probe_pty};
pub use process_tree::{Seen, foreground_job, kill_tree, members};
pub use pty::{WindowSize, foreground_group, resize, window_size};
pub use quota::QuotaError;
pub use relay::{INWARD, Relay, STAND_INS, is_stand_in, run as run_relay};
pub use shell::user_shell;
pub use spawn::{PipedProcess, PtyProcess, spawn_piped, spawn_pty};
pub use spec::{Helper, Spec};
pub use withdraw::{Withdrawal, withdraw};
