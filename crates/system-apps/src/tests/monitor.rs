//! System Monitor.

use crate::{
    stage::Stage,
    testing::{Fake, journal_row, process},
};
use abi::{
    Cause, CauseId, CauseKind, CauseSpec, Errno, Pid,
    table::{
        CategoryMetrics, Chain, ChainLink, Event, EventCategory, Explanation, JournalRow, Severity, UndoMode,
        UndoStep,
    },
};
use egui::{Key, Modifiers, Role};
use widgets::{ShellCommand, ThemeChoice};

fn event(seq: u64, kind: &str, pid: u64, category: EventCategory) -> Event {
    Event {
        seq,
        time_nanos: seq * 1_000_000,
        category,
        severity: Severity::Info,
        kind: kind.into(),
        pid: Pid(pid),
        cause: CauseId::new(1, 4),
        a: 1_500,
        b: 0,
        label: "/home/notes.txt".into(),
    }
}

fn world() -> Fake {
    let fake = Fake::default();
    let mut world = fake.world();
    world.processes = vec![process(3, "Notes", 0)];
    let figures = CategoryMetrics { count: 1_200, p50_nanos: 9_000, ..CategoryMetrics::default() };
    world.metrics.categories.insert("file".into(), figures);
    world.events.events = vec![
        event(1, "write", 3, EventCategory::Syscall),
        event(2, "denied", 3, EventCategory::Security),
        event(3, "get_metrics", 77, EventCategory::Syscall),
    ];
    world.events.next = 4;
    let spec = CauseSpec::new(CauseKind::Pointer, "click on Save in Notes");
    let cause = Cause { id: CauseId::new(1, 4), spec, time_millis: 1_000 };
    world.chain = Chain {
        links: vec![ChainLink { cause, events: vec![event(1, "write", 3, EventCategory::Syscall)] }],
    };
    drop(world);
    fake
}

#[test]
fn the_overview_has_rates_and_latencies() {
    let fake = world();
    let mut stage = Stage::of(&fake, "system-monitor", None);
    fake.world().metrics.syscalls_total = 100;
    stage.frames(20);
    assert!(stage.says("Syscalls per second"));
    assert!(stage.says("file: 0 per second, 1,200 calls, 0 errors, p50 9.0 µs"));
    assert!(stage.says("Memory: 148 MB"));
}

#[test]
fn an_event_shows_what_led_to_it() {
    let mut stage = Stage::of(&world(), "system-monitor", None);
    stage.click(Role::ListItem, "Events");
    stage.frames(10);
    assert_eq!(stage.names(Role::Row), ["write", "denied"], "its own calls are left out");
    stage.click(Role::Row, "write");
    assert!(stage.has(Role::Label, "Details of write"));
    assert!(stage.has(Role::Label, "click on Save in Notes"));
    stage.key(Modifiers::NONE, Key::ArrowDown);
    assert!(stage.has(Role::Label, "Details of denied"));
    stage.click(Role::Button, "Close details");
    assert!(!stage.has(Role::Label, "Details of denied"));
    stage.harness.state_mut().app.menu("own");
    stage.frames(3);
    assert!(stage.has(Role::Row, "get_metrics"));
}

#[test]
fn a_paused_stream_stands_still() {
    let fake = world();
    let mut stage = Stage::of(&fake, "system-monitor", None);
    stage.click(Role::ListItem, "Events");
    stage.frames(10);
    stage.click(Role::Button, "Pause");
    fake.world().events.events.push(event(4, "read", 3, EventCategory::Syscall));
    stage.frames(20);
    assert!(!stage.has(Role::Row, "read") && stage.says("Paused"));
    stage.click(Role::Button, "Go on");
    stage.frames(20);
    assert!(stage.has(Role::Row, "read"));
    stage.click(Role::TextInput, "Filter events");
    stage.type_text("deni");
    assert_eq!(stage.names(Role::Row), ["denied"]);
}

