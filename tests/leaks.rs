//! A desktop that starts and ends programs for hours keeps nothing of them: processes, descriptors, threads, memory,
//! groups, and a journal that grows with what happened and no more.

#[path = "driven/mod.rs"]
mod driven;

use driven::{Desktop, descendants, install, until};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// What a desktop has.
#[derive(Clone, Copy, Debug)]
struct Held {
    descriptors: usize,
    threads: usize,
    resident_kib: u64,
    children: usize,
}

fn held(desktop: &Desktop) -> Held {
    let pid = desktop.host_pid();
    let count = |name: &str| fs::read_dir(format!("/proc/{pid}/{name}")).unwrap().count();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    Held {
        descriptors: count("fd"),
        threads: count("task"),
        resident_kib: resident.trim().trim_end_matches(" kB").parse().unwrap(),
        children: descendants(pid).len(),
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|facts| facts.len()).sum()
}

/// Sandboxed, with a filtered network and a folder: all that a program can have.
fn manifest(id: &str, script: &str) -> Value {
    json!({
        "id": id, "name": id, "type": "native_proc",
        "permissions": ["SPAWN_PROCESS", "READ_FILE", "WRITE_FILE", "CREATE_FILE", "DELETE_FILE", "LIST_DIRECTORY"],
        "proc_manifest": {
            "executable": "sh", "args": ["-c", script], "working_dir": format!("/home/projects/{id}"), "ui_type": "terminal",
            "sandbox": {
                "network": "filtered", "hosts": ["127.0.0.1:9"], "write": [format!("/home/projects/{id}")],
                "memory_mb": 64, "pids": 16,
            },
        },
    })
}

fn started_and_ended(desktop: &mut Desktop, times: usize) {
    for _ in 0..times {
        desktop.step(&json!({"open": "brief"}));
        desktop.wait(json!({"window": "brief", "data": "/state", "equals": "exited"}));
        desktop.step(&json!({"key": "Ctrl+Shift+W"}));
        desktop.wait(json!({"window": "brief", "exists": false}));
    }
}

#[test]
fn a_hundred_programs_one_after_the_other_leave_nothing_in_a_desktop() {
    let data = tempfile::tempdir().unwrap();
    let mut desktop = Desktop::start(data.path());
    install(&mut desktop, data.path(), &manifest("brief", "echo hello; : > made; exit 0"));
    started_and_ended(&mut desktop, 20);
    let (warm, journal) = (held(&desktop), bytes_in(&data.path().join("journal")));
    started_and_ended(&mut desktop, 50);
    let (middle, half) = (held(&desktop), bytes_in(&data.path().join("journal")));
    started_and_ended(&mut desktop, 50);
    let (after, all) = (held(&desktop), bytes_in(&data.path().join("journal")));
    println!("{warm:?}\n{middle:?}\n{after:?}\njournal {journal} {half} {all}");
    assert!(after.descriptors <= warm.descriptors + 4, "{warm:?} {after:?}");
    assert!(after.threads <= warm.threads + 4, "{warm:?} {after:?}");
    assert!(after.children <= warm.children + 2, "{warm:?} {after:?}");
    // Tables and histories of bounded size fill up in the beginning.
    assert!(after.resident_kib < middle.resident_kib + 8 * 1024, "{warm:?} {middle:?} {after:?}");
    // The same happened twice, so it is as long; some KiB for each program.
    assert!(
        all - half <= (half - journal) * 3 / 2 + 4096 && (all - half) / 50 < 16 * 1024,
        "{journal} {half} {all}"
    );
    desktop.quit();
    until("no holder is left", || fs::read_dir(data.path().join("holders")).map_or(0, Iterator::count) == 0);
}

#[test]
fn twelve_programs_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut desktop = Desktop::start(data.path());
    let names: Vec<String> = (0..12).map(|number| format!("twelve-{number}")).collect();
    for name in &names {
        install(&mut desktop, data.path(), &manifest(name, &format!("echo this-is-{name}; sleep 600 & cat")));
    }
    let before = held(&desktop);
    for name in &names {
        desktop.step(&json!({"open": name}));
    }
    for name in &names {
        desktop
            .wait(json!({"role": "terminal", "window": name, "value_contains": format!("this-is-{name}")}));
    }
    let during = held(&desktop);
    assert!(during.children == 0 || during.children >= 12, "{during:?}");
    // Each hears what is said to it, and nobody else.
    for name in &names {
        desktop.step(&json!({"open": name}));
        desktop.step(&json!({"type": format!("to-{name}\n")}));
        desktop.wait(
            json!({"role": "terminal", "window": name, "value_contains": format!("to-{name}\nto-{name}")}),
        );
    }
    for name in &names {
        desktop.step(&json!({"open": name}));
        desktop.step(&json!({"key": "Ctrl+Shift+W"}));
        desktop.step(&json!({"wait": 100}));
        if desktop.sees("alert_dialog", "Close") {
            desktop.step(&json!({"answer_prompt": "close"}));
        }
        desktop.wait(json!({"window": name, "exists": false}));
    }
    until("no holder is left", || fs::read_dir(data.path().join("holders")).map_or(0, Iterator::count) == 0);
    // What has just ended is still being cleared away.
    until("descriptors are given back", || held(&desktop).descriptors <= before.descriptors + 6);
    let after = held(&desktop);
    println!("{before:?}\n{during:?}\n{after:?}");
    assert!(after.descriptors <= before.descriptors + 6, "{before:?} {during:?} {after:?}");
    assert!(after.threads <= before.threads + 6, "{before:?} {during:?} {after:?}");
    desktop.quit();
}

#[test]
fn a_thousand_steps_do_not_make_it_larger() {
    let data = tempfile::tempdir().unwrap();
    let mut desktop = Desktop::start(data.path());
    let five_steps = |desktop: &mut Desktop, number: u32| {
        let x = 300.0 + f64::from(number % 50);
        for step in [
            json!({"hover": {"x": x, "y": 300.0}}),
            json!({"key": "Ctrl+K"}),
            json!({"type": "notes"}),
            json!({"key": "Escape"}),
            json!({"windows": true}),
        ] {
            desktop.step(&step);
        }
    };
    (0..100).for_each(|number| five_steps(&mut desktop, number));
    let warm = held(&desktop);
    (0..200).for_each(|number| five_steps(&mut desktop, number));
    let after = held(&desktop);
    println!("{warm:?}\n{after:?}");
    assert!(after.resident_kib * 100 < warm.resident_kib * 102, "{warm:?} {after:?}");
    assert!(
        after.descriptors <= warm.descriptors + 2 && after.threads <= warm.threads + 2,
        "{warm:?} {after:?}"
    );
    desktop.quit();
}
