//! Random operations on every backend, each answer judged by a map from paths to what lies there.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) enum Op {
    Put(VPath, Vec<u8>),
    WriteAt(VPath, u64, Vec<u8>),
    Append(VPath, Vec<u8>),
    SetLen(VPath, u64),
    Read(VPath),
    CreateNew(VPath),
    MakeDir(VPath),
    RemoveFile(VPath),
    RemoveDir(VPath),
    Rename(VPath, VPath, Existing),
    Symlink(VPath),
    Link(VPath, VPath),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Node {
    Directory,
    /// Number of the link, shared by hard links to it.
    Link(usize),
    /// Index of the content, shared by hard links.
    File(usize),
}

#[derive(Default)]
pub(super) struct Model {
    nodes: BTreeMap<VPath, Node>,
    contents: Vec<Vec<u8>>,
    links: usize,
}

pub(super) type Answer = Result<Vec<u8>, Errno>;

impl Model {
    fn at(&self, at: &VPath) -> Option<Node> {
        if at.is_root() { Some(Node::Directory) } else { self.nodes.get(at).copied() }
    }

    /// Whether the way to the folder that the path lies in is one of folders only.
    fn walk(&self, at: &VPath) -> Result<(), Errno> {
        let Some(parent) = at.parent() else { return Ok(()) };
        self.walk(&parent)?;
        match self.at(&parent) {
            Some(Node::Directory) => Ok(()),
            Some(Node::Link(_)) => Err(Errno::ELOOP),
            Some(Node::File(_)) => Err(Errno::ENOTDIR),
            None => Err(Errno::ENOENT),
        }
    }

    /// What lies there, as a call without special cases sees it.
    fn file(&self, at: &VPath) -> Result<Option<usize>, Errno> {
        self.walk(at)?;
        match self.at(at) {
            None => Ok(None),
            Some(Node::File(index)) => Ok(Some(index)),
            Some(Node::Directory) => Err(Errno::EISDIR),
            Some(Node::Link(_)) => Err(Errno::ELOOP),
        }
    }

    fn new_file(&mut self, at: &VPath, content: Vec<u8>) {
        self.contents.push(content);
        self.nodes.insert(at.clone(), Node::File(self.contents.len() - 1));
    }

    fn is_empty(&self, folder: &VPath) -> bool {
        !self.nodes.keys().any(|at| at.is_beneath(folder))
    }

    fn must_be_free(&self, at: &VPath) -> Result<(), Errno> {
        self.walk(at)?;
        if self.at(at).is_some() { Err(Errno::EEXIST) } else { Ok(()) }
    }

    pub(super) fn apply(&mut self, op: &Op) -> Answer {
        match op {
            Op::Put(at, content) => {
                self.file(at)?;
                self.new_file(at, content.clone());
            }
            Op::WriteAt(at, offset, data) => {
                let index = self.file(at)?.ok_or(Errno::ENOENT)?;
                let content = &mut self.contents[index];
                let (start, end) = (*offset as usize, *offset as usize + data.len());
                if !data.is_empty() {
                    content.resize(content.len().max(end), 0);
                    content[start..end].copy_from_slice(data);
                }
            }
            Op::Append(at, data) => match self.file(at)? {
                Some(index) => self.contents[index].extend(data),
                None => self.new_file(at, data.clone()),
            },
            Op::SetLen(at, len_bytes) => {
                let index = self.file(at)?.ok_or(Errno::ENOENT)?;
                self.contents[index].resize(*len_bytes as usize, 0);
            }
            Op::Read(at) => {
                let index = self.file(at)?.ok_or(Errno::ENOENT)?;
                return Ok(self.contents[index].clone());
            }
            Op::CreateNew(at) => {
                self.must_be_free(at)?;
                self.new_file(at, Vec::new());
            }
            Op::MakeDir(at) => {
                self.must_be_free(at)?;
                self.nodes.insert(at.clone(), Node::Directory);
            }
            Op::Symlink(at) => {
                self.must_be_free(at)?;
                self.links += 1;
                self.nodes.insert(at.clone(), Node::Link(self.links));
            }
            Op::RemoveFile(at) => {
                self.walk(at)?;
                match self.at(at) {
                    None => return Err(Errno::ENOENT),
                    Some(Node::Directory) => return Err(Errno::EISDIR),
                    Some(_) => self.nodes.remove(at),
                };
            }
            Op::RemoveDir(at) => {
                self.walk(at)?;
                match self.at(at) {
                    None => return Err(Errno::ENOENT),
                    Some(Node::Directory) if self.is_empty(at) => self.nodes.remove(at),
                    Some(Node::Directory) => return Err(Errno::ENOTEMPTY),
                    Some(_) => return Err(Errno::ENOTDIR),
                };
            }
            Op::Link(from, to) => {
                self.walk(from)?;
                self.walk(to)?;
                let node = self.at(from).ok_or(Errno::ENOENT)?;
                self.must_be_free(to)?;
                if node == Node::Directory {
                    return Err(Errno::EPERM);
                }
                self.nodes.insert(to.clone(), node);
            }
            Op::Rename(from, to, existing) => self.rename(from, to, *existing)?,
        }
        Ok(Vec::new())
    }

    /// All that is there, with content, ordered by path.
    pub(super) fn all(&self) -> Vec<(VPath, Kind, Vec<u8>)> {
        let one = |(at, node): (&VPath, &Node)| match node {
            Node::Directory => (at.clone(), Kind::Directory, Vec::new()),
            Node::Link(_) => (at.clone(), Kind::Symlink, Vec::new()),
            Node::File(index) => (at.clone(), Kind::File, self.contents[*index].clone()),
        };
        self.nodes.iter().map(one).collect()
    }

