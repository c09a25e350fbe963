//! What goes wrong outside: no home, no display, no adapter, folders that cannot be written, documents that are
//! damaged or of a later version. A plain message and an exit code, or a desktop that goes on where it can;
//! never a panic, never a hang.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn agentos() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
    command.env("SHELL", "/bin/sh").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// It failed with words and without a panic.
fn refuses(command: &mut Command, words: &[&str]) {
    let output = command.output().unwrap();
    let text = said(&output);
    assert!(matches!(output.status.code(), Some(1 | 2)), "{command:?}: {} {text}", output.status);
    assert!(!text.contains("panicked"), "{text}");
    for word in words {
        assert!(text.contains(word), "{command:?} says: {text}");
    }
}

/// Plays steps on a data folder, or on a fresh one; all must go well.
fn plays(command: &mut Command, data: Option<&Path>, steps: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("steps.jsonl");
    std::fs::write(&script, steps.join("\n")).unwrap();
    command.args(["drive", "--empty"]).arg(script);
    if let Some(data) = data {
        command.arg("--data-dir").arg(data);
    }
    let output = command.output().unwrap();
    let played = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{} {played} {}", output.status, said(&output));
    assert!(!said(&output).contains("panicked"), "{}", said(&output));
    played
}

const SUM: [&str; 3] = [
    r#"{"open": "calculator"}"#,
    r#"{"type": "1+1="}"#,
    r#"{"expect": {"window": "calculator", "name": "Result", "value": "2"}}"#,
];

#[test]
fn no_home_is_said_and_a_named_folder_helps() {
    let run = |command: &mut Command| {
        command.env_remove("HOME").env_remove("XDG_DATA_HOME");
    };
    let mut command = agentos();
    run(&mut command);
    refuses(command.arg("run"), &["HOME", "--data-dir"]);
    let mut command = agentos();
    run(&mut command);
    plays(&mut command, None, &SUM);
}

#[test]
fn no_display_is_said_with_what_helps() {
    let data = tempfile::tempdir().unwrap();
    refuses(agentos().arg("run").arg("--data-dir").arg(data.path()), &["display", "xvfb-run"]);
}

#[test]
fn no_adapter_is_said_with_what_helps() {
    let mut command = agentos();
    for name in
        ["VK_ICD_FILENAMES", "VK_DRIVER_FILES", "LIBGL_DRIVERS_PATH", "__EGL_VENDOR_LIBRARY_FILENAMES"]
    {
        command.env(name, "/nonexistent");
    }
    let picture = tempfile::tempdir().unwrap();
    refuses(command.arg("shot").arg(picture.path().join("out.png")), &["adapter", "mesa-vulkan-drivers"]);
}

#[test]
fn nonsense_on_the_command_line_is_answered() {
    for size in ["nonsense", "1x1", "99999x99999", "1280", "x", "-5x800"] {
        refuses(agentos().args(["run", &format!("--size={size}")]), &["size"]);
        refuses(agentos().args(["drive", "-", &format!("--size={size}")]), &["size"]);
    }
    refuses(agentos().args(["drive", "/nonexistent/script"]), &["/nonexistent/script"]);
    refuses(agentos().args(["drive", "-", "--data-dir", "/dev/null"]), &["/dev/null", "--data-dir"]);
    refuses(
        agentos().args(["drive", "--attach", "-", "--data-dir", "/nonexistent"]),
        &["no desktop listens"],
    );
}

#[test]
fn without_the_shipped_apps_the_system_apps_are_there() {
    let steps = [
        r#"{"open": "files"}"#,
        r#"{"open": "settings"}"#,
        r#"{"expect": {"window": "files", "title": "Home"}}"#,
    ];
    plays(agentos().env("AGENTOS_APPS", "/nonexistent"), None, &steps);
}

