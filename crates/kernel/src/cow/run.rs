//! One run: its record, its folders, and what was decided about it.
//!
//! **Lock order**: `deciding` before any other; the others are leaves.

use super::{
    backend,
    baseline::{Baseline, Decision, Seen, append_decisions, load_decisions},
    tree::{Stamp, Tree},
};
use crate::{
    blob::Digest,
    core::Core,
    killpoint,
    sync::lock,
    vfs::{LastLink, VPath},
};
use abi::{
    CauseId, Errno, Pid, RunId, SysError, SysResult,
    table::{CowKind, RunFolder, RunInfo},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock},
};

/// What makes a folder a run: the last that is written of it, and the first that goes.
pub(super) const RECORD: &str = "run.json";
/// Digests that are remembered, so that looking again reads nothing.
const MOST_DIGESTS: usize = 20_000;

/// A folder of a run, as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Folder {
    pub(super) path: String,
    pub(super) kind: CowKind,
    /// Where the original lies on the host.
    pub(super) host: PathBuf,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) left_out: u64,
}

/// What is written down when it begins, and does not change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: u64,
    pub(super) app: Option<String>,
    pub(super) name: String,
    pub(super) cause: CauseId,
    pub(super) started_millis: u64,
    pub(super) folders: Vec<Folder>,
}

/// What changes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Life {
    /// The process, in the boot in which it was given.
    #[serde(skip)]
    pub(super) pid: Option<Pid>,
    pub(super) ended_millis: Option<u64>,
    /// Open changes, as they were counted last.
    pub(super) open: Option<u64>,
}

/// What was decided about a path: how the run had left it.
#[derive(Default)]
pub(super) struct Decided {
    /// It was taken over like this.
    pub(super) applied: HashMap<(usize, VPath), Option<Seen>>,
    /// It was decided against like this.
    pub(super) discarded: HashMap<(usize, VPath), Option<Seen>>,
    /// So the original had been when the run began, as it was found when it was taken over.
    pub(super) before: HashMap<(usize, VPath), Option<Seen>>,
}

/// See the module documentation.
pub(crate) struct Run {
    place: PathBuf,
    pub(super) record: Record,
    life: Mutex<Life>,
    /// Held by whoever takes over or decides, so that nobody else does meanwhile.
    deciding: Mutex<()>,
    /// Who began it, in this boot; it ends with that when nothing else works in it.
    beginner: Mutex<Option<Pid>>,
    baselines: OnceLock<Arc<Vec<Baseline>>>,
    digests: Mutex<HashMap<Stamp, Digest>>,
}

impl Run {
    /// A run that was just made; its record is the last that is written, so one without is none.
    pub(super) fn create(place: PathBuf, record: Record, baselines: Vec<Baseline>) -> io::Result<Self> {
        write_json(&place.join("life.json"), &Life::default())?;
        write_json(&place.join(RECORD), &record)?;
        let known = OnceLock::new();
        let _ = known.set(Arc::new(baselines));
        Ok(Self::new(place, record, Life::default(), known))
    }

    /// One of an earlier start.
    pub(super) fn load(place: PathBuf) -> io::Result<Self> {
        let record: Record = serde_json::from_slice(&fs::read(place.join(RECORD))?)?;
        // Lost only with power; then it is one that nobody has looked at.
        let life = fs::read(place.join("life.json")).ok();
        let life = life.and_then(|life| serde_json::from_slice(&life).ok()).unwrap_or_default();
        Ok(Self::new(place, record, life, OnceLock::new()))
    }

    fn new(place: PathBuf, record: Record, life: Life, baselines: OnceLock<Arc<Vec<Baseline>>>) -> Self {
        Run {
            place,
            record,
            life: Mutex::new(life),
            deciding: Mutex::default(),
            beginner: Mutex::default(),
            baselines,
            digests: Mutex::default(),
        }
    }

