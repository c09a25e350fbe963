//! Path attacks on every call that changes what lies at a path, through the door: whatever the path says, nothing
//! outside of the data folder is touched, and nothing inside of it without the right.

mod scene;

use abi::{
    Capability, Errno, PathScope, SysResult,
    table::{ROWS, Row},
};
use agentos_kernel::{Caller, testing::kernel};
use scene::call;
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

fn destructive() -> impl Iterator<Item = &'static Row> {
    // Their paths are fixed: `/mnt/<name>` and nothing else.
    ROWS.iter().filter(|row| row.changes_paths() && !matches!(row.name, "mount" | "unmount"))
}

/// The row's example with one of its paths replaced; it may overwrite and make parents.
fn attempt(row: &Row, field: &str, path: &str) -> Value {
    let mut line: Value = serde_json::from_str(row.example).unwrap();
    line[field] = json!(path);
    for flag in ["overwrite", "parents"] {
        if row.args.iter().any(|arg| arg.name == flag) {
            line[flag] = json!(true);
        }
    }
    if row.name == "open" {
        line["mode"] = json!({"write": true, "create": true, "truncate": true});
    }
    line
}

fn run(caller: &Caller, line: &Value) -> SysResult<()> {
    call(caller, &line.to_string()).map(drop)
}

/// Everything in a folder: names, content, bits, times.
fn state(folder: &Path) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| {
            let facts = entry.metadata().unwrap();
            let content = fs::read(entry.path()).unwrap_or_default();
            format!(
                "{:?} {content:?} {:?} {:?}",
                entry.file_name(),
                facts.permissions(),
                facts.modified().unwrap()
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn no_spelling_of_a_path_leads_out_of_the_data_folder() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "outside").unwrap();
    let before = state(outside.path());
    let out = outside.path().to_str().unwrap();
    let mut tried = 0;
    for row in destructive() {
        let kernel = kernel();
        let caller = kernel.trusted();
        let home = kernel.data_dir().join("home");
        fs::write(home.join("a.txt"), "hello").unwrap();
        fs::write(home.join("notes.txt"), "notes").unwrap();
        // Made by somebody on the host, behind our back.
        std::os::unix::fs::symlink(outside.path(), home.join("folder-out")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("file"), home.join("file-out")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("new"), home.join("dangling-out")).unwrap();
        let depth = "../".repeat(30);
        let paths = [
            format!("{out}/file"),
            format!("/home/{depth}{out}/file"),
            format!("{depth}{}", &out[1..]),
            "/home/folder-out/file".to_owned(),
            "/home/folder-out/new".to_owned(),
            "/home/folder-out/new/deep".to_owned(),
            "/home/file-out".to_owned(),
            "/home/dangling-out".to_owned(),
            "/home/dangling-out/x".to_owned(),
            format!("/proc/self/root{out}/file"),
            "/proc/self/cwd/x".to_owned(),
            "/proc/self/fd/0".to_owned(),
            format!("/home/a.txt\0{out}/file"),
            format!("/home/{}", "x/".repeat(3_000)),
            format!("/home/{}", "x".repeat(300)),
            "/HOME/a.txt/../../x".to_owned(),
            String::new(),
        ];
        for field in row.path_args() {
            for path in &paths {
                tried += 1;
                // Whatever it answers: it answers, and nothing outside has changed.
                let _ = run(&caller, &attempt(row, field, path));
                assert_eq!(state(outside.path()), before, "{} {field} {path}", row.name);
            }
        }
    }
    println!("{tried} attempts to lead out");
}

#[test]
fn an_ancestor_that_is_swapped_all_the_time_lends_nothing() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "outside").unwrap();
    let before = state(outside.path());
    for row in destructive() {
        let kernel = kernel();
        let trusted = kernel.trusted();
        let home = kernel.data_dir().join("home");
        fs::create_dir(home.join("granted")).unwrap();
        fs::create_dir(home.join("secret")).unwrap();
        fs::write(home.join("secret/file"), "secret").unwrap();
        let secret = state(&home.join("secret"));
        let scope = || PathScope("/home/granted".into());
        let app = kernel.process(vec![
            Capability::ReadFile(scope()),
            Capability::WriteFile(scope()),
            Capability::CreateFile(scope()),
            Capability::DeleteFile(scope()),
            Capability::ListDirectory(scope()),
        ]);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            // A folder, a link to a folder that is not granted, a link out: in turn, as fast as it goes.
            scope.spawn(|| {
                let (place, aside) = (home.join("granted/swap"), home.join("granted/aside"));
                let targets = [Path::new("../secret"), outside.path()];
                for turn in 0.. {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    let _ = fs::create_dir(&place);
                    let _ = fs::write(place.join("file"), "own");
                    let _ = fs::rename(&place, &aside);
                    let _ = std::os::unix::fs::symlink(targets[turn % 2], &place);
                    let _ = fs::remove_file(&place);
                    let _ = fs::remove_dir_all(&aside);
                }
            });
            for _ in 0..150 {
                for field in row.path_args() {
                    for name in ["file", "new"] {
                        let mut line = attempt(row, field, &format!("/home/granted/swap/{name}"));
                        for other in row.path_args().filter(|other| *other != field) {
                            line[other] = json!("/home/granted/other");
                        }
                        let _ = run(&app, &line);
                    }
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(state(outside.path()), before, "{} reached out", row.name);
        assert_eq!(state(&home.join("secret")), secret, "{} changed what is not granted", row.name);
        kernel.terminate(abi::Syscalls::pid(&trusted)).unwrap();
    }
}

#[test]
fn a_hard_link_from_outside_is_a_name_inside_and_needs_its_own_right() {
    for row in destructive() {
        let kernel = kernel();
        let home = kernel.data_dir().join("home");
        fs::create_dir(home.join("secret")).unwrap();
        fs::write(home.join("secret/file"), "secret").unwrap();
        fs::hard_link(home.join("secret/file"), home.join("open")).unwrap();
        // Rights on one of its names say nothing about the other.
        let app = kernel.process(vec![
            Capability::ReadFile(PathScope("/home/open".into())),
            Capability::WriteFile(PathScope("/home/open".into())),
            Capability::DeleteFile(PathScope("/home/open".into())),
        ]);
        for field in row.path_args() {
            let mut line = attempt(row, field, "/home/secret/file");
            for other in row.path_args().filter(|other| *other != field) {
                line[other] = json!("/home/open");
            }
            let refused = run(&app, &line).expect_err(row.name);
            assert_eq!(refused.errno, Errno::EACCES, "{} {field}: {refused}", row.name);
        }
        assert_eq!(fs::read_to_string(home.join("secret/file")).unwrap(), "secret");
    }
}
