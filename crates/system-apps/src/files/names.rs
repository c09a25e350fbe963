//! Names and paths: how they are ordered, joined and taken apart.

use super::kind;
use crate::common::table::Sort;
use abi::table::{DirEntry, FileKind};
use std::cmp::Ordering;

/// Folders first; then by column: 0 name, 1 kind, 2 size, 3 time. Names are ordered before (stable sort).
pub(super) fn compare(a: &DirEntry, b: &DirEntry, sort: Sort) -> Ordering {
    let rank = |entry: &DirEntry| u8::from(entry.kind != FileKind::Directory);
    let by_column = match sort.column {
        1 => kind::look(a).1.cmp(kind::look(b).1),
        2 => a.size.cmp(&b.size),
        3 => a.modified_millis.cmp(&b.modified_millis),
        _ if sort.descending => natural_key(&a.name).cmp(&natural_key(&b.name)),
        _ => Ordering::Equal,
    };
    rank(a).cmp(&rank(b)).then(if sort.descending { by_column.reverse() } else { by_column })
}

/// Orders names without regard to case, and `a2` before `a10`.
pub(super) fn natural_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 8);
    let mut digits = String::new();
    let flush = |digits: &mut String, key: &mut String| {
        if !digits.is_empty() {
            let trimmed = digits.trim_start_matches('0');
            // The number of digits first orders numbers by size.
            key.push(char::from(b'0' + trimmed.len().min(9) as u8));
            key.push_str(trimmed);
            digits.clear();
        }
    };
    for ch in name.chars() {
        if ch.is_ascii_digit() {
            digits.push(ch);
        } else {
            flush(&mut digits, &mut key);
            key.extend(ch.to_lowercase());
        }
    }
    flush(&mut digits, &mut key);
    key
}

/// Absolute and without a slash at the end.
pub(super) fn normal(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "/".into(),
        path => path.to_owned(),
    }
}

/// The folder above; `None` for the root.
pub(super) fn parent(path: &str) -> Option<String> {
    match path.rsplit_once('/') {
        _ if path == "/" => None,
        Some(("", _)) => Some("/".into()),
        Some((parent, _)) => Some(parent.to_owned()),
        None => None,
    }
}

/// The last name of a path.
pub(super) fn last_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A name inside a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder == "/" { format!("/{name}") } else { format!("{folder}/{name}") }
}
