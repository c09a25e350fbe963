//! Limits, priorities and signals of programs, as the host sees them.

use super::{errno, is_running, piped, read_all, start, until, wait};
use abi::{
    Bytes, Errno,
    table::{
        self, Exit, FdRead, FdWrite, GetLimits, Limits, SendSignal, SetLimits, SetProcessPriority,
        SignalScope, Spawned,
    },
};
use agentos_kernel::Caller;

/// A soft limit of a process, by its name in `/proc/<pid>/limits`.
fn limit(host_pid: i32, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{host_pid}/limits")).unwrap();
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.split_ascii_whitespace().next().unwrap().to_owned()
}

fn set(caller: &Caller, pid: Option<abi::Pid>, limits: Limits) -> abi::SysResult<()> {
    caller.call(SetLimits { pid, limits })
}

fn say(caller: &Caller, program: &Spawned, line: &str) {
    caller.call(FdWrite { fd: program.stdin.unwrap(), data: Bytes::from(line) }).unwrap();
}

fn hear(caller: &Caller, program: &Spawned, text: &str) -> String {
    let mut all = String::new();
    until(text, || {
        let read = FdRead { fd: program.stdout.unwrap(), size: 4096, timeout_millis: Some(20_000) };
        all.push_str(caller.call(read).unwrap().as_str().unwrap());
        all.contains(text)
    });
    all
}

pub(super) fn limits_hold_for_what_runs_and_what_it_starts() {
    let (_kernel, caller) = start();
    let program =
        caller.call(piped("sleep 1000 & echo $! up; read line; ulimit -n; ulimit -f; kill $!")).unwrap();
    let said = hear(&caller, &program, "up");
    let child: i32 = said.split_whitespace().next().unwrap().parse().unwrap();
    let limits = Limits {
        descriptors: Some(20),
        file_bytes: Some(1_024_000),
        cpu_seconds: Some(1_000),
        memory_bytes: Some(8 << 30),
        ..Limits::default()
    };
    set(&caller, Some(program.pid), limits.clone()).unwrap();
    assert_eq!(caller.call(GetLimits { pid: Some(program.pid) }).unwrap(), limits);
    for host_pid in [program.host_pid, child] {
        assert_eq!(limit(host_pid, "Max open files"), "20");
        assert_eq!(limit(host_pid, "Max file size"), "1024000");
        assert_eq!(limit(host_pid, "Max cpu time"), "1000");
        assert_eq!(limit(host_pid, "Max address space"), (8_u64 << 30).to_string());
    }
    say(&caller, &program, "\n");
    assert_eq!(read_all(&caller, program.stdout.unwrap()), "20\n2000\n", "in blocks of 512 bytes");
}

pub(super) fn programs_inherit_the_limits_of_their_app() {
    let (_kernel, caller) = start();
    let running = caller.call(piped("sleep 1000")).unwrap();
    let limits = Limits { file_bytes: Some(512_000), descriptors: Some(30), ..Limits::default() };
    set(&caller, None, limits).unwrap();
    let new = caller.call(piped("sleep 1000")).unwrap();
    for program in [running, new] {
        assert_eq!(limit(program.host_pid, "Max file size"), "512000");
        assert_ne!(limit(program.host_pid, "Max open files"), "30", "that is of our own descriptors");
        let told = caller.call(GetLimits { pid: Some(program.pid) }).unwrap();
        assert_eq!(told, Limits { file_bytes: Some(512_000), ..Limits::default() });
    }
}

pub(super) fn a_file_that_grows_too_large_ends_its_writer() {
    let (kernel, caller) = start();
    let program = caller.call(piped("read line; exec head -c 100000 /dev/zero > big")).unwrap();
    set(&caller, Some(program.pid), Limits { file_bytes: Some(5_000), ..Limits::default() }).unwrap();
    say(&caller, &program, "\n");
    assert_eq!(wait(&caller, program.pid), Exit::Signal(nix::libc::SIGXFSZ));
    assert_eq!(std::fs::metadata(kernel.data_dir().join("home/big")).unwrap().len(), 5_000);
}

pub(super) fn what_the_host_does_not_raise_is_said() {
    let (_kernel, caller) = start();
    let program = caller.call(piped("sleep 1000")).unwrap();
    set(&caller, Some(program.pid), Limits { file_bytes: Some(5_000), ..Limits::default() }).unwrap();
    // With the privilege (CAP_SYS_RESOURCE) it is lifted, without it is said; never is it passed over.
    match set(&caller, Some(program.pid), Limits::default()) {
        Ok(()) => assert_ne!(limit(program.host_pid, "Max file size"), "5000"),
        Err(why) => {
            assert_eq!(why.errno, Errno::EPERM, "{why}");
            assert_eq!(limit(program.host_pid, "Max file size"), "5000");
            let told = caller.call(GetLimits { pid: Some(program.pid) }).unwrap();
            assert_eq!(told.file_bytes, Some(5_000), "what holds is what is told");
        }
    }
    assert_eq!(errno(set(&caller, Some(abi::Pid(1 << 40)), Limits::default())), Errno::ESRCH);
}

pub(super) fn priorities_are_nice_values() {
    let (_kernel, caller) = start();
    let program = caller.call(piped("sleep 1000 & echo $! up; wait")).unwrap();
    let said = hear(&caller, &program, "up");
    let child: i32 = said.split_whitespace().next().unwrap().parse().unwrap();
    let nice = |host_pid: i32| -> i32 {
        let stat = std::fs::read_to_string(format!("/proc/{host_pid}/stat")).unwrap();
        stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(16).unwrap().parse().unwrap()
    };
    assert_eq!(nice(program.host_pid), 0);
    // Downwards, which needs no privilege.
    for (priority, expected) in [(5, 0), (4, 2), (3, 4), (2, 6), (1, 8), (0, 10)] {
        caller.call(SetProcessPriority { pid: Some(program.pid), priority }).unwrap();
        assert_eq!((nice(program.host_pid), nice(child)), (expected, expected), "priority {priority}");
        let info = caller.call(table::GetProcessInfo { pid: Some(program.pid) }).unwrap();
        assert_eq!(info.priority, priority);
    }
    if nix::unistd::Uid::effective().is_root() {
        for (priority, expected) in [(6, -2), (9, -8)] {
            caller.call(SetProcessPriority { pid: Some(program.pid), priority }).unwrap();
            assert_eq!(nice(program.host_pid), expected, "priority {priority}");
        }
    } else {
        println!("skipped: priorities above normal need a privilege of the host");
    }
}

pub(super) fn a_signal_goes_to_the_program_or_to_its_tree() {
    let (_kernel, caller) = start();
    let script = "trap 'echo got' USR1; sleep 1000 & echo $! up; while :; do wait; done";
    let program = caller.call(piped(script)).unwrap();
    let said = hear(&caller, &program, "up");
    let child: i32 = said.split_whitespace().next().unwrap().parse().unwrap();
    let send = |scope| {
        caller.call(SendSignal { pid: program.pid, signal: nix::libc::SIGUSR1, value: 0, scope }).unwrap();
    };
    send(SignalScope::Process);
    hear(&caller, &program, "got");
    assert!(is_running(child), "the program alone got it");
    send(SignalScope::Tree);
    hear(&caller, &program, "got");
    until("the child got it, too, and knows no better than to end", || !is_running(child));
    assert!(is_running(program.host_pid));
}
