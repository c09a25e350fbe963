//! One connection of a program, from the question whether it may be until its end.

use crate::{network::Target, sync::lock};
use abi::{
    Capability, CauseId, Pid,
    table::{ConnectionState, NetworkConnection, NetworkWay},
};
use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

pub(crate) use abi::table::ConnectionState as State;

/// What does not change about it.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) id: u64,
    pub(crate) pid: Pid,
    pub(crate) cause: CauseId,
    pub(crate) way: NetworkWay,
    /// As the program named it.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) began_millis: u64,
}

/// What it goes on under.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    /// What was judged: the address, with the name that led to it.
    pub(crate) target: Target,
    /// A right that was lent for it alone.
    pub(crate) loan: Option<Capability>,
}

#[derive(Default)]
struct Books {
    state: Option<State>,
    address: Option<SocketAddr>,
    rule: Option<String>,
    why: Option<String>,
    permit: Option<Permit>,
    ended_millis: Option<u64>,
}

/// See the module documentation.
pub(crate) struct Connection {
    pub(crate) subject: Subject,
    pub(crate) up_bytes: AtomicU64,
    pub(crate) down_bytes: AtomicU64,
    /// When something moved last, milliseconds since the Unix epoch.
    pub(crate) moved_millis: AtomicU64,
    books: Mutex<Books>,
    /// Somebody has decided on its end.
    ended: watch::Sender<bool>,
}

impl Connection {
    pub(crate) fn new(subject: Subject) -> Self {
        Connection {
            moved_millis: AtomicU64::new(subject.began_millis),
            subject,
            up_bytes: AtomicU64::new(0),
            down_bytes: AtomicU64::new(0),
            books: Mutex::default(),
            ended: watch::Sender::new(false),
        }
    }

    /// For people, events and the journal.
    pub(crate) fn name(&self) -> String {
        let Subject { host, port, .. } = &self.subject;
        format!("{host}:{port}")
    }

    #[cfg(test)]
    pub(crate) fn state(&self) -> State {
        lock(&self.books).state.unwrap_or(State::Asked)
    }

    pub(crate) fn set_state(&self, state: State) {
        let mut books = lock(&self.books);
        if books.ended_millis.is_none() {
            books.state = Some(state);
        }
    }

    /// The rule that decided.
    pub(crate) fn set_rule(&self, rule: &str) {
        lock(&self.books).rule = Some(rule.to_owned());
    }

    /// It is there, under these rights.
    pub(crate) fn open(&self, address: SocketAddr, permit: Permit) {
        let mut books = lock(&self.books);
        (books.address, books.permit) = (Some(address), Some(permit));
        books.state = Some(State::Open);
    }

    /// What it goes on under, once it is there.
    pub(crate) fn permit(&self) -> Option<Permit> {
        lock(&self.books).permit.clone()
    }

    /// It is over; the first says why.
    pub(crate) fn finish(&self, state: State, why: Option<String>, now_millis: u64) {
        let mut books = lock(&self.books);
        if books.ended_millis.is_none() {
            books.state = Some(state);
            books.ended_millis = Some(now_millis);
            books.why = books.why.take().or(why);
        }
    }

    /// Orders its end.
    pub(crate) fn close(&self, why: &str) {
        lock(&self.books).why.get_or_insert_with(|| why.to_owned());
        self.ended.send_replace(true);
    }

    /// Comes back when its end is ordered.
    pub(crate) async fn closed(&self) {
        // The sender is in `self`, so this does not fail.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// As the table tells it.
    pub(crate) fn tell(&self, judged_by: Pid) -> NetworkConnection {
        let books = lock(&self.books);
        let subject = &self.subject;
        NetworkConnection {
            connection: subject.id,
            pid: subject.pid,
            // Who comes in by a port was let in with the port.
            judged_by: Some(judged_by).filter(|_| subject.way != NetworkWay::Inward),
            way: subject.way,
            host: subject.host.clone(),
            port: subject.port,
            address: books.address.map(|address| address.to_string()),
            state: books.state.unwrap_or(ConnectionState::Asked),
            rule: books.rule.clone(),
            why: books.why.clone(),
            cause: subject.cause,
            sent_bytes: self.up_bytes.load(Ordering::Relaxed),
            received_bytes: self.down_bytes.load(Ordering::Relaxed),
            began_millis: subject.began_millis,
            ended_millis: books.ended_millis,
        }
    }
}
