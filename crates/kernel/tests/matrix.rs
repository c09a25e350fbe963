//! The capability matrix, generated from the table: each form that a right can have × each call that needs it ×
//! both answers, on resolved objects. So no form exists that never matches, and no call that is never refused.
//!
//! A *cell* is one call with one form of one right, all other rights being there; it is allowed when the answer
//! is anything but `EACCES`, and a denial must name the resolved object and what would allow it. A row, a verb or
//! a kind of capability that is in no cell fails the test. Forms of network rules against sockets have a matrix
//! of their own in `network_rules.rs`; here they meet the call that reaches out by URL.

mod scene;

use abi::{
    Call, Capability, Errno, Pid, SysResult, Syscalls,
    table::{ROWS, Row, Verb},
};
use agentos_kernel::{
    Caller, NewProcess,
    network::Resolver,
    testing::{TestKernel, kernel},
};
use scene::{PROGRAMS, call, prepare};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::IpAddr,
    sync::Arc,
};

/// Calls that destroy or change what lies at a path. The gate's table and the attack tests of the file system
/// must agree with it: each needs more than the right to read.
const DESTRUCTIVE: [&str; 23] = [
    "write",
    "create",
    "delete",
    "move",
    "copy",
    "mkdir",
    "rmdir",
    "truncate",
    "open",
    "symlink",
    "link",
    "chmod",
    "set_times",
    "fsync",
    "mmap",
    "mmap_write",
    "fd_write",
    "fd_pwrite",
    "sendfile",
    "trash",
    "trash_restore",
    "trash_empty",
    "stream_open_write",
];

/// The verbs that are about paths.
const PATH_VERBS: [&str; 5] = ["ReadFile", "WriteFile", "CreateFile", "DeleteFile", "ListDirectory"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Allowed,
    Denied,
}
use Answer::{Allowed, Denied};

