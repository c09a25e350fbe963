//! Inputs for tests that must survive anything: seeded, so that each run tries the same ones.
//!
//! What `cargo fuzz` does for hours (folder `fuzz/`), the test suite does for a second with these: texts of a corpus,
//! changed in the ways in which files and messages go wrong.

/// What is nasty for nearly everybody who reads bytes.
pub const NASTY: &[&[u8]] = &[
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    "\u{202e}\u{feff}\u{0}".as_bytes(),
    b"{}",
    b"[]",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\"\\ud800\"",
    b"{\"call\":",
    b"/../../../etc/passwd",
    b"/////",
    b"/home/./../home/.",
    b"%2e%2e%2f",
];

/// Pieces that are put in.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"/",
    b"..",
    b"\xff",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"-1",
    b"null",
    b"1e308",
    b"18446744073709551615",
    b"4294967295",
    b"true",
    b"/home",
    b"/tmp",
    b"/proc",
    "\u{0301}".as_bytes(),
];

/// Longest input, bytes.
const MAX_BYTES: usize = 16 * 1024;

/// Marsaglia's xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or(0) % bound.max(1)
    }
}

/// The corpus as it stands, what is nasty anyway, and then `count` changed texts.
pub fn inputs<'a>(seed: u64, corpus: &'a [Vec<u8>], count: usize) -> impl Iterator<Item = Vec<u8>> + 'a {
    let mut dice = Dice(seed | 1);
    let plain = corpus.iter().cloned().chain(NASTY.iter().map(|bytes| bytes.to_vec()));
    let changed = (0..count).map(move |_| {
        let mut bytes = match corpus.len() + NASTY.len() {
            all if dice.below(4) == 0 => NASTY[dice.below(all) % NASTY.len()].to_vec(),
            _ if corpus.is_empty() => Vec::new(),
            _ => corpus[dice.below(corpus.len())].clone(),
        };
        for _ in 0..=dice.below(6) {
            change(&mut bytes, corpus, &mut dice);
        }
        bytes.truncate(MAX_BYTES);
        bytes
    });
    plain.chain(changed)
}

fn change(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        1 if at < bytes.len() => bytes[at] = dice.below(256).to_le_bytes()[0],
        2 => bytes.truncate(at),
        3 => {
            let end = at + dice.below(bytes.len() - at + 1).min(64);
            bytes.drain(at..end);
        }
        4 => {
            let again: Vec<u8> = bytes[at..].iter().take(dice.below(64)).copied().collect();
            drop(bytes.splice(at..at, again));
        }
        5 if !corpus.is_empty() => {
            let other = &corpus[dice.below(corpus.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[dice.below(other.len() + 1)..]);
        }
        _ => drop(bytes.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
    }
}
