//! Geometry as text: zones, drags, seams, cascade, frames. Work area of all scenes: 1280×686 at y 30.

use insta::assert_snapshot;

use super::{app, at, desktop, drag, open, press, run};
use crate::{
    Direction, Op, OpenWindow, Outcome, Placement, Point, Refusal, ResizeEdge, Size, SnapModifier, WindowId,
    Zone,
};

#[test]
fn new_windows_cascade_and_wrap_inside_the_work_area() {
    let mut desktop = desktop();
    for _ in 0..9 {
        let _ = open(&mut desktop, OpenWindow { size: Some(Size::new(900.0, 540.0)), ..app("files") });
    }
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     1 files 30,60 900×540
     2 files 60,90 900×540
     3 files 90,120 900×540
     4 files 120,150 900×540
     5 files 150,60 900×540
     6 files 180,90 900×540
     7 files 210,120 900×540
     8 files 240,150 900×540
    *9 files 270,60 900×540
    ");
    let work = desktop.work_area();
    assert!(desktop.windows().all(|window| work.encloses(window.rect)));
}

#[test]
fn all_nine_zones() {
    let mut desktop = desktop();
    for zone in Zone::ALL {
        let _ = open(&mut desktop, OpenWindow { placement: Placement::Snapped(zone), ..app("a") });
    }
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     1 a 0,30 640×686 left
     2 a 640,30 640×686 right
     3 a 0,30 1280×343 top
     4 a 0,373 1280×343 bottom
     5 a 0,30 640×343 top_left
     6 a 640,30 640×343 top_right
     7 a 0,373 640×343 bottom_left
     8 a 640,373 640×343 bottom_right
    *9 a 0,30 1280×686 full zoomed
    ");
}

#[test]
fn unsnap_restores_size_and_place() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, at("notes", 200.0, 150.0));
    let before = desktop.to_string();
    run(&mut desktop, [Op::Snap { window: notes, zone: Zone::TopRight }]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
    *1 notes 640,30 640×343 top_right
    ");
    run(&mut desktop, [Op::Unsnap { window: notes }]);
    assert_eq!(desktop.to_string(), before);
}

#[test]
fn arrow_keys_walk_the_zones() {
    let mut desktop = desktop();
    let window = open(&mut desktop, at("notes", 200.0, 150.0));
    let mut walk = |keys: &[Direction]| {
        for direction in keys {
            run(&mut desktop, [Op::SnapStep { window, direction: *direction }]);
        }
        desktop.window(window).unwrap().zone
    };
    assert_eq!(walk(&[Direction::Left, Direction::Up]), Some(Zone::TopLeft));
    assert_eq!(walk(&[Direction::Right]), Some(Zone::TopRight));
    assert_eq!(walk(&[Direction::Down, Direction::Down]), Some(Zone::Bottom));
    assert_eq!(walk(&[Direction::Up]), None);
    assert_eq!(walk(&[Direction::Up]), Some(Zone::Full));
    assert_eq!(walk(&[Direction::Down]), None);
}

#[test]
fn a_drag_to_the_edge_previews_and_snaps() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, at("notes", 200.0, 150.0));
    let pointer = Point::new(5.0, 300.0);
    run(&mut desktop, [press(notes, 300.0, 160.0), Op::DragTo { pointer, modifier: SnapModifier::None }]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
    *1 notes -95,290 640×440
    preview left 0,30 640×686
    ");
    run(&mut desktop, [Op::EndDrag]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
    *1 notes 0,30 640×686 left
    ");
    run(&mut desktop, [Op::Unsnap { window: notes }]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
    *1 notes 200,150 640×440
    ");
}

#[test]
fn the_top_edge_is_full_and_with_shift_the_top_half() {
    for (modifier, zone) in [(SnapModifier::None, Zone::Full), (SnapModifier::Halves, Zone::Top)] {
        let mut desktop = desktop();
        let notes = open(&mut desktop, at("notes", 200.0, 150.0));
        let pointer = Point::new(640.0, 10.0);
        run(&mut desktop, [press(notes, 300.0, 160.0), Op::DragTo { pointer, modifier }, Op::EndDrag]);
        assert_eq!(desktop.window(notes).unwrap().zone, Some(zone));
    }
}

#[test]
fn a_snapped_window_tears_off_under_the_pointer() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, at("notes", 200.0, 150.0));
    run(&mut desktop, [Op::ToggleZoom { window: notes }]);
    // Pressed at three quarters of the zoomed title bar, 10 pt down.
    run(&mut desktop, drag(notes, (960.0, 40.0), (900.0, 340.0)));
    let rect = desktop.window(notes).unwrap().rect;
    assert_eq!((rect.width, rect.height), (640.0, 440.0));
    assert_eq!((900.0 - rect.x) / rect.width, 0.75);
    assert_eq!(340.0 - rect.y, 10.0);
}

