//! Answers that last, what apps may do and why, what was decided lately, and who asks too often.

use abi::{
    Capability, CauseKind, CauseSpec, Errno, PathScope, Pid, SysResult, Syscalls,
    table::{
        Answer, AnswerCapabilityRequest, AppRights, CapabilityRequest, DecisionKind, GrantCapability,
        KeepAnswer, KeptRule, ListAppRights, ListCapabilityRequests, ListRightDecisions, MuteRequests,
        ProcessKind, Read, RequestCapabilities, RequestCapability, RequestKind, RequestStart,
        RevokeCapability, RightDecision, RightSource, Write,
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

fn process(kernel: &Kernel, capabilities: Vec<Capability>, app: &str) -> Caller {
    let cause = kernel.open_cause(CauseSpec::new(CauseKind::Pointer, format!("click on {app}")));
    let new = NewProcess {
        name: app.to_uppercase(),
        app: Some(app.into()),
        kind: ProcessKind::App,
        capabilities,
        parent: Pid::KERNEL,
        cause,
    };
    kernel.typed_caller(kernel.spawn_app(new).unwrap(), cause).unwrap()
}

fn shell(kernel: &Kernel) -> Caller {
    let shell = process(kernel, Capability::of_shell(), "shell");
    shell.call(Write { path: "/home/a".into(), data: "content".into(), append: false }).unwrap();
    assert!(pending(&shell).is_empty());
    shell
}

fn pending(shell: &Caller) -> Vec<CapabilityRequest> {
    shell.call(ListCapabilityRequests {}).unwrap()
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what} never comes");
        thread::sleep(Duration::from_millis(1));
    }
}

fn waiting(shell: &Caller, count: usize) -> Vec<CapabilityRequest> {
    wait_for("a request", || Some(pending(shell)).filter(|all| all.len() == count))
}

fn answer(shell: &Caller, asked: &CapabilityRequest, answer: Answer) -> SysResult<()> {
    shell.call(AnswerCapabilityRequest { request: asked.request, answer })
}

fn read(caller: &Caller) -> SysResult<abi::Bytes> {
    caller.call(Read { path: "/home/a".into(), offset: 0, size: None })
}

fn rights(shell: &Caller, app: &str) -> AppRights {
    shell.call(ListAppRights { app: Some(app.into()) }).unwrap().remove(0)
}

fn decisions(shell: &Caller) -> Vec<RightDecision> {
    shell.call(ListRightDecisions { after: 0 }).unwrap()
}

fn rows(kernel: &TestKernel, kind: &str) -> Vec<journal::Row> {
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(400).unwrap();
    rows.into_iter().filter(|row| row.kind.as_str() == kind).collect()
}

fn submit(app: &Caller, path: &str) -> abi::TaskId {
    let asks = RequestCapability {
        capability: read_file(path),
        reason: String::new(),
        timeout_millis: Some(20_000),
    };
    app.submit(asks.into()).unwrap()
}

