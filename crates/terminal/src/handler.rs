//! Between parser and emulation: passes every control function on, with what is ours: bounds, X10 mouse
//! reporting, clusters of characters (mode 2027), marks of shell integration, and names for lines.

use crate::{
    blocks::{Blocks, Change},
    events::{Events, TerminalEvent},
    guard::MARK_MODE,
    lines::{Anchor, Lines, Position, WholeLines},
    marks::{Mark, WorkingFolder, shortened},
    outbox::{MAX_TITLE_CHARS, Outbox},
    piles::Pile,
    selection,
};
use alacritty_terminal::{
    grid::Dimensions,
    index::{Column, Point},
    selection::SelectionRange,
    term::{Term, TermMode, cell::Flags},
    vte::ansi::{
        Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, Hyperlink, KeyboardModes,
        KeyboardModesApplyBehavior, LineClearMode, Mode, NamedPrivateMode, PrivateMode, Rgb, StandardCharset,
        TabulationClearMode,
    },
};
use std::collections::VecDeque;
use unicode_width::UnicodeWidthChar;

/// Combining characters upon one cell. Real scripts need fewer; more are dropped.
pub(crate) const MAX_COMBINING: usize = 16;
/// Longest address of a link, as browsers have it.
const MAX_LINK_BYTES: usize = 2083;
/// DECSET 9, X10 mouse reporting, which the emulation does not know.
const X10_MOUSE: PrivateMode = PrivateMode::Unknown(9);
/// Clusters of characters take the room of one (contour's proposal, also kitty's and others').
const CLUSTERS: PrivateMode = PrivateMode::Unknown(2027);
/// Saves the cursor, or puts it back.
const SAVE_CURSOR: PrivateMode = PrivateMode::Unknown(1048);
/// Marks that may wait for a synchronised update to end.
const MAX_MARKS: usize = 1024;
/// Most lines that a command line is read from.
const MAX_TYPED_LINES: i32 = 100;
/// Joins the characters around it to one.
const JOINER: char = '\u{200d}';
/// Asks for the coloured form of the character before it.
const EMOJI_FORM: char = '\u{fe0f}';

/// State that the emulation has no place for.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// Only presses are reported, without modifiers.
    pub(crate) x10_mouse: bool,
    /// Whether characters that belong together share a cell.
    pub(crate) clusters: bool,
    pub(crate) lines: Lines,
    pub(crate) blocks: Blocks,
    pub(crate) folder: Option<WorkingFolder>,
    pub(crate) events: Events,
    pub(crate) outbox: Outbox,
    /// What the clock says, as its owner tells.
    pub(crate) unix_millis: u64,
    /// Marks whose place the parser has not come to.
    pub(crate) marks: VecDeque<Mark>,
    /// The keyboard protocol on the usual screen and on the alternate one.
    pub(crate) keyboard: [Pile; 2],
    /// Where the blocks of the other screen are, while this one is the alternate.
    pub(crate) away: Option<Away>,
    /// Counts what makes found text invalid: another screen, another size, a scrollback that was cleared.
    pub(crate) epoch: u64,
}

/// The blocks of a screen that cannot be looked at.
#[derive(Debug)]
pub(crate) struct Away {
    anchors: Vec<Anchor>,
    /// Whether it was given another size meanwhile.
    pub(crate) resized: bool,
}

impl Extras {
    /// Remembers a mark until the parser comes to its place; `false` when there are too many.
    pub(crate) fn expect(&mut self, mark: Mark) -> bool {
        let room = self.marks.len() < MAX_MARKS;
        if room {
            self.marks.push_back(mark);
        }
        room
    }

    /// Where the blocks are, independent of the width.
    pub(crate) fn anchors(&self, term: &Term<Outbox>) -> Vec<Anchor> {
        let Some(first) = self.blocks.list.front() else { return Vec::new() };
        let cursor = self.lines.id(term.grid().cursor.point.line);
        let most = usize::try_from(cursor.0.saturating_sub(first.prompt.line.0)).unwrap_or(usize::MAX);
        let whole = WholeLines::above_cursor(term, most);
        let places = self.blocks.list.iter().flat_map(|block| {
            [Some(block.prompt), block.command_start, block.output_start, block.end].into_iter().flatten()
        });
        places.map(|place| whole.anchor(self.lines.line(place.line), place.col)).collect()
    }

    /// Puts the blocks where they are after another width.
    pub(crate) fn put_back(&mut self, term: &Term<Outbox>, anchors: &[Anchor]) {
        let most = anchors.iter().map(|anchor| anchor.lines_up).max().unwrap_or(0);
        let whole = WholeLines::above_cursor(term, most);
        let (mut anchors, lines) = (anchors.iter(), &self.lines);
        for block in &mut self.blocks.list {
            for place in block.positions_mut().into_iter().flatten() {
                let found = anchors.next().and_then(|anchor| whole.find(*anchor));
                *place = found.map_or(Position { line: lines.oldest(), col: 0 }, |(line, col)| Position {
                    line: lines.id(line),
                    col,
                });
            }
        }
        self.blocks.forget_before(lines.oldest());
    }
}