    fn rename(&mut self, from: &VPath, to: &VPath, existing: Existing) -> Result<(), Errno> {
        self.walk(from)?;
        self.walk(to)?;
        let moved = self.at(from).ok_or(Errno::ENOENT)?;
        let replaced = self.at(to);
        if replaced.is_some() && existing == Existing::Keep {
            return Err(Errno::EEXIST);
        }
        if to.is_beneath(from) {
            return Err(Errno::EINVAL);
        }
        if from == to {
            return Ok(());
        }
        match (moved, replaced) {
            (_, Some(_)) if from.is_beneath(to) => return Err(Errno::ENOTEMPTY),
            (Node::File(_) | Node::Link(_), Some(other)) if moved == other => return Ok(()),
            (Node::Directory, Some(Node::Directory)) if self.is_empty(to) => {}
            (Node::Directory, Some(Node::Directory)) => return Err(Errno::ENOTEMPTY),
            (Node::Directory, Some(_)) => return Err(Errno::ENOTDIR),
            (_, Some(Node::Directory)) => return Err(Errno::EISDIR),
            _ => {}
        }
        let moving: Vec<_> = self.nodes.keys().filter(|at| at.is_at_or_beneath(from)).cloned().collect();
        for old in moving {
            let node = self.nodes.remove(&old).expect("just listed");
            let new = match old.rebase(from).expect("beneath") {
                inner if inner.is_root() => to.clone(),
                inner => to.join(inner.relative()).expect("short"),
            };
            self.nodes.insert(new, node);
        }
        Ok(())
    }
}

pub(super) fn perform(fs: &dyn FileSystem, op: &Op) -> Answer {
    let done = match op {
        Op::Put(at, content) => fs.write_atomic(at, content, Durability::Cached),
        Op::WriteAt(at, offset, data) => fs.open(at, OpenOptions::WRITE).and_then(|file| {
            assert!(data.is_empty() || file.write_at(*offset, data)? == data.len());
            Ok(())
        }),
        Op::Append(at, data) => fs.open(at, OpenOptions::APPEND).and_then(|file| file.append(data).map(drop)),
        Op::SetLen(at, len_bytes) => fs.set_len(at, *len_bytes),
        Op::Read(at) => return fs.read_all(at, 1 << 20).map_err(|why| why.errno),
        Op::CreateNew(at) => fs.open(at, OpenOptions::CREATE_NEW).map(drop),
        Op::MakeDir(at) => fs.make_dir(at),
        Op::RemoveFile(at) => fs.remove_file(at),
        Op::RemoveDir(at) => fs.remove_dir(at),
        Op::Rename(from, to, existing) => fs.rename(from, to, *existing),
        Op::Symlink(at) => fs.symlink("target", at),
        Op::Link(from, to) => fs.link(from, to),
    };
    done.map(|()| Vec::new()).map_err(|why| why.errno)
}

/// All that lies beneath a folder, with content.
fn walk(fs: &dyn FileSystem, folder: &VPath, into: &mut Vec<(VPath, Kind, Vec<u8>)>) {
    for entry in fs.list(folder, 1000, Detail::Names).expect("lists").entries {
        let at = folder.join(&entry.name).expect("short");
        let content =
            if entry.kind == Kind::File { fs.read_all(&at, 1 << 20).expect("reads") } else { Vec::new() };
        into.push((at.clone(), entry.kind, content));
        if entry.kind == Kind::Directory {
            walk(fs, &at, into);
        }
    }
}

/// All that is there, with content, ordered by path.
pub(super) fn all(fs: &dyn FileSystem) -> Vec<(VPath, Kind, Vec<u8>)> {
    let mut found = Vec::new();
    walk(fs, &VPath::root(), &mut found);
    found.sort();
    found
}

fn any_path() -> impl Strategy<Value = VPath> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4)
        .prop_map(|names| path(&format!("/{}", names.join("/"))))
}

pub(super) fn any_op() -> impl Strategy<Value = Op> {
    let data = || {
        prop_oneof![
            4 => prop::collection::vec(any::<u8>(), 0..8),
            1 => (4000..9000usize, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
        ]
    };
    let position = || prop_oneof![0..10u64, 4090..8200u64];
    let existing = prop::sample::select(vec![Existing::Replace, Existing::Replace, Existing::Keep]);
    prop_oneof![
        3 => (any_path(), data()).prop_map(|(at, data)| Op::Put(at, data)),
        2 => (any_path(), position(), data()).prop_map(|(at, offset, data)| Op::WriteAt(at, offset, data)),
        2 => (any_path(), data()).prop_map(|(at, data)| Op::Append(at, data)),
        1 => (any_path(), position()).prop_map(|(at, len_bytes)| Op::SetLen(at, len_bytes)),
        1 => any_path().prop_map(Op::Read),
        1 => any_path().prop_map(Op::CreateNew),
        4 => any_path().prop_map(Op::MakeDir),
        1 => any_path().prop_map(Op::RemoveFile),
        1 => any_path().prop_map(Op::RemoveDir),
        4 => (any_path(), any_path(), existing).prop_map(|(from, to, existing)| Op::Rename(from, to, existing)),
        1 => any_path().prop_map(Op::Symlink),
        1 => (any_path(), any_path()).prop_map(|(from, to)| Op::Link(from, to)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_backend_does_what_the_model_does(ops in prop::collection::vec(any_op(), 1..60)) {
        for backend in backends() {
            let mut model = Model::default();
            for (step, op) in ops.iter().enumerate() {
                let expected = model.apply(op);
                let answer = perform(&*backend.fs, op);
                prop_assert_eq!(&answer, &expected, "{}: step {}, {:?}", backend.name, step, op);
            }
            prop_assert_eq!(all(&*backend.fs), model.all(), "{}", backend.name);
            (backend.verify)();
        }
    }
}
