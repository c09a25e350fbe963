//! Sandboxed programs that outlive a killed desktop: what holds them holds on, and the next desktop finds all of it.

#[path = "driven/mod.rs"]
mod driven;

use driven::{Desktop, descendants, install, is_running, until};
use serde_json::{Value, json};
use std::{
    fs,
    net::TcpListener,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A process app in a terminal.
fn manifest(id: &str, script: &str, sandbox: &Value) -> Value {
    json!({
        "id": id, "name": id, "type": "native_proc",
        "permissions": ["SPAWN_PROCESS", "READ_FILE", "WRITE_FILE", "CREATE_FILE", "DELETE_FILE", "LIST_DIRECTORY"],
        "proc_manifest": {
            "executable": "bash", "args": ["-c", script], "working_dir": format!("/home/projects/{id}"),
            "ui_type": "terminal", "sandbox": sandbox,
        },
    })
}

fn wait_for_state(desktop: &mut Desktop, window: &str, state: &str) {
    desktop.wait(json!({"window": window, "data": "/state", "equals": state}));
}

fn wait_for_text(desktop: &mut Desktop, window: &str, text: &str) {
    desktop.wait(json!({"role": "terminal", "window": window, "value_contains": text}));
}

/// A server that counts who comes.
fn listener() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let serve = move || {
        while let Ok((stream, _)) = listener.accept() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    };
    std::thread::Builder::new().name("listener".into()).spawn(serve).unwrap();
    (port, count)
}

/// What a program wrote last: its turn and what came of each attempt.
fn last_line(log: &Path) -> (usize, String) {
    let text = fs::read_to_string(log).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let line = whole.lines().last().unwrap_or_default();
    let (turn, rest) = line.split_once(' ').unwrap_or(("0", ""));
    (turn.parse().unwrap_or(0), rest.to_owned())
}

/// Waits for something that the program says after this moment.
fn wait_for_line(log: &Path, line: &str) {
    let (from, _) = last_line(log);
    let mut last = String::new();
    until(&format!("{line:?} in {}", log.display()), || {
        let (turn, said) = last_line(log);
        let is_it = turn > from + 1 && said == line;
        last = said;
        is_it
    });
}

#[test]
fn a_filtered_program_is_shut_in_while_nobody_judges_and_goes_on_afterwards() {
    let data = tempfile::tempdir().unwrap();
    let (allowed, at_allowed) = listener();
    let (denied, at_denied) = listener();
    // Both are alive.
    for port in [allowed, denied] {
        drop(std::net::TcpStream::connect(("127.0.0.1", port)).unwrap());
    }
    until("both answered", || {
        [&at_allowed, &at_denied].iter().all(|count| count.load(Ordering::SeqCst) == 1)
    });
    let script = format!(
        "ask() {{ exec 3<>/dev/tcp/127.0.0.1/3128 || {{ echo none; return; }}; \
         printf 'CONNECT %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' $1 $1 >&3; \
         IFS= read -t 5 -r line <&3 || line=closed; exec 3>&-; echo ${{line:0:12}}; }}; \
         direct() {{ (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null && echo reached || echo shut; }}; \
         n=0; while :; do n=$((n+1)); \
         echo \"$n $(ask 127.0.0.1:{allowed}), $(ask 127.0.0.1:{denied}), $(direct {denied})\" >> log; sleep 0.05; done 2>/dev/null"
    );
    let sandbox = json!({
        "network": "filtered", "write": ["/home/projects/caller"],
        "hosts": [format!("127.0.0.1:{allowed}"), format!("!127.0.0.1:{denied}")],
    });
    let mut desktop = Desktop::start(data.path());
    install(&mut desktop, data.path(), &manifest("caller", &script, &sandbox));
    desktop.step(&json!({"open": "caller"}));
    wait_for_state(&mut desktop, "caller", "running");
    let log = data.path().join("home/projects/caller/log");
    let judged = "HTTP/1.1 200, HTTP/1.1 403, shut";
    wait_for_line(&log, judged);
    let program = desktop.data("caller", "/host_pid").as_i64().unwrap();
    for turn in 0..3 {
        desktop.kill();
        wait_for_line(&log, "closed, closed, shut");
        let before = at_allowed.load(Ordering::SeqCst);
        wait_for_line(&log, "closed, closed, shut");
        assert_eq!(
            at_allowed.load(Ordering::SeqCst),
            before,
            "turn {turn}: nobody judges, so nothing passes"
        );
        assert!(is_running(program));
        desktop = Desktop::start(data.path());
        wait_for_line(&log, judged);
        wait_for_state(&mut desktop, "caller", "running");
        assert_eq!(desktop.data("caller", "/host_pid").as_i64(), Some(program), "turn {turn}");
        // It is known by whom, and to where.
        let list = desktop.call(&json!({"call": "list_connections", "ended": true}));
        assert!(list.to_string().contains(&allowed.to_string()), "{list}");
    }
    assert_eq!(at_denied.load(Ordering::SeqCst), 1, "only this test came there");
    desktop.quit();
    until("it has ended", || !is_running(program));
}

