//! The program against the rules that it was made from, on a small machine of our own.

use super::{
    Answer, Compare, Rules,
    assemble::{OURS, assemble},
};
use nix::{errno::Errno, libc};

const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;
const ASKED: u32 = libc::SECCOMP_RET_USER_NOTIF;
const KILLED: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | Errno::EPERM as u32;
const UNKNOWN: u32 = libc::SECCOMP_RET_ERRNO | Errno::ENOSYS as u32;

/// Runs a program as the host does; panics where the host would refuse it.
fn run(program: &[libc::sock_filter], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
    let mut data = [0_u8; 64];
    data[..4].copy_from_slice(&number.to_ne_bytes());
    data[4..8].copy_from_slice(&architecture.to_ne_bytes());
    for (index, argument) in arguments.iter().enumerate() {
        data[16 + 8 * index..24 + 8 * index].copy_from_slice(&argument.to_ne_bytes());
    }
    let (mut at, mut value) = (0, 0_u32);
    loop {
        let libc::sock_filter { code, jt, jf, k } = program[at];
        let jump = |holds: bool| 1 + usize::from(if holds { jt } else { jf });
        at += match u32::from(code) {
            code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => {
                let at = k as usize;
                value = u32::from_ne_bytes(data[at..at + 4].try_into().unwrap());
                1
            }
            code if code == libc::BPF_ALU | libc::BPF_AND | libc::BPF_K => {
                value &= k;
                1
            }
            code if code == libc::BPF_JMP | libc::BPF_JA => 1 + k as usize,
            code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => jump(value == k),
            code if code == libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K => jump(value >= k),
            code if code == libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K => jump(value & k != 0),
            code if code == libc::BPF_RET | libc::BPF_K => return k,
            code => panic!("{code} is no step of ours"),
        };
    }
}

fn rules() -> Rules {
    let (refused, asks) = (Answer::Fails(Errno::EPERM), Answer::Asks);
    let mut rules = Rules::default();
    for number in (10..400).step_by(3) {
        rules.always(number, refused);
    }
    rules.when(2, &[(1, Compare::HasAny(0b110))], asks);
    rules.when(3, &[(0, Compare::IsNot(1)), (0, Compare::IsNot(2))], refused);
    rules.when(3, &[(1, Compare::Is(7))], Answer::Fails(Errno::ENOSYS));
    rules.always(3, asks);
    rules.when(4, &[(5, Compare::Masked(0xf0, 0x30))], refused);
    rules.always(13, asks);
    rules
}

#[test]
fn each_number_gets_the_answer_of_its_rule() {
    let program = assemble(&rules());
    for number in 0..600 {
        let answer = run(&program, OURS, number, [0; 6]);
        let expected = match number {
            3 => REFUSED,
            10..400 if (number - 10) % 3 == 0 => REFUSED,
            _ => ALLOWED,
        };
        assert_eq!(answer, expected, "{number}");
    }
}

#[test]
fn conditions_hold_all_together_and_in_their_order() {
    let program = assemble(&rules());
    let run = |number, arguments| run(&program, OURS, number, arguments);
    assert_eq!(run(2, [0, 0b1001, 0, 0, 0, 0]), ALLOWED);
    assert_eq!(run(2, [0, 0b100, 0, 0, 0, 0]), ASKED);
    assert_eq!(run(3, [3, 7, 0, 0, 0, 0]), REFUSED);
    assert_eq!(run(3, [1, 7, 0, 0, 0, 0]), UNKNOWN);
    assert_eq!(run(3, [2, 8, 0, 0, 0, 0]), ASKED);
    assert_eq!(run(4, [0, 0, 0, 0, 0, 0x1_0000_0a3f]), REFUSED, "the upper half is not looked at");
    assert_eq!(run(4, [0, 0, 0, 0, 0, 0xa4f]), ALLOWED);
}

#[test]
fn foreign_numbers_end_the_process() {
    let program = assemble(&rules());
    assert_eq!(run(&program, OURS ^ 1, 10, [0; 6]), KILLED);
    #[cfg(target_arch = "x86_64")]
    {
        assert_eq!(run(&program, OURS, 0x4000_000a, [0; 6]), KILLED);
        assert_eq!(run(&program, OURS, u32::MAX, [0; 6]), ALLOWED);
        assert_eq!(run(&program, OURS, u32::MAX - 1, [0; 6]), KILLED);
    }
    assert_eq!(run(&assemble(&Rules::default()), OURS, 1, [0; 6]), ALLOWED);
}

#[test]
fn a_number_is_found_in_a_few_steps_however_many_there_are() {
    let mut many = Rules::default();
    for number in 0..700 {
        many.always(number, Answer::Fails(Errno::EPERM));
    }
    let program = assemble(&many);
    assert!(program.len() <= 4096, "{} steps are more than the host takes", program.len());
    assert_eq!(run(&program, OURS, 699, [0; 6]), REFUSED);
    assert_eq!(run(&program, OURS, 700, [0; 6]), ALLOWED);
}
