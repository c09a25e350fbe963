//! Programs of apps in their sandboxes: what they see, what they are kept from, and what is said of it.

use super::{errno, read_all, sh, wait};
use abi::{
    Bytes, Capability, Errno, PathScope, SysResult, Syscalls,
    table::{self, ExecPty, Exit, NetworkMode, ProcessKind, Sandbox, SandboxLevel, Spawn, Stdio},
};
use agentos_kernel::{
    Caller,
    testing::{TestKernel, kernel},
};
use std::collections::BTreeMap;

fn scope(path: &str) -> PathScope {
    PathScope(path.into())
}

pub(super) fn all_of(path: &str) -> Vec<Capability> {
    vec![
        Capability::ReadFile(scope(path)),
        Capability::ListDirectory(scope(path)),
        Capability::WriteFile(scope(path)),
        Capability::CreateFile(scope(path)),
        Capability::DeleteFile(scope(path)),
    ]
}

pub(super) fn reads(path: &str) -> Vec<Capability> {
    vec![Capability::ReadFile(scope(path)), Capability::ListDirectory(scope(path))]
}

/// A kernel with a few files, and an app with these rights beside starting programs.
pub(super) fn app(rights: &[Vec<Capability>]) -> (TestKernel, Caller) {
    let kernel = kernel();
    let trusted = kernel.trusted();
    for path in ["/home/work", "/home/kept", "/home/secret", "/home/Apps", "/system/storage/other"] {
        trusted.call(table::Mkdir { path: path.into(), parents: true }).unwrap();
    }
    for path in ["/home/work/a.txt", "/home/kept/b.txt", "/home/secret/key"] {
        let data = Bytes::from(path);
        trusted.call(table::Write { path: path.into(), data, append: false }).unwrap();
    }
    let mut all = rights.concat();
    all.extend([Capability::SpawnProcess(vec!["*".into()]), Capability::SystemInfo]);
    let caller = kernel.process(all);
    (kernel, caller)
}

fn piped(script: &str, sandbox: Option<Sandbox>) -> Spawn {
    Spawn {
        executable: "sh".into(),
        args: vec!["-c".into(), script.into()],
        env: BTreeMap::new(),
        cwd: None,
        stdio: Stdio::Piped,
        priority: 5,
        inherit: Vec::new(),
        run: None,
        sandbox: sandbox.map(Box::new),
    }
}

/// What a script says, and how it ends.
fn run(caller: &Caller, call: Spawn) -> SysResult<(String, Exit)> {
    let started = caller.call(call)?;
    let said = read_all(caller, started.stdout.unwrap()) + &read_all(caller, started.stderr.unwrap());
    Ok((said, wait(caller, started.pid)))
}

fn lists(read: &[&str], write: &[&str]) -> Sandbox {
    let owned = |list: &[&str]| list.iter().map(|path| (*path).to_owned()).collect();
    Sandbox { read: owned(read), write: owned(write), ..Sandbox::default() }
}

pub(crate) fn a_program_sees_what_it_is_given_under_the_names_of_the_desktop() {
    let (kernel, caller) = app(&[all_of("/home/work"), reads("/home/kept")]);
    let script = r#"
        echo "at $(pwd) home $HOME tmp $TMPDIR pwd $PWD"
        cat /home/work/a.txt; echo; cat /home/kept/b.txt; echo
        echo new > /home/work/new.txt && echo written
        (echo x > /home/kept/no.txt) 2>/dev/null || echo kept
        ls /home; ls /home/secret /system /mnt/none 2>/dev/null
        touch "$TMPDIR/x" && echo own tmp
        cat /etc/shadow /root/.profile 2>/dev/null || echo no shadow
    "#;
    let call = Spawn {
        cwd: Some("/home/work".into()),
        ..piped(script, Some(lists(&["/home/kept"], &["/home/work"])))
    };
    let (said, exit) = run(&caller, call).unwrap();
    let expected = "at /home/work home /home tmp /tmp pwd /home/work\n/home/work/a.txt\n/home/kept/b.txt\nwritten\n\
                    kept\nkept\nwork\nown tmp\nno shadow\n";
    assert_eq!((said.as_str(), exit), (expected, Exit::Code(0)));
    let new = table::Read { path: "/home/work/new.txt".into(), offset: 0, size: None };
    assert_eq!(kernel.trusted().call(new).unwrap().as_str(), Some("new\n"), "it is the folder itself");
    // The positive control: without a sandbox the same places are there.
    let (said, _) =
        run(&kernel.trusted(), piped("test -d /system || ls -d /root /etc/shadow", None)).unwrap();
    assert_eq!(said, "/etc/shadow\n/root\n");
}

