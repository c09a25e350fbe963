//! Signals on their way from process to process.

use super::{Fate, Sent};
use crate::{core::Core, process::Process};
use abi::{
    Errno, Pid, SysError, SysResult,
    table::{Exit, ProcessKind, ProcessState, SignalScope},
};
use nix::libc;
use std::sync::Arc;

impl Core {
    /// Sends a signal to a process. `ESRCH` when it has ended, `EPERM` for the kernel, and those of
    /// [`Signals::receive`](super::Signals::receive).
    pub(crate) fn send_signal(
        &self,
        process: &Arc<Process>,
        sent: Sent,
        scope: SignalScope,
    ) -> SysResult<()> {
        let (pid, signal) = (process.pid(), sent.signal);
        if pid == Pid::KERNEL {
            return Err(SysError::new(Errno::EPERM, "the kernel takes no signals"));
        }
        if !process.is_alive() {
            return Err(SysError::new(Errno::ESRCH, format!("process {pid} has ended")));
        }
        if let Some(host) = process.host() {
            match signal {
                libc::SIGSTOP => process.set_state(ProcessState::Stopped),
                libc::SIGCONT => process.set_state(ProcessState::Running),
                _ => {}
            }
            // Its end, if it ends by this, is noticed by its watcher.
            match scope {
                SignalScope::Process => host.signal_program(signal),
                SignalScope::Tree => host.signal(signal),
            }
            process.signals.count_passed_on();
            return Ok(());
        }
        if scope == SignalScope::Tree {
            for descendant in self.processes.descendants(pid) {
                // One that does not take it, or has ended meanwhile, does not keep the others from it.
                let _ = self.send_signal(&descendant, sent, SignalScope::Tree);
            }
        }
        match process.signals.receive(sent)? {
            Fate::Lives => {}
            Fate::Ends => self.end(process, Exit::Signal(signal)),
            Fate::Stops => self.stop(process)?,
        }
        // Whatever it does about the signal itself.
        if signal == libc::SIGCONT {
            self.go_on(process);
        }
        Ok(())
    }

    /// Stops what runs inside the desktop: what it submits waits until it goes on. What is under way, and what it calls
    /// on the thread of whoever shows it, does not. `EPERM` for the desktop's own shell, which all others hang on.
    pub(crate) fn stop(&self, process: &Process) -> SysResult<()> {
        let identity = process.identity();
        if identity.kind == ProcessKind::System && identity.parent == Some(Pid::KERNEL) {
            let detail = format!("{} shows all others and cannot be stopped", process.name());
            return Err(SysError::new(Errno::EPERM, detail));
        }
        process.parked.stop();
        process.set_state_if_alive(ProcessState::Stopped);
        Ok(())
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self, process: &Process) {
        if process.state() == ProcessState::Stopped {
            process.set_state_if_alive(ProcessState::Running);
        }
        process.parked.go_on(|caller, call, task| self.tasks.start(&caller, call, task));
    }

    /// Tells a parent that a child has ended; by default it does not mind.
    pub(crate) fn tell_child_ended(&self, parent: &Process, child: &Process) {
        let value = match child.exit() {
            Some(Exit::Code(code)) => i64::from(code),
            Some(Exit::Signal(signal)) => 128 + i64::from(signal),
            None => 0,
        };
        let sent = Sent {
            signal: libc::SIGCHLD,
            sender: child.pid(),
            cause: child.identity().cause,
            value,
            sent_millis: self.now_millis(),
        };
        // A parent with too many pending signals, or one that ends itself, hears of it by `wait` only.
        let _ = parent.signals.receive(sent);
    }
}
