//! What desktop and helper say to each other over the control socket: one request with three
//! descriptors, then `R` just before the program runs, or a failure.

use crate::{Limits, Stage, spec::MAX_TOTAL_BYTES};
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
}

/// Why it did not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) errno: i32,
}

/// Sends the request with stdin, stdout and stderr of the program.
pub(crate) fn send_request(
    socket: &mut UnixStream,
    request: &Request,
    stdio: [BorrowedFd<'_>; 3],
) -> io::Result<()> {
    let body = serde_json::to_vec(request)?;
    let len_bytes = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?.to_le_bytes();
    let raw = stdio.map(|fd| fd.as_raw_fd());
    let sent = sendmsg::<()>(
        socket.as_raw_fd(),
        &[IoSlice::new(&len_bytes)],
        &[ControlMessage::ScmRights(&raw)],
        MsgFlags::MSG_NOSIGNAL,
        None,
    )?;
    // Four bytes into an empty socket buffer are taken whole or not at all.
    if sent != len_bytes.len() {
        return Err(io::ErrorKind::WriteZero.into());
    }
    socket.write_all(&body)
}

/// Receives a request and its three descriptors, all close-on-exec.
pub(crate) fn receive_request(socket: &mut UnixStream) -> io::Result<(Request, [OwnedFd; 3])> {
    let mut len_bytes = [0; 4];
    let mut control = nix::cmsg_space!([i32; 3]);
    let descriptors = {
        let mut parts = [IoSliceMut::new(&mut len_bytes)];
        let message = recvmsg::<()>(
            socket.as_raw_fd(),
            &mut parts,
            Some(&mut control),
            MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_WAITALL,
        )?;
        if message.bytes != 4 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut descriptors = Vec::new();
        for part in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(raw) = part {
                descriptors.extend(raw.into_iter().map(own));
            }
        }
        descriptors
    };
    let len_bytes = u32::from_le_bytes(len_bytes) as usize;
    if len_bytes > MAX_REQUEST_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; len_bytes];
    socket.read_exact(&mut body)?;
    let descriptors = descriptors.try_into().map_err(|_| io::ErrorKind::InvalidData)?;
    Ok((serde_json::from_slice(&body)?, descriptors))
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
