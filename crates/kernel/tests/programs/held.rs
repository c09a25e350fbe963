//! Programs that outlive a kernel which is abandoned, as a killed desktop abandons it.

use super::{errno, is_running, read_all, sh, until, wait};
use abi::{
    Bytes, Capability, CauseKind, CauseSpec, Errno, Pid, Reply, Syscalls,
    table::{
        self, AttachHeld, EndHeld, Exit, FdRead, FdWrite, HeldAttached, HeldProgram, ListHeld, ProcessKind,
    },
};
use agentos_kernel::{Caller, Config, Kernel, NewProcess};
use serde_json::json;
use std::path::Path;

pub(super) fn boot(folder: &Path) -> Kernel {
    Kernel::boot(Config { keep_programs: true, ..Config::new(folder) }).unwrap()
}

pub(super) fn app(kernel: &Kernel, app: &str) -> Caller {
    let cause = kernel.open_cause(CauseSpec::new(CauseKind::Control, "test"));
    let new = NewProcess {
        name: app.into(),
        app: Some(app.into()),
        kind: ProcessKind::App,
        capabilities: Capability::all(),
        parent: Pid::KERNEL,
        cause,
    };
    kernel.typed_caller(kernel.spawn_app(new).unwrap(), cause).unwrap()
}

pub(super) fn attach(caller: &Caller, held: &HeldProgram) -> HeldAttached {
    let call = AttachHeld { id: held.id.clone(), executable: held.executable.clone() };
    caller.call(call).unwrap()
}

pub(super) fn read_until(caller: &Caller, fd: abi::Fd, text: &str) -> String {
    let mut all = String::new();
    until(text, || {
        let part = caller.call(FdRead { fd, size: 4096, timeout_millis: Some(20_000) }).unwrap();
        all.push_str(part.as_str().unwrap());
        all.contains(text)
    });
    all
}

pub(super) fn the_only_one(caller: &Caller) -> HeldProgram {
    let mut held = caller.call(ListHeld {}).unwrap();
    assert_eq!(held.len(), 1, "{held:?}");
    held.remove(0)
}

pub(super) fn journal(caller: &Caller, kind: &str) -> Vec<table::JournalRow> {
    let query = json!({"call": "query_journal", "kind": kind});
    match caller.dispatch(serde_json::from_value(query).unwrap()).unwrap() {
        Reply::QueryJournal(rows) => rows,
        other => panic!("{other:?}"),
    }
}

pub(super) fn a_program_goes_on_when_the_desktop_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let first = boot(folder.path());
    let caller = app(&first, "terminal");
    let script = "echo before; read line; echo heard $line; read line; echo and $line; exit 5";
    let started = caller.call(sh(script)).unwrap();
    read_until(&caller, started.fd, "before");
    let found = the_only_one(&caller);
    assert!(found.attached && found.pid == Some(started.pid) && Some(&found.id) == started.held.as_ref());
    let cause = caller.cause();
    first.abandon();
    assert!(is_running(started.host_pid));

    let second = boot(folder.path());
    let caller = app(&second, "terminal");
    let found = the_only_one(&caller);
    assert_eq!((found.host_pid, found.cause, found.attached), (started.host_pid, cause, false));
    assert_eq!((found.name.as_str(), found.app.as_deref()), ("sh", Some("terminal")));
    let again = attach(&caller, &found);
    assert_eq!((again.host_pid, again.rows, again.cols), (started.host_pid, 30, 100));
    assert_eq!(again.output_bytes, "before\r\n".len() as u64);
    caller.call(FdWrite { fd: again.fd, data: Bytes::from("this\n") }).unwrap();
    let seen = read_until(&caller, again.fd, "heard this");
    assert!(seen.starts_with("before\r\n"), "{seen}");
    let info = caller.call(table::GetProcessInfo { pid: Some(again.pid) }).unwrap();
    assert_eq!((info.host_pid, info.started_millis), (Some(started.host_pid), again.started_millis));
    assert_eq!(info.app.as_deref(), Some("terminal"));
    let rows = journal(&caller, "process.attach");
    assert_eq!((rows.len(), rows[0].cause), (1, info.cause));
    assert_eq!(rows[0].detail["argv"], json!(["sh", "-c", script]));
    let why = caller
        .call(table::Explain { path: None, pid: Some(again.pid), window: None, cause: None, host_pid: None })
        .unwrap();
    let causes: Vec<_> = why[0].chain.iter().map(|cause| cause.id).collect();
    assert_eq!(causes[..2], [info.cause, cause], "{why:?}");
    caller.call(FdWrite { fd: again.fd, data: Bytes::from("that\n") }).unwrap();
    assert!(read_all(&caller, again.fd).contains("and that"));
    assert_eq!(wait(&caller, again.pid), Exit::Code(5));
    caller.call(table::Close { fd: again.fd }).unwrap();
    until("its holder has ended", || caller.call(ListHeld {}).unwrap().is_empty());
}

