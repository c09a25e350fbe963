//! The command line as people meet it: words, exit codes, and pages that must not go stale.

use std::{path::Path, process::Command};

fn agentos() -> Command {
    Command::new(env!("CARGO_BIN_EXE_agentos"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_of_system_calls_is_fresh() {
    let page = std::fs::read_to_string(root().join("docs/syscalls.md")).unwrap();
    assert!(
        page == abi::table::markdown(),
        "docs/syscalls.md is stale; make it anew: agentos syscalls --markdown > docs/syscalls.md"
    );
}

#[test]
fn the_pages_of_components_and_tools_are_fresh() {
    for (page, made) in [
        ("docs/components.md", blueprint::components_markdown()),
        ("docs/tools.md", blueprint::tools_markdown()),
    ] {
        let there = std::fs::read_to_string(root().join(page)).unwrap();
        assert!(
            there == made,
            "{page} is stale; make it anew: agentos components (or tools) --markdown > {page}"
        );
    }
}

#[test]
fn syscalls_prints_a_list_markdown_and_json() {
    let list = agentos().arg("syscalls").output().unwrap();
    assert!(String::from_utf8_lossy(&list.stdout).contains("read"));
    let json = agentos().args(["syscalls", "--json"]).output().unwrap();
    let rows: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let rows = rows.as_array().or_else(|| rows["syscalls"].as_array()).expect("an array of rows");
    assert_eq!(rows.len(), abi::table::ROWS.len());
}

#[test]
fn check_passes_what_ships_and_fails_what_is_broken() {
    let shipped = agentos().arg("check").arg(root().join("apps")).output().unwrap();
    assert!(shipped.status.success(), "{}", String::from_utf8_lossy(&shipped.stderr));

    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.bp");
    std::fs::write(
        &broken,
        "{\n  \"app\": {\"id\": \"x\", \"name\": \"X\"},\n  \"ui\": {\"components\": [\n    {\"type\": \"buton\", \"id\": \"b\"}\n  ]}\n}\n",
    )
    .unwrap();
    let output = agentos().arg("check").arg(&broken).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("broken.bp:4") && said.contains("button"), "line and hint are said: {said}");

    let json = agentos().args(["check", "--json"]).arg(&broken).output().unwrap();
    assert_eq!(json.status.code(), Some(1));
    let findings: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(findings[0]["line"], 4);
    assert!(findings[0]["hint"].is_string() && findings[0]["column"].is_u64());

    let missing = agentos().arg("check").arg(folder.path().join("nothing.bp")).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));

    let manifest = folder.path().join("any-name.json");
    let text = r#"{"id": "x", "name": "X", "type": "native_proc", "proc_manifest": {"executable": "sh", "args": 1}}"#;
    std::fs::write(&manifest, text).unwrap();
    let output = agentos().arg("check").arg(&manifest).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("any-name.json:1") && said.contains("\"args\" must be a list of texts"), "{said}");
}

#[test]
fn wrong_words_are_plain_errors() {
    for args in
        [vec!["fly"], vec!["shot"], vec!["drive", "/no/such/file"], vec!["shot", "x.png", "--size", "huge"]]
    {
        let output = agentos().args(&args).output().unwrap();
        assert!(!output.status.success(), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?} says why");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{args:?}");
    }
}
