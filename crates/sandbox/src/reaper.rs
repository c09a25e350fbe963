//! Clears away what has ended: the host takes a moment to take namespaces apart, and nobody has to wait for that.

use crate::{Group, isolated::Namespaces};
use std::{
    sync::{
        OnceLock,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

/// What may wait to be cleared away; beyond that, who drops it does it.
const WAITING: usize = 64;

/// Namespaces in which nobody is left but their first process, and the control group that they were in.
type Ended = (Namespaces, Option<Group>);

/// Reaps the first process when it is gone and removes the group. Does not wait.
pub(crate) fn clear_away(namespaces: Namespaces, group: Option<Group>) {
    let ended = (namespaces, group);
    if let Err(ended) = hand_over(ended) {
        clear(ended);
    }
}

fn hand_over(ended: Ended) -> Result<(), Ended> {
    let Some(queue) = thread_handle() else { return Err(ended) };
    queue.try_send(ended).map_err(|why| match why {
        std::sync::mpsc::TrySendError::Full(ended) | std::sync::mpsc::TrySendError::Disconnected(ended) => {
            ended
        }
    })
}

fn clear((namespaces, group): Ended) {
    // Waits for the end of the first process.
    drop(namespaces);
    group.iter().for_each(Group::remove);
}

fn thread_handle() -> Option<&'static SyncSender<Ended>> {
    static QUEUE: OnceLock<Option<SyncSender<Ended>>> = OnceLock::new();
    let start = || {
        let (queue, ended) = sync_channel::<Ended>(WAITING);
        let run = move || ended.into_iter().for_each(clear);
        thread::Builder::new().name("agentos-reaper".into()).spawn(run).ok()?;
        Some(queue)
    };
    QUEUE.get_or_init(start).as_ref()
}