pub(crate) fn without_asking_a_program_gets_what_its_app_may() {
    let (kernel, caller) =
        app(&[all_of("/home/work"), reads("/home/kept"), vec![Capability::WriteFile(scope("/home/kept"))]]);
    let script =
        "ls /home; touch /home/work/y && echo wrote; touch /home/kept/n 2>/dev/null || echo not kept";
    let (said, _) = run(&caller, piped(script, None)).unwrap();
    assert_eq!(said, "kept\nwork\nwrote\nnot kept\n");
    // An app with every right to files of ours has none to the host's.
    let everything = kernel.process(Capability::all());
    let (said, _) = run(&everything, piped("ls /home; ls /root 2>/dev/null || echo none", None)).unwrap();
    assert!(said.contains("secret") && said.ends_with("none\n"), "{said}");
}

pub(crate) fn what_was_taken_inside_is_covered() {
    let (kernel, caller) = app(&[all_of("/home")]);
    kernel.revoke(caller.pid(), &Capability::ReadFile(scope("/home/secret"))).unwrap();
    kernel.revoke(caller.pid(), &Capability::WriteFile(scope("/home/kept/b.txt"))).unwrap();
    let script = "ls -A /home/secret; cat /home/secret/key 2>/dev/null || echo hidden; cat /home/kept/b.txt; echo; \
                  (echo x > /home/kept/b.txt) 2>/dev/null || echo only read; \
                  (echo x > /home/Apps/evil.bp) 2>/dev/null || echo no new apps";
    let (said, _) = run(&caller, piped(script, Some(lists(&[], &["/home"])))).unwrap();
    assert_eq!(said, "hidden\n/home/kept/b.txt\nonly read\nno new apps\n");
    let named = lists(&[], &["/home", "/home/Apps"]);
    let (said, _) = run(&caller, piped("echo x > /home/Apps/good.txt && echo made", Some(named))).unwrap();
    assert_eq!(said, "made\n", "by name they can be written");
}

