//! What the originals were when a run began, so that later it is known what the run changed, and what others did.
//!
//! Kept as lines of JSON beside the run, and added to when changes are decided about: [`Decision`]s say from which
//! state on a path is no open change any more.

use super::tree::{Facts, Kind, Stamp};
use crate::{blob::Digest, killpoint, vfs::VPath};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
};

/// What lies at a path, as far as it matters for taking it over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    File {
        /// Of the content; none where nobody has read it, since the original itself is there to be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<Digest>,
    },
    Folder,
    Link(String),
    Special,
}

impl What {
    pub(super) fn kind(&self) -> Kind {
        match self {
            What::File { .. } => Kind::File,
            What::Folder => Kind::Folder,
            What::Link(_) => Kind::Link,
            What::Special => Kind::Special,
        }
    }
}

/// Something with its permission bits; those that lend rights are no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) what: What,
    pub(super) mode: u32,
}

/// A path when the run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Base {
    #[serde(flatten)]
    pub(super) seen: Seen,
    /// The original.
    pub(super) stamp: Stamp,
    /// The copy of it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) copy: Option<Stamp>,
}

impl Base {
    pub(super) fn new(what: What, facts: &Facts) -> Self {
        Base { seen: Seen { what, mode: facts.mode & 0o777 }, stamp: facts.stamp, copy: None }
    }
}

/// The paths of one folder of a run when it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Baseline(pub(super) BTreeMap<VPath, Base>);

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line<T> {
    at: String,
    #[serde(flatten)]
    rest: T,
}

impl Baseline {
    pub(super) fn get(&self, at: &VPath) -> Option<&Base> {
        self.0.get(at)
    }

    /// What lay beneath a path.
    pub(super) fn beneath<'a>(&'a self, at: &'a VPath) -> impl Iterator<Item = (&'a VPath, &'a Base)> {
        // Names that begin alike lie in between.
        let prefix = format!("{}/", at.as_str().trim_end_matches('/'));
        self.0
            .range(at.clone()..)
            .skip_while(|(other, _)| **other == *at)
            .take_while(move |(other, _)| other.as_str().starts_with(prefix.trim_end_matches('/')))
            .filter(move |(other, _)| other.is_beneath(at))
    }

    /// Writes it; whole, or not at all.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let temporary = path.with_extension("new");
        let mut file = BufWriter::new(File::create(&temporary)?);
        for (at, base) in &self.0 {
            serde_json::to_writer(&mut file, &Line { at: at.as_str().to_owned(), rest: base })?;
            file.write_all(b"\n")?;
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_data()?;
        std::fs::rename(temporary, path)
    }

    /// Reads it.
    pub(super) fn load(path: &Path) -> io::Result<Self> {
        let mut baseline = Baseline::default();
        for line in BufReader::new(File::open(path)?).lines() {
            let line: Line<Base> = serde_json::from_str(&line?)?;
            let at = VPath::parse(&line.at).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
            baseline.0.insert(at, line.rest);
        }
        Ok(baseline)
    }
}

/// What somebody decided about a change: the path, and how the run had left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Decision {
    /// Which folder of the run.
    pub(super) folder: usize,
    /// Beneath it.
    pub(super) at: String,
    /// How it was left; nothing, when it was gone.
    pub(super) left: Option<Seen>,
    /// Whether it was taken over; else it was decided against.
    #[serde(default)]
    pub(super) applied: bool,
    /// Whether the original was as it had been when the run began, so that `before` says how that was.
    #[serde(default)]
    pub(super) was_due: bool,
    /// The original, before it was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Seen>,
}

/// Adds decisions to a file.
pub(super) fn append_decisions(path: &Path, decisions: &[Decision]) -> io::Result<()> {
    // A line that a sudden end tore must not swallow the next one.
    let mut lines = vec![b'\n'];
    for decision in decisions {
        serde_json::to_writer(&mut lines, decision)?;
        lines.push(b'\n');
    }
    let mut file = File::options().append(true).create(true).open(path)?;
    killpoint::reached_within("decisions", || {
        let (half, _) = lines.split_at(lines.len() / 2);
        let _ = file.write_all(half);
    });
    file.write_all(&lines)?;
    file.sync_data()
}

/// The decisions of a file; a torn line at its end was none.
pub(super) fn load_decisions(path: &Path) -> io::Result<Vec<Decision>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    Ok(text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> VPath {
        VPath::parse(text).expect("a path")
    }

    fn baseline(paths: &[&str]) -> Baseline {
        let stamp = Stamp { inode: 1, len_bytes: 2, modified_nanos: -3, changed_nanos: i64::MAX };
        let facts = Facts { kind: Kind::File, mode: 0o4755, stamp, is_linked: false };
        let what = || What::File { digest: Some(Digest::of(b"x")) };
        Baseline(paths.iter().map(|path| (at(path), Base::new(what(), &facts))).collect())
    }

    #[test]
    fn it_is_read_back_as_it_was_with_any_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("baseline");
        let written = baseline(&["/a", "/line\nbreak", "/\u{1F40D} \"x\"\\", "/b/c"]);
        written.save(&path).expect("room");
        assert_eq!(Baseline::load(&path).expect("it was written"), written);
        assert_eq!(written.get(&at("/a")).expect("there").seen.mode, 0o755, "nothing lends rights");
    }

    #[test]
    fn what_lies_beneath_is_not_what_begins_alike() {
        let baseline = baseline(&["/a", "/a-b", "/a.b/c", "/a/b", "/a/b/c", "/ab", "/b"]);
        let folder = at("/a");
        let beneath: Vec<&str> = baseline.beneath(&folder).map(|(at, _)| at.as_str()).collect();
        assert_eq!(beneath, ["/a/b", "/a/b/c"]);
    }

    #[test]
    fn a_torn_decision_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decided");
        let decision =
            Decision { folder: 0, at: "/a".into(), left: None, applied: true, was_due: true, before: None };
        append_decisions(&path, std::slice::from_ref(&decision)).expect("room");
        File::options()
            .append(true)
            .open(&path)
            .expect("there")
            .write_all(b"{\"folder\":0,\"at")
            .expect("room");
        assert_eq!(load_decisions(&path).expect("readable"), std::slice::from_ref(&decision));
        // And it takes none along that comes after it.
        append_decisions(&path, std::slice::from_ref(&decision)).expect("room");
        assert_eq!(load_decisions(&path).expect("readable"), [decision.clone(), decision]);
    }
}
