//! The lines that a log keeps, and which of them are shown.
//!
//! **Invariants**: at most [`MAX_LINES`] and [`MAX_BYTES`]; what goes, the oldest, is counted; the shown ones are those
//! that fit the filter, in their order.

use std::collections::VecDeque;

/// Most lines.
pub(super) const MAX_LINES: usize = 20_000;
/// Most bytes of their text.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Output,
    Errors,
    /// What a person wrote to the program.
    Typed,
    /// What the window itself has to say: a beginning, an end.
    Note,
}

impl Source {
    /// For readers and copies.
    pub(super) fn word(self) -> &'static str {
        match self {
            Source::Output => "output",
            Source::Errors => "error",
            Source::Typed => "typed",
            Source::Note => "note",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) source: Source,
    pub(super) text: String,
}

/// Which lines are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// In lower case; empty for all.
    pub(super) text: String,
    /// Of one source only.
    pub(super) source: Option<Source>,
}

impl Filter {
    fn fits(&self, line: &Line) -> bool {
        self.source.is_none_or(|source| source == line.source)
            && (self.text.is_empty() || line.text.to_lowercase().contains(&self.text))
    }
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Lines {
    kept: VecDeque<Line>,
    bytes: usize,
    /// Lines that went, and so the number of the first one that is kept.
    dropped: u64,
    filter: Filter,
    /// Numbers of the lines that fit.
    fitting: VecDeque<u64>,
    /// What is said when the program says something, each once.
    explain: Vec<(String, String)>,
}

impl Lines {
    /// Adds a line, and what its manifest has to say to it.
    pub(super) fn push(&mut self, source: Source, text: String) {
        let said = matches!(source, Source::Output | Source::Errors);
        let known = |(part, _): &(String, String)| said && text.contains(part);
        let meaning = self.explain.iter().position(known).map(|at| self.explain.swap_remove(at).1);
        self.keep(source, text);
        for line in meaning.iter().flat_map(|meaning| broken(meaning)) {
            self.keep(Source::Note, line);
        }
    }

    /// What is to be said to what a program says that starts now.
    pub(super) fn explain(&mut self, texts: impl Iterator<Item = (String, String)>) {
        self.explain = texts.collect();
    }

    fn keep(&mut self, source: Source, text: String) {
        let line = Line { source, text };
        let number = self.dropped + self.kept.len() as u64;
        if self.filter.fits(&line) {
            self.fitting.push_back(number);
        }
        self.bytes += line.text.len();
        self.kept.push_back(line);
        while self.kept.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(gone) = self.kept.pop_front() else { break };
            self.bytes -= gone.text.len();
            if self.fitting.front() == Some(&self.dropped) {
                self.fitting.pop_front();
            }
            self.dropped += 1;
        }
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Shows other lines. Looks at all of them.
    pub(super) fn set_filter(&mut self, filter: Filter) {
        if self.filter != filter {
            self.filter = filter;
            let numbered = self.kept.iter().zip(self.dropped..);
            self.fitting =
                numbered.filter(|(line, _)| self.filter.fits(line)).map(|(_, number)| number).collect();
        }
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.dropped += self.kept.len() as u64;
        self.kept.clear();
        self.fitting.clear();
        self.bytes = 0;
    }

    /// How many are shown.
    pub(super) fn shown(&self) -> usize {
        self.fitting.len()
    }

    /// How many are kept.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// How many went because there were too many.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A shown line by its place among them, with its number, which stays its own.
    pub(super) fn shown_at(&self, place: usize) -> Option<(u64, &Line)> {
        let number = *self.fitting.get(place)?;
        let at = usize::try_from(number.checked_sub(self.dropped)?).ok()?;
        Some((number, self.kept.get(at)?))
    }

    /// The text of the shown lines whose numbers are between two, one a line.
    pub(super) fn text_between(&self, from: u64, to: u64) -> String {
        let mut text = String::new();
        for place in 0..self.shown() {
            let Some((number, line)) = self.shown_at(place) else { continue };
            if (from..=to).contains(&number) {
                text.push_str(&line.text);
                text.push('\n');
            }
        }
        text
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.kept.iter()
    }
}

/// A sentence in lines that a window of the usual size shows whole.
fn broken(text: &str) -> Vec<String> {
    /// Characters of one.
    const WIDTH: usize = 84;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(last) = lines.last_mut() else { break };
        match last.is_empty() {
            true => last.push_str(word),
            false if last.chars().count() + 1 + word.chars().count() <= WIDTH => {
                last.push(' ');
                last.push_str(word);
            }
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &Lines) -> Vec<String> {
        (0..lines.shown())
            .filter_map(|place| lines.shown_at(place))
            .map(|(_, line)| line.text.clone())
            .collect()
    }

    #[test]
    fn what_the_program_says_is_explained_once() {
        let mut lines = Lines::default();
        lines.explain([("no journal".to_owned(), "there is none".to_owned())].into_iter());
        lines.push(Source::Typed, "no journal".into());
        lines.push(Source::Errors, "sorry: no journal here".into());
        lines.push(Source::Errors, "no journal".into());
        assert_eq!(shown(&lines), ["no journal", "sorry: no journal here", "there is none", "no journal"]);
        assert_eq!(lines.shown_at(2).unwrap().1.source, Source::Note);
        assert_eq!(broken(&"word ".repeat(20)), ["word ".repeat(16) + "word", "word ".repeat(2) + "word"]);
    }

    #[test]
    fn the_oldest_go_and_are_counted() {
        let mut lines = Lines::default();
        for number in 0..MAX_LINES + 5 {
            lines.push(Source::Output, number.to_string());
        }
        assert_eq!((lines.len(), lines.dropped(), lines.shown()), (MAX_LINES, 5, MAX_LINES));
        assert_eq!(lines.shown_at(0).unwrap().1.text, "5");
        let long = "x".repeat(1024 * 1024);
        for _ in 0..20 {
            lines.push(Source::Output, long.clone());
        }
        assert!(lines.len() <= 16 && lines.shown() == lines.len());
    }

    #[test]
    fn a_filter_shows_what_fits_also_of_what_comes() {
        let mut lines = Lines::default();
        for (source, text) in
            [(Source::Output, "One"), (Source::Errors, "two"), (Source::Output, "another one")]
        {
            lines.push(source, text.into());
        }
        lines.set_filter(Filter { text: "one".into(), source: None });
        assert_eq!(shown(&lines), ["One", "another one"]);
        lines.push(Source::Errors, "ONE more".into());
        assert_eq!(shown(&lines), ["One", "another one", "ONE more"]);
        lines.set_filter(Filter { text: String::new(), source: Some(Source::Errors) });
        assert_eq!(shown(&lines), ["two", "ONE more"]);
        assert_eq!(lines.text_between(0, 2), "two\n");
        lines.clear();
        assert_eq!((lines.shown(), lines.len()), (0, 0));
        lines.push(Source::Errors, "new".into());
        assert_eq!(shown(&lines), ["new"]);
    }
}
