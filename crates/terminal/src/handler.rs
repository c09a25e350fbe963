//! Between parser and emulation: passes every control function on, with the few changes that are
//! ours (bounds, X10 mouse reporting).

use crate::outbox::Outbox;
use alacritty_terminal::{
    grid::Dimensions,
    term::{Term, cell::Flags},
    vte::ansi::{
        Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, Hyperlink, KeyboardModes,
        KeyboardModesApplyBehavior, LineClearMode, Mode, NamedPrivateMode, PrivateMode, Rgb, StandardCharset,
        TabulationClearMode,
    },
};
use unicode_width::UnicodeWidthChar;

/// Combining characters upon one cell. Real scripts need fewer; more are dropped.
pub(crate) const MAX_COMBINING: usize = 16;
/// Longest address of a link, as browsers have it.
const MAX_LINK_BYTES: usize = 2083;
/// DECSET 9, X10 mouse reporting, which the emulation does not know.
const X10_MOUSE: PrivateMode = PrivateMode::Unknown(9);

/// State that the emulation has no place for.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// Only presses are reported, without modifiers.
    pub(crate) x10_mouse: bool,
}

/// The emulation with our changes.
pub(crate) struct Guarded<'a> {
    pub(crate) term: &'a mut Term<Outbox>,
    pub(crate) extras: &'a mut Extras,
}

impl Guarded<'_> {
    /// Whether the cell that a combining character would go to is full.
    fn is_full(&self) -> bool {
        let cursor = &self.term.grid().cursor;
        let (line, mut column) = (cursor.point.line, cursor.point.column);
        if !cursor.input_needs_wrap {
            column.0 = column.0.saturating_sub(1);
        }
        let row = &self.term.grid()[line];
        if column.0 >= self.term.columns() {
            return true;
        }
        if row[column].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column.0 = column.0.saturating_sub(1);
        }
        row[column].zerowidth().is_some_and(|combining| combining.len() >= MAX_COMBINING)
    }
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
        if !c.is_ascii() && c.width() == Some(0) && self.is_full() {
            return;
        }
        Handler::input(self.term, c);
    }

    fn set_hyperlink(&mut self, link: Option<Hyperlink>) {
        Handler::set_hyperlink(self.term, link.filter(|link| link.uri.len() <= MAX_LINK_BYTES));
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
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
        Handler::set_private_mode(self.term, mode);
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        if mode == X10_MOUSE {
            self.extras.x10_mouse = false;
        }
        Handler::unset_private_mode(self.term, mode);
    }

    fn reset_state(&mut self) {
        *self.extras = Extras::default();
        Handler::reset_state(self.term);
    }

    pass_on! {
        set_title(title: Option<String>);
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
        put_tab(count: u16);
        backspace();
        carriage_return();
        linefeed();
        bell();
        substitute();
        newline();
        set_horizontal_tabstop();
        scroll_up(count: usize);
        scroll_down(count: usize);
        insert_blank_lines(count: usize);
        delete_lines(count: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        move_backward_tabs(count: u16);
        move_forward_tabs(count: u16);
        save_cursor_position();
        restore_cursor_position();
        clear_line(mode: LineClearMode);
        clear_screen(mode: ClearMode);
        clear_tabs(mode: TabulationClearMode);
        set_tabs(interval: u16);
        reverse_index();
        terminal_attribute(attribute: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        report_mode(mode: Mode);
        report_private_mode(mode: PrivateMode);
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
        report_keyboard_mode();
        push_keyboard_mode(mode: KeyboardModes);
        pop_keyboard_modes(count: u16);
        set_keyboard_mode(mode: KeyboardModes, behavior: KeyboardModesApplyBehavior);
    }
}
