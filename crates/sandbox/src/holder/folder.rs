//! The holders of a data folder: who they are, attaching to one, ending one.

use super::{
    HeldInfo, HeldProcess,
    frame::Message,
    held::{ANSWER_TIMEOUT, HolderAnswer, begin, receive},
    is_id,
    place::Folder,
};
use std::{
    fs::{self, DirBuilder},
    io::{self, Write},
    os::unix::{fs::DirBuilderExt, net::UnixStream},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Holders that are looked at; a folder with more has something wrong with it.
const MAX_HOLDERS: usize = 1_000;
/// How long all of them together may take to say who they are.
const LIST_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a program cannot be attached to.
#[derive(Debug, thiserror::Error)]
pub enum HolderError {
    /// There is no holder of that name.
    #[error("no program is held as {0}")]
    Unknown(String),
    /// Another desktop has it.
    #[error("another desktop has {0}")]
    Busy(String),
    /// The holder did not answer, or not as one does.
    #[error("the holder {id} did not answer: {source}")]
    Silent {
        /// Its name.
        id: String,
        /// Why.
        source: io::Error,
    },
}

/// The folder of the holders' sockets.
#[derive(Clone, Debug)]
pub struct HolderFolder {
    path: PathBuf,
}

impl HolderFolder {
    /// The folder at a path; made, for this user only, when it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<HolderFolder> {
        let path = path.into();
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(HolderFolder { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is held. Sockets that nobody listens on any more are removed. All are asked at once; who does not answer
    /// within a second is left out.
    #[must_use]
    pub fn list(&self) -> Vec<HeldInfo> {
        let deadline = Instant::now() + LIST_TIMEOUT;
        let asked = |id: String| self.ask(&id, &Message::Query).ok();
        let asked: Vec<UnixStream> = self.ids().into_iter().filter_map(asked).collect();
        let answer = |mut stream: UnixStream| {
            // No time at all would mean any time.
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            stream.set_read_timeout(Some(left)).ok()?;
            match receive(&mut stream) {
                Ok((Message::Info(info), _)) => Some(*info),
                _ => None,
            }
        };
        asked.into_iter().filter_map(answer).collect()
    }

    /// Removes sockets that nobody listens on any more.
    pub fn remove_stale(&self) {
        for id in self.ids() {
            let _ = self.connect(&id);
        }
    }

    fn ids(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.path) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let ids = names.filter_map(|name| name.strip_suffix(".sock").map(str::to_owned));
        let mut ids: Vec<String> = ids.filter(|id| is_id(id)).take(MAX_HOLDERS).collect();
        ids.sort_unstable();
        ids
    }

    /// Takes a program over: from now on we read its terminal. It ends with us from [`Held::adopt`](super::Held) on.
    ///
    /// # Errors
    /// [`HolderError`]
    pub fn attach(&self, id: &str) -> Result<HeldProcess, HolderError> {
        let stream = self.ask(id, &Message::Attach)?;
        begin(stream).map_err(|why| match why {
            HolderAnswer::Busy => HolderError::Busy(id.to_owned()),
            HolderAnswer::Failed(_) => self.silent(id, io::ErrorKind::InvalidData.into()),
            HolderAnswer::Unreadable(source) => self.silent(id, source),
        })
    }

    /// Ends a program that no desktop is attached to, with everything it started. Comes back when its holder has
    /// begun to.
    ///
    /// # Errors
    /// [`HolderError`]
    pub fn end(&self, id: &str) -> Result<(), HolderError> {
        let mut stream = self.ask(id, &Message::End)?;
        match receive(&mut stream) {
            Ok((Message::Busy, _)) => Err(HolderError::Busy(id.to_owned())),
            Ok(_) => Err(self.silent(id, io::ErrorKind::InvalidData.into())),
            // It says nothing more and closes, which is what it was asked for.
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            Err(why) if why.kind() == io::ErrorKind::ConnectionReset => Ok(()),
            Err(why) => Err(self.silent(id, why)),
        }
    }

    fn ask(&self, id: &str, message: &Message) -> Result<UnixStream, HolderError> {
        let mut stream = self.connect(id)?;
        let asked = stream
            .set_read_timeout(Some(ANSWER_TIMEOUT))
            .and_then(|()| stream.set_write_timeout(Some(ANSWER_TIMEOUT)))
            .and_then(|()| stream.write_all(&message.encode()));
        self.heard(id, asked)?;
        Ok(stream)
    }

    fn connect(&self, id: &str) -> Result<UnixStream, HolderError> {
        if !is_id(id) {
            return Err(HolderError::Unknown(id.to_owned()));
        }
        let folder = self.heard(id, Folder::open(&self.path))?;
        folder.connect(id).map_err(|why| match why.kind() {
            io::ErrorKind::NotFound => HolderError::Unknown(id.to_owned()),
            io::ErrorKind::ConnectionRefused => {
                folder.remove(id);
                HolderError::Unknown(id.to_owned())
            }
            _ => self.silent(id, why),
        })
    }

    fn heard<T>(&self, id: &str, answer: io::Result<T>) -> Result<T, HolderError> {
        answer.map_err(|source| self.silent(id, source))
    }

    #[allow(clippy::unused_self, reason = "reads as what it is about")]
    fn silent(&self, id: &str, source: io::Error) -> HolderError {
        HolderError::Silent { id: id.to_owned(), source }
    }
}