#[test]
fn a_click_on_the_title_of_a_snapped_window_keeps_it_snapped() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::Left), ..app("notes") });
    let before = desktop.to_string();
    run(&mut desktop, drag(notes, (100.0, 40.0), (102.0, 41.0)));
    assert_eq!(desktop.to_string(), before);
}

#[test]
fn a_seam_resizes_both_sides_and_stops_at_minimum_sizes() {
    let mut desktop = desktop();
    let left = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::Left), ..app("left") });
    let _ = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::TopRight), ..app("tr") });
    let _ = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::BottomRight), ..app("br") });
    let resize = |pointer| {
        [
            Op::BeginResize { window: left, edge: ResizeEdge::Right, pointer: Point::new(640.0, 300.0) },
            Op::DragTo { pointer, modifier: SnapModifier::None },
        ]
    };
    run(&mut desktop, resize(Point::new(840.0, 300.0)));
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     2 tr 840,30 440×343 top_right
     3 br 840,373 440×343 bottom_right
    *1 left 0,30 840×686 left
    ");
    run(&mut desktop, [Op::CancelDrag]);
    run(&mut desktop, resize(Point::new(9000.0, 300.0)));
    run(&mut desktop, [Op::EndDrag]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     2 tr 1000,30 280×343 top_right
     3 br 1000,373 280×343 bottom_right
    *1 left 0,30 1000×686 left
    ");
}

#[test]
fn an_outer_edge_frees_a_snapped_window_where_it_is() {
    let mut desktop = desktop();
    let left = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::Left), ..app("left") });
    let pointer = Point::new(320.0, 716.0);
    run(
        &mut desktop,
        [
            Op::BeginResize { window: left, edge: ResizeEdge::Bottom, pointer },
            Op::DragTo { pointer: Point::new(320.0, 616.0), modifier: SnapModifier::None },
            Op::EndDrag,
        ],
    );
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
    *1 left 0,30 640×586
    ");
}

#[test]
fn edges_resize_within_limits_and_keep_the_opposite_edge() {
    for edge in ResizeEdge::ALL {
        let mut desktop = desktop();
        let limits = OpenWindow { max_size: Some(Size::new(700.0, 500.0)), ..at("notes", 300.0, 200.0) };
        let window = open(&mut desktop, limits);
        let before = desktop.window(window).unwrap().rect;
        let pressed = Point::new(400.0, 300.0);
        for way in [-2000.0, -35.0, 35.0, 2000.0] {
            let pointer = Point::new(400.0 + way, 300.0 + way);
            let modifier = SnapModifier::None;
            run(
                &mut desktop,
                [Op::BeginResize { window, edge, pointer: pressed }, Op::DragTo { pointer, modifier }],
            );
            let rect = desktop.window(window).unwrap().rect;
            assert!((280.0..=700.0).contains(&rect.width) && (160.0..=500.0).contains(&rect.height));
            assert!(edge.is_left() || rect.x == before.x, "{edge:?} {way}");
            assert!(edge.is_right() || rect.right() == before.right(), "{edge:?} {way}");
            assert!(edge.is_top() || rect.y == before.y, "{edge:?} {way}");
            assert!(edge.is_bottom() || rect.bottom() == before.bottom(), "{edge:?} {way}");
            run(&mut desktop, [Op::CancelDrag]);
            assert_eq!(desktop.window(window).unwrap().rect, before);
        }
    }
}

