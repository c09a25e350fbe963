//! A kernel that answers from what a test put into it, and frames to drive an app with.
//!
//! Files are a map from path to bytes; folders are paths without bytes. Submitted calls are answered at the next
//! poll. No rights are checked: that is the kernel's matter and tested there.

use abi::{
    Call, CauseId, CauseSpec, Errno, Fd, Pid, Reply, SysError, SysResult, Syscalls, TaskId, UiCaller,
    table::{
        BatchReply, BatchResult, Chain, DirEntry, EventPage, Explanation, FileKind, FileStat, JournalCheck,
        JournalRow, Limits, Metrics, ProcessInfo, ProcessKind, ProcessState, ProcessStats, SystemInfo,
        UndoMode, UndoStep, Undone, Uptime,
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

mod files;
pub(crate) mod review;

/// What the fake kernel holds.
#[derive(Default)]
pub(crate) struct World {
    /// `None` is a folder.
    pub(crate) files: BTreeMap<String, Option<Vec<u8>>>,
    pub(crate) processes: Vec<ProcessInfo>,
    pub(crate) metrics: Metrics,
    pub(crate) events: EventPage,
    /// Subscriptions to them: where each goes on, and whose it leaves out.
    feeds: BTreeMap<Fd, (u64, Option<Pid>)>,
    /// Open streams: what is left of the file, and bytes of a part.
    pub(crate) streams: BTreeMap<Fd, (Vec<u8>, usize)>,
    /// Calls that wait on one.
    waiting: HashMap<TaskId, Fd>,
    /// Calls that were made.
    pub(crate) made: u64,
    pub(crate) chain: Chain,
    pub(crate) killed: Vec<(Pid, i32)>,
    pub(crate) signals: Vec<(Pid, i32)>,
    pub(crate) priorities: Vec<(Pid, u8)>,
    pub(crate) limits: Limits,
    /// Answers to `query_journal`, of any filter.
    pub(crate) journal: Vec<JournalRow>,
    /// Answers to `explain`, of any subject.
    pub(crate) explained: Vec<Explanation>,
    pub(crate) plan: Vec<UndoStep>,
    pub(crate) undone: Vec<(CauseId, UndoMode)>,
    /// Answers to `list_app_rights`.
    pub(crate) rights: Vec<abi::table::AppRights>,
    /// What was decided about rights, in words.
    pub(crate) decided: Vec<String>,
    /// Calls by name that fail with this errno.
    pub(crate) failing: HashMap<&'static str, Errno>,
    /// Where what is in the trash was.
    pub(crate) trash: BTreeMap<String, String>,
    /// Files as they were before each cause that changed some.
    before: Vec<files::Before>,
    pub(crate) review: review::Runs,
    /// What made a path.
    pub(crate) explanations: Vec<abi::table::Explanation>,
    /// Submitted calls are answered only after so many further polls.
    pub(crate) slow: u32,
    /// For whom the call is made that runs now.
    cause: CauseId,
    causes: u64,
    tasks: HashMap<TaskId, (u32, SysResult<Reply>)>,
    next_task: u64,
}

/// The fake kernel.
#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<World>>, CauseId);

impl Fake {
    pub(crate) fn with_files(paths: &[(&str, Option<&str>)]) -> Self {
        let fake = Fake::default();
        for (path, content) in paths {
            let bytes = content.map(|text| text.as_bytes().to_vec());
            fake.world().files.insert((*path).to_owned(), bytes);
        }
        fake
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn caller(&self) -> UiCaller {
        UiCaller::new(Arc::new(self.clone()))
    }
}

impl World {
    fn kind(&self, path: &str) -> SysResult<FileKind> {
        match self.files.get(path) {
            Some(None) => Ok(FileKind::Directory),
            Some(Some(_)) => Ok(FileKind::File),
            None => Err(SysError::new(Errno::ENOENT, path)),
        }
    }

    fn list(&self, path: &str) -> SysResult<Vec<DirEntry>> {
        if self.kind(path)? != FileKind::Directory {
            return Err(SysError::new(Errno::ENOTDIR, path));
        }
        let inside = format!("{}/", path.trim_end_matches('/'));
        Ok(self
            .files
            .iter()
            .filter_map(|(path, content)| {
                let name =
                    path.strip_prefix(&inside).filter(|name| !name.is_empty() && !name.contains('/'))?;
                Some(DirEntry {
                    name: name.to_owned(),
                    kind: if content.is_some() { FileKind::File } else { FileKind::Directory },
                    size: content.as_ref().map_or(0, |bytes| bytes.len() as u64),
                    modified_millis: 1_763_900_000_000,
                })
            })
            .collect())
    }

    /// What a subscription has, if that is anything.
    fn next_events(&mut self, fd: Fd) -> Option<SysResult<Reply>> {
        let Some((place, without)) = self.feeds.get_mut(&fd) else { return Some(Err(Errno::EBADF.into())) };
        let new = self.events.events.iter().filter(|event| event.seq >= *place);
        let events: Vec<_> = new.filter(|event| Some(event.pid) != *without).cloned().collect();
        *place = events.last()?.seq + 1;
        let lost = std::mem::take(&mut self.events.lost);
        Some(Ok(Reply::NextEvents(EventPage { events, next: *place, lost })))
    }

    fn run(&mut self, call: Call) -> SysResult<Reply> {
        self.made += 1;
        if let Some(&errno) = self.failing.get(call.row().name) {
            return Err(errno.into());
        }
        self.remember(&call);
        let call = match self.review.answer(call) {
            Ok(answer) => return answer,
            Err(call) => call,
        };
        Ok(match call {
            Call::List(call) => Reply::List(self.list(&call.path)?),
            Call::Read(call) => match self.files.get(&call.path) {
                Some(Some(bytes)) => {
                    let end = call.size.map_or(bytes.len(), |size| (size as usize).min(bytes.len()));
                    Reply::Read(bytes[..end].to_vec().into())
                }
                Some(None) => return Err(SysError::new(Errno::EISDIR, call.path)),
                None => return Err(SysError::new(Errno::ENOENT, call.path)),
            },
            Call::Stat(call) => Reply::Stat(FileStat {
                kind: self.kind(&call.path)?,
                size: 0,
                modified_millis: 1,
                created_millis: None,
                mode: 0o644,
                links: 1,
                inode: 1,
                read_only: false,
            }),
            Call::Write(call) => {
                let size = call.data.len() as u64;
                self.files.insert(call.path, Some(call.data.0));
                Reply::Write(size)
            }
            Call::Create(call) => {
                if self.files.contains_key(&call.path) {
                    return Err(SysError::new(Errno::EEXIST, call.path));
                }
                self.files.insert(call.path, Some(call.data.0));
                Reply::Create(())
            }
            Call::Mkdir(call) => {
                if self.files.insert(call.path.clone(), None).is_some() {
                    return Err(SysError::new(Errno::EEXIST, call.path));
                }
                Reply::Mkdir(())
            }
            Call::Delete(call) => {
                self.files.remove(&call.path).ok_or(SysError::new(Errno::ENOENT, call.path))?;
                Reply::Delete(())
            }
            Call::Rmdir(call) => {
                if !self.list(&call.path)?.is_empty() {
                    return Err(SysError::new(Errno::ENOTEMPTY, call.path));
                }
                self.files.remove(&call.path);
                Reply::Rmdir(())
            }
            Call::ListProcesses(_) => Reply::ListProcesses(self.processes.clone()),
            Call::GetProcessStats(_) => {
                Reply::GetProcessStats(ProcessStats { errors: 3, ..Default::default() })
            }
            Call::Kill(call) => {
                self.killed.push((call.pid, call.signal));
                self.processes.retain(|process| process.pid != call.pid);
                Reply::Kill(())
            }
            Call::SendSignal(call) => {
                self.signals.push((call.pid, call.signal));
                Reply::SendSignal(())
            }
            Call::SetProcessPriority(call) => {
                self.priorities.push((call.pid.unwrap_or(Pid(77)), call.priority));
                Reply::SetProcessPriority(())
            }
            Call::GetLimits(_) => Reply::GetLimits(self.limits.clone()),
            Call::SetLimits(call) => {
                self.limits = call.limits;
                Reply::SetLimits(())
            }
            Call::ListCapabilities(_) => Reply::ListCapabilities(vec![
                abi::Capability::ReadFile(abi::PathScope("/home/Notes".into())),
                abi::Capability::TimeAccess,
            ]),
            Call::ListAppRights(_) => Reply::ListAppRights(self.rights.clone()),
            Call::RevokeCapability(call) => {
                self.decided.push(format!("{} revoke {}", call.pid, call.capability.in_words()));
                Reply::RevokeCapability(())
            }
            Call::KeepAnswer(call) => {
                self.decided.push(format!("{} {:?} {}", call.app, call.rule, call.capability.in_words()));
                Reply::KeepAnswer(())
            }
            Call::MuteRequests(call) => {
                self.decided.push(format!("{} muted {}", call.app, call.muted));
                Reply::MuteRequests(())
            }
            Call::QueryJournal(call) => {
                let rows = self.journal.iter().filter(|row| {
                    call.kind.as_ref().is_none_or(|kind| row.kind == *kind)
                        && call.app.as_ref().is_none_or(|app| row.app.as_ref() == Some(app))
                        && call.path.as_ref().is_none_or(|path| row.object.starts_with(path))
                        && call.before.is_none_or(|before| row.seq < before)
                });
                Reply::QueryJournal(rows.take(call.limit as usize).cloned().collect())
            }
            Call::Explain(_) if !self.explained.is_empty() => Reply::Explain(self.explained.clone()),
            Call::UndoPlan(_) if !self.plan.is_empty() => Reply::UndoPlan(self.plan.clone()),
            Call::Undo(call) if !self.plan.is_empty() => {
                if call.mode == UndoMode::Whole && self.plan.iter().any(|step| step.verdict == "conflict") {
                    return Err(SysError::new(Errno::EBUSY, "/home/a.txt: there is newer content"));
                }
                self.undone.push((call.cause, call.mode));
                let restored = self.plan.iter().map(|step| step.path.clone()).collect();
                let (unchanged, left) = (Vec::new(), Vec::new());
                Reply::Undo(Undone { cause: CauseId::new(1, 99), restored, unchanged, left })
            }
            Call::VerifyJournal(_) => Reply::VerifyJournal(JournalCheck {
                whole: true,
                segments: 1,
                rows: self.journal.len() as u64,
                ..JournalCheck::default()
            }),
            Call::GetMetrics(_) => Reply::GetMetrics(self.metrics.clone()),
            Call::GetMemoryStats(_) => Reply::GetMemoryStats(abi::table::MemoryStats {
                resident_bytes: 148_000_000,
                machine_total_bytes: 16_000_000_000,
                machine_available_bytes: 9_700_000_000,
                ..Default::default()
            }),
            Call::QueryEvents(call) => {
                let since = call.since.unwrap_or(0);
                let events = self.events.events.iter().filter(|event| event.seq >= since).cloned().collect();
                let next = self.events.events.last().map_or(0, |event| event.seq + 1);
                Reply::QueryEvents(EventPage { events, next, lost: 0 })
            }
            Call::Batch(call) => {
                let one = |call| match self.run(call) {
                    Ok(reply) => BatchResult::Done { ok: serde_json::to_value(reply).unwrap_or_default() },
                    Err(why) => BatchResult::Failed(why),
                };
                let results = call.calls.into_iter().map(one).collect();
                Reply::Batch(BatchReply { results, ..BatchReply::default() })
            }
            Call::StreamOpenRead(call) => match self.files.get(&call.path) {
                Some(Some(bytes)) => {
                    let fd = Fd(1_000 + u32::try_from(self.streams.len()).unwrap_or(0));
                    self.streams.insert(fd, (bytes.clone(), call.chunk as usize));
                    Reply::StreamOpenRead(fd)
                }
                _ => return Err(SysError::new(Errno::ENOENT, call.path)),
            },
            Call::StreamNext(call) => {
                let (rest, chunk) = self.streams.get_mut(&call.fd).ok_or(Errno::EBADF)?;
                let part: Vec<u8> = rest.drain(..rest.len().min(*chunk)).collect();
                Reply::StreamNext(part.into())
            }
            Call::StreamClose(call) => {
                self.streams.remove(&call.fd).ok_or(Errno::EBADF)?;
                Reply::StreamClose(())
            }
            Call::SubscribeEvents(call) => {
                let fd = Fd(u32::try_from(self.feeds.len()).unwrap_or(u32::MAX));
                let next = self.events.events.last().map_or(0, |event| event.seq + 1);
                self.feeds.insert(fd, (next, call.without));
                Reply::SubscribeEvents(fd)
            }
            Call::Close(call) => {
                self.feeds.remove(&call.fd).ok_or(Errno::EBADF)?;
                Reply::Close(())
            }
            Call::Why(_) => Reply::Why(self.chain.clone()),
            Call::GetSystemInfo(_) => Reply::GetSystemInfo(SystemInfo {
                version: "0.1.0".into(),
                host: "Linux 6.1".into(),
                hostname: "testbox".into(),
                architecture: "x86_64".into(),
                processors: 2,
                memory_bytes: 16_000_000_000,
                boot: 3,
                syscalls: 63,
            }),
            Call::GetUptime(_) => Reply::GetUptime(Uptime { nanos: 3_723_000_000_000 }),
            Call::ListMounts(_) => Reply::ListMounts(Vec::new()),
            other => return self.run_on_files(other),
        })
    }
}

impl Syscalls for Fake {
    fn pid(&self) -> Pid {
        Pid(77)
    }

    fn cause(&self) -> CauseId {
        self.1
    }

    fn with_cause(&self, cause: CauseId) -> Arc<dyn Syscalls> {
        Arc::new(Fake(self.0.clone(), cause))
    }

    fn open_cause(&self, _: CauseSpec) -> CauseId {
        let mut world = self.world();
        world.causes += 1;
        CauseId::new(1, world.causes)
    }

    fn dispatch(&self, call: Call) -> SysResult<Reply> {
        let mut world = self.world();
        world.cause = self.1;
        world.run(call)
    }

    fn submit(&self, call: Call) -> SysResult<TaskId> {
        let mut world = self.world();
        let task = TaskId(world.next_task);
        world.next_task += 1;
        world.cause = self.1;
        if let Call::NextEvents(call) = call {
            world.made += 1;
            world.waiting.insert(task, call.fd);
            return Ok(task);
        }
        let result = world.run(call);
        let polls = world.slow;
        world.tasks.insert(task, (polls, result));
        Ok(task)
    }

    fn poll(&self, task: TaskId) -> Option<SysResult<Reply>> {
        let mut world = self.world();
        if let Some(&fd) = world.waiting.get(&task) {
            let next = world.next_events(fd);
            if next.is_some() {
                world.waiting.remove(&task);
            }
            return next;
        }
        let left = &mut world.tasks.get_mut(&task)?.0;
        if *left > 0 {
            *left -= 1;
            return None;
        }
        world.tasks.remove(&task).map(|(_, result)| result)
    }
}

/// A row of the journal about an object.
pub(crate) fn journal_row(seq: u64, kind: &str, call: &str, object: &str) -> JournalRow {
    JournalRow {
        seq,
        time_millis: 1_763_900_000_000 + seq * 1_000,
        cause: CauseId::new(1, seq),
        pid: Pid(3),
        app: Some("notes".into()),
        kind: kind.into(),
        call: call.into(),
        object: object.into(),
        rule: None,
        changes: Vec::new(),
        detail: serde_json::Value::Null,
    }
}

/// A process with this number, name and CPU time in microseconds.
pub(crate) fn process(number: u64, name: &str, cpu_time_micros: u64) -> ProcessInfo {
    ProcessInfo {
        pid: Pid(number),
        parent: None,
        name: name.into(),
        app: None,
        kind: if number < 2 { ProcessKind::System } else { ProcessKind::App },
        state: ProcessState::Running,
        priority: 5,
        cause: CauseId::new(1, number),
        host_pid: None,
        cpu_time_micros,
        memory_bytes: number * 1_200_000,
        syscalls: number * 41,
        started_millis: 1_763_900_000_000,
        foreground_job: None,
        sandbox: None,
        exit: None,
    }
}
