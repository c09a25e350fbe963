//! What one process was granted, and what was taken from it again.
//!
//! **Invariants**: every path scope is an absolute path in normal form; a policy that was derived
//! for a child allows nothing that its parent's does not (what a person gives a process later is its own);
//! what was revoked wins over what is granted, until that very right, or a wider one, is given again.

use crate::{
    network::{Rules, Target, Verdict},
    vfs::VPath,
};
use abi::{Capability, Errno, PathScope, SysError, SysResult, table::Verb};

/// Capabilities and revocations of one process; more are refused.
const MAX_RULES: usize = 1_024;

/// The rights of a process. Immutable: a change makes a new one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    granted: Vec<Capability>,
    revoked: Vec<Capability>,
    plain: u32,
    /// The rules of all `NetworkAccess` that is granted, and of all that was revoked.
    network: Rules,
    network_revoked: Rules,
}

/// A verb's place in the mask of verbs without an object.
pub(super) const fn bit(verb: Verb) -> u32 {
    1 << verb as u32
}

impl Policy {
    /// Makes a policy of what a manifest or a caller says.
    ///
    /// # Errors
    /// `EINVAL` for a path scope that is no absolute path, for a network rule that is none, and for more than
    /// 1,024 capabilities.
    pub(crate) fn new(capabilities: Vec<Capability>) -> SysResult<Self> {
        if capabilities.len() > MAX_RULES {
            return Err(SysError::new(Errno::EINVAL, format!("more than {MAX_RULES} capabilities")));
        }
        let granted = capabilities.into_iter().map(normal).collect::<SysResult<Vec<_>>>()?;
        Ok(Policy::of(granted, Vec::new()))
    }

    fn of(granted: Vec<Capability>, revoked: Vec<Capability>) -> Self {
        let (network, network_revoked) = (network_rules(&granted), network_rules(&revoked));
        let mut policy = Policy { granted, revoked, plain: 0, network, network_revoked };
        policy.plain = policy.granted.iter().filter_map(plain_verb).fold(0, |mask, verb| mask | bit(verb));
        for verb in policy.revoked.iter().filter_map(plain_verb) {
            policy.plain &= !bit(verb);
        }
        policy
    }

    /// The same without a right and everything it covers.
    ///
    /// # Errors
    /// `EINVAL` as in [`Policy::new`], also when too much was revoked already.
    pub(crate) fn without(&self, capability: &Capability) -> SysResult<Self> {
        let revoked = normal(capability.clone())?;
        let mut policy = self.clone();
        policy.granted.retain(|granted| !covers(&revoked, granted));
        if !policy.revoked.contains(&revoked) {
            policy.revoked.push(revoked);
        }
        if policy.revoked.len() > MAX_RULES {
            return Err(SysError::new(Errno::EINVAL, format!("more than {MAX_RULES} revocations")));
        }
        Ok(Policy::of(policy.granted, policy.revoked))
    }

    /// The same with one right more. What of it was taken before holds again.
    ///
    /// # Errors
    /// `EINVAL` as in [`Policy::new`]; `EPERM` when a wider right was taken, which wins.
    pub(crate) fn with(&self, capability: &Capability) -> SysResult<Self> {
        let given = normal(capability.clone())?;
        let mut policy = self.clone();
        policy.revoked.retain(|revoked| !covers(&given, revoked));
        if let Some(wider) = policy.revoked.iter().find(|revoked| covers(revoked, &given)) {
            let detail = format!("{} was taken and wins over {}", describe(wider), describe(&given));
            return Err(SysError::new(Errno::EPERM, detail));
        }
        if policy.granted.len() >= MAX_RULES {
            return Err(SysError::new(Errno::EINVAL, format!("more than {MAX_RULES} capabilities")));
        }
        policy.granted.push(given);
        Ok(Policy::of(policy.granted, policy.revoked))
    }

    /// The same without one grant of a right, if there is one; it may be granted a second time.
    pub(crate) fn without_one(&self, capability: &Capability) -> Self {
        let mut granted = self.granted.clone();
        if let Some(at) = granted.iter().rposition(|granted| granted == capability) {
            granted.remove(at);
        }
        Policy::of(granted, self.revoked.clone())
    }

    /// A right as policies have it: paths absolute and in normal form, network rules read.
    ///
    /// # Errors
    /// `EINVAL` for a path scope that is no absolute path and for a network rule that is none.
    pub(crate) fn normal(capability: Capability) -> SysResult<Capability> {
        normal(capability)
    }

