//! The screens of `vttest` (Debian package of this name) as golden text. What each one shows right, and what is
//! known to differ, is in docs/terminal.md.

mod common;

use agentos_terminal::Size;
use common::{OnScreen, folder, has, portrait};
use std::time::Duration;

/// Most screens of one menu entry.
const MAX_SCREENS: usize = 40;

/// What the main menu and those below it ask.
const MENU: &str = "Enter choice number";

/// Goes through an entry of the menu and gives each screen on which vttest waits for return. Of a menu below
/// the main one, the title is given.
fn screens(path: &[(&str, &str)]) -> String {
    let folder = folder();
    let mut screen = OnScreen::start(Size { rows: 24, cols: 80 }, folder.path(), &["vttest"], &[]);
    screen.wait_for_text(MENU);
    for (choice, title) in path {
        screen.send(&format!("{choice}\r"));
        screen.wait_for("what comes next", |it| {
            let said = it.visible_text().join(" ");
            if title.is_empty() { !said.contains(MENU) } else { said.contains(title) && said.contains(MENU) }
        });
    }
    let mut all = String::new();
    for number in 1..=MAX_SCREENS {
        screen.wait_for("something to go on with", |it| {
            let said = it.visible_text().join(" ");
            said.contains("RETURN>") || said.contains(MENU)
        });
        if screen.terminal.visible_text().join(" ").contains(MENU) {
            break;
        }
        all += &format!("── {number} ──\n{}", portrait(&screen.terminal));
        screen.send("\r");
        // The same words may stay: what comes is waited for.
        screen.show(Duration::from_secs(2));
    }
    all
}

macro_rules! vttest {
    ($($name:ident: $($choice:literal $(in $title:literal)?),+;)*) => {$(
        #[test]
        fn $name() {
            if has("vttest") {
                insta::assert_snapshot!(screens(&[$(($choice, concat!($($title)?))),+]));
            }
        }
    )*};
}

vttest! {
    cursor_movements: "1";
    screen_features: "2";
    character_sets: "3";
    insert_and_delete: "8";
    reports_of_the_terminal: "6" in "Terminal Reports", "3";
    device_attributes: "6" in "Terminal Reports", "4";
    secondary_device_attributes: "6" in "Terminal Reports", "5";
    soft_reset: "11" in "Non-VT100 Tests", "1" in "VT220 Tests", "6";
    cursor_seen_and_not: "11" in "Non-VT100 Tests", "1" in "VT220 Tests", "2" in "Screen-Display", "2";
    characters_erased: "11" in "Non-VT100 Tests", "1" in "VT220 Tests", "2" in "Screen-Display", "3";
    cursor_by_hpa: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "1";
    cursor_by_cbt: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "2";
    cursor_by_cha: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "3";
    cursor_by_cht: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "4";
    cursor_by_hpr: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "5";
    cursor_by_vpa: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "6";
    cursor_by_cnl: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "7";
    cursor_by_cpl: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "8";
    cursor_by_vpr: "11" in "Non-VT100 Tests", "5" in "Cursor-Movement", "9";
    colours_pattern: "11" in "Non-VT100 Tests", "6" in "ISO 6429 colors", "2";
    colours_reset: "11" in "Non-VT100 Tests", "6" in "ISO 6429 colors", "3";
    colours_in_erased_lines: "11" in "Non-VT100 Tests", "6" in "ISO 6429 colors", "4";
    colours_in_erased_characters: "11" in "Non-VT100 Tests", "6" in "ISO 6429 colors", "5";
    colours_with_weights: "11" in "Non-VT100 Tests", "6" in "ISO 6429 colors", "9";
    repeated: "11" in "Non-VT100 Tests", "7" in "Miscellaneous", "2";
    scrolled_down: "11" in "Non-VT100 Tests", "7" in "Miscellaneous", "3";
    scrolled_up: "11" in "Non-VT100 Tests", "7" in "Miscellaneous", "6";
}
