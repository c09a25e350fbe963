//! Search in screen and scrollback: by words or by regular expression, line by line.
//!
//! What is in the scrollback does not change, so it is looked through once, from the newest line to the
//! oldest, in steps that the caller bounds. The screen is looked through again whenever it may have
//! changed. Found text is named by lines, so it moves with them.
//!
//! **Invariants**: found places rise, first those of the scrollback; at most [`MAX_FOUND`] are kept.

use crate::{LineId, Position, Terminal, whole_line::WholeLine};
use alacritty_terminal::{grid::Dimensions, index::Line};
use regex::{Regex, RegexBuilder};
use std::{collections::VecDeque, fmt, ops::RangeInclusive};

/// Longest pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 1024;
/// Bound on the compiled pattern, in bytes.
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// Most places that are remembered.
const MAX_FOUND: usize = 20_000;

/// How to read a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchOptions {
    /// A regular expression instead of plain text.
    pub regex: bool,
    /// Small letters and capitals differ. Otherwise they do only where the pattern has a capital.
    pub case_sensitive: bool,
}

/// Why a pattern cannot be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchError {
    /// Longer than 1 KiB.
    TooLong,
    /// Would need too much memory.
    TooLarge,
    /// Not a regular expression; the reason in words.
    Invalid(String),
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SearchError::TooLong => f.write_str("too long"),
            SearchError::TooLarge => f.write_str("too complicated"),
            SearchError::Invalid(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for SearchError {}

/// A place that was found: its first and last cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// First cell.
    pub start: Position,
    /// Last cell.
    pub end: Position,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchStatus {
    /// Places found so far.
    pub count: usize,
    /// The number of the one that is shown, from one at the oldest.
    pub current: Option<usize>,
    /// Whether everything has been looked through.
    pub complete: bool,
    /// Whether there are more than are remembered.
    pub truncated: bool,
}

/// A search under way.
#[derive(Debug)]
pub(crate) struct Search {
    regex: Regex,
    /// In the scrollback, oldest first.
    past: VecDeque<Found>,
    /// On the screen.
    screen: Vec<Found>,
    /// The scrollback has been looked through from this line …
    from: LineId,
    /// … up to this one, not included.
    until: LineId,
    /// For which state of the terminal the two are right.
    epoch: u64,
    generation: Option<u64>,
    current: Option<Found>,
    truncated: bool,
    buffer: WholeLine,
}

impl Search {
    fn find_in(&mut self, terminal: &Terminal, rows: std::ops::Range<Line>, out: &mut Vec<Found>) {
        let mut line = std::mem::take(&mut self.buffer);
        line.read(&terminal.term, rows);
        for found in self.regex.find_iter(&line.text).filter(|found| !found.is_empty()) {
            if out.len() >= MAX_FOUND {
                self.truncated = true;
                break;
            }
            if let Some((first, last)) = line.cells_of(found.range()) {
                let place = |(line, col)| Position { line: terminal.extras.lines.id(line), col };
                out.push(Found { start: place(first), end: place(last) });
            }
        }
        self.buffer = line;
    }

    fn count(&self) -> usize {
        self.past.len() + self.screen.len()
    }

    fn get(&self, index: usize) -> Option<Found> {
        let in_screen = index.checked_sub(self.past.len());
        in_screen.map_or_else(|| self.past.get(index), |index| self.screen.get(index)).copied()
    }

    /// How many begin before a place.
    fn before(&self, place: Position) -> usize {
        let past = self.past.partition_point(|found| found.start < place);
        past + self.screen.partition_point(|found| found.start < place)
    }
}

impl Terminal {
    /// Begins a search; nothing is found before [`Terminal::search_step`].
    ///
    /// # Errors
    /// The pattern is too long, too complicated or no regular expression. A search before it goes on.
    pub fn search(&mut self, pattern: &str, options: SearchOptions) -> Result<(), SearchError> {
        if pattern.len() > MAX_PATTERN_BYTES {
            return Err(SearchError::TooLong);
        }
        let expression = if options.regex { pattern.to_owned() } else { regex::escape(pattern) };
        let sensitive = options.case_sensitive || pattern.chars().any(char::is_uppercase);
        let regex = RegexBuilder::new(&expression)
            .case_insensitive(!sensitive)
            .size_limit(MAX_COMPILED_BYTES)
            .dfa_size_limit(MAX_COMPILED_BYTES)
            .build()
            .map_err(|why| match why {
                regex::Error::CompiledTooBig(_) => SearchError::TooLarge,
                other => SearchError::Invalid(in_one_line(&other.to_string())),
            })?;
        let top = self.extras.lines.id(Line(0));
        let current = self.search.take().and_then(|before| before.current);
        self.search = Some(Search {
            regex,
            past: VecDeque::new(),
            screen: Vec::new(),
            from: top,
            until: top,
            epoch: self.extras.epoch,
            generation: None,
            current,
            truncated: false,
            buffer: WholeLine::default(),
        });
        Ok(())
    }

    /// Ends the search.
    pub fn end_search(&mut self) {
        self.search = None;
    }

    /// Looks through some lines, as long as `go_on` says so (asked before each). Returns whether there
    /// is more to look through.
    pub fn search_step(&mut self, mut go_on: impl FnMut() -> bool) -> bool {
        let Some(mut search) = self.search.take() else { return false };
        if search.epoch != self.extras.epoch {
            let top = self.extras.lines.id(Line(0));
            (search.epoch, search.generation, search.truncated) = (self.extras.epoch, None, false);
            (search.from, search.until) = (top, top);
            search.past.clear();
        }
        let more = self.search_past(&mut search, &mut go_on);
        if search.generation != Some(self.generation) {
            self.search_screen(&mut search);
            search.generation = Some(self.generation);
        }
        if let Some(current) = search.current {
            let index = search.before(current.start);
            search.current = search.get(index).filter(|found| found.start == current.start);
        }
        self.search = Some(search);
        more
    }

    /// The line with which what is on the screen begins: a whole one.
    fn screen_begin(&self) -> Line {
        WholeLine::rows_around(&self.term, Line(0)).start
    }

    /// The oldest line of the screen that is shown: the alternate one has no scrollback.
    fn oldest_shown(&self) -> LineId {
        self.extras.lines.id(self.term.topmost_line())
    }

    fn search_past(&self, search: &mut Search, go_on: &mut impl FnMut() -> bool) -> bool {
        let (lines, oldest) = (&self.extras.lines, self.oldest_shown());
        while search.past.front().is_some_and(|found| found.start.line < oldest) {
            search.past.pop_front();
        }
        let end = lines.id(self.screen_begin());
        // The place where a whole line begins can move up while it grows.
        if search.until > end {
            search.until = end;
            while search.past.back().is_some_and(|found| found.end.line >= end) {
                search.past.pop_back();
            }
            search.from = search.from.min(end);
        }
        let mut out = Vec::new();
        while search.until < end {
            if !go_on() {
                return true;
            }
            let start = lines.line(search.until.max(oldest));
            let rows = start..WholeLine::rows_around(&self.term, start).end;
            search.until = lines.id(rows.end);
            search.find_in(self, rows, &mut out);
            search.past.extend(out.drain(..));
            if search.past.len() > MAX_FOUND {
                let extra = search.past.len() - MAX_FOUND;
                search.past.drain(..extra);
                search.truncated = true;
            }
        }
        while search.from > oldest && !search.truncated {
            if !go_on() {
                return true;
            }
            let last = lines.line(search.from) - 1;
            let rows = WholeLine::rows_around(&self.term, last).start..last + 1;
            search.from = lines.id(rows.start);
            search.find_in(self, rows, &mut out);
            out.drain(..).rev().for_each(|found| search.past.push_front(found));
            search.truncated |= search.past.len() >= MAX_FOUND;
        }
        false
    }

    fn search_screen(&self, search: &mut Search) {
        let (mut found, mut line) = (Vec::new(), self.screen_begin());
        let bottom = self.term.bottommost_line();
        while line <= bottom {
            let rows = line..WholeLine::rows_around(&self.term, line).end;
            line = rows.end;
            search.find_in(self, rows, &mut found);
        }
        search.screen = found;
    }

    /// How far the search is; none when there is none.
    #[must_use]
    pub fn search_status(&self) -> Option<SearchStatus> {
        let search = self.search.as_ref()?;
        Some(SearchStatus {
            count: search.count(),
            current: search.current.map(|current| search.before(current.start) + 1),
            complete: search.truncated || search.from <= self.oldest_shown(),
            truncated: search.truncated,
        })
    }

    /// Goes to the next place, towards the newest line or the oldest, around the end, and shows it.
    pub fn search_next(&mut self, towards: crate::Jump) -> Option<Found> {
        let bottom = Position { line: self.line_id(self.size().rows), col: 0 };
        let search = self.search.as_mut()?;
        let count = search.count();
        let last = count.checked_sub(1)?;
        let index = match (search.current, towards) {
            (None, crate::Jump::Previous) => search.before(bottom).checked_sub(1).unwrap_or(last),
            (None, crate::Jump::Next) => search.before(bottom) % count,
            (Some(current), crate::Jump::Previous) => {
                search.before(current.start).checked_sub(1).unwrap_or(last)
            }
            (Some(current), crate::Jump::Next) => (search.before(current.start) + 1) % count,
        };
        search.current = search.get(index);
        let found = search.current?;
        self.show_line(found.start.line);
        Some(found)
    }

    /// The lines with found text, oldest first; a line may come more than once.
    pub fn found_lines(&self) -> impl Iterator<Item = LineId> {
        let places = self.search.iter().flat_map(|search| search.past.iter().chain(&search.screen));
        places.map(|found| found.start.line)
    }

    /// The columns of found text on each row of the view, and whether it is the one that is shown.
    #[must_use]
    pub fn found_columns(&self) -> Vec<Vec<(RangeInclusive<usize>, bool)>> {
        let (rows, last_col) = (self.size().rows, self.size().cols - 1);
        let mut columns = vec![Vec::new(); rows];
        let Some(search) = &self.search else { return columns };
        let (top, bottom) = (self.line_id(0), self.line_id(rows));
        // Whole lines of many rows may begin far above.
        let first = search.past.partition_point(|found| found.end.line < top);
        let seen = search.past.iter().skip(first).chain(&search.screen);
        for found in seen.take_while(|found| found.start.line < bottom) {
            let is_current = search.current == Some(*found);
            for line in found.start.line.max(top).0..=found.end.line.0.min(bottom.0) {
                let Some(row) = self.row_of(LineId(line)) else { continue };
                let from = if line == found.start.line.0 { found.start.col } else { 0 };
                let to = if line == found.end.line.0 { found.end.col } else { last_col };
                columns[row].push((from..=to.min(last_col), is_current));
            }
        }
        columns
    }
}

/// The reason without the picture of the pattern that comes before it.
fn in_one_line(why: &str) -> String {
    let last = why.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("not a regular expression");
    last.trim().trim_start_matches("error: ").to_owned()
}
