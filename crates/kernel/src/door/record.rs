//! What the door tells the observer and the journal.

use super::{Handle, Stop, changes};
use crate::{
    caller::Caller,
    core::Core,
    gate::{Denial, allows, describe},
    grant::Use,
    journal::{Recorded, Row, RowKind},
    network::Target,
    observe::{Entered, KindId, LabelId, NewEvent, Outcome},
    process::Process,
    text::cut,
};
use abi::{
    CauseId, Errno, SysError, SysResult, Syscall,
    table::{self, Need, OpenMode, Severity, Verb},
};
use std::{io, sync::atomic::Ordering};

/// Longest object or detail in a journal row, bytes.
const MAX_JOURNAL_TEXT: usize = 8 * 1024;

#[inline]
pub(super) fn entry<C: Syscall>(caller: &Caller) -> Entered {
    caller.core().observer.enter(KindId::of_row(C::ROW))
}

#[inline]
pub(super) fn exit<C: Syscall, T>(caller: &Caller, entered: Entered, label: LabelId, result: &SysResult<T>) {
    let errno = result.as_ref().err().map(|error| error.errno);
    let process = caller.process();
    if errno.is_some() {
        process.errors.fetch_add(1, Ordering::Relaxed);
    }
    let outcome = Outcome { pid: process.pid(), cause: abi::Syscalls::cause(caller), errno, label };
    caller.core().observer.leave(entered, KindId::of_row(C::ROW), outcome);
}

/// The object of a call, for its event.
pub(super) fn label<C: Syscall>(caller: &Caller, call: &C) -> LabelId {
    let mut label = LabelId::NONE;
    let _ = call.for_each_need(|need| {
        let observer = &caller.core().observer;
        label = match need {
            Need::Path(_, text) | Need::Open(text, _) | Need::Name(_, text) | Need::Url(text) => {
                observer.label(text)
            }
            Need::Connect(_, address) | Need::Bind(_, address) => observer.label(&address.to_string()),
            _ => return Ok(()),
        };
        Err(())
    });
    label
}

/// The error that the caller sees; a denial is recorded on the way.
pub(super) fn stop<C: Syscall>(caller: &Caller, stop: Stop) -> SysError {
    match stop {
        Stop::Failed(why) => why,
        Stop::Denied(denial) => refusal::<C>(caller, denial),
    }
}

/// A target that was found out after the door: the address of a name. Judged and recorded as at the door.
pub(crate) fn admit_target<C: Syscall>(caller: &Caller, target: &Target) -> SysResult<()> {
    let answer = caller.core().gate.network(caller.process(), target);
    if answer.is_ok() {
        caller.core().gate.count_allowed();
    }
    answer.map_err(|denial| refusal::<C>(caller, denial))
}

/// A *no* of the gate: counted, told, written down.
#[cold]
fn refusal<C: Syscall>(caller: &Caller, denial: Denial) -> SysError {
    record_denial(caller.core(), caller.process(), abi::Syscalls::cause(caller), C::ROW, &denial);
    denial.into()
}

/// The same of who judges for a process that makes no call itself; `row` is the one that it would be.
#[cold]
pub(crate) fn record_denial(
    core: &Core,
    process: &Process,
    cause: CauseId,
    call: &table::Row,
    denial: &Denial,
) {
    process.denied.fetch_add(1, Ordering::Relaxed);
    core.gate.count_denied();
    let event = NewEvent {
        label: core.observer.label(&format!("{} {}", call.name, denial.object())),
        a: u64::from(call.number),
        b: Errno::EACCES as u64,
        ..NewEvent::new(core.kinds.denied, Severity::Warning, process.pid(), cause)
    };
    core.observer.emit(event);
    let object = cut(denial.object(), MAX_JOURNAL_TEXT);
    let mut row = core.journal_row(process.identity(), cause, RowKind::Denial, &object);
    call.name.clone_into(&mut row.call);
    row.rule = Some(cut(denial.rule(), MAX_JOURNAL_TEXT));
    if let Some(capability) = denial.would_allow() {
        row.detail = serde_json::json!({ "would_allow": capability });
        core.keep_denial(process, cause, call.name, (capability, denial.rule()));
    }
    let written = match core.journal.recorder() {
        Some(recorder) => recorder.deny(&row),
        None => core.journal.append(&row).map(drop),
    };
    if let Err(why) = written {
        // The call is refused anyway; what is lost is the record of it.
        core.journal_failed(&why);
    }
}

/// Writes down what a call is about to change. Without that it may not.
pub(super) fn before_effect<C: Handle>(caller: &Caller, call: &C) -> SysResult<Option<Recorded>> {
    let Some(object) = subject(caller, call) else { return Ok(None) };
    let mut row = journal_row(caller, RowKind::Call, &object);
    C::ROW.name.clone_into(&mut row.call);
    row.detail = changes::argv(call);
    row.rule = rule(caller, call).map(|rule| cut(&rule, MAX_JOURNAL_TEXT));
    let written = changes::record(caller, call, &row).and_then(|recorded| match recorded {
        Some(recorded) => Ok(Some(recorded)),
        None => caller.core().journal.append(&row).map(|_| None),
    });
    written.map_err(|why| journal_error(caller, &object, &why))
}