#[test]
fn without_a_shell_the_terminal_says_so_and_others_go_on() {
    let mut steps = vec![r#"{"open": "terminal"}"#, r#"{"wait": 300}"#];
    steps.extend(SUM);
    plays(agentos().env("SHELL", "/nonexistent").env("PATH", "/nonexistent"), None, &steps);
}

/// A data folder with a session: the calculator on the left.
fn saved() -> (tempfile::TempDir, PathBuf) {
    let data = tempfile::tempdir().unwrap();
    plays(&mut agentos(), Some(data.path()), &[r#"{"open": "calculator"}"#, r#"{"key": "Alt+Left"}"#]);
    let system = data.path().join("system");
    assert!(system.join("session.json").exists());
    (data, system)
}

#[test]
fn damaged_documents_are_kept_aside_and_said() {
    let (data, system) = saved();
    std::fs::write(system.join("session.json"), "{\"version\": 1, \"layo").unwrap();
    std::fs::write(system.join("settings.json"), "\u{0}\u{1}nonsense").unwrap();
    let steps = [
        r#"{"expect": {"role": "alert", "name_contains": "session was not restored"}}"#,
        r#"{"expect": {"role": "alert", "name_contains": "Settings start afresh"}}"#,
        SUM[0],
        SUM[1],
        SUM[2],
    ];
    plays(&mut agentos(), Some(data.path()), &steps);
    assert_eq!(std::fs::read(system.join("session.json.damaged")).unwrap(), b"{\"version\": 1, \"layo");
    assert!(system.join("settings.json.damaged").exists());
}

#[test]
fn a_session_of_a_later_version_is_kept_aside() {
    let (data, system) = saved();
    let later = "{\"version\": 999, \"tiles\": []}";
    std::fs::write(system.join("session.json"), later).unwrap();
    let newer = r#"{"expect": {"role": "alert", "name_contains": "newer version (999)"}}"#;
    plays(&mut agentos(), Some(data.path()), &[newer]);
    assert_eq!(std::fs::read_to_string(system.join("session.json.newer")).unwrap(), later);
}

#[test]
fn a_damaged_journal_stops_nothing() {
    let (data, _) = saved();
    let damage = |change: &dyn Fn(&mut Vec<u8>)| {
        for entry in std::fs::read_dir(data.path().join("journal")).unwrap() {
            let path = entry.unwrap().path();
            let mut bytes = std::fs::read(&path).unwrap();
            change(&mut bytes);
            std::fs::write(&path, bytes).unwrap();
        }
        let mut steps = vec![r#"{"expect": {"window": "calculator", "zone": "left"}}"#];
        steps.extend(SUM);
        steps.push(r#"{"key": "Escape"}"#);
        plays(&mut agentos(), Some(data.path()), &steps);
    };
    damage(&|bytes| bytes.iter_mut().skip(200).take(500).for_each(|byte| *byte ^= 0x5a));
    damage(&|bytes| bytes.truncate(17));
    damage(&Vec::clear);
}

/// Runs `script` in a private mount namespace with a small file system at `$1`. `None`, loudly, where that is
/// not allowed.
fn with_mount(options: &str, script: &str) -> Option<Output> {
    let place = tempfile::tempdir().unwrap();
    let all = format!("mount -t tmpfs -o {options} none \"$1\" || exit 99; {script}");
    let output = agentos_in_namespace(&all, place.path()).output().unwrap();
    if output.status.code() == Some(99) || said(&output).contains("unshare failed") {
        eprintln!("SKIPPED, NOTHING WAS TESTED: a mount namespace cannot be made here");
        return None;
    }
    Some(output)
}

fn agentos_in_namespace(script: &str, place: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]).arg(place);
    command.arg(env!("CARGO_BIN_EXE_agentos")).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.stdin(Stdio::null());
    command
}

#[test]
fn a_read_only_folder_is_said() {
    let script =
        "mkdir \"$1/data\" && mount -o remount,ro \"$1\" && exec \"$2\" drive - --data-dir \"$1/data\"";
    let Some(output) = with_mount("size=1m", script) else { return };
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("Read-only") && said(&output).contains("--data-dir"), "{}", said(&output));
}

#[test]
fn on_a_full_disk_notes_says_what_is_not_saved_and_calculating_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("steps.jsonl");
    // More than a background writer can give back between two fillings.
    let much = format!("{{\"clipboard\": {{\"set\": \"{}\"}}}}", "much ".repeat(20_000));
    let mut steps = vec![
        r#"{"open": "notes"}"#,
        r#"{"click": {"id": "notes/new"}}"#,
        r#"{"click": {"id": "notes/body"}}"#,
        much.as_str(),
        r#"{"key": "Ctrl+V"}"#,
        r#"{"wait": {"id": "notes/status", "name_contains": "Not saved", "timeout_ms": 20000}}"#,
    ];
    steps.extend(SUM);
    std::fs::write(&script, steps.join("\n")).unwrap();
    // It fills up while the desktop runs, and what a background writer gives back is taken again.
    let run = format!(
        "{{ for turn in $(seq 200); do [ -e \"$1/home/Documents/Welcome.md\" ] && break; sleep 0.05; done; \
         (for turn in $(seq 150); do cat /dev/zero >> \"$1/fill\" 2>&-; sleep 0.03; done) & \
         sleep 0.5; cat {}; wait; }} | \"$2\" drive --empty --data-dir \"$1\" -",
        script.display()
    );
    let Some(output) = with_mount("size=8m", &run) else { return };
    assert!(output.status.success(), "{} {}", String::from_utf8_lossy(&output.stdout), said(&output));
    assert!(!said(&output).contains("panicked"), "{}", said(&output));
}
