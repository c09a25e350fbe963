//! How a row lies in a segment, in two versions. Numbers are little-endian.
//!
//! ```text
//! 2: magic (4) | length (4) | crc32 (4) | digest of the previous frame (32) | payload
//! 1: magic (4) | length (4) | crc32 (4) | payload
//! ```
//!
//! The magic ends in the version. The checksum is the CRC-32 of zlib and covers everything but magic
//! and itself: it finds accidents, cheaply and one by one. The digest (BLAKE3 of the whole frame before)
//! chains the rows, so that none can be changed, left out or put in between without changing all that
//! follow. Only version 2 is written. A payload is JSON, in which the magic's first byte cannot occur, so
//! after damage a reader looks for the next magic; where a digest happens to contain one, the
//! checksum says that it is none.

use crate::blob::Digest;
use std::ops::Range;

/// Bytes before the payload of a frame that is written now.
pub(super) const HEADER_BYTES: usize = Format::Chained.header_bytes();
/// What a reader spends on finding its way through one damaged segment, in bytes checksummed in vain.
pub(super) const SEARCH_EFFORT: usize = 64 * 1024 * 1024;
/// The largest payload, bytes.
pub const MAX_ROW_BYTES: usize = 256 * 1024;

/// Before the digest: magic, length, checksum.
const PLAIN_BYTES: usize = 12;

/// Which version the frames of a segment have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Version 1, without a chain.
    Plain,
    /// Version 2.
    Chained,
}

impl Format {
    const fn magic(self) -> [u8; 4] {
        match self {
            Format::Plain => [0xfa, b'R', b'W', 1],
            Format::Chained => [0xfa, b'R', b'W', 2],
        }
    }

    /// Whether frames carry the digest of the one before.
    pub(super) const fn is_chained(self) -> bool {
        matches!(self, Format::Chained)
    }

    /// Bytes before the payload.
    pub(super) const fn header_bytes(self) -> usize {
        match self {
            Format::Plain => PLAIN_BYTES,
            Format::Chained => PLAIN_BYTES + Digest::BYTES,
        }
    }

    /// The digest of the previous frame that a frame carries, whose payload begins at a place.
    pub(super) fn previous(self, bytes: &[u8], payload: &Range<usize>) -> Option<Digest> {
        let digest = bytes.get(payload.start.checked_sub(Digest::BYTES)?..payload.start)?;
        match self {
            Format::Plain => None,
            Format::Chained => digest.try_into().ok().map(Digest),
        }
    }

    /// The digest of a whole frame, which the next one carries.
    pub(super) fn link(self, bytes: &[u8], payload: &Range<usize>) -> Digest {
        Digest::of(&bytes[payload.start - self.header_bytes()..payload.end])
    }
}

/// Appends the frame of a payload that `write` produces.
pub(super) fn encode<E>(
    buffer: &mut Vec<u8>,
    previous: &Digest,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let start = buffer.len();
    buffer.extend_from_slice(&Format::Chained.magic());
    buffer.extend_from_slice(&[0; PLAIN_BYTES - 4]);
    buffer.extend_from_slice(&previous.0);
    write(buffer)?;
    // Callers refuse payloads beyond MAX_ROW_BYTES, which is far below 4 GiB.
    let length = ((buffer.len() - start - HEADER_BYTES) as u32).to_le_bytes();
    let crc = checksum(length, &buffer[start + PLAIN_BYTES..]).to_le_bytes();
    buffer[start + 4..start + 8].copy_from_slice(&length);
    buffer[start + 8..start + 12].copy_from_slice(&crc);
    Ok(())
}

/// What lies at a place in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A whole frame with this payload; the next one begins at the end of the range.
    Frame(Range<usize>),
    /// Nothing more.
    End,
    /// No whole frame. The next one begins at the position, if there is another.
    Damage(Option<usize>),
}

/// Looks at a place. Looking for the next frame after damage costs `effort`, one per byte that is
/// checksummed on suspicion; when it is used up, there is no next one.
pub(super) fn find(format: Format, bytes: &[u8], at: usize, effort: &mut usize) -> Found {
    if at >= bytes.len() {
        return Found::End;
    }
    if let Some(payload) = whole(format, bytes, at) {
        return Found::Frame(payload);
    }
    let (magic, mut next) = (format.magic(), at + 1);
    while let Some(offset) = bytes.get(next..).and_then(|rest| rest.windows(4).position(|four| four == magic))
    {
        next += offset;
        if whole(format, bytes, next).is_some() {
            return Found::Damage(Some(next));
        }
        let cost = claimed(format, bytes, next).map_or(1, |payload| payload.len());
        let Some(left) = effort.checked_sub(cost) else { break };
        *effort = left;
        next += 1;
    }
    Found::Damage(None)
}

