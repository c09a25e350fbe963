//! The books of submitted calls.
//!
//! **Invariants**: a task belongs to one process, and only that process sees it; a process's counter is
//! the number of its entries; a result is given out once.
//! **Lock order**: the table alone; nothing is called while it is held.

use super::{MAX_STRAND, Progress, strand::Job};
use crate::{
    caller::Caller,
    door::{self, Started},
    process::Process,
    sync::lock,
};
use abi::{
    Call, Errno, Pid, Reply, SysError, SysResult, TaskId,
    table::{Class, ProcessState, Row, TaskState, TaskStatus},
};
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::AbortHandle;

/// Submitted calls of one process where its limits say nothing.
const DEFAULT_PER_PROCESS: u32 = 1_024;
/// How long a result waits to be collected.
const RESULT_TTL: Duration = Duration::from_secs(60 * 60);

struct Entry {
    process: Arc<Process>,
    row: &'static Row,
    state: TaskState,
    result: Option<SysResult<Reply>>,
    finished: Option<Instant>,
    abort: Option<AbortHandle>,
    progress: Arc<Progress>,
}

/// All submitted calls.
#[derive(Default)]
pub(crate) struct Tasks {
    last: AtomicU64,
    table: Mutex<HashMap<TaskId, Entry>>,
}

fn no_task(task: TaskId) -> SysError {
    SysError::new(Errno::ESRCH, format!("the process has no task {task}"))
}

impl Tasks {
    /// Starts a call that goes on by itself.
    pub(crate) fn submit(&self, caller: &Caller, call: Call) -> SysResult<TaskId> {
        if matches!(call, Call::Submit(_)) {
            return Err(SysError::new(Errno::EINVAL, "a submitted call cannot submit another"));
        }
        caller.core().need(|switches| switches.tasks, "submit")?;
        let process = caller.process();
        if !process.is_alive() {
            return Err(SysError::new(Errno::ESRCH, format!("process {} has ended", process.pid())));
        }
        if let Call::StreamPush(push) = &call
            && caller.core().strands.waiting((process.pid(), push.fd)) >= MAX_STRAND
        {
            let detail = format!("descriptor {}: {MAX_STRAND} parts wait to be written", push.fd);
            return Err(SysError::new(Errno::EAGAIN, detail));
        }
        let most = process.limits().tasks.unwrap_or(DEFAULT_PER_PROCESS);
        let progress = Arc::new(Progress::default());
        let task = TaskId(self.last.fetch_add(1, Ordering::Relaxed) + 1);
        {
            let mut table = lock(&self.table);
            if process.tasks.load(Ordering::Relaxed) >= most {
                forget_oldest_result(&mut table, process, most)?;
            }
            process.tasks.fetch_add(1, Ordering::Relaxed);
            let entry = Entry {
                process: process.clone(),
                row: call.row(),
                state: TaskState::Pending,
                result: None,
                finished: None,
                abort: None,
                progress: progress.clone(),
            };
            table.insert(task, entry);
        }
        let caller = caller.with_progress(progress);
        if let Some(call) = process.parked.keep(&caller, call, task) {
            self.start(&caller, call, task);
        }
        if !process.is_alive() {
            // It ended meanwhile, and its end may have looked before this was there.
            process.parked.forget();
            self.release(process.pid());
            return Err(SysError::new(Errno::ESRCH, format!("process {} has ended", process.pid())));
        }
        Ok(task)
    }

    /// Calls of this class that are not finished.
    pub(crate) fn under_way(&self, class: Class) -> usize {
        // Those of a stopped process wait for somebody, too.
        let unfinished = |entry: &&Entry| match entry.state {
            TaskState::Pending => entry.process.state() != ProcessState::Stopped,
            state => state == TaskState::Running,
        };
        lock(&self.table).values().filter(unfinished).filter(|entry| entry.row.class == class).count()
    }

