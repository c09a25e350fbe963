//! All runs of a data folder: beginning one, finding it again after a restart, letting go of it.

use super::{
    backend::{self, Bounds},
    baseline::Baseline,
    layers::Layers,
    run::{Folder, RECORD, Record, Run, original, write_json},
    settle,
    tree::Tree,
};
use crate::{
    core::Core,
    killpoint,
    sync::lock,
    text::cut,
    vfs::{Resolved, VPath},
};
use abi::{CauseId, Errno, Pid, RunId, SysError, SysResult, table::CowKind};
use nix::sys::statvfs::statvfs;
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// Runs that wait for a decision. Who begins another one decides about one of these first.
const MOST_RUNS: usize = 64;
/// Folders of one run.
const MOST_FOLDERS: usize = 8;
/// Longest name, bytes.
const MAX_NAME_BYTES: usize = 200;
/// How much one run may copy.
const BOUNDS: Bounds = Bounds { entries: 100_000, bytes: 1024 * 1024 * 1024 };
/// So much of the disk stays free, bytes.
const SPARE_BYTES: u64 = 256 * 1024 * 1024;

/// For whom a run is made.
#[derive(Debug)]
pub(crate) struct NewRun {
    pub(crate) app: Option<String>,
    pub(crate) name: String,
    pub(crate) cause: CauseId,
    /// It ends with this process, until another one works in it.
    pub(crate) beginner: Pid,
    /// Whether layers over the originals will do: only a program in a sandbox sees those.
    pub(crate) layered: bool,
}

/// See the module documentation.
pub(crate) struct Runs {
    place: PathBuf,
    /// The back ends that may be taken, the best first.
    kinds: Vec<CowKind>,
    layers: Layers,
    runs: Mutex<BTreeMap<u64, Arc<Run>>>,
    /// Another one whenever changes of an ended run were counted.
    revision: AtomicU64,
}

impl Runs {
    /// Those of a data folder. What cannot be read is left where it is, and said.
    pub(crate) fn open(place: PathBuf, kinds: Vec<CowKind>) -> Self {
        let mut runs = BTreeMap::new();
        for found in fs::read_dir(&place).into_iter().flatten().flatten() {
            let Some(id) = found.file_name().to_str().and_then(|name| name.parse::<u64>().ok()) else {
                continue;
            };
            if !found.path().join(RECORD).exists() {
                // The desktop ended while it was made, and no program has seen it, or while it was let go of.
                remove_tree(&found.path());
                continue;
            }
            match Run::load(found.path()) {
                Ok(run) => drop(runs.insert(id, Arc::new(run))),
                Err(why) => {
                    tracing::warn!(%why, run = id, "the changes of a run cannot be read and are left");
                }
            }
        }
        let layers = Layers::new(place.clone());
        Runs { place, kinds, layers, runs: Mutex::new(runs), revision: AtomicU64::new(1) }
    }

