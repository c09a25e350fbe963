//! Decisions of the proxy without a program, for benches.

use super::{
    connection::{State, Subject},
    judge,
    table::Proxy,
};
use crate::{Caller, NewProcess, core::Core, kernel::spawn, network::Host, process::Process};
use abi::{
    SysResult, Syscalls,
    table::{NetworkWay, ProcessKind},
};
use std::sync::Arc;

/// The proxy of a process that is only a name, judged by the rights of whoever opened it.
pub struct Filtered {
    core: Arc<Core>,
    program: Arc<Process>,
    proxy: Arc<Proxy>,
}

impl Filtered {
    /// Opens one.
    ///
    /// # Errors
    /// The process or its proxy cannot be made.
    pub fn open(owner: &Caller) -> SysResult<Filtered> {
        let core = owner.core().clone();
        let new = NewProcess {
            name: "bench".into(),
            app: None,
            kind: ProcessKind::Host,
            capabilities: Vec::new(),
            parent: owner.process().pid(),
            cause: owner.cause(),
        };
        let program = spawn(&core, &new)?;
        let proxy = core.proxies.open(&core, &program, owner.process(), None)?;
        Ok(Filtered { core, program, proxy })
    }

    /// Judges a host as for a connection: rules, look-up, rules about each address, event and row of the journal.
    /// Whether it may be reached.
    #[must_use]
    pub fn decide(&self, host: &str, port: u16) -> bool {
        let Ok(parsed) = Host::parse(host) else { return false };
        let connection = self.proxy.begin(&self.core, |id| Subject {
            id,
            pid: self.program.pid(),
            cause: self.proxy.cause(),
            way: NetworkWay::Tunnel,
            host: host.to_owned(),
            port,
            began_millis: self.core.now_millis(),
        });
        let judged = judge::admit(&self.core, &self.proxy, &connection, &parsed);
        let allowed = self.core.runtime().block_on(judged).is_ok();
        connection.finish(State::Closed, None, self.core.now_millis());
        self.proxy.end(&connection);
        allowed
    }

    /// Answers a question of DNS.
    #[must_use]
    pub fn answer_name(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.proxy.answer_name(message)
    }
}

impl Drop for Filtered {
    fn drop(&mut self) {
        self.core.proxies.release(self.program.pid(), false);
    }
}
