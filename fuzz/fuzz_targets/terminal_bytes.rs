//! Any bytes as the output of a program in a terminal, in one piece and in two.

#![no_main]

use terminal::{Size, Terminal};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut whole = Terminal::new(Size { rows: 24, cols: 80 }, 100);
    whole.feed(data);
    let mut pieces = Terminal::new(Size { rows: 24, cols: 80 }, 100);
    let (first, second) = data.split_at(data.len() / 2);
    pieces.feed(first);
    pieces.feed(second);
    assert_eq!(whole.title(), pieces.title(), "where output is cut makes no difference");
    whole.resize(Size { rows: 1, cols: 1 });
    whole.resize(Size { rows: 200, cols: 300 });
});
