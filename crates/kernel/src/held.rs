//! Programs that survive the desktop: where their holders are, and what a program's holder is told of it.

use crate::{confine::Claim, data_dir::DataDir, process::Identity, text::cut};
use abi::{CauseId, Pid, RunId, table::HeldProgram};
use sandbox::{ExitStatus, HeldInfo, HolderFolder, Keep};
use serde::{Deserialize, Serialize};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

/// Longest name in a note, bytes.
const MAX_NAME_BYTES: usize = 200;

/// The holders of the data folder.
pub(crate) struct HeldPrograms {
    folder: HolderFolder,
    boot: u32,
    next: AtomicU64,
}

/// What is to be known of a program again.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Note {
    pub(crate) app: Option<String>,
    pub(crate) name: String,
    pub(crate) cause: CauseId,
    /// The run that it works in.
    pub(crate) run: Option<RunId>,
    /// How it is held, as it was asked for; what came of it is the holder's to say.
    pub(crate) claim: Option<Claim>,
}

/// Longest note that a holder takes, bytes.
const MAX_NOTE_BYTES: usize = 4 * 1024;

impl HeldPrograms {
    /// Those of a data folder; without, when it takes no sockets: then nothing is kept, and that is said.
    pub(crate) fn open(data_dir: &DataDir) -> Option<Self> {
        let path: PathBuf = data_dir.path.join("holders");
        match HolderFolder::open(&path) {
            Ok(folder) => {
                folder.remove_stale();
                Some(HeldPrograms { folder, boot: data_dir.boot, next: AtomicU64::new(1) })
            }
            Err(why) => {
                tracing::warn!(path = %path.display(), %why, "programs will not survive the desktop");
                None
            }
        }
    }

    pub(crate) fn folder(&self) -> &HolderFolder {
        &self.folder
    }

    /// The runs that programs still work in.
    pub(crate) fn runs(&self) -> Vec<RunId> {
        let held = self.folder.list().into_iter();
        held.filter(|info| info.ended.is_none()).filter_map(|info| Note::of(&info).run).collect()
    }

    /// A place for a new one. No two boots of a folder have the same number, so no name comes twice.
    pub(crate) fn keep(&self, identity: &Identity, run: Option<RunId>, claim: Option<Claim>) -> Keep {
        let mut note = Note {
            claim,
            app: identity.app.as_deref().map(|app| cut(app, MAX_NAME_BYTES)),
            name: cut(&identity.name, MAX_NAME_BYTES),
            cause: identity.cause,
            run,
        };
        let write = |note: &Note| serde_json::to_string(note).unwrap_or_default();
        if write(&note).len() > MAX_NOTE_BYTES
            && let Some(claim) = &mut note.claim
        {
            // What does not fit is left out, and that is said.
            for list in
                [&mut claim.asked.read, &mut claim.asked.write, &mut claim.hosts, &mut claim.only_read]
            {
                list.clear();
            }
            claim.missing = vec!["It has more folders and hosts than could be noted.".into()];
        }
        Keep {
            folder: self.folder.path().to_owned(),
            id: format!("{}-{}", self.boot, self.next.fetch_add(1, Ordering::Relaxed)),
            // Plain text always serialises.
            note: write(&note),
            started_millis: identity.started_millis,
        }
    }
}

impl Note {
    /// What was written; nothing, when it cannot be read.
    pub(crate) fn of(info: &HeldInfo) -> Note {
        serde_json::from_str(&info.note).unwrap_or_default()
    }
}

/// As the table tells it; `pid` is the process that it is here.
pub(crate) fn tell(info: HeldInfo, pid: Option<Pid>) -> HeldProgram {
    let note = Note::of(&info);
    HeldProgram {
        id: info.id,
        app: note.app,
        name: note.name,
        executable: info.executable,
        args: info.args,
        host_pid: info.host_pid,
        cause: note.cause,
        started_millis: info.started_millis,
        attached: info.attached,
        pid,
        exit: info.ended.map(|(exit, _)| exit_of(&exit)),
        ended_millis: info.ended.map(|(_, millis)| millis),
    }
}

/// An end in the table's words.
pub(crate) fn exit_of(exit: &sandbox::Exit) -> abi::table::Exit {
    match exit.status {
        ExitStatus::Code(code) => abi::table::Exit::Code(code),
        ExitStatus::Signal(signal) => abi::table::Exit::Signal(signal),
    }
}
