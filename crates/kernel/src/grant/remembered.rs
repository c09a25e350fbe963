//! Answers that hold for an app in later boots, too, from its start: a small JSON file beside the journal, where no path of
//! the virtual file system leads. It is replaced in one step, on the disk before the answer counts.
//!
//! A file that cannot be read is set aside under another name and said: then nobody has more rights, and
//! people are asked again.

use crate::{
    gate::covers,
    killpoint,
    sync::{lock, read, write},
};
use abi::{
    Capability, Errno, SysError, SysResult,
    table::{KeptAnswer, RightUses},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    sync::{Mutex, RwLock},
};

/// Answers that are kept; one more is refused.
const MOST: usize = 4_096;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    app: String,
    capability: Capability,
    allowed: bool,
    /// Milliseconds since the Unix epoch; earlier versions did not write it down.
    #[serde(default)]
    since_millis: u64,
}

impl Entry {
    fn answer(&self) -> KeptAnswer {
        KeptAnswer {
            capability: self.capability.clone(),
            allowed: self.allowed,
            since_millis: self.since_millis,
            uses: RightUses::default(),
        }
    }
}

/// See the module documentation.
pub(crate) struct Remembered {
    path: PathBuf,
    entries: RwLock<Vec<Entry>>,
    /// One writer of the file at a time.
    writing: Mutex<()>,
}

impl Remembered {
    /// What earlier boots have left in a file.
    pub(crate) fn open(path: PathBuf) -> Self {
        let read = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(why) => Err(why),
        };
        let entries = read.unwrap_or_else(|why| {
            let aside = path.with_extension("json.damaged");
            tracing::warn!(%why, path = %path.display(), aside = %aside.display(),
                "remembered answers about rights cannot be read; they are set aside and asked anew");
            let _ = fs::rename(&path, &aside);
            Vec::new()
        });
        Remembered { path, entries: RwLock::new(entries), writing: Mutex::new(()) }
    }

    /// What was answered for an app about a right or a wider one; a no wins.
    pub(crate) fn answer(&self, app: Option<&str>, capability: &Capability) -> Option<bool> {
        let app = app?;
        let entries = read(&self.entries);
        let about = |entry: &&Entry| entry.app == app && covers(&entry.capability, capability);
        entries.iter().filter(about).map(|entry| entry.allowed).min()
    }

    /// Keeps an answer; an earlier one about the same right, or a narrower one, goes.
    pub(crate) fn keep(
        &self,
        app: &str,
        capability: &Capability,
        allowed: bool,
        now_millis: u64,
    ) -> SysResult<()> {
        self.change(|entries| {
            entries.retain(|entry| entry.app != app || !covers(capability, &entry.capability));
            if entries.len() >= MOST {
                return Err(SysError::new(Errno::ENOSPC, format!("{MOST} answers are remembered already")));
            }
            let (app, capability) = (app.to_owned(), capability.clone());
            entries.push(Entry { app, capability, allowed, since_millis: now_millis });
            Ok(())
        })
    }

    /// All answers, each with its app.
    pub(crate) fn all(&self) -> Vec<(String, KeptAnswer)> {
        read(&self.entries).iter().map(|entry| (entry.app.clone(), entry.answer())).collect()
    }

    /// The answers for an app.
    pub(crate) fn of(&self, app: &str) -> Vec<KeptAnswer> {
        read(&self.entries).iter().filter(|entry| entry.app == app).map(Entry::answer).collect()
    }

    /// Forgets the answer about this very right, whatever it was.
    pub(crate) fn forget_answer(&self, app: &str, capability: &Capability) -> SysResult<()> {
        let is_it = |entry: &Entry| entry.app == app && entry.capability == *capability;
        if !read(&self.entries).iter().any(is_it) {
            return Ok(());
        }
        self.change(|entries| {
            entries.retain(|entry| !is_it(entry));
            Ok(())
        })
    }

    /// Forgets what was given to an app of a right that is taken, wholly or in part.
    pub(crate) fn forget(&self, app: &str, capability: &Capability) -> SysResult<()> {
        let gives = |entry: &Entry| {
            let same = covers(capability, &entry.capability) || covers(&entry.capability, capability);
            entry.app == app && entry.allowed && same
        };
        if !read(&self.entries).iter().any(gives) {
            return Ok(());
        }
        self.change(|entries| {
            entries.retain(|entry| !gives(entry));
            Ok(())
        })
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Entry>) -> SysResult<()>) -> SysResult<()> {
        let _writing = lock(&self.writing);
        let mut entries = read(&self.entries).clone();
        change(&mut entries)?;
        let saved = self.save(&entries);
        *write(&self.entries) = entries;
        saved.map_err(|why| SysError::new(Errno::EIO, format!("the answer cannot be kept: {why}")))
    }

    fn save(&self, entries: &[Entry]) -> io::Result<()> {
        let temporary = self.path.with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(&serde_json::to_vec_pretty(entries)?)?;
        file.sync_all()?;
        killpoint::reached("answers");
        fs::rename(&temporary, &self.path)?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::PathScope;

    fn read_file(path: &str) -> Capability {
        Capability::ReadFile(PathScope(path.into()))
    }

    #[test]
    fn answers_outlive_the_kernel_and_a_no_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grants.json");
        let remembered = Remembered::open(path.clone());
        remembered.keep("notes", &read_file("/home"), true, 5).unwrap();
        remembered.keep("notes", &read_file("/home/secret"), false, 6).unwrap();
        let remembered = Remembered::open(path);
        let answer = |app, path: &str| remembered.answer(Some(app), &read_file(path));
        assert_eq!(answer("notes", "/home/a"), Some(true));
        assert_eq!(answer("notes", "/home/secret/a"), Some(false));
        assert_eq!(answer("notes", "/"), None, "a wider right was not answered about");
        assert_eq!(answer("other", "/home/a"), None);
        assert_eq!(remembered.answer(None, &read_file("/home/a")), None);
        remembered.forget("notes", &read_file("/home/a")).unwrap();
        assert_eq!(answer("notes", "/home/b"), None, "taking a part takes the answer");
        let kept = remembered.of("notes");
        assert_eq!((kept.len(), kept[0].allowed, kept[0].since_millis), (1, false, 6));
        remembered.forget_answer("notes", &read_file("/home/secret")).unwrap();
        assert!(remembered.all().is_empty());
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_gives_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grants.json");
        fs::write(&path, br#"[{"app":"notes","capability":{"ReadFile":"/"},"allowed":tr"#).unwrap();
        let remembered = Remembered::open(path.clone());
        assert_eq!(remembered.answer(Some("notes"), &read_file("/home")), None);
        assert!(!path.exists() && folder.path().join("grants.json.damaged").exists());
    }
}
