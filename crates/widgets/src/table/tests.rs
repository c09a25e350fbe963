use super::*;
use crate::testing;
use egui::{Event, PointerButton};

const COLUMNS: [Column<'static>; 2] = [Column::rest("Name"), Column::fixed("Size", 80.0)];

fn step(
    ctx: &egui::Context,
    events: Vec<Event>,
    asked: &mut usize,
) -> (Vec<usize>, Option<RowClick>, Option<usize>, Option<SortBy>) {
    let mut result = None;
    testing::frame_with(ctx, events, |ui| {
        let table = Table::new(Id::unique("t"), "Files", &COLUMNS, 100_000);
        let output = table.show(
            ui,
            |_| false,
            |row, column| {
                *asked += 1;
                Cell::text(format!("{row}:{column}"))
            },
        );
        let rows = output.visible.iter().map(|(row, _)| *row).collect();
        result = Some((rows, output.selected, output.opened, output.sort));
    });
    result.unwrap()
}

fn key(key: Key) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE }
}

fn click(x: f32, y: f32) -> [Vec<Event>; 3] {
    let pos = pos2(x, y);
    let button = |pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    [vec![Event::PointerMoved(pos)], vec![button(true)], vec![button(false)]]
}

#[test]
fn only_rows_in_sight_are_asked_for_and_the_keyboard_walks_all() {
    let ctx = testing::context();
    let mut asked = 0;
    step(&ctx, Vec::new(), &mut asked);
    assert!(asked < 100, "{asked} cells for 17 rows");
    let mut selected = None;
    for events in click(100.0, 60.0) {
        selected = step(&ctx, events, &mut asked).1.or(selected);
    }
    assert_eq!(selected.map(|click| click.row), Some(1));
    step(&ctx, Vec::new(), &mut asked);
    assert_eq!(step(&ctx, vec![key(Key::ArrowDown)], &mut asked).1.map(|click| click.row), Some(2));
    assert_eq!(step(&ctx, vec![key(Key::Enter)], &mut asked).2, Some(2));
    assert_eq!(step(&ctx, vec![key(Key::End)], &mut asked).1.map(|click| click.row), Some(99_999));
    for _ in 0..60 {
        step(&ctx, Vec::new(), &mut asked);
    }
    let (rows, ..) = step(&ctx, Vec::new(), &mut asked);
    assert!(rows.contains(&99_999), "{rows:?}");
}

#[test]
fn a_head_sorts() {
    let ctx = testing::context();
    let (mut asked, mut sort) = (0, None);
    step(&ctx, Vec::new(), &mut asked);
    for events in click(60.0, 12.0) {
        sort = step(&ctx, events, &mut asked).3.or(sort);
    }
    assert_eq!(sort, Some(SortBy { column: 0, descending: false }));
}
