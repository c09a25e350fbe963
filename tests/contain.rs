//! Programs that try to take the machine along. Each is contained by its sandbox, what ended it is said in a sentence, the
//! desktop answers meanwhile, and afterwards nothing of it is left: no process, mount, control group, interface, file.
//!
//! Each bomb is bounded by itself, too, or by what its manifest allows.

#[path = "driven/mod.rs"]
mod driven;

use driven::{Desktop, PATIENCE, descendants, install, is_running, until};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path, time::Instant};

/// Frames that a desktop draws at least while something floods it, in the steps of [`works_on`].
const LEAST_FRAMES: u64 = 10;

struct Bomb {
    name: &'static str,
    executable: &'static str,
    script: &'static str,
    ui: &'static str,
    sandbox: Value,
}

impl Bomb {
    fn new(name: &'static str, executable: &'static str, script: &'static str) -> Bomb {
        let folder = format!("/home/projects/{name}");
        let sandbox = json!({
            "network": "none", "write": [folder], "memory_mb": 64, "pids": 32, "cpu_percent": 50, "disk_mb": 8,
        });
        Bomb { name, executable, script, ui: "terminal", sandbox }
    }

    fn shell(name: &'static str, script: &'static str) -> Bomb {
        Bomb::new(name, "bash", script)
    }

    fn python(name: &'static str, script: &'static str) -> Bomb {
        Bomb::new(name, "/usr/bin/python3", script)
    }

    fn limit(mut self, field: &str, value: Value) -> Bomb {
        self.sandbox[field] = value;
        self
    }

    fn log(mut self) -> Bomb {
        self.ui = "log";
        self
    }

    fn manifest(&self) -> Value {
        json!({
            "id": self.name, "name": self.name, "type": "native_proc",
            "permissions": ["SPAWN_PROCESS", "READ_FILE", "WRITE_FILE", "CREATE_FILE", "DELETE_FILE", "LIST_DIRECTORY"],
            "proc_manifest": {
                "executable": self.executable, "args": ["-c", self.script],
                "working_dir": format!("/home/projects/{}", self.name), "ui_type": self.ui, "sandbox": self.sandbox,
            },
        })
    }
}

/// What is on the host that a program could leave there.
#[derive(Debug, PartialEq, Eq)]
struct Host {
    mounts: BTreeSet<String>,
    interfaces: BTreeSet<String>,
}

impl Host {
    fn look() -> Host {
        let lines = |path: &str, word: fn(&str) -> String| {
            fs::read_to_string(path).unwrap_or_default().lines().map(word).collect::<BTreeSet<String>>()
        };
        // Other tests mount and make interfaces, too: only what is named like ours counts.
        let mut host = Host {
            mounts: lines("/proc/self/mounts", str::to_owned),
            interfaces: lines("/proc/net/dev", |line| {
                line.split(':').next().unwrap_or_default().trim().to_owned()
            }),
        };
        host.interfaces.retain(|name| !name.starts_with("agos") && !name.starts_with("veth"));
        host
    }
}

/// Control groups in which these processes are.
fn groups_of(pids: &[i64]) -> BTreeSet<String> {
    let lines = pids.iter().filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/cgroup")).ok());
    let names = lines.flat_map(|text| {
        text.lines()
            .filter_map(|line| line.rsplit_once('/').map(|(_, name)| name.to_owned()))
            .filter(|name| name.starts_with("agentos-") && name != "agentos-desktop")
            .collect::<Vec<_>>()
    });
    names.collect()
}

fn group_exists(name: &str) -> bool {
    let find = std::process::Command::new("find")
        .args(["/sys/fs/cgroup", "-maxdepth", "6", "-type", "d", "-name", name])
        .output()
        .unwrap();
    !find.stdout.is_empty()
}