    /// Finds out whether layers work here, so that the first run need not wait for it.
    pub(crate) fn try_layers(&self) {
        if self.kinds.contains(&CowKind::Overlay) {
            // What is missing is in the log.
            let _ = self.layers.works();
        }
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    pub(super) fn revise(&self) {
        self.revision.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn get(&self, id: RunId) -> SysResult<Arc<Run>> {
        let none = || SysError::new(Errno::ENOENT, format!("there is no run {id}"));
        lock(&self.runs).get(&id.0).cloned().ok_or_else(none)
    }

    /// All of them, the newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Run>> {
        lock(&self.runs).values().rev().cloned().collect()
    }

    /// The one that this process works in.
    pub(crate) fn of_process(&self, pid: Pid) -> Option<Arc<Run>> {
        lock(&self.runs).values().find(|run| run.pid() == Some(pid)).cloned()
    }

    /// Ends those that end with this process.
    pub(crate) fn process_ended(&self, pid: Pid, now_millis: u64) {
        for run in self.all().iter().filter(|run| !run.has_ended() && run.depends_on() == Some(pid)) {
            run.end(now_millis);
        }
    }

    /// Ends runs whose programs did not survive the last desktop, and lets go of those with nothing to decide.
    pub(crate) fn settle(&self, survivors: &[RunId], now_millis: u64) {
        for run in self.all() {
            if !run.has_ended() && !survivors.contains(&run.id()) {
                run.end(now_millis);
            }
        }
        self.prune();
    }

    /// Lets go of runs that have ended and left nothing to decide about.
    fn prune(&self) {
        for run in self.all() {
            if run.has_ended() && run.open_changes() == Some(0) {
                self.remove(run.id());
            }
        }
    }

    /// The same for those at which nobody has looked since they ended.
    pub(crate) fn look_at_ended(&self, core: &Core) {
        for run in self.all().iter().filter(|run| run.open_changes().is_none()) {
            settle(core, run);
        }
        self.prune();
    }

    /// Lets go of a run and everything that is kept of it.
    pub(crate) fn remove(&self, id: RunId) {
        if let Some(run) = lock(&self.runs).remove(&id.0) {
            // First what makes it a run: half of what it left would look as if its program had removed the rest.
            if let Err(why) = fs::remove_file(run.place().join(RECORD)) {
                tracing::warn!(%why, run = id.0, "a run that was let go of may come back");
            }
            killpoint::reached("removal of a run");
            remove_tree(run.place());
        }
    }

    /// Begins a run on these folders.
    ///
    /// # Errors
    /// `EINVAL` for folders that do not go together, `ENOTDIR`, `EFBIG`, `ENOSPC`, `EMFILE` when too many wait for a
    /// decision, and those of the host.
    pub(crate) fn begin(&self, core: &Core, new: NewRun, folders: &[Resolved]) -> SysResult<Arc<Run>> {
        check_folders(folders)?;
        self.look_at_ended(core);
        let id = self.reserve()?;
        let place = self.place.join(id.to_string());
        let made = self.make(core, &place, id, &new, folders);
        match made {
            Ok(run) => {
                let run = Arc::new(run);
                run.set_beginner(new.beginner);
                lock(&self.runs).insert(id, run.clone());
                Ok(run)
            }
            Err(why) => {
                remove_tree(&place);
                Err(why)
            }
        }
    }

    /// A number that no run of the folder ever had.
    fn reserve(&self) -> SysResult<u64> {
        let runs = lock(&self.runs);
        if runs.len() >= MOST_RUNS {
            let why = format!("{MOST_RUNS} runs wait for a decision about their changes; review one first");
            return Err(SysError::new(Errno::EMFILE, why));
        }
        let counter = self.place.join("last");
        let failed = |why: &io::Error| SysError::new(Errno::EIO, format!("{}: {why}", self.place.display()));
        fs::DirBuilder::new().recursive(true).mode(0o711).create(&self.place).map_err(|why| failed(&why))?;
        let last: u64 =
            fs::read(&counter).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or(0);
        let newest = runs.last_key_value().map_or(0, |(id, _)| *id);
        let id = last.max(newest) + 1;
        write_json(&counter, &id).map_err(|why| failed(&why))?;
        fs::DirBuilder::new()
            .mode(0o711)
            .create(self.place.join(id.to_string()))
            .map_err(|why| failed(&why))?;
        Ok(id)
    }

    fn make(&self, core: &Core, place: &Path, id: u64, new: &NewRun, folders: &[Resolved]) -> SysResult<Run> {
        let (mut records, mut baselines) = (Vec::new(), Vec::new());
        let mut bounds = self.bounds();
        for (index, folder) in folders.iter().enumerate() {
            let (record, baseline) =
                self.make_folder(core, &place.join(index.to_string()), folder.path(), bounds, new.layered)?;
            bounds.bytes =
                bounds.bytes.saturating_sub(if record.kind == CowKind::Copy { record.bytes } else { 0 });
            bounds.entries = bounds.entries.saturating_sub(baseline.0.len());
            records.push(record);
            baselines.push(baseline);
        }
        let record = Record {
            id,
            app: new.app.clone(),
            name: cut(&new.name, MAX_NAME_BYTES),
            cause: new.cause,
            started_millis: core.now_millis(),
            folders: records,
        };
        let broken = |why: io::Error| SysError::new(Errno::EIO, format!("{}: {why}", place.display()));
        Run::create(place.to_owned(), record, baselines).map_err(broken)
    }

    /// Makes what takes the place of one folder, by the first back end that can.
    fn make_folder(
        &self,
        core: &Core,
        place: &Path,
        path: &VPath,
        bounds: Bounds,
        layered: bool,
    ) -> SysResult<(Folder, Baseline)> {
        let lower = original(core, path)?;
        for kind in self.kinds.iter().copied() {
            if kind == CowKind::Overlay && (!layered || self.layers.works_over(lower.path()).is_err()) {
                continue;
            }
            let io = |why: io::Error| crate::vfs::FsError::from(why).at(path);
            fs::DirBuilder::new().mode(0o711).create(place).map_err(io)?;
            match backend::of(kind).begin(&lower, place, bounds) {
                Ok(begun) => {
                    begun.baseline.save(&place.join("baseline")).map_err(io)?;
                    let folder = Folder {
                        path: path.as_str().to_owned(),
                        kind,
                        host: Tree::path(&lower).to_owned(),
                        files: begun.files,
                        bytes: begun.bytes,
                        left_out: begun.left_out,
                    };
                    return Ok((folder, begun.baseline));
                }
                Err(why) if why.errno == Errno::EOPNOTSUPP => remove_tree(place),
                Err(why) => return Err(why.at(path)),
            }
        }
        Err(SysError::new(Errno::ENOSYS, format!("{path}: this host has no way to hold changes back")))
    }

    /// The usual bounds, or what the disk has room for.
    fn bounds(&self) -> Bounds {
        let Ok(disk) = statvfs(&self.place) else { return BOUNDS };
        let free = disk.blocks_available().saturating_mul(disk.fragment_size());
        Bounds { bytes: BOUNDS.bytes.min(free.saturating_sub(SPARE_BYTES)), ..BOUNDS }
    }
}

fn check_folders(folders: &[Resolved]) -> SysResult<()> {
    if folders.is_empty() || folders.len() > MOST_FOLDERS {
        return Err(SysError::new(Errno::EINVAL, format!("a run has 1 to {MOST_FOLDERS} folders")));
    }
    for (index, folder) in folders.iter().enumerate() {
        let others = folders.iter().enumerate().filter(|(other, _)| *other != index);
        let mut others = others.map(|(_, other)| other.path());
        if let Some(other) = others.find(|other| folder.path().is_at_or_beneath(other)) {
            let why = format!("{} lies within {other}: a run has folders beside each other", folder.path());
            return Err(SysError::new(Errno::EINVAL, why));
        }
    }
    Ok(())
}

/// Removes a tree of the run's own, also where a program took its owner's rights away. Never follows a link.
pub(super) fn remove_tree(place: &Path) {
    if fs::remove_dir_all(place).is_ok() || !place.exists() {
        return;
    }
    unlock(place, 0);
    if let Err(why) = fs::remove_dir_all(place) {
        tracing::warn!(%why, place = %place.display(), "what is left of a run cannot be removed");
    }
}

fn unlock(folder: &Path, depth: usize) {
    let is_folder = fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
    if !is_folder || depth > 256 {
        return;
    }
    // What cannot be unlocked is told when it cannot be removed.
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    for found in fs::read_dir(folder).into_iter().flatten().flatten() {
        unlock(&found.path(), depth + 1);
    }
}