    /// The policy of a child that asks for these rights.
    ///
    /// # Errors
    /// `EPERM` naming the first right that this policy does not have itself; `EINVAL` as in [`Policy::new`].
    pub(crate) fn for_child(&self, capabilities: Vec<Capability>) -> SysResult<Self> {
        let asked = Policy::new(capabilities)?;
        if let Some(excess) = asked.granted.iter().find(|asked| !self.can_give(asked)) {
            let json = describe(excess);
            return Err(SysError::new(
                Errno::EPERM,
                format!("child-exceeds-parent: the parent has no {json} to give"),
            ));
        }
        // What was taken from the parent inside a wider grant, or never was in it, stays away from the child.
        let mut revoked = self.revoked.clone();
        let denials: Vec<String> = self.network.denials().map(|rule| rule.positive().to_string()).collect();
        if !denials.is_empty() {
            revoked.push(Capability::NetworkAccess(denials));
        }
        Ok(Policy::of(asked.granted, revoked))
    }

    /// Whether a capability as a whole is granted (a revocation inside its scope does not matter).
    pub(crate) fn has(&self, capability: &Capability) -> bool {
        !self.revoked.iter().any(|revoked| covers(revoked, capability))
            && self.granted.iter().any(|granted| covers(granted, capability))
    }

    /// Whether a process with this policy may give a capability to another one: what it has itself, and who gives
    /// rights gives any port.
    pub(crate) fn can_give(&self, capability: &Capability) -> bool {
        let any_port = || matches!(capability, Capability::BindPort(_)) && self.has(&Capability::BindPort(0));
        self.has(capability) || (self.has(&Capability::Grant) && any_port())
    }

    /// Whether a capability, or a part of it, was taken again.
    pub(crate) fn is_taken(&self, capability: &Capability) -> bool {
        self.revoked.iter().any(|revoked| covers(revoked, capability))
    }

    /// What is granted.
    pub(crate) fn granted(&self) -> &[Capability] {
        &self.granted
    }

    /// What was taken again.
    pub(crate) fn revoked(&self) -> &[Capability] {
        &self.revoked
    }

    /// The network rules that are granted, as they are written.
    pub(crate) fn network_rules(&self) -> Vec<String> {
        let rules = |capability: &Capability| match capability {
            Capability::NetworkAccess(rules) => rules.clone(),
            _ => Vec::new(),
        };
        self.granted.iter().flat_map(rules).collect()
    }

    /// The verbs without an object that are granted.
    pub(crate) fn plain(&self) -> u32 {
        self.plain
    }

    /// Whether the verb is allowed on an absolute, resolved path.
    pub(crate) fn allows_path(&self, verb: Verb, path: &str) -> bool {
        let about = |capability: &Capability| {
            path_scope(capability).is_some_and(|(v, scope)| v == verb && scope.covers(path))
        };
        self.granted.iter().any(about) && !self.revoked.iter().any(about)
    }

    /// Whether the verb is allowed with a name.
    pub(crate) fn allows_name(&self, verb: Verb, name: &str) -> bool {
        let about = |capability: &Capability| names(capability, verb, name);
        self.granted.iter().any(about) && !self.revoked.iter().any(about)
    }

    /// The grant by which a verb is allowed on a path.
    pub(crate) fn granting_path(&self, verb: Verb, path: &str) -> Option<&Capability> {
        self.granted.iter().find(|granted| {
            path_scope(granted).is_some_and(|(granted, scope)| granted == verb && scope.covers(path))
        })
    }

    /// The grant by which a verb is allowed with a name.
    pub(crate) fn granting_name(&self, verb: Verb, name: &str) -> Option<&Capability> {
        self.granted.iter().find(|granted| names(granted, verb, name))
    }

    /// The grant by which a verb without an object is allowed.
    pub(crate) fn granting_plain(&self, verb: Verb) -> Option<&Capability> {
        self.granted.iter().find(|granted| plain_verb(granted) == Some(verb))
    }

    /// What the network rules say about a target. A revocation is a denial of all it touches.
    pub(crate) fn network(&self, target: &Target) -> Verdict {
        match self.network_revoked.touching(target) {
            Some(revoked) => Verdict::Denied(revoked.clone()),
            None => self.network.judge(target),
        }
    }

    /// The rule by which a target is allowed.
    pub(crate) fn network_rule(&self, target: &Target) -> Option<String> {
        self.network.granting(target).map(ToString::to_string)
    }

    /// The revoked rule that forbids it although it is granted, if that is why.
    pub(crate) fn revocation_of(&self, verb: Verb, object: Option<&str>) -> Option<&Capability> {
        let alone = |revoked: &Capability| Policy::of(vec![revoked.clone()], Vec::new());
        self.revoked.iter().find(|revoked| {
            let alone = alone(revoked);
            match object {
                None => alone.plain & bit(verb) != 0,
                Some(object) => alone.allows_path(verb, object) || alone.allows_name(verb, object),
            }
        })
    }
}

