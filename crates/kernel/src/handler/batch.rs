//! Several calls in one.

use crate::{
    caller::Caller,
    door::{self, Handle, Paths, Started, Wait, run_waiting},
};
use abi::{
    Call, Errno, Reply, SysError, SysResult,
    table::{Batch, BatchOrder, BatchReply, BatchResult, Class},
};
use tokio::task::JoinSet;

/// Calls of one batch.
const MAX_CALLS: usize = 1_024;
/// Calls of one batch that are under way at once.
const AT_ONCE: usize = 16;

/// Results by the place of their call; none yet, or never begun.
struct Results {
    results: Vec<Option<BatchResult>>,
    done: u64,
    has_failed: bool,
}

impl Results {
    fn new(calls: usize) -> Self {
        Results { results: vec![None; calls], done: 0, has_failed: false }
    }

    fn put(&mut self, caller: &Caller, at: usize, result: SysResult<Reply>) {
        self.has_failed |= result.is_err();
        let result = match result {
            // Replies are plain data with string keys; what serde cannot write is shown as null.
            Ok(reply) => BatchResult::Done { ok: serde_json::to_value(reply).unwrap_or_default() },
            Err(why) => BatchResult::Failed(why),
        };
        self.results[at] = Some(result);
        self.done += 1;
        caller.tell_progress(self.done, self.results.len() as u64);
    }

    fn reply(self) -> BatchReply {
        let results: Vec<BatchResult> = self
            .results
            .into_iter()
            .map(|result| result.unwrap_or(BatchResult::Skipped { skipped: true }))
            .collect();
        let count = |wanted: fn(&BatchResult) -> bool| {
            u32::try_from(results.iter().filter(|result| wanted(result)).count()).unwrap_or(u32::MAX)
        };
        BatchReply {
            succeeded: count(|result| matches!(result, BatchResult::Done { .. })),
            failed: count(|result| matches!(result, BatchResult::Failed(_))),
            skipped: count(|result| matches!(result, BatchResult::Skipped { .. })),
            results,
        }
    }
}

fn check(batch: &Batch) -> SysResult<()> {
    if batch.calls.len() > MAX_CALLS {
        let detail = format!("{} calls are more than {MAX_CALLS}", batch.calls.len());
        return Err(SysError::new(Errno::EINVAL, detail));
    }
    match batch.calls.iter().find(|call| matches!(call, Call::Batch(_) | Call::Submit(_))) {
        None => Ok(()),
        Some(call) => {
            Err(SysError::new(Errno::EINVAL, format!("a batch cannot contain `{}`", call.row().name)))
        }
    }
}

/// One after the other, on this thread.
fn run_in_order(caller: &Caller, batch: Batch) -> BatchReply {
    let part = caller.without_progress();
    let mut results = Results::new(batch.calls.len());
    for (at, call) in batch.calls.into_iter().enumerate() {
        if batch.stop_on_error && results.has_failed {
            break;
        }
        results.put(caller, at, door::dispatch(&part, call));
    }
    results.reply()
}

impl Handle for Batch {
    type Object = ();

    fn resolve(&mut self, _: &Paths<'_>) -> SysResult<()> {
        Ok(())
    }

    fn run(self, caller: &Caller, (): ()) -> SysResult<BatchReply> {
        check(&self)?;
        match self.order {
            BatchOrder::Sequential => Ok(run_in_order(caller, self)),
            BatchOrder::Parallel => run_waiting(caller, self),
        }
    }
}

impl Wait for Batch {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<BatchReply> {
        check(&self)?;
        let waits = self.calls.iter().any(|call| call.row().class == Class::Waits);
        if self.order == BatchOrder::Sequential && !waits {
            // No call of it waits, so one thread of the pool does them all.
            let caller = caller.clone();
            let runtime = caller.core().runtime().clone();
            let all = runtime.spawn_blocking(move || run_in_order(&caller, self));
            return all.await.map_err(|_| SysError::new(Errno::EIO, "a call failed inside the kernel"));
        }
        let at_once = if self.order == BatchOrder::Sequential { 1 } else { AT_ONCE };
        Ok(run_at_once(caller, self, at_once).await)
    }
}

/// At most `at_once` of them at a time, begun in their order. What is under way ends with this future.
async fn run_at_once(caller: &Caller, batch: Batch, at_once: usize) -> BatchReply {
    let part = caller.without_progress();
    let runtime = caller.core().runtime();
    let mut results = Results::new(batch.calls.len());
    let mut under_way: JoinSet<(usize, SysResult<Reply>)> = JoinSet::new();
    let mut places: Vec<(tokio::task::Id, usize)> = Vec::new();
    let mut calls = batch.calls.into_iter().enumerate();
    loop {
        while under_way.len() < at_once && !(batch.stop_on_error && results.has_failed) {
            let Some((at, call)) = calls.next() else { break };
            if call.row().class == Class::Instant {
                results.put(caller, at, door::dispatch(&part, call));
                continue;
            }
            let handle = match door::start(part.clone(), call) {
                Started::Waits(future) => under_way.spawn_on(async move { (at, future.await) }, runtime),
                Started::Runs(run) => under_way.spawn_blocking_on(move || (at, run()), runtime),
            };
            places.push((handle.id(), at));
        }
        match under_way.join_next().await {
            None => return results.reply(),
            Some(Ok((at, result))) => {
                places.retain(|(_, place)| *place != at);
                results.put(caller, at, result);
            }
            Some(Err(why)) => {
                let place = places.iter().position(|(id, _)| *id == why.id());
                if let Some(place) = place {
                    let bug = SysError::new(Errno::EIO, "the call failed inside the kernel");
                    results.put(caller, places.swap_remove(place).1, Err(bug));
                }
            }
        }
    }
}
