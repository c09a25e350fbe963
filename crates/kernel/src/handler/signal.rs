//! Rows about signals.

use super::{subject, within};
use crate::{
    caller::Caller,
    door::Wait,
    signal::{Fate, Sent, check_number, host_state},
};
use abi::{
    Errno, SysError, SysResult, Syscalls,
    table::{
        BlockSignal, Exit, GetPendingSignals, GetSignalState, GetSignalStats, RegisterHandler, SendSignal,
        SignalAction, SignalInfo, SignalState, SignalStats, UnblockSignal, WaitForSignal,
    },
};

handlers! {
    SendSignal => send;
    RegisterHandler => register;
    BlockSignal => block;
    UnblockSignal => unblock;
    GetPendingSignals => pending;
    GetSignalStats => stats;
    WaitForSignal waits;
    GetSignalState => state;
}

fn send(caller: &Caller, call: SendSignal) -> SysResult<()> {
    check_number(call.signal)?;
    let core = caller.core();
    let sent = Sent {
        signal: call.signal,
        sender: caller.pid(),
        cause: caller.cause(),
        value: call.value,
        sent_millis: core.now_millis(),
    };
    core.send_signal(&core.processes.get(call.pid)?, sent, call.scope)
}

fn register(caller: &Caller, call: RegisterHandler) -> SysResult<SignalAction> {
    caller.process().signals.set_action(call.signal, call.action)
}

fn block(caller: &Caller, call: BlockSignal) -> SysResult<bool> {
    caller.process().signals.block(call.signal)
}

fn unblock(caller: &Caller, call: UnblockSignal) -> SysResult<bool> {
    let (before, fate) = caller.process().signals.unblock(call.signal)?;
    match fate {
        Fate::Lives => {}
        Fate::Ends => caller.core().end(caller.process(), Exit::Signal(call.signal)),
        Fate::Stops => caller.core().stop(caller.process())?,
    }
    Ok(before)
}

fn pending(caller: &Caller, _: GetPendingSignals) -> SysResult<Vec<SignalInfo>> {
    Ok(caller.process().signals.pending())
}

fn stats(caller: &Caller, call: GetSignalStats) -> SysResult<SignalStats> {
    Ok(subject(caller, call.pid)?.signals.stats())
}

impl Wait for WaitForSignal {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<SignalInfo> {
        self.signals.iter().try_for_each(|signal| check_number(*signal))?;
        let signals = &caller.process().signals;
        if self.timeout_millis == Some(0) {
            let none = || SysError::new(Errno::EAGAIN, "no such signal is pending");
            return signals.take(&self.signals).ok_or_else(none);
        }
        within(self.timeout_millis, "wait_for_signal", signals.wait(&self.signals)).await?
    }
}

fn state(caller: &Caller, call: GetSignalState) -> SysResult<SignalState> {
    let process = subject(caller, call.pid)?;
    Ok(match process.host() {
        Some(host) => host_state(host.host_pid()),
        None => process.signals.state(),
    })
}
