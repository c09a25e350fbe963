//! The sandbox of a program whose caller asked for none: what the caller may itself.

use crate::{caller::Caller, gate::Policy};
use abi::{
    Capability,
    table::{NetworkMode, ProcessKind, Sandbox, Verb},
    view::{Place, place_of},
};

/// Folders in one list, as in a sandbox that is asked for.
pub(super) const MAX_FOLDERS: usize = 64;

/// `None` for a part of the desktop itself, whose programs nothing holds.
pub(super) fn own(caller: &Caller) -> Option<Sandbox> {
    let process = caller.process();
    (process.identity().kind != ProcessKind::System).then(|| of(&process.policy()))
}

fn of(policy: &Policy) -> Sandbox {
    let mut sandbox = Sandbox::default();
    for capability in policy.granted() {
        match capability {
            Capability::ReadFile(scope) if reads(policy, &scope.0) => add(&mut sandbox.read, &scope.0),
            Capability::WriteFile(scope) if reads(policy, &scope.0) && writes(policy, &scope.0) => {
                add(&mut sandbox.write, &scope.0);
            }
            Capability::NetworkAccess(_) => sandbox.network = NetworkMode::Filtered,
            _ => {}
        }
    }
    sandbox
}

fn reads(policy: &Policy, path: &str) -> bool {
    let can_be_given = matches!(place_of(path), Place::Root | Place::Virtual | Place::Host);
    can_be_given && policy.allows_path(Verb::ReadFile, path) && policy.allows_path(Verb::ListDirectory, path)
}

fn writes(policy: &Policy, path: &str) -> bool {
    let verbs = [Verb::WriteFile, Verb::CreateFile, Verb::DeleteFile];
    place_of(path) != Place::Host && verbs.iter().all(|verb| policy.allows_path(*verb, path))
}

fn add(list: &mut Vec<String>, path: &str) {
    if list.len() < MAX_FOLDERS && !list.iter().any(|known| known == path) {
        list.push(path.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::PathScope;

    #[test]
    fn a_program_gets_what_its_app_may_as_a_whole_and_no_more() {
        let scope = |path: &str| PathScope(path.into());
        let policy = Policy::new(vec![
            Capability::ReadFile(scope("/home/a")),
            Capability::ListDirectory(scope("/home")),
            Capability::WriteFile(scope("/home/a")),
            Capability::CreateFile(scope("/home/a")),
            Capability::ReadFile(scope("/mnt/x")),
            Capability::ReadFile(scope("/root")),
        ]);
        let sandbox = of(&policy.unwrap());
        assert_eq!(sandbox.read, ["/home/a"], "what it cannot list is not shown, and some places never are");
        assert_eq!(sandbox.write, [] as [&str; 0], "a program that writes could delete, too");
        assert_eq!(sandbox.network, NetworkMode::None);
    }
}
