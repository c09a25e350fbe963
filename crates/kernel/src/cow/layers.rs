//! Whether this host can keep changes in layers over a folder: tried once for the place of all runs, by starting a
//! program that makes changes, and once for each file system that a folder lies on.
//!
//! What is missing is said once in the log; the next back end is taken then.

use crate::sync::lock;
use std::{
    collections::HashMap,
    fs,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

/// File systems of folders that are remembered.
const MOST_SYSTEMS: usize = 64;

/// What came of trying.
pub(super) struct Layers {
    /// Where all runs lie.
    place: PathBuf,
    works: OnceLock<Result<(), String>>,
    /// By the number of the file system that the folder lies on.
    works_over: Mutex<HashMap<u64, Result<(), String>>>,
}

impl Layers {
    pub(super) fn new(place: PathBuf) -> Self {
        Layers { place, works: OnceLock::new(), works_over: Mutex::default() }
    }

    /// Whether changes can lie in layers here at all. Takes some tens of milliseconds the first time.
    pub(super) fn works(&self) -> Result<(), String> {
        let works = self.works.get_or_init(|| {
            let works = self.in_place(sandbox::probe_layers);
            match &works {
                Ok(()) => tracing::info!("changes of programs can be held back by an overlay"),
                Err(why) => tracing::info!(%why, "no overlay can hold changes back; folders are copied"),
            }
            works
        });
        works.clone()
    }

    /// Whether they can lie over this folder.
    pub(super) fn works_over(&self, lower: &Path) -> Result<(), String> {
        self.works()?;
        let system = fs::metadata(lower).map_err(|why| format!("{}: {why}", lower.display()))?.dev();
        if let Some(known) = lock(&self.works_over).get(&system) {
            return known.clone();
        }
        let works = self.in_place(|place| sandbox::probe_layers_over(lower, place));
        if let Err(why) = &works {
            tracing::info!(%why, lower = %lower.display(), "no overlay lies over this folder; it is copied");
        }
        let mut known = lock(&self.works_over);
        if known.len() >= MOST_SYSTEMS {
            known.clear();
        }
        known.insert(system, works.clone());
        works
    }

    fn in_place(&self, probe: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o711).create(&self.place);
        made.map_err(|why| format!("{}: {why}", self.place.display()))?;
        probe(&self.place)
    }
}
