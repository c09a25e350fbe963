//! Permissions as manifests write them, and the capabilities they stand for.

use super::Program;
use abi::{Capability, PathScope};

/// Name in manifests and Blueprints, name in code.
pub const PERMISSION_NAMES: [(&str, &str); 23] = [
    ("READ_FILE", "ReadFile"),
    ("WRITE_FILE", "WriteFile"),
    ("CREATE_FILE", "CreateFile"),
    ("DELETE_FILE", "DeleteFile"),
    ("LIST_DIRECTORY", "ListDirectory"),
    ("SPAWN_PROCESS", "SpawnProcess"),
    ("KILL_PROCESS", "KillProcess"),
    ("NETWORK_ACCESS", "NetworkAccess"),
    ("BIND_PORT", "BindPort"),
    ("NETWORK_NAMESPACE", "NetworkNamespace"),
    ("NESTED_SANDBOX", "NestedSandbox"),
    ("SYSTEM_INFO", "SystemInfo"),
    ("TIME_ACCESS", "TimeAccess"),
    ("SEND_MESSAGE", "SendMessage"),
    ("RECEIVE_MESSAGE", "ReceiveMessage"),
    ("CLIPBOARD", "Clipboard"),
    ("NOTIFY", "Notify"),
    ("AI", "Ai"),
    ("UI", "Ui"),
    ("MOUNT", "Mount"),
    ("SCHEDULE", "Schedule"),
    ("LIMITS", "Limits"),
    ("OBSERVE", "Observe"),
];

/// The capabilities that a permission of a manifest stands for. A bare name gets the least scope that
/// the program's own fields give; `None` when the name is unknown or needs a scope that is missing.
pub(super) fn capabilities(name: &str, program: &Program) -> Option<Vec<Capability>> {
    let readable = || program.sandbox.read.iter().chain(&program.sandbox.write);
    let paths = |list: &mut dyn Iterator<Item = &String>, make: fn(PathScope) -> Capability| {
        Some(list.map(|path| make(PathScope(path.clone()))).collect())
    };
    let rules = &program.sandbox;
    let writable = |make| paths(&mut rules.write.iter().filter(|path| !rules.is_kept_apart(path)), make);
    match name {
        "READ_FILE" => paths(&mut readable(), Capability::ReadFile),
        "LIST_DIRECTORY" => paths(&mut readable(), Capability::ListDirectory),
        "WRITE_FILE" => writable(Capability::WriteFile),
        "CREATE_FILE" => writable(Capability::CreateFile),
        "DELETE_FILE" => writable(Capability::DeleteFile),
        "SPAWN_PROCESS" => Some(vec![Capability::SpawnProcess(vec![program.executable.clone()])]),
        "SYSTEM_INFO" => Some(vec![Capability::SystemInfo]),
        "TIME_ACCESS" => Some(vec![Capability::TimeAccess]),
        "NOTIFY" => Some(vec![Capability::Notify]),
        "KILL_PROCESS" => Some(vec![Capability::KillProcess]),
        "NETWORK_ACCESS" | "NETWORK_NAMESPACE" | "NESTED_SANDBOX" | "BIND_PORT" => {
            let wanted = |capability: &Capability| {
                matches!(
                    (name, capability),
                    ("NETWORK_ACCESS", Capability::NetworkAccess(_))
                        | ("NETWORK_NAMESPACE", Capability::NetworkNamespace)
                        | ("NESTED_SANDBOX", Capability::NestedSandbox)
                        | ("BIND_PORT", Capability::BindPort(_))
                )
            };
            Some(program.sandbox.capabilities().into_iter().filter(wanted).collect())
        }
        _ => None,
    }
}
