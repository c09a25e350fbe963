//! Manifests as people write them, and what they are told.

use super::*;
use abi::PathScope;
use blueprint::Severity;

const GOOD: &str = r#"{
  "id": "python-runner", "name": "Python", "type": "native_proc", "icon": "🐍", "category": "developer",
  "version": "1.0.0", "description": "Interactive Python", "permissions": ["SPAWN_PROCESS", "READ_FILE"],
  "proc_manifest": {
    "executable": "python3", "args": ["-i"], "working_dir": "/home", "ui_type": "terminal",
    "env": {"PYTHONUNBUFFERED": "1"},
    "sandbox": {"network": "none", "read": ["/usr", "/lib"], "write": ["/home/projects"], "memory_mb": 1024, "pids": 128, "cpu_percent": 100}
  }
}"#;

/// Findings as `line: code pointer`.
fn findings(source: &str) -> Vec<String> {
    let found = check(source.as_bytes());
    found.iter().map(|it| format!("{}: {} {}", it.line, it.code, it.pointer)).collect()
}

#[test]
fn the_example_of_the_specification_is_read_whole() {
    let parsed = parse(GOOD.as_bytes());
    assert_eq!(parsed.diagnostics, []);
    let manifest = parsed.manifest.unwrap();
    let scope = |path: &str| PathScope(path.into());
    assert_eq!(
        manifest.permissions,
        [
            Capability::SpawnProcess(vec!["python3".into()]),
            Capability::ReadFile(scope("/usr")),
            Capability::ReadFile(scope("/lib")),
            Capability::ReadFile(scope("/home/projects")),
        ]
    );
    let program = manifest.proc_manifest;
    assert_eq!(
        (program.executable.as_str(), program.args, program.ui_type),
        ("python3", vec!["-i".into()], UiType::Terminal)
    );
    assert_eq!(program.env["PYTHONUNBUFFERED"], "1");
    assert_eq!((program.sandbox.network, program.sandbox.memory_mb), (Network::None, Some(1024)));
}

#[test]
fn unknown_fields_are_kept_and_reported() {
    let source = GOOD.replace("\"ui_type\"", "\"colour\": 7, \"uiType\"").replace("\"read\"", "\"raed\"");
    let parsed = parse(source.as_bytes());
    let manifest = parsed.manifest.expect("still usable");
    assert_eq!(manifest.unknown["/proc_manifest/colour"], 7);
    assert_eq!(
        findings(&source),
        [
            "5: unknown-field /proc_manifest/colour",
            "5: unknown-field /proc_manifest/uiType",
            "7: unknown-field /proc_manifest/sandbox/raed"
        ]
    );
    let hints: Vec<_> = parsed.diagnostics.iter().map(|it| it.hint.as_deref()).collect();
    assert_eq!(hints[1], Some("did you mean \"ui_type\"?"));
}

#[test]
fn each_fault_is_told_with_its_line() {
    for (from, to, expected) in [
        ("\"python-runner\"", "\"Python Runner\"", "2: bad-id /id"),
        ("\"name\": \"Python\",", "", "1: missing /name"),
        ("\"Python\"", "7", "2: wrong-type /name"),
        ("\"native_proc\"", "\"native_web\"", "2: unknown-value /type"),
        ("READ_FILE", "READ_FILES", "3: unknown-permission /permissions/1"),
        ("READ_FILE", "MOUNT", "3: unknown-permission /permissions/1"),
        ("\"python3\"", "\"python3 -i\"", "5: bad-executable /proc_manifest/executable"),
        ("\"python3\"", "\"$HOME/x\"", "5: bad-executable /proc_manifest/executable"),
        ("\"python3\"", "\"bin/x\"", "5: bad-executable /proc_manifest/executable"),
        ("\"python3\"", "\"\"", "5: empty /proc_manifest/executable"),
        ("[\"-i\"]", "\"-i\"", "5: wrong-type /proc_manifest/args"),
        ("\"/home\"", "\"home\"", "5: bad-path /proc_manifest/working_dir"),
        ("\"terminal\"", "\"window\"", "5: unknown-value /proc_manifest/ui_type"),
        ("PYTHONUNBUFFERED", "A-B", "6: bad-variable /proc_manifest/env"),
        ("\"/lib\"", "\"/lib/../etc\"", "7: bad-path /proc_manifest/sandbox/read"),
        ("128", "-1", "7: wrong-type /proc_manifest/sandbox/pids"),
    ] {
        let source = GOOD.replace(from, to);
        assert_ne!(source, GOOD, "{from}");
        assert_eq!(findings(&source), [expected], "{from} → {to}");
        assert!(parse(source.as_bytes()).manifest.is_none());
    }
}

#[test]
fn what_is_no_manifest_is_said_once() {
    assert_eq!(findings("{\n  \"id\": \"x\",\n}"), ["3: not-json "]);
    assert_eq!(findings(""), ["1: not-json "]);
    assert_eq!(findings("[]")[0], "1: wrong-type ");
    assert_eq!(check(b"{\n\xff}")[0].code, "not-text");
    assert_eq!(check(&vec![b' '; 300 * 1024])[0].code, "too-large");
    assert_eq!(
        findings("{\"id\":\"a\",\"name\":\"A\",\"type\":\"native_proc\"}"),
        ["1: missing /proc_manifest"]
    );
}

#[test]
fn what_ships_has_nothing_to_report() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/process");
    let mut ids = Vec::new();
    for app in std::fs::read_dir(folder).unwrap() {
        let app = app.unwrap();
        let path = app.path().join("manifest.json");
        let parsed = parse(&std::fs::read(&path).unwrap());
        assert_eq!(parsed.diagnostics, [], "{}", path.display());
        let id = parsed.manifest.unwrap().id;
        assert_eq!(id, app.file_name().to_str().unwrap(), "the folder is named after the app");
        ids.push(id);
    }
    ids.sort();
    assert_eq!(ids, ["git", "node", "python", "system-log", "terminal"]);
}

#[test]
fn damaged_manifests_never_panic() {
    for cut in 0..GOOD.len() {
        let _ = check(&GOOD.as_bytes()[..cut]);
        let mut changed = GOOD.as_bytes().to_vec();
        changed[cut] = b'"';
        let errors = check(&changed);
        assert!(errors.iter().all(|it| it.line >= 1 && it.column >= 1 && it.severity <= Severity::Error));
    }
}