/// The payload of the frame that claims to be at a place, without looking at its checksum.
pub(super) fn claimed(format: Format, bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at + format.header_bytes();
    let header = bytes.get(at..start)?;
    let length: [u8; 4] = header[4..8].try_into().ok()?;
    let payload_bytes = u32::from_le_bytes(length) as usize;
    let payload = start..start + payload_bytes;
    let is_frame =
        header[..4] == format.magic() && payload_bytes <= MAX_ROW_BYTES && payload.end <= bytes.len();
    is_frame.then_some(payload)
}

/// The payload of the frame at a place, if all of it is as it was written.
pub(super) fn whole(format: Format, bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let payload = claimed(format, bytes, at)?;
    let header = &bytes[at..at + PLAIN_BYTES];
    let length: [u8; 4] = header[4..8].try_into().ok()?;
    let crc: [u8; 4] = header[8..12].try_into().ok()?;
    let covered = &bytes[at + PLAIN_BYTES..payload.end];
    (checksum(length, covered) == u32::from_le_bytes(crc)).then_some(payload)
}

/// The CRC-32 of zlib.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !crc32_update(!0, bytes)
}

/// Covers what follows the checksum, and the length before it.
fn checksum(length: [u8; 4], rest: &[u8]) -> u32 {
    !crc32_update(crc32_update(!0, &length), rest)
}

/// Tables for eight bytes at a time (Kounavis and Berry, "slicing by 8"), polynomial 0xEDB88320.
static TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let previous: u32 = tables[table - 1][byte];
            tables[table][byte] = previous >> 8 ^ tables[0][(previous & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
};

fn crc32_update(mut crc: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    for eight in eights {
        let word = u64::from_le_bytes(*eight) ^ u64::from(crc);
        crc = 0;
        for (byte, table) in word.to_le_bytes().into_iter().zip(TABLES.iter().rev()) {
            crc ^= table[usize::from(byte)];
        }
    }
    for byte in rest {
        crc = crc >> 8 ^ TABLES[0][((crc ^ u32::from(*byte)) & 0xff) as usize];
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PREVIOUS: Digest = Digest([7; Digest::BYTES]);

    fn find(bytes: &[u8], at: usize, effort: &mut usize) -> Found {
        super::find(Format::Chained, bytes, at, effort)
    }

    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&mut bytes, &PREVIOUS, |buffer| {
            buffer.extend_from_slice(payload);
            Ok::<(), ()>(())
        })
        .expect("the writer cannot fail");
        bytes
    }

    #[test]
    fn checksum_is_zlibs() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let text: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        let slow = text.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(*byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
            )
        });
        assert_eq!(crc32_update(!0, &text), slow);
    }

    #[test]
    fn damage_is_stepped_over() {
        let mut bytes = frame(b"one");
        let second = bytes.len();
        bytes.extend(frame(b"two"));
        let third = bytes.len();
        bytes.extend(frame(b"three"));
        bytes[second + HEADER_BYTES] ^= 1;
        assert_eq!(find(&bytes, 0, &mut SEARCH_EFFORT.clone()), Found::Frame(HEADER_BYTES..second));
        assert_eq!(find(&bytes, second, &mut SEARCH_EFFORT.clone()), Found::Damage(Some(third)));
        assert_eq!(
            find(&bytes, third, &mut SEARCH_EFFORT.clone()),
            Found::Frame(third + HEADER_BYTES..bytes.len())
        );
        assert_eq!(find(&bytes, bytes.len(), &mut SEARCH_EFFORT.clone()), Found::End);
        bytes.truncate(bytes.len() - 1);
        assert_eq!(find(&bytes, third, &mut SEARCH_EFFORT.clone()), Found::Damage(None));
    }

    #[test]
    fn an_absurd_length_is_damage() {
        let mut bytes = frame(b"x");
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(find(&bytes, 0, &mut SEARCH_EFFORT.clone()), Found::Damage(None));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..220) {
            find(&bytes, at, &mut SEARCH_EFFORT.clone());
        }

        #[test]
        fn one_flipped_bit_is_noticed(payload in "[a-z{}\":]{0,60}", bit in 0_usize..8, byte in 0_usize..104) {
            let mut bytes = frame(payload.as_bytes());
            let byte = byte % bytes.len();
            bytes[byte] ^= 1 << bit;
            prop_assert_eq!(find(&bytes, 0, &mut SEARCH_EFFORT.clone()), Found::Damage(None));
        }
    }
}
