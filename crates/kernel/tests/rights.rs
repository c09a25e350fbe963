//! Rights that come and go: asked for, answered, given, lent, given up.

use abi::{
    Capability, CauseKind, CauseSpec, Errno, PathScope, SysError, SysResult, Syscalls,
    table::{
        Answer, AnswerCapabilityRequest, CapabilityRequest, DropCapability, GetUptime, GrantCapability,
        Granted, ListCapabilities, ListCapabilityRequests, Read, RequestCapability, RevokeCapability, Write,
    },
};
use agentos_kernel::{
    Caller, Config, Kernel, NewProcess, journal,
    testing::{TestKernel, kernel},
};
use std::{
    thread,
    time::{Duration, Instant},
};

fn read_file(path: &str) -> Capability {
    Capability::ReadFile(PathScope(path.into()))
}

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn read(caller: &Caller) -> SysResult<abi::Bytes> {
    caller.call(Read { path: "/home/a".into(), offset: 0, size: None })
}

fn request(capability: Capability) -> RequestCapability {
    RequestCapability { capability, reason: "to show it".into(), timeout_millis: Some(20_000) }
}

fn desk() -> (TestKernel, Caller) {
    let kernel = kernel();
    let shell = kernel.trusted();
    shell.call(Write { path: "/home/a".into(), data: "content".into(), append: false }).unwrap();
    assert!(pending(&shell).is_empty());
    (kernel, shell)
}

fn pending(shell: &Caller) -> Vec<CapabilityRequest> {
    shell.call(ListCapabilityRequests {}).unwrap()
}

fn next_request(shell: &Caller) -> CapabilityRequest {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(first) = pending(shell).into_iter().next() {
            return first;
        }
        assert!(Instant::now() < end, "nobody asked");
        thread::yield_now();
    }
}

/// Asks for a right and answers; what the asker got.
fn ask(shell: &Caller, app: &Caller, capability: Capability, answer: Answer) -> SysResult<Granted> {
    thread::scope(|scope| {
        let asker = scope.spawn(|| app.call(request(capability)));
        let asked = next_request(shell);
        shell.call(AnswerCapabilityRequest { request: asked.request, answer }).unwrap();
        asker.join().unwrap()
    })
}

fn rows(kernel: &TestKernel, kind: &str) -> Vec<journal::Row> {
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(200).unwrap();
    rows.into_iter().filter(|row| row.kind.as_str() == kind).collect()
}

#[test]
fn a_right_that_is_held_is_told_at_once_and_nobody_is_asked() {
    let kernel = kernel();
    let app = kernel.process(vec![read_file("/home")]);
    let granted = app.call(request(read_file("/home/notes"))).unwrap();
    assert_eq!((granted.how.as_str(), granted.until_millis), ("held", None));
}

#[test]
fn without_somebody_to_ask_the_answer_is_no_and_says_what_would_allow_it() {
    let kernel = kernel();
    let refused = kernel.process(Vec::new()).call(request(read_file("/home"))).unwrap_err();
    assert_eq!(refused.errno, Errno::EACCES);
    assert!(refused.detail.contains("nobody is there to ask") && refused.detail.contains("would allow it"));
}

#[test]
fn a_request_says_who_what_and_why_and_a_yes_holds_for_the_run() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    let click = kernel.open_cause(CauseSpec::new(CauseKind::Pointer, "click on Sync in Notes"));
    let clicked = kernel.typed_caller(app.pid(), click).unwrap();
    assert_eq!(errno(read(&app)), Errno::EACCES);
    let granted = thread::scope(|scope| {
        let asker = scope.spawn(|| clicked.call(request(read_file("/home"))));
        let asked = next_request(&shell);
        assert_eq!((asked.pid, asked.name.as_str(), asked.app.as_deref()), (app.pid(), "test", Some("test")));
        assert_eq!((&asked.capability, asked.reason.as_str()), (&read_file("/home"), "to show it"));
        assert_eq!((asked.cause, asked.because[0].as_str()), (click, "click on Sync in Notes"));
        shell.call(AnswerCapabilityRequest { request: asked.request, answer: Answer::Run }).unwrap();
        let again = AnswerCapabilityRequest { request: asked.request, answer: Answer::Deny };
        assert_eq!(errno(shell.call(again)), Errno::ENOENT, "exactly once");
        asker.join().unwrap()
    });
    assert_eq!(granted.unwrap().how, "run");
    assert!(read(&app).is_ok() && read(&app).is_ok() && pending(&shell).is_empty());
    assert_eq!(app.call(ListCapabilities { pid: None }).unwrap(), [read_file("/home")]);
    let granted = rows(&kernel, "grant");
    assert_eq!(
        (granted.len(), granted[0].pid, granted[0].rule.as_deref()),
        (1, app.pid(), Some("answer run"))
    );
    assert!(granted[0].object.contains("/home") && granted[0].detail["by"] == shell.pid().0);
    kernel.revoke(app.pid(), &read_file("/home")).unwrap();
    assert_eq!(errno(read(&app)), Errno::EACCES, "and ends at the next call");
}