/// The emulation with our changes.
pub(crate) struct Guarded<'a> {
    pub(crate) term: &'a mut Term<Outbox>,
    pub(crate) extras: &'a mut Extras,
}

impl Guarded<'_> {
    /// The cell that a combining character would go to.
    fn previous(&self) -> Option<Point> {
        let cursor = &self.term.grid().cursor;
        let (line, mut column) = (cursor.point.line, cursor.point.column);
        if !cursor.input_needs_wrap {
            column.0 = column.0.saturating_sub(1);
        }
        if column.0 >= self.term.columns() {
            return None;
        }
        if self.term.grid()[line][column].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column.0 = column.0.saturating_sub(1);
        }
        Some(Point::new(line, column))
    }

    /// Whether that cell is full.
    fn is_full(&self) -> bool {
        self.previous().is_none_or(|point| {
            let combining = self.term.grid()[point].zerowidth();
            combining.is_some_and(|combining| combining.len() >= MAX_COMBINING)
        })
    }

    /// Puts a character into the cell before it, where clusters are asked for and it belongs there.
    fn join(&mut self, c: char) -> bool {
        let at_line_begin = self.term.grid().cursor.point.column.0 == 0;
        let Some(point) = self.previous().filter(|_| !at_line_begin && !self.is_full()) else {
            return false;
        };
        let cell = &self.term.grid()[point];
        let (before, last) = (cell.c, cell.zerowidth().and_then(|it| it.last().copied()));
        let joins = last == Some(JOINER) || (is_skin_tone(c) && before.width() == Some(2));
        if joins {
            self.term.grid_mut()[point].push_zerowidth(c);
        }
        joins
    }

    /// The coloured form of a narrow character is wide.
    fn widen(&mut self) {
        let cursor = &self.term.grid().cursor;
        let (needs_wrap, column) = (cursor.input_needs_wrap, cursor.point.column);
        let Some(point) = self.previous().filter(|_| !needs_wrap && column.0 > 0) else { return };
        let cell = &mut self.term.grid_mut()[point];
        if cell.flags.intersects(Flags::WIDE_CHAR | Flags::LEADING_WIDE_CHAR_SPACER) || cell.c.is_ascii() {
            return;
        }
        cell.flags.insert(Flags::WIDE_CHAR);
        self.term.grid_mut().cursor.template.flags.insert(Flags::WIDE_CHAR_SPACER);
        Handler::input(self.term, ' ');
        self.term.grid_mut().cursor.template.flags.remove(Flags::WIDE_CHAR_SPACER);
    }

    fn input_wide(&mut self, c: char) {
        let width = c.width();
        if width == Some(0) {
            if self.is_full() {
                return;
            }
            Handler::input(self.term, c);
            if self.extras.clusters && c == EMOJI_FORM {
                self.widen();
            }
        } else if !(self.extras.clusters && width == Some(2) && self.join(c)) {
            Handler::input(self.term, c);
            self.look();
        }
    }

    fn pile(&mut self) -> &mut Pile {
        &mut self.extras.keyboard[usize::from(self.is_alternate())]
    }

    fn apply_keyboard(&mut self) {
        let modes = self.pile().top();
        Handler::set_keyboard_mode(self.term, modes, KeyboardModesApplyBehavior::Replace);
    }

    #[inline]
    fn look(&mut self) {
        self.extras.lines.look(self.term);
    }

    fn is_alternate(&self) -> bool {
        self.term.mode().contains(TermMode::ALT_SCREEN)
    }

    fn here(&self) -> Position {
        let point = self.term.grid().cursor.point;
        Position { line: self.extras.lines.id(point.line), col: point.column.0 }
    }

    /// The parser has come to the place of a mark.
    fn take_mark(&mut self) {
        let Some(mark) = self.extras.marks.pop_front() else { return };
        self.look();
        match &mark {
            Mark::NameAsked => {
                let answer = concat!("\x1bP>|AgentOS ", env!("CARGO_PKG_VERSION"), "\x1b\\");
                self.extras.outbox.with(|said| said.reply(answer));
                return;
            }
            Mark::Folder(folder) => {
                if self.extras.folder.as_ref() != Some(folder) {
                    self.extras.events.push(TerminalEvent::Folder(folder.clone()));
                    self.extras.folder = Some(folder.clone());
                }
                return;
            }
            _ if self.is_alternate() => return,
            _ => {}
        }
        let (here, term, lines) = (self.here(), &*self.term, &self.extras.lines);
        let typed = |from: Position| shortened(&text_before_cursor(term, lines, from));
        let (millis, folder) = (self.extras.unix_millis, self.extras.folder.as_ref());
        let change = self.extras.blocks.apply(&mark, here, millis, folder, typed);
        self.tell(change);
        self.extras.blocks.forget_before(self.extras.lines.oldest());
    }

    fn tell(&mut self, change: Change) {
        let event = match change {
            Change::Nothing => return,
            Change::Started => {
                let Some(last) = self.extras.blocks.list.back() else { return };
                TerminalEvent::CommandStarted { block: last.id, command: last.command.clone() }
            }
            Change::Ended(block) => TerminalEvent::CommandEnded {
                block: block.id,
                command: block.command,
                exit: block.exit,
                started_unix_millis: block.started_unix_millis.unwrap_or_default(),
                ended_unix_millis: block.ended_unix_millis.unwrap_or_default(),
            },
        };
        self.extras.events.push(event);
    }

    /// To be asked before something that may change the screen shown, and [`Guarded::came`] after it.
    fn goes(&mut self) -> bool {
        let alternate = self.is_alternate();
        if !alternate && self.extras.away.is_none() {
            self.look();
            self.extras.lines.cut(self.term);
            let anchors = self.extras.anchors(self.term);
            self.extras.away = Some(Away { anchors, resized: false });
        }
        alternate
    }

    fn came(&mut self, was_alternate: bool) {
        let alternate = self.is_alternate();
        if was_alternate != alternate {
            self.extras.epoch += 1;
            self.apply_keyboard();
        }
        if alternate {
            return;
        }
        if let Some(away) = self.extras.away.take().filter(|away| away.resized) {
            self.extras.lines.renumber(self.term);
            self.extras.put_back(self.term, &away.anchors);
        }
        self.look();
    }
}

