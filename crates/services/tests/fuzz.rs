//! The functions of `fuzz/` for a moment: the same inputs in every run, made of the documents that ship.

use abi::fuzzing::inputs;
use agentos_services::fuzzing::{fuzz_blueprint, fuzz_manifest};
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

#[test]
fn any_bytes_are_a_document_or_refused_with_a_reason() {
    inputs(0x5eed, &shipped("blueprint", "bp"), 400).for_each(|input| fuzz_blueprint(&input));
}
