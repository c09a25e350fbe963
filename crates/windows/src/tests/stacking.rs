//! Focus, dialogs, minimising, the switcher, the dock, hit tests, saved layouts, many windows.

use insta::assert_snapshot;

use super::{app, at, desktop, open, run};
use crate::{
    Cycle, Desktop, DockItem, Hit, HitPart, MAX_WINDOWS, Op, OpenWindow, Outcome, Placement, Point, Refusal,
    ResizeEdge, Size, SnapModifier, Snapshot, WindowId, Zone,
};

fn focused(desktop: &Desktop) -> Option<u64> {
    desktop.focused().map(|window| window.id.0)
}

#[test]
fn the_focused_window_is_last_and_minimised_ones_are_first() {
    let mut desktop = desktop();
    let [a, b, c] = ["a", "b", "c"].map(|name| open(&mut desktop, at(name, 100.0, 100.0)));
    run(&mut desktop, [Op::Focus { window: a }]);
    assert_eq!(focused(&desktop), Some(1));
    run(&mut desktop, [Op::Minimise { window: a }]);
    assert_eq!(focused(&desktop), Some(c.0));
    run(&mut desktop, [Op::Minimise { window: c }]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     1 a 100,100 640×440 minimised
     3 c 100,100 640×440 minimised
    *2 b 100,100 640×440
    ");
    run(&mut desktop, [Op::Minimise { window: b }]);
    assert_eq!(focused(&desktop), None);
    run(&mut desktop, [Op::Restore { window: c }]);
    assert_eq!(focused(&desktop), Some(c.0));
}

#[test]
fn a_click_on_the_wallpaper_takes_the_focus_until_a_window_gets_it() {
    let mut desktop = desktop();
    let a = open(&mut desktop, app("a"));
    run(&mut desktop, [Op::FocusDesktop]);
    assert_eq!(focused(&desktop), None);
    run(&mut desktop, [Op::Focus { window: a }]);
    assert_eq!(focused(&desktop), Some(a.0));
}

#[test]
fn a_dialog_goes_with_its_window() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, at("notes", 100.0, 100.0));
    let size = Some(Size::new(300.0, 200.0));
    let dialog = open(&mut desktop, OpenWindow { parent: Some(notes), size, ..app("notes") });
    let other = open(&mut desktop, at("other", 500.0, 200.0));
    run(&mut desktop, [Op::Focus { window: notes }]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     3 other 500,200 640×440
     1 notes 100,100 640×440
    *2 notes 270,220 300×200 of 1
    ");
    run(&mut desktop, [Op::Minimise { window: dialog }]);
    assert_eq!(focused(&desktop), Some(other.0));
    run(&mut desktop, [Op::Restore { window: notes }]);
    assert_eq!(focused(&desktop), Some(dialog.0));
    assert_eq!(desktop.apply(Op::Close { window: notes }), Outcome::Closed(vec![notes, dialog]));
    assert_eq!(focused(&desktop), Some(other.0));
}

#[test]
fn the_switcher_goes_most_recent_first() {
    let mut desktop = desktop();
    let [a, b, c] = ["a", "b", "c"].map(|name| open(&mut desktop, app(name)));
    run(&mut desktop, [Op::CycleFocus(Cycle::Forward), Op::CycleFocus(Cycle::Commit)]);
    assert_eq!(focused(&desktop), Some(b.0), "one press goes to the window before");
    run(&mut desktop, [Op::CycleFocus(Cycle::Forward), Op::CycleFocus(Cycle::Forward)]);
    assert_eq!(desktop.cycle().unwrap().windows, [b, c, a]);
    run(&mut desktop, [Op::Close { window: a }, Op::CycleFocus(Cycle::Commit)]);
    assert_eq!(focused(&desktop), Some(c.0), "a window that closes leaves the list");
    run(&mut desktop, [Op::Minimise { window: b }, Op::CycleFocus(Cycle::Backward)]);
    run(&mut desktop, [Op::CycleFocus(Cycle::Commit)]);
    assert_eq!(focused(&desktop), Some(b.0), "a minimised window comes back");
    run(&mut desktop, [Op::CycleFocus(Cycle::Forward), Op::CycleFocus(Cycle::Cancel)]);
    assert_eq!(focused(&desktop), Some(b.0));
}

#[test]
fn the_dock_shows_pinned_running_and_minimised() {
    let mut desktop = desktop();
    for name in ["files", "terminal"] {
        run(&mut desktop, [Op::Pin { app: name.into(), index: None }]);
    }
    let _ = open(&mut desktop, app("notes"));
    let terminal = open(&mut desktop, OpenWindow { title: "bash".into(), ..app("terminal") });
    let _ = open(&mut desktop, app("notes"));
    run(&mut desktop, [Op::Minimise { window: terminal }]);
    run(&mut desktop, [Op::Pin { app: "terminal".into(), index: Some(0) }]);
    let item =
        |app: &str, pinned, windows, focused| DockItem::App { app: app.into(), pinned, windows, focused };
    assert_eq!(
        desktop.dock_items(),
        [
            item("terminal", true, 1, false),
            item("files", true, 0, false),
            item("notes", false, 2, true),
            DockItem::Window { window: terminal, app: "terminal".into(), title: "bash".into() },
            DockItem::Launcher,
        ]
    );
    run(&mut desktop, [Op::Unpin { app: "files".into() }, Op::Close { window: terminal }]);
    assert_eq!(
        desktop.dock_items(),
        [item("terminal", true, 0, false), item("notes", false, 2, true), DockItem::Launcher]
    );
}

