//! What an app may not do any more is taken from its programs, while they run.
//!
//! ```text
//! Core::take · end of a lease ─▶ withdraw: each program of the app ─▶ what its view has and the policy has no more
//!        ─▶ sandbox::withdraw (folders) · the proxy (connections) ─▶ what is left until the program ends: told
//! ```
//!
//! Files that are open stay open, which is told, too. What cannot be taken from a program that runs (a network that
//! nobody judges, a profile, a view that it may have copied) is told as left, so that a person can end it.

use crate::{
    core::Core,
    gate::{Policy, covers},
    process::Process,
};
use abi::{
    Capability, PathScope,
    table::{Lingering, NetworkMode, SandboxLevel, Sandboxed, Verb},
    view::{Place, place_of},
};
use sandbox::Withdrawal;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// What a program has of a right that its app has no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Only what it has open.
    OpenFiles,
    /// All of it, until it ends.
    UntilItEnds,
}

impl Left {
    /// The rule for the journal and for people.
    pub(crate) const fn rule(self) -> &'static str {
        match self {
            Left::OpenFiles => "what is open stays open",
            Left::UntilItEnds => "it has it until it ends",
        }
    }
}

/// Takes from the programs of an app's process what the app has no more; `taken` is what was taken just now. The
/// programs that have something left of it.
pub(crate) fn withdraw(core: &Core, owner: &Process, taken: &Capability) -> Vec<(Arc<Process>, Left)> {
    let programs = core.processes.descendants(owner.pid()).into_iter().filter(|program| program.is_alive());
    let left = programs.filter_map(|program| Some((take_from(core, &program, taken)?, program)));
    left.map(|(left, program)| (program, left)).collect()
}

fn take_from(core: &Core, program: &Process, taken: &Capability) -> Option<Left> {
    let (host, told) = (program.host()?, program.sandboxed_now()?);
    let owner = program.identity().parent.and_then(|pid| core.processes.get(pid).ok())?;
    let policy = owner.policy();
    if told.level == SandboxLevel::None || is_kept(&told, program, taken) {
        return Some(Left::UntilItEnds);
    }
    let places = still_lost(&told, &policy, program);
    if places.is_empty() {
        return None;
    }
    // In a nested one it may have views of its own that hold copies; without namespaces there is no view.
    if told.level != SandboxLevel::Full {
        return Some(Left::UntilItEnds);
    }
    let list: Vec<(PathBuf, Withdrawal)> =
        places.iter().map(|(path, how)| (PathBuf::from(path), *how)).collect();
    match sandbox::withdraw(host.host_pid(), &list) {
        Ok(()) => {
            program.note_withdrawn(places);
            Some(Left::OpenFiles)
        }
        Err(_) if !program.is_alive() => None,
        Err(why) => {
            tracing::warn!(%why, program = program.name(), "a folder could not be taken from a program that runs");
            Some(Left::UntilItEnds)
        }
    }
}

/// What programs of an app's process have until they end of what was taken from it.
pub(crate) fn lingering(core: &Core, owner: &Process) -> Vec<Lingering> {
    let policy = owner.policy();
    if policy.revoked().is_empty() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for program in core.processes.descendants(owner.pid()).into_iter().filter(|program| program.is_alive()) {
        let Some(told) = program.sandboxed_now().filter(|_| program.host().is_some()) else { continue };
        let places = still_lost(&told, &policy, &program);
        for taken in policy.revoked() {
            let is_about = |path: &String| {
                taken
                    .path_scope()
                    .is_some_and(|scope| scope.covers(path) || PathScope(path.clone()).covers(&scope.0))
            };
            if is_kept(&told, &program, taken) || places.keys().any(is_about) {
                all.push(Lingering { pid: program.pid(), capability: taken.clone() });
            }
        }
    }
    all
}

/// What is lost and was not taken yet.
fn still_lost(told: &Sandboxed, policy: &Policy, program: &Process) -> BTreeMap<String, Withdrawal> {
    let mut places = lost(told, policy);
    let done = program.withdrawn();
    places.retain(|path, how| done.get(path).is_none_or(|done| *done != Withdrawal::Hidden && done != how));
    places
}

/// Whether a program has the right by how it was started, whatever its app may do by now.
fn is_kept(told: &Sandboxed, program: &Process, taken: &Capability) -> bool {
    match taken {
        Capability::NetworkAccess(_) => matches!(told.network, NetworkMode::Private | NetworkMode::Shared),
        Capability::NetworkNamespace => matches!(told.network, NetworkMode::Private | NetworkMode::Bridged),
        Capability::NestedSandbox => told.level == SandboxLevel::Nested,
        Capability::SpawnProcess(names) => {
            names.iter().any(|name| name == "*" || name.rsplit('/').next() == Some(program.name()))
        }
        _ => false,
    }
}

