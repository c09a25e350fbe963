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

/// Whether `path` is `folder` or lies in it.
pub(super) fn is_at_or_beneath(path: &str, folder: &str) -> bool {
    path == folder || is_beneath(path, folder)
}

/// Whether `path` lies in `folder`, at any depth.
pub(super) fn is_beneath(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| folder == "/" || rest.starts_with('/'))
}

/// What is wrong with a name, in words for people.
pub(super) fn wrong(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("A name has at least one character."),
        "." | ".." => Some("“.” and “..” mean this folder and the one above."),
        name if name.contains('/') => Some("A name has no slash: it separates folders."),
        name if name.contains('\0') => Some("A name has no zero byte."),
        name if name.len() > 255 => Some("A name has at most 255 bytes."),
        _ => None,
    }
}

/// Another name for the same thing: `a 2.txt` for the second try. A folder's name has no extension.
pub(super) fn numbered(path: &str, number: u32, folder: bool) -> String {
    let name = last_name(path);
    let dot = match name.rfind('.') {
        Some(at) if at > 0 && !folder => at,
        _ => name.len(),
    };
    let (stem, extension) = name.split_at(dot);
    let at = path.len() - name.len();
    format!("{}{stem} {number}{extension}", &path[..at])
}

/// A folder as people call it.
pub(super) fn place(folder: &str) -> &str {
    match folder {
        "/home" => "Home",
        "/" => "Computer",
        other => last_name(other),
    }
}

/// A name inside a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder == "/" { format!("/{name}") } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_keeps_the_extension() {
        assert_eq!(numbered("/home/a.tar.gz", 2, false), "/home/a.tar 2.gz");
        assert_eq!(numbered("/home/v1.0", 3, true), "/home/v1.0 3");
        assert_eq!(numbered("/.profile", 2, false), "/.profile 2");
        assert_eq!(numbered("/home/a/b", 2, false), "/home/a/b 2");
    }

    #[test]
    fn a_folder_holds_what_is_in_it_and_not_what_begins_alike() {
        assert!(is_beneath("/home/a/b", "/home/a") && is_beneath("/home", "/"));
        assert!(!is_beneath("/home/ab", "/home/a") && !is_beneath("/home/a", "/home/a"));
        assert!(is_at_or_beneath("/home/a", "/home/a"));
    }

    #[test]
    fn wrong_names_are_said() {
        let long = "x".repeat(256);
        for name in ["", ".", "..", "a/b", "a\0", &long] {
            assert!(wrong(name).is_some(), "{name:?}");
        }
        assert_eq!(wrong("…  ä.txt"), None);
    }
}
