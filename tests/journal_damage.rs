//! A journal that somebody has changed while the desktop was away: it is kept, and said.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Runs steps on a data folder to the end.
fn drive(data: &Path, steps: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agentos"))
        .args(["drive", "-", "--empty", "--data-dir"])
        .arg(data)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(steps.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn newest_segment(data: &Path) -> PathBuf {
    let entries = fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).max().expect("there is a segment")
}

#[test]
fn damage_is_told_when_the_desktop_starts_and_nothing_is_dropped() {
    let data = tempfile::tempdir().unwrap();
    let first = drive(data.path(), "{\"open\":\"files\"}\n{\"click\":{\"id\":\"files/new-folder\"}}\n");
    assert!(first.status.success(), "{first:?}");
    let segment = newest_segment(data.path());
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(&segment, &bytes).unwrap();

    let told = r#"{"expect":{"role":"alert","name_contains":"The record of what happened is damaged"}}"#;
    let second = drive(data.path(), &format!("{told}\n{{\"open\":\"files\"}}\n"));
    assert!(second.status.success(), "{second:?}");
    assert_eq!(fs::read(&segment).unwrap(), bytes, "what is damaged is kept as it is");

    let verified = Command::new(env!("CARGO_BIN_EXE_agentos"))
        .args(["journal", "verify", "--data-dir"])
        .arg(data.path())
        .output()
        .unwrap();
    assert!(!verified.status.success(), "the damage stays to be seen: {verified:?}");
}
