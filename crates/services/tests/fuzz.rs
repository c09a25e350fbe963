//! The functions of `fuzz/` for a moment: the same inputs in every run, made of the documents that ship.

use abi::fuzzing::inputs;
use agentos_services::fuzzing::{fuzz_blueprint, fuzz_manifest};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// All files with this ending beneath a folder of the shipped apps, in the order of their names.
fn shipped(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let (mut folders, mut files) =
        (vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps").join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|extension| extension == ending) => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    assert!(!files.is_empty());
    files.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn any_bytes_are_a_manifest_or_refused_with_a_reason() {
    inputs(0x5eed, &shipped("process", "json"), 2_000).for_each(|input| fuzz_manifest(&input));
}

/// Every field that a `sandbox` has.
const SANDBOX: &str = r#"{
    "network": "filtered", "hosts": ["pypi.org:443", "!10.0.0.0/8"], "read": ["/home", "/opt"], "write": ["/home/projects"],
    "copy_on_write": ["/home/projects"], "memory_mb": 512, "pids": 64, "cpu_percent": 150, "disk_mb": 256,
    "profile": "standard", "required": true, "forward": [{"host": 8080, "program": 80}], "dns": ["9.9.9.9"]
}"#;

/// A manifest with this sandbox.
fn manifest(sandbox: &Value) -> Vec<u8> {
    let manifest = json!({
        "id": "fuzzed", "name": "Fuzzed", "type": "native_proc", "permissions": ["SPAWN_PROCESS"],
        "proc_manifest": {"executable": "sh", "args": ["-c", "true"], "sandbox": sandbox},
    });
    manifest.to_string().into_bytes()
}

#[test]
fn any_value_in_any_field_of_a_sandbox_is_one_or_refused_with_a_reason() {
    let whole: Value = serde_json::from_str(SANDBOX).unwrap();
    let fields: Vec<&String> = whole.as_object().unwrap().keys().collect();
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(0.5),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("none"),
        json!("nested"),
        json!("shared"),
        json!("private"),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null, 1, "x"]),
        json!(["/"]),
        json!(["/etc/shadow"]),
        json!(["/home/../etc"]),
        json!(["/root"]),
        json!(["/proc/1"]),
        json!(["home"]),
        json!(["/home/\u{0}"]),
        json!(["/home//./a/"]),
        json!(["/usr"]),
        json!(["/tmp"]),
        json!(["/mnt/x"]),
        json!(["/home/Apps"]),
        json!(["*"]),
        json!(["loopback"]),
        json!(["0.0.0.0/0"]),
        json!(["::1"]),
        json!([{"host": 0, "program": 80}]),
        json!([{"host": 80, "program": 65_536}]),
        json!([{"host": 1}]),
        json!(["x".repeat(100_000)]),
        json!(vec!["/home/a"; 1_000]),
        json!(vec![json!({"host": 1, "program": 1}); 1_000]),
    ];
    let mut corpus = vec![manifest(&whole)];
    for field in &fields {
        for value in &values {
            let mut with = whole.clone();
            with[field.as_str()] = value.clone();
            corpus.push(manifest(&with));
            corpus.push(manifest(&json!({field.as_str(): value})));
        }
    }
    // Two at a time, since some fields speak about others.
    for (first, second) in fields.iter().zip(fields.iter().skip(1)) {
        for value in &values {
            let mut with = whole.clone();
            (with[first.as_str()], with[second.as_str()]) = (value.clone(), value.clone());
            corpus.push(manifest(&with));
        }
    }
    corpus.iter().for_each(|input| fuzz_manifest(input));
    inputs(0xb0c5, &corpus, 4_000).for_each(|input| fuzz_manifest(&input));
}

#[test]
fn any_bytes_are_a_document_or_refused_with_a_reason() {
    inputs(0x5eed, &shipped("blueprint", "bp"), 400).for_each(|input| fuzz_blueprint(&input));
}
