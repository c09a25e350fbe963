//! What desktop and helper say to each other over the control socket: one request with its
//! descriptors, then `R` just before the program runs, or a failure. A helper that becomes a holder
//! goes on in the words of [`crate::holder::frame`].
//!
//! Descriptors come in this order: stdin, stdout, stderr; for a holder the terminal's master and the
//! output ring; then those that the program inherits.

use crate::{
    Limits, Stage,
    holder::Hold,
    spec::{MAX_INHERITED, MAX_TOTAL_BYTES},
};
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use serde::{Deserialize, Serialize};
use std::{
    io::{self, IoSlice, IoSliceMut, Read, Write},
    os::{
        fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
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
    /// How the program is kept when the desktop ends; without it, it is not.
    #[serde(default)]
    pub(crate) hold: Option<Hold>,
}

/// The descriptors of a request.
pub(crate) struct Descriptors {
    pub(crate) stdio: [OwnedFd; 3],
    /// The terminal's master and the output ring.
    pub(crate) held: Option<[OwnedFd; 2]>,
    /// With the number that each gets in the program.
    pub(crate) inherited: Vec<(i32, OwnedFd)>,
}

/// Most descriptors in one message.
const MAX_DESCRIPTORS: usize = 5 + MAX_INHERITED;

/// Why it did not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) errno: i32,
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

/// Receives exactly these bytes and the descriptors that come with them, all close-on-exec.
pub(crate) fn receive_with_descriptors(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<Vec<OwnedFd>> {
    let mut control = nix::cmsg_space!([i32; MAX_DESCRIPTORS]);
    let len_bytes = bytes.len();
    let mut parts = [IoSliceMut::new(bytes)];
    let message = recvmsg::<()>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut control),
        MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_WAITALL,
    )?;
    let mut descriptors = Vec::new();
    for part in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(raw) = part {
            descriptors.extend(raw.into_iter().map(own));
        }
    }
    if message.bytes != len_bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(descriptors)
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
    let stdio = [rest.next()?, rest.next()?, rest.next()?];
    let held = match request.hold {
        Some(_) => Some([rest.next()?, rest.next()?]),
        None => None,
    };
    let rest: Vec<OwnedFd> = rest.collect();
    let is_right = rest.len() == request.inherit.len();
    is_right.then(|| Descriptors {
        stdio,
        held,
        inherited: request.inherit.iter().copied().zip(rest).collect(),
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
    let failure = bytes.strip_prefix(&[READY]).unwrap_or(&bytes);
    Ok(match (failure.is_empty(), bytes.is_empty()) {
        (_, true) => Answer::NotAHelper,
        (true, false) => Answer::Runs,
        (false, false) => serde_json::from_slice(failure).map_or(Answer::NotAHelper, Answer::Failed),
    })
}
