//! Waiting for one of several descriptors.

use super::MAX_WAIT_MILLIS;
use crate::{caller::Caller, door::Wait, fd::Description};
use abi::{
    Errno, SysError, SysResult,
    table::{Poll, PollFd, Polled},
};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{self, Context},
    time::Duration,
};

/// How many descriptors can be waited for at once.
const MAX_FDS: usize = 1_024;

handlers! {
    Poll waits;
}

impl Wait for Poll {
    async fn wait(self, caller: &Caller) -> SysResult<Vec<Polled>> {
        if self.fds.len() > MAX_FDS {
            let detail = format!("{} descriptors are more than {MAX_FDS}", self.fds.len());
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        let descriptors = &caller.process().descriptors;
        let wanted: Vec<(PollFd, Arc<Description>)> = self
            .fds
            .iter()
            .map(|wanted| Ok((*wanted, descriptors.get(wanted.fd)?)))
            .collect::<SysResult<_>>()?;
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
fn ready(wanted: &[(PollFd, Arc<Description>)]) -> Vec<Polled> {
    let one = |(wanted, description): &(PollFd, Arc<Description>)| {
        let (readable, ended) = description.readiness();
        let polled = Polled {
            fd: wanted.fd,
            readable: wanted.read && readable,
            writable: wanted.write && description.can_write_now(),
            ended,
        };
        (polled.readable || polled.writable || polled.ended).then_some(polled)
    };
    wanted.iter().filter_map(one).collect()
}

async fn until_ready(wanted: &[(PollFd, Arc<Description>)]) -> Vec<Polled> {
    loop {
        let mut changes = AnyOf(Vec::new());
        for (wanted, description) in wanted {
            changes.0.push(Box::pin(description.changed()));
            if wanted.write {
                changes.0.push(Box::pin(description.writable()));
            }
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
