//! The model of the Task Manager.

use super::*;
use crate::testing::process;

fn model() -> Model {
    let mut model = Model::default();
    model.listed(vec![process(1, "Shell", 0), process(2, "Notes", 1_000), process(3, "Files", 2_000)], 1.0);
    model.listed(vec![process(1, "Shell", 0), process(2, "Notes", 501_000), process(3, "Files", 2_000)], 2.0);
    model.verify_invariants();
    model
}

fn names(model: &Model) -> Vec<&str> {
    model.shown.iter().map(|&index| model.rows[index].info.name.as_str()).collect()
}

#[test]
fn the_busiest_process_comes_first() {
    let mut model = model();
    assert_eq!(names(&model), ["Notes", "Shell", "Files"]);
    assert_eq!(model.rows[1].cpu_percent, Some(50.0));
    model.set_sort(model.sort.clicked(column::NAME, false));
    assert_eq!(names(&model), ["Files", "Notes", "Shell"]);
    model.set_filter("no".into());
    assert_eq!(names(&model), ["Notes"]);
}

#[test]
fn a_process_that_is_gone_is_not_chosen() {
    let mut model = model();
    model.step(1);
    model.step(100);
    assert_eq!(model.selected, Some(Pid(3)));
    model.listed(vec![process(1, "Shell", 0)], 3.0);
    model.verify_invariants();
    assert_eq!(model.selected, None);
    model.listed(Vec::new(), 3.0);
    model.step(-1);
    model.verify_invariants();
}
