//! From rules to a program: numbers by halving, then the conditions of one call.

use super::{Answer, Compare, Rule, Rules};
use nix::libc::{self, sock_filter};

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// `AUDIT_ARCH_*`, from `linux/audit.h`.
#[cfg(target_arch = "x86_64")]
pub(super) const OURS: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
pub(super) const OURS: u32 = 0xc000_00b7;

/// On x86-64 the numbers of x32 have this bit and are otherwise the same calls.
#[cfg(target_arch = "x86_64")]
const FIRST_FOREIGN: Option<u32> = Some(0x4000_0000);
#[cfg(not(target_arch = "x86_64"))]
const FIRST_FOREIGN: Option<u32> = None;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const JUMP: u16 = (libc::BPF_JMP | libc::BPF_JA) as u16;
const EQUALS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const HAS_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

const GOES_ON: sock_filter = step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW);
const DIES: sock_filter = step(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS);

const fn step(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

/// The whole program.
pub(super) fn assemble(rules: &Rules) -> Vec<sock_filter> {
    let mut steps =
        vec![step(LOAD, 0, 0, ARCHITECTURE), step(EQUALS, 1, 0, OURS), DIES, step(LOAD, 0, 0, NUMBER)];
    if let Some(first) = FIRST_FOREIGN {
        // `-1` stays a call that does not exist.
        steps.extend([step(AT_LEAST, 0, 3, first), step(EQUALS, 0, 1, u32::MAX), GOES_ON, DIES]);
    }
    let calls: Vec<(u32, &[Rule])> =
        rules.0.iter().map(|(number, rules)| (*number, rules.as_slice())).collect();
    steps.extend(find(&calls));
    steps
}

/// Finds the number among these, which are in order. Each way through ends with an answer.
fn find(calls: &[(u32, &[Rule])]) -> Vec<sock_filter> {
    match calls {
        [] => vec![GOES_ON],
        [(number, rules)] => {
            let mut steps = vec![step(EQUALS, 1, 0, *number), GOES_ON];
            steps.extend(judge(rules));
            steps
        }
        _ => {
            let (lower, upper) = calls.split_at(calls.len() / 2);
            let (first_upper, lower, upper) = (upper[0].0, find(lower), find(upper));
            // Conditional jumps reach 255 steps only.
            let over = u32::try_from(lower.len()).unwrap_or(u32::MAX);
            let mut steps = vec![step(AT_LEAST, 0, 1, first_upper), step(JUMP, 0, 0, over)];
            steps.extend(lower);
            steps.extend(upper);
            steps
        }
    }
}

/// The rules of one call, the first that holds.
fn judge(rules: &[Rule]) -> Vec<sock_filter> {
    let mut steps = Vec::new();
    for Rule { conditions, answer } in rules {
        let compared: Vec<_> = conditions.iter().map(|(place, how)| compare(*place, *how)).collect();
        // A condition that does not hold leads past the answer. A rule is a few steps long, far below 255.
        let mut left = compared.iter().map(Vec::len).sum::<usize>() + 1;
        for mut condition in compared {
            left -= condition.len();
            if let Some(last) = condition.last_mut() {
                let past = u8::try_from(left).unwrap_or(u8::MAX);
                let fails = if last.jt == FAILS { &mut last.jt } else { &mut last.jf };
                *fails = past;
            }
            steps.extend(condition);
        }
        steps.push(match answer {
            Answer::Fails(errno) => {
                step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | (*errno as u32 & libc::SECCOMP_RET_DATA))
            }
            Answer::Asks => step(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF),
        });
        if conditions.is_empty() {
            return steps;
        }
    }
    steps.push(GOES_ON);
    steps
}

/// Stands for the way out of a condition that does not hold, until it is known how far that is.
const FAILS: u8 = u8::MAX;

/// The last step goes on when the condition holds.
fn compare(place: u8, how: Compare) -> Vec<sock_filter> {
    // Little-endian, as all of ours are: the lower half comes first.
    let load = step(LOAD, 0, 0, ARGUMENTS + 8 * u32::from(place));
    match how {
        Compare::Is(value) => vec![load, step(EQUALS, 0, FAILS, value)],
        Compare::IsNot(value) => vec![load, step(EQUALS, FAILS, 0, value)],
        Compare::UpperIsNot(value) => {
            vec![step(LOAD, 0, 0, ARGUMENTS + 8 * u32::from(place) + 4), step(EQUALS, FAILS, 0, value)]
        }
        Compare::HasAny(bits) => vec![load, step(HAS_BIT, 0, FAILS, bits)],
        Compare::Masked(mask, value) => vec![load, step(AND, 0, 0, mask), step(EQUALS, 0, FAILS, value)],
    }
}
