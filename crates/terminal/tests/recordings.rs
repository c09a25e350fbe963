//! What programs wrote on a screen of 60 × 12, and the screen that it made.
//!
//! `*.bytes` are recordings of real programs, whose screens were compared with what tmux shows for the same
//! bytes; the texts below are what a program would write to use one feature.

mod common;

use agentos_terminal::{Size, Terminal};

fn screen(bytes: &[u8]) -> String {
    let mut terminal = Terminal::new(Size { rows: 12, cols: 60 }, 100);
    terminal.feed(bytes);
    terminal.verify_invariants();
    common::portrait(&terminal)
}

macro_rules! recordings {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(screen(include_bytes!(concat!("recordings/", stringify!($name), ".bytes"))));
        }
    )*};
}

recordings!(bash, less, vim, python);

macro_rules! features {
    ($($name:ident: $text:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(screen($text.as_bytes()));
        }
    )*};
}

features! {
    colours_of_all_kinds: "\x1b[31mansi\x1b[92mbright\x1b[48;5;201mindexed\x1b[0m\x1b[38;2;1;2;3mrgb\x1b[48:2::4:5:6mcolons\x1b[39;49mplain";
    lines_below_and_through: "\x1b[4msingle\x1b[4:2mdouble\x1b[4:3mcurly\x1b[4:4mdotted\x1b[4:5mdashed\x1b[58;5;9mcoloured\x1b[58:2::1:2:3mrgb\x1b[59;24m none\x1b[9mstruck\x1b[29m\x1b[21mtwice\x1b[0m";
    weights_and_slants: "\x1b[1mbold\x1b[2mdim too\x1b[22mplain\x1b[3mitalic\x1b[23;7minverse\x1b[27;8mhidden\x1b[28;5mblink\x1b[0m";
    alternate_screen_and_back: "shell\x1b7\x1b[?1049h\x1b[2J\x1b[5;5Hfull screen\x1b[?1049l\x1b8 goes on";
    regions_scroll_alone: "1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[4;1H\n\nnew\x1b[r\x1b[10;1Hend\x1b[2;1H\x1bMup";
    lines_and_characters_come_and_go: "abcdef\r\nghijkl\x1b[1;3H\x1b[2@\x1b[2;2H\x1b[2P\x1b[1L\x1b[3;1Hx\x1b[1M\x1b[1;1H\x1b[2X\x1b[4hins\x1b[4l";
    tab_stops: "a\tb\tc\x1b[3g\r\n\x1b[5G\x1bH\r\t5\x1b[20G\x1bH\r\t\t20\x1b[Zback\x1b[?5Wd\te";
    erasing: "xxxxx\r\nxxxxx\r\nxxxxx\x1b[2;3H\x1b[1K\x1b[0J\x1b[1;4H\x1b[K\x1b[48;5;4m\x1b[4;1H\x1b[2K";
    graphics_of_the_vt100: "\x1b(0lqqk\r\nx  x\r\nmqqj\x1b(B\r\n\x1b)0\x0eab\x0fab";
    wide_combining_and_joined: "日本語 e\u{301}o\u{308} 👩\u{200d}💻 🇩🇪 ❤\u{fe0f}\r\n\x1b[1;59H日\r\n\x1b[?2027h👩\u{200d}💻 👍\u{1f3fd} ❤\u{fe0f}!";
    links_of_programs: "\x1b]8;;https://a.org\x1b\\one\x1b]8;;\x07 \x1b]8;id=7;file:///tmp;x\x07two\x1b]8;;\x07 three";
    repeated_and_wrapped: "ab\x1b[3b\x1b[?7l\x1b[2;58Hwraps not\x1b[?7h\x1b[3;58Hwraps\x1b[5;1H=\x1b[59b\x1b[1b";
    a_whole_screen_of_e: "\x1b#8\x1b[3;3H\x1b[1J";
    a_synchronised_update: "before\x1b[?2026h\x1b[2J\x1b[Hafter\x1b[?2026l";
    an_unfinished_update_waits: "before\x1b[?2026h\x1b[2J\x1b[Hafter";
    origin_mode: "\x1b[3;6r\x1b[?6h\x1b[1;1Htop\x1b[9;1Hbottom\x1b[?6l\x1b[1;1Hhome\x1b[r";
    strings_that_are_not_for_us: "a\x1bP1;2|stuff\x1b\\b\x1b_app\x1b\\c\x1b^pm\x1b\\d\x1bXsos\x1b\\e\x1b]1337;x=y\x07f";
    broken_sequences: "a\x1b[1;\x18b\x1b[99999999999mc\x1b[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;md\x1b[?<=>1he\x1b[1 2 3xf";
    commands_leave_no_trace: "\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C\x07file\r\n\x1b]133;D;0\x07\x1b]7;file:///tmp\x07\x1b]133;A\x1b\\$ ";
}
