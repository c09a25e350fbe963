//! Waiting for one of several descriptors and pipes.

use super::MAX_WAIT_MILLIS;
use crate::{caller::Caller, door::Wait, fd::Description, pipe::Pipe};
use abi::{
    Errno, SysError, SysResult,
    table::{PipeReady, Poll, PollFd, PollPipe, Polled, PolledObject},
};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{self, Context},
    time::Duration,
};

/// How many can be waited for at once.
const MAX_OBJECTS: usize = 1_024;

handlers! {
    Poll waits;
}

/// What is waited for, with the object itself.
enum Wanted {
    Descriptor(PollFd, Arc<Description>),
    Pipe(PollPipe, Arc<Pipe>),
}

impl Wanted {
    fn pipe(caller: &Caller, wanted: PollPipe) -> SysResult<Self> {
        let pid = caller.process().pid();
        let pipe = caller.core().pipes.get_own(pid, wanted.pipe)?;
        for (is_wanted, ready) in [(wanted.read, PipeReady::Readable), (wanted.write, PipeReady::Writable)] {
            if is_wanted {
                pipe.check_end(pid, ready)?;
            }
        }
        Ok(Wanted::Pipe(wanted, pipe))
    }

    /// What it is ready for now, if that is anything.
    fn ready(&self) -> Option<Polled> {
        let polled = match self {
            Wanted::Descriptor(wanted, description) => {
                let (readable, ended) = description.readiness();
                Polled {
                    object: PolledObject::Fd(wanted.fd),
                    readable: wanted.read && readable,
                    writable: wanted.write && description.can_write_now(),
                    ended,
                }
            }
            Wanted::Pipe(wanted, pipe) => Polled {
                object: PolledObject::Pipe(wanted.pipe),
                readable: wanted.read && pipe.is_ready(PipeReady::Readable),
                writable: wanted.write && pipe.is_ready(PipeReady::Writable),
                ended: pipe.is_broken(),
            },
        };
        (polled.readable || polled.writable || polled.ended).then_some(polled)
    }

    /// Adds what ends when that may have changed.
    fn add_changes<'a>(&'a self, changes: &mut AnyOf<'a>) {
        match self {
            Wanted::Descriptor(wanted, description) => {
                changes.0.push(Box::pin(description.changed()));
                if wanted.write {
                    changes.0.push(Box::pin(description.writable()));
                }
            }
            // It is looked at by whoever waits.
            Wanted::Pipe(_, pipe) => changes.0.push(Box::pin(async {
                pipe.changed().rung(|| false).await;
            })),
        }
    }
}

impl Wait for Poll {
    async fn wait(self, caller: &Caller) -> SysResult<Vec<Polled>> {
        let count = self.fds.len() + self.pipes.len();
        if count > MAX_OBJECTS {
            let detail = format!("{count} descriptors and pipes are more than {MAX_OBJECTS}");
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        let descriptors = &caller.process().descriptors;
        let fds = self.fds.iter().map(|fd| Ok(Wanted::Descriptor(*fd, descriptors.get(fd.fd)?)));
        let pipes = self.pipes.iter().map(|pipe| Wanted::pipe(caller, *pipe));
        let wanted: Vec<Wanted> = fds.chain(pipes).collect::<SysResult<_>>()?;
        if self.timeout_millis == Some(0) {
            return Ok(ready(&wanted));
        }
        let waiting = until_ready(&wanted);
        let Some(millis) = self.timeout_millis else { return Ok(waiting.await) };
        let timeout = Duration::from_millis(millis.min(MAX_WAIT_MILLIS));
        Ok(tokio::time::timeout(timeout, waiting).await.unwrap_or_default())
    }
}

/// Those that are ready now.
fn ready(wanted: &[Wanted]) -> Vec<Polled> {
    wanted.iter().filter_map(Wanted::ready).collect()
}

async fn until_ready(wanted: &[Wanted]) -> Vec<Polled> {
    loop {
        let mut changes = AnyOf(Vec::new());
        for wanted in wanted {
            wanted.add_changes(&mut changes);
        }
        // Every waiter is registered before we look, so that a change in between is not missed.
        let changed = poll_fn(|context| task::Poll::Ready(changes.poll_all(context))).await;
        let now = ready(wanted);
        if !now.is_empty() {
            return now;
        }
        if !changed {
            changes.await;
        }
    }
}

/// Is over when the first of its futures is. Each poll polls all of them.
struct AnyOf<'a>(Vec<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>);

impl AnyOf<'_> {
    fn poll_all(&mut self, context: &mut Context<'_>) -> bool {
        // No short cut: those behind have to be registered, too.
        let mut any = false;
        for one in &mut self.0 {
            any |= one.as_mut().poll(context).is_ready();
        }
        any
    }
}

impl Future for AnyOf<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> task::Poll<()> {
        if self.poll_all(context) { task::Poll::Ready(()) } else { task::Poll::Pending }
    }
}
