//! What desktop and helper say to each other over the control socket: one request with its
//! descriptors, then `R` just before the program runs, or a failure. A helper that becomes a holder
//! goes on in the words of [`crate::holder::frame`].
//!
//! Descriptors come in this order: stdin, stdout, stderr; for a holder the terminal's master and the
//! output ring; then those that the program inherits. A program that gets a terminal inside its own
//! namespaces has neither standard descriptors nor a master to begin with.
//!
//! On the way into isolation there are two stages more before `R`: that of the first process of the
//! namespaces, with a handle on it and a socket on which it tells the program's end, and that of the
//! program, with a handle on it, one on the relay, a listener for its calls, and the terminal's master.

use crate::{
    Enforced, Group, Isolation, LimitTier, Limits, Stage, Tier, WindowSize,
    enforce::Prepared,
    holder::Hold,
    spec::{MAX_INHERITED, MAX_TOTAL_BYTES},
};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, UnixCredentials, recvmsg, sendmsg, setsockopt, sockopt,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    io::{self, IoSlice, IoSliceMut, Read, Write},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
        unix::net::UnixStream,
    },
};

/// Sent by the helper when only `execve` is left.
pub(crate) const READY: u8 = b'R';

/// JSON may write a byte as six (`\u0000`), so this holds whatever a checked request can be.
const MAX_REQUEST_BYTES: usize = MAX_TOTAL_BYTES * 6 + 64 * 1024;

/// A failure holds a stage, a number and a short text.
const MAX_FAILURE_BYTES: u64 = 64 * 1024;

/// What the helper is to become.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) executable: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) working_dir: String,
    pub(crate) limits: Limits,
    pub(crate) terminal: bool,
    /// The desktop's process id: when the helper's parent is another, the desktop is gone already.
    pub(crate) parent: i32,
    /// The numbers that inherited descriptors get in the program.
    #[serde(default)]
    pub(crate) inherit: Vec<i32>,
    /// What it is kept away from.
    #[serde(default)]
    pub(crate) isolation: Option<Isolation>,
    /// By how much it is held.
    #[serde(default)]
    pub(crate) tier: Tier,
    /// The control groups that it is put into.
    #[serde(default)]
    pub(crate) group: Option<Group>,
    /// What holds its limits, now or when it gets some.
    pub(crate) limit_tier: LimitTier,
    /// The size of the terminal that it gets inside its namespaces.
    #[serde(default)]
    pub(crate) size: Option<WindowSize>,
    /// How the program is kept when the desktop ends; without it, it is not.
    #[serde(default)]
    pub(crate) hold: Option<Hold>,
}

impl Request {
    /// Whether the program is to be in namespaces of its own, where its terminal is made.
    pub(crate) fn is_inside(&self) -> bool {
        self.isolation.is_some() && self.tier == Tier::Namespaces
    }
}

/// The descriptors of a request.
pub(crate) struct Descriptors {
    /// Three, or none.
    pub(crate) stdio: Vec<OwnedFd>,
    /// The terminal's master, for a holder of one that was made outside.
    pub(crate) master: Option<OwnedFd>,
    /// The output ring, for a holder.
    pub(crate) ring: Option<OwnedFd>,
    /// With the number that each gets in the program.
    pub(crate) inherited: Vec<(i32, OwnedFd)>,
    /// What the helper had ready before it was asked.
    pub(crate) prepared: Option<Prepared>,
}

impl Descriptors {
    /// The numbers of all of them, for whoever closes all others.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = i32> {
        let inherited = self.inherited.iter().map(|(_, fd)| fd);
        let handed = self.stdio.iter().chain(&self.master).chain(&self.ring).chain(inherited);
        handed.map(AsRawFd::as_raw_fd).chain(self.prepared.iter().flat_map(Prepared::numbers))
    }
}

/// Most descriptors in one message.
const MAX_DESCRIPTORS: usize = 5 + MAX_INHERITED;

/// Why it did not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) errno: i32,
    /// What it was about, and what can be done.
    #[serde(default)]
    pub(crate) about: String,
}

/// The namespaces are there; said by the first process of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InitStarted {}

/// Everything is in place, and only `execve` is left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProgramStarted {
    pub(crate) enforced: Enforced,
    /// Whether a handle on a relay comes along.
    pub(crate) has_relay: bool,
    /// Whether a listener for its calls comes along. It has to be served before the program can begin.
    pub(crate) has_listener: bool,
}

