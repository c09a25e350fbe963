//! What programs in a sandbox do, as events and rows with causes: which files they change, which programs they run,
//! where they connect to, and what they ask for that their sandbox hides.
//!
//! It is told by the supervisor of the sandbox (`sandbox::Observations`) and is observation: the program asked, and
//! whether it got what it asked for is known only where it was hidden. The cause is the input that came last before
//! it, by the rules of [`Lineage`](crate::host::Lineage).
//!
//! What it makes or changes where files run later by themselves ([`abi::later`]) is told with who runs them, and as a
//! warning.
//!
//! Told once for each thing under one cause: a compiler that writes a file a thousand times is one row. What is told
//! by nobody: reading what is in the sandbox, and whatever happens in folders that are gone with the program.
//!
//! **Invariants**: at most [`MOST_ROWS`] and [`MOST_LATER_ROWS`] rows of a program in [`WINDOW`]; beyond, the next row says how many there were.

use crate::{
    core::Core,
    gate::allows,
    grant::Use,
    host::{Account, readable},
    journal::RowKind,
    observe::NewEvent,
    process::Process,
    proxy,
    vfs::VPath,
};
use abi::{
    CauseId,
    later::later_place,
    table::{NetworkMode, Severity, Verb},
};
use sandbox::{Act, Observations, Observed};
use serde_json::json;
use std::{
    collections::HashSet,
    net::SocketAddr,
    os::fd::AsFd,
    path::Path,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

/// Rows of one program in a window.
const MOST_ROWS: u64 = 500;
/// Of them, about files that run later, when the others have used all of it.
const MOST_LATER_ROWS: u64 = 100;
const WINDOW: Duration = Duration::from_secs(10);
/// Things that are remembered as told; more are forgotten all together and told again.
const MOST_TOLD: usize = 8_192;
/// Taken at a time.
const BATCH: usize = 256;
/// Folders that are gone with the program, or are the host's and cannot be changed.
const PRIVATE: [&str; 4] = ["/tmp", "/dev", "/proc", "/var/tmp"];

/// Tells what a program does until it ends, if it is observed.
pub(crate) fn follow(core: &Arc<Core>, program: &Arc<Process>) {
    let Some(observations) = program.host().and_then(|host| host.take_observations()) else { return };
    core.runtime().spawn(read(Arc::downgrade(core), program.clone(), observations));
}

async fn read(core: Weak<Core>, program: Arc<Process>, observations: Observations) {
    let Ok(fd) = observations.as_fd().try_clone_to_owned() else { return };
    let Ok(fd) = readable(Arc::new(fd)) else { return };
    let mut told = Told::default();
    while let Ok(mut ready) = fd.readable().await {
        let mut batch = Vec::new();
        let is_over = loop {
            match observations.next() {
                Ok(Some(observed)) => batch.push(observed),
                Ok(None) => {
                    ready.clear_ready();
                    break false;
                }
                Err(_) => break true,
            }
            if batch.len() == BATCH {
                break false;
            }
        };
        let Some(core) = core.upgrade() else { return };
        let whose = program.clone();
        // On the pool, since it asks the host whether files are there.
        let run = move || {
            batch.into_iter().for_each(|observed| told.tell(&core, &whose, observed));
            told
        };
        match tokio::task::spawn_blocking(run).await {
            Ok(back) => told = back,
            Err(_) => return,
        }
        if is_over {
            return;
        }
    }
}

/// What was told of one program.
#[derive(Default)]
struct Told {
    things: HashSet<(CauseId, Act, String)>,
    window: Option<Instant>,
    rows: u64,
    later_rows: u64,
    left_out: u64,
}

impl Told {
    fn tell(&mut self, core: &Arc<Core>, program: &Process, mut observed: Observed) {
        self.left_out += observed.dropped_before;
        if observed.act == Act::Connect && !name_host(core, program, &mut observed.object) {
            return;
        }
        note_use(core, program, &observed);
        let is_hidden = is_out_of_view(&observed) && is_somewhere(core, &observed.object);
        if !is_hidden && !is_worth_telling(&observed) {
            return;
        }
        let identity = program.identity();
        let account = program.lineage.account_now(observed.host_pid);
        let cause = match &account {
            Account::Input(cause) => *cause,
            Account::Program | Account::OneOf(_) => identity.cause,
        };
        if self.things.len() >= MOST_TOLD {
            self.things.clear();
        }
        if !self.things.insert((cause, observed.act, observed.object.clone())) {
            return;
        }
        let runs_later = runs_later(&observed);
        if !self.has_room(runs_later.is_some()) {
            self.left_out += 1;
            return;
        }
        if observed.act == Act::Datagram {
            return proxy::lost(core, program, cause, &observed.object);
        }
        let (kind, severity) = match (is_hidden, runs_later) {
            (true, _) => (core.kinds.hidden, Severity::Warning),
            (false, Some(_)) => (core.kinds.touched, Severity::Warning),
            (false, None) => (core.kinds.touched, Severity::Info),
        };
        let event = NewEvent {
            a: u64::from(observed.host_pid.unsigned_abs()),
            label: core.observer.label(&observed.object),
            ..NewEvent::new(kind, severity, identity.pid, cause)
        };
        core.observer.emit(event);
        let mut row = core.journal_row(identity, cause, RowKind::ProcessTouch, &observed.object);
        row.detail = json!({"act": observed.act, "host_pid": observed.host_pid});
        if is_hidden {
            row.detail["hidden"] = json!(true);
        }
        if let Some(other) = &observed.other {
            row.detail["other"] = json!(other);
        }
        if let Some(why) = runs_later {
            row.detail["runs_later"] = json!(why);
        }
        if let Account::OneOf(causes) = account {
            row.detail["one_of"] = json!(causes);
        }
        if self.left_out > 0 {
            row.detail["left_out_before"] = json!(std::mem::take(&mut self.left_out));
        }
        if let Err(why) = core.journal.append(&row)
            && why.kind() != std::io::ErrorKind::BrokenPipe
        {
            core.journal_failed(&why);
        }
    }

    /// What runs later has room of its own, so that no flood hides it.
    fn has_room(&mut self, runs_later: bool) -> bool {
        let now = Instant::now();
        if self.window.is_none_or(|began| began + WINDOW <= now) {
            (self.window, self.rows, self.later_rows) = (Some(now), 0, 0);
        }
        self.rows += 1;
        if runs_later {
            self.later_rows += 1;
            return self.rows <= MOST_ROWS || self.later_rows <= MOST_LATER_ROWS;
        }
        self.rows <= MOST_ROWS
    }
}

/// Says of an address that stands for a name which name it is. False for the program's own server of names, which every
/// look-up asks.
fn name_host(core: &Core, program: &Process, object: &mut String) -> bool {
    let Ok(address) = object.parse::<SocketAddr>() else { return true };
    let Some(proxy) = core.proxies.get(program.pid()) else { return true };
    if let Some(name) = proxy.name_of(address.ip()) {
        *object = format!("{name}:{}", address.port());
    }
    !(proxy.mode() == NetworkMode::Filtered && address.ip().is_loopback() && address.port() == 53)
}

/// What a program does with a folder that its app was given since it began is a use of that right.
fn note_use(core: &Core, program: &Process, observed: &Observed) {
    let verb = match observed.act {
        Act::Read => Verb::ReadFile,
        Act::Execute => Verb::SpawnProcess,
        // Through the proxy, which counts it.
        Act::Connect => return,
        _ => Verb::WriteFile,
    };
    let owner = program.identity().parent.and_then(|pid| core.processes.get(pid).ok());
    let Some(owner) = owner.filter(|owner| owner.has_given() && observed.is_there != Some(false)) else {
        return;
    };
    let of = Use { by: program.name(), cause: program.identity().cause, now_millis: core.now_millis() };
    core.ledger.used(owner.pid(), |right| allows(right, verb, Some(&observed.object)), of);
}

/// Whether a program asked for something that its sandbox does not show.
fn is_out_of_view(observed: &Observed) -> bool {
    matches!(observed.act, Act::Read | Act::Execute)
        && observed.is_there == Some(false)
        && !is_private(&observed.object)
}

/// Whether there is such a thing, among our files or the host's. What is nowhere is a program looking around.
fn is_somewhere(core: &Core, path: &str) -> bool {
    let ours = VPath::parse(path).and_then(|path| core.host_path(&path));
    ours.is_ok_and(|path| path.symlink_metadata().is_ok()) || Path::new(path).symlink_metadata().is_ok()
}

fn is_worth_telling(observed: &Observed) -> bool {
    match observed.act {
        Act::Read => false,
        // Looking for a program in each folder of the search path runs none.
        Act::Execute => observed.is_there != Some(false),
        Act::Connect => !observed.object.starts_with(['/', '@']),
        _ => !is_private(&observed.object),
    }
}

/// Who runs by itself what a program makes or changes.
fn runs_later(observed: &Observed) -> Option<&'static str> {
    let changed = match observed.act {
        Act::Write | Act::Link | Act::Truncate | Act::Permissions => observed.object.as_str(),
        Act::Rename => observed.other.as_deref()?,
        _ => return None,
    };
    later_place(changed).map(|place| place.why)
}

