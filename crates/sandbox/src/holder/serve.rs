//! The holder while its program is kept: one thread that waits for its children, its terminal and its guests.
//!
//! **Invariants**: the terminal is read here only while no desktop is attached; at most [`MAX_GUESTS`] that have
//! not said what they want; whatever a guest does, the holder goes on.

use super::{
    HeldInfo,
    connection::{Connection, Heard},
    frame::Message,
    place::Place,
    ring::OutputRing,
};
use crate::{
    Exit, Group,
    child::reap,
    isolated::Namespaces,
    observe::Supervisor,
    process_tree::{descendants, kill_descendants},
};
use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::signalfd::SignalFd,
    unistd::read,
};
use std::{
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixListener,
    },
    process::exit,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Guests that may be there at one time; more are turned away.
const MAX_GUESTS: usize = 4;
/// How often a holder without a desktop looks whether it can still be found.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long the end of a program is kept for a desktop that comes.
const KEEP_ENDED: Duration = Duration::from_secs(24 * 60 * 60);
/// How long what an ended program left behind may take to end by itself.
const GRACE: Duration = Duration::from_secs(3);
/// How much output is taken from the terminal at a time, bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a desktop gets when it attaches.
pub(super) struct Program {
    pub(super) master: OwnedFd,
    pub(super) ring: OutputRing,
    pub(super) ring_file: OwnedFd,
    pub(super) pidfd: OwnedFd,
    /// Goes on whatever becomes of this.
    pub(super) supervisor: Option<Supervisor>,
}

/// The holder.
pub(super) struct Holder {
    info: HeldInfo,
    ended_at: Option<Instant>,
    place: Place,
    listener: UnixListener,
    /// None once the terminal was closed by the desktop.
    program: Option<Program>,
    /// No program is on the terminal any more.
    is_silent: bool,
    /// What the program is in, when it is isolated.
    namespaces: Option<Namespaces>,
    ended_children: SignalFd,
    attached: Option<Connection>,
    guests: Vec<Connection>,
    was_told_to_end: bool,
}

/// Who has something to say.
#[derive(Default)]
struct Ready {
    children: bool,
    report: bool,
    listener: bool,
    attached: bool,
    master: bool,
    guests: Vec<bool>,
}

impl Holder {
    pub(super) fn new(
        info: HeldInfo,
        place: Place,
        listener: UnixListener,
        program: Program,
        namespaces: Option<Namespaces>,
        ended_children: SignalFd,
    ) -> Holder {
        Holder {
            info,
            ended_at: None,
            place,
            listener,
            program: Some(program),
            is_silent: false,
            namespaces,
            ended_children,
            attached: None,
            guests: Vec::new(),
            was_told_to_end: false,
        }
    }

    /// Serves until the end.
    pub(super) fn run(mut self) -> ! {
        // A child may have ended before there was something to hear of it by.
        self.reap();
        while self.goes_on() {
            let ready = self.wait();
            if ready.children {
                while matches!(self.ended_children.read_signal(), Ok(Some(_))) {}
                self.reap();
            }
            if ready.report {
                self.hear_report();
            }
            // The desktop before its successor: a place that has become free is given away at once.
            if ready.attached {
                self.hear_desktop();
            }
            if ready.master && self.attached.is_none() {
                self.keep_output();
            }
            self.hear_guests(&ready.guests);
            if ready.listener {
                self.greet();
            }
        }
        self.end();
        exit(0)
    }

    fn goes_on(&self) -> bool {
        if self.was_told_to_end {
            return false;
        }
        let is_kept = self.ended_at.is_none_or(|ended| ended.elapsed() < KEEP_ENDED);
        self.attached.is_some() || (is_kept && self.program.is_some() && self.place.is_there())
    }

