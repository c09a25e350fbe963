//! Rights about names: queues, programs, ports.

use super::{
    cell::{Allowed, Answer, Denied, Matrix, all_but, capability, run, verb_of},
    scene::call,
};
use abi::{Capability, Syscalls, table::Row};
use agentos_kernel::{Caller, testing::kernel};
use serde_json::{Value, json};

fn name_forms(name: &str) -> Vec<(&'static str, Vec<String>, Vec<String>, Answer)> {
    let some = |scope: &str| vec![scope.to_owned()];
    let prefix = &name[..name.len() - 1];
    vec![
        ("nothing", vec![], vec![], Denied),
        ("exact", some(name), vec![], Allowed),
        ("prefix", some(prefix), vec![], Allowed),
        ("any", some("*"), vec![], Allowed),
        ("another", some("other"), vec![], Denied),
        ("longer", some(&format!("{name}x")), vec![], Denied),
        ("deny exact inside any", some("*"), some(name), Denied),
        ("deny prefix inside any", some("*"), some(prefix), Denied),
        ("deny another inside any", some("*"), some("other"), Allowed),
    ]
}

#[test]
fn every_form_of_a_named_right_answers_every_call_about_a_name() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    let mut matrix = Matrix::default();
    let mut numbers = 0;
    for (name, verb) in [
        ("queue_create", "ReceiveMessage"),
        ("queue_open", "ReceiveMessage"),
        ("queue_open", "SendMessage"),
        ("queue_send", "SendMessage"),
        ("queue_receive", "ReceiveMessage"),
        ("queue_subscribe", "ReceiveMessage"),
        ("queue_stats", "ReceiveMessage"),
        ("bind", "ReceiveMessage"),
        ("connect", "SendMessage"),
    ] {
        let row = Row::by_name(name).unwrap();
        for at in 0..name_forms("abc").len() {
            numbers += 1;
            let channel = format!("channel-{numbers}-end");
            let (form, given, taken, expected) = name_forms(&channel).swap_remove(at);
            let mut rights = all_but(verb);
            if name == "queue_open" {
                // Either right opens it.
                rights.retain(|right| !matches!(verb_of(right).as_str(), "SendMessage" | "ReceiveMessage"));
            }
            rights.extend(given.iter().map(|scope| capability(verb, scope)));
            let app = kernel.process(rights);
            for scope in taken {
                kernel.revoke(app.pid(), &capability(verb, &scope)).unwrap();
            }
            let kind = if name == "queue_subscribe" { "pub_sub" } else { "fifo" };
            let create = json!({"call": "queue_create", "name": channel, "kind": kind});
            let mut line: Value = serde_json::from_str(row.example).unwrap();
            match name {
                "queue_create" | "queue_open" => line["name"] = json!(channel),
                "bind" | "connect" => {
                    let fd = trusted_socket(&app);
                    line["fd"] = json!(fd);
                    line["address"] = json!({ "name": channel });
                }
                _ => {}
            }
            if row.category.name() == "queue" && name != "queue_create" {
                let queue = serde_json::to_value(call(&trusted, &create.to_string()).unwrap()).unwrap();
                if line.get("queue").is_some() {
                    line["queue"] = queue;
                }
            }
            matrix.cell(row, verb, form, expected, run(&app, &line));
        }
    }
    for name in ["spawn", "exec_pty", "attach_held"] {
        let row = Row::by_name(name).unwrap();
        for (form, given, taken, expected) in [
            ("nothing", vec![], vec![], Denied),
            ("exact", vec!["no-such-program"], vec![], Allowed),
            ("in a list", vec!["cat", "no-such-program"], vec![], Allowed),
            ("any", vec!["*"], vec![], Allowed),
            ("another", vec!["cat"], vec![], Denied),
            ("prefix is none", vec!["no-such"], vec![], Denied),
            ("deny exact inside any", vec!["*"], vec!["no-such-program"], Denied),
            ("deny another inside any", vec!["*"], vec!["cat"], Allowed),
        ] {
            let list =
                |names: Vec<&str>| Capability::SpawnProcess(names.into_iter().map(str::to_owned).collect());
            let mut rights = all_but("SpawnProcess");
            rights.push(list(given));
            let app = kernel.process(rights);
            if !taken.is_empty() {
                kernel.revoke(app.pid(), &list(taken)).unwrap();
            }
            let mut line = json!({"call": name, "executable": "no-such-program"});
            if name == "attach_held" {
                line["id"] = json!("1-1");
            }
            matrix.cell(row, "SpawnProcess", form, expected, run(&app, &line));
        }
    }
    // A port: exactly this one; 0 is one that the system chooses.
    let bind = Row::by_name("bind").unwrap();
    for (form, granted, asked, expected) in [
        ("chosen", 0, 0, Allowed),
        ("exact", 45_671, 45_671, Allowed),
        ("another", 45_671, 45_672, Denied),
        ("chosen is not any", 0, 45_671, Denied),
    ] {
        let mut rights = all_but("BindPort");
        rights.push(Capability::BindPort(granted));
        let app = kernel.process(rights);
        call(&app, r#"{"call":"socket"}"#).unwrap();
        let line = json!({"call": "bind", "fd": 0, "address": {"host": "127.0.0.1", "port": asked}});
        matrix.cell(bind, "BindPort", form, expected, run(&app, &line));
        if expected == Allowed {
            kernel.revoke(app.pid(), &Capability::BindPort(granted)).unwrap();
            let listen = Row::by_name("listen").unwrap();
            matrix.cell(
                listen,
                "BindPort",
                "deny exact",
                Denied,
                run(&app, &json!({"call": "listen", "fd": 0})),
            );
        }
        kernel.terminate(app.pid()).unwrap();
    }
    println!("{} cells about names, programs and ports", matrix.cells);
}

fn trusted_socket(app: &Caller) -> u64 {
    let made = call(app, r#"{"call":"socket","domain":"unix"}"#).unwrap();
    serde_json::to_value(made).unwrap().as_u64().unwrap()
}