fn journal_error(caller: &Caller, object: &str, why: &io::Error) -> SysError {
    caller.core().journal_failed(why);
    let errno = match why.kind() {
        io::ErrorKind::StorageFull => Errno::ENOSPC,
        io::ErrorKind::QuotaExceeded => Errno::EDQUOT,
        _ => Errno::EIO,
    };
    SysError::new(errno, format!("{object}: refused, since the journal cannot record it: {why}"))
}

fn journal_row(caller: &Caller, kind: RowKind, object: &str) -> Row {
    let identity = caller.process().identity();
    caller.core().journal_row(identity, abi::Syscalls::cause(caller), kind, &cut(object, MAX_JOURNAL_TEXT))
}

/// Counts what a call uses of the rights that its process was given since it began.
#[cold]
pub(super) fn note_uses<C: Syscall>(caller: &Caller, call: &C) {
    let (core, process) = (caller.core(), caller.process());
    let of = Use { by: process.name(), cause: abi::Syscalls::cause(caller), now_millis: core.now_millis() };
    let used = |verb, object: Option<&str>| {
        core.ledger.used(process.pid(), |right| allows(right, verb, object), of);
    };
    let _ = call.for_each_need(|need| {
        match need {
            Need::Path(verb, object) | Need::PathIf(verb, object, true) | Need::Name(verb, object) => {
                used(verb, Some(object));
            }
            Need::Paths(verb, paths) => paths.iter().for_each(|path| used(verb, Some(path))),
            Need::Plain(verb) => used(verb, None),
            Need::Open(path, mode) => {
                if mode.read {
                    used(Verb::ReadFile, Some(path));
                }
                if mode.write || mode.append || mode.truncate {
                    used(Verb::WriteFile, Some(path));
                }
            }
            _ => {}
        }
        Ok::<(), ()>(())
    });
}

/// By which rule a call may change what it changes: where the right comes from, and the right. The first one, where
/// it needs several.
fn rule<C: Syscall>(caller: &Caller, call: &C) -> Option<String> {
    let policy = caller.process().policy();
    let mut found = None;
    let _ = call.for_each_need(|need| {
        let granting = match need {
            Need::Path(Verb::ReadFile | Verb::ListDirectory, _) => return Ok(()),
            Need::Path(verb, path) => policy.granting_path(verb, path),
            Need::Open(path, mode) if mode.write || mode.append || mode.truncate => {
                policy.granting_path(Verb::WriteFile, path)
            }
            Need::Open(path, mode) if mode.create => policy.granting_path(Verb::CreateFile, path),
            Need::Name(verb, name) => policy.granting_name(verb, name),
            Need::Plain(verb) => policy.granting_plain(verb),
            // Own things, and targets whose rules are many: the decision has its own row where it is a no.
            _ => return Ok(()),
        };
        // It passed the gate, so what the policy does not have was lent.
        found = Some(match granting {
            Some(capability) => {
                let source = caller.core().ledger.rule(caller.process().pid(), capability);
                format!("{source} {}", describe(capability))
            }
            None => "answer once".to_owned(),
        });
        Err(())
    });
    found
}

/// What a call changes, if it changes something that outlives the process: files, processes, limits.
fn subject<C: Syscall>(caller: &Caller, call: &C) -> Option<String> {
    let mut objects: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        if !objects.iter().any(|object| object == text) {
            objects.push(text.to_owned());
        }
        Ok::<(), ()>(())
    };
    let changes = |mode: OpenMode| mode.write || mode.append || mode.create || mode.truncate;
    let _ = call.for_each_need(|need| match need {
        Need::Path(Verb::ReadFile | Verb::ListDirectory, _) => Ok(()),
        Need::Path(_, path) => add(path),
        Need::Paths(Verb::ReadFile | Verb::ListDirectory, _) => Ok(()),
        Need::Paths(_, paths) => paths.iter().try_for_each(|path| add(path)),
        Need::Open(path, mode) if changes(mode) => add(path),
        Need::Descriptor(Verb::WriteFile, fd) => match caller.process().descriptors.get(fd) {
            Ok(description) => description.path().map_or(Ok(()), |path| add(path.as_str())),
            Err(_) => Ok(()),
        },
        Need::Mapping(Verb::WriteFile, map) => {
            match caller.core().mappings.get_own(caller.process().pid(), map) {
                Ok(mapping) if !mapping.is_private() => add(mapping.path().as_str()),
                _ => Ok(()),
            }
        }
        Need::Stream(fd) => match caller.process().descriptors.get(fd) {
            Ok(description) => match description.transfer_of() {
                Ok(transfer) if transfer.is_writing() => add(transfer.path().as_str()),
                _ => Ok(()),
            },
            Err(_) => Ok(()),
        },
        Need::Name(_, name) => add(name),
        Need::Connect(_, address) | Need::Bind(_, address) => add(&address.to_string()),
        Need::Url(url) => add(url),
        Need::Process(_, Some(pid)) => add(&pid.to_string()),
        Need::Plain(verb) => add(verb.name()),
        _ => Ok(()),
    });
    if objects.is_empty() { None } else { Some(objects.join(" → ")) }
}
