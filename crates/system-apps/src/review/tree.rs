//! Changes as a tree: the folders of the run, the folders on the way, and the changes in them.

use abi::table::RunChange;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Folders around it.
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) path: String,
    /// The change that it is, by its place; folders that only lead to one are none.
    pub(super) change: Option<usize>,
}

/// The rows of changes that are ordered by path.
pub(super) fn rows<'a>(folders: impl Iterator<Item = &'a str>, changes: &[RunChange]) -> Vec<Row> {
    let mut rows = Vec::new();
    for folder in folders {
        // Folders that are open at this point, by their paths.
        let mut open: Vec<String> = Vec::new();
        let mut inside: Vec<(usize, &RunChange)> =
            changes.iter().enumerate().filter(|(_, change)| is_beneath(&change.path, folder)).collect();
        if inside.is_empty() {
            continue;
        }
        // Names in their order, level by level: `a/b` comes right behind `a`, before `a-b`.
        inside.sort_by(|(_, a), (_, b)| a.path.split('/').cmp(b.path.split('/')));
        rows.push(Row { depth: 0, name: folder.to_owned(), path: folder.to_owned(), change: None });
        for (index, change) in inside {
            while open.last().is_some_and(|last| !is_beneath(&change.path, last)) {
                open.pop();
            }
            let base = open.last().map_or(folder, String::as_str).to_owned();
            let rest = &change.path[base.len()..];
            let names: Vec<&str> = rest.split('/').filter(|name| !name.is_empty()).collect();
            let Some((name, way)) = names.split_last() else { continue };
            let mut path = base;
            for step in way {
                path = format!("{path}/{step}");
                rows.push(Row {
                    depth: open.len() + 1,
                    name: (*step).to_owned(),
                    path: path.clone(),
                    change: None,
                });
                open.push(path.clone());
            }
            let depth = open.len() + 1;
            rows.push(Row {
                depth,
                name: (*name).to_owned(),
                path: change.path.clone(),
                change: Some(index),
            });
            open.push(change.path.clone());
        }
    }
    rows
}

fn is_beneath(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::table::{FileKind, RunChangeKind, RunVerdict};

    fn change(path: &str) -> RunChange {
        RunChange {
            path: path.into(),
            kind: RunChangeKind::Added,
            what: FileKind::File,
            was: None,
            size: 0,
            size_before: 0,
            mode: 0o644,
            mode_before: 0,
            link: None,
            renamed_from: None,
            runs_later: None,
            verdict: RunVerdict::Due,
            why: String::new(),
        }
    }

    #[test]
    fn a_tree_has_the_folders_on_the_way() {
        let changes = ["/p/a-b", "/p/a/b/c", "/p/a/d", "/p/z", "/q/x"].map(change);
        let shown: Vec<String> = rows(["/p", "/q", "/r"].into_iter(), &changes)
            .iter()
            .map(|row| {
                format!(
                    "{}{}{}",
                    "  ".repeat(row.depth),
                    row.name,
                    if row.change.is_some() { " *" } else { "" }
                )
            })
            .collect();
        assert_eq!(shown, ["/p", "  a", "    b", "      c *", "    d *", "  a-b *", "  z *", "/q", "  x *"]);
    }

    #[test]
    fn a_folder_that_changed_is_the_parent_of_what_is_in_it() {
        let changes = ["/p/new", "/p/new/a", "/p/new/b"].map(change);
        let depths: Vec<usize> = rows(["/p"].into_iter(), &changes).iter().map(|row| row.depth).collect();
        assert_eq!(depths, [0, 1, 2, 2]);
    }
}
