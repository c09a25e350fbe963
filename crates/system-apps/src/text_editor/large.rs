//! A text that is too large to be edited: it comes part by part, and is shown line by line as it comes.
//!
//! **Invariants** ([`Large::verify_invariants`]): at most [`BYTES`] and [`LINES`]; `begins` holds the first byte
//! of each line, ascending, the first is 0.

/// Most that is shown, bytes.
pub(super) const BYTES: usize = 32 * 1024 * 1024;
/// Most lines that are shown. From about a million on, places in a scrolled list are no more exact to a point.
pub(super) const LINES: usize = 400_000;

/// How much of it there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reach {
    /// More comes.
    #[default]
    Reading,
    /// All of it.
    Whole,
    /// The rest is left out.
    Cut,
    /// The rest could not be read.
    Failed,
}

/// What was added is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoText;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Large {
    text: String,
    begins: Vec<u32>,
    /// The beginning of a character whose end has not come yet.
    cut: Vec<u8>,
    pub(super) reach: Reach,
}

impl Default for Large {
    fn default() -> Self {
        Large { text: String::new(), begins: vec![0], cut: Vec::new(), reach: Reach::Reading }
    }
}

impl Large {
    /// Adds a part; an empty one is the end.
    pub(super) fn add(&mut self, part: &[u8]) -> Result<(), NoText> {
        if part.is_empty() {
            if !self.cut.is_empty() {
                return Err(NoText);
            }
            self.reach = Reach::Whole;
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.cut);
        bytes.extend_from_slice(part);
        let (text, rest) = match std::str::from_utf8(&bytes) {
            Ok(text) => (text, &[][..]),
            Err(why) if why.error_len().is_some() => return Err(NoText),
            Err(why) => {
                let (valid, rest) = bytes.split_at(why.valid_up_to());
                (std::str::from_utf8(valid).map_err(|_| NoText)?, rest)
            }
        };
        if text.contains('\0') {
            return Err(NoText);
        }
        self.cut = rest.to_vec();
        self.push(text);
        Ok(())
    }

    fn push(&mut self, text: &str) {
        let room = BYTES - self.text.len();
        let mut fits = &text[..text.floor_char_boundary(room)];
        if fits.len() < text.len() {
            self.reach = Reach::Cut;
        }
        for (at, _) in fits.match_indices('\n') {
            if self.begins.len() == LINES {
                fits = &fits[..at];
                self.reach = Reach::Cut;
                break;
            }
            // At most `BYTES`.
            self.begins.push(u32::try_from(self.text.len() + at + 1).unwrap_or(u32::MAX));
        }
        self.text.push_str(fits);
    }

    /// Bytes that are there.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Lines that are there.
    pub(super) fn lines(&self) -> usize {
        self.begins.len()
    }

    /// A line without its end, from 0.
    pub(super) fn line(&self, index: usize) -> &str {
        let at = |index: usize| self.begins.get(index).map(|&at| at as usize);
        let Some(begin) = at(index) else { return "" };
        let line = self.text.get(begin..at(index + 1).unwrap_or(self.text.len())).unwrap_or_default();
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Panics where an invariant of the module does not hold.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        assert!(self.text.len() <= BYTES && self.begins.len() <= LINES && self.begins[0] == 0);
        assert!(self.begins.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(self.cut.len() < 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_lines_wherever_they_were_cut() {
        let text = "one\r\nzwei ü\n\ndrei €";
        for chunk in 1..text.len() {
            let mut large = Large::default();
            for part in text.as_bytes().chunks(chunk) {
                large.add(part).unwrap();
                large.verify_invariants();
            }
            large.add(&[]).unwrap();
            let lines: Vec<_> = (0..large.lines()).map(|line| large.line(line)).collect();
            assert_eq!((lines, large.reach), (vec!["one", "zwei ü", "", "drei €"], Reach::Whole), "{chunk}");
            assert_eq!((large.bytes(), large.line(4)), (text.len(), ""));
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for parts in
            [vec![&b"a\0"[..]], vec![&[0xff][..]], vec![&[0xc3][..], &b"x"[..]], vec![&[0xc3][..], &[]]]
        {
            let mut large = Large::default();
            assert!(parts.iter().any(|part| large.add(part) == Err(NoText)), "{parts:?}");
        }
    }

    #[test]
    fn it_has_a_bound_in_bytes_and_in_lines() {
        let mut large = Large::default();
        large.add(&vec![b'\n'; LINES + 10]).unwrap();
        large.verify_invariants();
        assert_eq!((large.lines(), large.reach), (LINES, Reach::Cut));
        let mut large = Large::default();
        let part = "€".repeat(1024 * 1024 / 3);
        while large.reach == Reach::Reading {
            large.add(part.as_bytes()).unwrap();
            large.verify_invariants();
        }
        assert!(large.bytes() <= BYTES && large.bytes() > BYTES - 3);
    }
}
