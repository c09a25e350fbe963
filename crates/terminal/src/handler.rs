//! Between parser and emulation: passes every control function on, with what is ours: bounds, X10 mouse
//! reporting, corrections of what the emulation has wrong, and names for lines that scroll away.

use crate::{
    extras::Extras,
    guard::MARK_MODE,
    links::MAX_LINK_BYTES,
    outbox::{MAX_TITLE_CHARS, Outbox},
    piles::Pile,
};
use alacritty_terminal::{
    grid::Dimensions,
    index::Line,
    term::{Term, TermMode},
    vte::ansi::{
        Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, Hyperlink, KeyboardModes,
        KeyboardModesApplyBehavior, LineClearMode, Mode, NamedPrivateMode, PrivateMode, Rgb, StandardCharset,
        TabulationClearMode,
    },
};

/// DECSET 9, X10 mouse reporting, which the emulation does not know.
const X10_MOUSE: PrivateMode = PrivateMode::Unknown(9);
/// Clusters of characters take the room of one (contour's proposal, also kitty's and others').
const CLUSTERS: PrivateMode = PrivateMode::Unknown(2027);
/// 132 columns or 80: the screen keeps its size, but all of it is cleared and scrolls again.
const COLUMNS: PrivateMode = PrivateMode::Named(NamedPrivateMode::ColumnMode);
/// Saves the cursor, or puts it back.
const SAVE_CURSOR: PrivateMode = PrivateMode::Unknown(1048);

/// The emulation with our changes.
pub(crate) struct Guarded<'a> {
    pub(crate) term: &'a mut Term<Outbox>,
    pub(crate) extras: &'a mut Extras,
}

impl Guarded<'_> {
    /// Rows that scroll, from the first to behind the last.
    pub(crate) fn region(&self) -> (i32, i32) {
        let rows = i32::try_from(self.term.screen_lines()).unwrap_or(i32::MAX);
        self.extras.region.map_or((0, rows), |(start, end)| (start, end.min(rows)))
    }

    /// Goes to a row of the screen. The emulation (0.26) counts from the first row that scrolls in origin
    /// mode, also where it means the screen.
    pub(crate) fn go(&mut self, line: i32, col: usize) {
        let origin = self.term.mode().contains(TermMode::ORIGIN);
        let offset = if origin { self.region().0 } else { 0 };
        Handler::goto(self.term, line - offset, col);
    }

    /// So many rows up or, negative, down, not out of the rows that scroll when it is in them.
    pub(crate) fn step(&mut self, up: i32, col: usize) {
        let line = self.term.grid().cursor.point.line.0;
        let (start, end) = self.region();
        let last = i32::try_from(self.term.screen_lines()).unwrap_or(i32::MAX) - 1;
        let (top, bottom) = (if line >= start { start } else { 0 }, if line < end { end - 1 } else { last });
        self.go(line.saturating_sub(up).clamp(top, bottom.max(top)), col);
    }

    pub(crate) fn column(&self) -> usize {
        self.term.grid().cursor.point.column.0
    }

    pub(crate) fn pile(&mut self) -> &mut Pile {
        &mut self.extras.keyboard[usize::from(self.is_alternate())]
    }

    pub(crate) fn apply_keyboard(&mut self) {
        let modes = self.pile().top();
        Handler::set_keyboard_mode(self.term, modes, KeyboardModesApplyBehavior::Replace);
    }

    #[inline]
    pub(crate) fn look(&mut self) {
        self.extras.lines.look(self.term);
    }
}