pub(super) fn what_ended_meanwhile_is_told_and_journalled() {
    let folder = tempfile::tempdir().unwrap();
    let first = boot(folder.path());
    let caller = app(&first, "terminal");
    let started = caller
        .call(sh("echo up; trap 'echo last words; exit 3' USR1; while :; do sleep 0.01; done"))
        .unwrap();
    read_until(&caller, started.fd, "up");
    first.abandon();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(started.host_pid), nix::sys::signal::SIGUSR1).unwrap();

    let second = boot(folder.path());
    let caller = app(&second, "terminal");
    until("its end is known", || the_only_one(&caller).exit == Some(Exit::Code(3)));
    let found = the_only_one(&caller);
    let again = attach(&caller, &found);
    assert!(again.ended_millis.is_some_and(|ended| ended >= again.started_millis));
    assert!(read_all(&caller, again.fd).contains("last words"));
    assert_eq!(wait(&caller, again.pid), Exit::Code(3));
    until("its end is journalled", || {
        let exits = journal(&caller, "process.exit");
        exits.iter().any(|row| row.pid == again.pid && row.detail == json!("code 3"))
    });
}

pub(super) fn a_normal_end_ends_held_programs() {
    let folder = tempfile::tempdir().unwrap();
    let first = boot(folder.path());
    let caller = app(&first, "terminal");
    let started =
        caller.call(sh("trap '' HUP TERM; sleep 1000 & setsid sleep 1001 & echo up; wait")).unwrap();
    read_until(&caller, started.fd, "up");
    let tree = sandbox::members(started.host_pid);
    assert!(tree.len() >= 3, "{tree:?}");
    first.shutdown();
    until("none is left", || tree.iter().all(|pid| !is_running(*pid)));
    let second = boot(folder.path());
    let caller = app(&second, "terminal");
    until("nor its holder", || caller.call(ListHeld {}).unwrap().is_empty());
}

pub(super) fn what_is_held_is_listed_and_can_be_ended() {
    let folder = tempfile::tempdir().unwrap();
    let first = boot(folder.path());
    let caller = app(&first, "terminal");
    let started = caller.call(sh("sleep 1000")).unwrap();
    let id = started.held.clone().unwrap();
    assert_eq!(errno(caller.call(EndHeld { id: id.clone() })), Errno::EBUSY);
    let twice = AttachHeld { id: id.clone(), executable: "sh".into() };
    assert_eq!(errno(caller.call(twice)), Errno::EBUSY);
    first.abandon();

    let second = boot(folder.path());
    let caller = app(&second, "files");
    let mut seen = caller.call(ListHeld {}).unwrap();
    assert_eq!(seen.pop().map(|held| (held.id, held.pid, held.exit)), Some((id.clone(), None, None)));
    caller.call(EndHeld { id: id.clone() }).unwrap();
    until("it has ended", || !is_running(started.host_pid));
    until("its holder, too", || errno(caller.call(EndHeld { id: id.clone() })) == Errno::ESRCH);
    assert_eq!(errno(caller.call(AttachHeld { id, executable: "sh".into() })), Errno::ESRCH);
    assert_eq!(errno(caller.call(EndHeld { id: "../lock".into() })), Errno::ESRCH);
}

