//! The functions of `fuzz/` for a moment: the same inputs in every run.

use abi::{fuzzing::inputs, table::ROWS};
use agentos_kernel::fuzzing::{fuzz_journal_segment, fuzz_paths, fuzz_syscall_json};

#[test]
fn any_line_of_json_gets_a_typed_answer() {
    let mut corpus: Vec<Vec<u8>> = ROWS.iter().map(|row| row.example.as_bytes().to_vec()).collect();
    let numbers = ["18446744073709551615", "9223372036854775808", "4294967296", "0"];
    for row in &ROWS {
        let mut value: serde_json::Value = serde_json::from_str(row.example).unwrap();
        for number in numbers {
            for field in value.as_object_mut().unwrap().values_mut().filter(|field| field.is_number()) {
                *field = serde_json::from_str(number).unwrap();
            }
            corpus.push(value.to_string().into_bytes());
        }
    }
    inputs(0x5eed, &corpus, 2_000).for_each(|input| fuzz_syscall_json(&input));
}

#[test]
fn any_bytes_are_handled_as_a_path() {
    let corpus =
        ["/home/a.txt", "/tmp/x/y", "../..", "a//b/./c/../d", "/proc/1/info", "/system/storage/app/k"];
    let mut corpus: Vec<Vec<u8>> = corpus.iter().map(|path| path.as_bytes().to_vec()).collect();
    corpus.push([b"/home/".as_slice(), &[b'a'; 300]].concat());
    corpus.push(b"/a".repeat(3_000));
    inputs(0x5eed, &corpus, 1_500).for_each(|input| fuzz_paths(&input));
}

#[test]
fn any_damage_to_a_journal_is_said_and_rows_go_on() {
    let damage = |changes: &[(u16, u8)]| {
        let mut input = vec![1];
        for (at, value) in changes {
            input.extend_from_slice(&at.to_le_bytes());
            input.push(*value);
        }
        input
    };
    let mut corpus = vec![damage(&[]), damage(&[(0, 0)]), damage(&[(9, 1)]), damage(&[(70, 0xff), (500, 1)])];
    corpus.extend((0..20).map(|at| damage(&[(at * 41, 0x80)])));
    corpus.extend((0..20).map(|at| damage(&[(at * 47, 0)])));
    inputs(0x5eed, &corpus, 100).for_each(|input| fuzz_journal_segment(&input));
}