#[test]
fn once_is_for_one_check_and_no_more() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    assert_eq!(ask(&shell, &app, read_file("/home/a"), Answer::Once).unwrap().how, "once");
    assert_eq!(read(&app).unwrap().as_str(), Some("content"));
    assert_eq!(errno(read(&app)), Errno::EACCES);
    ask(&shell, &app, Capability::TimeAccess, Answer::Once).unwrap();
    assert!(app.call(GetUptime {}).is_ok());
    assert_eq!(errno(app.call(GetUptime {})), Errno::EACCES);
    // Several at once: one of them gets it.
    ask(&shell, &app, Capability::TimeAccess, Answer::Once).unwrap();
    let passed = thread::scope(|scope| {
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(|| app.call(GetUptime {}).is_ok())).collect();
        calls.into_iter().map(|call| call.join().unwrap()).filter(|passed| *passed).count()
    });
    assert_eq!(passed, 1);
}

#[test]
fn a_lease_ends_at_its_time_and_takes_the_cached_decision_with_it() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    let now = shell.call(abi::table::GetCurrentTime {}).unwrap().unix_millis;
    let past = AnswerCapabilityRequest { request: abi::RequestId(1), answer: Answer::Until(1) };
    assert_eq!(errno(shell.call(past)), Errno::ENOENT);
    let grant = |answer| GrantCapability { pid: app.pid(), capability: read_file("/home"), answer };
    assert_eq!(errno(shell.call(grant(Answer::Until(now.saturating_sub(1))))), Errno::EINVAL);
    shell.call(grant(Answer::Until(now + 400))).unwrap();
    assert!(read(&app).is_ok() && read(&app).is_ok());
    let end = Instant::now() + Duration::from_secs(20);
    while read(&app).is_ok() {
        assert!(Instant::now() < end, "the lease never ends");
        thread::yield_now();
    }
    assert!(shell.call(abi::table::GetCurrentTime {}).unwrap().unix_millis >= now + 400);
    assert!(app.call(ListCapabilities { pid: None }).unwrap().is_empty());
    // A right that is given for longer meanwhile stays.
    let now = shell.call(abi::table::GetCurrentTime {}).unwrap().unix_millis;
    shell.call(grant(Answer::Until(now + 100))).unwrap();
    shell.call(grant(Answer::Run)).unwrap();
    let leases_ended = || rows(&kernel, "revoke").iter().filter(|row| row.rule.is_some()).count();
    while leases_ended() < 2 {
        assert!(Instant::now() < end, "the second lease never ends");
        thread::yield_now();
    }
    assert!(read(&app).is_ok());
}

#[test]
fn a_no_holds_until_the_process_ends_and_never_for_the_app() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    let refused = ask(&shell, &app, read_file("/home"), Answer::Deny).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("answer deny"), "{refused}");
    let again = app.call(request(read_file("/home/a"))).unwrap_err();
    assert!(again.errno == Errno::EACCES && pending(&shell).is_empty(), "nobody is asked twice: {again}");
    let next = kernel.process(Vec::new());
    assert_eq!(errno(ask(&shell, &next, read_file("/home"), Answer::Never)), Errno::EACCES);
    let third = kernel.process(Vec::new()).call(request(read_file("/home"))).unwrap_err();
    assert!(third.errno == Errno::EACCES && third.detail.contains("never"), "{third}");
    assert_eq!(rows(&kernel, "grant.refused").len(), 2);
    // Whoever says yes after all is heard.
    shell
        .call(GrantCapability { pid: app.pid(), capability: read_file("/home"), answer: Answer::Run })
        .unwrap();
    assert!(read(&app).is_ok());
}