/// One of the five colours of skin, which change the character before them.
fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// The older ways to show the other screen (47, 1047) are taken for the one that the emulation knows:
/// they differ in where the cursor is afterwards.
fn known(mode: PrivateMode) -> PrivateMode {
    match mode {
        PrivateMode::Unknown(47 | 1047) => {
            PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor)
        }
        other => other,
    }
}

/// Modes that show the other screen.
fn swaps(mode: PrivateMode) -> bool {
    matches!(mode, PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor))
}

/// What stands between a place and the cursor.
fn text_before_cursor(term: &Term<Outbox>, lines: &Lines, from: Position) -> String {
    let cursor = term.grid().cursor.point;
    let start = Point::new(lines.line(from.line), Column(from.col));
    let end = match cursor.column.0.checked_sub(1) {
        Some(column) => Point::new(cursor.line, Column(column)),
        None => Point::new(cursor.line - 1, term.last_column()),
    };
    let near = end.line.0 - start.line.0 < MAX_TYPED_LINES;
    if start > end || !near || start.line < term.topmost_line() || start.column > term.last_column() {
        return String::new();
    }
    selection::text_of(term, &SelectionRange { start, end, is_block: false })
}

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {$(
        #[inline]
        fn $name(&mut self, $($argument: $type),*) {
            Handler::$name(self.term, $($argument),*);
        }
    )*};
}