#[test]
fn several_rights_are_one_prompt_and_each_line_has_its_own_answer() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let app = process(&kernel, vec![Capability::TimeAccess], "notes");
    let wanted = ["/home/a", "/home/b", "/home/c", "/home/d"]
        .map(read_file)
        .into_iter()
        .chain([Capability::TimeAccess]);
    let asks = RequestCapabilities {
        capabilities: wanted.collect(),
        reason: "to sync".into(),
        timeout_millis: Some(2_000),
    };
    let answers = thread::scope(|scope| {
        let asker = scope.spawn(|| app.call(asks));
        let asked = waiting(&shell, 4);
        assert!(asked.iter().all(|line| line.prompt == asked[0].request && line.reason == "to sync"));
        answer(&shell, &asked[0], Answer::Run).unwrap();
        answer(&shell, &asked[1], Answer::Deny).unwrap();
        answer(&shell, &asked[2], Answer::Once).unwrap();
        asker.join().unwrap().unwrap()
    });
    let how: Vec<_> = answers
        .iter()
        .map(|answer| answer.granted.as_ref().map_or("no", |granted| granted.how.as_str()))
        .collect();
    assert_eq!(how, ["run", "no", "once", "no", "held"]);
    assert!(answers[1].why.contains("answer deny") && answers[3].why.contains("nobody answered"));
    assert!(read(&app).is_ok());
    let seen: Vec<_> = decisions(&shell).into_iter().map(|decision| decision.kind).collect();
    use DecisionKind::{Expired, Granted, Refused};
    assert_eq!(seen, [Expired, Granted, Refused, Granted]);
    assert_eq!(rows(&kernel, "grant.asked").len(), 4);
    let expired = rows(&kernel, "grant.expired");
    assert_eq!((expired.len(), expired[0].rule.as_deref()), (1, Some("no answer in time")));
    for wrong in [Vec::new(), vec![Capability::TimeAccess; 25], vec![read_file("relative")]] {
        let asks = RequestCapabilities { capabilities: wrong, reason: String::new(), timeout_millis: None };
        assert_eq!(app.call(asks).unwrap_err().errno, Errno::EINVAL);
    }
}

/// What a program needs, line by line, as a manifest of it would ask.
fn needs() -> Vec<Vec<Capability>> {
    vec![
        vec![Capability::SpawnProcess(vec!["sh".into()])],
        vec![read_file("/home/in"), Capability::ListDirectory(abi::PathScope("/home/in".into()))],
        vec![Capability::NetworkAccess(vec!["127.0.0.1:80".into()])],
    ]
}

fn starts(app: &Caller, lines: Vec<Vec<Capability>>) -> SysResult<Vec<abi::table::StartAnswer>> {
    app.call(RequestStart {
        lines,
        reason: "/home/Apps/notes/manifest.json".into(),
        timeout_millis: Some(20_000),
    })
}

#[test]
fn a_start_asks_line_by_line_remembers_and_asks_later_only_for_what_is_new() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let app = process(&kernel, Vec::new(), "notes");
    let missing = |answers: &[abi::table::StartAnswer]| {
        answers.iter().map(|answer| answer.missing.len()).collect::<Vec<_>>()
    };
    let first = thread::scope(|scope| {
        let asker = scope.spawn(|| starts(&app, needs()));
        let asked = waiting(&shell, 3);
        assert!(asked.iter().all(|line| line.prompt == asked[0].prompt && line.kind == RequestKind::Start));
        assert_eq!(asked[1].rights().count(), 2, "a folder is one line");
        answer(&shell, &asked[0], Answer::Always).unwrap();
        let once = answer(&shell, &asked[1], Answer::Once).unwrap_err();
        assert_eq!(once.errno, Errno::EINVAL, "a start is for a run at least");
        answer(&shell, &asked[1], Answer::Deny).unwrap();
        answer(&shell, &asked[2], Answer::Never).unwrap();
        asker.join().unwrap().unwrap()
    });
    assert_eq!(missing(&first), [0, 2, 1]);
    assert!(first[1].why.contains("answer deny") && first[2].why.contains("answer never"), "{first:?}");
    assert_eq!(rows(&kernel, "grant.refused").len(), 3, "each right is written down");
    // Started anew it is asked anew about what was refused for the run, and about nothing else.
    let again = thread::scope(|scope| {
        let asker = scope.spawn(|| starts(&app, needs()));
        let asked = waiting(&shell, 1);
        assert_eq!(asked[0].capability, read_file("/home/in"));
        answer(&shell, &asked[0], Answer::Always).unwrap();
        asker.join().unwrap().unwrap()
    });
    assert_eq!(missing(&again), [0, 0, 1]);
    // Another instance is asked about nothing: all of it was decided for good.
    let next = process(&kernel, Vec::new(), "notes");
    assert_eq!(missing(&starts(&next, needs()).unwrap()), [0, 0, 1]);
    // A manifest that asks for more gets nothing of that by itself.
    let mut wider = needs();
    wider[1].push(Capability::WriteFile(abi::PathScope("/home/in".into())));
    wider.push(vec![Capability::NestedSandbox]);
    let more = thread::scope(|scope| {
        let asker = scope.spawn(|| starts(&next, wider));
        let asked = waiting(&shell, 2);
        assert_eq!(asked[0].capability, Capability::WriteFile(abi::PathScope("/home/in".into())));
        assert!(asked[0].also.is_empty() && asked[1].capability == Capability::NestedSandbox);
        answer(&shell, &asked[0], Answer::Deny).unwrap();
        answer(&shell, &asked[1], Answer::Run).unwrap();
        asker.join().unwrap().unwrap()
    });
    assert_eq!(missing(&more), [0, 1, 1, 0]);
    for wrong in
        [Vec::new(), vec![Vec::new()], vec![vec![read_file("relative")]], vec![vec![Capability::Notify]; 25]]
    {
        assert_eq!(starts(&next, wrong).unwrap_err().errno, Errno::EINVAL);
    }
}