/// Another window is used meanwhile, by pointer and keys, and answers; what frames cost is printed.
fn works_on(desktop: &mut Desktop, what: &str) {
    desktop.step(&json!({"stats": true}));
    let before = desktop.step(&json!({"stats": true}))["frames"].as_u64().unwrap();
    let began = Instant::now();
    desktop.step(&json!({"open": "calculator"}));
    let wait =
        |value: &str| json!({"wait": {"id": "calculator/display", "value": value, "timeout_ms": 10_000}});
    for number in [7, 8, 9] {
        desktop.step(&json!({"type": format!("{number}*6=")}));
        desktop.step(&wait(&(number * 6).to_string()));
    }
    desktop.step(&json!({"click": {"role": "button", "window": "calculator", "name": "3"}}));
    desktop.step(&wait("3"));
    desktop.step(&json!({"click": {"role": "button", "id": "calculator/key-clear"}}));
    let stats = desktop.step(&json!({"stats": true}));
    let frames = stats["frames"].as_u64().unwrap() - before;
    println!("{what}: {} while {} ms passed", stats["frame_cpu_ms"], began.elapsed().as_millis());
    assert!(frames >= LEAST_FRAMES, "{what}: {frames} frames");
}

/// Closes its window, and sees that everything that it started has gone.
fn closes(desktop: &mut Desktop, bomb: &Bomb, tree: &[i64], groups: &BTreeSet<String>) {
    desktop.step(&json!({"open": bomb.name}));
    desktop.step(&json!({"key": if bomb.ui == "terminal" { "Ctrl+Shift+W" } else { "Ctrl+W" }}));
    desktop.step(&json!({"wait": 200}));
    if desktop.sees("alert_dialog", "Close") {
        desktop.step(&json!({"answer_prompt": "close"}));
    }
    desktop.wait(json!({"window": bomb.name, "exists": false}));
    until("its tree has gone", || tree.iter().all(|pid| !is_running(*pid)));
    until("its groups have gone", || groups.iter().all(|name| !group_exists(name)));
}

/// What the desktop started for a program, with all that this did.
fn tree_of(desktop: &mut Desktop, bomb: &Bomb) -> Vec<i64> {
    let pid = desktop.data(bomb.name, "/host_pid").as_i64().expect("it runs");
    let mut tree = vec![pid];
    // Up to the holder, or to what is directly beneath the desktop.
    let mut top = pid;
    while let Some(parent) = parent(top).filter(|parent| *parent != desktop.host_pid() && *parent > 1) {
        top = parent;
        tree.push(top);
    }
    tree.extend(descendants(top));
    tree
}

fn parent(pid: i64) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn started(desktop: &mut Desktop, data: &Path, bomb: &Bomb) {
    install(desktop, data, &bomb.manifest());
    desktop.step(&json!({"open": bomb.name}));
}

/// It ends by a limit, and the window says by which.
fn ends_by(bomb: &Bomb, sentence: &str) {
    let (data, host) = (tempfile::tempdir().unwrap(), Host::look());
    let mut desktop = Desktop::start(data.path());
    started(&mut desktop, data.path(), bomb);
    works_on(&mut desktop, bomb.name);
    // Polled limits are looked at now and then, and a loaded machine takes its time.
    desktop.step(
        &json!({"wait": {"window": bomb.name, "data": "/state", "equals": "exited", "timeout_ms": 120_000}}),
    );
    let (role, said) = match bomb.ui {
        "log" => ("list_item", format!("note: {sentence}")),
        _ => ("label", sentence.to_owned()),
    };
    desktop.step(&json!({"open": bomb.name}));
    if !desktop.sees(role, &said) {
        let tree = desktop.step(&json!({"tree": bomb.name}));
        panic!("{}: {sentence:?} is not said: {tree:#}", bomb.name);
    }
    closes(&mut desktop, bomb, &[], &BTreeSet::new());
    leaves_nothing(desktop, data, &host);
}

