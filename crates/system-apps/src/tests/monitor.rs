//! System Monitor.

use crate::{
    stage::Stage,
    testing::{Fake, process},
};
use abi::{
    Cause, CauseId, CauseKind, CauseSpec, Pid,
    table::{CategoryMetrics, Chain, ChainLink, Event, EventCategory, Severity},
};
use egui::{Key, Modifiers, Role};

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
    stage.click(Role::RadioButton, "Events");
    stage.frames(10);
    assert_eq!(stage.names(Role::Row), ["write", "denied"], "its own calls are left out");
    stage.click(Role::Row, "write");
    assert!(stage.has(Role::Label, "Details of write"));
    assert!(stage.has(Role::Label, "click on Save in Notes"));
    stage.key(Modifiers::NONE, Key::ArrowDown);
    assert!(stage.has(Role::Label, "Details of denied"));
    stage.click(Role::Button, "Close details");
    assert!(!stage.has(Role::Label, "Details of denied"));
    stage.click(Role::Switch, "Own calls");
    assert!(stage.has(Role::Row, "get_metrics"));
}

#[test]
fn a_paused_stream_stands_still() {
    let fake = world();
    let mut stage = Stage::of(&fake, "system-monitor", None);
    stage.click(Role::RadioButton, "Events");
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