pub(crate) fn files_that_run_later_are_only_read_and_told() {
    let (kernel, caller) = app(&[all_of("/home/work")]);
    let work = kernel.data_dir().join("home/work");
    let git = |args: &[&str]| {
        let status = std::process::Command::new("git")
            .args(args)
            .current_dir(&work)
            .env("HOME", "/nonexistent")
            .status();
        assert!(status.unwrap().success());
    };
    git(&["init", "-q"]);
    for (at, text) in [(".envrc", "plain"), ("package.json", "{}"), ("Makefile", "all:")] {
        std::fs::write(work.join(at), text).unwrap();
    }
    let script = r#"
        cd /home/work
        for at in .git/config .git/hooks/evil .envrc package.json Makefile; do
            (echo evil >> $at) 2>/dev/null && echo "wrote $at"
        done
        mv .git moved 2>/dev/null && echo "moved the repository"
        mv .envrc moved 2>/dev/null && echo "moved .envrc"
        rm -f .envrc 2>/dev/null; cat .envrc; echo
        export GIT_AUTHOR_NAME=u GIT_AUTHOR_EMAIL=u@x GIT_COMMITTER_NAME=u GIT_COMMITTER_EMAIL=u@x
        git add a.txt && git commit -q -m first && git log --format=%s && git checkout -q -b topic && git gc -q
        git config core.fsmonitor evil 2>/dev/null && echo "configured git"
        mkdir .vscode && echo evil > .vscode/tasks.json && echo "made tasks"
        echo evil > new && mv new .bashrc && echo "made a start file"
    "#;
    let (said, exit) = run(&caller, piped(script, Some(lists(&[], &["/home/work"])))).unwrap();
    let expected = "wrote Makefile\nplain\nfirst\nmade tasks\nmade a start file\n";
    assert_eq!((said.as_str(), exit), (expected, Exit::Code(0)));
    // What was made and changed is told, with who runs it.
    let later = || -> Vec<(String, String)> {
        let query = serde_json::json!({"call": "query_journal", "kind": "process.touch", "limit": 1000});
        let abi::Reply::QueryJournal(rows) =
            kernel.trusted().dispatch(serde_json::from_value(query).unwrap()).unwrap()
        else {
            panic!()
        };
        let text = |detail: &serde_json::Value| detail.as_str().unwrap_or_default().to_owned();
        let told = rows.iter().filter(|row| row.detail.get("runs_later").is_some());
        told.map(|row| (row.object.clone(), text(&row.detail["runs_later"]))).collect()
    };
    let has = |at: &str, why: &str| later().contains(&(format!("/home/work/{at}"), why.into()));
    super::until(&format!("it is told: {:?}", later()), || {
        has(".vscode/tasks.json", "the editor runs what it names")
            && has("Makefile", "make runs it")
            && has("new", "every shell runs it")
    });
    // What was asked for by its place can be changed, and both is told.
    let sandbox = Sandbox { runs_later: vec!["package.json".into()], ..lists(&[], &["/home/work"]) };
    let script = "cd /home/work; echo 1 > package.json && echo package; (echo 2 > .envrc) 2>/dev/null || echo kept; read line";
    let started = caller.call(piped(script, Some(sandbox))).unwrap();
    let told = caller.call(table::GetSandbox { pid: Some(started.pid) }).unwrap().unwrap();
    let mut only_read = told.only_read;
    only_read.sort_unstable();
    let of_work = |at: &str| format!("/home/work/{at}");
    // Those that the first program made are held now, too.
    let held = [".bashrc", ".envrc", ".git/config", ".git/hooks", ".vscode/tasks.json"].map(of_work);
    assert_eq!((only_read, told.runs_later), (held.to_vec(), vec!["package.json".to_owned()]));
    caller.call(table::FdWrite { fd: started.stdin.unwrap(), data: Bytes::from("\n") }).unwrap();
    assert_eq!(read_all(&caller, started.stdout.unwrap()), "package\nkept\n");
    let everything = Sandbox { runs_later: vec!["*".into()], ..lists(&[], &["/home/work"]) };
    let (said, _) = run(&caller, piped("echo 3 > /home/work/.envrc && echo free", Some(everything))).unwrap();
    assert_eq!(said, "free\n");
    let unknown = Sandbox { runs_later: vec!["Makefile".into()], ..lists(&[], &["/home/work"]) };
    assert_eq!(errno(run(&caller, piped("true", Some(unknown)))), Errno::EINVAL);
}

pub(crate) fn what_holds_is_told_everywhere() {
    let (kernel, caller) = app(&[all_of("/home/work")]);
    let sandbox =
        Sandbox { memory_bytes: Some(256 << 20), processes: Some(50), ..lists(&["/usr"], &["/home/work"]) };
    let call = ExecPty { sandbox: Some(Box::new(sandbox)), ..sh("read line") };
    let started = caller.call(call).unwrap();
    let told = caller.call(table::GetSandbox { pid: Some(started.pid) }).unwrap().unwrap();
    assert_eq!(told.level, SandboxLevel::Full, "{:?}", told.missing);
    assert!(told.namespaces && told.seccomp);
    assert_eq!((told.write.as_slice(), told.network), (&["/home/work".to_owned()][..], NetworkMode::None));
    assert_eq!((told.memory_bytes, told.processes), (Some(256 << 20), Some(50)));
    let info = caller.call(table::GetProcessInfo { pid: Some(started.pid) }).unwrap();
    assert_eq!((info.kind, info.sandbox), (ProcessKind::Host, Some(SandboxLevel::Full)));
    let trusted = kernel.trusted();
    let path = format!("/proc/{}/sandbox", started.pid);
    let file = trusted.call(table::Read { path, offset: 0, size: None }).unwrap();
    assert_eq!(serde_json::from_slice::<table::Sandboxed>(&file).unwrap(), told);
    assert_eq!(trusted.call(table::GetSandbox { pid: None }).unwrap(), None, "it is no program of the host");
    // And what nothing holds says that.
    let open = trusted.call(sh("read line")).unwrap();
    let told = trusted.call(table::GetSandbox { pid: Some(open.pid) }).unwrap().unwrap();
    assert_eq!((told.level, told.namespaces), (SandboxLevel::None, false));
}