/// A count of rows within what can be counted with.
fn steps(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 4).min(i32::MAX / 4)
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

    fn goto_col(&mut self, col: usize) {
        self.go(self.term.grid().cursor.point.line.0, col);
    }

    fn move_up(&mut self, count: usize) {
        self.step(steps(count), self.column());
    }

    fn move_down(&mut self, count: usize) {
        self.step(-steps(count), self.column());
    }

    fn move_up_and_cr(&mut self, count: usize) {
        self.step(steps(count), 0);
    }

    fn move_down_and_cr(&mut self, count: usize) {
        self.step(-steps(count), 0);
    }

    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        let rows = self.term.screen_lines();
        let bottom = bottom.unwrap_or(rows).min(rows);
        if top < bottom {
            self.extras.region = Some((steps(top.saturating_sub(1)), steps(bottom)));
            Handler::set_scrolling_region(self.term, top, Some(bottom));
        }
    }

    fn device_status(&mut self, kind: usize) {
        let origin = self.term.mode().contains(TermMode::ORIGIN);
        if kind != 6 || !origin {
            return Handler::device_status(self.term, kind);
        }
        let point = self.term.grid().cursor.point;
        let row = (point.line.0 - self.region().0).max(0) + 1;
        let answer = format!("\x1b[{row};{}R", point.column.0 + 1);
        self.extras.outbox.with(|said| said.reply(&answer));
    }

    fn insert_blank(&mut self, count: usize) {
        Handler::insert_blank(self.term, count);
        let (col, columns) = (self.column(), self.term.columns());
        self.mend(&[col, col.saturating_add(count), columns]);
    }

    fn erase_chars(&mut self, count: usize) {
        Handler::erase_chars(self.term, count);
        let col = self.column();
        self.mend(&[col, col.saturating_add(count)]);
    }

    fn delete_chars(&mut self, count: usize) {
        // With more than there are, the emulation (0.26) erases what is left of the cursor.
        let most = self.term.columns() - self.column();
        Handler::delete_chars(self.term, count.min(most));
        self.mend(&[self.column()]);
    }

    fn clear_line(&mut self, mode: LineClearMode) {
        let edge = match mode {
            LineClearMode::Right => self.column(),
            LineClearMode::Left => self.column() + 1,
            LineClearMode::All => 0,
        };
        Handler::clear_line(self.term, mode);
        self.mend(&[edge]);
    }

    fn put_tab(&mut self, count: u16) {
        // At the end of a line there is no stop to go to; the emulation would begin a new one, xterm does not.
        if !self.term.grid().cursor.input_needs_wrap {
            Handler::put_tab(self.term, count);
        }
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
        // The emulation (0.26) forgets the first line when the cursor is on the second.
        if matches!(mode, ClearMode::Above) && self.term.grid().cursor.point.line == 1 {
            let background = self.term.grid().cursor.template.bg;
            for cell in &mut self.term.grid_mut()[Line(0)][..] {
                *cell = background.into();
            }
        }
        let edge = match mode {
            ClearMode::Below => self.column(),
            ClearMode::Above => self.column() + 1,
            ClearMode::All | ClearMode::Saved => 0,
        };
        Handler::clear_screen(self.term, mode);
        self.mend(&[edge]);
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
            COLUMNS => self.extras.region = None,
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
            COLUMNS => self.extras.region = None,
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

    /// A colour that the program has changed is answered as it is; the emulation (0.26) leaves that to us.
    fn dynamic_color_sequence(&mut self, prefix: String, index: usize, terminator: &str) {
        match self.term.colors()[index] {
            Some(Rgb { r, g, b }) => {
                let answer =
                    format!("\x1b]{prefix};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{terminator}");
                self.extras.outbox.with(|said| said.reply(&answer));
            }
            None => Handler::dynamic_color_sequence(self.term, prefix, index, terminator),
        }
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
        self.extras.region = None;
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
        identify_terminal(intermediate: Option<char>);
        move_forward(count: usize);
        move_backward(count: usize);
        backspace();
        carriage_return();
        bell();
        substitute();
        set_horizontal_tabstop();
        scroll_down(count: usize);
        insert_blank_lines(count: usize);
        move_backward_tabs(count: u16);
        move_forward_tabs(count: u16);
        save_cursor_position();
        restore_cursor_position();
        clear_tabs(mode: TabulationClearMode);
        set_tabs(interval: u16);
        reverse_index();
        terminal_attribute(attribute: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        report_mode(mode: Mode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        set_active_charset(index: CharsetIndex);
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        set_color(index: usize, color: Rgb);
        reset_color(index: usize);
        decaln();
        push_title();
        pop_title();
        text_area_size_pixels();
        text_area_size_chars();
    }
}
