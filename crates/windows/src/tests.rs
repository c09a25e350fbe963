//! What a user would see: scenes as text snapshots, and the law under random operations.

mod random;
mod scenes;
mod stacking;

use crate::{Desktop, Op, OpenWindow, Outcome, Placement, Point, Size, SnapModifier, WindowId};

fn desktop() -> Desktop {
    Desktop::new(Size::new(1280.0, 800.0))
}

fn app(name: &str) -> OpenWindow {
    OpenWindow { app: name.into(), title: name.into(), ..OpenWindow::default() }
}

fn at(name: &str, x: f32, y: f32) -> OpenWindow {
    OpenWindow { placement: Placement::At(Point::new(x, y)), ..app(name) }
}

fn open(desktop: &mut Desktop, window: OpenWindow) -> WindowId {
    match desktop.apply(Op::Open(window)) {
        Outcome::Opened(id) => id,
        other => panic!("not opened: {other:?}"),
    }
}

/// Runs operations that must not be refused.
fn run(desktop: &mut Desktop, ops: impl IntoIterator<Item = Op>) {
    for op in ops {
        let outcome = desktop.apply(op.clone());
        assert!(!matches!(outcome, Outcome::Refused(_)), "{op:?}: {outcome:?}");
    }
}

fn press(window: WindowId, x: f32, y: f32) -> Op {
    Op::BeginDrag { window, pointer: Point::new(x, y) }
}

fn drag(window: WindowId, from: (f32, f32), to: (f32, f32)) -> [Op; 3] {
    let pointer = Point::new(to.0, to.1);
    [press(window, from.0, from.1), Op::DragTo { pointer, modifier: SnapModifier::None }, Op::EndDrag]
}