/// A stage of isolation that is told of.
pub(crate) trait Told: Serialize + for<'a> Deserialize<'a> {
    const KIND: u8;
}

impl Told for InitStarted {
    const KIND: u8 = b'I';
}

impl Told for ProgramStarted {
    const KIND: u8 = b'S';
}

/// Sends the request with its descriptors, in the order of the module's head.
pub(crate) fn send_request(
    socket: &mut UnixStream,
    request: &Request,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let body = serde_json::to_vec(request)?;
    let len_bytes = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?.to_le_bytes();
    send_with_descriptors(socket, &len_bytes, descriptors)?;
    socket.write_all(&body)
}

/// Sends a few bytes and descriptors with them.
pub(crate) fn send_with_descriptors(
    socket: &UnixStream,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let raw: Vec<i32> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&raw)];
    let rights: &[ControlMessage<'_>] = if raw.is_empty() { &[] } else { &rights };
    let sent =
        sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(bytes)], rights, MsgFlags::MSG_NOSIGNAL, None)?;
    // A few bytes are taken whole or not at all.
    if sent != bytes.len() {
        return Err(io::ErrorKind::WriteZero.into());
    }
    Ok(())
}

/// Tells of a stage, in one piece.
pub(crate) fn send_stage<T: Told>(
    socket: &UnixStream,
    stage: &T,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let body = serde_json::to_vec(stage)?;
    let len_bytes = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut message = vec![T::KIND];
    message.extend(len_bytes.to_le_bytes());
    message.extend(body);
    send_with_descriptors(socket, &message, descriptors)
}

/// What came of a start in isolation, as far as it got.
#[derive(Debug)]
pub(crate) struct Isolated {
    /// With the number of the first process in our eyes.
    pub(crate) init: Option<(i32, Vec<OwnedFd>)>,
    /// With the number of the program's process in our eyes.
    pub(crate) program: Option<(ProgramStarted, i32, Vec<OwnedFd>)>,
    pub(crate) answer: Answer,
}

/// Reads the stages of isolation until the program runs or it is said why not. The socket has to say who speaks (see
/// [`hear_who_speaks`]). `serve` gets the listener for the program's calls, which wait for it.
pub(crate) fn receive_isolated(
    socket: &UnixStream,
    mut serve: impl FnMut(OwnedFd, Option<u16>) -> io::Result<()>,
) -> io::Result<Isolated> {
    let mut heard = Isolated { init: None, program: None, answer: Answer::NotAHelper };
    loop {
        let mut kind = [0];
        let (descriptors, speaker) = match receive_from(socket, &mut kind) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(heard),
            received => received?,
        };
        match kind[0] {
            InitStarted::KIND => {
                let speaker = speaker.ok_or(io::ErrorKind::InvalidData)?;
                let InitStarted {} = receive_body(socket)?;
                heard.init = Some((speaker, descriptors));
            }
            ProgramStarted::KIND => {
                let speaker = speaker.ok_or(io::ErrorKind::InvalidData)?;
                let started: ProgramStarted = receive_body(socket)?;
                let mut descriptors = descriptors;
                let place = 1 + usize::from(started.has_relay);
                if started.has_listener && place < descriptors.len() {
                    serve(descriptors.remove(place), started.enforced.relay_port)?;
                }
                heard.program = Some((started, speaker, descriptors));
            }
            first => {
                let mut bytes = vec![first];
                socket.take(MAX_FAILURE_BYTES).read_to_end(&mut bytes)?;
                heard.answer = answer_of(&bytes);
                return Ok(heard);
            }
        }
    }
}

/// From now on it is known which process said something.
pub(crate) fn hear_who_speaks(socket: &UnixStream) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::PassCred, &true)?)
}

fn receive_body<T: Told>(mut socket: &UnixStream) -> io::Result<T> {
    let mut len_bytes = [0; 4];
    socket.read_exact(&mut len_bytes)?;
    let len_bytes = u32::from_le_bytes(len_bytes) as usize;
    if len_bytes as u64 > MAX_FAILURE_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; len_bytes];
    socket.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body)?)
}

