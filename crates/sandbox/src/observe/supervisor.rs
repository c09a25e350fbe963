//! The thread that answers: what a call is about is read while it waits, then it goes on, and is told afterwards.

use super::{
    Act, KEPT, Observe, Observed, REPEATED_WITHIN,
    call::{self, Address},
    connect::{Served, WayOut},
    memory::{self, Process},
    notify::{self, Question},
    recent::Recent,
};
use crate::{Isolation, Profile};
use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        signal::{SigSet, SigmaskHow},
        socket::{AddressFamily, MsgFlags, SockFlag, SockType, send, setsockopt, socketpair, sockopt},
    },
};
use std::{
    collections::VecDeque,
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// How much may lie in the socket before tellings are dropped, bytes.
const WAITING_BYTES: usize = 1024 * 1024;
const STACK_BYTES: usize = 256 * 1024;
/// How long a file that was there is taken to be there still, for whoever asks for it again.
const LOOKED_WITHIN: Duration = Duration::from_secs(1);

/// A supervisor that runs until nobody is left who could ask.
#[derive(Debug)]
pub(crate) struct Supervisor {
    sink: Arc<Mutex<Sink>>,
}

/// Where tellings go.
#[derive(Debug, Default)]
struct Sink {
    socket: Option<OwnedFd>,
    kept: VecDeque<Observed>,
    dropped: u64,
}

impl Supervisor {
    /// Starts it for a program that is held like this; `relay` is the port that leads out.
    pub(crate) fn start(
        listener: OwnedFd,
        relay: Option<u16>,
        isolation: &Isolation,
    ) -> io::Result<Supervisor> {
        notify::hurry(&listener);
        let sink = Arc::new(Mutex::new(Sink::default()));
        let mut run = Run {
            listener: Arc::new(listener),
            sink: sink.clone(),
            way_out: relay.map(|port| WayOut::new(port, &isolation.network)),
            tells_reading: isolation.observe == Observe::Everything,
            may_change_root: isolation.profile == Profile::Nested,
            root: None,
            told: Recent::new(REPEATED_WITHIN),
            there: Recent::new(LOOKED_WITHIN),
        };
        // Signals are for whoever waits for them, which this thread never does.
        let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let builder = thread::Builder::new().name("agentos-observer".into()).stack_size(STACK_BYTES);
        let started = builder.spawn(move || run.run());
        before.thread_set_mask()?;
        started?;
        Ok(Supervisor { sink })
    }

    /// A new end for tellings; the one before hears no more. What was kept comes first.
    pub(crate) fn listen(&self) -> io::Result<OwnedFd> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?;
        // The host gives what it gives; less only drops earlier.
        let _ = setsockopt(&ours, sockopt::SndBuf, &WAITING_BYTES);
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.socket = Some(ours);
        let kept = std::mem::take(&mut sink.kept);
        kept.into_iter().for_each(|observed| sink.tell(observed));
        Ok(theirs)
    }
}

impl Sink {
    fn tell(&mut self, mut observed: Observed) {
        observed.dropped_before += std::mem::take(&mut self.dropped);
        let Some(socket) = &self.socket else {
            if self.kept.len() == KEPT {
                // The oldest make room.
                self.dropped += self.kept.pop_front().map_or(0, |oldest| oldest.dropped_before + 1);
                if let Some(next) = self.kept.front_mut() {
                    next.dropped_before += std::mem::take(&mut self.dropped);
                }
            }
            self.kept.push_back(observed);
            return;
        };
        let told = serde_json::to_vec(&observed).unwrap_or_default();
        match send(socket.as_raw_fd(), &told, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL) {
            Ok(_) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => {
                self.socket = None;
                self.tell(observed);
            }
            Err(_) => self.dropped = observed.dropped_before + 1,
        }
    }
}

struct Run {
    listener: Arc<OwnedFd>,
    sink: Arc<Mutex<Sink>>,
    way_out: Option<WayOut>,
    /// Also of what is there.
    tells_reading: bool,
    /// Otherwise all processes of the program have the same root for good.
    may_change_root: bool,
    root: Option<OwnedFd>,
    told: Recent<()>,
    /// Files that were there.
    there: Recent<()>,
}