/// It goes on within its limits until its window is closed.
fn goes_on(bomb: &Bomb, is_at_work: impl Fn(&mut Desktop, &[i64]) -> bool) {
    let (data, host) = (tempfile::tempdir().unwrap(), Host::look());
    let mut desktop = Desktop::start(data.path());
    started(&mut desktop, data.path(), bomb);
    desktop.wait(json!({"window": bomb.name, "data": "/state", "equals": "running"}));
    let deadline = Instant::now() + PATIENCE;
    let mut tree = tree_of(&mut desktop, bomb);
    let groups = groups_of(&tree);
    while !is_at_work(&mut desktop, &tree) {
        assert!(Instant::now() < deadline, "{}: it does not do what it is here for", bomb.name);
        desktop.step(&json!({"wait": 50}));
        tree = tree_of(&mut desktop, bomb);
    }
    works_on(&mut desktop, bomb.name);
    // Its processes and those that hold it.
    let now = tree_of(&mut desktop, bomb).len();
    assert!(now < 32 + 8, "{}: {now} processes", bomb.name);
    tree.extend(tree_of(&mut desktop, bomb));
    closes(&mut desktop, bomb, &tree, &groups);
    leaves_nothing(desktop, data, &host);
}

fn leaves_nothing(mut desktop: Desktop, data: tempfile::TempDir, host: &Host) {
    works_on(&mut desktop, "afterwards");
    desktop.quit();
    let holders = || fs::read_dir(data.path().join("holders")).map_or(0, Iterator::count);
    until("no holder is left", || holders() == 0);
    let after = Host::look();
    let mine = data.path().display().to_string();
    assert!(!after.mounts.iter().any(|line| line.contains(&mine)), "{:?}", after.mounts);
    assert_eq!(after.interfaces.difference(&host.interfaces).count(), 0, "{after:?}");
    data.close().unwrap();
}

fn has_many(count: usize) -> impl Fn(&mut Desktop, &[i64]) -> bool {
    move |_, tree| tree.len() >= count
}

fn shows(name: &'static str, text: &'static str) -> impl Fn(&mut Desktop, &[i64]) -> bool {
    move |desktop, _| {
        let tree = desktop.step(&json!({"tree": name}))["tree"].take();
        tree.as_array().unwrap().iter().any(|node| {
            ["value", "name"].iter().any(|field| node[field].as_str().is_some_and(|said| said.contains(text)))
        })
    }
}

// ---- processes

#[test]
fn a_fork_bomb_in_a_shell() {
    goes_on(&Bomb::shell("forks", "bomb() { bomb | bomb & }; bomb; while :; do sleep 1; done"), has_many(20));
}

#[test]
fn a_fork_bomb_in_python() {
    let script = "import os, time\nwhile True:\n  try: os.fork()\n  except OSError: time.sleep(0.1)";
    goes_on(&Bomb::python("forkspy", script), has_many(20));
}

#[test]
fn threads_without_end() {
    let script = "import threading, time\nn = 0\nwhile n < 2000:\n  try:\n    threading.Thread(target=time.sleep, args=(600,), daemon=True).start(); n += 1\n  \
                  except RuntimeError: break\nprint('threads', n, flush=True)\ntime.sleep(600)";
    goes_on(&Bomb::python("threads", script), shows("threads", "threads "));
}

#[test]
fn zombies_without_end() {
    let script = "import os, time\nn = 0\nwhile n < 2000:\n  try:\n    if os.fork() == 0: os._exit(0)\n    n += 1\n  except OSError: break\nprint('zombies', n, flush=True)\ntime.sleep(600)";
    goes_on(&Bomb::python("zombies", script), shows("zombies", "zombies "));
}

#[test]
fn descriptors_without_end() {
    let script = "import os, socket, time\nkept = []\ntry:\n  while len(kept) < 1000000: kept.append(os.memfd_create('x')); kept.append(socket.socketpair())\n\
                  except OSError as why: print('descriptors', why, flush=True)\ntime.sleep(600)";
    goes_on(&Bomb::python("descriptors", script), shows("descriptors", "Too many open files"));
}