#[test]
fn always_outlives_the_kernel_until_it_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let boot = || Kernel::boot(Config::new(folder.path())).unwrap();
    let process = |kernel: &Kernel, capabilities: Vec<Capability>, app: &str| {
        let cause = kernel.open_cause(CauseSpec::new(CauseKind::Control, "test"));
        let new = NewProcess {
            name: app.into(),
            app: Some(app.into()),
            kind: abi::table::ProcessKind::App,
            capabilities,
            parent: abi::Pid::KERNEL,
            cause,
        };
        kernel.typed_caller(kernel.spawn_app(new).unwrap(), cause).unwrap()
    };
    {
        let kernel = boot();
        let shell = process(&kernel, Capability::of_shell(), "shell");
        pending(&shell);
        let app = process(&kernel, Vec::new(), "notes");
        assert_eq!(ask(&shell, &app, read_file("/home"), Answer::Always).unwrap().how, "always");
    }
    let kernel = boot();
    let app = process(&kernel, Vec::new(), "notes");
    assert_eq!(app.call(request(read_file("/home"))).unwrap().how, "held", "from the start");
    assert_eq!(errno(process(&kernel, Vec::new(), "other").call(request(read_file("/home")))), Errno::EACCES);
    app.call(DropCapability { capability: read_file("/home") }).unwrap();
    assert_eq!(process(&kernel, Vec::new(), "notes").call(request(read_file("/home"))).unwrap().how, "held");
    let shell = process(&kernel, Capability::of_shell(), "shell");
    shell.call(RevokeCapability { pid: app.pid(), capability: read_file("/home") }).unwrap();
    let next = process(&kernel, Vec::new(), "notes");
    assert_eq!(errno(next.call(request(read_file("/home")))), Errno::EACCES, "taking ends the always");
}

#[test]
fn nobody_gives_what_it_does_not_have_or_to_itself() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    let grant = |pid, capability| GrantCapability { pid, capability, answer: Answer::Run };
    assert_eq!(errno(app.call(grant(app.pid(), Capability::TimeAccess))), Errno::EACCES);
    assert_eq!(errno(shell.call(grant(shell.pid(), Capability::TimeAccess))), Errno::EPERM);
    assert_eq!(errno(shell.call(grant(abi::Pid::KERNEL, Capability::TimeAccess))), Errno::EPERM);
    assert_eq!(errno(shell.call(grant(abi::Pid(999_999), Capability::TimeAccess))), Errno::ESRCH);
    let clerk = kernel.process(vec![Capability::Grant, read_file("/home/a")]);
    assert_eq!(errno(clerk.call(grant(app.pid(), read_file("/home")))), Errno::EPERM);
    clerk.call(grant(app.pid(), read_file("/home/a"))).unwrap();
    assert!(read(&app).is_ok());
    assert_eq!(errno(shell.call(grant(app.pid(), read_file("relative")))), Errno::EINVAL);
    assert_eq!(errno(shell.call(grant(app.pid(), Capability::Grant))), Errno::EPERM);
    let asked = app.call(request(Capability::Grant)).unwrap_err();
    assert!(asked.errno == Errno::EACCES && pending(&shell).is_empty(), "nobody is even asked: {asked}");
    let no = GrantCapability { pid: app.pid(), capability: Capability::TimeAccess, answer: Answer::Deny };
    assert_eq!(errno(shell.call(no)), Errno::EINVAL);
    let take = RevokeCapability { pid: abi::Pid::KERNEL, capability: Capability::TimeAccess };
    assert_eq!(errno(shell.call(take)), Errno::EPERM);
}

#[test]
fn the_same_request_from_many_threads_is_one_question() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    thread::scope(|scope| {
        let askers: Vec<_> = (0..8).map(|_| scope.spawn(|| app.call(request(read_file("/home"))))).collect();
        let asked = next_request(&shell);
        shell.call(AnswerCapabilityRequest { request: asked.request, answer: Answer::Run }).unwrap();
        // Whoever came later finds it held.
        assert!(askers.into_iter().all(|asker| asker.join().unwrap().is_ok()));
    });
    assert_eq!(rows(&kernel, "grant").len(), 1);
}

#[test]
fn a_request_ends_with_its_time_its_task_or_its_process() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    let late = RequestCapability { timeout_millis: Some(1), ..request(read_file("/home")) };
    let late = app.call(late).unwrap_err();
    assert!(late.errno == Errno::ETIMEDOUT && late.detail.contains("would allow it"), "{late}");
    assert!(pending(&shell).is_empty());
    let task = app.submit(request(read_file("/home")).into()).unwrap();
    next_request(&shell);
    app.call(abi::table::TaskCancel { task }).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while !pending(&shell).is_empty() {
        assert!(Instant::now() < end, "a cancelled request waits on");
        thread::yield_now();
    }
    let ended: Result<Granted, SysError> = thread::scope(|scope| {
        let asker = scope.spawn(|| app.call(request(read_file("/home"))));
        next_request(&shell);
        assert_eq!(kernel.census(app.pid()).requests, 1);
        kernel.terminate(app.pid()).unwrap();
        asker.join().unwrap()
    });
    assert_eq!(errno(ended), Errno::ECANCELED);
    assert!(pending(&shell).is_empty() && kernel.census(app.pid()).is_empty());
}