impl Run {
    fn run(&mut self) {
        let waits_by_itself = notify::waits_by_itself();
        loop {
            if !waits_by_itself && !self.is_anybody_left(PollTimeout::NONE) {
                return;
            }
            match notify::receive(&self.listener) {
                Ok(question) => self.answer(&question),
                Err(Errno::EINTR) => {}
                // Whoever asked was ended meanwhile, or was the last.
                Err(Errno::ENOENT) if self.is_anybody_left(PollTimeout::ZERO) => {}
                Err(_) => return,
            }
        }
    }

    /// Waits until there is a question; false when nobody is left who could ask one.
    fn is_anybody_left(&self, patience: PollTimeout) -> bool {
        let mut wanted = [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)];
        loop {
            match poll(&mut wanted, patience) {
                Ok(_) => break,
                Err(Errno::EINTR) => {}
                Err(_) => return false,
            }
        }
        let events = wanted[0].revents().unwrap_or(PollFlags::empty());
        events.is_empty() || events.contains(PollFlags::POLLIN)
    }

    fn answer(&mut self, question: &Question) {
        let process = Process::new(question.host_pid);
        if question.number == libc::SYS_connect {
            let address = call::address(question, process);
            return self.answer_connect(question, address);
        }
        if matches!(question.number, libc::SYS_sendto | libc::SYS_socket) {
            let lost = lost(question, process);
            let was_its_own = notify::go_on(&self.listener, question);
            if let Some(object) = lost.filter(|_| was_its_own) {
                self.tell(call::observed(question.host_pid, Act::Datagram, object, None));
            }
            return;
        }
        let observed = call::of_file(question, process).and_then(|mut observed| {
            let act = observed.act;
            if act == Act::Read && !self.tells_reading && self.there.get(&observed.object).is_some() {
                return None;
            }
            let (Observed { object, other, .. }, pid) = (&observed, question.host_pid);
            if self.told.get(&(pid, act, object, other)).is_some() {
                return None;
            }
            self.told.put(&(pid, act, object, other), ());
            if matches!(act, Act::Read | Act::Execute) {
                // While it waits: once it goes on it may end, and its view with it.
                observed.is_there = self.is_there(process, &observed.object);
                if observed.is_there == Some(true) {
                    self.there.put(&observed.object, ());
                }
            }
            (act != Act::Read || self.tells_reading || observed.is_there == Some(false)).then_some(observed)
        });
        let was_its_own = notify::go_on(&self.listener, question);
        if let Some(observed) = observed.filter(|_| was_its_own) {
            self.tell(observed);
        }
    }

    fn is_there(&mut self, process: Process, path: &str) -> Option<bool> {
        if self.root.is_none() || self.may_change_root {
            self.root = process.root();
        }
        memory::is_there(self.root.as_ref()?, path)
    }

    fn answer_connect(&self, question: &Question, address: Option<Address>) {
        if !notify::still_waits(&self.listener, question) {
            return;
        }
        let (act, object) = match address {
            Some(Address::Net(address)) => {
                let served = match &self.way_out {
                    Some(way_out) if way_out.serves(address) => {
                        way_out.serve(&self.listener, *question, address)
                    }
                    _ => Served::No,
                };
                if served != Served::Yes {
                    let _ = notify::go_on(&self.listener, question);
                }
                let is_lost = served == Served::Datagram && WayOut::loses(address);
                (if is_lost { Act::Datagram } else { Act::Connect }, address.to_string())
            }
            Some(Address::Unix(path)) => {
                let _ = notify::go_on(&self.listener, question);
                (Act::Connect, path)
            }
            Some(Address::Other) | None => {
                let _ = notify::go_on(&self.listener, question);
                return;
            }
        };
        self.tell(call::observed(question.host_pid, act, object, None));
    }

    fn tell(&self, observed: Observed) {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner).tell(observed);
    }
}

/// What of a call that is about no connection a filtered network does not carry.
fn lost(question: &Question, process: Process) -> Option<String> {
    if question.number == libc::SYS_socket {
        return Some(call::packets(question).to_owned());
    }
    match call::address(question, process) {
        Some(Address::Net(address)) if WayOut::loses(address) => Some(address.to_string()),
        _ => None,
    }
}