pub(crate) fn a_limit_that_ends_a_program_is_told_everywhere() {
    let (kernel, caller) = app(&[all_of("/home/work")]);
    let sandbox = Sandbox { memory_bytes: Some(64 << 20), ..lists(&[], &["/home/work"]) };
    // Bounded by itself: at most 512 MiB.
    let script = "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; \
                  do x=$x$x; done; sleep 1";
    let call = Spawn { executable: "bash".into(), stdio: Stdio::Null, ..piped(script, Some(sandbox)) };
    let program = caller.call(call).unwrap();
    let tier = caller.call(table::GetSandbox { pid: Some(program.pid) }).unwrap().unwrap().limit_tier;
    let exited = caller.call(table::Wait { pid: Some(program.pid), timeout_millis: Some(20_000) }).unwrap();
    if tier == table::LimitTier::Polled {
        println!("skipped: where limits are polled, a shell is told that there is no memory");
        return;
    }
    let memory = table::Exceeded { limit: table::LimitKind::Memory, most: Some(64 << 20) };
    assert_eq!((exited.exit, exited.exceeded), (Exit::Signal(9), Some(memory)));
    let row = super::until_some("its end is written", || {
        super::held::journal(&kernel.trusted(), "process.exit").into_iter().find(|row| row.pid == program.pid)
    });
    assert_eq!(table::EndDetail::read(&row.detail).exceeded, Some(memory), "{row:?}");
}

pub(crate) fn limits_of_a_tree_change_while_it_runs() {
    let (kernel, caller) = app(&[all_of("/home/work")]);
    let trusted = kernel.trusted();
    let sandbox = Sandbox { processes: Some(40), ..lists(&[], &["/home/work"]) };
    let program = caller.call(piped("sleep 60 & read line", Some(sandbox))).unwrap();
    let limits = || trusted.call(table::GetLimits { pid: Some(program.pid) }).unwrap();
    assert_eq!(limits().tree_processes, Some(40), "what its sandbox gave it");
    let wanted = table::Limits {
        memory_bytes: Some(128 << 20),
        tree_processes: Some(12),
        cpu_percent: Some(50),
        disk_bytes: Some(1 << 20),
        ..table::Limits::default()
    };
    trusted.call(table::SetLimits { pid: Some(program.pid), limits: wanted.clone() }).unwrap();
    assert_eq!(limits(), wanted);
    let held = caller.call(table::GetSandbox { pid: Some(program.pid) }).unwrap().unwrap();
    if held.limit_tier != table::LimitTier::Polled {
        let cgroup = std::fs::read_to_string(format!("/proc/{}/cgroup", program.host_pid)).unwrap();
        assert!(cgroup.lines().any(|line| line.contains("memory") && line.contains("agentos-")), "{cgroup}");
        // Raised again, and never beyond what its sandbox gave it.
        let more = table::Limits { tree_processes: Some(1000), ..table::Limits::default() };
        trusted.call(table::SetLimits { pid: Some(program.pid), limits: more }).unwrap();
        assert_eq!(limits().tree_processes, Some(40));
    }
    // Who is in no sandbox has nobody who counts.
    let free = trusted.call(sh("read line")).unwrap();
    let refused = trusted.call(table::SetLimits { pid: Some(free.pid), limits: wanted }).unwrap_err();
    assert_eq!(refused.errno, Errno::EOPNOTSUPP);
    assert!(refused.detail.contains("in no sandbox"), "{refused}");
}