fn is_private(path: &str) -> bool {
    PRIVATE.iter().any(|folder| Path::new(path).starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(act: Act, object: &str, is_there: Option<bool>) -> Observed {
        Observed {
            host_pid: 7,
            act,
            object: object.into(),
            other: None,
            is_there,
            at_millis: 1,
            dropped_before: 0,
        }
    }

    #[test]
    fn what_is_told_is_what_somebody_would_ask_about() {
        let worth = |act, object, is_there| is_worth_telling(&observed(act, object, is_there));
        assert!(worth(Act::Write, "/home/a", None) && worth(Act::Connect, "1.2.3.4:443", None));
        assert!(worth(Act::Execute, "/usr/bin/ls", Some(true)));
        assert!(!worth(Act::Execute, "/usr/local/bin/ls", Some(false)));
        assert!(!worth(Act::Write, "/dev/null", None) && !worth(Act::Remove, "/tmp/x", None));
        assert!(!worth(Act::Read, "/home/a", Some(true)) && !worth(Act::Connect, "/run/nscd/socket", None));
        assert_eq!(runs_later(&observed(Act::Write, "/home/p/.git/hooks/x", None)), Some("git runs it"));
        let renamed =
            Observed { other: Some("/home/.bashrc".into()), ..observed(Act::Rename, "/home/new", None) };
        assert!(runs_later(&renamed).is_some());
        assert_eq!(runs_later(&observed(Act::Remove, "/home/.bashrc", None)), None);
        assert_eq!(runs_later(&observed(Act::Write, "/home/a", None)), None);
        assert!(is_out_of_view(&observed(Act::Read, "/home/secret/key", Some(false))));
        assert!(!is_out_of_view(&observed(Act::Read, "/etc/passwd", Some(true))));
        assert!(!is_out_of_view(&observed(Act::Read, "/tmp/none", Some(false))));
    }
}
