//! Causes through everything: apps, a shell and what it starts act at once, each on account of something with a
//! random word of its own. Afterwards the journal has to name, for every file and every program, the right
//! component and arguments, and no chain may hold a word of another.
//!
//! This binary is its own helper, so it has its own `main`, which speaks as much of libtest's command line as
//! cargo and nextest use.

use abi::{
    Bytes, Capability, CauseId, CauseKind, CauseSpec, Pid, Syscalls,
    table::{self, Explain, Explanation, QueryEvents, QueryJournal},
};
use agentos::boot::{self, Boot, DataFolder};
use kernel::{
    NewProcess,
    journal::{Filter, History, JournalFolders, RowKind, Why},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    process::{Command, ExitCode},
    sync::Arc,
    time::{Duration, Instant},
};

/// Long enough for a machine under load; nothing waits that long when all is well.
const PATIENCE: Duration = Duration::from_secs(30);
/// Lines of a shell that are further apart than this can be told apart.
const BETWEEN_LINES: Duration = Duration::from_millis(150);

const TESTS: &[(&str, fn())] = &[
    ("apps_and_a_shell_at_once_do_not_mix", apps_and_a_shell_at_once_do_not_mix),
    ("clicks_timers_and_typed_lines_of_the_desktop_do_not_mix", desktop),
];

