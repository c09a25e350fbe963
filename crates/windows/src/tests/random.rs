//! Random operations with bad numbers: nothing panics and the law holds after each.

use proptest::prelude::*;

use crate::{
    Cycle, Desktop, Direction, Op, OpenWindow, Placement, Point, ResizeEdge, Size, SnapModifier, WindowId,
    Zone,
};

fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -300.0..2500.0_f32,
        1 => prop::sample::select(vec![
            f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE, 0.0, -0.0, -1.0,
        ]),
    ]
}

fn point() -> impl Strategy<Value = Point> {
    (number(), number()).prop_map(|(x, y)| Point::new(x, y))
}

fn size() -> impl Strategy<Value = Size> {
    (number(), number()).prop_map(|(width, height)| Size::new(width, height))
}

fn id() -> impl Strategy<Value = WindowId> {
    (0..12_u64).prop_map(WindowId)
}

fn app() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["notes", "files", "terminal", ""]).prop_map(str::to_owned)
}

fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(Zone::ALL.to_vec())
}

fn open() -> impl Strategy<Value = Op> {
    let placement = prop_oneof![
        Just(Placement::Auto),
        Just(Placement::Cascade),
        Just(Placement::Centred),
        point().prop_map(Placement::At),
        zone().prop_map(Placement::Snapped),
    ];
    let limits = (prop::option::of(size()), prop::option::of(size()), prop::option::of(size()));
    (app(), limits, placement, prop::option::weighted(0.3, id())).prop_map(
        |(app, (size, min_size, max_size), placement, parent)| {
            let title = app.clone();
            Op::Open(OpenWindow { app, title, size, min_size, max_size, placement, parent })
        },
    )
}

fn gesture() -> impl Strategy<Value = Op> {
    let modifier = prop::sample::select(vec![SnapModifier::None, SnapModifier::Halves]);
    let edge = prop::sample::select(ResizeEdge::ALL.to_vec());
    prop_oneof![
        2 => (id(), point()).prop_map(|(window, pointer)| Op::BeginDrag { window, pointer }),
        2 => (id(), edge, point()).prop_map(|(window, edge, pointer)| Op::BeginResize { window, edge, pointer }),
        6 => (point(), modifier).prop_map(|(pointer, modifier)| Op::DragTo { pointer, modifier }),
        1 => Just(Op::EndDrag),
        1 => Just(Op::CancelDrag),
    ]
}

fn switching() -> impl Strategy<Value = Op> {
    prop_oneof![
        Just(Cycle::Forward),
        Just(Cycle::Backward),
        id().prop_map(Cycle::Select),
        Just(Cycle::Commit),
        Just(Cycle::Cancel),
    ]
    .prop_map(Op::CycleFocus)
}

fn window_op() -> impl Strategy<Value = Op> {
    let direction =
        prop::sample::select(vec![Direction::Left, Direction::Right, Direction::Up, Direction::Down]);
    prop_oneof![
        id().prop_map(|window| Op::Close { window }),
        id().prop_map(|window| Op::Focus { window }),
        Just(Op::FocusDesktop),
        id().prop_map(|window| Op::Minimise { window }),
        id().prop_map(|window| Op::Restore { window }),
        id().prop_map(|window| Op::ToggleZoom { window }),
        id().prop_map(|window| Op::ToggleFullScreen { window }),
        id().prop_map(|window| Op::LeaveFullScreen { window }),
        (id(), point()).prop_map(|(window, position)| Op::MoveTo { window, position }),
        (id(), size()).prop_map(|(window, size)| Op::ResizeTo { window, size }),
        (id(), zone()).prop_map(|(window, zone)| Op::Snap { window, zone }),
        id().prop_map(|window| Op::Unsnap { window }),
        (id(), direction).prop_map(|(window, direction)| Op::SnapStep { window, direction }),
        (id(), prop::option::of(size()), prop::option::of(size()))
            .prop_map(|(window, min_size, max_size)| Op::SetLimits { window, min_size, max_size }),
        (id(), "\\PC{0,400}").prop_map(|(window, title)| Op::SetTitle { window, title }),
    ]
}

