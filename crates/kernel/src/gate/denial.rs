//! A *no* of the gate, which names the rule, the object and what would allow it.

use super::policy::{describe, spelled};
use crate::{
    network::{Target, Verdict},
    process::Process,
};
use abi::{Capability, Errno, PathScope, Pid, SysError, table::Verb};

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    /// `default-deny`, `revoked` with what was taken, or the network rule that is against it.
    rule: String,
    who: String,
    pid: Pid,
    /// The right that would allow it; none where a rule is against it, which wins over every grant.
    would_allow: Option<Capability>,
    object: Option<String>,
}

impl Denial {
    #[cold]
    pub(crate) fn new(process: &Process, verb: Verb, object: Option<&str>) -> Self {
        let rule = match process.policy().revocation_of(verb, object) {
            Some(revoked) => format!("revoked {}", describe(revoked)),
            None => "default-deny".to_owned(),
        };
        Denial {
            rule,
            who: process.name().to_owned(),
            pid: process.pid(),
            would_allow: Some(capability(verb, object)),
            object: object.map(str::to_owned),
        }
    }

    /// A *no* for want of a right as a whole.
    #[cold]
    pub(crate) fn missing(process: &Process, right: Capability) -> Self {
        Denial {
            rule: "default-deny".to_owned(),
            who: process.name().to_owned(),
            pid: process.pid(),
            object: Some(describe(&right)),
            would_allow: Some(right),
        }
    }

    /// A *no* that no right changes.
    #[cold]
    pub(crate) fn of_nature(process: &Process, rule: &str, object: &str) -> Self {
        Denial {
            rule: rule.to_owned(),
            who: process.name().to_owned(),
            pid: process.pid(),
            would_allow: None,
            object: Some(object.to_owned()),
        }
    }

    /// A *no* to a host.
    #[cold]
    pub(crate) fn of_network(process: &Process, target: &Target) -> Self {
        let (rule, missing) = match process.policy().network(target) {
            Verdict::Denied(rule) if rule.denies() => (format!("the rule {rule}"), None),
            Verdict::Denied(rule) => (format!("revoked {rule}"), None),
            Verdict::NotGranted(missing) => ("default-deny".to_owned(), Some(missing)),
            // Granted between the gate's answer and this question.
            Verdict::Allowed => ("default-deny".to_owned(), Some(target.as_str().to_owned())),
        };
        Denial {
            rule,
            who: process.name().to_owned(),
            pid: process.pid(),
            would_allow: missing.map(|rule| Capability::NetworkAccess(vec![rule])),
            object: Some(target.as_str().to_owned()),
        }
    }

    /// The rule that decided.
    pub(crate) fn rule(&self) -> &str {
        &self.rule
    }

    /// The right that would have allowed it.
    pub(crate) fn would_allow(&self) -> Option<&Capability> {
        self.would_allow.as_ref()
    }

    /// What it was about; the verb where there is no object.
    pub(crate) fn object(&self) -> &str {
        self.object.as_deref().unwrap_or_default()
    }
}

impl From<Denial> for SysError {
    fn from(denial: Denial) -> SysError {
        let about = denial.object.as_ref().map(|object| format!("{object}: ")).unwrap_or_default();
        let Denial { rule, who, pid, would_allow, .. } = denial;
        let allow = match &would_allow {
            Some(capability) => spelled(capability),
            None => "only the end of that rule for NetworkAccess".to_owned(),
        };
        SysError::new(
            Errno::EACCES,
            format!("{about}denied to {who} ({pid}) by {rule}; {allow} would allow it"),
        )
    }
}

fn capability(verb: Verb, object: Option<&str>) -> Capability {
    let name = || object.unwrap_or("*").to_owned();
    let path = || PathScope(object.unwrap_or("/").to_owned());
    match verb {
        Verb::ReadFile => Capability::ReadFile(path()),
        Verb::WriteFile => Capability::WriteFile(path()),
        Verb::CreateFile => Capability::CreateFile(path()),
        Verb::DeleteFile => Capability::DeleteFile(path()),
        Verb::ListDirectory => Capability::ListDirectory(path()),
        Verb::SpawnProcess => Capability::SpawnProcess(vec![name()]),
        Verb::KillProcess => Capability::KillProcess,
        Verb::NetworkAccess => Capability::NetworkAccess(vec![name()]),
        Verb::BindPort => Capability::BindPort(object.and_then(|port| port.parse().ok()).unwrap_or_default()),
        Verb::SendMessage => Capability::SendMessage(name()),
        Verb::ReceiveMessage => Capability::ReceiveMessage(name()),
        Verb::SystemInfo => Capability::SystemInfo,
        Verb::TimeAccess => Capability::TimeAccess,
        Verb::Schedule => Capability::Schedule,
        Verb::Limits => Capability::Limits,
        Verb::Observe => Capability::Observe(name()),
        Verb::Mount => Capability::Mount,
        Verb::NetworkNamespace => Capability::NetworkNamespace,
        Verb::Grant => Capability::Grant,
    }
}
