//! Files that run later by themselves, inside of what is given for writing: those that are there are only read.
//!
//! The host holds that by a second mount over each ([`abi::later`] says which). The folders of a place that lie within
//! what was given are mounted over themselves, so that none can be moved away for another in its place. What is made
//! anew is not kept from being made; it is told ([`touched`](crate::touched)).
//!
//! Not looked at: folders whose changes are kept apart, since somebody reviews those; what programs put into folders of
//! their own by the thousand ([`SKIPPED`]); more than [`MAX_LOOKED`] names, and then that is said. A place that is named by
//! its own path in `write` was asked for.

use abi::later::{EVERYTHING, held_place};
use sandbox::{Access, Bind};
use std::{
    collections::{HashSet, VecDeque},
    fs,
    path::{Path, PathBuf},
};

/// Names that are looked at for one program, those that lie higher first.
const MAX_LOOKED: usize = 10_000;
/// Folders within each other that are looked into.
const MAX_DEPTH: usize = 8;
/// Places that are held for one program, with the folders that they take; a sandbox has room for 256 in all.
const MOST_HELD: usize = 120;
/// Where others put what they have made, and take it away again.
const SKIPPED: [&str; 9] =
    ["node_modules", "target", "__pycache__", "site-packages", ".venv", "venv", ".tox", ".cache", "objects"];

/// What came of looking.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// What is only read, as the program sees it.
    pub(super) only_read: Vec<String>,
    /// What is not held, in sentences.
    pub(super) notes: Vec<String>,
}

/// Adds what has to lie over the binds. `apart` are folders whose changes are kept apart, `allowed` are places that may
/// be changed.
pub(super) fn keep(binds: &mut Vec<Bind>, apart: &[String], allowed: &[String]) -> Kept {
    if allowed.iter().any(|place| place == EVERYTHING) {
        return Kept::default();
    }
    let is_apart = |bind: &Bind| apart.iter().any(|folder| bind.inside.starts_with(folder));
    let roots = binds.iter().filter(|bind| bind.access == Access::Write && bind.layers.is_none());
    let roots: Vec<Bind> = roots.filter(|bind| !is_apart(bind)).cloned().collect();
    let mut look = Look {
        allowed,
        taken: binds.iter().map(|bind| bind.inside.clone()).collect(),
        left: MAX_LOOKED,
        found: Vec::new(),
        kept: Kept::default(),
    };
    for root in &roots {
        if !look.through(root) {
            break;
        }
    }
    binds.append(&mut look.found);
    look.kept
}

struct Look<'a> {
    allowed: &'a [String],
    /// Places that have a bind of their own.
    taken: HashSet<PathBuf>,
    left: usize,
    found: Vec<Bind>,
    kept: Kept,
}

