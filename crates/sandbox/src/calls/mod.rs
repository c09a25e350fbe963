//! The host's filter on system calls: what is answered to which call, as rules, and the program that the host runs
//! for them (classic BPF over `struct seccomp_data`).
//!
//! A process gets **one** program with all of its rules. The host runs it once for each of some 450 numbers when it
//! is put in place, and it is translated into machine code each time, so a list that is walked from the beginning, or
//! a program for each answer, is what a start would spend most of its time on. Numbers are found by halving.
//!
//! **Invariants**: a call in the numbers of another architecture ends the process; the first rule whose conditions all
//! hold answers; a call without one goes on.

mod assemble;

#[cfg(test)]
mod tests;

use nix::{errno::Errno, libc, sys::prctl};
use std::{
    collections::BTreeMap,
    os::fd::{FromRawFd, OwnedFd},
};

/// What is answered to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It fails with this.
    Fails(Errno),
    /// Whoever listens is asked.
    Asks,
}

/// How the lower half of an argument is compared; it is all that the host looks at for each call that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    /// It is this.
    Is(u32),
    /// It is anything else.
    IsNot(u32),
    /// The upper half is anything else.
    UpperIsNot(u32),
    /// At least one of these bits is set.
    HasAny(u32),
    /// Under the first, it is the second.
    Masked(u32, u32),
}

/// An argument's place, and how it has to compare.
pub(crate) type Condition = (u8, Compare);

#[derive(Clone, Debug)]
struct Rule {
    conditions: Vec<Condition>,
    answer: Answer,
}

/// Calls and what is answered to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules(BTreeMap<u32, Vec<Rule>>);

impl Rules {
    /// To this call always, unless a rule that came before has answered.
    pub(crate) fn always(&mut self, call: libc::c_long, answer: Answer) {
        self.when(call, &[], answer);
    }

    /// When all conditions hold.
    pub(crate) fn when(&mut self, call: libc::c_long, conditions: &[Condition], answer: Answer) {
        // No call has a number that does not fit.
        if let Ok(number) = u32::try_from(call) {
            let rule = Rule { conditions: conditions.to_vec(), answer };
            self.0.entry(number).or_default().push(rule);
        }
    }

    /// Whether somebody has to listen.
    fn asks(&self) -> bool {
        self.0.values().flatten().any(|rule| rule.answer == Answer::Asks)
    }

    /// Puts the rules in place for this process and what it starts, and sets `no_new_privs`, without which nobody may.
    /// The descriptor is where somebody has to listen, when a rule asks.
    ///
    /// # Errors
    /// What the host says; `EBUSY` when somebody listens to this process already.
    #[allow(unsafe_code, reason = "no wrapper gives the listener")]
    pub(crate) fn install(&self) -> nix::Result<Option<OwnedFd>> {
        let mut program = assemble::assemble(self);
        let program = libc::sock_fprog {
            len: u16::try_from(program.len()).map_err(|_| Errno::E2BIG)?,
            filter: program.as_mut_ptr(),
        };
        let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
        // A signal while the listener looks does not begin the call anew, unless it kills; known since Linux 5.19.
        let asking = [listener | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, listener];
        let flags: &[libc::c_ulong] = if self.asks() { &asking } else { &[0] };
        prctl::set_no_new_privs()?;
        let mut answer = Err(Errno::EINVAL);
        for flags in flags {
            // SAFETY: the program and its description live through the call.
            answer = Errno::result(unsafe {
                libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, *flags, &raw const program)
            });
            if answer != Err(Errno::EINVAL) {
                break;
            }
        }
        let raw = i32::try_from(answer?).map_err(|_| Errno::EOVERFLOW)?;
        // SAFETY: the host has just opened this descriptor for us alone.
        Ok(self.asks().then(|| unsafe { OwnedFd::from_raw_fd(raw) }))
    }
}
