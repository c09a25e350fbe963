//! Programs of the host: terminals, streams, signals, their end.
//!
//! This binary is its own helper, so it has its own `main`, which speaks as much of libtest's command line as
//! cargo and nextest use.

#[path = "programs/apart.rs"]
mod apart;
#[path = "programs/confined.rs"]
mod confined;
#[path = "programs/held.rs"]
mod held;
#[path = "programs/inherit.rs"]
mod inherit;
#[path = "programs/limits.rs"]
mod limits;
#[path = "programs/names.rs"]
mod names;
#[path = "programs/network.rs"]
mod network;
#[path = "programs/taken.rs"]
mod taken;

use abi::{
    Bytes, Errno, Reply, SysResult, Syscalls,
    table::{self, ExecPty, Exit, FdRead, FdWrite, Kill, ProcessState, Spawn, Stdio},
};
use agentos_kernel::{
    Caller,
    testing::{TestKernel, kernel},
};
use std::{
    collections::BTreeMap,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Long enough for a machine under load; nothing waits that long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

macro_rules! tests {
    ($($($name:ident)::+;)*) => {
        // Named by their path, as libtest names them.
        const TESTS: &[(&str, fn())] = &[$((stringify!($($name)::+), $($name)::+)),*];
    };
}

tests! {
    a_terminal_is_one_and_knows_its_size;
    the_environment_is_built_from_nothing;
    a_missing_program_is_named;
    output_of_any_length_comes_whole_and_in_order;
    submitted_writes_arrive_in_their_order;
    a_waiting_read_is_cancelled;
    one_of_several_streams_is_waited_for;
    kill_ends_the_whole_tree;
    a_program_that_ignores_the_signal_is_killed_after_its_grace;
    the_last_descriptor_of_a_terminal_hangs_it_up;
    ending_a_process_ends_its_programs;
    an_unheard_program_is_not_stopped_by_a_full_pipe;
    figures_come_when_asked_for;
    limits_bound_programs;
    every_example_about_programs_works;
    apart::a_review_shows_the_difference_and_applying_makes_it;
    apart::a_repository_is_worked_in_and_taken_over;
    apart::an_original_that_changes_meanwhile_is_a_conflict;
    apart::how_changes_are_held_back_is_found_out_and_said;
    apart::copies_that_share_their_content_are_as_good;
    apart::where_content_cannot_be_shared_it_is_copied;
    apart::a_program_keeps_its_layers_when_the_desktop_is_killed;
    taken::folders_go_from_the_view_of_a_program_that_runs;
    taken::what_cannot_be_taken_is_told_until_the_program_ends;
    confined::a_program_sees_what_it_is_given_under_the_names_of_the_desktop;
    confined::without_asking_a_program_gets_what_its_app_may;
    confined::what_was_taken_inside_is_covered;
    confined::what_holds_is_told_everywhere;
    confined::a_limit_that_ends_a_program_is_told_everywhere;
    confined::limits_of_a_tree_change_while_it_runs;
    confined::files_that_run_later_are_only_read_and_told;
    confined::what_cannot_be_given_starts_nothing;
    confined::nothing_of_a_sandbox_outlives_it;
    confined::what_a_program_does_and_what_is_hidden_from_it_is_in_the_journal;
    limits::limits_hold_for_what_runs_and_what_it_starts;
    limits::programs_inherit_the_limits_of_their_app;
    limits::a_file_that_grows_too_large_ends_its_writer;
    limits::what_the_host_does_not_raise_is_said;
    limits::priorities_are_nice_values;
    limits::a_signal_goes_to_the_program_or_to_its_tree;
    inherit::a_segment_is_shared_with_a_program;
    inherit::a_segment_that_may_only_be_read_is_not_written;
    inherit::a_pipe_leads_from_one_app_through_a_program_to_another;
    inherit::an_open_file_keeps_the_rights_it_was_opened_with;
    inherit::a_bridge_carries_a_programs_streams;
    inherit::what_cannot_be_inherited_is_refused;
    inherit::the_example_of_a_bridge_works;
    names::programs_that_know_no_proxy_reach_hosts_by_name;
    names::a_name_that_no_rule_is_about_is_told_to_nobody;
    network::what_its_app_may_is_reached_by_the_proxy_alone;
    network::a_port_of_this_machine_that_a_rule_names_is_the_hosts;
    network::a_program_without_a_network_has_none;
    network::the_examples_about_networks_work;
    network::a_port_of_the_host_leads_to_a_port_of_the_program;
    held::a_program_goes_on_when_the_desktop_is_killed;
    held::what_ended_meanwhile_is_told_and_journalled;
    held::a_normal_end_ends_held_programs;
    held::what_is_held_is_listed_and_can_be_ended;
    held::a_holder_that_is_killed_is_told;
    held::only_the_app_that_started_it_gets_it;
    held::a_call_that_fails_leaves_it_to_its_holder;
    held::the_examples_about_held_programs_work;
}

fn main() -> ExitCode {
    sandbox::run_if_helper();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let values = |arg: &&String| !arg.starts_with('-') && *arg != "terse";
    let filters: Vec<&String> = args.iter().filter(values).collect();
    let exact = has("--exact");
    let named: Vec<(String, fn())> =
        TESTS.iter().map(|(name, test)| (name.replace(' ', ""), *test)).collect();
    let chosen = named.iter().filter(|(name, _)| {
        filters.is_empty()
            || filters.iter().any(|f| if exact { name == *f } else { name.contains(f.as_str()) })
    });
    if has("--list") {
        if !has("--ignored") {
            chosen.for_each(|(name, _)| println!("{name}: test"));
        }
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (name, test) in chosen {
        let passed = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        failed |= !passed;
    }
    ExitCode::from(u8::from(failed))
}

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn sh(script: &str) -> ExecPty {
    ExecPty {
        executable: "sh".into(),
        args: vec!["-c".into(), script.into()],
        env: BTreeMap::new(),
        cwd: None,
        rows: 30,
        cols: 100,
        inherit: Vec::new(),
        run: None,
        sandbox: None,
    }
}

fn piped(script: &str) -> Spawn {
    Spawn {
        executable: "sh".into(),
        args: vec!["-c".into(), script.into()],
        env: BTreeMap::new(),
        cwd: None,
        stdio: Stdio::Piped,
        priority: 5,
        inherit: Vec::new(),
        run: None,
        sandbox: None,
    }
}

fn start() -> (TestKernel, Caller) {
    let kernel = kernel();
    let caller = kernel.trusted();
    (kernel, caller)
}

/// Everything up to the end of a stream.
fn read_all(caller: &Caller, fd: abi::Fd) -> String {
    let mut all = Vec::new();
    loop {
        let part = caller.call(FdRead { fd, size: 65_536, timeout_millis: Some(20_000) }).unwrap();
        if part.is_empty() {
            return String::from_utf8(all).unwrap();
        }
        all.extend_from_slice(&part);
    }
}

fn wait(caller: &Caller, pid: abi::Pid) -> Exit {
    caller.call(table::Wait { pid: Some(pid), timeout_millis: Some(20_000) }).unwrap().exit
}

fn until_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut found = None;
    until(what, || {
        found = look();
        found.is_some()
    });
    found.unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn is_running(host_pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{host_pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}

fn a_terminal_is_one_and_knows_its_size() {
    let (_kernel, caller) = start();
    let started = caller.call(sh("tty; stty size; read line; echo got $line; stty size; exit 7")).unwrap();
    let mut all = String::new();
    let mut seen = |text: &str| {
        until(text, || {
            let part =
                caller.call(FdRead { fd: started.fd, size: 4096, timeout_millis: Some(20_000) }).unwrap();
            all.push_str(part.as_str().unwrap());
            all.contains(text)
        });
        all.clone()
    };
    assert!(seen("30 100").contains("/dev/pts/"));
    caller.call(table::PtyResize { fd: started.fd, rows: 40, cols: 90 }).unwrap();
    caller.call(FdWrite { fd: started.fd, data: Bytes::from("hello\r") }).unwrap();
    seen("got hello");
    seen("40 90");
    assert_eq!(wait(&caller, started.pid), Exit::Code(7));
    assert_eq!(read_all(&caller, started.fd), "");
    assert_eq!(
        errno(caller.call(table::Lseek { fd: started.fd, offset: 0, whence: table::SeekFrom::Start })),
        Errno::ESPIPE
    );
    let resize = |rows| caller.call(table::PtyResize { fd: started.fd, rows, cols: 10 });
    assert_eq!(errno(resize(0)), Errno::EINVAL);
}

fn the_environment_is_built_from_nothing() {
    let (kernel, caller) = start();
    caller.call(table::SetEnv { name: "FROM_PROCESS".into(), value: Some("1".into()) }).unwrap();
    let mut program = piped("env; pwd");
    program.env.insert("FROM_CALL".into(), "2".into());
    let started = caller.call(program).unwrap();
    let text = read_all(&caller, started.stdout.unwrap());
    let home = kernel.host_path("/home").unwrap();
    for expected in ["FROM_PROCESS=1", "FROM_CALL=2", &format!("HOME={}", home.display())] {
        assert!(text.lines().any(|line| line == expected), "{expected} in {text}");
    }
    assert!(text.ends_with(&format!("{}\n", home.display())), "{text}");
    assert!(!text.contains("CARGO"), "{text}");
    let mut evil = piped("true");
    evil.env.insert("LD_PRELOAD".into(), "evil.so".into());
    assert_eq!(errno(caller.call(evil)), Errno::EINVAL);
    let elsewhere = Spawn { cwd: Some("/tmp".into()), ..piped("true") };
    assert_eq!(errno(caller.call(elsewhere)), Errno::ENOTDIR, "memory is no folder of the host");
}

fn a_missing_program_is_named() {
    let (kernel, caller) = start();
    let missing = caller
        .call(ExecPty { executable: "no-such-program".into(), args: Vec::new(), ..sh("") })
        .unwrap_err();
    assert_eq!(missing.errno, Errno::ENOENT);
    assert!(missing.detail.contains("no-such-program"), "{missing}");
    let census = kernel.census(caller.pid());
    assert!(census.is_empty(), "a failed start leaves nothing: {census:?}");
}

fn output_of_any_length_comes_whole_and_in_order() {
    let (_kernel, caller) = start();
    // More than our buffer and the host's together, so that the program has to wait for us.
    let started =
        caller.call(piped("i=0; while [ $i -lt 100000 ]; do echo line $i; i=$((i+1)); done")).unwrap();
    let text = read_all(&caller, started.stdout.unwrap());
    assert_eq!(text.lines().count(), 100_000);
    assert!(text.lines().enumerate().all(|(n, line)| line == format!("line {n}")));
    assert_eq!(wait(&caller, started.pid), Exit::Code(0));
}

fn submitted_writes_arrive_in_their_order() {
    let (_kernel, caller) = start();
    let started = caller.call(piped("cat")).unwrap();
    let stdin = started.stdin.unwrap();
    let expected: String = (0..500).map(|n| format!("{n} ")).collect();
    for n in 0..500 {
        caller.submit(FdWrite { fd: stdin, data: Bytes::from(format!("{n} ")) }.into()).unwrap();
    }
    let mut text = String::new();
    until("all of it", || {
        let part =
            caller.call(FdRead { fd: started.stdout.unwrap(), size: 65_536, timeout_millis: Some(20_000) });
        text.push_str(part.unwrap().as_str().unwrap());
        text.len() >= expected.len()
    });
    assert_eq!(text, expected);
    caller.call(table::Close { fd: stdin }).unwrap();
    assert_eq!(wait(&caller, started.pid), Exit::Code(0));
}

fn a_waiting_read_is_cancelled() {
    let (_kernel, caller) = start();
    let started = caller.call(sh("sleep 100")).unwrap();
    let read = FdRead { fd: started.fd, size: 10, timeout_millis: None };
    let task = caller.submit(read.clone().into()).unwrap();
    assert!(caller.poll(task).is_none());
    assert!(caller.call(table::TaskCancel { task }).unwrap());
    assert_eq!(caller.poll(task).unwrap().unwrap_err().errno, Errno::ECANCELED);
    assert_eq!(errno(caller.call(FdRead { timeout_millis: Some(0), ..read.clone() })), Errno::EAGAIN);
    assert_eq!(errno(caller.call(FdRead { timeout_millis: Some(5), ..read })), Errno::ETIMEDOUT);
}

fn one_of_several_streams_is_waited_for() {
    let (_kernel, caller) = start();
    let silent = caller.call(piped("sleep 100")).unwrap();
    let echo = caller.call(piped("cat")).unwrap();
    let (stdin, stdout) = (echo.stdin.unwrap(), echo.stdout.unwrap());
    let poll = |fds: &[(abi::Fd, bool, bool)], timeout_millis| {
        let fds = fds.iter().map(|(fd, read, write)| table::PollFd { fd: *fd, read: *read, write: *write });
        caller.call(table::Poll { fds: fds.collect(), pipes: Vec::new(), timeout_millis }).unwrap()
    };
    let outputs = [(silent.stdout.unwrap(), true, false), (stdout, true, false)];
    assert!(poll(&outputs, Some(0)).is_empty() && poll(&outputs, Some(5)).is_empty());
    let ready = poll(&[(stdin, false, true)], Some(20_000));
    assert!(ready.len() == 1 && ready[0].writable && !ready[0].readable);

    let fds = outputs.map(|(fd, read, write)| table::PollFd { fd, read, write });
    let waiting = caller
        .submit(table::Poll { fds: fds.into(), pipes: Vec::new(), timeout_millis: Some(20_000) }.into())
        .unwrap();
    caller.call(FdWrite { fd: stdin, data: Bytes::from("hello") }).unwrap();
    let mut answer = None;
    until("the poll", || {
        answer = caller.poll(waiting);
        answer.is_some()
    });
    let abi::Reply::Poll(ready) = answer.unwrap().unwrap() else { panic!("a reply of poll") };
    assert!(
        ready.len() == 1
            && ready[0].object == table::PolledObject::Fd(stdout)
            && ready[0].readable
            && !ready[0].ended
    );
    assert_eq!(
        caller.call(FdRead { fd: stdout, size: 10, timeout_millis: Some(0) }).unwrap().as_str(),
        Some("hello")
    );

    // A full pipe takes nothing more, until somebody reads.
    let full = caller.call(piped("sleep 100")).unwrap().stdin.unwrap();
    caller.call(table::Fcntl { fd: full, command: table::FcntlCommand::SetFl, value: 0x800 }).unwrap();
    while caller.call(FdWrite { fd: full, data: Bytes::from("x".repeat(65_536)) }).is_ok() {}
    assert!(poll(&[(full, false, true)], Some(5)).is_empty());

    // The end counts as readable, and is told.
    caller.call(table::Close { fd: stdin }).unwrap();
    let ready = poll(&outputs, Some(20_000));
    assert!(ready.len() == 1 && ready[0].readable && ready[0].ended);
}

fn kill_ends_the_whole_tree() {
    let (_kernel, caller) = start();
    let started = caller.call(piped("sleep 1000 & echo $!; wait")).unwrap();
    let line =
        caller.call(FdRead { fd: started.stdout.unwrap(), size: 100, timeout_millis: Some(20_000) }).unwrap();
    let grandchild: i32 = line.as_str().unwrap().trim().parse().unwrap();
    assert!(is_running(started.host_pid) && is_running(grandchild));
    caller.call(Kill { pid: started.pid, signal: 15, grace_millis: 5_000 }).unwrap();
    assert_eq!(wait(&caller, started.pid), Exit::Signal(15));
    until("the grandchild ends", || !is_running(grandchild));
    assert_eq!(errno(caller.call(Kill { pid: started.pid, signal: 15, grace_millis: 0 })), Errno::ESRCH);
}

fn a_program_that_ignores_the_signal_is_killed_after_its_grace() {
    let (_kernel, caller) = start();
    let started = caller.call(piped("trap '' TERM; echo ready; while :; do sleep 1; done")).unwrap();
    caller.call(FdRead { fd: started.stdout.unwrap(), size: 100, timeout_millis: Some(20_000) }).unwrap();
    let kill = |signal| caller.call(Kill { pid: started.pid, signal, grace_millis: 50 });
    kill(0).unwrap();
    assert_eq!(errno(kill(77)), Errno::EINVAL);
    kill(15).unwrap();
    assert_eq!(wait(&caller, started.pid), Exit::Signal(9));
}

fn the_last_descriptor_of_a_terminal_hangs_it_up() {
    let (_kernel, caller) = start();
    let started = caller.call(sh("echo ready; sleep 1000")).unwrap();
    caller.call(FdRead { fd: started.fd, size: 100, timeout_millis: Some(20_000) }).unwrap();
    let second = caller.call(table::Dup { fd: started.fd }).unwrap();
    caller.call(table::Close { fd: started.fd }).unwrap();
    let state = || caller.call(table::GetProcessState { pid: Some(started.pid) });
    assert_eq!(state().unwrap(), ProcessState::Running, "one descriptor is left");
    caller.call(table::Close { fd: second }).unwrap();
    assert_eq!(wait(&caller, started.pid), Exit::Signal(1));
}

fn ending_a_process_ends_its_programs() {
    let (kernel, caller) = start();
    let started = caller.call(sh("sleep 1000")).unwrap();
    let other = caller.call(piped("sleep 1000")).unwrap();
    assert!(kernel.census(started.pid).host_processes >= 1);
    kernel.terminate(caller.pid()).unwrap();
    for host_pid in [started.host_pid, other.host_pid] {
        until("the program ends", || !is_running(host_pid));
    }
    assert!(kernel.census(caller.pid()).is_empty());
    until("nothing is left", || kernel.census_of_all().children == 0);
}

fn an_unheard_program_is_not_stopped_by_a_full_pipe() {
    let (_kernel, caller) = start();
    let quiet = Spawn { stdio: Stdio::Null, ..piped("head -c 1000000 /dev/zero; cat; exit 3") };
    let started = caller.call(quiet).unwrap();
    assert_eq!((started.stdin, started.stdout, started.stderr), (None, None, None));
    assert_eq!(wait(&caller, started.pid), Exit::Code(3));
}

fn figures_come_when_asked_for() {
    let (_kernel, caller) = start();
    let started = caller.call(sh("while :; do :; done")).unwrap();
    let info = || caller.call(table::GetProcessInfo { pid: Some(started.pid) }).unwrap();
    assert_eq!(info().host_pid, Some(started.host_pid));
    until("memory and time are known", || info().memory_bytes > 0 && info().cpu_time_micros > 0);
    let stats = caller.call(table::GetProcessStats { pid: Some(started.pid) }).unwrap();
    assert!(stats.threads >= 1);
    caller.call(table::SetProcessPriority { pid: Some(started.pid), priority: 1 }).unwrap();
    let nice = std::fs::read_to_string(format!("/proc/{}/stat", started.host_pid)).unwrap();
    let nice: i32 =
        nice.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(16).unwrap().parse().unwrap();
    assert_eq!(nice, 8);
}

fn limits_bound_programs() {
    let (_kernel, caller) = start();
    let limits = table::Limits { processes: Some(1), descriptors: Some(3), ..table::Limits::default() };
    caller
        .call(table::SetLimits { pid: None, limits: table::Limits { processes: None, ..limits.clone() } })
        .unwrap();
    let first = caller.call(piped("sleep 1000")).unwrap();
    assert_eq!(errno(caller.call(sh("true"))), Errno::EMFILE);
    caller.call(table::SetLimits { pid: None, limits }).unwrap();
    assert_eq!(errno(caller.call(sh("true"))), Errno::EAGAIN);
    caller.call(Kill { pid: first.pid, signal: 9, grace_millis: 0 }).unwrap();
}

fn every_example_about_programs_works() {
    let (_kernel, caller) = start();
    for name in ["exec_pty", "spawn", "pty_resize", "wait"] {
        let example = table::Row::by_name(name).unwrap().example;
        let call: abi::Call = serde_json::from_str(example).unwrap();
        if name == "wait" {
            until("a child is there to be waited for", || {
                matches!(
                    caller.dispatch(call.clone()),
                    Ok(Reply::Wait(table::Exited { exit: Exit::Code(0), .. }))
                )
            });
        } else {
            caller.dispatch(call).unwrap_or_else(|why| panic!("{example}: {why}"));
        }
    }
}