impl Look<'_> {
    /// Whether there is room to go on.
    fn through(&mut self, root: &Bind) -> bool {
        let mut folders = VecDeque::from([(root.host.clone(), root.inside.clone(), 0)]);
        while let Some((host, inside, depth)) = folders.pop_front() {
            // What is a file, or cannot be listed, holds nothing.
            for entry in fs::read_dir(&host).into_iter().flatten().flatten() {
                if self.left == 0 {
                    self.kept.notes.push(format!(
                        "{} holds more than was looked at ({MAX_LOOKED} names): not every file that runs later is held.",
                        root.inside.display()
                    ));
                    return false;
                }
                self.left -= 1;
                let name = entry.file_name();
                let inside = inside.join(&name);
                let (Some(text), Ok(kind)) = (inside.to_str(), entry.file_type()) else { continue };
                if self.taken.contains(&inside) {
                    continue;
                }
                let held =
                    held_place(text).filter(|(place, _)| !self.allowed.iter().any(|one| one == place.at));
                let Some((_, names)) = held else {
                    let is_skipped = SKIPPED.iter().any(|skipped| *skipped == name);
                    if kind.is_dir() && depth < MAX_DEPTH && !is_skipped {
                        folders.push_back((entry.path(), inside, depth + 1));
                    }
                    continue;
                };
                if kind.is_symlink() {
                    self.kept.notes.push(format!("{text} runs later and is a link: it is not held."));
                } else if !self.hold(root, &entry.path(), &inside, names) {
                    return false;
                }
            }
        }
        true
    }

    /// Lays it over itself to be read, and the folders of its place that were given over themselves as they are.
    fn hold(&mut self, root: &Bind, host: &Path, inside: &Path, names: usize) -> bool {
        if self.found.len() + names > MOST_HELD {
            let note = format!("{} holds more files that run later than can be held.", root.inside.display());
            self.kept.notes.push(note);
            return false;
        }
        let above = inside.ancestors().zip(host.ancestors()).skip(1).take(names - 1);
        for (inside, host) in
            above.filter(|(inside, _)| inside.starts_with(&root.inside) && *inside != root.inside)
        {
            if self.taken.insert(inside.to_owned()) {
                self.found.push(Bind::write(host, inside));
            }
        }
        self.taken.insert(inside.to_owned());
        self.found.push(Bind::read(host, inside));
        self.kept.only_read.push(inside.display().to_string());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(folder: &Path, inside: &str, allowed: &[&str]) -> (Vec<Bind>, Kept) {
        let mut binds = vec![Bind::write(folder, inside)];
        let allowed: Vec<String> = allowed.iter().map(|&place| place.to_owned()).collect();
        let kept = keep(&mut binds, &[], &allowed);
        (binds, kept)
    }

    fn shown(kept: &Kept) -> Vec<&str> {
        let mut all: Vec<&str> = kept.only_read.iter().map(String::as_str).collect();
        all.sort_unstable();
        all
    }

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for inner in [".git/hooks", ".git/objects", "node_modules/x", "src"] {
            fs::create_dir_all(folder.path().join(inner)).unwrap();
        }
        for file in [
            ".git/hooks/pre-commit",
            ".git/config",
            ".envrc",
            "package.json",
            "node_modules/x/package.json",
            "Makefile",
        ] {
            fs::write(folder.path().join(file), "x").unwrap();
        }
        folder
    }

    #[test]
    fn what_is_there_is_read_and_cannot_be_moved_away() {
        let folder = project();
        let (binds, kept) = look(folder.path(), "/home/p", &[]);
        let all = ["/home/p/.envrc", "/home/p/.git/config", "/home/p/.git/hooks", "/home/p/package.json"];
        assert_eq!((shown(&kept), kept.notes.len()), (all.to_vec(), 0));
        assert!(binds.contains(&Bind::write(folder.path().join(".git"), "/home/p/.git")), "{binds:?}");
        assert!(binds.contains(&Bind::read(folder.path().join(".git/hooks"), "/home/p/.git/hooks")));
        assert_eq!(binds.len(), 1 + 4 + 1);
        // A folder that is a part of a place itself.
        let (_, kept) = look(&folder.path().join(".git"), "/home/p/.git", &[]);
        assert_eq!(shown(&kept), ["/home/p/.git/config", "/home/p/.git/hooks"]);
    }

    #[test]
    fn what_was_asked_for_is_not_held() {
        let folder = project();
        let (_, kept) = look(folder.path(), "/home/p", &["package.json", ".git/hooks/**"]);
        assert_eq!(shown(&kept), ["/home/p/.envrc", "/home/p/.git/config"]);
        let (binds, kept) = look(folder.path(), "/home/p", &["*"]);
        assert_eq!((binds.len(), shown(&kept)), (1, Vec::new()));
        let mut binds = vec![
            Bind::write(folder.path(), "/home/p"),
            Bind::write(folder.path().join("package.json"), "/home/p/package.json"),
        ];
        let kept = keep(&mut binds, &[], &[]);
        assert!(!shown(&kept).contains(&"/home/p/package.json"), "by its own path it was asked for");
        let mut binds = vec![Bind::write(folder.path(), "/home/p")];
        assert!(shown(&keep(&mut binds, &["/home/p".into()], &[])).is_empty(), "changes there are reviewed");
    }

    #[test]
    fn links_and_too_much_are_said() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("elsewhere", folder.path().join(".envrc")).unwrap();
        let (binds, kept) = look(folder.path(), "/home/p", &[]);
        assert_eq!((binds.len(), kept.notes.len()), (1, 1));
        for number in 0..MOST_HELD + 5 {
            fs::create_dir(folder.path().join(number.to_string())).unwrap();
            fs::write(folder.path().join(format!("{number}/package.json")), "{}").unwrap();
        }
        let (binds, kept) = look(folder.path(), "/home/p", &[]);
        assert_eq!(binds.len(), 1 + MOST_HELD);
        assert!(kept.notes.iter().any(|note| note.contains("can be held")), "{:?}", kept.notes);
    }
}