#[test]
fn what_was_said_while_nobody_looked_is_there_and_bounded() {
    let data = tempfile::tempdir().unwrap();
    let mut desktop = Desktop::start(data.path());
    desktop.step(&json!({"open": "terminal"}));
    wait_for_state(&mut desktop, "terminal", "running");
    let shell = desktop.data("terminal", "/host_pid").as_i64().unwrap();
    // Some 20 MB, which go on after the kill.
    desktop
        .step(&json!({"type": "sleep 0.5; seq -f 'a-line-of-the-flood-%.0f' 700000; echo at-the-''end\n"}));
    desktop.step(&json!({"clock": {"advance_ms": 1500}}));
    desktop.kill();
    let holder = {
        let stat = |pid: i64| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let parent = |pid: i64| -> i64 {
            stat(pid).rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
        };
        std::iter::successors(Some(shell), |pid| Some(parent(*pid)))
            .take(5)
            .find(|pid| stat(*pid).contains("(agentos-holder)"))
            .expect("a holder is above it")
    };
    let seq_runs = || {
        descendants(holder)
            .iter()
            .any(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "seq"))
    };
    until("the flood has begun", seq_runs);
    until("the flood is over", || !seq_runs());
    let status = fs::read_to_string(format!("/proc/{holder}/status")).unwrap();
    let kib: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap();
    assert!(kib < 32 * 1024, "the holder keeps {kib} KiB of 20 MB");
    let mut desktop = Desktop::start(data.path());
    wait_for_text(&mut desktop, "terminal", "at-the-end");
    wait_for_text(&mut desktop, "terminal", "a-line-of-the-flood-700000");
    desktop.step(&json!({"click": {"role": "terminal", "window": "terminal"}}));
    desktop.step(&json!({"type": "echo still-''here\n"}));
    wait_for_text(&mut desktop, "terminal", "still-here");
    assert_eq!(desktop.data("terminal", "/host_pid").as_i64(), Some(shell));
    desktop.quit();
}

#[test]
fn a_run_that_outlives_the_desktop_is_reviewed_by_the_next_one() {
    let data = tempfile::tempdir().unwrap();
    let script =
        "echo before > first.txt; echo ready-to-''go; read -r line; echo $line > second.txt; rm kept.txt";
    let folder = "/home/projects/keeper";
    let sandbox = json!({"network": "none", "write": [folder], "copy_on_write": [folder]});
    let home = data.path().join("home/projects/keeper");
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("kept.txt"), "kept\n").unwrap();
    let mut desktop = Desktop::start(data.path());
    install(&mut desktop, data.path(), &manifest("keeper", script, &sandbox));
    desktop.step(&json!({"open": "keeper"}));
    wait_for_text(&mut desktop, "keeper", "ready-to-go");
    desktop.step(&json!({"clock": {"advance_ms": 1500}}));
    let program = desktop.data("keeper", "/host_pid").as_i64().unwrap();
    desktop.kill();
    assert!(is_running(program));
    let mut desktop = Desktop::start(data.path());
    wait_for_text(&mut desktop, "keeper", "ready-to-go");
    let runs = desktop.call(&json!({"call": "list_runs"}));
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["ended_millis"]), (1, &Value::Null), "{runs}");
    desktop.step(&json!({"click": {"role": "terminal", "window": "keeper"}}));
    desktop.step(&json!({"type": "after\n"}));
    wait_for_state(&mut desktop, "keeper", "exited");
    desktop.wait(json!({"role": "alert", "name_contains": "3 changes – review"}));
    let lies_there = || {
        let mut names: Vec<_> =
            fs::read_dir(&home).unwrap().flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(lies_there(), ["kept.txt"], "nothing is real yet");
    let applied = desktop.call(&json!({"call": "apply_run", "run": runs[0]["run"]}));
    assert_eq!((&applied["left"], &applied["open"]), (&json!([]), &json!(0)), "{applied}");
    assert_eq!(lies_there(), ["first.txt", "second.txt"]);
    assert_eq!(fs::read_to_string(home.join("second.txt")).unwrap(), "after\n");
    desktop.quit();
    // And one that ended while nobody was there.
    for name in ["first.txt", "second.txt"] {
        fs::remove_file(home.join(name)).unwrap();
    }
    let mut desktop = Desktop::start(data.path());
    desktop.step(&json!({"click": {"role": "button", "name": "Run again", "window": "keeper"}}));
    wait_for_state(&mut desktop, "keeper", "running");
    let runs = desktop.call(&json!({"call": "list_runs"}));
    let copy = std::path::PathBuf::from(runs[0]["folders"][0]["host"].as_str().unwrap());
    until("it has changed something", || copy.join("first.txt").exists());
    let program = desktop.data("keeper", "/host_pid").as_i64().unwrap();
    desktop.kill();
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(i32::try_from(program).unwrap()),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    until("it has ended", || !is_running(program));
    let mut desktop = Desktop::start(data.path());
    let runs = desktop.call(&json!({"call": "list_runs"}));
    let run = runs[0]["run"].clone();
    until("it is counted", || {
        let runs = desktop.call(&json!({"call": "list_runs"}));
        runs.as_array().unwrap().is_empty() || runs[0]["open"].is_number()
    });
    let changes = desktop.call(&json!({"call": "run_changes", "run": run}));
    let paths: Vec<&str> =
        changes["changes"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/home/projects/keeper/first.txt"], "{changes}");
    desktop.call(&json!({"call": "discard_run", "run": run}));
    assert_eq!(
        fs::read_dir(data.path().join("runs"))
            .unwrap()
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .count(),
        0
    );
    desktop.quit();
}