#[test]
fn while_nothing_happens_nothing_is_asked() {
    let fake = world();
    let mut stage = Stage::of(&fake, "system-monitor", None);
    stage.click(Role::ListItem, "Events");
    stage.frames(60);
    let made = fake.world().made;
    stage.harness.state_mut().commands.clear();
    fake.world().events.events.push(event(4, "get_metrics", 77, EventCategory::Syscall));
    stage.frames(90);
    assert_eq!(fake.world().made, made, "its own events wake nobody");
    let commands = &stage.harness.state().commands;
    assert!(!commands.iter().any(|command| matches!(command, ShellCommand::WakeAfter(_))), "{commands:?}");
    // It was too slow, and says so.
    fake.world().events.lost = 1_234;
    fake.world().events.events.push(event(9, "rename", 3, EventCategory::Syscall));
    stage.frames(30);
    assert!(stage.has(Role::Row, "rename") && stage.says("1,234 events were lost, this window was too slow"));
    // Another filter is another subscription; the old one is closed.
    stage.harness.state_mut().app.menu("own");
    stage.frames(30);
    assert!(stage.has(Role::Row, "get_metrics"));
    stage.click(Role::Button, "Clear");
    stage.harness.state_mut().app.menu("own");
    stage.frames(30);
    assert_eq!(stage.names(Role::Row), Vec::<String>::new(), "what was cleared away does not come back");
    assert_eq!(stage.harness.state().app.data()["lost"], 0);
}

#[test]
fn events_that_cannot_be_had_are_asked_for_again() {
    let fake = world();
    fake.world().failing.insert("subscribe_events", Errno::EACCES);
    let mut stage = Stage::of(&fake, "system-monitor", None);
    stage.click(Role::ListItem, "Events");
    stage.frames(10);
    assert!(stage.says("The events cannot be read"));
    fake.world().failing.clear();
    stage.frames(60);
    assert!(stage.has(Role::Row, "write") && !stage.says("The events cannot be read"));
}

#[test]
fn figures_are_read_at_most_four_times_a_second() {
    let mut stage = Stage::of(&world(), "system-monitor", None);
    stage.harness.state_mut().commands.clear();
    // Thirty frames are one second.
    stage.frames(30);
    let data = stage.harness.state().app.data();
    assert_eq!(data["page"], "Overview");
    let wakes = stage.harness.state().commands.iter().filter(
        |command| matches!(command, widgets::ShellCommand::WakeAfter(after) if after.as_millis() == 250),
    );
    assert!(wakes.count() <= 5);
}

const IPC: &str = r#"{"totals":{"pipes":12345,"queues":1},
    "pipes":[{"pipe":2,"owner":3,"reader":3,"writer":3,"capacity":100,"buffered":95,"bytes_written":95,
        "bytes_read":0,"reader_open":true,"writer_open":true}],
    "queues":[{"queue":7,"name":"mail","kind":"fifo","owner":3,"capacity":8,"queued":2,"queued_bytes":5,
        "sent":2,"received":0,"dropped":0,"closed":false,"subscribers":[]}],
    "shared_memory":[],"mappings":[]}"#;
const DESCRIPTORS: &str = r#"{"total":1,"descriptors":[{"pid":3,"fd":4,"kind":"file","path":"/home/notes.txt",
    "offset":5,"buffered":0,"readable":true,"writable":false,"close_on_exec":true}]}"#;
const SOCKETS: &str = r#"{"total":1,"sockets":[{"pid":3,"fd":2,"domain":"inet","type":"stream",
    "state":"connected","local":{"host":"127.0.0.1","port":5},"peer":{"host":"127.0.0.1","port":80},
    "sent_bytes":10,"received_bytes":20}]}"#;

/// What happened: the newest first.
fn story() -> Vec<Explanation> {
    let cause = |sequence, label: &str| Cause {
        id: CauseId::new(3, sequence),
        spec: CauseSpec::new(CauseKind::Pointer, label),
        time_millis: 1_763_900_000_000,
    };
    let row = JournalRow {
        cause: CauseId::new(3, 4),
        changes: vec![serde_json::json!({})],
        ..journal_row(9, "file", "write", "/home/a.txt")
    };
    vec![Explanation { row, chain: vec![cause(4, "tool notes.save"), cause(2, "click on Save in Notes")] }]
}