    fn wait(&self) -> Ready {
        let of = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut wanted = vec![of(self.ended_children.as_fd()), of(self.listener.as_fd())];
        wanted.extend(self.guests.iter().map(|guest| of(guest.as_fd())));
        let mut ready = Ready::default();
        let desktop = self.attached.as_ref().map(|desktop| of(desktop.as_fd()));
        let has_desktop = desktop.is_some();
        let report = self.namespaces.as_ref().filter(|_| self.info.ended.is_none());
        let report = report.map(|namespaces| of(namespaces.report()));
        let has_report = report.is_some();
        let master = self.program.as_ref().filter(|_| !has_desktop && !self.is_silent);
        let master = master.map(|program| of(program.master.as_fd()));
        let has_master = master.is_some();
        wanted.extend(desktop);
        wanted.extend(master);
        wanted.extend(report);
        if poll(&mut wanted, self.timeout()).is_err() {
            return ready;
        }
        let mut answers = wanted.iter().map(|fd| fd.revents().is_some_and(|events| !events.is_empty()));
        let mut next = || answers.next().unwrap_or(false);
        ready.children = next();
        ready.listener = next();
        ready.guests = self.guests.iter().map(|_| next()).collect();
        ready.attached = has_desktop && next();
        ready.master = has_master && next();
        ready.report = has_report && next();
        ready
    }

    fn timeout(&self) -> PollTimeout {
        let now = Instant::now();
        let guests = self.guests.iter().map(|guest| guest.deadline.saturating_duration_since(now));
        let own = self.attached.is_none().then_some(LOOK_AGAIN);
        match guests.chain(own).min() {
            // A millisecond more, so that the deadline is over then.
            Some(wait) => PollTimeout::try_from(wait + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX),
            None => PollTimeout::NONE,
        }
    }

    /// Reaps the program and whatever it left behind.
    fn reap(&mut self) {
        while let Ok(Some((pid, exit))) = reap(-1) {
            let is_program = match &mut self.namespaces {
                None => pid == self.info.host_pid,
                Some(namespaces) if pid == namespaces.init_pid() => {
                    namespaces.was_reaped_elsewhere();
                    // What it told before is still there to be heard.
                    self.hear_report();
                    false
                }
                Some(_) => false,
            };
            if is_program && self.info.ended.is_none() {
                let exit = self.info.group.as_ref().map_or(exit, |group| group.judge(exit));
                self.program_ended(exit);
            }
        }
    }

    /// The first process of the namespaces tells how the program ended.
    fn hear_report(&mut self) {
        if self.info.ended.is_some() {
            return;
        }
        if let Some(Ok(Some(exit))) = self.namespaces.as_mut().map(Namespaces::try_wait) {
            self.program_ended(exit);
        }
    }