impl Handler for Guarded<'_> {
    #[inline]
    fn input(&mut self, c: char) {
        if c.is_ascii() {
            let wraps = self.term.grid().cursor.input_needs_wrap;
            Handler::input(self.term, c);
            if wraps {
                self.look();
            }
            return;
        }
        self.input_wide(c);
    }

    #[inline]
    fn linefeed(&mut self) {
        Handler::linefeed(self.term);
        self.look();
    }

    #[inline]
    fn newline(&mut self) {
        Handler::newline(self.term);
        self.look();
    }

    fn put_tab(&mut self, count: u16) {
        // One at the end of a line wraps it.
        Handler::put_tab(self.term, count);
        self.look();
    }

    fn delete_lines(&mut self, count: usize) {
        // At the top of the screen what is deleted goes to the scrollback.
        Handler::delete_lines(self.term, count);
        self.look();
    }

    fn scroll_up(&mut self, count: usize) {
        Handler::scroll_up(self.term, count);
        self.look();
    }

    fn clear_screen(&mut self, mode: ClearMode) {
        let kept = self.term.history_size();
        if !self.is_alternate() {
            match mode {
                ClearMode::Below => self.extras.blocks.forget_from(self.here().line),
                ClearMode::Saved => self.extras.epoch += 1,
                ClearMode::All | ClearMode::Above => {}
            }
        }
        Handler::clear_screen(self.term, mode);
        if self.term.history_size() != kept {
            self.look();
            self.extras.blocks.forget_before(self.extras.lines.oldest());
        }
    }

    fn set_title(&mut self, title: Option<String>) {
        // A program may put titles on a pile: what goes there is bounded as well.
        let shorter = |title: String| title.chars().take(MAX_TITLE_CHARS).collect();
        Handler::set_title(self.term, title.map(shorter));
    }

    fn set_hyperlink(&mut self, link: Option<Hyperlink>) {
        Handler::set_hyperlink(self.term, link.filter(|link| link.uri.len() <= MAX_LINK_BYTES));
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        let mode = known(mode);
        let tracking = matches!(
            mode,
            PrivateMode::Named(
                NamedPrivateMode::ReportMouseClicks
                    | NamedPrivateMode::ReportCellMouseMotion
                    | NamedPrivateMode::ReportAllMouseMotion
            )
        );
        if mode == X10_MOUSE || tracking {
            // One way of tracking at a time: the last one asked for.
            self.extras.x10_mouse = mode == X10_MOUSE;
        }
        match mode {
            PrivateMode::Unknown(MARK_MODE) => return self.take_mark(),
            CLUSTERS => self.extras.clusters = true,
            SAVE_CURSOR => self.save_cursor_position(),
            _ => {}
        }
        if !swaps(mode) {
            return Handler::set_private_mode(self.term, mode);
        }
        let was_alternate = self.goes();
        Handler::set_private_mode(self.term, mode);
        self.came(was_alternate);
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        let mode = known(mode);
        match mode {
            X10_MOUSE => self.extras.x10_mouse = false,
            CLUSTERS => self.extras.clusters = false,
            SAVE_CURSOR => self.restore_cursor_position(),
            _ => {}
        }
        if !swaps(mode) {
            return Handler::unset_private_mode(self.term, mode);
        }
        let was_alternate = self.goes();
        Handler::unset_private_mode(self.term, mode);
        self.came(was_alternate);
    }

    fn report_private_mode(&mut self, mode: PrivateMode) {
        let mode = known(mode);
        let set = match mode {
            X10_MOUSE => self.extras.x10_mouse,
            CLUSTERS => self.extras.clusters,
            _ => return Handler::report_private_mode(self.term, mode),
        };
        let answer = format!("\x1b[?{};{}$y", mode.raw(), if set { 1 } else { 2 });
        self.extras.outbox.with(|said| said.reply(&answer));
    }

    fn report_keyboard_mode(&mut self) {
        let modes = self.pile().top().bits();
        self.extras.outbox.with(|said| said.reply(&format!("\x1b[?{modes}u")));
    }

    fn push_keyboard_mode(&mut self, modes: KeyboardModes) {
        self.pile().push(modes);
        self.apply_keyboard();
    }

    fn pop_keyboard_modes(&mut self, count: u16) {
        self.pile().pop(count);
        self.apply_keyboard();
    }

    fn set_keyboard_mode(&mut self, modes: KeyboardModes, how: KeyboardModesApplyBehavior) {
        self.pile().set(modes, how);
        self.apply_keyboard();
    }

    fn reset_state(&mut self) {
        self.extras.keyboard = Default::default();
        (self.extras.x10_mouse, self.extras.clusters, self.extras.away) = (false, false, None);
        self.extras.epoch += 1;
        self.extras.blocks.clear();
        Handler::reset_state(self.term);
        self.look();
    }

    pass_on! {
        clipboard_store(clipboard: u8, base64: &[u8]);
        set_cursor_style(style: Option<CursorStyle>);
        set_cursor_shape(shape: CursorShape);
        goto(line: i32, col: usize);
        goto_line(line: i32);
        goto_col(col: usize);
        insert_blank(count: usize);
        move_up(count: usize);
        move_down(count: usize);
        identify_terminal(intermediate: Option<char>);
        device_status(kind: usize);
        move_forward(count: usize);
        move_backward(count: usize);
        move_down_and_cr(count: usize);
        move_up_and_cr(count: usize);
        backspace();
        carriage_return();
        bell();
        substitute();
        set_horizontal_tabstop();
        scroll_down(count: usize);
        insert_blank_lines(count: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        move_backward_tabs(count: u16);
        move_forward_tabs(count: u16);
        save_cursor_position();
        restore_cursor_position();
        clear_line(mode: LineClearMode);
        clear_tabs(mode: TabulationClearMode);
        set_tabs(interval: u16);
        reverse_index();
        terminal_attribute(attribute: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        report_mode(mode: Mode);
        set_scrolling_region(top: usize, bottom: Option<usize>);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        set_active_charset(index: CharsetIndex);
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        set_color(index: usize, color: Rgb);
        dynamic_color_sequence(prefix: String, index: usize, terminator: &str);
        reset_color(index: usize);
        decaln();
        push_title();
        pop_title();
        text_area_size_pixels();
        text_area_size_chars();
    }
}