/// What was asked so far: verb → row → answers.
#[derive(Default)]
struct Matrix {
    cells: usize,
    seen: BTreeMap<(String, &'static str), BTreeSet<Answer>>,
    forms: BTreeSet<String>,
}

impl Matrix {
    fn cell(&mut self, row: &'static Row, verb: &str, form: &str, expected: Answer, result: SysResult<()>) {
        self.cells += 1;
        let answer = match &result {
            Err(why) if why.errno == Errno::EACCES => Denied,
            _ => Allowed,
        };
        let context = || format!("{} with {verb} {form}: {result:?}", row.name);
        assert_eq!(answer, expected, "{}", context());
        if let Err(why) = result.as_ref()
            && answer == Denied
        {
            // `queue_open` takes either right and names the first.
            let names_it =
                why.detail.contains(verb) || (row.name == "queue_open" && why.detail.contains("Message"));
            assert!(why.detail.contains(" by ") && names_it, "{}", context());
            assert!(
                why.detail.contains("would allow it") || why.detail.contains("end of that rule"),
                "{}",
                context()
            );
        }
        self.seen.entry((verb.to_owned(), row.name)).or_default().insert(answer);
        self.forms.insert(format!("{verb} {}", form.split(':').next().unwrap_or(form)));
    }
}

fn capability(verb: &str, scope: &str) -> Capability {
    match verb {
        "SpawnProcess" | "NetworkAccess" => serde_json::from_value(json!({ verb: [scope] })).unwrap(),
        _ => serde_json::from_value(json!({ verb: scope })).unwrap(),
    }
}

fn verb_of(capability: &Capability) -> String {
    match serde_json::to_value(capability).unwrap() {
        Value::String(name) => name,
        Value::Object(object) => object.keys().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

/// Everything but one verb.
fn all_but(verb: &str) -> Vec<Capability> {
    Capability::of_shell().into_iter().filter(|capability| verb_of(capability) != verb).collect()
}

fn run(caller: &Caller, line: &Value) -> SysResult<()> {
    call(caller, &line.to_string()).map(drop)
}

/// The forms of a path right for an object, and what each answers. Several rights: the first is granted, the
/// second taken again.
fn path_forms(object: &str) -> Vec<(&'static str, Vec<String>, Vec<String>, Answer)> {
    let parent = object.rsplit_once('/').map_or("/", |(parent, _)| parent);
    let name = &object[parent.len() + 1..];
    let some = |scope: &str| vec![scope.to_owned()];
    let shorter = object[..object.len() - 1].to_owned();
    vec![
        ("nothing", vec![], vec![], Denied),
        ("exact", some(object), vec![], Allowed),
        ("beneath", some(parent), vec![], Allowed),
        ("root", some("/"), vec![], Allowed),
        ("not in normal form", some(&format!("{parent}/./{name}/../")), vec![], Allowed),
        ("elsewhere", some("/elsewhere"), vec![], Denied),
        ("longer name", some(&format!("{object}x")), vec![], Denied),
        ("shorter name", vec![shorter], vec![], Denied),
        ("below the object", some(&format!("{object}/child")), vec![], Denied),
        ("deny exact inside beneath", some(parent), some(object), Denied),
        ("deny beneath inside root", some("/"), some(parent), Denied),
        ("deny another inside root", some("/"), some(&format!("{object}x")), Allowed),
        ("deny below inside beneath", some(parent), some(&format!("{object}/child")), Allowed),
        ("deny all", some(object), some("/"), Denied),
    ]
}

/// Makes what the path examples speak of, in a folder of its own.
fn furnish(trusted: &Caller, row: &Row, folder: &str) {
    let line = |text: &str| {
        let text = text.replace("/home/", &format!("{folder}/"));
        call(trusted, &text).unwrap_or_else(|why| panic!("{text}: {why}"));
    };
    if !folder.starts_with("/mnt/") {
        line(r#"{"call":"mkdir","path":"/home/sub","parents":true}"#);
    } else {
        line(r#"{"call":"mkdir","path":"/home/sub"}"#);
    }
    line(r#"{"call":"write","path":"/home/notes.txt","data":"notes"}"#);
    line(r#"{"call":"write","path":"/home/a.txt","data":"hello"}"#);
    match row.name {
        "rmdir" => line(r#"{"call":"mkdir","path":"/home/folder"}"#),
        "readlink" => line(r#"{"call":"symlink","target":"notes.txt","path":"/home/link"}"#),
        _ => {}
    }
}

/// The arguments of a row that are paths, with the verb that each needs; conditions are made true.
fn path_needs(row: &'static Row) -> Vec<(&'static str, &'static str)> {
    let argument =
        |object: &'static str| object.rsplit(' ').find(|word| row.args.iter().any(|arg| arg.name == *word));
    let mut needs = Vec::new();
    for need in row.needs {
        let field = if need.object.contains(" if ")
            || need.object.contains(" unless ")
            || need.object.contains(" as ")
        {
            need.object.split(' ').next()
        } else {
            argument(need.object)
        };
        let Some(field) =
            field.filter(|field| row.args.iter().any(|arg| arg.name == *field && arg.ty == "String"))
        else {
            continue;
        };
        for verb in need.capability.split(", ").filter(|verb| PATH_VERBS.contains(verb)) {
            needs.push((verb, field));
        }
    }
    needs
}

/// An example with every condition of its needs met, in a folder.
fn example_in(row: &Row, folder: &str, trusted: &Caller) -> Value {
    let mut line: Value = serde_json::from_str(&row.example.replace("/home", folder)).unwrap();
    match row.name {
        "move" | "copy" => line["overwrite"] = json!(true),
        "mmap" => line["sharing"] = json!("shared"),
        "trash_list" | "trash_empty" => {
            let kept: Value = json!({"call": "trash", "path": format!("{folder}/notes.txt")});
            run(trusted, &kept).unwrap();
            line["path"] = json!(format!("{}/.Trash", trash_of(folder)));
        }
        "trash_restore" => {
            let put: Call =
                serde_json::from_value(json!({"call": "trash", "path": format!("{folder}/a.txt")})).unwrap();
            let item = serde_json::to_value(trusted.dispatch(put).unwrap()).unwrap();
            line["item"] = item;
        }
        _ => {}
    }
    line
}

fn trash_of(folder: &str) -> &str {
    if folder.starts_with("/mnt/") { folder } else { "/home" }
}

/// What must be there for the call to need the verb: `CreateFile` is asked only where nothing is yet.
fn ready_for(trusted: &Caller, row: &Row, verb: &str, line: &Value) {
    let remove = |path: &Value| drop(run(trusted, &json!({"call": "delete", "path": path})));
    match (row.name, verb) {
        ("write" | "open" | "stream_open_write", "CreateFile") => remove(&line["path"]),
        ("move", "DeleteFile") => {
            run(trusted, &json!({"call": "write", "path": line["to"], "data": ""})).unwrap();
        }
        _ => {}
    }
}

#[test]
fn every_form_of_a_path_right_answers_every_call_about_a_path() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    let mut matrix = Matrix::default();
    let mut folders = 0;
    for row in
        ROWS.iter().filter(|row| !matches!(row.name, "mount" | "unmount" | "explain" | "query_journal"))
    {
        for (verb, field) in path_needs(row) {
            let others = |line: &Value| -> Vec<Capability> {
                // The same verb on the row's other paths.
                let fields = path_needs(row).into_iter().filter(|(v, f)| *v == verb && *f != field);
                fields.map(|(verb, field)| capability(verb, line[field].as_str().unwrap())).collect()
            };
            // Named plainly, through a link to its folder, with dots, and in a mounted file system.
            for way in ["plain", "link", "dots", "mount"] {
                let forms = path_forms("/home/x").len();
                for at in 0..forms {
                    folders += 1;
                    let folder = match way {
                        "mount" => {
                            // At most a few mounts at a time.
                            let folder = format!("/mnt/m{folders}");
                            run(&trusted, &json!({"call": "mount", "path": folder, "size_bytes": 1_000_000}))
                                .unwrap();
                            folder
                        }
                        _ => format!("/home/c{folders}"),
                    };
                    furnish(&trusted, row, &folder);
                    let mut line = example_in(row, &folder, &trusted);
                    let object = line[field].as_str().unwrap().to_owned();
                    ready_for(&trusted, row, verb, &line);
                    let (form, given, taken, expected) = path_forms(&object).swap_remove(at);
                    let mut rights = all_but(verb);
                    rights.extend(others(&line));
                    rights.extend(given.iter().map(|scope| capability(verb, scope)));
                    let app = kernel.process(rights);
                    for scope in taken {
                        kernel.revoke(app.pid(), &capability(verb, &scope)).unwrap();
                    }
                    match way {
                        "link" if object.starts_with(&folder) => {
                            let link = format!("/home/l{folders}");
                            run(&trusted, &json!({"call": "symlink", "target": folder, "path": link}))
                                .unwrap();
                            line[field] = json!(object.replacen(&folder, &link, 1));
                        }
                        "dots" if object.starts_with(&folder) => {
                            line[field] = json!(object.replacen(&folder, &format!("{folder}/sub/.."), 1));
                        }
                        _ => {}
                    }
                    let result = run(&app, &line);
                    if expected == Denied {
                        let why = result.as_ref().expect_err(row.name);
                        let named =
                            why.detail.contains(&object) || why.detail.contains(&format!("{folder}/"));
                        assert!(named, "{way}: {why}");
                    } else if way != "mount" {
                        assert!(result.is_ok(), "{} {verb} on {field}, {way}, {form}: {result:?}", row.name);
                    }
                    matrix.cell(row, verb, &format!("{form}: {field} {way}"), expected, result);
                    kernel.terminate(app.pid()).unwrap();
                    if way == "mount" {
                        run(&trusted, &json!({"call": "unmount", "path": folder})).unwrap();
                    }
                }
            }
        }
    }
    // A right on where a link lies is none on what it leads to; a second name has rights of its own.
    for row in ["read", "stat", "truncate", "chmod", "set_times", "stream_open_read"] {
        let row = Row::by_name(row).unwrap();
        let verb = row.needs[0].capability;
        folders += 1;
        let folder = format!("/home/c{folders}");
        furnish(&trusted, row, &folder);
        for step in [
            json!({"call": "symlink", "target": "../a.txt", "path": format!("{folder}/sub/link")}),
            json!({"call": "link", "from": format!("{folder}/a.txt"), "to": format!("{folder}/sub/hard")}),
        ] {
            run(&trusted, &step).unwrap();
        }
        let app = |scope: &str| {
            let mut rights = all_but(verb);
            rights.push(capability(verb, scope));
            kernel.process(rights)
        };
        let mut line: Value = serde_json::from_str(row.example).unwrap();
        for (path, scope, expected) in [
            ("sub/link", "sub", Denied),
            ("sub/link", "a.txt", Allowed),
            ("sub/hard", "sub", Allowed),
            ("sub/hard", "a.txt", Denied),
        ] {
            line["path"] = json!(format!("{folder}/{path}"));
            let result = run(&app(&format!("{folder}/{scope}")), &line);
            matrix.cell(row, verb, &format!("link: {path} {scope}"), expected, result);
        }
    }
    println!("{} cells about paths", matrix.cells);
    for row in ROWS.iter().filter(|row| {
        row.needs.iter().any(|need| PATH_VERBS.iter().any(|verb| need.capability.contains(verb)))
    }) {
        for (verb, _) in path_needs(row) {
            if matches!(row.name, "mount" | "unmount") {
                continue; // their paths are fixed; see the plain verbs
            }
            let both: BTreeSet<Answer> = [Allowed, Denied].into();
            assert_eq!(matrix.seen.get(&(verb.to_owned(), row.name)), Some(&both), "{} {verb}", row.name);
        }
    }
    for name in DESTRUCTIVE {
        let row = Row::by_name(name).unwrap();
        let changes = |verb: &str| matches!(verb, "WriteFile" | "CreateFile" | "DeleteFile");
        assert!(
            row.needs.iter().flat_map(|need| need.capability.split(", ")).any(changes),
            "{name} needs no right to change"
        );
    }
    for row in &ROWS {
        let destroys = row
            .needs
            .iter()
            .any(|need| need.capability.contains("WriteFile") || need.capability.contains("DeleteFile"));
        let listed = DESTRUCTIVE.contains(&row.name);
        // These need a right to change and do so by other calls, or at a socket's file.
        let indirect = ["stream_next", "stream_push", "stream_close", "connect", "sendto", "unmount"];
        assert!(!destroys || listed || indirect.contains(&row.name), "{} is not in the list", row.name);
    }
}

/// Opened rightfully, then a right is taken: every form of taking, both answers.
#[test]
fn a_right_that_is_taken_ends_what_was_opened_under_it_and_nothing_else() {
    let mut matrix = Matrix::default();
    let rows = [
        ("fd_read", "ReadFile", "/home/a.txt"),
        ("fd_pread", "ReadFile", "/home/a.txt"),
        ("fd_write", "WriteFile", "/home/a.txt"),
        ("fd_pwrite", "WriteFile", "/home/a.txt"),
        ("sendfile", "ReadFile", "/home/a.txt"),
        ("sendfile", "WriteFile", "/home/notes.txt"),
        ("watch_read", "ListDirectory", "/home"),
        ("mmap_read", "ReadFile", "/home/a.txt"),
        ("mmap_write", "WriteFile", "/home/a.txt"),
        ("stream_next", "ReadFile", "/home/a.txt"),
        ("stream_push", "WriteFile", "/home/a.txt"),
        ("stream_close", "WriteFile", "/home/a.txt"),
    ];
    for (name, verb, object) in rows {
        let row = Row::by_name(name).unwrap();
        let parent =
            object.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
        for (form, scope, expected) in [
            ("deny exact", object.to_owned(), Denied),
            ("deny beneath", parent.to_owned(), Denied),
            ("deny all", "/".to_owned(), Denied),
            ("deny another", format!("{object}x"), Allowed),
            ("deny below", format!("{object}/child"), Allowed),
        ] {
            let kernel = kernel();
            let prepared = prepare(&kernel, row);
            kernel.revoke(prepared.caller.pid(), &capability(verb, &scope)).unwrap();
            matrix.cell(row, verb, form, expected, prepared.run().map(drop));
        }
    }
    println!("{} cells about what is open", matrix.cells);
}

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
    for name in ["spawn", "exec_pty"] {
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
            let line = json!({"call": name, "executable": "no-such-program"});
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

/// Knows one public name, and one that leads inwards.
struct Names;

impl Resolver for Names {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let address = match name {
            "a.example.com" | "example.com" => "93.184.216.34",
            "b.example.org" => "2606:2800:220:1::1",
            "inside.example.com" => "10.1.2.3",
            _ => return Err(io::Error::other("no such name")),
        };
        Ok(vec![address.parse().unwrap()])
    }
}

#[test]
fn every_form_of_a_network_rule_answers_a_request_by_url() {
    let kernel = kernel();
    kernel.set_resolver(Arc::new(Names));
    kernel.set_net_client(Some(Arc::new(scene::Echo)));
    let row = Row::by_name("network_request").unwrap();
    let mut matrix = Matrix::default();
    let (named, address) = ("https://a.example.com/", "http://93.184.216.34/");
    // Form, rules, where to, answer.
    let cells: &[(&str, &[&str], &str, Answer)] = &[
        ("nothing", &[], named, Denied),
        ("exact name", &["a.example.com"], named, Allowed),
        ("another name", &["b.example.org"], named, Denied),
        ("wildcard", &["*.example.com"], named, Allowed),
        ("wildcard is not the bare name", &["*.example.com"], "https://example.com/", Denied),
        ("wildcard of another", &["*.example.org"], named, Denied),
        ("any", &["*"], named, Allowed),
        ("any is not the inside", &["*"], "https://inside.example.com/", Denied),
        ("a name is not the inside", &["inside.example.com"], "https://inside.example.com/", Denied),
        ("name and class", &["inside.example.com", "private"], "https://inside.example.com/", Allowed),
        ("address", &["93.184.216.34"], address, Allowed),
        ("another address", &["93.184.216.35"], address, Denied),
        ("an address is not its name", &["93.184.216.34"], named, Denied),
        ("CIDR", &["93.184.0.0/16"], address, Allowed),
        ("another CIDR", &["93.185.0.0/16"], address, Denied),
        ("IPv6 address", &["[2606:2800:220:1::1]"], "http://[2606:2800:220:1::1]/", Allowed),
        ("IPv6 CIDR", &["[2606:2800::/32]"], "http://[2606:2800:220:1::1]/", Allowed),
        ("another IPv6 CIDR", &["[2607:2800::/32]"], "http://[2606:2800:220:1::1]/", Denied),
        ("port", &["a.example.com:443"], named, Allowed),
        ("another port", &["a.example.com:80"], named, Denied),
        ("port range", &["a.example.com:400-500"], named, Allowed),
        ("another port range", &["a.example.com:500-600"], named, Denied),
        ("protocol", &["a.example.com/tcp"], named, Allowed),
        ("another protocol", &["a.example.com/udp"], named, Denied),
        ("loopback", &["loopback"], "http://127.0.0.1/", Allowed),
        ("loopback is not private", &["loopback"], "http://10.0.0.1/", Denied),
        ("private", &["private"], "http://10.0.0.1/", Allowed),
        ("private is not loopback", &["private"], "http://127.0.0.1/", Denied),
        ("link-local", &["link-local"], "http://169.254.1.1/", Allowed),
        ("metadata is not link-local", &["link-local"], "http://169.254.169.254/", Denied),
        ("metadata by itself", &["169.254.169.254"], "http://169.254.169.254/", Allowed),
        ("metadata is not any", &["*"], "http://169.254.169.254/", Denied),
        ("deny exact inside any", &["*", "!a.example.com"], named, Denied),
        ("deny wildcard inside any", &["*", "!*.example.com"], named, Denied),
        ("deny another inside any", &["*", "!b.example.org"], named, Allowed),
        ("deny address behind a name", &["*", "!93.184.216.34"], named, Denied),
        ("deny CIDR inside any", &["*", "!93.184.0.0/16"], address, Denied),
        ("deny port inside any", &["*", "!a.example.com:443"], named, Denied),
        ("deny another port inside any", &["*", "!a.example.com:80"], named, Allowed),
        ("deny protocol inside any", &["*", "!a.example.com/tcp"], named, Denied),
        ("deny another protocol inside any", &["*", "!a.example.com/udp"], named, Allowed),
    ];
    for (form, rules, url, expected) in cells {
        let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        let mut rights = all_but("NetworkAccess");
        rights.push(Capability::NetworkAccess(rules));
        let app = kernel.process(rights);
        let line = json!({"call": "network_request", "url": url});
        matrix.cell(row, "NetworkAccess", form, *expected, run(&app, &line));
        // Whatever was allowed ends with a rule that is taken.
        if *expected == Allowed {
            kernel.revoke(app.pid(), &Capability::NetworkAccess(vec!["*".into()])).unwrap();
            matrix.cell(row, "NetworkAccess", "revoked", Denied, run(&app, &line));
        }
    }
    println!("{} cells about hosts", matrix.cells);
}

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

/// The rest of the table: rows about sockets, by taking what they were made under.
#[test]
fn a_rule_that_is_taken_ends_every_call_on_its_socket() {
    let mut matrix = Matrix::default();
    for name in ["bind", "connect", "listen", "accept", "send", "recv", "sendto", "recvfrom"] {
        let row = Row::by_name(name).unwrap();
        for (form, rule, expected) in [
            ("deny class", "loopback", Denied),
            ("deny address", "127.0.0.1", Denied),
            ("deny CIDR", "127.0.0.0/8", Denied),
            ("deny another class", "private", Allowed),
            ("deny another address", "127.0.0.2", Allowed),
        ] {
            let kernel = kernel();
            let prepared = prepare(&kernel, row);
            let rule = Capability::NetworkAccess(vec![rule.into()]);
            kernel.revoke(prepared.caller.pid(), &rule).unwrap();
            matrix.cell(row, "NetworkAccess", form, expected, prepared.run().map(drop));
        }
    }
    println!("{} cells about sockets", matrix.cells);
}

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
        // No row of the table needs these: they are about the desktop, the AI service and host processes.
        Capability::NetworkNamespace
        | Capability::Clipboard(_)
        | Capability::Notify
        | Capability::Ai(_)
        | Capability::Ui(_) => "no row",
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
        "queue_create",
        "queue_open",
        "queue_send",
        "queue_receive",
        "queue_subscribe",
        "queue_stats",
        "spawn",
        "exec_pty",
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
