//! The words between a desktop and a holder: frames of a head of eight bytes (`ah`, version, kind, length of the
//! rest in four bytes, little-endian) and JSON.
//!
//! Anything else is [`Malformed`], and whoever sent it is not listened to any more.

use crate::{Enforced, Exit, Group, Limits, Quota, wire::Failure};
use serde::{Deserialize, Serialize};

const MAGIC: [u8; 2] = *b"ah";
/// Raised when older ones would not understand.
const VERSION: u8 = 1;
/// What comes before the JSON.
pub(crate) const HEAD_BYTES: usize = 8;
/// Longest JSON: cut arguments and a note, each byte written as six at worst.
const MAX_BODY_BYTES: usize = 128 * 1024;
/// Arguments that a holder tells of, bytes; the rest is left out.
const MAX_ARGS_BYTES: usize = 8 * 1024;

/// A program that has a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldInfo {
    /// Its name among the holders of its folder.
    pub id: String,
    /// What the desktop that started it wanted to know again.
    pub note: String,
    /// As it was named.
    pub executable: String,
    /// Its arguments, as far as they have 8 KiB.
    pub args: Vec<String>,
    /// The program's process id on the host.
    pub host_pid: i32,
    /// The holder's.
    pub holder_pid: i32,
    /// Processes beside it that are ours: the first of its namespaces and its relay.
    #[serde(default)]
    pub own_pids: Vec<i32>,
    /// When it started, milliseconds since the Unix epoch.
    pub started_millis: u64,
    /// Whether a desktop is attached.
    pub attached: bool,
    /// How it ended, if it has, and when (milliseconds since the Unix epoch).
    pub ended: Option<(Exit, u64)>,
    /// The control groups that hold its limits, when some do.
    #[serde(default)]
    pub group: Option<Group>,
    /// What holds it; `None` for a program without isolation.
    #[serde(default)]
    pub enforced: Option<Box<Enforced>>,
}

impl HeldInfo {
    /// Arguments that have room in a frame.
    pub(crate) fn cut_args(args: &[String]) -> Vec<String> {
        let mut room = MAX_ARGS_BYTES;
        let fits = |arg: &&String| {
            let left = room.checked_sub(arg.len());
            room = left.unwrap_or(0);
            left.is_some()
        };
        args.iter().take_while(fits).cloned().collect()
    }
}

/// One frame.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// A desktop asks what is held.
    Query,
    /// A desktop wants the program.
    Attach,
    /// The attached desktop has closed the terminal.
    HangUp,
    /// The program and the holder shall end.
    End,
    /// The program may use up this much from now on.
    Quota(Quota),
    /// Each of its processes has these limits from now on.
    Limits(Limits),
    /// The program was put into these control groups.
    Group(Group),
    /// What is held; as the answer to `Attach` with master, ring and pidfd.
    Info(Box<HeldInfo>),
    /// Another desktop is attached.
    Busy,
    /// The program has ended.
    Exited(Exit, u64),
    /// The program did not start.
    Failed(Failure),
}

/// Not a frame of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Message {
    /// The frame's bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Message::Query => (1, Ok(Vec::new())),
            Message::Attach => (2, Ok(Vec::new())),
            Message::HangUp => (3, Ok(Vec::new())),
            Message::End => (4, Ok(Vec::new())),
            Message::Quota(quota) => (5, serde_json::to_vec(quota)),
            Message::Limits(limits) => (6, serde_json::to_vec(limits)),
            Message::Group(group) => (7, serde_json::to_vec(group)),
            Message::Info(info) => (17, serde_json::to_vec(info)),
            Message::Busy => (18, Ok(Vec::new())),
            Message::Exited(exit, ended_millis) => (19, serde_json::to_vec(&(exit, ended_millis))),
            Message::Failed(failure) => (20, serde_json::to_vec(failure)),
        };
        // Types of our own always serialise.
        let body = body.unwrap_or_default();
        let len_bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let mut frame = Vec::with_capacity(HEAD_BYTES + body.len());
        frame.extend_from_slice(&MAGIC);
        frame.extend_from_slice(&[VERSION, kind]);
        frame.extend_from_slice(&len_bytes.to_le_bytes());
        frame.extend(body);
        frame
    }

    fn decode(kind: u8, body: &[u8]) -> Result<Message, Malformed> {
        fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Malformed> {
            serde_json::from_slice(body).map_err(|_| Malformed)
        }
        let message = match kind {
            1 => Message::Query,
            2 => Message::Attach,
            3 => Message::HangUp,
            4 => Message::End,
            5 => return json(body).map(Message::Quota),
            6 => return json(body).map(Message::Limits),
            7 => return json(body).map(Message::Group),
            17 => return json(body).map(Message::Info),
            18 => Message::Busy,
            19 => return json(body).map(|(exit, ended_millis)| Message::Exited(exit, ended_millis)),
            20 => return json(body).map(Message::Failed),
            _ => return Err(Malformed),
        };
        if body.is_empty() { Ok(message) } else { Err(Malformed) }
    }
}

/// Puts frames together from whatever pieces they come in. Holds at most one frame and one piece.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    bytes: Vec<u8>,
}

impl Decoder {
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// How much of the frame that has begun is still to come; `None` before its head is whole or right.
    pub(crate) fn missing_bytes(&self) -> Option<usize> {
        let (head, rest) = self.bytes.split_first_chunk::<HEAD_BYTES>()?;
        let [.., l0, l1, l2, l3] = *head;
        let len_bytes = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        (len_bytes <= MAX_BODY_BYTES).then(|| len_bytes.saturating_sub(rest.len()))
    }

    /// The next whole frame, if it is there. After `Malformed` nothing that follows means anything.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, Malformed> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<HEAD_BYTES>() else {
            let is_beginning = MAGIC.starts_with(&self.bytes[..self.bytes.len().min(MAGIC.len())]);
            return if is_beginning { Ok(None) } else { Err(Malformed) };
        };
        let [m0, m1, version, kind, len_bytes @ ..] = *head;
        let len_bytes = u32::from_le_bytes(len_bytes) as usize;
        if [m0, m1] != MAGIC || version != VERSION || len_bytes > MAX_BODY_BYTES {
            return Err(Malformed);
        }
        let Some(body) = rest.get(..len_bytes) else { return Ok(None) };
        let message = Message::decode(kind, body)?;
        self.bytes.drain(..HEAD_BYTES + len_bytes);
        Ok(Some(message))
    }
}
