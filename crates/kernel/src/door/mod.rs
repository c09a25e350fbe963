//! The one door. Every effect of every process comes through [`enter`]:
//!
//! 1. **resolve** the call's paths to objects, with no symbolic link left;
//! 2. **gate**: what the row needs, checked on those objects;
//! 3. **journal**, for rows that change something: written before the effect, and when that fails the
//!    call is refused;
//! 4. **run** the row's handler;
//! 5. **count**: event, histogram, counters; a denial also becomes a security event and a journal row.
//!
//! Handlers therefore never check permissions and never log. A row that waits passes the same five
//! steps in [`enter_waiting`], as a future, and holds no thread.
//!
//! Cost of the cheapest call: two counters, one mask, and the clock only when its event is kept.

mod changes;
mod fault;
mod needs;
#[macro_use]
mod handle;
mod record;

pub(crate) use changes::Unsettled;
pub(crate) use handle::{Handle, Paths, Wait, run_waiting, unless_interrupted};
pub(crate) use record::{admit_target, record_denial};

use handle::Links;

use crate::{caller::Caller, gate::Denial, journal::Recorded, observe::LabelId, process::Process};
use abi::{
    AnySlot, Call, Errno, Reply, Slot, SysError, SysResult, Syscall,
    table::{Class, ClassMarker as _, ProcessState, Row},
};
use std::{future::Future, pin::Pin, sync::atomic::Ordering};

/// Runs a call now, on this thread.
#[inline]
pub(crate) fn enter<C: Handle>(caller: &Caller, call: C) -> SysResult<C::Reply> {
    let entered = record::entry::<C>(caller);
    let mut label = LabelId::NONE;
    let result = run(caller, call, &mut label).map_err(|stop| record::stop::<C>(caller, stop));
    let_go(caller);
    record::exit::<C, _>(caller, entered, label, &result);
    result
}

/// Runs a call that may wait, as a future.
pub(crate) async fn enter_waiting<C: Wait>(caller: Caller, call: C) -> SysResult<C::Reply> {
    let entered = record::entry::<C>(&caller);
    let mut label = LabelId::NONE;
    let admitted = begin(caller.process()).and_then(|()| {
        let admitted = admit(&caller, call, Links::Follow, &mut label);
        if !matches!(admitted, Err(Stop::Denied(_))) {
            count_allowed::<C>(&caller);
        }
        admitted.map_err(|stop| record::stop::<C>(&caller, stop))
    });
    let result = match admitted {
        Ok((call, _, _)) => {
            fault::guarded_wait::<C, _>(&caller, handle::wait_unless_interrupted(&caller, call)).await
        }
        Err(refused) => Err(refused),
    };
    let_go(&caller);
    record::exit::<C, _>(&caller, entered, label, &result);
    result
}

/// Why a call did not get its reply.
enum Stop {
    Denied(Denial),
    Failed(SysError),
}

impl From<SysError> for Stop {
    fn from(why: SysError) -> Self {
        Stop::Failed(why)
    }
}

#[inline]
fn run<C: Handle>(caller: &Caller, call: C, label: &mut LabelId) -> Result<C::Reply, Stop> {
    begin(caller.process())?;
    if C::LOOKS_AT_PATHS {
        // Almost no path has a link, and a call that meets one where none was expected does nothing: so it
        // is tried with the paths as they stand, and only then with the links looked up and followed.
        match attempt(caller, call.clone(), Links::Unexpected, label) {
            Err(Stop::Denied(_)) => {}
            Err(Stop::Failed(why)) if why.errno == Errno::ELOOP => {}
            result => {
                count_allowed::<C>(caller);
                return result;
            }
        }
    }
    let result = attempt(caller, call, Links::Follow, label);
    if !matches!(result, Err(Stop::Denied(_))) {
        count_allowed::<C>(caller);
    }
    result
}

/// Counts the gate's yes, once a call, where the row needs anything.
#[inline]
fn count_allowed<C: Syscall>(caller: &Caller) {
    if !C::ROW.needs.is_empty() {
        caller.core().gate.count_allowed();
    }
}

#[inline]
fn attempt<C: Handle>(caller: &Caller, call: C, links: Links, label: &mut LabelId) -> Result<C::Reply, Stop> {
    let (call, object, recorded) = admit(caller, call, links, label)?;
    let result = fault::guarded::<C, _>(caller, || call.run(caller, object));
    if let (Err(why), Some(recorded)) = (&result, recorded) {
        changes::failed(caller, recorded, why);
    }
    Ok(result?)
}

/// What a call made for a process that ended meanwhile is let go of again: the end may have looked before it was there.
#[inline]
fn let_go(caller: &Caller) {
    if !caller.process().is_alive() {
        caller.core().release_late(caller.process());
    }
}

