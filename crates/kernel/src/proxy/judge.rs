//! Whether a program may reach a host: rules, a question to a person, a look-up, rules again.
//!
//! ```text
//! host ─▶ rules about the name ─▶ (not granted: ask, held a while) ─▶ look-up ─▶ rules about each address
//! ```
//!
//! A name that was granted and leads to an address of the inside (private, loopback, link-local, metadata) is refused
//! and never asked about: whoever may answer for names may point them anywhere. Such addresses are asked about when
//! the program names them itself.

use super::{
    connection::{Connection, Permit, State},
    table::Proxy,
};
use crate::{
    core::Core,
    door::record_denial,
    gate::{Denial, Policy, reaches},
    grant::Use,
    journal::RowKind,
    network::{AddressClass, Host, Protocol, Target, Verdict, class_of},
    observe::NewEvent,
    process::Process,
};
use abi::{
    Capability, Errno, SysError, Syscall,
    table::{Severity, SocketConnect},
};
use serde_json::json;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// When to come again after nobody answered, seconds.
const COME_AGAIN_SECONDS: u32 = 15;

/// Where to, and under which right.
#[derive(Debug)]
pub(super) struct Admitted {
    /// At least one; each with what was judged.
    pub(super) addresses: Vec<(SocketAddr, Target)>,
    pub(super) loan: Option<Capability>,
}

/// What was against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Against {
    Rule,
    /// A person was asked and has not answered yet.
    Silence,
    UnknownName,
    /// Nobody is there, or nobody leads there.
    Unreached,
    /// The name, or the host, did not answer in time.
    Late,
    /// Ours: too much at a time, or the record cannot be written.
    Busy,
}

/// A no.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) against: Against,
    /// For a person.
    pub(super) text: String,
    pub(super) retry_after_seconds: Option<u32>,
}

impl Refused {
    fn new(against: Against, text: String) -> Self {
        let retry_after_seconds = match against {
            Against::Silence => Some(COME_AGAIN_SECONDS),
            Against::Busy => Some(1),
            _ => None,
        };
        Refused { against, text, retry_after_seconds }
    }
}

/// The rights of a process with what was lent for this one connection.
fn policy(process: &Process, loan: Option<&Capability>) -> Arc<Policy> {
    let policy = process.policy();
    match loan.and_then(|loan| policy.with(loan).ok()) {
        Some(with_loan) => Arc::new(with_loan),
        None => policy,
    }
}

/// Whether a connection that is there may go on.
pub(super) fn may_go_on(process: &Process, permit: &Permit) -> bool {
    policy(process, permit.loan.as_ref()).network(&permit.target) == Verdict::Allowed
}

/// Judges. Every decision is an event and a row.
pub(super) async fn admit(
    core: &Arc<Core>,
    proxy: &Proxy,
    connection: &Connection,
    host: &Host,
) -> Result<Admitted, Refused> {
    let judge = Judge { core, proxy, connection };
    let port = connection.subject.port;
    let asked_for = Target::of(host, port, Protocol::Tcp);
    let loan = judge.first(host, &asked_for).await?;
    let found = judge.look_up(host).await?;
    let owner = &proxy.owner;
    let rights = policy(owner, loan.as_ref());
    let target = |address: IpAddr| match host {
        Host::Name(name) if host.local().is_none() => Target::resolved(name, address, port, Protocol::Tcp),
        _ => Target::address(address, port, Protocol::Tcp),
    };
    let judged = found.into_iter().map(|address| (SocketAddr::new(address, port), target(address)));
    let (allowed, refused): (Vec<_>, Vec<_>) =
        judged.partition(|(_, target)| rights.network(target) == Verdict::Allowed);
    let Some((address, target)) = allowed.first() else {
        let target = refused.first().map_or(&asked_for, |(_, target)| target);
        return Err(judge.deny(&Denial::of_network(owner, target)));
    };
    let rule = match &loan {
        Some(_) => "answer once".to_owned(),
        None => rights.network_rule(target).unwrap_or_else(|| "granted".to_owned()),
    };
    judge.allow(&rule, *address)?;
    if owner.has_given() {
        let of =
            Use { by: proxy.process.name(), cause: connection.subject.cause, now_millis: core.now_millis() };
        core.ledger.used(owner.pid(), |right| reaches(right, target), of);
    }
    Ok(Admitted { addresses: allowed, loan })
}

struct Judge<'a> {
    core: &'a Arc<Core>,
    proxy: &'a Proxy,
    connection: &'a Connection,
}

