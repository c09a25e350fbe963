//! Each kind of thing is held, counted, and let go of when its process ends.

use super::Resource;
use crate::{Caller, testing::kernel};
use abi::{Bytes, Syscalls, table};

/// Makes the process hold one thing of a kind. False for what a test in this place cannot make: a request for a right
/// needs somebody who answers (`tests/rights.rs`), a program of the host needs a helper (`tests/programs.rs`).
fn hold(caller: &Caller, resource: Resource) -> bool {
    match resource {
        Resource::Tasks => drop(caller.submit(table::Sleep { millis: 600_000 }.into()).unwrap()),
        Resource::Descriptors => {
            let open = table::Open { path: "/home/a".into(), mode: table::OpenMode::READ };
            caller.call(open).unwrap();
        }
        Resource::Mappings => {
            let map: table::Mmap = serde_json::from_str(r#"{"path":"/home/a"}"#).unwrap();
            caller.call(map).unwrap();
        }
        Resource::Pipes => {
            caller.call(table::PipeCreate { capacity: 10, reader: None, writer: None }).unwrap();
        }
        Resource::Queues => {
            let create: table::QueueCreate = serde_json::from_str(r#"{"name":"q"}"#).unwrap();
            caller.call(create).unwrap();
        }
        Resource::SharedMemory => {
            let create: table::ShmCreate = serde_json::from_str(r#"{"size":4096}"#).unwrap();
            caller.call(create).unwrap();
        }
        Resource::Signals => {
            caller.call(table::BlockSignal { signal: 10 }).unwrap();
            caller
                .call(table::SendSignal {
                    pid: caller.pid(),
                    signal: 10,
                    value: 0,
                    scope: table::SignalScope::Process,
                })
                .unwrap();
        }
        Resource::Network => {
            let (core, process) = (caller.core(), caller.process());
            drop(core.proxies.open(core, process, process, None).unwrap());
        }
        Resource::Requests | Resource::HostProcess => return false,
    }
    true
}

#[test]
fn what_a_process_held_is_gone_and_counted_when_it_ends() {
    let kernel = kernel();
    for resource in Resource::ALL {
        let caller = kernel.trusted();
        caller.call(table::Write { path: "/home/a".into(), data: Bytes::from("x"), append: false }).unwrap();
        assert_eq!(kernel.census(caller.pid()).held(*resource), 0);
        let counted = |wanted: Resource| {
            kernel.core.released.all().find(|(name, _)| *name == wanted.name()).map_or(0, |(_, count)| count)
        };
        let before = counted(*resource);
        if !hold(&caller, *resource) {
            continue;
        }
        assert_eq!(kernel.census(caller.pid()).held(*resource), 1, "{resource:?}");
        kernel.terminate(caller.pid()).unwrap();
        assert!(kernel.census(caller.pid()).is_empty(), "{resource:?}");
        assert_eq!(counted(*resource), before + 1, "{resource:?}");
    }
}
