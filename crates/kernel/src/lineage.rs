//! Ties what happens in one process to what another did: what programs of the host start to the input that made
//! them do so (see [`Lineage`](crate::host::Lineage)), and what is received to what it was sent for.

use crate::{
    caller::Caller,
    core::Core,
    fd::{Description, Object},
    host::{Account, LOOKS},
    journal::RowKind,
    observe::NewEvent,
    process::Process,
};
use abi::{CauseId, Pid, Syscalls, table::Severity};
use serde_json::json;
use std::sync::{Arc, Weak};

/// A process got what another sent for a cause of its own: an event on the receiver's account whose figures are the
/// sender's cause and the sender, so that a chain goes on there. Nothing is told about one's own messages.
#[inline]
pub(crate) fn tell_received(caller: &Caller, cause: CauseId, sender: Pid, by: &str) {
    if cause != caller.cause() && cause != CauseId::NONE {
        let core = caller.core();
        let event = NewEvent {
            a: cause.0,
            b: sender.0,
            label: core.observer.label(by),
            ..NewEvent::new(core.kinds.received, Severity::Info, caller.pid(), caller.cause())
        };
        core.observer.emit(event);
    }
}

/// A program gets input on the caller's account.
pub(crate) fn note_input(caller: &Caller, description: &Description, program: &Arc<Process>) {
    let Some(host) = program.host() else { return };
    let is_busy = matches!(description.object(), Object::Stream(stream) if stream.has_job(host.host_pid()));
    program.lineage.note_input(caller.cause(), is_busy);
    look_later(caller.core(), program);
}

/// Looks for what a program starts, for a while from now on.
pub(crate) fn look_later(core: &Arc<Core>, program: &Arc<Process>) {
    if program.lineage.ask() {
        core.runtime().spawn(look(Arc::downgrade(core), program.clone()));
    }
}

async fn look(core: Weak<Core>, program: Arc<Process>) {
    let lineage = &program.lineage;
    loop {
        let mut asked = lineage.asked();
        let mut turn = 0;
        while let Some(pause) = LOOKS.get(turn) {
            tokio::time::sleep(*pause).await;
            let (strong, whose) = (core.upgrade(), program.clone());
            let Some(core) = strong.filter(|_| program.is_alive()) else { return };
            let settle = turn + 1 == LOOKS.len();
            // On the pool, since it reads from the host. It does not panic; if it did, a look would be lost.
            let _ = tokio::task::spawn_blocking(move || tell_new(&core, &whose, settle)).await;
            turn += 1;
            if lineage.asked() != asked {
                (asked, turn) = (lineage.asked(), 0);
            }
        }
        if lineage.rest(asked) {
            return;
        }
    }
}

fn tell_new(core: &Core, program: &Process, settle: bool) {
    let Some(host) = program.host() else { return };
    let identity = program.identity();
    for (member, account) in program.lineage.look(host.host_pid(), settle) {
        let mut detail = json!({"argv": member.argv, "host_pid": member.host_pid, "parent": member.parent});
        let cause = match account {
            Account::Program => identity.cause,
            Account::Input(cause) => cause,
            Account::OneOf(causes) => {
                detail["one_of"] = json!(causes);
                identity.cause
            }
        };
        let name = member.argv.first().map_or("", String::as_str);
        let event = NewEvent {
            a: u64::from(member.host_pid.unsigned_abs()),
            b: u64::from(member.parent.unsigned_abs()),
            label: core.observer.label(name),
            ..NewEvent::new(core.kinds.child_seen, Severity::Info, identity.pid, cause)
        };
        core.observer.emit(event);
        let mut row = core.journal_row(identity, cause, RowKind::ProcessChild, name);
        row.detail = detail;
        if let Err(why) = core.journal.append(&row)
            && why.kind() != std::io::ErrorKind::BrokenPipe
        {
            core.journal_failed(&why);
        }
    }
}
