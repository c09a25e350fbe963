//! Rows about queues.

use super::{within, within_here};
use crate::{
    caller::Caller,
    door::{Handle, Paths, Wait},
    lineage,
    queue::{DEFAULT_PER_PROCESS, NewQueue, Queue},
};
use abi::{
    Errno, QueueId, SysError, SysResult, Syscalls,
    table::{
        GetQueueStats, Message, QueueClose, QueueCreate, QueueDestroy, QueueOpen, QueueReceive, QueueSend,
        QueueStats, QueueSubscribe, QueueUnsubscribe,
    },
};

handlers! {
    QueueCreate => create;
    QueueOpen => open;
    QueueSend => send;
    QueueSubscribe => subscribe;
    QueueUnsubscribe => unsubscribe;
    QueueClose => close;
    QueueDestroy => destroy;
    GetQueueStats => stats;
}

fn create(caller: &Caller, call: QueueCreate) -> SysResult<QueueId> {
    let QueueCreate { name, kind, capacity, overflow } = call;
    let process = caller.process();
    let most = process.limits().queues.unwrap_or(DEFAULT_PER_PROCESS);
    caller.core().queues.create(process.pid(), NewQueue { name, kind, capacity, overflow }, most)
}

fn open(caller: &Caller, call: QueueOpen) -> SysResult<QueueId> {
    caller.core().queues.open(&call.name)
}

fn send(caller: &Caller, call: QueueSend) -> SysResult<u32> {
    let queue = caller.core().queues.get(call.queue)?;
    queue.send(caller.process().pid(), caller.cause(), call.data, call.priority)
}

fn subscribe(caller: &Caller, call: QueueSubscribe) -> SysResult<()> {
    let pid = caller.process().pid();
    caller.core().queues.get(call.queue)?.subscribe(pid, call.capacity, call.overflow)
}

fn unsubscribe(caller: &Caller, call: QueueUnsubscribe) -> SysResult<()> {
    caller.core().queues.unsubscribe(caller.process().pid(), call.queue)
}

fn close(caller: &Caller, call: QueueClose) -> SysResult<()> {
    caller.core().queues.close(caller.process().pid(), call.queue)
}

fn destroy(caller: &Caller, call: QueueDestroy) -> SysResult<()> {
    caller.core().queues.destroy(caller.process().pid(), call.queue)
}

fn stats(caller: &Caller, call: GetQueueStats) -> SysResult<QueueStats> {
    Ok(caller.core().queues.get(call.queue)?.stats())
}

/// The next message, or why there will be none.
fn look(caller: &Caller, queue: &Queue) -> Option<SysResult<Message>> {
    let process = caller.process();
    if !process.is_alive() {
        let detail = format!("process {} has ended", process.pid());
        return Some(Err(SysError::new(Errno::ECANCELED, detail)));
    }
    let received = queue.try_receive(process.pid())?;
    if let Ok(message) = &received {
        lineage::tell_received(caller, message.cause, message.sender, queue.name());
    }
    Some(received)
}

fn nothing(queue: QueueId) -> SysError {
    SysError::new(Errno::EAGAIN, format!("queue {queue}: nothing there yet"))
}

impl Handle for QueueReceive {
    type Object = ();

    fn resolve(&mut self, _: &Paths<'_>) -> SysResult<()> {
        Ok(())
    }

    fn run(self, caller: &Caller, (): ()) -> SysResult<Message> {
        let queue = caller.core().queues.get(self.queue)?;
        if self.timeout_millis == Some(0) {
            return look(caller, &queue).unwrap_or_else(|| Err(nothing(self.queue)));
        }
        let next = queue.changed().until(|| look(caller, &queue));
        let again = || look(caller, &queue);
        within_here(caller, self.timeout_millis, "queue_receive", queue.changed(), again, next)
    }
}

impl Wait for QueueReceive {
    async fn wait(self, caller: &Caller) -> SysResult<Message> {
        let queue = caller.core().queues.get(self.queue)?;
        if self.timeout_millis == Some(0) {
            return look(caller, &queue).unwrap_or_else(|| Err(nothing(self.queue)));
        }
        let next = queue.changed().until(|| look(caller, &queue));
        within(self.timeout_millis, "queue_receive", next).await?
    }
}