#[test]
fn hit_tests_find_the_topmost_part() {
    let mut desktop = desktop();
    let below =
        open(&mut desktop, OpenWindow { size: Some(Size::new(400.0, 300.0)), ..at("below", 100.0, 100.0) });
    let above =
        open(&mut desktop, OpenWindow { size: Some(Size::new(400.0, 300.0)), ..at("above", 300.0, 200.0) });
    let hit = |x, y| desktop.hit_test(Point::new(x, y));
    let part = |window, part| Some(Hit { window, part });
    assert_eq!(hit(200.0, 120.0), part(below, HitPart::Title));
    assert_eq!(hit(200.0, 200.0), part(below, HitPart::Body));
    assert_eq!(hit(400.0, 210.0), part(above, HitPart::Title));
    assert_eq!(hit(1000.0, 700.0), None);
    let edge = |window, edge| part(window, HitPart::Edge(edge));
    assert_eq!(hit(94.0, 250.0), edge(below, ResizeEdge::Left), "6 pt outside");
    assert_eq!(hit(93.9, 250.0), None);
    assert_eq!(hit(103.9, 250.0), edge(below, ResizeEdge::Left), "4 pt inside");
    assert_eq!(hit(104.0, 250.0), part(below, HitPart::Body));
    assert_eq!(hit(95.0, 95.0), edge(below, ResizeEdge::TopLeft));
    assert_eq!(hit(110.0, 96.0), edge(below, ResizeEdge::TopLeft), "corners reach 16 pt along an edge");
    assert_eq!(hit(703.0, 503.0), edge(above, ResizeEdge::BottomRight));
    assert_eq!(hit(500.0, 196.0), edge(above, ResizeEdge::Top));
}

#[test]
fn a_zoomed_window_has_no_edges() {
    let mut desktop = desktop();
    let window = open(&mut desktop, app("a"));
    run(&mut desktop, [Op::ToggleZoom { window }]);
    assert_eq!(desktop.hit_test(Point::new(1.0, 300.0)), Some(Hit { window, part: HitPart::Body }));
}

#[test]
fn a_layout_survives_its_file() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, OpenWindow { title: "Ünï".into(), ..at("notes", 100.0, 100.0) });
    let _ = open(&mut desktop, OpenWindow { parent: Some(notes), ..app("notes") });
    let files = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::Right), ..app("files") });
    run(&mut desktop, [Op::Minimise { window: files }, Op::Pin { app: "notes".into(), index: None }]);
    let json = serde_json::to_string(&desktop.snapshot()).unwrap();
    let restored = Desktop::restore(serde_json::from_str(&json).unwrap(), Size::new(1280.0, 800.0));
    assert_eq!(restored.notes, Vec::<String>::new());
    assert_eq!(restored.desktop.to_string(), desktop.to_string());
    assert_eq!(restored.desktop.snapshot(), desktop.snapshot());
}

#[test]
fn a_damaged_layout_gives_what_can_be_read() {
    let json = r#"{
        "windows": [
            {"id": 3, "app": "notes", "zone": "thirds_left", "normal_rect": {"x": 1e30, "y": -5, "width": 0, "height": null}},
            {"id": 3, "app": "twice"},
            {"id": 4, "app": "dialog", "parent": 99},
            "nonsense",
            {"id": 0, "app": "nobody"},
            {"id": 18446744073709551615, "app": "overflow"}
        ],
        "pinned": ["notes", 5, "notes"],
        "seams": "middle",
        "future": true
    }"#;
    let snapshot: Snapshot = serde_json::from_str(json).unwrap();
    let mut restored = Desktop::restore(snapshot, Size::new(1280.0, 800.0));
    assert_snapshot!(restored.notes.join("\n"), @r"
    window 3 of twice is there twice
    window 4 has lost its parent and stands alone
    window 0 has no valid id or app
    window 18446744073709551615 has no valid id or app
    ");
    assert_snapshot!(restored.desktop, @r"
    work 0,30 1280×686
     3 notes 0,30 640×440
    *4 dialog 0,30 640×440
    ");
    assert_eq!(restored.desktop.pinned(), ["notes"]);
    assert_eq!(open(&mut restored.desktop, app("new")), WindowId(5));
}

#[test]
fn two_hundred_windows_and_a_limit() {
    let mut desktop = desktop();
    let windows: Vec<_> = (0..200).map(|_| open(&mut desktop, app("many"))).collect();
    let work = desktop.work_area();
    assert!(desktop.windows().all(|window| work.encloses(window.rect)));
    run(&mut desktop, [Op::BeginDrag { window: windows[0], pointer: Point::new(100.0, 70.0) }]);
    for step in 0..100_u8 {
        let pointer = Point::new(100.0 + f32::from(step), 90.0);
        run(&mut desktop, [Op::DragTo { pointer, modifier: SnapModifier::None }]);
    }
    assert_eq!(focused(&desktop), Some(windows[0].0));
    while desktop.windows().len() < MAX_WINDOWS {
        let _ = open(&mut desktop, app("many"));
    }
    assert_eq!(desktop.apply(Op::Open(app("more"))), Outcome::Refused(Refusal::TooManyWindows));
}
