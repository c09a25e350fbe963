//! Every row of the table on a kernel that is booted as the product boots it: its example works, and without
//! rights it is denied. The effects, seen from outside, are in the product's own `tests/conformance.rs`.

mod scene;

use abi::{
    Capability, Errno, Syscalls,
    table::{Class, ROWS},
};
use agentos_kernel::testing::kernel;
use scene::{PROGRAMS, call, prepare};
use serde_json::json;

#[test]
fn the_example_of_every_row_works() {
    let mut callable = 0;
    for row in ROWS.iter().filter(|row| !PROGRAMS.contains(&row.name)) {
        let kernel = kernel();
        if let Err(why) = prepare(&kernel, row).run() {
            panic!("{}: {why}", row.example);
        }
        callable += 1;
    }
    println!("callable {} of {} (with programs.rs: {})", callable, ROWS.len(), callable + PROGRAMS.len());
    assert_eq!(callable + PROGRAMS.len(), ROWS.len());
}

#[test]
fn without_rights_every_row_that_needs_one_is_denied_and_says_what_would_allow_it() {
    let mut denied = 0;
    for row in ROWS.iter().filter(|row| !row.needs.is_empty()) {
        let kernel = kernel();
        let scene::Prepared { caller: trusted, mut line, .. } = prepare(&kernel, row);
        let of_descriptor = line.get("fd").is_some() || line.get("map").is_some();
        let caller = if of_descriptor {
            // Opened rightfully, then the right is taken.
            for verb in ["ReadFile", "WriteFile", "ListDirectory"] {
                let capability: Capability = serde_json::from_value(json!({ verb: "/home" })).unwrap();
                kernel.revoke(trusted.pid(), &capability).unwrap();
            }
            kernel.revoke(trusted.pid(), &Capability::NetworkAccess(vec!["*".into()])).unwrap();
            kernel.revoke(trusted.pid(), &Capability::Observe("*".into())).unwrap();
            trusted
        } else {
            kernel.process(Vec::new())
        };
        if row.args.iter().any(|arg| arg.name == "pid") {
            line["pid"] = json!(0);
        }
        let refused = call(&caller, &line.to_string()).expect_err(row.name);
        assert_eq!(refused.errno, Errno::EACCES, "{}: {refused}", row.name);
        assert!(refused.detail.contains("would allow it"), "{}: {refused}", row.name);
        let mut capabilities = row.needs[0].capability.split(", ");
        assert!(capabilities.any(|name| refused.detail.contains(name)), "{}: {refused}", row.name);
        denied += 1;
    }
    println!("denied {denied} rows");
}

#[test]
fn what_needs_no_right_works_without_any() {
    for row in ROWS.iter().filter(|row| row.needs.is_empty() && !PROGRAMS.contains(&row.name)) {
        let kernel = kernel();
        let caller = kernel.process(Vec::new());
        if let Err(why) = call(&caller, row.example)
            // The answer of a person, of whom there is none here.
            && row.name != "request_capability"
        {
            assert_ne!(why.errno, Errno::EACCES, "{}: {why}", row.name);
        }
    }
}

#[test]
fn every_row_answers_in_its_own_type_also_when_submitted() {
    for row in ROWS.iter().filter(|row| row.name != "submit" && !PROGRAMS.contains(&row.name)) {
        let (direct, submitted) = (kernel(), kernel());
        assert_eq!(prepare(&direct, row).run().unwrap().row().number, row.number);
        let scene::Prepared { caller, line, .. } = prepare(&submitted, row);
        let task = caller.submit(serde_json::from_value(line).unwrap()).unwrap();
        let reply = loop {
            match caller.poll(task) {
                Some(reply) => break reply,
                None => std::thread::yield_now(),
            }
        };
        assert_eq!(reply.unwrap_or_else(|why| panic!("{}: {why}", row.name)).row().number, row.number);
        assert_eq!(caller.poll(task).unwrap().unwrap_err().errno, Errno::ESRCH, "a result is given out once");
    }
}

#[test]
fn rows_that_touch_memory_only_are_not_the_ones_that_can_be_slow() {
    // The UI thread makes these. None of them may touch a file of the host or start anything.
    let slow = [
        "read", "write", "list", "open", "fd_read", "fd_write", "spawn", "exec_pty", "kill", "sleep", "wait",
    ];
    for row in ROWS.iter().filter(|row| slow.contains(&row.name)) {
        assert_ne!(row.class, Class::Instant, "{}", row.name);
    }
}