#[test]
fn where_each_right_comes_from_is_told_with_who_gave_it_and_until_when() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let app = process(&kernel, vec![Capability::TimeAccess, read_file("/tmp")], "notes");
    let now = shell.call(abi::table::GetCurrentTime {}).unwrap().unix_millis;
    let give = |capability, answer| {
        shell.call(GrantCapability { pid: app.pid(), capability, answer }).unwrap();
    };
    give(read_file("/home"), Answer::Until(now + 60_000));
    give(Capability::SystemInfo, Answer::Once);
    submit(&app, "/home/x/../../system");
    answer(&shell, &waiting(&shell, 1)[0], Answer::Run).unwrap();
    let told = |shell: &Caller| {
        let rights = rights(shell, "notes").processes.remove(0).rights;
        rights.into_iter().map(|right| (right.capability, right.source, right.how)).collect::<Vec<_>>()
    };
    let known = told(&shell);
    use RightSource::{Given, Manifest, Prompt};
    for expected in [
        (Capability::TimeAccess, Manifest, "manifest"),
        (read_file("/tmp"), Manifest, "manifest"),
        (read_file("/home"), Given, "until"),
        (read_file("/system"), Prompt, "run"),
        (Capability::SystemInfo, Given, "once"),
    ] {
        let expected = (expected.0, expected.1, expected.2.to_owned());
        assert!(known.contains(&expected), "{expected:?} in {known:?}");
    }
    let leased =
        rights(&shell, "notes").processes[0].rights.iter().find(|right| right.how == "until").cloned();
    let leased = leased.unwrap();
    assert_eq!((leased.until_millis, leased.by.as_deref()), (Some(now + 60_000), Some("SHELL")));
    shell.call(RevokeCapability { pid: app.pid(), capability: read_file("/home") }).unwrap();
    let after = rights(&shell, "notes").processes.remove(0);
    assert!(after.rights.iter().all(|right| right.capability != read_file("/home") && right.how != "once"));
    assert_eq!(after.taken, [read_file("/home")]);
}