/// Whether a right is about a verb with this name.
fn names(capability: &Capability, verb: Verb, name: &str) -> bool {
    match (capability, verb) {
        (Capability::SpawnProcess(names), Verb::SpawnProcess) => names.iter().any(|n| n == "*" || n == name),
        (Capability::Observe(scope), Verb::Observe)
        | (Capability::SendMessage(scope), Verb::SendMessage)
        | (Capability::ReceiveMessage(scope), Verb::ReceiveMessage) => scope_covers(scope, name),
        (Capability::BindPort(port), Verb::BindPort) => name.parse() == Ok(*port),
        _ => false,
    }
}

fn network_rules(capabilities: &[Capability]) -> Rules {
    let mut all = Rules::default();
    for capability in capabilities {
        if let Capability::NetworkAccess(rules) = capability {
            // They were read when the capability came in, so none fails here; one that did would grant nothing.
            all.extend(Rules::parse(rules).unwrap_or_default());
        }
    }
    all
}

/// Whether a right allows a verb on an object: a path, a name, or nothing.
pub(crate) fn allows(capability: &Capability, verb: Verb, object: Option<&str>) -> bool {
    match object {
        None => plain_verb(capability) == Some(verb),
        Some(object) => {
            path_scope(capability).is_some_and(|(granted, scope)| granted == verb && scope.covers(object))
                || names(capability, verb, object)
        }
    }
}

/// Whether a right allows to reach a target.
pub(crate) fn reaches(capability: &Capability, target: &Target) -> bool {
    matches!(capability, Capability::NetworkAccess(_))
        && network_rules(std::slice::from_ref(capability)).judge(target) == Verdict::Allowed
}

/// A right as what would allow something: in words, and exactly.
pub(crate) fn spelled(capability: &Capability) -> String {
    format!("the right to {} ({})", capability.in_words(), describe(capability))
}

/// A capability as JSON, for messages.
pub(crate) fn describe(capability: &Capability) -> String {
    serde_json::to_string(capability).unwrap_or_else(|_| format!("{capability:?}"))
}

fn path_scope(capability: &Capability) -> Option<(Verb, &PathScope)> {
    Some(match capability {
        Capability::ReadFile(scope) => (Verb::ReadFile, scope),
        Capability::WriteFile(scope) => (Verb::WriteFile, scope),
        Capability::CreateFile(scope) => (Verb::CreateFile, scope),
        Capability::DeleteFile(scope) => (Verb::DeleteFile, scope),
        Capability::ListDirectory(scope) => (Verb::ListDirectory, scope),
        _ => return None,
    })
}

fn plain_verb(capability: &Capability) -> Option<Verb> {
    Some(match capability {
        Capability::KillProcess => Verb::KillProcess,
        Capability::SystemInfo => Verb::SystemInfo,
        Capability::TimeAccess => Verb::TimeAccess,
        Capability::Schedule => Verb::Schedule,
        Capability::Limits => Verb::Limits,
        Capability::Mount => Verb::Mount,
        Capability::Grant => Verb::Grant,
        Capability::NetworkNamespace => Verb::NetworkNamespace,
        Capability::Observe(scope) if scope == "*" => Verb::Observe,
        _ => return None,
    })
}

fn scope_covers(scope: &str, name: &str) -> bool {
    scope == "*" || name.starts_with(scope)
}

/// Whether the first right contains the second.
pub(crate) fn covers(wide: &Capability, narrow: &Capability) -> bool {
    use Capability as C;
    if let (Some((wide_verb, wide)), Some((verb, narrow))) = (path_scope(wide), path_scope(narrow)) {
        return wide_verb == verb && wide.covers(&narrow.0);
    }
    let all_in = |wide: &[String], narrow: &[String]| {
        wide.iter().any(|w| w == "*") || narrow.iter().all(|n| wide.contains(n))
    };
    match (wide, narrow) {
        (C::SpawnProcess(wide), C::SpawnProcess(narrow)) => all_in(wide, narrow),
        (C::NetworkAccess(wide), C::NetworkAccess(narrow)) => {
            match (Rules::parse(wide), Rules::parse(narrow)) {
                (Ok(wide), Ok(narrow)) => wide.covers(&narrow),
                _ => false,
            }
        }
        (C::SendMessage(wide), C::SendMessage(narrow))
        | (C::ReceiveMessage(wide), C::ReceiveMessage(narrow))
        | (C::Observe(wide), C::Observe(narrow))
        | (C::Ui(wide), C::Ui(narrow)) => scope_covers(wide, narrow),
        (C::Ai(wide), C::Ai(narrow)) => wide >= narrow,
        (wide, narrow) => wide == narrow,
    }
}

