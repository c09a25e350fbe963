//! Signals of a program of the host, as the host keeps them (proc_pid_status(5)).

use abi::table::{SignalAction, SignalState};
use std::fs;

/// What the host says of a process's signals; nothing when it is gone.
pub(crate) fn host_state(host_pid: i32) -> SignalState {
    fs::read_to_string(format!("/proc/{host_pid}/status")).map(|status| parse(&status)).unwrap_or_default()
}

fn parse(status: &str) -> SignalState {
    let mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    };
    let signals = |mask: u64| (1..=64).filter(move |signal| mask & super::bit(*signal) != 0);
    let ignored = signals(mask("SigIgn")).map(|signal| (signal, SignalAction::Ignore));
    let handled = signals(mask("SigCgt")).map(|signal| (signal, SignalAction::Handle));
    SignalState {
        blocked: signals(mask("SigBlk")).collect(),
        actions: ignored.chain(handled).collect(),
        pending: signals(mask("SigPnd") | mask("ShdPnd")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_of_the_host_become_numbers() {
        let status = "Name:\tsh\nSigQ:\t0/1\nSigPnd:\t0000000000000001\nShdPnd:\t0000000000000100\n\
                      SigBlk:\t0000000000010000\nSigIgn:\t0000000000000004\nSigCgt:\t8000000000000002\n";
        let state = parse(status);
        assert_eq!((state.pending, state.blocked), (vec![1, 9], vec![17]));
        let actions: Vec<_> = state.actions.into_iter().collect();
        assert_eq!(
            actions,
            [(2, SignalAction::Handle), (3, SignalAction::Ignore), (64, SignalAction::Handle)]
        );
        assert_eq!(parse("nonsense"), SignalState::default());
    }
}
