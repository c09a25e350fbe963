//! The model of Files.

use super::*;
use abi::table::FileKind;

fn file(name: &str, kind: FileKind, size: u64) -> DirEntry {
    DirEntry { name: name.into(), kind, size, modified_millis: size }
}

fn model() -> Model {
    let mut model = Model::new("/home");
    model.listed(vec![
        file("b.txt", FileKind::File, 3),
        file("a10", FileKind::File, 1),
        file("a2", FileKind::File, 2),
        file("Zoo", FileKind::Directory, 0),
        file(".hidden", FileKind::File, 9),
    ]);
    model.verify_invariants();
    model
}

fn names(model: &Model) -> Vec<&str> {
    (0..model.shown.len()).filter_map(|at| model.at(at)).map(|e| e.name.as_str()).collect()
}

#[test]
fn folders_come_first_and_numbers_count() {
    let mut model = model();
    assert_eq!(names(&model), ["Zoo", "a2", "a10", "b.txt"]);
    model.set_sort(Sort { column: 0, descending: true });
    assert_eq!(names(&model), ["Zoo", "b.txt", "a10", "a2"]);
    model.set_sort(Sort { column: 2, descending: true });
    assert_eq!(names(&model), ["Zoo", "b.txt", "a2", "a10"]);
    model.toggle_hidden();
    assert_eq!(model.shown.len(), 5);
}

#[test]
fn a_selection_follows_its_names() {
    let mut model = model();
    model.pick(1, Pick::Only);
    model.pick(3, Pick::Extend);
    assert_eq!(model.selected_names().len(), 3);
    model.pick(2, Pick::Toggle);
    model.verify_invariants();
    model.set_filter("b.".into());
    model.verify_invariants();
    assert_eq!(model.selected_names(), ["b.txt"]);
    let entries = model.entries.clone();
    model.listed(entries);
    assert_eq!(model.selected_names(), ["b.txt"]);
}

#[test]
fn typing_finds_names_and_walks_on() {
    let mut model = model();
    model.type_ahead("a", 0.0);
    assert_eq!(model.selected_names(), ["a2"]);
    model.type_ahead("a", 0.2);
    assert_eq!(model.selected_names(), ["a10"]);
    model.type_ahead("b", 5.0);
    assert_eq!(model.selected_names(), ["b.txt"]);
    Model::new("/home").type_ahead("x", 0.0);
}

#[test]
fn history_goes_back_and_forth() {
    let mut model = Model::new("/home/");
    model.go(Place::Folder("/home/a".into()));
    model.go(Place::Folder("/home/b/".into()));
    model.go_back();
    assert_eq!((model.folder(), model.can_go_forward()), (Some("/home/a"), true));
    model.go_forward();
    model.go(Place::Trash);
    assert_eq!((model.folder(), model.parent()), (None, None));
    model.go(Place::Folder("/".into()));
    assert_eq!((model.parent(), model.can_go_forward()), (None, false));
    assert_eq!(parent("/home"), Some("/".into()));
}

#[test]
fn the_keyboard_never_leaves_the_list() {
    let mut model = model();
    for by in [-1, -1, 5, 100, -100, 1] {
        model.step(by, Pick::Only);
        model.verify_invariants();
    }
    Model::new("/x").step(1, Pick::Only);
}