/// Receives exactly these bytes and the descriptors that come with them, all close-on-exec.
pub(crate) fn receive_with_descriptors(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<Vec<OwnedFd>> {
    Ok(receive_from(socket, bytes)?.0)
}

/// The same, and which process sent it where the socket says so.
fn receive_from(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<(Vec<OwnedFd>, Option<i32>)> {
    let mut control = nix::cmsg_space!([i32; MAX_DESCRIPTORS], UnixCredentials);
    let len_bytes = bytes.len();
    let mut parts = [IoSliceMut::new(bytes)];
    wait_until_readable(socket)?;
    let message = recvmsg::<()>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut control),
        MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_WAITALL,
    )?;
    let (mut descriptors, mut speaker) = (Vec::new(), None);
    for part in message.cmsgs()? {
        match part {
            ControlMessageOwned::ScmRights(raw) => descriptors.extend(raw.into_iter().map(own)),
            ControlMessageOwned::ScmCredentials(who) => speaker = Some(who.pid()).filter(|pid| *pid > 0),
            _ => {}
        }
    }
    if message.bytes != len_bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((descriptors, speaker))
}

/// Waits for as long as the socket is to wait. To read from a socket with a timeout does not go on after a signal, not
/// even after one that nobody handles: the end of a child, while another thread starts one with its signals blocked.
fn wait_until_readable(socket: &UnixStream) -> io::Result<()> {
    let patience = socket.read_timeout()?;
    let timeout = patience.map_or(Ok(PollTimeout::NONE), PollTimeout::try_from).unwrap_or(PollTimeout::MAX);
    loop {
        match poll(&mut [PollFd::new(socket.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) => return Err(io::ErrorKind::WouldBlock.into()),
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(why) => return Err(why.into()),
        }
    }
}

/// Receives a request and its descriptors.
pub(crate) fn receive_request(socket: &mut UnixStream) -> io::Result<(Request, Descriptors)> {
    let mut len_bytes = [0; 4];
    let descriptors = receive_with_descriptors(socket, &mut len_bytes)?;
    let len_bytes = u32::from_le_bytes(len_bytes) as usize;
    if len_bytes > MAX_REQUEST_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; len_bytes];
    socket.read_exact(&mut body)?;
    let request: Request = serde_json::from_slice(&body)?;
    let descriptors = sort(descriptors, &request).ok_or(io::ErrorKind::InvalidData)?;
    Ok((request, descriptors))
}

/// Says what each descriptor is; `None` when their number is not what the request says.
fn sort(descriptors: Vec<OwnedFd>, request: &Request) -> Option<Descriptors> {
    let mut rest = descriptors.into_iter();
    let is_outside = request.size.is_none();
    let stdio: Vec<OwnedFd> = rest.by_ref().take(if is_outside { 3 } else { 0 }).collect();
    let is_held = request.hold.is_some();
    let master = if is_held && is_outside { Some(rest.next()?) } else { None };
    let ring = if is_held { Some(rest.next()?) } else { None };
    let rest: Vec<OwnedFd> = rest.collect();
    let is_right = rest.len() == request.inherit.len() && stdio.len() == if is_outside { 3 } else { 0 };
    is_right.then(|| Descriptors {
        stdio,
        master,
        ring,
        inherited: request.inherit.iter().copied().zip(rest).collect(),
        prepared: None,
    })
}

/// Takes ownership of a descriptor that a control message brought.
#[allow(unsafe_code, reason = "descriptors arrive as numbers in a control message")]
fn own(raw: i32) -> OwnedFd {
    // SAFETY: the host has just installed this descriptor for us, and each number of a control
    // message is owned exactly once, here.
    unsafe { OwnedFd::from_raw_fd(raw) }
}

/// What the helper answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It became the program.
    Runs,
    /// It failed and said why.
    Failed(Failure),
    /// It said nothing that a helper says.
    NotAHelper,
}

/// Reads the answer until the helper's end is closed, which `execve` does.
pub(crate) fn receive_answer(socket: &UnixStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    socket.take(MAX_FAILURE_BYTES).read_to_end(&mut bytes)?;
    Ok(answer_of(&bytes))
}

fn answer_of(bytes: &[u8]) -> Answer {
    let failure = bytes.strip_prefix(&[READY]).unwrap_or(bytes);
    match (failure.is_empty(), bytes.is_empty()) {
        (_, true) => Answer::NotAHelper,
        (true, false) => Answer::Runs,
        (false, false) => serde_json::from_slice(failure).map_or(Answer::NotAHelper, Answer::Failed),
    }
}
