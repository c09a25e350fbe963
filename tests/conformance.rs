//! Every row of the syscall table on the product itself: `agentos syscall`, booted as the desktop is, with its
//! effects looked at from outside: bytes in the data folder, `/proc`, the other end of a socket. Whoever reads
//! the last lines of the output knows how much of the table is true:
//!
//! ```text
//! callable n of n (effect seen from outside n, by reply n)
//! denied-without-capability n of n
//! documented errors reached n of n
//! ```
//!
//! Whatever is not reached is in a list with its reason (`errors.rs`), or fails the test.

#[path = "conformance/error_table.rs"]
mod error_table;
#[path = "conformance/errors.rs"]
mod errors;
#[path = "conformance/outside.rs"]
mod outside;
#[path = "conformance/session.rs"]
mod session;
#[path = "conformance/ways.rs"]
mod ways;

use abi::table::{ROWS, Row};
use error_table::UNREACHABLE;
use serde_json::json;
use session::Session;
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

#[test]
fn every_row_is_callable_and_its_effect_is_seen_from_outside() {
    let mut session = Session::start();
    let (mut outside, mut by_reply, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for row in ROWS.iter().filter(|row| !outside::OWN_SESSION.contains(&row.name)) {
        // One row that fails hides no other.
        match catch_unwind(AssertUnwindSafe(|| outside::check(&mut session, row))) {
            Ok(outside::Seen::Outside) => outside.push(row.name),
            Ok(outside::Seen::Reply) => by_reply.push(row.name),
            Err(_) => failed.push(row.name),
        }
        session.end_process();
    }
    // Taking back takes back all that a conversation did, and held programs outlive one.
    outside::check_undo(&mut Session::start());
    outside::check_held(&mut Session::start());
    outside.extend(outside::OWN_SESSION);
    println!("by reply only: {}", by_reply.join(" "));
    println!(
        "callable {} of {} (effect seen from outside {}, by reply {})",
        outside.len() + by_reply.len(),
        ROWS.len(),
        outside.len(),
        by_reply.len()
    );
    assert_eq!(failed, Vec::<&str>::new());
    assert_eq!(outside.len() + by_reply.len(), ROWS.len());
}

#[test]
fn without_the_right_every_row_is_denied() {
    let mut session = Session::start();
    let needing: Vec<&Row> = ROWS.iter().filter(|row| !row.needs.is_empty()).collect();
    let (mut denied, mut wrong) = (0, Vec::new());
    for row in &needing {
        let mut line = outside::prepare(&mut session, row);
        let _peer = outside::connect(&mut session, row);
        line.as_object_mut().unwrap().remove("asker");
        let of_handle = ["fd", "map", "queue"].iter().any(|handle| line.get(*handle).is_some());
        if of_handle {
            // Opened rightfully, then every right is taken.
            for right in ["ReadFile", "WriteFile", "ListDirectory"] {
                session.say(&json!({"revoke": { right: "/" }})).unwrap();
            }
            for right in ["SendMessage", "ReceiveMessage", "Observe"] {
                session.say(&json!({"revoke": { right: "*" }})).unwrap();
            }
            session.say(&json!({"revoke": {"NetworkAccess": ["*"]}})).unwrap();
        } else {
            session.be_new(&json!([]));
        }
        if row.args.iter().any(|arg| arg.name == "pid") {
            line["pid"] = json!(0);
        }
        match session.say(&line) {
            Err((errno, detail)) if errno == "EACCES" => {
                assert!(
                    detail.contains(" by ") && detail.contains("would allow it"),
                    "{}: {detail}",
                    row.name
                );
                denied += 1;
            }
            other => wrong.push(format!("{}: {other:?}", row.name)),
        }
        session.end_process();
    }
    println!("denied-without-capability {denied} of {}", needing.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_documented_error_of_every_row_is_reached() {
    let mut session = Session::start();
    let cases = errors::cases();
    let documented: BTreeSet<(&str, &str)> =
        ROWS.iter().flat_map(|row| row.errnos.iter().map(|errno| (row.name, errno.name()))).collect();
    let mut reached = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in &cases {
        assert!(
            documented.contains(&(case.row, case.errno)),
            "{} does not document {}",
            case.row,
            case.errno
        );
        match errors::run(&mut session, case) {
            Err((errno, _)) if errno == case.errno => drop(reached.insert((case.row, case.errno))),
            other => wrong.push(format!("{} {}: {other:?}", case.row, case.errno)),
        }
    }
    let unreachable: BTreeMap<(&str, &str), &str> = documented
        .iter()
        .filter_map(|(row, errno)| Some(((*row, *errno), errors::why_not(row, errno)?)))
        .collect();
    for (row, errno) in &documented {
        if !reached.contains(&(*row, *errno)) && !unreachable.contains_key(&(*row, *errno)) {
            wrong.push(format!("{row} {errno}: nothing reaches it"));
        }
    }
    for (row, errno, _) in UNREACHABLE {
        if *row != "*" && !documented.contains(&(*row, *errno)) {
            wrong.push(format!("{row} {errno}: excused and not documented"));
        }
    }
    let excused = unreachable.keys().filter(|pair| !reached.contains(*pair)).count();
    println!(
        "documented errors reached {} of {}; {excused} cannot be by calls, each for a reason",
        reached.len(),
        documented.len()
    );
    assert!(wrong.is_empty(), "{} pairs:\n{}", wrong.len(), wrong.join("\n"));
}