fn with_everything() -> Fake {
    let fake = world();
    {
        let mut world = fake.world();
        for (path, text) in
            [("/proc/ipc", IPC), ("/proc/descriptors", DESCRIPTORS), ("/proc/sockets", SOCKETS)]
        {
            world.files.insert(path.into(), Some(text.as_bytes().to_vec()));
        }
        world.journal = vec![
            JournalRow {
                rule: Some("default-deny".into()),
                ..journal_row(8, "denied", "read", "/etc/passwd")
            },
            journal_row(7, "file", "write", "/home/a.txt"),
            journal_row(6, "revoke", "", "ReadFile(/home)"),
        ];
        world.explained = story();
        world.metrics.denied_total = 1;
        world.metrics.decisions.denied = 1;
        world.metrics.journal_rows = 3;
    }
    fake
}

#[test]
fn each_page_shows_what_there_is_with_its_owner() {
    let mut stage = Stage::of(&with_everything(), "system-monitor", None);
    let pages = [
        ("Processes", "Notes"),
        ("IPC", "Pipe 2"),
        ("Descriptors", "Descriptor 4 of Notes (3)"),
        ("Sockets", "TCP socket 2 of Notes (3)"),
        ("Security", "Notes was not allowed to read /etc/passwd"),
        ("Journal", "Notes wrote /home/a.txt"),
    ];
    for (page, row) in pages {
        stage.click(Role::ListItem, page);
        stage.frames(45);
        assert!(stage.has(Role::Row, row), "{page}: {:?}", stage.names(Role::Row));
        stage.click(Role::Row, row);
        assert!(stage.says(&format!("Details of {row}")), "{page}");
        assert!(stage.has(Role::Button, "Why?"), "{page}");
    }
    stage.click(Role::ListItem, "IPC");
    stage.frames(3);
    assert!(stage.says("Showing 1 of 12,345 pipes"));
    stage.click(Role::RadioButton, "Queues");
    assert!(stage.has(Role::Row, "Queue mail"));
    stage.click(Role::RadioButton, "Mappings");
    assert!(stage.says("No mappings"));
    stage.click(Role::ListItem, "Security");
    assert!(stage.says("Refused: 1 decisions") && stage.says("ReadFile /etc/passwd"));
    stage.click(Role::RadioButton, "Granted and taken");
    assert!(stage.says("ReadFile(/home)") || !stage.names(Role::Row).is_empty());
    stage.click(Role::ListItem, "Memory");
    stage.frames(3);
    assert!(stage.says("Shared memory: 0 B") && stage.says("Notes (3): 3.6 MB"));
}

#[test]
fn what_cannot_be_read_is_said_on_its_page() {
    let fake = with_everything();
    fake.world().failing.insert("read", Errno::EACCES);
    fake.world().failing.insert("query_journal", Errno::ENOSYS);
    let mut stage = Stage::of(&fake, "system-monitor", None);
    for (page, words) in [("Sockets", "This cannot be read"), ("Journal", "The journal cannot be read")] {
        stage.click(Role::ListItem, page);
        stage.frames(45);
        assert!(stage.says(words), "{page}");
    }
}

#[test]
fn the_journal_is_filtered_and_verified() {
    let mut stage = Stage::of(&with_everything(), "system-monitor", None);
    stage.click(Role::ListItem, "Journal");
    stage.frames(45);
    assert_eq!(stage.names(Role::Row).len(), 3);
    stage.click(Role::TextInput, "Path");
    stage.type_text("/home");
    stage.frames(45);
    assert_eq!(stage.names(Role::Row), ["Notes wrote /home/a.txt"]);
    stage.click(Role::Button, "Verify");
    stage.frames(4);
    assert!(stage.says("whole: 3 rows follow each other"));
}

#[test]
fn why_tells_the_story_of_a_file() {
    let mut stage = Stage::of(&with_everything(), "system-monitor", Some("why:path=/home/a.txt"));
    stage.frames(4);
    assert_eq!(stage.harness.state().app.title(), "Why? /home/a.txt");
    assert!(stage.says("Why is /home/a.txt as it is?"));
    assert!(stage.says("Notes wrote /home/a.txt"));
    assert!(stage.has(Role::Label, "tool notes.save") && stage.has(Role::Label, "click on Save in Notes"));
    let entry = stage.harness.state().app.data()["why"]["entries"][0].clone();
    assert_eq!(entry["chain"][1], "click on Save in Notes");
    stage.click(Role::Button, "Show process");
    stage.frames(45);
    assert!(stage.says("Details of Notes"));
}