impl Judge<'_> {
    /// The rules about what was asked for, before anything is looked up. The right that was lent for it, if one was.
    async fn first(&self, host: &Host, target: &Target) -> Result<Option<Capability>, Refused> {
        let owner = &self.proxy.owner;
        let missing = match self.by_rules(target) {
            Ok(loan) => return Ok(loan),
            Err(Verdict::NotGranted(missing)) if can_be_asked(host) => missing,
            Err(_) => return Err(self.deny(&Denial::of_network(owner, target))),
        };
        self.connection.set_state(State::Held);
        let right = Capability::NetworkAccess(vec![missing]);
        let (pid, cause) = (owner.pid(), self.connection.subject.cause);
        let answer = self
            .core
            .request_for(pid, right, cause, self.proxy.process.name(), self.proxy.patience.answer)
            .await;
        self.connection.set_state(State::Asked);
        match answer {
            Ok(_) => self.by_rules(target).map_err(|_| self.deny(&Denial::of_network(owner, target))),
            Err(why) if matches!(why.errno, Errno::ETIMEDOUT | Errno::EAGAIN) => {
                Err(self.no_answer(target, &why))
            }
            Err(why) => Err(self.deny_by(&Denial::of_network(owner, target), &why)),
        }
    }

    fn by_rules(&self, target: &Target) -> Result<Option<Capability>, Verdict> {
        let process = &self.proxy.owner;
        match process.policy().network(target) {
            Verdict::Allowed => Ok(None),
            verdict => match process.take_loan(|policy| policy.network(target) == Verdict::Allowed) {
                Some(loan) => Ok(Some(loan)),
                None => Err(verdict),
            },
        }
    }

    async fn look_up(&self, host: &Host) -> Result<Vec<IpAddr>, Refused> {
        let name = self.connection.name();
        // So that slow names of one program do not hold up everybody's.
        let _turn = self.proxy.lookups.acquire().await;
        self.core.network.addresses(host).await.map_err(|why| {
            let against = if why.errno == Errno::ETIMEDOUT { Against::Late } else { Against::UnknownName };
            self.fail(&why.to_string());
            Refused::new(against, format!("AgentOS: {name} was not reached. {why}."))
        })
    }

    /// It may: written down before anything is sent.
    fn allow(&self, rule: &str, address: SocketAddr) -> Result<(), Refused> {
        let (core, process, subject) = (self.core, &self.proxy.process, &self.connection.subject);
        self.connection.set_rule(rule);
        self.connection.set_state(State::Connecting);
        core.gate.count_allowed();
        self.proxy.count(true);
        let name = self.connection.name();
        let event = NewEvent {
            a: subject.id,
            label: core.observer.label(&format!("{name} ({rule})")),
            ..NewEvent::new(core.kinds.network_allowed, Severity::Info, process.pid(), subject.cause)
        };
        core.observer.emit(event);
        let mut row = core.journal_row(process.identity(), subject.cause, RowKind::NetworkAllowed, &name);
        row.rule = Some(rule.to_owned());
        row.detail = json!({ "address": address, "connection": subject.id, "way": subject.way });
        core.journal.append(&row).map(drop).map_err(|why| {
            core.journal_failed(&why);
            self.fail("the journal cannot record it");
            Refused::new(
                Against::Busy,
                format!("AgentOS: {name} is refused, since the journal cannot record it: {why}."),
            )
        })
    }

    fn deny(&self, denial: &Denial) -> Refused {
        self.tell_denied(denial);
        let name = self.connection.name();
        self.connection.set_rule(denial.rule());
        let text = SysError::from(denial.clone());
        Refused::new(
            Against::Rule,
            format!(
                "AgentOS: {name} is not reached from here.\n{}.\nIt can be allowed in Settings, Apps & permissions; then try \
                 again.",
                text.detail
            ),
        )
    }

    /// A person, or what a person has said before, was against it.
    fn deny_by(&self, denial: &Denial, why: &SysError) -> Refused {
        self.tell_denied(denial);
        self.connection.set_rule(denial.rule());
        Refused::new(
            Against::Rule,
            format!("AgentOS: {} is not reached from here.\n{}.", self.connection.name(), why.detail),
        )
    }

    fn no_answer(&self, target: &Target, why: &SysError) -> Refused {
        let denial = Denial::of_network(&self.proxy.owner, target);
        self.tell_denied(&denial);
        self.connection.set_rule(denial.rule());
        Refused::new(
            Against::Silence,
            format!(
                "AgentOS: {} is not reached yet.\n{}.\nAnswer the question on the screen, and try again.",
                self.connection.name(),
                why.detail
            ),
        )
    }

    fn tell_denied(&self, denial: &Denial) {
        self.proxy.count(false);
        record_denial(
            self.core,
            &self.proxy.process,
            self.connection.subject.cause,
            SocketConnect::ROW,
            denial,
        );
        let now = self.core.now_millis();
        self.connection.finish(State::Denied, Some(denial.rule().to_owned()), now);
    }

    fn fail(&self, why: &str) {
        self.connection.finish(State::Failed, Some(why.to_owned()), self.core.now_millis());
    }
}

/// Addresses that no answer opens: only a grant that names them does.
fn can_be_asked(host: &Host) -> bool {
    match host {
        Host::Name(_) => true,
        Host::Address(address) => {
            !matches!(class_of(*address), AddressClass::Metadata | AddressClass::Reserved)
        }
    }
}
