//! The real window on a virtual display, driven by `xdotool` as a person's hands would, beside a headless
//! desktop that gets the same steps by `drive`: both must have the same windows after each of them.
//!
//! Needs Xvfb and xdotool (`cargo xtask test` installs them); says loudly when they are missing.

mod on_display;

use on_display::{Drive, LIMIT, Window, agentos};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Something that hands do, for `xdotool` and for `drive`.
#[derive(Clone, Copy, Debug)]
enum Act {
    Click(i32, i32),
    DoubleClick(i32, i32),
    Drag([i32; 2], [i32; 2]),
    /// As `xdotool` writes it and as `drive` writes it.
    Key(&'static str, &'static str),
    Type(&'static str),
}

impl Act {
    fn by_hand(self, window: &Window) {
        let words = match self {
            Act::Click(x, y) => format!("mousemove {x} {y} sleep 0.05 click 1"),
            Act::DoubleClick(x, y) => format!("mousemove {x} {y} sleep 0.05 click --repeat 2 --delay 60 1"),
            Act::Drag([x0, y0], [x1, y1]) => {
                let mut words = format!("mousemove {x0} {y0} sleep 0.05 mousedown 1");
                for step in 1..=8 {
                    let at = |from: i32, to: i32| from + (to - from) * step / 8;
                    words += &format!(" mousemove {} {} sleep 0.03", at(x0, x1), at(y0, y1));
                }
                words + " sleep 0.1 mouseup 1"
            }
            Act::Key(xdotool, _) => format!("key {xdotool}"),
            Act::Type(text) => format!("type --delay 30 {text}"),
        };
        window.xdotool(&words);
    }

    fn as_step(self) -> Value {
        match self {
            Act::Click(x, y) => json!({"click": {"x": x, "y": y}}),
            Act::DoubleClick(x, y) => json!({"double_click": {"x": x, "y": y}}),
            Act::Drag([x0, y0], [x1, y1]) => {
                json!({"drag": {"from": {"x": x0, "y": y0}, "to": {"x": x1, "y": y1}}})
            }
            Act::Key(_, chord) => json!({"key": chord}),
            Act::Type(text) => json!({"type": text}),
        }
    }
}

/// On the windows of the first run at 1280 × 800.
const ACTS: &[Act] = &[
    // Raise by a click, by a press on the body, snap by dragging, tear off, resize by an edge.
    Act::Click(400, 74),
    Act::Drag([400, 74], [4, 400]),
    Act::Drag([300, 47], [640, 200]),
    Act::Click(1000, 80),
    Act::Drag([1000, 80], [1277, 380]),
    Act::Drag([640, 500], [700, 500]),
    // Zones and windows by keys.
    Act::Key("alt+Left", "Alt+Left"),
    Act::Key("alt+Left", "Alt+Left"),
    Act::Key("alt+Up", "Alt+Up"),
    Act::Key("alt+shift+Down", "Alt+Shift+Down"),
    Act::Key("alt+Tab", "Alt+Tab"),
    Act::Key("ctrl+m", "Ctrl+M"),
    Act::Key("F12", "F12"),
    Act::Key("Right", "Right"),
    Act::Key("F11", "F11"),
    Act::Key("Escape", "Escape"),
    // The launcher opens an app, which is zoomed, moved and sized by keys, and closed.
    Act::Key("ctrl+k", "Ctrl+K"),
    Act::Type("gallery"),
    Act::Key("Return", "Enter"),
    Act::Key("alt+F7", "Alt+F7"),
    Act::Key("Right", "Right"),
    Act::Key("shift+Down", "Shift+Down"),
    Act::Key("Return", "Enter"),
    Act::Key("alt+F8", "Alt+F8"),
    Act::Key("Right", "Right"),
    Act::Key("Escape", "Escape"),
    Act::Key("alt+F10", "Alt+F10"),
    Act::Key("alt+F10", "Alt+F10"),
    Act::Key("ctrl+w", "Ctrl+W"),
    // The title bar's double click and its button.
    Act::DoubleClick(1000, 47),
    Act::Click(68, 47),
];

/// One line a window.
fn table(windows: &Value) -> String {
    windows.as_array().into_iter().flatten().map(|window| format!("  {window}\n")).collect()
}

#[test]
fn gpu_hands_in_the_window_and_steps_of_a_script_give_equal_windows() {
    let data = tempfile::tempdir().unwrap();
    let Some(mut window) = Window::open(data.path(), &[]) else { return };
    let mut script = Drive::start(agentos().args(["drive", "--size", "1280x800", "-"]));
    assert_eq!(window.drive.windows(), script.windows(), "the first run");
    for act in ACTS {
        act.by_hand(&window);
        script.step(&act.as_step());
        let wanted = script.windows();
        let began = Instant::now();
        loop {
            let there = window.drive.windows();
            if there == wanted {
                break;
            }
            let late = began.elapsed() > Duration::from_secs(15);
            assert!(
                !late,
                "after {act:?} the window has\n{}and the script\n{}",
                table(&there),
                table(&wanted)
            );
            std::thread::yield_now();
        }
        // Ends when nothing moves any more: hands aim at what they see.
        window.drive.step(&json!({"wait": 0}));
    }
}

/// Frames drawn so far. To ask draws none.
fn frames(window: &mut Window) -> u64 {
    window.drive.step(&json!({"stats": true}))["frames"].as_u64().unwrap()
}

/// Waits for three seconds without a frame.
fn becomes_quiet(window: &mut Window, what: &str) {
    let began = Instant::now();
    let (mut last, mut since) = (frames(window), Instant::now());
    while since.elapsed() < Duration::from_secs(3) {
        assert!(began.elapsed() < LIMIT, "{what}: frames never end, {last} so far");
        std::thread::park_timeout(Duration::from_millis(50));
        let now = frames(window);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}

#[test]
fn gpu_a_window_in_which_nothing_changes_draws_nothing() {
    let data = tempfile::tempdir().unwrap();
    let Some(mut window) = Window::open(data.path(), &["--empty"]) else { return };
    becomes_quiet(&mut window, "an empty desktop");
    window.drive.step(&json!({"open": "terminal"}));
    window.drive.step(&json!({"open": "calculator"}));
    becomes_quiet(&mut window, "Terminal and Calculator");
    // A caret blinks, but not for ever.
    window.drive.step(&json!({"open": "notes"}));
    window.drive.step(&json!({"click": {"id": "notes/new"}}));
    window.drive.step(&json!({"click": {"id": "notes/title"}}));
    becomes_quiet(&mut window, "a field with the keyboard");
    window.drive.step(&json!({"open": "terminal"}));
    becomes_quiet(&mut window, "a terminal with the keyboard");
}

#[test]
fn gpu_the_monitor_draws_four_frames_a_second_at_most() {
    let data = tempfile::tempdir().unwrap();
    let Some(mut window) = Window::open(data.path(), &["--empty"]) else { return };
    window.drive.step(&json!({"open": "system-monitor"}));
    let (first, began) = (frames(&mut window), Instant::now());
    std::thread::park_timeout(Duration::from_secs(4));
    let drawn = frames(&mut window) - first;
    // A saved session and a full minute may come on top.
    let most = began.elapsed().as_secs() * 4 + 8;
    assert!(drawn > 0, "the monitor stands still");
    assert!(drawn <= most, "{drawn} frames in {:?}", began.elapsed());
}
