//! Rows about watching folders.

use super::{MAX_WAIT_MILLIS, descriptor::most};
use crate::{
    caller::Caller,
    door::Wait,
    fd::Description,
    vfs::{self, Resolved, Told},
};
use abi::{
    Fd, SysResult,
    table::{FileChange, FileEvent, Unwatch, Watch, WatchEvents, WatchRead},
};
use std::time::Duration;

/// Most events in one reply.
const MAX_EVENTS: u32 = 1_000;

handlers! {
    Watch(follow path) => watch;
    Unwatch => unwatch;
    WatchRead waits;
}

fn watch(caller: &Caller, _: Watch, object: &Resolved) -> SysResult<Fd> {
    caller.core().need(|switches| switches.watch, "watch")?;
    let watch = caller.core().mounts.watch(object)?;
    caller.process().descriptors.insert(Description::watch(watch), 0, most(caller))
}

fn unwatch(caller: &Caller, call: Unwatch) -> SysResult<()> {
    let descriptors = &caller.process().descriptors;
    descriptors.get(call.fd)?.watch_of()?;
    descriptors.remove(call.fd).map(drop)
}

impl Wait for WatchRead {
    async fn wait(self, caller: &Caller) -> SysResult<WatchEvents> {
        let description = caller.process().descriptors.get(self.fd)?;
        let watch = description.watch_of()?;
        let limit = self.limit.clamp(1, MAX_EVENTS) as usize;
        let told = match self.timeout_millis {
            Some(0) => watch.take(limit),
            None => watch.next(limit).await,
            Some(millis) => {
                let timeout = Duration::from_millis(millis.min(MAX_WAIT_MILLIS));
                tokio::time::timeout(timeout, watch.next(limit)).await.unwrap_or_default()
            }
        };
        Ok(events(told))
    }
}

fn events(told: Told) -> WatchEvents {
    let one = |event: vfs::FileEvent| FileEvent {
        path: event.path.as_str().to_owned(),
        change: match event.change {
            vfs::FileChange::Created => FileChange::Created,
            vfs::FileChange::Changed => FileChange::Changed,
            vfs::FileChange::Removed => FileChange::Removed,
            vfs::FileChange::MovedAway => FileChange::MovedAway,
            vfs::FileChange::MovedHere => FileChange::MovedHere,
            vfs::FileChange::Gone => FileChange::Gone,
        },
    };
    WatchEvents { events: told.events.into_iter().map(one).collect(), lost: told.lost }
}