// ---- memory

#[test]
fn memory_at_once() {
    let script = "print('begun', flush=True)\nx = bytearray(1 << 30)\nfor i in range(0, len(x), 4096): x[i] = 1\nprint('survived')";
    ends_by(&Bomb::python("memfast", script), "memory limit of 64 MB reached");
}

#[test]
fn memory_little_by_little() {
    let script =
        "import time\nx = []\nfor i in range(1024): x.append(bytearray(b'x') * (1 << 20)); time.sleep(0.005)";
    ends_by(&Bomb::python("memslow", script), "memory limit of 64 MB reached");
}

#[test]
fn memory_in_files_without_a_name() {
    let script = "import os\nkept = []\nfor i in range(512):\n  fd = os.memfd_create('x'); kept.append(fd); os.write(fd, b'x' * (1 << 20))\nprint('survived')";
    ends_by(&Bomb::python("memfd", script).limit("disk_mb", json!(4096)), "memory limit of 64 MB reached");
}

#[test]
fn memory_that_processes_share() {
    let script = "import mmap\nm = mmap.mmap(-1, 1 << 29)\nfor i in range(0, len(m), 4096): m[i] = 1\nprint('survived')";
    ends_by(&Bomb::python("memshared", script), "memory limit of 64 MB reached");
}

#[test]
fn memory_of_many_small_processes() {
    let script = "for i in $(seq 24); do /usr/bin/python3 -c 'import time; x = bytearray(b\"x\") * (12 << 20); time.sleep(20)' & done; wait; echo end-''of-it; \
                  while :; do sleep 1; done";
    goes_on(&Bomb::shell("memmany", script), |desktop, tree| {
        let resident = |pid: &i64| {
            let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
            statm.split(' ').nth(1)?.parse::<u64>().ok()
        };
        let all: u64 = tree.iter().filter_map(resident).sum::<u64>() * 4096;
        // Libraries are counted once for each here.
        assert!(all < 600 << 20, "{all} bytes");
        shows("memmany", "end-of-it")(desktop, tree)
    });
}

// ---- disk

#[test]
fn one_file_without_end() {
    let script = "cat /dev/zero > big; stat -c 'size %s' big; cat /dev/zero > /tmp/big; stat -c 'tmp %s' /tmp/big; \
                  truncate -s 1T sparse || echo no-''sparse; while :; do sleep 1; done";
    goes_on(&Bomb::shell("diskone", script), |desktop, tree| {
        let fits =
            shows("diskone", "size 8388608")(desktop, tree) && shows("diskone", "no-sparse")(desktop, tree);
        fits && shows("diskone", "tmp ")(desktop, tree)
    });
}

#[test]
fn many_files() {
    let script = "for i in $(seq 200); do head -c 1048576 /dev/zero > f$i; done; sleep 60";
    ends_by(&Bomb::shell("diskmany", script), "limit of what it writes (8 MB) reached");
}

#[test]
fn many_files_where_changes_are_kept_apart() {
    let script = "for i in $(seq 200); do head -c 1048576 /dev/zero > f$i; done; sleep 60";
    let bomb = Bomb::shell("diskcow", script).limit("copy_on_write", json!(["/home/projects/diskcow"]));
    ends_by(&bomb, "limit of what it writes (8 MB) reached");
}

#[test]
fn many_files_behind_many_names() {
    // More names than are looked at in the beginning, so that nobody counts any more.
    let script = "import os\nos.mkdir('d')\nfor i in range(60000): os.close(os.open(f'd/{i}', os.O_CREAT | os.O_WRONLY))\nprint('made', flush=True)\n\
                  for i in range(200): open(f'f{i}', 'wb').write(b'x' * (1 << 20))\nimport time; time.sleep(120)";
    ends_by(
        &Bomb::python("disknames", script).limit("cpu_percent", json!(100)),
        "limit of what it writes (8 MB) reached",
    );
}

// ---- output