pub(super) fn a_holder_that_is_killed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let kernel = boot(folder.path());
    let caller = app(&kernel, "terminal");
    let started = caller.call(sh("trap '' HUP; echo up; while :; do sleep 0.1; done")).unwrap();
    read_until(&caller, started.fd, "up");
    // The first process of its namespaces is between them.
    let mut holder = started.host_pid;
    let stat = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    while !stat(holder).contains("(agentos-holder)") {
        let stat = stat(holder);
        holder = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(1).unwrap().parse().unwrap();
    }
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(holder), nix::sys::signal::SIGKILL).unwrap();
    let exited = caller.call(table::Wait { pid: Some(started.pid), timeout_millis: Some(20_000) }).unwrap();
    assert!(exited.holder_lost && exited.exit == Exit::Signal(1), "{exited:?}");
    until("the program has ended, too", || !is_running(started.host_pid));
    until("that is journalled", || {
        let exits = journal(&caller, "process.exit");
        exits.first().is_some_and(|row| row.detail == json!("signal 1: its holder was ended from outside"))
    });
    assert!(caller.call(ListHeld {}).unwrap().is_empty());
}

pub(super) fn only_the_app_that_started_it_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = boot(folder.path());
    let started = app(&first, "terminal").call(sh("sleep 1000")).unwrap();
    first.abandon();
    let second = boot(folder.path());
    let other = app(&second, "files");
    let id = started.held.unwrap();
    let call = |executable: &str| AttachHeld { id: id.clone(), executable: executable.into() };
    assert_eq!(errno(other.call(call("sh"))), Errno::EPERM);
    let own = app(&second, "terminal");
    assert_eq!(errno(own.call(call("bash"))), Errno::ESRCH, "what it names is what it has the right to");
    assert!(is_running(started.host_pid));
    own.call(call("sh")).unwrap();
}

pub(super) fn a_call_that_fails_leaves_it_to_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let first = boot(folder.path());
    let started = app(&first, "terminal").call(sh("read line; echo got $line")).unwrap();
    first.abandon();
    let second = boot(folder.path());
    let caller = app(&second, "terminal");
    let limit = |descriptors| {
        let limits = table::Limits { descriptors, ..table::Limits::default() };
        caller.call(table::SetLimits { pid: None, limits }).unwrap();
    };
    let call = AttachHeld { id: started.held.unwrap(), executable: "sh".into() };
    limit(Some(0));
    assert_eq!(errno(caller.call(call.clone())), Errno::EMFILE);
    limit(None);
    let mut again = caller.call(call.clone());
    until("its holder has it back", || {
        if again.is_err() {
            again = caller.call(call.clone());
        }
        again.is_ok()
    });
    let again = again.unwrap();
    caller.call(FdWrite { fd: again.fd, data: Bytes::from("it\n") }).unwrap();
    assert!(read_all(&caller, again.fd).contains("got it"));
}

/// The examples of `attach_held` and `end_held`, which speak of what the first boot of a folder left.
pub(super) fn the_examples_about_held_programs_work() {
    for name in ["attach_held", "end_held"] {
        let folder = tempfile::tempdir().unwrap();
        let first = boot(folder.path());
        let started = app(&first, "terminal").call(sh("sleep 1000")).unwrap();
        first.abandon();
        let second = boot(folder.path());
        let example = table::Row::by_name(name).unwrap().example;
        let reply = app(&second, "terminal").dispatch(serde_json::from_str(example).unwrap());
        assert!(reply.is_ok(), "{example}: {reply:?}");
        second.shutdown();
        until("it has ended", || !is_running(started.host_pid));
    }
}