    /// Starts a call that was submitted.
    pub(crate) fn start(&self, caller: &Caller, call: Call, task: TaskId) {
        let core = caller.core().clone();
        let strand = match &call {
            Call::FdWrite(write) => Some((caller.process().pid(), write.fd)),
            Call::StreamPush(push) => Some((caller.process().pid(), push.fd)),
            // Behind the parts that were pushed before it.
            Call::StreamClose(close) => Some((caller.process().pid(), close.fd)),
            _ => None,
        };
        match door::start(caller.clone(), call) {
            Started::Waits(future) => {
                let runtime = core.runtime().clone();
                let running = runtime.spawn(async move {
                    core.tasks.begin(task);
                    let result = future.await;
                    core.tasks.finish(task, result);
                    core.wake();
                });
                let mut table = lock(&self.table);
                match table.get_mut(&task) {
                    Some(entry) if entry.state != TaskState::Cancelled => {
                        entry.abort = Some(running.abort_handle());
                    }
                    // Cancelled or forgotten before we knew how to stop it.
                    _ => running.abort(),
                }
            }
            Started::Runs(run) => {
                let runtime = core.runtime().clone();
                let at_work = core.clone();
                let job: Job = Box::new(move || {
                    if !at_work.tasks.begin(task) {
                        return; // cancelled before it began
                    }
                    let bug = || SysError::new(Errno::EIO, "the call failed inside the kernel");
                    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(bug()));
                    at_work.tasks.finish(task, result);
                    at_work.wake();
                });
                match strand {
                    None => drop(runtime.spawn_blocking(job)),
                    Some(key) if core.strands.push(key, job) => {
                        drop(runtime.spawn_blocking(move || core.strands.work(key)));
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// Marks a task as running. False when it was cancelled or forgotten meanwhile.
    fn begin(&self, task: TaskId) -> bool {
        let mut table = lock(&self.table);
        match table.get_mut(&task) {
            Some(entry) if entry.state == TaskState::Pending => {
                entry.state = TaskState::Running;
                true
            }
            _ => false,
        }
    }

    fn finish(&self, task: TaskId, result: SysResult<Reply>) {
        let mut table = lock(&self.table);
        let Some(entry) = table.get_mut(&task) else { return };
        if entry.state == TaskState::Cancelled {
            return;
        }
        entry.state = if result.is_ok() { TaskState::Completed } else { TaskState::Failed };
        entry.finished = Some(Instant::now());
        entry.result = Some(result);
    }

    /// Takes the result of a task that is done. `None` while it is under way.
    pub(crate) fn poll(&self, pid: Pid, task: TaskId) -> Option<SysResult<Reply>> {
        let mut table = lock(&self.table);
        match table.get(&task) {
            Some(entry) if entry.process.pid() != pid => return Some(Err(no_task(task))),
            None => return Some(Err(no_task(task))),
            Some(entry) if entry.finished.is_none() => return None,
            Some(_) => {}
        }
        let entry = table.remove(&task)?;
        entry.process.tasks.fetch_sub(1, Ordering::Relaxed);
        entry.result
    }

    /// Where a task is. The result stays.
    pub(crate) fn status(&self, pid: Pid, task: TaskId) -> SysResult<TaskStatus> {
        let table = lock(&self.table);
        let entry =
            table.get(&task).filter(|entry| entry.process.pid() == pid).ok_or_else(|| no_task(task))?;
        let (reply, error) = match &entry.result {
            None => (None, None),
            // Replies are plain data with string keys; what serde cannot write is shown as null.
            Some(Ok(reply)) => (Some(serde_json::to_value(reply).unwrap_or_default()), None),
            Some(Err(error)) => (None, Some(error.clone())),
        };
        Ok(TaskStatus {
            task,
            call: entry.row.name.to_owned(),
            state: entry.state,
            progress: entry.progress.get(),
            reply,
            errno: error.as_ref().map(|error| error.errno),
            detail: error.map(|error| error.detail),
        })
    }

    /// Cancels a task. False when it was done.
    pub(crate) fn cancel(&self, pid: Pid, task: TaskId) -> SysResult<bool> {
        let mut table = lock(&self.table);
        let entry =
            table.get_mut(&task).filter(|entry| entry.process.pid() == pid).ok_or_else(|| no_task(task))?;
        if entry.finished.is_some() {
            return Ok(false);
        }
        entry.cancel();
        Ok(true)
    }

    /// Cancels and forgets everything of a process; says how much that was.
    pub(crate) fn release(&self, pid: Pid) -> usize {
        let mut table = lock(&self.table);
        let before = table.len();
        table.retain(|_, entry| {
            let stays = entry.process.pid() != pid;
            if !stays {
                entry.cancel();
                entry.process.tasks.fetch_sub(1, Ordering::Relaxed);
            }
            stays
        });
        before - table.len()
    }

    /// Forgets results that nobody collected in time; says how many.
    pub(crate) fn sweep(&self) -> u32 {
        let mut table = lock(&self.table);
        let before = table.len();
        table.retain(|_, entry| {
            let stays = entry.finished.is_none_or(|finished| finished.elapsed() < RESULT_TTL);
            if !stays {
                entry.process.tasks.fetch_sub(1, Ordering::Relaxed);
            }
            stays
        });
        u32::try_from(before - table.len()).unwrap_or(u32::MAX)
    }

    /// All tasks.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(lock(&self.table).len()).unwrap_or(u32::MAX)
    }

    /// Bytes that a process's results hold, roughly.
    pub(crate) fn result_bytes(&self, pid: Pid) -> u64 {
        let table = lock(&self.table);
        let own = table.values().filter(|entry| entry.process.pid() == pid);
        own.map(|entry| match &entry.result {
            Some(Ok(
                Reply::Read(data)
                | Reply::FdRead(data)
                | Reply::FdPread(data)
                | Reply::PipeRead(data)
                | Reply::ShmRead(data)
                | Reply::StreamNext(data)
                | Reply::MmapRead(data),
            )) => data.len() as u64,
            Some(Ok(Reply::QueueReceive(message))) => message.data.len() as u64,
            Some(_) => 256,
            None => 0,
        })
        .sum()
    }
}

impl Entry {
    fn cancel(&mut self) {
        if let Some(abort) = self.abort.take() {
            abort.abort();
        }
        self.progress.stop();
        if self.finished.is_none() {
            self.state = TaskState::Cancelled;
            self.result =
                Some(Err(SysError::new(Errno::ECANCELED, format!("{} was cancelled", self.row.name))));
            self.finished = Some(Instant::now());
        }
    }
}

fn forget_oldest_result(
    table: &mut HashMap<TaskId, Entry>,
    process: &Arc<Process>,
    most: u32,
) -> SysResult<()> {
    let done =
        table.iter().filter(|(_, entry)| Arc::ptr_eq(&entry.process, process) && entry.finished.is_some());
    let oldest = done.min_by_key(|(task, _)| **task).map(|(task, _)| *task);
    let Some(oldest) = oldest else {
        let detail = format!("process {} has {most} calls under way", process.pid());
        return Err(SysError::new(Errno::EAGAIN, detail));
    };
    table.remove(&oldest);
    process.tasks.fetch_sub(1, Ordering::Relaxed);
    Ok(())
}