#[test]
fn a_smaller_frame_brings_windows_back_and_a_larger_one_returns_them() {
    let mut desktop = desktop();
    let _ = open(&mut desktop, at("corner", 900.0, 260.0));
    let _ = open(&mut desktop, at("hanging", 1100.0, 600.0));
    let _ = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::Right), ..app("right") });
    let before = desktop.to_string();
    run(&mut desktop, [Op::SetFrame { size: Size::new(800.0, 500.0) }]);
    assert_snapshot!(desktop, @r"
    work 0,30 800×386
     1 corner 420,30 640×386
     2 hanging 620,300 640×440
    *3 right 400,30 400×386 right
    ");
    run(&mut desktop, [Op::SetFrame { size: Size::new(1280.0, 800.0) }]);
    assert_eq!(desktop.to_string(), before);
}

#[test]
fn a_window_too_large_for_its_zone_keeps_to_the_outer_edges() {
    let mut desktop = desktop();
    let min_size = Some(Size::new(800.0, 400.0));
    let _ = open(
        &mut desktop,
        OpenWindow { min_size, placement: Placement::Snapped(Zone::BottomRight), ..app("big") },
    );
    let max_size = Some(Size::new(300.0, 200.0));
    let _ = open(
        &mut desktop,
        OpenWindow { max_size, placement: Placement::Snapped(Zone::TopRight), ..app("small") },
    );
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     1 big 480,316 800×400 bottom_right
    *2 small 980,30 300×200 top_right
    ");
}

#[test]
fn an_app_reopens_where_it_was_closed() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, at("notes", 333.0, 222.0));
    run(&mut desktop, [Op::ResizeTo { window: notes, size: Size::new(500.0, 300.0) }]);
    run(&mut desktop, [Op::Close { window: notes }]);
    let _ = open(&mut desktop, app("notes"));
    // A second window does not hide the first.
    let _ = open(&mut desktop, app("notes"));
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
     2 notes 333,222 500×300
    *3 notes 363,252 500×300
    ");
}

#[test]
fn full_screen_covers_the_frame_and_goes_back_to_the_zone() {
    let mut desktop = desktop();
    let notes = open(&mut desktop, OpenWindow { placement: Placement::Snapped(Zone::Left), ..app("notes") });
    let before = desktop.to_string();
    run(&mut desktop, [Op::ToggleFullScreen { window: notes }]);
    assert_snapshot!(desktop, @r"
    work 0,30 1280×686
    *1 notes 0,0 1280×800 left full_screen
    ");
    let refused = desktop.apply(Op::Snap { window: notes, zone: Zone::Right });
    assert_eq!(refused, Outcome::Refused(Refusal::FullScreen));
    run(&mut desktop, [Op::LeaveFullScreen { window: notes }]);
    assert_eq!(desktop.to_string(), before);
}

#[test]
fn a_title_bar_stays_within_reach() {
    let mut desktop = desktop();
    let window = open(&mut desktop, at("notes", 300.0, 200.0));
    let mut corners = Vec::new();
    for (x, y) in [(-9e9, -9e9), (9e9, 9e9), (f32::NAN, f32::INFINITY)] {
        run(&mut desktop, [Op::MoveTo { window, position: Point::new(x, y) }]);
        corners.push(desktop.window(window).unwrap().rect.min());
    }
    assert_eq!(
        corners,
        [Point::new(-520.0, 30.0), Point::new(1160.0, 682.0), Point::new(0.0, 682.0)],
        "120 pt of width and the whole title bar are inside"
    );
}

#[test]
fn refusals_name_what_is_wrong() {
    let mut desktop = desktop();
    let nobody = WindowId(77);
    let fixed = Some(Size::new(300.0, 200.0));
    let window = open(&mut desktop, OpenWindow { min_size: fixed, max_size: fixed, ..app("fixed") });
    let pointer = Point::default();
    for (op, refusal) in [
        (Op::Focus { window: nobody }, Refusal::NoSuchWindow),
        (Op::Open(app("")), Refusal::NoApp),
        (Op::Open(OpenWindow { parent: Some(nobody), ..app("a") }), Refusal::NoSuchWindow),
        (Op::EndDrag, Refusal::NoGesture),
        (Op::BeginResize { window, edge: ResizeEdge::Left, pointer }, Refusal::NotResizable),
        (Op::CycleFocus(crate::Cycle::Commit), Refusal::NoCycle),
    ] {
        assert_eq!(desktop.apply(op), Outcome::Refused(refusal));
    }
}
