//! What a program's sandbox gives × what its app may itself: a program gets no more than its app.

use super::{
    cell::{Allowed, Answer, Denied, Matrix, capability, run},
    scene::call,
};
use abi::{Capability, Syscalls, table::Row};
use agentos_kernel::testing::kernel;
use serde_json::{Value, json};

/// Rights, what is asked for, the verb that is missing.
type Form = (&'static str, Vec<Value>, Value, &'static str, Answer);

fn forms() -> Vec<Form> {
    let read = |path: &str| vec![json!({"ReadFile": path}), json!({"ListDirectory": path})];
    let write = |path: &str| {
        let mut all = read(path);
        all.extend(["WriteFile", "CreateFile", "DeleteFile"].map(|verb| json!({ verb: path })));
        all
    };
    let without = |verb: &str, all: Vec<Value>| -> Vec<Value> {
        all.into_iter().filter(|right| right.get(verb).is_none()).collect()
    };
    let everywhere = || json!({"NetworkAccess": ["*", "loopback", "private", "link-local"]});
    vec![
        ("nothing", vec![], json!({}), "ReadFile", Allowed),
        ("a folder", read("/home/f"), json!({"read": ["/home/f"]}), "ReadFile", Allowed),
        ("a folder above", read("/home"), json!({"read": ["/home/f"]}), "ReadFile", Allowed),
        ("a folder beneath", read("/home/f/g"), json!({"read": ["/home/f"]}), "ReadFile", Denied),
        ("a neighbour", read("/home/fg"), json!({"read": ["/home/f"]}), "ReadFile", Denied),
        (
            "no names",
            vec![json!({"ReadFile": "/home"})],
            json!({"read": ["/home/f"]}),
            "ListDirectory",
            Denied,
        ),
        (
            "a file",
            vec![json!({"ReadFile": "/home/file"})],
            json!({"read": ["/home/file"]}),
            "ListDirectory",
            Allowed,
        ),
        ("dots", read("/home/f"), json!({"read": ["/home/f/../../system"]}), "ReadFile", Denied),
        ("the programs", vec![], json!({"read": ["/usr", "/lib", "/tmp"]}), "ReadFile", Allowed),
        ("all of ours is none of the host's", read("/"), json!({"read": ["/var/log"]}), "ReadFile", Denied),
        ("the host's by name", read("/var/log"), json!({"read": ["/var/log"]}), "ReadFile", Allowed),
        ("written", write("/home/f"), json!({"write": ["/home/f"]}), "WriteFile", Allowed),
        ("read is not written", read("/home/f"), json!({"write": ["/home/f"]}), "WriteFile", Denied),
        (
            "not changed",
            without("WriteFile", write("/home/f")),
            json!({"write": ["/home/f"]}),
            "WriteFile",
            Denied,
        ),
        (
            "not made",
            without("CreateFile", write("/home/f")),
            json!({"write": ["/home/f"]}),
            "CreateFile",
            Denied,
        ),
        (
            "not removed",
            without("DeleteFile", write("/home/f")),
            json!({"write": ["/home/f"]}),
            "DeleteFile",
            Denied,
        ),
        ("kept apart", read("/home/f"), json!({"copy_on_write": ["/home/f"]}), "ReadFile", Allowed),
        ("kept apart, not read", vec![], json!({"copy_on_write": ["/home/f"]}), "ReadFile", Denied),
        ("nested", vec![], json!({"profile": "nested"}), "NestedSandbox", Denied),
        (
            "nested by right",
            vec![json!("NestedSandbox")],
            json!({"profile": "nested"}),
            "NestedSandbox",
            Allowed,
        ),
        ("own tmp", vec![], json!({"write": ["/tmp"]}), "WriteFile", Allowed),
        ("filtered", vec![], json!({"network": "filtered"}), "NetworkAccess", Allowed),
        ("shared", vec![], json!({"network": "shared"}), "NetworkAccess", Denied),
        (
            "shared by a part",
            vec![json!({"NetworkAccess": ["*"]})],
            json!({"network": "shared"}),
            "NetworkAccess",
            Denied,
        ),
        ("shared by all", vec![everywhere()], json!({"network": "shared"}), "NetworkAccess", Allowed),
        ("private", vec![everywhere()], json!({"network": "private"}), "NetworkNamespace", Denied),
        (
            "private by all",
            vec![everywhere(), json!("NetworkNamespace")],
            json!({"network": "private"}),
            "NetworkNamespace",
            Allowed,
        ),
        ("bridged", vec![], json!({"network": "bridged"}), "NetworkNamespace", Denied),
        (
            "bridged by right",
            vec![json!("NetworkNamespace")],
            json!({"network": "bridged"}),
            "NetworkNamespace",
            Allowed,
        ),
        ("a port", vec![], json!({"forward": [{"host": 45_673, "program": 80}]}), "BindPort", Denied),
        (
            "the port",
            vec![json!({"BindPort": 45_673})],
            json!({"forward": [{"host": 45_673, "program": 80}]}),
            "BindPort",
            Allowed,
        ),
    ]
}

#[test]
fn a_sandbox_gives_no_more_than_its_app_has() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    for line in [
        r#"{"call":"mkdir","path":"/home/f/g","parents":true}"#,
        r#"{"call":"mkdir","path":"/home/fg"}"#,
        r#"{"call":"write","path":"/home/file","data":"x"}"#,
    ] {
        call(&trusted, line).unwrap();
    }
    let mut matrix = Matrix::default();
    for name in ["spawn", "exec_pty"] {
        let row = Row::by_name(name).unwrap();
        for (form, rights, sandbox, verb, expected) in forms() {
            let mut rights: Vec<Capability> =
                rights.into_iter().map(|right| serde_json::from_value(right).unwrap()).collect();
            rights.push(capability("SpawnProcess", "*"));
            let app = kernel.process(rights);
            let line = json!({"call": name, "executable": "no-such-program", "sandbox": sandbox});
            matrix.cell(row, verb, form, expected, run(&app, &line));
        }
    }
    for verb in ["ReadFile", "ListDirectory", "WriteFile", "NetworkAccess", "NetworkNamespace", "BindPort"] {
        let seen = matrix.seen.iter().filter(|((asked, _), _)| asked == verb);
        assert!(seen.clone().count() == 2 && seen.clone().all(|(_, answers)| answers.len() == 2), "{verb}");
    }
}

#[test]
fn what_was_taken_is_not_given_on() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    call(&trusted, r#"{"call":"mkdir","path":"/home/f/secret","parents":true}"#).unwrap();
    let all = ["ReadFile", "ListDirectory"].map(|verb| capability(verb, "/home"));
    let app = kernel.process([all.to_vec(), vec![capability("SpawnProcess", "*")]].concat());
    kernel.revoke(app.pid(), &capability("ReadFile", "/home/f/secret")).unwrap();
    let mut matrix = Matrix::default();
    for name in ["spawn", "exec_pty"] {
        let row = Row::by_name(name).unwrap();
        for (path, expected) in [("/home/f/secret", Denied), ("/home/f", Allowed)] {
            let line = json!({"call": name, "executable": "no-such-program", "sandbox": {"read": [path]}});
            matrix.cell(row, "ReadFile", path, expected, run(&app, &line));
        }
    }
}