/// Places of a view that its app's policy does not have any more, each with what is lost of it.
fn lost(told: &Sandboxed, policy: &Policy) -> BTreeMap<String, Withdrawal> {
    let mut places = BTreeMap::new();
    let given = |path: &&String| matches!(place_of(path), Place::Root | Place::Virtual | Place::Host);
    let all = told.read.iter().chain(&told.write).chain(&told.copy_on_write).filter(given);
    for path in all {
        let reads = policy.allows_path(Verb::ReadFile, path);
        if !reads || is_revoked_folder(policy, path) {
            places.insert(path.clone(), Withdrawal::Hidden);
        }
    }
    let apart = |path: &str| told.copy_on_write.iter().any(|folder| PathScope(folder.clone()).covers(path));
    for path in told.write.iter().filter(given).filter(|path| !apart(path)) {
        let verbs = [Verb::WriteFile, Verb::CreateFile, Verb::DeleteFile];
        if !verbs.iter().all(|verb| policy.allows_path(*verb, path)) {
            places.entry(path.clone()).or_insert(Withdrawal::ReadOnly);
        }
    }
    // What was taken inside of what is given.
    for revoked in policy.revoked() {
        let Some(PathScope(inner)) = revoked.path_scope() else { continue };
        let is_inside = |list: &[String]| {
            list.iter().any(|folder| folder != inner && PathScope(folder.clone()).covers(inner))
        };
        let hides = matches!(revoked, Capability::ReadFile(_) | Capability::ListDirectory(_));
        if hides && (is_inside(&told.read) || is_inside(&told.write) || is_inside(&told.copy_on_write)) {
            places.insert(inner.clone(), Withdrawal::Hidden);
        } else if !hides && is_inside(&told.write) && !apart(inner) {
            places.entry(inner.clone()).or_insert(Withdrawal::ReadOnly);
        }
    }
    places
}

/// Whether to see what is in a folder was taken; of a file nobody sees what is in it.
fn is_revoked_folder(policy: &Policy, path: &str) -> bool {
    let lists = Capability::ListDirectory(PathScope(path.to_owned()));
    policy.revoked().iter().any(|revoked| covers(revoked, &lists))
}

/// What holds for a program after places were taken from it.
pub(crate) fn without(mut told: Sandboxed, withdrawn: &BTreeMap<String, Withdrawal>) -> Sandboxed {
    for (path, how) in withdrawn {
        let scope = PathScope(path.clone());
        match how {
            Withdrawal::Hidden => {
                for list in [&mut told.read, &mut told.write, &mut told.copy_on_write] {
                    list.retain(|folder| !scope.covers(folder));
                }
                told.missing.push(format!("{path} was taken from it while it runs."));
            }
            Withdrawal::ReadOnly => {
                let (changed, stays) = told.write.drain(..).partition(|folder| scope.covers(folder));
                told.write = stays;
                let changed: Vec<String> = changed;
                told.read.extend(changed);
                told.missing.push(format!("To change {path} was taken from it while it runs."));
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Sandboxed {
        let claim = super::super::Claim {
            asked: abi::table::Sandbox {
                read: vec!["/home/in".into(), "/usr/share".into()],
                write: vec!["/home/out".into(), "/tmp".into(), "/home/tried".into()],
                copy_on_write: vec!["/home/tried".into()],
                ..abi::table::Sandbox::default()
            },
            ..super::super::Claim::default()
        };
        let mut told = super::super::told(None, None);
        (told.read, told.write) = (claim.asked.read, claim.asked.write);
        told.copy_on_write = claim.asked.copy_on_write;
        told
    }

    fn rights() -> Policy {
        let scope = |path: &str| PathScope(path.into());
        let all = [Capability::ReadFile, Capability::ListDirectory].map(|make| make(scope("/home")));
        let changes = [Capability::WriteFile, Capability::CreateFile, Capability::DeleteFile];
        Policy::new(all.into_iter().chain(changes.map(|make| make(scope("/home/out")))).collect()).unwrap()
    }

    #[test]
    fn what_the_app_may_no_more_is_lost_and_nothing_else() {
        let scope = |path: &str| PathScope(path.into());
        let after = |taken: &[Capability]| {
            let policy = taken.iter().fold(rights(), |policy, taken| policy.without(taken).unwrap());
            lost(&told(), &policy).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(after(&[]), []);
        let hidden = |path: &str| (path.to_owned(), Withdrawal::Hidden);
        let read_only = |path: &str| (path.to_owned(), Withdrawal::ReadOnly);
        assert_eq!(after(&[Capability::ReadFile(scope("/home/in"))]), [hidden("/home/in")]);
        assert_eq!(after(&[Capability::ListDirectory(scope("/home/in"))]), [hidden("/home/in")]);
        assert_eq!(after(&[Capability::DeleteFile(scope("/home/out"))]), [read_only("/home/out")]);
        assert_eq!(
            after(&[Capability::WriteFile(scope("/home/out/a")), Capability::ReadFile(scope("/home/in/b"))]),
            [hidden("/home/in/b"), read_only("/home/out/a")]
        );
        assert_eq!(
            after(&[Capability::ReadFile(scope("/home"))]),
            [hidden("/home/in"), hidden("/home/out"), hidden("/home/tried")]
        );
        assert_eq!(after(&[Capability::WriteFile(scope("/home/tried"))]), [], "nothing is changed there");
    }

    #[test]
    fn what_was_taken_is_not_claimed_any_more() {
        let taken =
            [("/home/in".to_owned(), Withdrawal::Hidden), ("/home/out".to_owned(), Withdrawal::ReadOnly)];
        let told = without(told(), &taken.into_iter().collect());
        assert_eq!(told.read, ["/usr/share", "/home/out"]);
        assert_eq!(told.write, ["/tmp", "/home/tried"]);
        assert_eq!(told.missing.len(), 2);
    }
}
