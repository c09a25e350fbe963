//! The model of the Task Manager.

use super::*;
use crate::testing::process;

fn list(model: &mut Model, processes: Vec<ProcessInfo>, now: f64) {
    model.listed(processes.into_iter().map(|info| (info, None)).collect(), now);
    model.verify_invariants();
}

fn model() -> Model {
    let mut model = Model::default();
    list(
        &mut model,
        vec![process(1, "Shell", 0), process(2, "Notes", 1_000), process(3, "Files", 2_000)],
        1.0,
    );
    list(
        &mut model,
        vec![process(1, "Shell", 0), process(2, "Notes", 501_000), process(3, "Files", 2_000)],
        2.0,
    );
    model
}

fn names(model: &Model) -> Vec<&str> {
    model.listing.shown.iter().map(|&place| model.rows[place].info.name.as_str()).collect()
}

fn below(parent: u64, number: u64, name: &str) -> ProcessInfo {
    ProcessInfo { parent: Some(Pid(parent)), kind: ProcessKind::Host, ..process(number, name, 0) }
}

#[test]
fn the_busiest_process_comes_first() {
    let mut model = model();
    assert_eq!(names(&model), ["Notes", "Shell", "Files"]);
    assert_eq!(model.rows[1].cpu_percent, Some(50.0));
    model.set_sort(model.listing.sort.clicked(column::NAME, false));
    assert_eq!(names(&model), ["Files", "Notes", "Shell"]);
    model.set_filter("no".into());
    assert_eq!(names(&model), ["Notes"]);
}

#[test]
fn a_process_that_is_gone_is_not_chosen() {
    let mut model = model();
    model.step(1);
    model.step(100);
    assert_eq!(model.listing.selected, Some(Pid(3)));
    list(&mut model, vec![process(1, "Shell", 0)], 3.0);
    assert_eq!(model.listing.selected, None);
    list(&mut model, Vec::new(), 3.0);
    model.step(-1);
    model.verify_invariants();
}

#[test]
fn a_tree_has_each_below_the_one_that_started_it() {
    let mut model = Model::default();
    let processes = vec![
        process(0, "AgentOS", 0),
        below(0, 2, "Terminal"),
        below(2, 3, "bash"),
        below(3, 4, "make"),
        below(3, 5, "cat"),
        below(99, 6, "orphan"),
    ];
    list(&mut model, processes, 1.0);
    model.set_sort(Sort { column: column::NAME, descending: false });
    model.verify_invariants();
    assert_eq!(names(&model), ["AgentOS", "orphan", "Terminal", "bash", "cat", "make"]);
    let depths: Vec<u8> = model.listing.shown.iter().map(|&place| model.rows[place].depth).collect();
    assert_eq!(depths, [0, 0, 0, 1, 2, 2]);
    assert_eq!(model.descendants(Pid(2)), [Pid(5), Pid(4), Pid(3), Pid(2)]);
    model.fold(Pid(3), false);
    model.verify_invariants();
    assert_eq!(names(&model), ["AgentOS", "orphan", "Terminal", "bash"]);
    // What is looked for is found below what is folded, with the way to it.
    model.set_filter("make".into());
    assert_eq!(names(&model), ["Terminal", "bash", "make"]);
    model.show(Mode::List);
    model.verify_invariants();
    assert_eq!(names(&model), ["make"]);
}

#[test]
fn parents_that_go_in_a_circle_do_no_harm() {
    let mut model = Model::default();
    list(&mut model, vec![below(3, 2, "a"), below(2, 3, "b"), below(4, 4, "own")], 1.0);
    assert_eq!(names(&model), ["own"]);
    assert!(model.descendants(Pid(2)).len() <= 4);
}

#[test]
fn histories_are_bounded_and_end_with_their_process() {
    let mut model = Model::default();
    for second in 0..(HISTORY as u64 + 10) {
        list(&mut model, vec![process(2, "Notes", second * 100_000)], second as f64);
    }
    let history = &model.histories[&Pid(2)];
    assert_eq!((history.cpu.len(), history.memory.len()), (HISTORY, HISTORY));
    assert_eq!(history.cpu.back(), Some(&10.0));
    list(&mut model, Vec::new(), 1_000.0);
    assert!(model.histories.is_empty());
}
