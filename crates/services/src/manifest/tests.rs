//! Manifests as people write them, and what they are told.

use super::*;
use abi::{
    PathScope,
    table::{NetworkMode, PortForward, SandboxProfile},
};
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
    assert_eq!((program.sandbox.network, program.sandbox.memory_mb), (NetworkMode::None, Some(1024)));
}

#[test]
fn the_whole_sandbox_is_read_and_rests_on_rights() {
    let sandbox = r#"{"hosts": ["pypi.org:443", "!evil.example"], "read": ["/usr/", "/opt//tool"],
      "write": ["/home/projects", "/tmp"], "copy_on_write": ["/home/projects/lib"], "runs_later": ["package.json", ".git/hooks/**"], "memory_mb": 64, "pids": 8,
      "cpu_percent": 50, "disk_mb": 10, "profile": "nested", "required": true,
      "forward": [{"host": 8080, "program": 80}], "dns": ["9.9.9.9"]}"#;
    let from = GOOD.find("{\"network\"").unwrap();
    let source = format!("{}{sandbox}}}}}", &GOOD[..from]);
    assert_eq!(findings(&source), [] as [&str; 0]);
    let manifest = parse(source.as_bytes()).manifest.unwrap();
    let rules = &manifest.proc_manifest.sandbox;
    assert_eq!(rules.network, NetworkMode::Filtered, "rules about hosts mean that it is filtered");
    assert_eq!(rules.read, ["/usr", "/opt/tool"], "in normal form");
    let argument = rules.as_argument();
    assert_eq!((argument.memory_bytes, argument.disk_bytes), (Some(64 << 20), Some(10 << 20)));
    assert_eq!(argument.runs_later, ["package.json", ".git/hooks/**"]);
    assert_eq!((argument.profile, argument.required), (SandboxProfile::Nested, true));
    assert_eq!(argument.forward, [PortForward { host: 8080, program: 80 }]);
    let all = manifest.capabilities();
    let scope = |path: &str| PathScope(path.into());
    for needed in [
        Capability::SpawnProcess(vec!["python3".into()]),
        Capability::ReadFile(scope("/opt/tool")),
        Capability::WriteFile(scope("/home/projects")),
        Capability::ReadFile(scope("/home/projects/lib")),
        Capability::NestedSandbox,
        Capability::NetworkAccess(vec!["pypi.org:443".into(), "!evil.example".into()]),
        Capability::BindPort(8080),
    ] {
        assert!(all.contains(&needed), "{needed:?}");
    }
    for own in ["/tmp", "/home", "/home/projects/lib"] {
        assert!(
            !all.contains(&Capability::WriteFile(scope(own))),
            "{own}: nothing has to be given to change it"
        );
    }
}

#[test]
fn rules_that_mean_nothing_are_told_and_stop_nothing() {
    let source =
        GOOD.replace("\"pids\": 128", "\"hosts\": [\"a.com\"], \"forward\": [{\"host\": 1, \"program\": 2}]");
    assert_eq!(
        findings(&source),
        ["7: unused /proc_manifest/sandbox/hosts", "7: unused /proc_manifest/sandbox/forward"]
    );
    assert!(parse(source.as_bytes()).manifest.is_some());
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
        ("PYTHONUNBUFFERED", "A-B", "6: bad-variable /proc_manifest/env/A-B"),
        ("PYTHONUNBUFFERED", "LD_PRELOAD", "6: bad-variable /proc_manifest/env/LD_PRELOAD"),
        ("\"icon\"", "\"name\": \"Other\", \"icon\"", "2: duplicate-key "),
        ("\"/lib\"", "\"/lib/../etc\"", "7: bad-path /proc_manifest/sandbox/read"),
        ("128", "-1", "7: wrong-type /proc_manifest/sandbox/pids"),
        ("1024", "99999999999", "7: too-large-number /proc_manifest/sandbox/memory_mb"),
        ("\"none\"", "\"open\"", "7: unknown-value /proc_manifest/sandbox/network"),
        ("\"/lib\"", "\"/etc/shadow\"", "7: refused-path /proc_manifest/sandbox/read"),
        ("\"/lib\"", "\"/run/docker.sock\"", "7: refused-path /proc_manifest/sandbox/read"),
        ("\"/home/projects\"", "\"/usr/local\"", "7: not-writable /proc_manifest/sandbox/write"),
        ("\"/home/projects\"", "\"/\"", "7: not-writable /proc_manifest/sandbox/write"),
        ("1024", "3", "7: too-small-number /proc_manifest/sandbox/memory_mb"),
        ("\"none\"", "\"filtered\", \"hosts\": [\"a b\"]", "7: bad-host /proc_manifest/sandbox/hosts/0"),
        ("\"pids\": 128", "\"dns\": [\"dns.example\"]", "7: bad-address /proc_manifest/sandbox/dns"),
        ("\"pids\": 128", "\"forward\": [80]", "7: wrong-type /proc_manifest/sandbox/forward"),
        (
            "\"pids\": 128",
            "\"forward\": [{\"host\": 0, \"program\": 1}]",
            "7: wrong-type /proc_manifest/sandbox/forward",
        ),
        ("\"pids\": 128", "\"required\": \"yes\"", "7: wrong-type /proc_manifest/sandbox/required"),
        ("\"pids\": 128", "\"profile\": \"open\"", "7: unknown-value /proc_manifest/sandbox/profile"),
        (
            "\"pids\": 128",
            "\"runs_later\": [\"Makefile\"]",
            "7: unknown-place /proc_manifest/sandbox/runs_later",
        ),
        (
            "\"pids\": 128",
            "\"copy_on_write\": [\"/tmp\"]",
            "7: not-writable /proc_manifest/sandbox/copy_on_write",
        ),
    ] {
        let source = GOOD.replace(from, to);
        assert_ne!(source, GOOD, "{from}");
        assert_eq!(findings(&source), [expected], "{from} → {to}");
        assert!(check(source.as_bytes()).iter().all(|it| it.hint.is_some()), "{from} → {to}: what to do");
        assert!(parse(source.as_bytes()).manifest.is_none());
    }
}

#[test]
fn each_rule_about_hosts_is_read_as_the_kernel_reads_it() {
    let hosts = r#""none", "hosts": ["a.com", "*.*.com", "x:99999", "10.0.0.0/99", "https://a.com", ""]"#;
    let found = findings(&GOOD.replace("\"none\"", &hosts.replace("\"none\"", "\"filtered\"")));
    let expected: Vec<String> =
        (1..6).map(|index| format!("7: bad-host /proc_manifest/sandbox/hosts/{index}")).collect();
    assert_eq!(found, expected);
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
    assert_eq!(ids, ["git", "node", "python", "system-log", "terminal", "untrusted-script"]);
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
