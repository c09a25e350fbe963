//! The terminal: screen, scrollback, cursor, selection.
//!
//! **Invariants** ([`Terminal::verify_invariants`]): the screen has the size that was asked for,
//! within its bounds; the cursor is on it; the view is not scrolled beyond what is kept; replies stay
//! within their bound.

use crate::{
    Modes, Palette, Rgb, Row, TerminalEvent, WorkingFolder,
    extras::Extras,
    guard::{MARK, StringGuard, incomplete_tail},
    handler::Guarded,
    lines::slack,
    outbox::{MAX_REPLY_BYTES, Outbox},
    search::Search,
};
use alacritty_terminal::{
    grid::{Dimensions, Scroll as GridScroll},
    index::{Column, Line, Point},
    term::{
        Config, Osc52, Term, TermDamage, TermMode,
        cell::{Cell as GridCell, Flags},
    },
    vte::ansi::{self, NamedColor, Processor},
};
use std::{fmt, time::Instant};

/// Bound on rows of a screen.
const MAX_ROWS: usize = 1000;
/// Bound on columns of a screen.
const MAX_COLS: usize = 2000;
/// Bound on the memory of the scrollback's cells.
const MAX_SCROLLBACK_BYTES: usize = 96 * 1024 * 1024;
/// Bytes that [`Terminal::feed_while`] takes between two looks at the clock. Even one that is full
/// of "repeat the last character 65,535 times" takes a few milliseconds only.
const PIECE_BYTES: usize = 256;

/// Size of a screen in cells. Bounds are 1 × 2 to 1,000 × 2,000; a terminal clamps to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Lines.
    pub rows: usize,
    /// Cells in a line.
    pub cols: usize,
}

impl Size {
    fn clamped(self) -> Size {
        Size { rows: self.rows.clamp(1, MAX_ROWS), cols: self.cols.clamp(2, MAX_COLS) }
    }
}

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.rows
    }

    fn screen_lines(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.cols
    }
}

/// Rows that look different since they were last asked for. Selection and the shape of the cursor
/// are not part of it: who draws them compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// All of them.
    All,
    /// These rows of the view; the cursor's is always among them.
    Rows(Vec<usize>),
}

/// What the cursor looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorShape {
    /// The whole cell.
    Block,
    /// The cell's outline.
    Hollow,
    /// A line below.
    Underline,
    /// A line to the left.
    Beam,
}

/// The cursor, where it can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Row of the view.
    pub row: usize,
    /// Column of its left edge.
    pub col: usize,
    /// Whether the character beneath takes two columns.
    pub wide: bool,
    /// Its look.
    pub shape: CursorShape,
    /// Whether the program wants it to blink.
    pub blinking: bool,
}

/// Where to move the view in the scrollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    /// Lines, up into the past when positive.
    Lines(i32),
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// To the oldest line.
    Top,
    /// To the newest line.
    Bottom,
}

/// A terminal.
pub struct Terminal {
    pub(crate) term: Term<Outbox>,
    processor: Processor,
    guard: StringGuard,
    /// The beginning of a character whose rest has not come; at most 3 bytes.
    cut_character: Vec<u8>,
    pub(crate) extras: Extras,
    outbox: Outbox,
    scrollback_lines: usize,
    pub(crate) search: Option<Search>,
    /// Rises with everything that can change what is on the screen.
    pub(crate) generation: u64,
}

impl Terminal {
    /// An empty screen that keeps this many lines, or fewer where their memory would pass 96 MiB.
    #[must_use]
    pub fn new(size: Size, scrollback_lines: usize) -> Self {
        let size = size.clamped();
        let outbox = Outbox::default();
        let mut terminal = Terminal {
            term: Term::new(config(size, scrollback_lines), &size, outbox.clone()),
            processor: Processor::new(),
            guard: StringGuard::new(),
            cut_character: Vec::new(),
            extras: Extras { outbox: outbox.clone(), ..Extras::default() },
            outbox,
            scrollback_lines,
            search: None,
            generation: 0,
        };
        terminal.extras.lines.limit = kept_lines(size, scrollback_lines);
        terminal.remember_size(size);
        terminal
    }