#[test]
fn too_many_questions_are_refused() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    let ask = |n: u32| app.submit(request(read_file(&format!("/home/{n}"))).into()).unwrap();
    let tasks: Vec<_> = (0..40).map(ask).collect();
    let end = Instant::now() + Duration::from_secs(20);
    let mut refused = 0;
    while refused < 16 {
        assert!(Instant::now() < end, "{refused} were refused");
        refused += tasks
            .iter()
            .filter_map(|task| app.poll(*task))
            .filter(|result| matches!(result, Err(why) if matches!(why.errno, Errno::EAGAIN | Errno::EACCES)))
            .count();
        thread::yield_now();
    }
    assert_eq!(pending(&shell).len(), 24);
}

#[test]
fn requests_of_one_cause_are_one_prompt_and_another_cause_is_another() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    let open = |label: &str, parent| {
        kernel.open_cause(CauseSpec { parent, ..CauseSpec::new(CauseKind::Pointer, label) })
    };
    let click = open("click on Sync in Notes", None);
    let later = open("a timer", Some(click));
    let other = open("click on Print in Notes", None);
    let ask = |cause, path: &str| {
        let caller = kernel.typed_caller(app.pid(), cause).unwrap();
        caller.submit(request(read_file(path)).into()).unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let found = pending(&shell).into_iter().find(|asked| asked.capability == read_file(path));
            if let Some(asked) = found {
                return asked;
            }
            assert!(Instant::now() < end, "nobody asked for {path}");
            thread::yield_now();
        }
    };
    let first = ask(click, "/home/a");
    assert_eq!(first.prompt, first.request);
    assert_eq!(ask(click, "/home/b").prompt, first.prompt);
    assert_eq!(ask(later, "/home/c").prompt, first.prompt, "what it led to is of the same cause");
    let second = ask(other, "/home/d");
    assert_eq!(second.prompt, second.request);
    // A line that is answered does not end the prompt, and the first is no exception.
    shell.call(AnswerCapabilityRequest { request: first.request, answer: Answer::Run }).unwrap();
    assert_eq!(ask(click, "/home/e").prompt, first.prompt);
    // When all lines are answered the next question is a prompt of its own.
    for asked in pending(&shell) {
        shell.call(AnswerCapabilityRequest { request: asked.request, answer: Answer::Deny }).unwrap();
    }
    let new = ask(click, "/home/f");
    assert_eq!(new.prompt, new.request);
}

#[test]
fn a_part_of_what_is_asked_is_not_asked_again() {
    let (kernel, shell) = desk();
    let app = kernel.process(Vec::new());
    thread::scope(|scope| {
        let wide = scope.spawn(|| app.call(request(read_file("/home"))));
        let asked = next_request(&shell);
        let narrow = scope.spawn(|| app.call(request(read_file("/home/a"))));
        thread::sleep(Duration::from_millis(50));
        assert_eq!(pending(&shell), std::slice::from_ref(&asked));
        shell.call(AnswerCapabilityRequest { request: asked.request, answer: Answer::Run }).unwrap();
        assert!(wide.join().unwrap().is_ok() && narrow.join().unwrap().is_ok());
    });
}

#[test]
fn what_is_given_up_is_gone_and_can_be_asked_for_again() {
    let (kernel, shell) = desk();
    let app = kernel.process(vec![read_file("/home"), Capability::TimeAccess]);
    assert!(read(&app).is_ok());
    app.call(DropCapability { capability: read_file("/home") }).unwrap();
    let refused = read(&app).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("revoked"), "{refused}");
    assert_eq!(app.call(ListCapabilities { pid: None }).unwrap(), [Capability::TimeAccess]);
    ask(&shell, &app, read_file("/home"), Answer::Run).unwrap();
    assert!(read(&app).is_ok());
    // A narrower right does not come back inside a wider one that was taken.
    kernel.revoke(app.pid(), &read_file("/")).unwrap();
    let narrow = GrantCapability { pid: app.pid(), capability: read_file("/home"), answer: Answer::Run };
    assert_eq!(errno(shell.call(narrow)), Errno::EPERM);
}
