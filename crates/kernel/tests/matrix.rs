//! The capability matrix, generated from the table: each form that a right can have × each call that needs it ×
//! both answers, on resolved objects. So no form exists that never matches, and no call that is never refused.
//!
//! A *cell* is one call with one form of one right, all other rights being there; it is allowed when the answer
//! is anything but `EACCES`, and a denial must name the resolved object and what would allow it. A row, a verb or
//! a kind of capability that is in no cell fails the test. Forms of network rules against sockets have a matrix
//! of their own in `network_rules.rs`; here they meet the call that reaches out by URL.

#[path = "matrix/cell.rs"]
mod cell;
#[path = "matrix/hosts.rs"]
mod hosts;
#[path = "matrix/names.rs"]
mod names;
#[path = "matrix/paths.rs"]
mod paths;
#[path = "matrix/sandbox.rs"]
mod sandbox;
mod scene;
#[path = "matrix/verbs.rs"]
mod verbs;

use abi::{
    Capability,
    table::{ROWS, Verb},
};
use cell::verb_of;
use paths::path_needs;

/// Which test has which kind of right. A new kind does not compile until it is here.
fn covered_by(capability: &Capability) -> &'static str {
    match capability {
        Capability::ReadFile(_)
        | Capability::WriteFile(_)
        | Capability::CreateFile(_)
        | Capability::DeleteFile(_)
        | Capability::ListDirectory(_) => "paths",
        Capability::SpawnProcess(_)
        | Capability::BindPort(_)
        | Capability::SendMessage(_)
        | Capability::ReceiveMessage(_) => "names",
        Capability::NetworkAccess(_) => "network",
        Capability::KillProcess
        | Capability::SystemInfo
        | Capability::TimeAccess
        | Capability::Mount
        | Capability::Schedule
        | Capability::Limits
        | Capability::Grant
        | Capability::Observe(_) => "plain",
        Capability::NetworkNamespace | Capability::NestedSandbox => "sandbox",
        // No row of the table needs these: they are about the desktop and the AI service.
        Capability::Clipboard(_) | Capability::Notify | Capability::Ai(_) | Capability::Ui(_) => "no row",
    }
}

#[test]
fn every_kind_of_right_and_every_row_that_needs_one_is_in_the_matrix() {
    for verb in Verb::ALL {
        let capability =
            Capability::of_shell().into_iter().find(|capability| verb_of(capability) == verb.name());
        let capability = capability.unwrap_or_else(|| panic!("the shell has no {verb}"));
        assert_ne!(covered_by(&capability), "no row", "{verb}");
        let needed = ROWS.iter().any(|row| {
            row.needs.iter().any(|need| {
                need.capability.split(", ").any(|name| name.trim_start_matches("or ") == verb.name())
            })
        });
        assert!(needed, "no row needs {verb}");
    }
    // Each row with a need is in one of the tests above: by a path, by a handle, by a name, by a verb, by a rule.
    let handles = [
        "fd_read",
        "fd_pread",
        "fd_write",
        "fd_pwrite",
        "sendfile",
        "watch_read",
        "mmap_read",
        "mmap_write",
        "stream_next",
        "stream_push",
        "stream_close",
    ];
    let names = [
        "begin_run",
        "queue_create",
        "queue_open",
        "queue_send",
        "queue_receive",
        "queue_subscribe",
        "queue_stats",
        "spawn",
        "exec_pty",
        "attach_held",
        "network_request",
        "bind",
        "connect",
        "listen",
        "accept",
        "send",
        "recv",
        "sendto",
        "recvfrom",
    ];
    for row in ROWS.iter().filter(|row| !row.needs.is_empty()) {
        let by_verb = row.needs.iter().any(|need| covered_by_name(need.capability) == "plain");
        let known = handles.contains(&row.name)
            || names.contains(&row.name)
            || by_verb
            || !path_needs(row).is_empty();
        assert!(known, "{} is in no row of the matrix", row.name);
    }
}

fn covered_by_name(verb: &str) -> &'static str {
    let all = Capability::of_shell();
    all.iter().find(|capability| verb_of(capability) == verb).map_or("none", covered_by)
}
