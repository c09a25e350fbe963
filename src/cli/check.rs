//! `agentos check`: diagnostics of Blueprint files and process manifests, for people or as JSON.

use anyhow::Context;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// `.bp` files, manifests of process apps, or folders with such files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One JSON array of diagnostics.
    #[arg(long)]
    json: bool,
}

/// Files of a folder that are looked at, so that a wrong folder cannot take for ever.
const MAX_FILES: usize = 10_000;

pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    for path in &args.files {
        collect(path, 0, &mut files)?;
    }
    let mut errors = 0usize;
    let mut warnings = 0usize;
    let mut all = Vec::new();
    for file in &files {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(why) => {
                errors += 1;
                if args.json {
                    all.push(json!({"file": file.display().to_string(), "severity": "error", "code": "unreadable", "message": why.to_string()}));
                } else {
                    eprintln!("{}: {why}", file.display());
                }
                continue;
            }
        };
        let name = file.display().to_string();
        let diagnostics = match is_manifest(file, &bytes) {
            true => services::manifest::check(&bytes),
            false => blueprint::check(&bytes),
        };
        if !args.json && !diagnostics.is_empty() {
            eprintln!("{}", blueprint::render(&name, &bytes, &diagnostics));
        }
        for diagnostic in &diagnostics {
            if diagnostic.severity == blueprint::Severity::Error {
                errors += 1;
            } else {
                warnings += 1;
            }
            if args.json {
                let mut value = serde_json::to_value(diagnostic)?;
                if let Some(object) = value.as_object_mut() {
                    object.insert("file".into(), json!(name));
                }
                all.push(value);
            }
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!("{} checked: {errors} errors, {warnings} warnings", count(files.len(), "file"));
    }
    Ok(if errors > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Whether a file is meant as the manifest of a process app. One that was named may be called anything; its words are
/// looked for as text, since it may be no JSON.
fn is_manifest(file: &Path, bytes: &[u8]) -> bool {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("bp" | "aiapp") => false,
        _ if file.file_name().is_some_and(|name| name == "manifest.json") => true,
        _ => has(b"\"proc_manifest\"") || has(b"\"native_proc\"") || has(b"\"native_web\""),
    }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn collect(path: &Path, depth: usize, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        // What was named is looked at, whatever it is called; a missing file is reported there.
        into.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
    let mut names: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    names.sort();
    for entry in names {
        let is_app = entry.extension().is_some_and(|ext| ext == "bp" || ext == "aiapp")
            || entry.file_name().is_some_and(|name| name == "manifest.json");
        if entry.is_dir() && depth < 6 {
            collect(&entry, depth + 1, into)?;
        } else if is_app && into.len() < MAX_FILES {
            into.push(entry);
        }
    }
    Ok(())
}