#[test]
fn what_is_decided_for_an_app_holds_at_once_and_from_its_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let boot = || Kernel::boot(Config::new(folder.path())).unwrap();
    let keep =
        |shell: &Caller, capability, rule| shell.call(KeepAnswer { app: "notes".into(), capability, rule });
    {
        let kernel = boot();
        let shell = shell(&kernel);
        let app = process(&kernel, vec![read_file("/home"), Capability::TimeAccess], "notes");
        assert!(read(&app).is_ok());
        keep(&shell, read_file("/home"), KeptRule::Never).unwrap();
        assert_eq!(read(&app).unwrap_err().errno, Errno::EACCES, "at the next call");
        keep(&shell, Capability::SystemInfo, KeptRule::Always).unwrap();
        assert!(app.call(abi::table::GetSystemInfo {}).is_ok());
        // What nobody has by itself can be given, too.
        for right in [Capability::Ai(5), Capability::Ui("notes".into()), Capability::BindPort(8080)] {
            keep(&shell, right.clone(), KeptRule::Always).unwrap();
            assert!(app.call(abi::table::ListCapabilities { pid: None }).unwrap().contains(&right));
            keep(&shell, right, KeptRule::Ask).unwrap();
        }
        for (app, capability, rule) in
            [("shell", Capability::Notify, KeptRule::Always), ("notes", Capability::Grant, KeptRule::Always)]
        {
            let refused = shell.call(KeepAnswer { app: app.into(), capability, rule }).unwrap_err();
            assert_eq!(refused.errno, Errno::EPERM, "{app}: {refused}");
        }
        for wrong in ["", "a\nb", &"x".repeat(300)] {
            let call = KeepAnswer { app: wrong.into(), capability: Capability::Notify, rule: KeptRule::Ask };
            assert_eq!(shell.call(call).unwrap_err().errno, Errno::EINVAL);
        }
    }
    let kernel = boot();
    let shell = shell(&kernel);
    let app = process(&kernel, vec![read_file("/home")], "notes");
    assert_eq!(read(&app).unwrap_err().errno, Errno::EACCES, "whatever its manifest says");
    assert!(app.call(abi::table::GetSystemInfo {}).is_ok());
    let told = rights(&shell, "notes");
    assert_eq!((told.kept.len(), told.processes.len()), (2, 1));
    let always = told.processes[0].rights.iter().find(|right| right.source == RightSource::Always).unwrap();
    assert_eq!((&always.capability, always.how.as_str()), (&Capability::SystemInfo, "always"));
    // A child that the app makes has what the app gives it, and no more.
    let child = kernel
        .spawn_app(NewProcess {
            name: "child".into(),
            app: Some("notes".into()),
            kind: ProcessKind::App,
            capabilities: Vec::new(),
            parent: app.pid(),
            cause: app.cause(),
        })
        .unwrap();
    let child = kernel.typed_caller(child, app.cause()).unwrap();
    assert_eq!(child.call(abi::table::GetSystemInfo {}).unwrap_err().errno, Errno::EACCES);
    // Forgotten: the manifest counts again, for the next instance.
    keep(&shell, read_file("/home"), KeptRule::Ask).unwrap();
    keep(&shell, Capability::SystemInfo, KeptRule::Ask).unwrap();
    assert!(read(&process(&kernel, vec![read_file("/home")], "notes")).is_ok());
    assert!(rights(&shell, "notes").kept.is_empty());
}

#[test]
fn a_flood_of_questions_mutes_the_app_until_somebody_unmutes_it() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let app = process(&kernel, Vec::new(), "notes");
    for n in 0..200 {
        submit(&app, &format!("/home/{n}"));
    }
    wait_for("the mute", || rights(&shell, "notes").muted.then_some(()));
    assert!(pending(&shell).len() <= 24, "what waits stays and can be answered");
    let muted: Vec<_> =
        decisions(&shell).into_iter().filter(|decision| decision.kind == DecisionKind::Muted).collect();
    assert_eq!((muted.len(), muted[0].app.as_deref()), (1, Some("notes")), "said once");
    let next = process(&kernel, Vec::new(), "notes");
    let ask = |caller: &Caller| {
        caller.call(RequestCapability {
            capability: Capability::Notify,
            reason: String::new(),
            timeout_millis: Some(1),
        })
    };
    let refused = ask(&next).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("muted"), "{refused}");
    let other = process(&kernel, Vec::new(), "other");
    assert_eq!(ask(&other).unwrap_err().errno, Errno::ETIMEDOUT, "others are asked about");
    shell.call(MuteRequests { app: "notes".into(), muted: false }).unwrap();
    assert!(!rights(&shell, "notes").muted);
    assert_eq!(ask(&next).unwrap_err().errno, Errno::ETIMEDOUT);
    assert_eq!(rows(&kernel, "grant.muted").len(), 2);
}

