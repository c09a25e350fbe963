//! The thread that answers: what a call is about is read while it waits, then it goes on, and is told afterwards.

use super::{
    Act, KEPT, Observed,
    call::{self, Address},
    connect::{Served, WayOut},
    memory::Process,
    notify::{self, Question},
};
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
};

/// How much may lie in the socket before tellings are dropped, bytes.
const WAITING_BYTES: usize = 1024 * 1024;
const STACK_BYTES: usize = 256 * 1024;

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
    /// Starts it; `relay` is the port that leads out.
    pub(crate) fn start(listener: OwnedFd, relay: Option<u16>) -> io::Result<Supervisor> {
        notify::hurry(&listener);
        let sink = Arc::new(Mutex::new(Sink::default()));
        let run = Run { listener: Arc::new(listener), sink: sink.clone(), way_out: relay.map(WayOut::new) };
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
}

impl Run {
    fn run(&self) {
        loop {
            let mut wanted = [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)];
            match poll(&mut wanted, PollTimeout::NONE) {
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(_) => return,
            }
            let events = wanted[0].revents().unwrap_or(PollFlags::empty());
            if events.contains(PollFlags::POLLIN) {
                match notify::receive(&self.listener) {
                    Ok(question) => self.answer(&question),
                    // Whoever asked was ended meanwhile.
                    Err(Errno::ENOENT | Errno::EINTR) => {}
                    Err(_) => return,
                }
            } else if !events.is_empty() {
                // Nobody is left who could ask.
                return;
            }
        }
    }

    fn answer(&self, question: &Question) {
        let process = Process::open(question.host_pid);
        if question.number == libc::SYS_connect {
            let address = process.as_ref().and_then(|process| call::address(question, process));
            return self.answer_connect(question, address);
        }
        if matches!(question.number, libc::SYS_sendto | libc::SYS_socket) {
            let lost = process.as_ref().and_then(|process| lost(question, process));
            notify::go_on(&self.listener, question);
            if let Some(object) = lost {
                self.tell(call::observed(question.host_pid, Act::Datagram, object, None));
            }
            return;
        }
        let observed = process.as_ref().and_then(|process| {
            let mut observed = call::of_file(question, process)?;
            if matches!(observed.act, Act::Read | Act::Execute) {
                // While it waits: once it goes on it may end, and its view with it.
                observed.is_there = process.is_there(&observed.object);
            }
            Some(observed)
        });
        // What was read is its own when it still waits; else its number may be another's by now.
        let is_its_own = notify::still_waits(&self.listener, question);
        notify::go_on(&self.listener, question);
        if let Some(observed) = observed.filter(|_| is_its_own) {
            self.tell(observed);
        }
    }

    fn answer_connect(&self, question: &Question, address: Option<Address>) {
        if !notify::still_waits(&self.listener, question) {
            return;
        }
        let (act, object) = match address {
            Some(Address::Net(address)) => {
                let served = match &self.way_out {
                    Some(way_out) if WayOut::leads_to(address) => {
                        way_out.serve(&self.listener, *question, address)
                    }
                    _ => Served::No,
                };
                if served != Served::Yes {
                    notify::go_on(&self.listener, question);
                }
                let is_lost = served == Served::Datagram && WayOut::loses(address);
                (if is_lost { Act::Datagram } else { Act::Connect }, address.to_string())
            }
            Some(Address::Unix(path)) => {
                notify::go_on(&self.listener, question);
                (Act::Connect, path)
            }
            Some(Address::Other) | None => return notify::go_on(&self.listener, question),
        };
        self.tell(call::observed(question.host_pid, act, object, None));
    }

    fn tell(&self, observed: Observed) {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner).tell(observed);
    }
}

/// What of a call that is about no connection a filtered network does not carry.
fn lost(question: &Question, process: &Process) -> Option<String> {
    if question.number == libc::SYS_socket {
        return Some(call::packets(question).to_owned());
    }
    match call::address(question, process) {
        Some(Address::Net(address)) if WayOut::loses(address) => Some(address.to_string()),
        _ => None,
    }
}
