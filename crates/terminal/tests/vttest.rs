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
}
