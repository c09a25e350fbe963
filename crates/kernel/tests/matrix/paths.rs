//! Rights about paths: what is named, and what was opened.

use super::{
    cell::{Allowed, Answer, Denied, Matrix, PATH_VERBS, all_but, capability, run},
    scene::{call, prepare},
};
use abi::{
    Call, Capability, Syscalls,
    table::{ROWS, Row},
};
use agentos_kernel::{Caller, testing::kernel};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Calls that change what lies at a path they name, written out, so that a new one is noticed.
const DESTRUCTIVE: [&str; 21] = [
    "write",
    "create",
    "delete",
    "move",
    "copy",
    "mkdir",
    "rmdir",
    "truncate",
    "open",
    "mmap",
    "symlink",
    "link",
    "chmod",
    "set_times",
    "fsync",
    "mount",
    "unmount",
    "trash",
    "trash_restore",
    "trash_empty",
    "stream_open_write",
];

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
pub(crate) fn path_needs(row: &'static Row) -> Vec<(&'static str, &'static str)> {
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
    let derived: BTreeSet<&str> = ROWS.iter().filter(|row| row.changes_paths()).map(|row| row.name).collect();
    assert_eq!(derived, BTreeSet::from(DESTRUCTIVE));
}

/// A call that takes several paths: each of them needs the right.
#[test]
fn every_folder_of_a_run_needs_both_rights() {
    let mut matrix = Matrix::default();
    let row = Row::by_name("begin_run").unwrap();
    for verb in ["ReadFile", "WriteFile"] {
        for at in 0..path_forms("/home/x/folder").len() {
            let kernel = kernel();
            let trusted = kernel.trusted();
            for folder in ["/home/x/folder", "/home/y"] {
                run(&trusted, &json!({"call": "mkdir", "path": folder, "parents": true})).unwrap();
            }
            let (form, given, taken, expected) = path_forms("/home/x/folder").swap_remove(at);
            let mut rights = all_but(verb);
            rights.extend(given.iter().map(|scope| capability(verb, scope)));
            rights.push(capability(verb, "/home/y"));
            let app = kernel.process(rights);
            for scope in taken {
                kernel.revoke(app.pid(), &capability(verb, &scope)).unwrap();
            }
            // After "deny all" the other folder is denied, too.
            let folders = if form == "deny all" {
                json!(["/home/x/folder"])
            } else {
                json!(["/home/y", "/home/x/folder"])
            };
            let result = run(&app, &json!({"call": "begin_run", "folders": folders}));
            assert!(expected == Denied || result.is_ok(), "{form}: {result:?}");
            matrix.cell(row, verb, form, expected, result);
        }
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