    fn program_ended(&mut self, exit: Exit) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ended_millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        self.info.ended = Some((exit, ended_millis));
        self.ended_at = Some(Instant::now());
        let told = self.attached.as_mut().map(|desktop| desktop.say(&Message::Exited(exit, ended_millis)));
        if matches!(told, Some(Err(_))) {
            self.attached = None;
        }
    }

    /// Reads the terminal for the desktop that is not there.
    fn keep_output(&mut self) {
        let Some(program) = &self.program else { return };
        let mut chunk = vec![0; CHUNK_BYTES];
        match read(&program.master, &mut chunk) {
            Ok(0) => self.is_silent = true,
            Ok(count) => program.ring.append(&chunk[..count]),
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            // A terminal says so when its last program has ended.
            Err(_) => self.is_silent = true,
        }
    }

    fn hear_desktop(&mut self) {
        let Some(desktop) = &mut self.attached else { return };
        let mut heard = desktop.hear();
        loop {
            match heard {
                Heard::Nothing => return,
                Heard::Said(Message::HangUp) => self.program = None,
                Heard::Said(Message::Quota(quota)) => {
                    // A program that has ended needs no limit.
                    let _ = self.namespaces.as_ref().map(|namespaces| namespaces.set_quota(&quota));
                }
                Heard::Said(Message::Limits(limits)) => {
                    let _ = self.namespaces.as_ref().map(|namespaces| namespaces.set_limits(&limits));
                }
                Heard::Said(Message::Group(group)) => {
                    if let Some(namespaces) = &self.namespaces {
                        namespaces.set_group(group.clone());
                    }
                    self.info.group = Some(group);
                }
                Heard::Said(Message::End) => {
                    self.was_told_to_end = true;
                    return;
                }
                Heard::Said(_) | Heard::Gone => {
                    self.attached = None;
                    return;
                }
            }
            let Some(desktop) = &mut self.attached else { return };
            heard = desktop.next();
        }
    }

    fn hear_guests(&mut self, ready: &[bool]) {
        let guests = std::mem::take(&mut self.guests);
        for (index, mut guest) in guests.into_iter().enumerate() {
            let heard = match ready.get(index) {
                Some(true) => guest.hear(),
                _ => Heard::Nothing,
            };
            match heard {
                Heard::Nothing if guest.deadline > Instant::now() => self.guests.push(guest),
                Heard::Said(message) => self.serve(guest, &message),
                Heard::Nothing | Heard::Gone => {}
            }
        }
    }

    /// A guest says one thing; only one that attaches stays.
    fn serve(&mut self, mut guest: Connection, message: &Message) {
        // Whoever is answered and does not read is dropped like any other.
        let _ = match message {
            Message::Query => guest.say(&Message::Info(Box::new(self.info()))),
            Message::Attach | Message::End if self.attached.is_some() => guest.say(&Message::Busy),
            Message::Attach => {
                self.attach(guest);
                return;
            }
            Message::End => {
                self.was_told_to_end = true;
                return;
            }
            _ => return,
        };
    }

    fn info(&self) -> HeldInfo {
        HeldInfo { attached: self.attached.is_some(), ..self.info.clone() }
    }

    /// Hands everything to a desktop.
    pub(super) fn attach(&mut self, mut desktop: Connection) {
        let Some(program) = &self.program else { return };
        let mut handed = vec![program.master.as_fd(), program.ring_file.as_fd(), program.pidfd.as_fd()];
        // Without a socket for it, what it does is not told.
        let told = program.supervisor.as_ref().and_then(|supervisor| supervisor.listen().ok());
        handed.extend(told.as_ref().map(AsFd::as_fd));
        let given = desktop.give(&Message::Info(Box::new(self.info.clone())), &handed);
        let told = given.and_then(|()| match self.info.ended {
            Some((exit, ended_millis)) => desktop.say(&Message::Exited(exit, ended_millis)),
            None => Ok(()),
        });
        if told.is_ok() {
            self.attached = Some(desktop);
        }
    }

    fn greet(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            let Ok(guest) = Connection::new(stream) else { continue };
            if guest.is_ours() && self.guests.len() < MAX_GUESTS {
                self.guests.push(guest);
            }
        }
    }

    /// Ends everything that the program started. What it left behind when it ended may say farewell.
    fn end(&mut self) {
        self.place.remove();
        let own = std::process::id().cast_signed();
        if self.info.ended.is_some() {
            kill_descendants(own, libc::SIGHUP);
            self.wait_for_the_rest(own, GRACE);
        }
        self.program = None;
        kill_descendants(own, libc::SIGKILL);
        self.wait_for_the_rest(own, GRACE);
        self.info.group.iter().for_each(Group::remove);
    }

    fn wait_for_the_rest(&mut self, own: i32, patience: Duration) {
        let deadline = Instant::now() + patience;
        while !descendants(own).is_empty() && Instant::now() < deadline {
            let mut wanted = [PollFd::new(self.ended_children.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut wanted, PollTimeout::from(50_u16));
            while matches!(self.ended_children.read_signal(), Ok(Some(_))) {}
            self.reap();
        }
        self.reap();
    }
}
