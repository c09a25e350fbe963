//! Keys and an input method of the host on their way to a program: in the real window, by `xdotool`.
//!
//! Needs Xvfb and xdotool, the input method uim-xim with uim-anthy and the description of a locale as well; says loudly
//! when they are missing.

mod on_display;

use on_display::{LIMIT, Running, Window};
use serde_json::json;
use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

impl Window {
    fn screen(&mut self) -> String {
        let data = self.drive.step(&json!({"data": {"window": "terminal", "pointer": "/text"}}));
        let rows = data["data"].as_array().cloned().unwrap_or_default();
        rows.iter().filter_map(|row| row.as_str()).collect::<Vec<_>>().join("\n")
    }

    fn terminal(&mut self) {
        self.drive.step(&json!({"open": "terminal"}));
        let runs = json!({"window": "terminal", "data": "/state", "equals": "running", "timeout_ms": 20000});
        self.drive.step(&json!({"wait": runs}));
        self.waits_for("$");
    }

    fn waits_for(&mut self, text: &str) {
        let began = Instant::now();
        while !self.screen().contains(text) {
            assert!(began.elapsed() < LIMIT, "{text:?} does not come on:\n{}", self.screen());
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

#[test]
fn gpu_keys_that_only_a_protocol_tells_apart_reach_a_program() {
    let data = tempfile::tempdir().unwrap();
    let Some(mut window) = Window::open(data.path(), &["--empty"]) else { return };
    window.terminal();
    // The host's terminal shows what comes, control characters as `^[`.
    window.drive.step(&json!({"type": "printf 'asked\\033[>11u\\n'; cat >/dev/null\n"}));
    window.waits_for("\nasked");
    window.xdotool("key KP_Enter");
    window.waits_for("^[[57414u^[[57414;1:3u");
    window.xdotool("key Shift_L");
    window.waits_for("^[[57441;2u^[[57441;1:3u");
    window.xdotool("key KP_Home");
    window.waits_for("^[[57423u");
    window.xdotool("key Return");
    window.waits_for("^[[13u");
    window.xdotool("key --delay 50 ctrl+d");
    window.waits_for("^[[100;5u");
}

/// A locale for the input method and its clients, made in this folder: XIM serves none that it does not know.
fn locale(folder: &Path) -> bool {
    let out = folder.join("ja_JP.UTF-8");
    let made = Command::new("localedef").args(["-i", "ja_JP", "-f", "UTF-8"]).arg(out).output();
    made.is_ok_and(|made| made.status.success())
}

#[test]
fn gpu_an_input_method_composes_and_commits() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let there = Command::new("uim-xim").arg("--list").env("HOME", &home).output();
    let there = there.is_ok_and(|list| String::from_utf8_lossy(&list.stdout).contains("anthy-utf8"));
    if !there || !locale(folder.path()) {
        eprintln!("SKIPPED, NOTHING WAS TESTED: uim-xim, uim-anthy and locales are not installed");
        return;
    }
    std::fs::write(home.join(".uim"), "(define default-im-name 'anthy-utf8)\n").unwrap();
    let mut method = None;
    let window = Window::open_with(&folder.path().join("data"), &["--empty"], |display, run| {
        let surroundings = |command: &mut Command| {
            command.env("LOCPATH", folder.path()).env("LC_ALL", "ja_JP.UTF-8").env("XMODIFIERS", "@im=uim");
        };
        let mut server = Command::new("uim-xim");
        server.args(["--engine=anthy-utf8"]).env("DISPLAY", display).env("HOME", &home);
        surroundings(&mut server);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        method = Some(Running(server));
        // It announces itself on the display; who connects earlier finds no method.
        std::thread::park_timeout(Duration::from_secs(2));
        surroundings(run);
    });
    let Some(mut window) = window else { return };
    window.terminal();
    window.xdotool("key shift+space");
    window.xdotool("type --delay 80 kana");
    let composed = window.drive.step(&json!({"tree": "terminal"})).to_string();
    assert!(!window.screen().contains('か'), "what is composed is not sent: {composed}");
    window.xdotool("key Return");
    window.waits_for("かな");
    assert!(!window.screen().contains("not found"), "the key that ends it is not sent:\n{}", window.screen());
}