    pub(crate) fn id(&self) -> RunId {
        RunId(self.record.id)
    }

    /// The app that it belongs to.
    pub(crate) fn app(&self) -> Option<&str> {
        self.record.app.as_deref()
    }

    pub(crate) fn cause(&self) -> CauseId {
        self.record.cause
    }

    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Where a folder of it has what is its own.
    pub(super) fn folder_place(&self, folder: usize) -> PathBuf {
        self.place.join(folder.to_string())
    }

    /// The process, while it runs.
    pub(crate) fn pid(&self) -> Option<Pid> {
        lock(&self.life).pid
    }

    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.life).ended_millis.is_some()
    }

    pub(super) fn open_changes(&self) -> Option<u64> {
        lock(&self.life).open
    }

    pub(super) fn set_beginner(&self, pid: Pid) {
        *lock(&self.beginner) = Some(pid);
    }

    /// The process with whose end it ends.
    pub(super) fn depends_on(&self) -> Option<Pid> {
        let beginner = *lock(&self.beginner);
        self.pid().or(beginner)
    }

    /// Gives it a process; from then on it ends with that.
    pub(crate) fn attach(&self, pid: Pid) {
        self.change_life(|life| (life.pid, life.ended_millis) = (Some(pid), None));
    }

    /// Says that nothing works in it any more.
    pub(crate) fn end(&self, now_millis: u64) {
        self.change_life(|life| {
            life.pid = None;
            life.ended_millis = life.ended_millis.or(Some(now_millis));
        });
    }

    pub(super) fn set_open(&self, open: u64) {
        if self.open_changes() != Some(open) {
            self.change_life(|life| life.open = Some(open));
        }
    }

    fn change_life(&self, change: impl FnOnce(&mut Life)) {
        let life = {
            let mut life = lock(&self.life);
            change(&mut life);
            *life
        };
        // It may be gone by now, and what is lost is found out again.
        if let Err(why) = write_json(&self.place.join("life.json"), &life) {
            tracing::debug!(%why, run = self.record.id, "the state of a run is not written");
        }
    }

    /// Nobody else takes over or decides until the reply is let go.
    pub(super) fn decide(&self) -> MutexGuard<'_, ()> {
        lock(&self.deciding)
    }

    /// What the originals were.
    pub(super) fn baselines(&self) -> SysResult<Arc<Vec<Baseline>>> {
        if let Some(known) = self.baselines.get() {
            return Ok(known.clone());
        }
        let load = |folder| Baseline::load(&self.folder_place(folder).join("baseline"));
        let loaded: io::Result<Vec<Baseline>> = (0..self.record.folders.len()).map(load).collect();
        let loaded = Arc::new(loaded.map_err(|why| self.broken(&why))?);
        Ok(self.baselines.get_or_init(|| loaded).clone())
    }

    pub(super) fn decided(&self) -> SysResult<Decided> {
        let mut decided = Decided::default();
        for Decision { folder, at, left, applied, was_due, before } in
            load_decisions(&self.place.join("decided")).map_err(|why| self.broken(&why))?
        {
            let Ok(at) = VPath::parse(&at) else { continue };
            let (into, other) = if applied {
                (&mut decided.applied, &mut decided.discarded)
            } else {
                (&mut decided.discarded, &mut decided.applied)
            };
            if applied {
                other.remove(&(folder, at.clone()));
            }
            if was_due {
                decided.before.insert((folder, at.clone()), before);
            }
            into.insert((folder, at), left);
        }
        Ok(decided)
    }

    pub(super) fn write_decisions(&self, decisions: &[Decision]) -> SysResult<()> {
        if decisions.is_empty() {
            return Ok(());
        }
        append_decisions(&self.place.join("decided"), decisions).map_err(|why| self.broken(&why))
    }

    fn broken(&self, why: &io::Error) -> SysError {
        SysError::new(Errno::EIO, format!("run {}: what is kept of it cannot be used: {why}", self.record.id))
    }

    /// What the program left of a folder.
    pub(super) fn changed(&self, folder: usize) -> SysResult<Tree> {
        let record = self.folder(folder)?;
        let path = backend::of(record.kind).changed(&self.folder_place(folder));
        Tree::open(&path).map_err(|why| {
            SysError::new(
                Errno::EIO,
                format!("run {}: what it left of {} is gone: {}", self.record.id, record.path, why.why),
            )
        })
    }

    pub(super) fn folder(&self, folder: usize) -> SysResult<&Folder> {
        let none = || SysError::new(Errno::EINVAL, format!("run {} has no folder {folder}", self.record.id));
        self.record.folders.get(folder).ok_or_else(none)
    }

    /// Its folders, and how changes of each are held back.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&str, CowKind)> {
        self.record.folders.iter().map(|folder| (folder.path.as_str(), folder.kind))
    }

    /// What a program finds in place of each of its folders.
    pub(crate) fn views(&self) -> impl Iterator<Item = (&str, backend::View)> {
        self.record.folders.iter().enumerate().map(|(index, folder)| {
            let view = backend::of(folder.kind).view(&self.folder_place(index));
            (folder.path.as_str(), view)
        })
    }

    /// Where a program without mounts of its own finds a folder of the run, or one beneath it.
    pub(crate) fn in_place_of(&self, path: &VPath) -> Option<PathBuf> {
        self.views().find_map(|(folder, view)| match view {
            backend::View::Folder(copy) => {
                let beneath = path.rebase(&VPath::parse(folder).ok()?)?;
                Some(if beneath.is_root() { copy } else { copy.join(beneath.relative()) })
            }
            backend::View::Overlay { .. } => None,
        })
    }

    /// The digest of a content that has this stamp, read where it is not known.
    pub(super) fn digest(&self, tree: &Tree, at: &VPath, stamp: Stamp) -> crate::vfs::FsResult<Digest> {
        if let Some(known) = lock(&self.digests).get(&stamp) {
            return Ok(*known);
        }
        let (digest, facts) = tree.digest(at)?;
        let mut digests = lock(&self.digests);
        if digests.len() >= MOST_DIGESTS {
            digests.clear();
        }
        digests.insert(facts.stamp, digest);
        Ok(digest)
    }

    /// As the table tells it.
    pub(crate) fn info(&self) -> RunInfo {
        let life = *lock(&self.life);
        let folders = self.record.folders.iter().enumerate().map(|(index, folder)| RunFolder {
            path: folder.path.clone(),
            kind: folder.kind,
            host: backend::of(folder.kind).changed(&self.folder_place(index)).display().to_string(),
            files: folder.files,
            bytes: folder.bytes,
            left_out: folder.left_out,
        });
        RunInfo {
            run: self.id(),
            app: self.record.app.clone(),
            name: self.record.name.clone(),
            cause: self.record.cause,
            pid: life.pid,
            started_millis: self.record.started_millis,
            ended_millis: life.ended_millis,
            folders: folders.collect(),
            open: life.open,
        }
    }
}

/// The original of a folder, reached through the mounts and by descriptor.
pub(super) fn original(core: &Core, path: &VPath) -> SysResult<Tree> {
    let object = core.mounts.resolve(path, LastLink::Keep)?;
    if object.path() != path {
        return Err(SysError::new(Errno::ELOOP, format!("{path}: has become a link, or lies behind one")));
    }
    let none = || SysError::new(Errno::ENOTDIR, format!("{path}: is no folder of the host"));
    let host = object.host_path().ok_or_else(none)?;
    Ok(Tree::of(core.mounts.host_node(&object)?, host))
}

/// Writes a document in one step.
pub(super) fn write_json(path: &Path, document: &impl Serialize) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(document)?)?;
    file.sync_data()?;
    killpoint::reached("document of a run");
    fs::rename(temporary, path)
}