pub(crate) fn what_cannot_be_given_starts_nothing() {
    let (kernel, caller) = app(&[all_of("/home"), reads("/root"), reads("/var"), reads("/run")]);
    let trusted = kernel.trusted();
    trusted.call(table::Symlink { target: "/home/secret".into(), path: "/home/work/link".into() }).unwrap();
    let refused = |sandbox: Sandbox| errno(run(&caller, piped("true", Some(sandbox))));
    assert_eq!(refused(lists(&["/home/work/link"], &[])), Errno::ELOOP);
    assert_eq!(refused(lists(&[], &["/home/none"])), Errno::ENOENT);
    assert_eq!(refused(lists(&["/root"], &[])), Errno::EPERM);
    assert_eq!(refused(lists(&["/run"], &[])), Errno::EPERM);
    assert_eq!(refused(lists(&[], &["/system"])), Errno::EACCES);
    assert_eq!(refused(lists(&["home"], &[])), Errno::EINVAL);
    assert_eq!(refused(Sandbox { memory_bytes: Some(1), ..Sandbox::default() }), Errno::EINVAL);
    let many = vec!["/home"; 65];
    assert_eq!(refused(lists(&many, &[])), Errno::EINVAL);
    let elsewhere =
        Spawn { cwd: Some("/home/secret".into()), ..piped("true", Some(lists(&["/home/work"], &[]))) };
    assert_eq!(errno(run(&caller, elsewhere)), Errno::EACCES);
    let (said, _) = run(&caller, piped("echo here", Some(lists(&["/home/none"], &[])))).unwrap();
    assert_eq!(said, "here\n", "what is not there to read is left out");
}

pub(crate) fn nothing_of_a_sandbox_outlives_it() {
    let (kernel, caller) = app(&[all_of("/home/work")]);
    let script = "trap '' HUP TERM; (setsid nohup sh -c 'trap \"\" HUP; exec sleep 4711' >/dev/null 2>&1 &) ; \
                  setsid sleep 4711 & nohup sleep 4711 >/dev/null 2>&1 & echo ready; sleep 4711";
    let started =
        caller.call(ExecPty { sandbox: Some(Box::new(lists(&[], &["/home/work"]))), ..sh(script) }).unwrap();
    let said =
        caller.call(table::FdRead { fd: started.fd, size: 100, timeout_millis: Some(20_000) }).unwrap();
    assert!(said.as_str().unwrap().contains("ready"));
    let sleepers = || {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines.filter(|line| line == b"sleep\x004711\x00").count()
    };
    super::until("they do not run", || sleepers() == 4);
    kernel.terminate(started.pid).unwrap();
    super::until("something is left", || sleepers() == 0);
}

pub(crate) fn what_a_program_does_and_what_is_hidden_from_it_is_in_the_journal() {
    let (kernel, caller) = app(&[all_of("/home/work")]);
    let script = "echo x > /home/work/made; mv /home/work/made /home/work/moved; cat /home/secret/key /home/none 2>/dev/null; rm /home/work/moved";
    let started = caller.call(piped(script, Some(lists(&[], &["/home/work"])))).unwrap();
    read_all(&caller, started.stdout.unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let trusted = kernel.trusted();
    let rows = loop {
        let rows = super::held::journal(&trusted, "process.touch");
        let told: Vec<(String, String, bool)> = rows
            .iter()
            .filter(|row| row.pid == started.pid)
            .map(|row| {
                let act = row.detail["act"].as_str().unwrap_or_default().to_owned();
                (act, row.object.clone(), row.detail["hidden"] == true)
            })
            .collect();
        if told.iter().any(|(act, _, _)| act == "remove") {
            break told;
        }
        assert!(std::time::Instant::now() < deadline, "{told:?}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    let has = |act: &str, object: &str, hidden: bool| rows.contains(&(act.into(), object.into(), hidden));
    assert!(has("write", "/home/work/made", false) && has("rename", "/home/work/made", false), "{rows:?}");
    assert!(has("read", "/home/secret/key", true), "what is hidden is told: {rows:?}");
    assert!(has("execute", "/usr/bin/mv", false) || has("execute", "/bin/mv", false), "{rows:?}");
    assert!(!rows.iter().any(|(_, object, _)| object == "/home/none"), "what is nowhere is not: {rows:?}");
}