fn main() -> ExitCode {
    agentos::run_if_helper();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let filters: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-') && *arg != "terse").collect();
    let exact = has("--exact");
    let fits = |name: &str, filter: &str| if exact { name == filter } else { name.contains(filter) };
    let chosen = TESTS
        .iter()
        .filter(|(name, _)| filters.is_empty() || filters.iter().any(|filter| fits(name, filter)));
    if has("--list") {
        if !has("--ignored") {
            chosen.for_each(|(name, _)| println!("{name}: test"));
        }
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (name, test) in chosen {
        let passed = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        failed |= !passed;
    }
    ExitCode::from(u8::from(failed))
}

/// Numbers from a seed that is printed when the test fails.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = std::time::SystemTime::now()
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .map_or(1, |now| now.as_nanos() as u64 | 1);
        println!("seed {seed}");
        Dice(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        // Marsaglia's xorshift64*.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    fn word(&mut self) -> String {
        format!("n{:08x}{:08x}", self.below(1 << 31), self.below(1 << 31))
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

// ---- Apps, IPC, timers, programs, a shell: through the kernel that the desktop boots.

/// An app's process.
struct Actor {
    name: &'static str,
    syscalls: Arc<dyn Syscalls>,
}

impl Actor {
    fn start(boot: &Boot, name: &'static str) -> Self {
        let cause = boot.system.open_cause(CauseSpec::new(CauseKind::App, format!("start of {name}")));
        let pid = boot.kernel.spawn_app(NewProcess {
            name: name.into(),
            app: Some(name.into()),
            kind: table::ProcessKind::App,
            capabilities: Capability::all(),
            parent: boot.system.pid(),
            cause,
        });
        Actor { name, syscalls: boot.kernel.caller(pid.unwrap(), cause).unwrap() }
    }

    /// Something happens to a component of it.
    fn because(&self, kind: CauseKind, component: &str, word: &str, parent: Option<CauseId>) -> Act {
        let cause = self.syscalls.open_cause(CauseSpec {
            app: Some(self.name.into()),
            component: Some(component.into()),
            parent,
            ..CauseSpec::new(kind, format!("{word} on {component} in {}", self.name))
        });
        Act { cause, syscalls: self.syscalls.with_cause(cause) }
    }
}

struct Act {
    cause: CauseId,
    syscalls: Arc<dyn Syscalls>,
}

/// What the journal has to say about something.
#[derive(Debug)]
struct Expected {
    word: String,
    /// Components from the thing itself back to the root.
    components: Vec<String>,
    apps: Vec<&'static str>,
}

#[derive(Default)]
struct Ledger {
    files: BTreeMap<String, Expected>,
    programs: HashMap<Pid, Expected>,
    /// By word: on whose account children of a program run.
    children: HashMap<String, CauseId>,
    /// Receiver's cause and sender's cause.
    received: Vec<(CauseId, CauseId)>,
}

fn write(act: &Act, path: &str) -> table::Write {
    table::Write { path: path.into(), data: Bytes::from(format!("because of {}", act.cause)), append: false }
}

fn apps_and_a_shell_at_once_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::given_or_temporary(Some(folder.path())).unwrap();
    let boot = boot::boot(Arc::new(data), Arc::new(|| {})).unwrap();
    let (alpha, beta) = (Actor::start(&boot, "alpha"), Actor::start(&boot, "beta"));
    let terminal = Actor::start(&boot, "terminal");
    let shell = terminal
        .because(CauseKind::Pointer, "open", "start", None)
        .syscalls
        .call(table::ExecPty {
            executable: "sh".into(),
            args: vec!["-i".into()],
            env: BTreeMap::new(),
            cwd: None,
            rows: 24,
            cols: 80,
            inherit: Vec::new(),
            run: None,
            sandbox: None,
        })
        .unwrap();
    let queue = alpha.syscalls.call(table::QueueCreate {
        name: "between".into(),
        kind: table::QueueKind::Fifo,
        capacity: 64,
        overflow: table::QueueOverflow::Refuse,
    });
    let pipe = alpha.syscalls.call(table::PipeCreate {
        capacity: 65_536,
        reader: Some(beta.syscalls.pid()),
        writer: None,
    });
    let (queue, pipe) = (queue.unwrap(), pipe.unwrap());

    let mut dice = Dice::new();
    let mut ledger = Ledger::default();
    let mut tasks: Vec<(Arc<dyn Syscalls>, abi::TaskId)> = Vec::new();
    let (mut typed, mut last_line) = (0, None::<Instant>);
    let mut sleeping = Vec::new();
    for step in 0..360 {
        let (actor, other) = if dice.below(2) == 0 { (&alpha, &beta) } else { (&beta, &alpha) };
        let word = dice.word();
        let component = format!("c{step}");
        let act = actor.because(CauseKind::Pointer, &component, &word, None);
        let path = format!("/home/{}-{word}", actor.name);
        let own =
            || Expected { word: word.clone(), components: vec![component.clone()], apps: vec![actor.name] };
        match dice.below(12) {
            0..=2 => {
                act.syscalls.call(write(&act, &path)).unwrap();
                ledger.files.insert(path, own());
            }
            3..=4 => {
                let task = act.syscalls.submit(write(&act, &path).into()).unwrap();
                tasks.push((act.syscalls.clone(), task));
                ledger.files.insert(path, own());
            }
            // A timer: it runs out among everything else, and its app goes on because of it.
            5..=6 => {
                let task = act.syscalls.submit(table::Sleep { millis: 1 + dice.below(30) }.into()).unwrap();
                ledger.files.insert(path.clone(), own());
                sleeping.push((act, task, path));
            }
            // A message: the receiver acts on its sender's account, by a cause of its own.
            7 => {
                let message =
                    table::QueueSend { queue, data: Bytes::from(word.as_str()).0.into(), priority: 0 };
                act.syscalls.call(message).unwrap();
                let got = other.because(CauseKind::App, "inbox", "waiting", None);
                let message =
                    got.syscalls.call(table::QueueReceive { queue, timeout_millis: Some(1_000) }).unwrap();
                assert_eq!((message.cause, message.sender), (act.cause, actor.syscalls.pid()));
                ledger.received.push((got.cause, act.cause));
                let answer = other.because(CauseKind::App, "answer", &word, Some(message.cause));
                let path = format!("/home/{}-got-{word}", other.name);
                answer.syscalls.call(write(&answer, &path)).unwrap();
                let components = vec!["answer".into(), component.clone()];
                let apps = vec![other.name, actor.name];
                ledger.files.insert(path, Expected { word, components, apps });
            }
            8 => {
                let act = alpha.because(CauseKind::Pointer, &component, &word, None);
                act.syscalls.call(table::PipeWrite { pipe, data: Bytes::from(word.as_str()) }).unwrap();
                let got = beta.because(CauseKind::App, "inbox", "waiting", None);
                let data = got.syscalls.call(table::PipeRead { pipe, size: 100 }).unwrap();
                assert_eq!(data.as_str(), Some(word.as_str()));
                ledger.received.push((got.cause, act.cause));
            }
            9 if ledger.programs.len() < 12 => {
                let script = "sleep 0.4; :".to_owned();
                let started = act.syscalls.call(table::Spawn {
                    executable: "sh".into(),
                    args: vec!["-c".into(), script, word.clone()],
                    env: BTreeMap::new(),
                    cwd: None,
                    stdio: table::Stdio::Null,
                    priority: 5,
                    inherit: Vec::new(),
                    run: None,
                    sandbox: None,
                });
                ledger.children.insert(word.clone(), act.cause);
                ledger.programs.insert(started.unwrap().pid, own());
            }
            10 if typed < 12 => {
                typed += 1;
                until("another line", || last_line.is_none_or(|at| at.elapsed() > BETWEEN_LINES));
                let act = terminal.because(CauseKind::Key, "screen", &word, None);
                let line = format!("sh -c 'sleep 0.5; :' {word} &\r");
                act.syscalls.call(table::FdWrite { fd: shell.fd, data: Bytes::from(line) }).unwrap();
                ledger.children.insert(word, act.cause);
                last_line = Some(Instant::now());
            }
            _ => std::thread::sleep(Duration::from_millis(dice.below(8))),
        }
        sleeping.retain(|(act, task, path)| match act.syscalls.poll(*task) {
            None => true,
            Some(slept) => {
                slept.unwrap();
                act.syscalls.call(write(act, path)).unwrap();
                false
            }
        });
    }
    until("sleepers", || {
        sleeping.retain(|(act, task, path)| match act.syscalls.poll(*task) {
            None => true,
            Some(slept) => {
                slept.unwrap();
                act.syscalls.call(write(act, path)).unwrap();
                false
            }
        });
        sleeping.is_empty()
    });
    until("tasks", || {
        tasks.retain(|(syscalls, task)| match syscalls.poll(*task) {
            None => true,
            Some(done) => {
                done.unwrap();
                false
            }
        });
        tasks.is_empty()
    });
    check_ledger(&boot, &ledger);
    boot.kernel.shutdown();
}

fn words_of(explanation: &Explanation) -> HashSet<String> {
    let labels = explanation.chain.iter().map(|cause| cause.spec.label.as_str());
    labels
        .filter_map(|label| label.split(' ').next().filter(|word| word.starts_with('n')))
        .map(str::to_owned)
        .collect()
}

fn check_explained(explained: &[Explanation], expected: &Expected) {
    let newest = explained.first().unwrap_or_else(|| panic!("nothing explains {expected:?}"));
    let components: Vec<&str> =
        newest.chain.iter().filter_map(|cause| cause.spec.component.as_deref()).collect();
    let apps: Vec<&str> = newest.chain.iter().filter_map(|cause| cause.spec.app.as_deref()).collect();
    assert_eq!(components, expected.components, "{expected:?}");
    assert_eq!(apps, expected.apps, "{expected:?}");
    for one in explained {
        assert_eq!(words_of(one), HashSet::from([expected.word.clone()]), "{one:?}");
    }
}

fn check_ledger(boot: &Boot, ledger: &Ledger) {
    let system = &boot.system;
    let nothing = Explain { path: None, pid: None, window: None, cause: None, host_pid: None };
    for (path, expected) in &ledger.files {
        let explained = system.call(Explain { path: Some(path.clone()), ..nothing.clone() }).unwrap();
        check_explained(&explained, expected);
    }
    for (pid, expected) in &ledger.programs {
        let explained = system.call(Explain { pid: Some(*pid), ..nothing.clone() }).unwrap();
        check_explained(&explained, expected);
        let argv = explained[0].row.detail["argv"].as_array().unwrap().clone();
        assert_eq!(argv, [json!("sh"), json!("-c"), json!("sleep 0.4; :"), json!(expected.word)]);
    }
    // A receiver's chain says where it goes on.
    for (receiver, sender) in &ledger.received {
        let filter: QueryEvents =
            serde_json::from_value(json!({"cause": receiver, "kind": "received"})).unwrap();
        let page = system.call(filter).unwrap();
        assert!(page.events.iter().any(|event| event.a == sender.0), "{receiver}: {:?}", page.events);
    }
    // Children are found by and by.
    let by_word = || -> HashMap<String, (CauseId, Value)> {
        let filter: QueryJournal =
            serde_json::from_value(json!({"kind": "process.child", "limit": 1_000})).unwrap();
        let rows = system.call(filter).unwrap();
        let with_word = rows.into_iter().filter_map(|row| {
            let last = row.detail["argv"].as_array()?.last()?.as_str()?.to_owned();
            Some((last, (row.cause, row.detail)))
        });
        with_word.collect()
    };
    let typed: Vec<&String> = {
        let spawned: HashSet<&String> = ledger.programs.values().map(|expected| &expected.word).collect();
        ledger.children.keys().filter(|word| !spawned.contains(word)).collect()
    };
    assert!(typed.len() > 3, "only {} lines were typed", typed.len());
    until("children of the shell", || {
        let found = by_word();
        typed.iter().all(|word| found.contains_key(*word))
    });
    for word in typed {
        let (cause, detail) = by_word()[word].clone();
        assert_eq!(cause, ledger.children[word], "{word}: {detail}");
    }
    // Grandchildren stand on the same account as the program that started them.
    let filter: QueryJournal =
        serde_json::from_value(json!({"kind": "process.child", "limit": 1_000})).unwrap();
    let rows = system.call(filter).unwrap();
    let cause_of: HashMap<u64, CauseId> =
        rows.iter().filter_map(|row| Some((row.detail["host_pid"].as_u64()?, row.cause))).collect();
    let sleeps = rows.iter().filter(|row| row.detail["argv"][0] == "sleep");
    let mut grandchildren = 0;
    for row in sleeps {
        if let Some(cause) = row.detail["parent"].as_u64().and_then(|parent| cause_of.get(&parent)) {
            assert_eq!(row.cause, *cause);
            grandchildren += 1;
        }
    }
    assert!(grandchildren > 0, "{rows:?}");
}

// ---- The desktop by script.

/// An app that saves under a name of its own with every click, twice, and by a timer.
fn saver(id: &str, name: &str, word: &str) -> String {
    let save = |key: String| json!({"tool": "storage.set", "args": {"key": key, "value": word}});
    let mut click = save(format!("{word}-{{{{ n }}}}-first"));
    click["then"] = save(format!("{word}-{{{{ n }}}}-then"));
    let more = json!({"tool": "ui.set", "args": {"target": "/n", "value": {"$expr": "n + 1"}}});
    json!({
        "app": {"id": id, "name": name},
        "services": ["storage"],
        "data": {"n": 0, "t": 0},
        "ui": {
            "title": name,
            "lifecycle": {"on_interval": {"every_ms": 200, "do": [
                {"tool": "ui.set", "args": {"target": "/t", "value": {"$expr": "t + 1"}}},
                save(format!("{word}-tick-{{{{ t }}}}")),
            ]}},
            "components": [{
                "type": "button", "id": format!("save-{id}"), "props": {"text": format!("Save {name}")},
                "on_event": {"click": [more, click]},
            }],
        },
    })
    .to_string()
}

fn desktop() {
    let folder = tempfile::tempdir().unwrap();
    let apps = folder.path().join("home/Apps");
    std::fs::create_dir_all(&apps).unwrap();
    let mut dice = Dice::new();
    let words = [dice.word(), dice.word()];
    for (id, name, word) in [("ant", "Ant", &words[0]), ("bee", "Bee", &words[1])] {
        std::fs::write(apps.join(format!("{id}.bp")), saver(id, name, word)).unwrap();
    }
    let mut steps = vec![json!({"open": "ant"}), json!({"open": "bee"}), json!({"open": "terminal"})];
    let running = json!({"window": "terminal", "data": "/state", "equals": "running", "timeout_ms": 20_000});
    steps.push(json!({"wait": running}));
    let (mut clicks, mut lines) = ([0_u64; 2], Vec::new());
    for step in 0..70 {
        match dice.below(6) {
            which @ 0..=3 => {
                let which = which as usize % 2;
                clicks[which] += 1;
                let (id, name) = [("ant", "Ant"), ("bee", "Bee")][which];
                steps.push(json!({"open": id}));
                steps
                    .push(json!({"click": {"role": "button", "name": format!("Save {name}"), "window": id}}));
            }
            4 => steps.push(json!({"clock": {"advance_ms": 250}})),
            _ if lines.len() < 6 => {
                let word = dice.word();
                steps.push(json!({"open": "terminal"}));
                steps.push(json!({"type": format!("sh -c 'sleep 0.5; :' {word} &\n")}));
                steps.push(json!({"wait": 200}));
                lines.push(word);
            }
            _ => steps.push(json!({"wait": step % 7})),
        }
    }
    steps.push(json!({"wait": 600}));
    let script = folder.path().join("steps.jsonl");
    let text: Vec<String> = steps.iter().map(Value::to_string).collect();
    std::fs::write(&script, text.join("\n")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_agentos"))
        .env("SHELL", "/bin/sh")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .args(["drive", "--empty", "--data-dir"])
        .arg(folder.path())
        .arg(&script)
        .output()
        .unwrap();
    let said =
        || format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", said());

    let folders = JournalFolders::of(folder.path());
    let history = History::new(&folders.journal, &folders.index);
    for (which, (id, name)) in [("ant", "Ant"), ("bee", "Bee")].into_iter().enumerate() {
        let word = &words[which];
        let mut seen = HashSet::new();
        for n in 1..=clicks[which] {
            let explain = |part: &str| {
                let path = format!("/system/storage/{id}/{word}-{n}-{part}.json");
                let explained = history.why(&Why::Path(path.clone())).unwrap();
                explained.into_iter().next().unwrap_or_else(|| panic!("nothing explains {path}: {}", said()))
            };
            let (first, then) = (explain("first"), explain("then"));
            assert_eq!(first.row.cause, then.row.cause, "what follows a click is on its account");
            assert!(seen.insert(first.row.cause), "every click is a cause of its own");
            for one in [&first, &then] {
                assert_eq!(one.row.app.as_deref(), Some(id));
                let component = one.chain[0].spec.component.as_deref();
                assert_eq!(component, Some(format!("save-{id}").as_str()), "{one:?}");
                assert!(one.chain.iter().all(|cause| cause.spec.app.as_deref() == Some(id)), "{one:?}");
            }
        }
        let under = Some(format!("/system/storage/{id}"));
        let all = Filter { under, kinds: vec![RowKind::File], ..Filter::default() };
        let ticks: Vec<_> =
            history.query(&all).unwrap().into_iter().filter(|row| row.object.contains("-tick-")).collect();
        assert!(!ticks.is_empty());
        for row in ticks {
            let chain = history.chain(row.cause).unwrap();
            assert_eq!(chain[0].spec.label, format!("timer in {name}"));
            assert!(!seen.contains(&row.cause));
        }
    }
    let kinds = vec![RowKind::ProcessChild];
    let rows = history.query(&Filter { kinds, ..Filter::default() }).unwrap();
    let mut last = CauseId::NONE;
    for word in &lines {
        let row = rows
            .iter()
            .find(|row| row.detail["argv"].as_array().is_some_and(|argv| argv.contains(&json!(word))))
            .unwrap_or_else(|| panic!("{word} was not seen: {rows:?}"));
        let chain = history.chain(row.cause).unwrap();
        let spec = &chain[0].spec;
        assert_eq!((spec.kind, spec.app.as_deref()), (CauseKind::Key, Some("terminal")), "{row:?} {chain:?}");
        assert_eq!(spec.component.as_deref(), Some("screen"));
        assert!(row.cause > last, "lines are told apart, in their order");
        last = row.cause;
    }
}