    /// Shows what a program wrote. Any bytes, in any pieces.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.cut_character.is_empty() {
            self.feed_joined(bytes);
        } else {
            let joined = [std::mem::take(&mut self.cut_character).as_slice(), bytes].concat();
            self.feed_joined(&joined);
        }
    }

    fn feed_joined(&mut self, bytes: &[u8]) {
        let (mut rest, cut_character) = bytes.split_at(bytes.len() - incomplete_tail(bytes));
        self.cut_character.extend_from_slice(cut_character);
        while !rest.is_empty() {
            let split = self.guard.split(rest);
            let (now, later) = rest.split_at(split.pass);
            rest = &later[split.withhold..];
            let mut insert = split.insert;
            if let Some(mark) = split.mark
                && !self.extras.expect(mark)
            {
                // Too many wait: only the end of the string is passed on.
                insert = &insert[..usize::from(insert == MARK)];
            }
            let mut handler = Guarded { term: &mut self.term, extras: &mut self.extras };
            self.processor.advance(&mut handler, now);
            if !insert.is_empty() {
                self.processor.advance(&mut handler, insert);
            }
        }
        self.settle();
    }

    /// After anything that may have added lines.
    fn settle(&mut self) {
        self.extras.lines.look(&mut self.term);
        self.extras.lines.cut(&mut self.term);
        self.extras.blocks.forget_before(self.extras.lines.oldest());
        self.generation += 1;
        self.keep_view_within_scrollback();
    }

    /// The clock by which commands are timed, in milliseconds since 1970. To be set before
    /// [`Terminal::feed`].
    pub fn set_clock(&mut self, unix_millis: u64) {
        self.extras.unix_millis = unix_millis;
    }

    /// Takes what happened since the last time; bounded, see [`TerminalEvent`].
    #[must_use]
    pub fn take_events(&mut self) -> Vec<TerminalEvent> {
        let mut events = self.extras.events.take();
        self.outbox.with(|said| {
            if std::mem::take(&mut said.title_changed) {
                events.push(TerminalEvent::Title(said.title.clone()));
            }
            events.extend(said.clipboard.take().map(TerminalEvent::ClipboardWrite));
            if std::mem::take(&mut said.bell_event) {
                events.push(TerminalEvent::Bell);
            }
        });
        events
    }

    /// The folder that the shell says it is in (OSC 7).
    #[must_use]
    pub fn working_folder(&self) -> Option<&WorkingFolder> {
        self.extras.folder.as_ref()
    }

    /// Lines of the scrollback can go while they are in view; the emulation (0.26) does not move the
    /// view in every such case, and reading a row would then panic.
    fn keep_view_within_scrollback(&mut self) {
        if self.scroll_offset() > self.scrollback_len() {
            self.term.scroll_display(GridScroll::Delta(0));
        }
    }

    /// Shows as much as it may: asks before each small piece whether to go on. Returns how many
    /// bytes it took, so that a flood can be shown frame by frame.
    pub fn feed_while(&mut self, bytes: &[u8], mut go_on: impl FnMut() -> bool) -> usize {
        let mut taken = 0;
        for piece in bytes.chunks(PIECE_BYTES) {
            if !go_on() {
                break;
            }
            self.feed(piece);
            taken += piece.len();
        }
        taken
    }

    /// When a synchronised update (DECSET 2026) that is under way will be given up; `None` when
    /// there is none. Until then nothing of it is shown.
    #[must_use]
    pub fn synchronized_until(&self) -> Option<Instant> {
        self.processor.sync_timeout().sync_timeout()
    }

    /// Gives up a synchronised update that has taken too long. To be called each frame.
    pub fn expire_synchronized(&mut self, now: Instant) {
        if self.synchronized_until().is_some_and(|until| until <= now) {
            let mut handler = Guarded { term: &mut self.term, extras: &mut self.extras };
            self.processor.stop_sync(&mut handler);
            self.settle();
        }
    }

    /// Takes what the terminal answers to the program's questions (device attributes, cursor
    /// position, colours); to be sent to it. At most 64 KiB.
    #[must_use]
    pub fn take_replies(&mut self) -> Vec<u8> {
        self.outbox.with(|said| std::mem::take(&mut said.replies))
    }

    /// Whether the bell rang since the last time.
    #[must_use]
    pub fn take_bell(&mut self) -> bool {
        self.outbox.with(|said| std::mem::take(&mut said.bell))
    }

    /// The title that the program gave, without control characters; empty for none.
    #[must_use]
    pub fn title(&self) -> String {
        self.outbox.with(|said| said.title.clone())
    }

    /// The colours that are answered to programs that ask.
    pub fn set_palette(&mut self, palette: Palette) {
        self.outbox.with(|said| said.palette = palette);
    }

    /// The colours as they are now: the palette with what the program has changed.
    #[must_use]
    pub fn palette(&self) -> Palette {
        let mut palette = self.outbox.with(|said| said.palette);
        let changed = |index: usize| self.term.colors()[index].map(|ansi::Rgb { r, g, b }| Rgb(r, g, b));
        let take = |color: &mut Rgb, index: usize| *color = changed(index).unwrap_or(*color);
        take(&mut palette.foreground, NamedColor::Foreground as usize);
        take(&mut palette.background, NamedColor::Background as usize);
        take(&mut palette.cursor, NamedColor::Cursor as usize);
        for (index, color) in palette.ansi.iter_mut().enumerate() {
            take(color, index);
        }
        palette
    }

    /// Size of the screen.
    #[must_use]
    pub fn size(&self) -> Size {
        Size { rows: self.term.screen_lines(), cols: self.term.columns() }
    }

    /// Changes the size; lines that were wrapped are wrapped anew. The program hears of it from the
    /// host's terminal, not from here.
    pub fn resize(&mut self, size: Size) {
        let size = size.clamped();
        if size == self.size() {
            return;
        }
        let anchors = match &mut self.extras.away {
            Some(away) => {
                away.resized = true;
                None
            }
            None => Some(self.extras.anchors(&self.term)),
        };
        self.term.resize(size);
        self.extras.region = None;
        self.term.set_options(config(size, self.scrollback_lines));
        self.extras.lines.limit = kept_lines(size, self.scrollback_lines);
        self.extras.lines.renumber(&self.term);
        self.extras.lines.cut(&mut self.term);
        if let Some(anchors) = anchors {
            self.extras.put_back(&self.term, &anchors);
        }
        self.extras.epoch += 1;
        self.generation += 1;
        self.keep_view_within_scrollback();
        self.remember_size(size);
    }

    fn remember_size(&mut self, size: Size) {
        let short = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        self.outbox.with(|said| said.size = (short(size.rows), short(size.cols)));
    }

    /// Takes the rows that have changed since the last time.
    #[must_use]
    pub fn take_damage(&mut self) -> Damage {
        let damage = match self.term.damage() {
            TermDamage::Full => Damage::All,
            TermDamage::Partial(lines) => Damage::Rows(lines.map(|line| line.line).collect()),
        };
        self.term.reset_damage();
        damage
    }

    /// A row of the view, from zero at the top; `None` beyond it.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<Row<'_>> {
        (row < self.term.screen_lines()).then(|| Row(&self.term.grid()[self.line_of(row)]))
    }

    /// The text of the last lines, those above the screen included, at most so many bytes: what a session keeps. Nothing
    /// of a program that fills the screen.
    #[must_use]
    pub fn last_text(&self, most_lines: usize, most_bytes: usize) -> String {
        if self.modes().alternate_screen {
            return String::new();
        }
        let bottom = self.term.bottommost_line();
        let lines = i32::try_from(most_lines).unwrap_or(i32::MAX);
        let top = Line(bottom.0.saturating_sub(lines).saturating_add(1)).max(self.term.topmost_line());
        let (start, end) = (Point::new(top, Column(0)), Point::new(bottom, self.term.last_column()));
        let text = self.term.bounds_to_string(start, end);
        let text = text.trim_end();
        let from = text.ceil_char_boundary(text.len().saturating_sub(most_bytes));
        text[from..].to_owned()
    }

    /// The text of each row of the view, without spaces at their ends.
    #[must_use]
    pub fn visible_text(&self) -> Vec<String> {
        (0..self.size().rows).filter_map(|row| self.row(row)).map(Row::text).collect()
    }

    /// The cursor, unless the program hides it or it is scrolled out of the view.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        let style = self.term.cursor_style();
        let shape = match style.shape {
            ansi::CursorShape::Block => CursorShape::Block,
            ansi::CursorShape::HollowBlock => CursorShape::Hollow,
            ansi::CursorShape::Underline => CursorShape::Underline,
            ansi::CursorShape::Beam => CursorShape::Beam,
            ansi::CursorShape::Hidden => return None,
        };
        if !self.term.mode().contains(TermMode::SHOW_CURSOR) {
            return None;
        }
        let mut point = self.term.grid().cursor.point;
        let mut cell = &self.term.grid()[point];
        if cell.flags.contains(Flags::WIDE_CHAR_SPACER) && point.column.0 > 0 {
            point.column -= 1;
            cell = &self.term.grid()[point];
        }
        let wide = cell.flags.contains(Flags::WIDE_CHAR);
        let row = usize::try_from(point.line.0).ok()? + self.scroll_offset();
        let visible = row < self.term.screen_lines();
        visible.then_some(Cursor { row, col: point.column.0, wide, shape, blinking: style.blinking })
    }

    /// What the program has asked of keyboard, pointer and clipboard.
    #[must_use]
    pub fn modes(&self) -> Modes {
        Modes::new(*self.term.mode(), self.extras.x10_mouse)
    }

    /// Lines that are kept above the screen.
    #[must_use]
    pub fn scrollback_len(&self) -> usize {
        self.term.history_size()
    }

    /// How many lines the view is scrolled up; zero at the newest.
    #[must_use]
    pub fn scroll_offset(&self) -> usize {
        self.term.grid().display_offset()
    }

    /// Moves the view.
    pub fn scroll(&mut self, scroll: Scroll) {
        // Lines are added to the offset inside: keep that far from overflow.
        let bound = i32::try_from(self.scrollback_len()).unwrap_or(i32::MAX / 2);
        self.term.scroll_display(match scroll {
            Scroll::Lines(lines) => GridScroll::Delta(lines.clamp(-bound, bound)),
            Scroll::PageUp => GridScroll::PageUp,
            Scroll::PageDown => GridScroll::PageDown,
            Scroll::Top => GridScroll::Top,
            Scroll::Bottom => GridScroll::Bottom,
        });
    }

    /// Checks the invariants above.
    ///
    /// # Panics
    /// When one does not hold; for tests.
    pub fn verify_invariants(&self) {
        let size = self.size();
        assert_eq!(size, size.clamped(), "size within its bounds");
        let cursor = self.term.grid().cursor.point;
        assert!(cursor.line.0 >= 0 && (cursor.line.0 as usize) < size.rows, "cursor's row {cursor:?}");
        assert!(cursor.column.0 < size.cols, "cursor's column {cursor:?}");
        assert!(self.scroll_offset() <= self.scrollback_len(), "view within what is kept");
        assert!(self.scrollback_len() <= self.scrollback_lines, "scrollback within its bound");
        assert!(self.outbox.with(|said| said.replies.len()) <= MAX_REPLY_BYTES, "replies within their bound");
        assert!(self.extras.events.len_is_bounded(), "events within their bound");
        self.extras.blocks.verify_invariants();
    }

    /// The emulation's line of a row of the view; lines of the scrollback are negative.
    pub(crate) fn line_of(&self, row: usize) -> Line {
        let row = i32::try_from(row).unwrap_or(i32::MAX);
        let offset = i32::try_from(self.scroll_offset()).unwrap_or(i32::MAX);
        Line(row - offset)
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("size", &self.size())
            .field("title", &self.title())
            .finish_non_exhaustive()
    }
}

fn kept_lines(size: Size, scrollback_lines: usize) -> usize {
    scrollback_lines.min(MAX_SCROLLBACK_BYTES / (size.cols * size_of::<GridCell>()))
}

fn config(size: Size, scrollback_lines: usize) -> Config {
    Config {
        scrolling_history: kept_lines(size, scrollback_lines) + slack(size.rows),
        // Programs cannot read the clipboard; what they want on it becomes an event.
        osc52: Osc52::OnlyCopy,
        kitty_keyboard: true,
        ..Config::default()
    }
}