fn normal(capability: Capability) -> SysResult<Capability> {
    let path = |scope: PathScope| VPath::parse(&scope.0).map(|path| PathScope(path.as_str().to_owned()));
    Ok(match capability {
        Capability::ReadFile(scope) => Capability::ReadFile(path(scope)?),
        Capability::WriteFile(scope) => Capability::WriteFile(path(scope)?),
        Capability::CreateFile(scope) => Capability::CreateFile(path(scope)?),
        Capability::DeleteFile(scope) => Capability::DeleteFile(path(scope)?),
        Capability::ListDirectory(scope) => Capability::ListDirectory(path(scope)?),
        Capability::NetworkAccess(rules) => {
            Rules::parse(&rules)?;
            Capability::NetworkAccess(rules)
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Capability {
        Capability::ReadFile(PathScope(path.into()))
    }

    fn policy(capabilities: &[Capability]) -> Policy {
        Policy::new(capabilities.to_vec()).unwrap()
    }

    #[test]
    fn a_scope_is_taken_in_normal_form_and_must_be_absolute() {
        assert!(policy(&[read("/home/../home//x/")]).allows_path(Verb::ReadFile, "/home/x/y"));
        assert_eq!(Policy::new(vec![read("home")]).unwrap_err().errno, Errno::EINVAL);
    }

    #[test]
    fn a_verb_does_not_lend_itself_to_another() {
        let policy = policy(&[read("/home"), Capability::SpawnProcess(vec!["sh".into()])]);
        assert!(!policy.allows_path(Verb::WriteFile, "/home/a"));
        assert!(policy.allows_name(Verb::SpawnProcess, "sh"));
        assert!(!policy.allows_name(Verb::SpawnProcess, "bash"));
        assert!(!policy.allows_path(Verb::SpawnProcess, "sh"));
    }

    #[test]
    fn a_revocation_inside_a_grant_wins() {
        let revoked = policy(&[read("/home")]).without(&read("/home/secret")).unwrap();
        assert!(revoked.allows_path(Verb::ReadFile, "/home/a"));
        assert!(!revoked.allows_path(Verb::ReadFile, "/home/secret/key"));
        assert_eq!(revoked.revocation_of(Verb::ReadFile, Some("/home/secret")), Some(&read("/home/secret")));
        assert!(policy(&[Capability::TimeAccess]).without(&Capability::TimeAccess).unwrap().plain() == 0);
    }

    #[test]
    fn network_rules_are_read_once_and_a_bad_one_is_told() {
        let access =
            |rules: &[&str]| Capability::NetworkAccess(rules.iter().map(|rule| (*rule).to_owned()).collect());
        let target =
            |address: &str| Target::address(address.parse().unwrap(), 443, crate::network::Protocol::Tcp);
        assert_eq!(Policy::new(vec![access(&["a.com:x"])]).unwrap_err().errno, Errno::EINVAL);
        let parent = policy(&[access(&["*", "10.0.0.0/8"]), access(&["!10.1.0.0/16"])]);
        assert_eq!(parent.network(&target("10.2.0.1")), Verdict::Allowed);
        assert!(matches!(parent.network(&target("10.1.0.1")), Verdict::Denied(_)));
        let child = parent.for_child(vec![access(&["10.0.0.0/8"])]).unwrap();
        assert_eq!(child.network(&target("10.2.0.1")), Verdict::Allowed);
        assert!(matches!(child.network(&target("10.1.0.1")), Verdict::Denied(_)), "denials are inherited");
        for excess in [access(&["loopback"]), access(&["private"]), Capability::BindPort(80)] {
            assert_eq!(parent.for_child(vec![excess]).unwrap_err().errno, Errno::EPERM);
        }
        let revoked = parent.without(&access(&["10.2.0.0/16"])).unwrap();
        assert!(matches!(revoked.network(&target("10.2.0.1")), Verdict::Denied(_)));
        assert_eq!(revoked.network(&target("10.3.0.1")), Verdict::Allowed);
        let revoked = parent.without(&access(&["*"])).unwrap();
        assert!(matches!(revoked.network(&target("10.3.0.1")), Verdict::Denied(_)), "all means all");
    }

    #[test]
    fn a_child_gets_no_more_than_its_parent_has() {
        let parent = policy(&[read("/home"), Capability::Ai(10)]);
        assert!(parent.for_child(vec![read("/home/notes"), Capability::Ai(5)]).is_ok());
        for excess in [
            read("/"),
            Capability::Ai(11),
            Capability::KillProcess,
            Capability::WriteFile(PathScope("/home".into())),
        ] {
            assert_eq!(parent.for_child(vec![excess]).unwrap_err().errno, Errno::EPERM);
        }
        let narrowed = parent.without(&read("/home/secret")).unwrap();
        assert!(
            !narrowed.for_child(vec![read("/home")]).unwrap().allows_path(Verb::ReadFile, "/home/secret")
        );
        assert!(narrowed.for_child(vec![read("/home/secret/a")]).is_err());
    }
}