/// Steps one to three.
#[inline]
fn admit<C: Handle>(
    caller: &Caller,
    mut call: C,
    links: Links,
    label: &mut LabelId,
) -> Result<(C, C::Object, Option<Recorded>), Stop> {
    // A failure to resolve is only told to who may know about the object.
    let object = call.resolve(&Paths { caller, links });
    if C::Class::CLASS != Class::Instant {
        *label = record::label(caller, &call);
    }
    call.for_each_need(|need| needs::check(caller, need)).map_err(Stop::Denied)?;
    let object = object?;
    if caller.process().has_given() {
        record::note_uses(caller, &call);
    }
    let recorded = if C::ROW.mutates { record::before_effect(caller, &call)? } else { None };
    Ok((call, object, recorded))
}

#[inline]
fn begin(process: &Process) -> SysResult<()> {
    process.syscalls.fetch_add(1, Ordering::Relaxed);
    match process.state() {
        ProcessState::Running | ProcessState::Blocked | ProcessState::Stopped => Ok(()),
        ProcessState::Ready => {
            process.set_state(ProcessState::Running);
            Ok(())
        }
        _ => Err(SysError::new(Errno::ESRCH, format!("process {} has ended", process.pid()))),
    }
}

macro_rules! dispatch_rows {
    ($($Call:ident)*) => {
        /// Runs a call of any row now, on this thread.
        pub(crate) fn dispatch(caller: &Caller, call: Call) -> SysResult<Reply> {
            match call {
                $( Call::$Call(call) => enter(caller, call).map(abi::table::$Call::wrap_reply), )*
            }
        }

        /// How to run a slot of each row, in the order of the table.
        static SLOTS: [fn(&Caller, &mut dyn AnySlot); Call::COUNT] =
            [$( run_slot_of::<abi::table::$Call> ),*];
    };
}

abi::with_syscalls!(dispatch_rows);

/// Runs the call in a slot of this row now, on this thread.
#[inline]
pub(crate) fn run_slot(caller: &Caller, row: &Row, slot: &mut dyn AnySlot) {
    SLOTS[usize::from(row.index)](caller, slot);
}

fn run_slot_of<C: Handle>(caller: &Caller, slot: &mut dyn AnySlot) {
    match slot.as_any().downcast_mut::<Slot<C>>() {
        Some(slot) => slot.run(|call| enter(caller, call)),
        // The slot is of another row than was said: its own call is what counts.
        None => slot_by_call(caller, slot),
    }
}

#[cold]
fn slot_by_call(caller: &Caller, slot: &mut dyn AnySlot) {
    if let Some(call) = slot.take() {
        slot.put(dispatch(caller, call));
    }
}

/// A call on its way to where it may run.
pub(crate) enum Started {
    /// It waits without a thread.
    Waits(Pin<Box<dyn Future<Output = SysResult<Reply>> + Send>>),
    /// It needs a thread of the pool.
    Runs(Box<dyn FnOnce() -> SysResult<Reply> + Send>),
}

/// Makes a submitted call ready to run.
pub(crate) fn start(caller: Caller, call: Call) -> Started {
    fn waits<C: Wait>(caller: Caller, call: C) -> Started {
        Started::Waits(Box::pin(async move { enter_waiting(caller, call).await.map(C::wrap_reply) }))
    }
    match call {
        Call::Batch(call) => waits(caller, call),
        Call::FdRead(call) => waits(caller, call),
        Call::NextEvents(call) => waits(caller, call),
        Call::RequestCapabilities(call) => waits(caller, call),
        Call::RequestStart(call) => waits(caller, call),
        Call::RequestCapability(call) => waits(caller, call),
        Call::NetworkRequest(call) => waits(caller, call),
        Call::PipeWait(call) => waits(caller, call),
        Call::Poll(call) => waits(caller, call),
        Call::QueueReceive(call) => waits(caller, call),
        Call::Sleep(call) => waits(caller, call),
        Call::SocketAccept(call) => waits(caller, call),
        Call::SocketConnect(call) => waits(caller, call),
        Call::SocketRecv(call) => waits(caller, call),
        Call::SocketRecvFrom(call) => waits(caller, call),
        Call::SocketSend(call) => waits(caller, call),
        Call::SocketSendTo(call) => waits(caller, call),
        Call::Wait(call) => waits(caller, call),
        Call::WatchRead(call) => waits(caller, call),
        Call::WaitForSignal(call) => waits(caller, call),
        call => Started::Runs(Box::new(move || dispatch(&caller, call))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::table::ROWS;

    #[test]
    fn every_row_that_waits_is_started_as_a_future() {
        let kernel = crate::testing::kernel();
        let caller = kernel.trusted();
        for row in ROWS.iter().filter(|row| row.class == Class::Waits) {
            let call: Call = serde_json::from_str(row.example).unwrap();
            assert!(matches!(start(caller.clone(), call), Started::Waits(_)), "{} holds a thread", row.name);
        }
    }
}