#[test]
fn text_without_end() {
    goes_on(&Bomb::shell("flood", "yes flood-of-words"), shows("flood", "flood-of-words"));
}

#[test]
fn bytes_without_end() {
    let script = "echo bytes-''come; while :; do head -c 1000000 /dev/urandom; done";
    goes_on(&Bomb::shell("floodbytes", script), |_, tree| tree.len() > 2);
}

#[test]
fn control_sequences_without_end() {
    let script = "import os\ntitle = b'\\x1b]0;' + b't' * 5000 + b'\\x07'\nclip = b'\\x1b]52;c;' + b'QUFB' * 2000 + b'\\x07'\n\
                  link = b'\\x1b]8;;http://x/' + b'l' * 3000 + b'\\x07link\\x1b]8;;\\x07'\nbell = b'\\x07' * 500\n\
                  marks = b'\\x1b]133;A\\x07\\x1b]133;C\\x07\\x1b]133;D;1\\x07\\x1b]7;file://x/home\\x07' * 50\n\
                  while True: os.write(1, b'sequences\\r\\n' + title + clip + link + bell + marks)";
    goes_on(&Bomb::python("sequences", script), |desktop, _| {
        let windows = desktop.step(&json!({"windows": true}));
        let titles = windows["windows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|window| window["title"].as_str().unwrap().len());
        assert!(titles.max() < Some(600), "{windows}");
        // It is asked about once, however often it wants to.
        if desktop.sees("button", "Never allow") {
            desktop.step(&json!({"clock": {"advance_ms": 700}}));
            desktop.step(&json!({"answer_prompt": "never allow"}));
            desktop.step(&json!({"wait": 300}));
            assert!(!desktop.sees("button", "Never allow"));
            return true;
        }
        false
    });
}

#[test]
fn lines_without_end_in_a_log() {
    let script = "import os\nwhile True:\n  os.write(1, b'x' * (1 << 20) + b'\\n'); os.write(2, b'\\xff\\x00\\x1b[2J' * 1000 + b'\\n')";
    goes_on(&Bomb::python("floodlog", script).log(), |desktop, _| {
        desktop.data("floodlog", "/kept").as_u64().is_some_and(|kept| kept > 20)
    });
}

// ---- programs that do not end as they should

#[test]
fn a_program_that_ignores_every_signal_and_stops_itself() {
    let script = "import os, signal, time\nfor n in range(1, 65):\n  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\n\
                  print('ignoring', flush=True)\nif os.fork() == 0:\n  os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(600)";
    goes_on(&Bomb::python("ignores", script), shows("ignores", "ignoring"));
}

#[test]
fn a_program_that_closes_its_streams_and_goes_on() {
    let script = "echo closing-''now; sleep 0.3; exec 0<&- 1>&- 2>&-; while :; do read -t 1 < /dev/tty; sleep 1 & wait; done";
    goes_on(&Bomb::shell("closes", script), shows("closes", "closing-now"));
}

#[test]
fn a_program_that_vanishes_behind_another_one() {
    let script = "(setsid bash -c \"trap '' HUP TERM; (setsid sleep 98765 &) ; sleep 98765\" > /dev/null 2>&1 < /dev/null &) ; echo vani''shed; sleep 0.5";
    let (data, host) = (tempfile::tempdir().unwrap(), Host::look());
    let mut desktop = Desktop::start(data.path());
    let bomb = Bomb::shell("vanishes", script);
    started(&mut desktop, data.path(), &bomb);
    desktop.wait(json!({"window": "vanishes", "data": "/state", "equals": "exited"}));
    let is_left = || {
        let all = fs::read_dir("/proc").unwrap().flatten();
        all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
            .any(|line| line == b"sleep\x0098765\x00")
    };
    until("what it left has ended with it", || !is_left());
    assert!(desktop.sees("label", "Ended normally"));
    works_on(&mut desktop, "vanishes");
    leaves_nothing(desktop, data, &host);
}