#[test]
fn taking_back_shows_first_what_would_change() {
    let fake = with_everything();
    let step = |verdict: &str, why: &str| UndoStep {
        path: "/home/a.txt".into(),
        becomes: "file".into(),
        verdict: verdict.into(),
        why: why.into(),
    };
    fake.world().plan = vec![step("due", "")];
    let mut stage = Stage::of(&fake, "system-monitor", Some("why:path=/home/a.txt"));
    stage.frames(4);
    stage.click(Role::Button, "Undo this…");
    stage.frames(4);
    assert!(stage.says("This would change 1 path:") && fake.world().undone.is_empty());
    stage.click(Role::Button, "Not now");
    stage.click(Role::Button, "Undo this…");
    stage.frames(4);
    stage.click(Role::Button, "Undo");
    stage.frames(4);
    assert_eq!(fake.world().undone, [(CauseId::new(3, 4), UndoMode::Whole)]);
    assert!(stage.says("1 path was taken back."));
    // What has newer content is not replaced unless that is what was asked for.
    fake.world().plan = vec![step("conflict", "there is newer content")];
    stage.click(Role::Button, "Ask again");
    stage.frames(4);
    stage.click(Role::Button, "Undo this…");
    stage.frames(4);
    assert!(stage.says("/home/a.txt: there is newer content") && !stage.has(Role::Button, "Undo"));
    stage.click(Role::Button, "Replace newer content");
    stage.frames(4);
    assert_eq!(fake.world().undone.last(), Some(&(CauseId::new(3, 4), UndoMode::Overwrite)));
}

#[test]
fn why_is_asked_by_typing_and_nothing_known_is_said_plainly() {
    let fake = with_everything();
    fake.world().explained = Vec::new();
    fake.world().chain = Chain::default();
    let mut stage = Stage::of(&fake, "system-monitor", Some("why?"));
    assert!(stage.says("Why is something as it is?"));
    stage.click(Role::TextInput, "Ask why about");
    stage.type_text("nonsense");
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(stage.says("That is no path, process, window or cause."));
    stage.click(Role::TextInput, "Ask why about");
    stage.key(Modifiers::COMMAND, Key::A);
    stage.type_text("/home/new.txt");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(4);
    assert!(stage.says("Nothing is known of /home/new.txt"));
    // A window that is open takes another question.
    assert!(stage.harness.state_mut().app.open_argument("why:window=3"));
    assert!(!stage.harness.state_mut().app.open_argument("/home"));
    stage.frames(4);
    assert!(stage.says("Nothing is known of window 3"));
}

#[test]
fn an_event_leads_to_its_story_and_to_the_others_of_its_cause() {
    let mut stage = Stage::of(&with_everything(), "system-monitor", None);
    stage.click(Role::ListItem, "Events");
    stage.frames(10);
    stage.click(Role::Row, "write");
    stage.click(Role::Button, "Why?");
    stage.frames(4);
    assert!(stage.says("Notes wrote /home/a.txt"));
    stage.click(Role::Button, "Show events");
    stage.frames(10);
    assert!(stage.has(Role::Button, "Cause 3.4"));
    stage.click(Role::Button, "Cause 3.4");
    stage.frames(10);
    stage.click(Role::Button, "Export");
    stage.frames(4);
    let toasts = stage.commands();
    assert!(toasts.iter().any(|command| matches!(command, ShellCommand::Toast { .. })), "{toasts:?}");
}

#[test]
fn a_narrow_window_has_the_same_pages() {
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        let spec = crate::all().into_iter().find(|spec| spec.id == "system-monitor").expect("it is there");
        let mut stage = Stage::new(&with_everything(), (spec.make)(None), spec.min_size, theme);
        for page in ["Events", "Syscalls", "Memory", "Processes", "IPC", "Sockets", "Journal", "Why?"] {
            stage.click(Role::ListItem, page);
            stage.frames(4);
            assert_eq!(crate::stage::unnamed(&stage.harness), Vec::<String>::new(), "{page}");
        }
    }
}
