//! What is taken from an app while its programs run.

use super::{confined::app, wait};
use abi::{
    Bytes, Capability, PathScope, Syscalls,
    table::{self, DecisionKind, FdRead, FdWrite, Sandbox, SandboxProfile, Spawn, Stdio},
};
use agentos_kernel::Caller;
use std::collections::BTreeMap;

/// A shell that says what it sees, each time that it is asked.
struct Looking {
    caller: Caller,
    started: table::Spawned,
}

const SCRIPT: &str = r#"
    exec 9< /home/kept/b.txt
    while read word; do
        case $word in
            look)
                kept=$(ls /home/kept 2>/dev/null | wc -l)
                file=$(cat /home/work/a.txt 2>/dev/null | wc -c)
                (echo x > /home/work/mine) 2>/dev/null && write=yes || write=no
                echo "kept $kept file $file write $write" ;;
            open) cat <&9; echo ;;
        esac
    done
"#;

impl Looking {
    fn start(caller: &Caller, profile: SandboxProfile) -> Looking {
        let sandbox = Sandbox {
            read: vec!["/home/kept".into()],
            write: vec!["/home/work".into()],
            profile,
            ..Sandbox::default()
        };
        let call = Spawn {
            executable: "sh".into(),
            args: vec!["-c".into(), SCRIPT.into()],
            env: BTreeMap::new(),
            cwd: None,
            stdio: Stdio::Piped,
            priority: 5,
            inherit: Vec::new(),
            run: None,
            sandbox: Some(Box::new(sandbox)),
        };
        Looking { caller: caller.clone(), started: caller.call(call).unwrap() }
    }

    fn asks(&self, word: &str) -> String {
        let data = Bytes::from(format!("{word}\n").as_str());
        self.caller.call(FdWrite { fd: self.started.stdin.unwrap(), data }).unwrap();
        let mut said = String::new();
        while !said.ends_with('\n') {
            let read = FdRead { fd: self.started.stdout.unwrap(), size: 4096, timeout_millis: Some(20_000) };
            said.push_str(self.caller.call(read).unwrap().as_str().unwrap());
        }
        said.trim_end().to_owned()
    }

    fn end(self) {
        self.caller.call(table::Close { fd: self.started.stdin.unwrap() }).unwrap();
        wait(&self.caller, self.started.pid);
    }
}

fn scope(path: &str) -> PathScope {
    PathScope(path.into())
}

pub(crate) fn folders_go_from_the_view_of_a_program_that_runs() {
    let (kernel, caller) =
        app(&[super::confined::all_of("/home/work"), super::confined::reads("/home/kept")]);
    let program = Looking::start(&caller, SandboxProfile::Standard);
    assert_eq!(program.asks("look"), "kept 1 file 16 write yes", "the positive control");
    kernel.revoke(caller.pid(), &Capability::WriteFile(scope("/home/work"))).unwrap();
    assert_eq!(program.asks("look"), "kept 1 file 16 write no");
    kernel.revoke(caller.pid(), &Capability::ReadFile(scope("/home/kept"))).unwrap();
    assert_eq!(program.asks("look"), "kept 0 file 16 write no");
    assert_eq!(program.asks("open"), "/home/kept/b.txt", "what is open stays open");
    // Within what is given.
    kernel.revoke(caller.pid(), &Capability::ReadFile(scope("/home/work/a.txt"))).unwrap();
    assert_eq!(program.asks("look"), "kept 0 file 0 write no");
    kernel.revoke(caller.pid(), &Capability::ReadFile(scope("/home/work"))).unwrap();
    assert_eq!(program.asks("look"), "kept 0 file 0 write no");
    let told = caller.call(table::GetSandbox { pid: Some(program.started.pid) }).unwrap().unwrap();
    assert_eq!((told.read.len(), told.write.len()), (0, 0), "nothing is claimed that is not there");
    let shell = kernel.trusted();
    let decisions = shell.call(table::ListRightDecisions { after: 0 }).unwrap();
    let left: Vec<_> = decisions.iter().filter(|decision| decision.kind == DecisionKind::Lingers).collect();
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(
        left.iter().all(|left| left.pid == program.started.pid && left.rule == "what is open stays open")
    );
    program.end();
}

pub(crate) fn what_cannot_be_taken_is_told_until_the_program_ends() {
    let rights = [super::confined::all_of("/home/work"), super::confined::reads("/home/kept")];
    let (kernel, caller) = app(&[rights.concat(), vec![Capability::NestedSandbox]]);
    let program = Looking::start(&caller, SandboxProfile::Nested);
    kernel.revoke(caller.pid(), &Capability::ReadFile(scope("/home/kept"))).unwrap();
    kernel.revoke(caller.pid(), &Capability::NestedSandbox).unwrap();
    assert_eq!(program.asks("look"), "kept 1 file 16 write yes", "a nested one may have a view of its own");
    let shell = kernel.trusted();
    let lingering = || {
        let apps = shell.call(table::ListAppRights { app: Some("test".into()) }).unwrap();
        let all = apps[0].processes.iter().flat_map(|process| process.lingering.clone());
        all.map(|left| (left.pid, left.capability)).collect::<Vec<_>>()
    };
    let pid = program.started.pid;
    assert_eq!(
        lingering(),
        [(pid, Capability::ReadFile(scope("/home/kept"))), (pid, Capability::NestedSandbox)]
    );
    program.end();
    assert_eq!(lingering(), []);
}