fn desktop_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        size().prop_map(|size| Op::SetFrame { size }),
        number().prop_map(|points| Op::SetDockHeight { points }),
        (app(), prop::option::of(0..9_usize)).prop_map(|(app, index)| Op::Pin { app, index }),
        app().prop_map(|app| Op::Unpin { app }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => open(),
        5 => gesture(),
        2 => switching(),
        8 => window_op(),
        2 => desktop_op(),
    ]
}

/// Runs `ops`; the law is checked after each, also where debug assertions are off.
fn run(ops: Vec<Op>) -> Result<Desktop, TestCaseError> {
    let mut desktop = Desktop::new(Size::new(1280.0, 800.0));
    for op in ops {
        let before = desktop.revision();
        let outcome = desktop.apply(op.clone());
        if let Err(broken) = desktop.verify_invariants() {
            return Err(TestCaseError::fail(format!("after {op:?}: {broken}")));
        }
        let refused = matches!(outcome, crate::Outcome::Refused(_));
        prop_assert!(!refused || desktop.revision() == before, "{op:?} was refused but changed something");
    }
    Ok(desktop)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_law_holds_after_any_operation(ops in prop::collection::vec(op(), 1..80)) {
        run(ops)?;
    }

    #[test]
    fn a_restored_layout_is_the_same_layout(ops in prop::collection::vec(op(), 1..60)) {
        let mut desktop = run(ops)?;
        let _ = desktop.apply(Op::EndDrag);
        let json = serde_json::to_string(&desktop.snapshot()).unwrap();
        let frame = desktop.frame().size();
        let mut restored = Desktop::restore(serde_json::from_str(&json).unwrap(), frame);
        prop_assert_eq!(&restored.notes, &Vec::<String>::new());
        for each in [&mut restored.desktop, &mut desktop] {
            // Not saved: how high the dock is, and that the wallpaper was clicked.
            let _ = each.apply(Op::SetDockHeight { points: 84.0 });
            each.desktop_focused = false;
        }
        prop_assert_eq!(restored.desktop.to_string(), desktop.to_string());
    }

    #[test]
    fn esc_undoes_a_drag(ops in prop::collection::vec(op(), 1..40), way in prop::collection::vec(point(), 1..6)) {
        let mut desktop = run(ops)?;
        let _ = desktop.apply(Op::EndDrag);
        let Some(window) = desktop.focused().map(|window| window.id) else { return Ok(()) };
        let before = desktop.to_string();
        let _ = desktop.apply(Op::BeginDrag { window, pointer: Point::new(300.0, 50.0) });
        for pointer in way {
            let _ = desktop.apply(Op::DragTo { pointer, modifier: SnapModifier::None });
        }
        let _ = desktop.apply(Op::CancelDrag);
        prop_assert_eq!(desktop.to_string(), before);
    }

    #[test]
    fn a_frame_that_comes_back_brings_the_windows_back(
        ops in prop::collection::vec(op(), 1..40),
        frames in prop::collection::vec(size(), 1..5),
    ) {
        let mut desktop = run(ops)?;
        let (before, frame) = (desktop.to_string(), desktop.frame().size());
        for size in frames {
            let _ = desktop.apply(Op::SetFrame { size });
        }
        let _ = desktop.apply(Op::SetFrame { size: frame });
        prop_assert_eq!(desktop.to_string(), before);
    }
}

/// Found by the property above: limits that change in the middle of a resize which is then cancelled.
#[test]
fn limits_that_change_during_a_cancelled_resize_hold_afterwards() {
    let mut desktop = Desktop::new(Size::new(1280.0, 800.0));
    let window = WindowId(1);
    let opened = OpenWindow {
        app: "notes".into(),
        title: "notes".into(),
        size: None,
        min_size: None,
        max_size: None,
        placement: Placement::Centred,
        parent: None,
    };
    let least = Some(Size::new(0.0, 590.5));
    for op in [
        Op::Open(opened),
        Op::BeginResize { window, edge: ResizeEdge::Left, pointer: Point::new(0.0, 0.0) },
        Op::SetLimits { window, min_size: least, max_size: None },
        Op::CancelDrag,
    ] {
        let _ = desktop.apply(op);
    }
    let restored = Desktop::restore(desktop.snapshot(), desktop.frame().size());
    assert_eq!(restored.desktop.to_string(), desktop.to_string());
}
