//! Rows about programs that outlived an earlier desktop.

use super::program::{Started, check_count, forget, held_terminal, publish, tie, work_in};
use crate::{
    caller::Caller,
    confine,
    held::{HeldPrograms, Note, tell},
    journal::RowKind,
    kernel::{prepare_since, tell_begin, watch},
    lineage,
    process::{NewProcess, Process},
    touched,
};
use abi::{
    CauseKind, CauseSpec, Errno, SysError, SysResult, Syscalls,
    table::{AttachHeld, EndHeld, HeldAttached, HeldProgram, ListHeld, ProcessKind},
};
use sandbox::{HeldProcess, HolderError};
use serde_json::json;
use std::sync::Arc;

handlers! {
    ListHeld => list;
    AttachHeld => attach;
    EndHeld => end;
}

fn list(caller: &Caller, _: ListHeld) -> SysResult<Vec<HeldProgram>> {
    let core = caller.core();
    let Some(held) = &core.held else { return Ok(Vec::new()) };
    let own: Vec<_> = core.processes.all().into_iter().filter(|process| process.is_alive()).collect();
    let here = |id: &str| {
        let is_it = |host: &crate::host::HostProcess| host.held_id() == Some(id);
        own.iter().find(|process| process.host().is_some_and(|host| is_it(host))).map(|process| process.pid())
    };
    let found = held.folder().list().into_iter();
    Ok(found.map(|info| (here(&info.id), info)).map(|(pid, info)| tell(info, pid)).collect())
}

fn attach(caller: &Caller, call: AttachHeld) -> SysResult<HeldAttached> {
    check_count(caller)?;
    let found = folder(caller, &call.id)?.folder().attach(&call.id).map_err(holder_error)?;
    let (note, info) = (Note::of(found.held.info()), found.held.info().clone());
    // Until it is adopted, whatever fails leaves it to its holder.
    check_owner(caller, &call, &note, &info.executable)?;
    let size = sandbox::window_size(&found.master).unwrap_or(sandbox::WindowSize { rows: 24, cols: 80 });
    let (started, output_bytes) = take_over(caller, found, &note)?;
    Ok(HeldAttached {
        pid: started.process.pid(),
        host_pid: info.host_pid,
        fd: started.terminal(),
        output_bytes,
        rows: size.rows,
        cols: size.cols,
        started_millis: info.started_millis,
        ended_millis: info.ended.map(|(_, millis)| millis),
    })
}

/// A program belongs to the app that started it, and the caller has the right to start what it named.
fn check_owner(caller: &Caller, call: &AttachHeld, note: &Note, executable: &str) -> SysResult<()> {
    let own = caller.process().identity();
    if own.app != note.app {
        let whose = note.app.as_deref().unwrap_or("no app");
        return Err(SysError::new(Errno::EPERM, format!("{} was started by {whose}", call.id)));
    }
    if call.executable != executable {
        let detail = format!("{} is {executable}, not {}", call.id, call.executable);
        return Err(SysError::new(Errno::ESRCH, detail));
    }
    Ok(())
}

/// Makes it a process of ours.
fn take_over(caller: &Caller, found: HeldProcess, note: &Note) -> SysResult<(Started, u64)> {
    let (core, own) = (caller.core(), caller.process());
    let info = found.held.info().clone();
    let cause = core.observer.open_cause(CauseSpec {
        app: note.app.clone(),
        parent: Some(note.cause).filter(|cause| *cause != abi::CauseId::NONE),
        ..CauseSpec::new(CauseKind::Process, "re-attached after the desktop ended")
    });
    let new = NewProcess {
        name: note.name.clone(),
        app: note.app.clone(),
        kind: ProcessKind::Host,
        capabilities: Vec::new(),
        parent: own.pid(),
        cause,
    };
    let (launched, output_bytes) = held_terminal(caller, found);
    let mut birth = prepare_since(core, &new, info.started_millis)?;
    let (host, descriptors, _) = tie(caller, &mut birth, launched)?;
    if let Some(claim) = &note.claim {
        let pid = birth.process().pid();
        // It goes on with its holder then, and keeps its place.
        let undo = move || {
            core.proxies.release(pid, true);
        };
        let again = |process: &Arc<Process>| {
            confine::tie_again(core, own, process, &claim.place);
            Ok(())
        };
        birth.initialise(again, undo)?;
    }
    let undo = descriptors.clone();
    let started = publish(caller, birth, host, descriptors).inspect_err(|_| forget(own, &undo))?;
    started.host.adopt();
    if let Some(run) = note.run.and_then(|run| core.runs.get(run).ok()) {
        work_in(core, &run, &started.process);
    }
    let mut argv = vec![info.executable];
    argv.extend(info.args);
    let detail = json!({
        "held": info.id, "host_pid": info.host_pid, "argv": argv, "by": caller.cause(),
        "started_millis": info.started_millis, "ended_millis": info.ended.map(|(_, millis)| millis),
    });
    tell_begin(core, &started.process, RowKind::ProcessAttach, detail);
    watch(core, started.process.clone())?;
    lineage::look_later(core, &started.process);
    touched::follow(core, &started.process);
    Ok((started, output_bytes))
}

fn end(caller: &Caller, call: EndHeld) -> SysResult<()> {
    folder(caller, &call.id)?.folder().end(&call.id).map_err(holder_error)
}

fn folder<'a>(caller: &'a Caller, id: &str) -> SysResult<&'a HeldPrograms> {
    let none =
        || SysError::new(Errno::ESRCH, format!("no program is held as {id}: nothing is on this folder"));
    caller.core().held.as_ref().ok_or_else(none)
}

fn holder_error(why: HolderError) -> SysError {
    let errno = match why {
        HolderError::Unknown(_) => Errno::ESRCH,
        HolderError::Busy(_) => Errno::EBUSY,
        HolderError::Silent { .. } => Errno::EIO,
    };
    SysError::new(errno, why.to_string())
}