#[test]
fn whoever_is_refused_again_and_again_is_muted() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let app = process(&kernel, Vec::new(), "notes");
    for n in 0..5 {
        let cause = kernel.open_cause(CauseSpec::new(CauseKind::Timer, format!("timer {n}")));
        submit(&kernel.typed_caller(app.pid(), cause).unwrap(), &format!("/home/{n}"));
        answer(&shell, &waiting(&shell, 1)[0], Answer::Deny).unwrap();
    }
    assert!(rights(&shell, "notes").muted);
}

#[test]
fn a_denial_is_kept_with_what_would_allow_it_and_counts_when_it_comes_again() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let app = process(&kernel, Vec::new(), "notes");
    for _ in 0..3 {
        read(&app).unwrap_err();
    }
    let denied = decisions(&shell).remove(0);
    assert_eq!((denied.kind, denied.times, denied.call.as_str()), (DecisionKind::Denied, 3, "read"));
    assert_eq!((denied.pid, denied.capability), (app.pid(), read_file("/home/a")));
    assert_eq!((denied.rule.as_str(), denied.because[0].as_str()), ("default-deny", "click on notes"));
    let give = GrantCapability { pid: app.pid(), capability: read_file("/home/a"), answer: Answer::Run };
    shell.call(give).unwrap();
    assert!(read(&app).is_ok());
    let row = rows(&kernel, "denied").remove(0);
    assert_eq!(row.detail["would_allow"], serde_json::json!({"ReadFile": "/home/a"}));
}

#[test]
fn what_changes_something_says_by_which_rule_it_may() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let scope = |path: &str| PathScope(path.into());
    let app = process(&kernel, vec![Capability::WriteFile(scope("/home/own"))], "notes");
    let make = |path: &str| Write { path: path.into(), data: "x".into(), append: false };
    let give = |capability, answer| {
        shell.call(GrantCapability { pid: app.pid(), capability, answer }).unwrap();
    };
    give(Capability::CreateFile(scope("/home")), Answer::Run);
    shell.call(make("/home/own")).unwrap();
    app.call(make("/home/own")).unwrap();
    give(Capability::WriteFile(scope("/home/a")), Answer::Run);
    app.call(make("/home/a")).unwrap();
    shell.call(make("/home/c")).unwrap();
    give(Capability::WriteFile(scope("/home/c")), Answer::Once);
    app.call(make("/home/c")).unwrap();
    let rules: Vec<_> = rows(&kernel, "file")
        .into_iter()
        .filter(|row| row.pid == app.pid())
        .map(|row| row.rule.unwrap_or_default())
        .collect();
    assert_eq!(
        rules,
        [r#"manifest {"WriteFile":"/home/own"}"#, r#"given run {"WriteFile":"/home/a"}"#, "answer once"]
    );
}

#[test]
fn many_who_answer_at_once_answer_exactly_once() {
    let kernel = kernel();
    let shell = shell(&kernel);
    let app = process(&kernel, Vec::new(), "notes");
    for round in 0..20 {
        let path = format!("/home/{round}");
        let task = submit(&app, &path);
        let asked = waiting(&shell, 1).remove(0);
        let answered = thread::scope(|scope| {
            let answers = [Answer::Run, Answer::Deny, Answer::Once, Answer::Run, Answer::Deny, Answer::Run];
            let (shell, asked) = (&shell, &asked);
            let racers: Vec<_> = answers
                .into_iter()
                .map(|one| scope.spawn(move || answer(shell, asked, one).is_ok().then_some(one)))
                .collect();
            racers.into_iter().filter_map(|racer| racer.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(answered.len(), 1);
        let outcome = wait_for("the outcome", || app.poll(task));
        assert_eq!(outcome.is_ok(), answered[0].allows());
        if answered[0].allows() {
            shell.call(RevokeCapability { pid: app.pid(), capability: read_file(&path) }).unwrap();
        }
        shell.call(MuteRequests { app: "notes".into(), muted: false }).unwrap();
    }
    let settled =
        decisions(&shell).into_iter().filter(|decision| decision.request.is_some()).collect::<Vec<_>>();
    assert_eq!(settled.len(), 20);
}
