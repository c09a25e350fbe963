//! Rights without an object, and those about processes.

use super::{
    cell::{Allowed, Answer, Denied, Matrix, all_but, run},
    scene::{PROGRAMS, prepare},
};
use abi::{
    Capability, Pid, Syscalls,
    table::{ROWS, Row},
};
use agentos_kernel::{
    Caller, NewProcess,
    testing::{TestKernel, kernel},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn child(kernel: &TestKernel, parent: &Caller) -> Pid {
    let new = NewProcess {
        name: "child".into(),
        app: None,
        kind: abi::table::ProcessKind::App,
        capabilities: Vec::new(),
        parent: parent.pid(),
        cause: parent.cause(),
    };
    kernel.spawn_app(new).unwrap()
}

/// Rights without an object, and those about processes.
#[test]
fn every_right_without_an_object_answers_every_call_that_needs_it() {
    let mut matrix = Matrix::default();
    let plain =
        ["KillProcess", "SystemInfo", "TimeAccess", "Mount", "Schedule", "Limits", "Grant", "Observe"];
    for row in ROWS.iter().filter(|row| !PROGRAMS.contains(&row.name)) {
        for verb in plain {
            let Some(need) = row.needs.iter().find(|need| need.capability == verb) else { continue };
            let right = if verb == "Observe" {
                Capability::Observe("*".into())
            } else {
                serde_json::from_value(json!(verb)).unwrap()
            };
            for expected in [Allowed, Denied] {
                let kernel = kernel();
                let mut prepared = prepare(&kernel, row);
                if row.args.iter().any(|arg| arg.name == "pid") && need.object.contains("unless") {
                    prepared.line["pid"] = json!(kernel.process(Vec::new()).pid());
                }
                if expected == Denied {
                    kernel.revoke(prepared.caller.pid(), &right).unwrap();
                }
                matrix.cell(
                    row,
                    verb,
                    if expected == Allowed { "held" } else { "taken" },
                    expected,
                    prepared.run().map(drop),
                );
            }
            // Without the right: one's own and what one started, and nobody else.
            if need.object.contains("unless own or a descendant") {
                let kernel = kernel();
                let app = kernel.process(all_but(verb));
                let descendant = child(&kernel, &app);
                let stranger = kernel.process(Vec::new());
                let mut line: Value = serde_json::from_str(row.example).unwrap();
                if verb != "KillProcess" {
                    line["pid"] = json!(app.pid());
                    matrix.cell(row, verb, "own", Allowed, run(&app, &line));
                }
                line["pid"] = json!(stranger.pid());
                matrix.cell(row, verb, "stranger", Denied, run(&app, &line));
                line["pid"] = json!(descendant);
                matrix.cell(row, verb, "descendant", Allowed, run(&app, &line));
            }
        }
    }
    // Observing: all, an app by name, oneself.
    for name in ["query_events", "subscribe_events"] {
        let row = Row::by_name(name).unwrap();
        let kernel = kernel();
        let other = kernel.process(Vec::new()).pid();
        for (form, scope, whose, expected) in [
            ("any", Some("*"), None, Allowed),
            ("app", Some("test"), Some(other), Allowed),
            ("app prefix", Some("te"), Some(other), Allowed),
            ("another app", Some("notes"), Some(other), Denied),
            ("app is not all", Some("test"), None, Denied),
            ("nothing", None, Some(other), Denied),
        ] {
            let mut rights = all_but("Observe");
            rights.extend(scope.map(|scope| Capability::Observe(scope.into())));
            let app = kernel.process(rights);
            let line = json!({"call": name, "pid": whose});
            matrix.cell(row, "Observe", form, expected, run(&app, &line));
        }
        let app = kernel.process(Vec::new());
        matrix.cell(row, "Observe", "own", Allowed, run(&app, &json!({"call": name, "pid": app.pid()})));
    }
    println!("{} cells about verbs", matrix.cells);
    for row in ROWS.iter().filter(|row| !PROGRAMS.contains(&row.name)) {
        for need in row.needs.iter().filter(|need| plain.contains(&need.capability)) {
            let both: BTreeSet<Answer> = [Allowed, Denied].into();
            assert_eq!(matrix.seen.get(&(need.capability.to_owned(), row.name)), Some(&both), "{}", row.name);
        }
    }
}
