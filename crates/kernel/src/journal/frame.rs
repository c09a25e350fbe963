//! How a row lies in a segment: `magic (4) | length (4) | crc32 (4) | payload`, little-endian.
//!
//! The magic ends in the version of the frame. Its first byte never occurs in UTF-8, so it cannot
//! occur in a payload of version 1, which is JSON; after damage a reader looks for the next magic
//! and cannot be led astray by what a row contains. The checksum is the CRC-32 of zlib and covers length
//! and payload. It finds accidents, not forgeries.

use std::ops::Range;

/// Bytes before the payload.
pub(super) const HEADER_BYTES: usize = 12;
/// What a reader spends on finding its way through one damaged segment, in bytes checksummed in vain.
pub(super) const SEARCH_EFFORT: usize = 64 * 1024 * 1024;
/// The largest payload, bytes.
pub const MAX_ROW_BYTES: usize = 256 * 1024;

const MAGIC: [u8; 4] = [0xfa, b'R', b'W', 1];

/// Appends the frame of a payload that `write` produces.
pub(super) fn encode<E>(
    buffer: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let start = buffer.len();
    buffer.extend_from_slice(&MAGIC);
    buffer.extend_from_slice(&[0; HEADER_BYTES - MAGIC.len()]);
    write(buffer)?;
    // Callers refuse payloads beyond MAX_ROW_BYTES, which is far below 4 GiB.
    let length = ((buffer.len() - start - HEADER_BYTES) as u32).to_le_bytes();
    let crc = checksum(length, &buffer[start + HEADER_BYTES..]).to_le_bytes();
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
pub(super) fn find(bytes: &[u8], at: usize, effort: &mut usize) -> Found {
    if at >= bytes.len() {
        return Found::End;
    }
    if let Some(payload) = whole(bytes, at) {
        return Found::Frame(payload);
    }
    let mut next = at + 1;
    while let Some(offset) = bytes.get(next..).and_then(|rest| rest.windows(4).position(|four| four == MAGIC))
    {
        next += offset;
        if whole(bytes, next).is_some() {
            return Found::Damage(Some(next));
        }
        let cost = claimed(bytes, next).map_or(1, |payload| payload.len());
        let Some(left) = effort.checked_sub(cost) else { break };
        *effort = left;
        next += 1;
    }
    Found::Damage(None)
}

/// The payload of the frame that claims to be at a place, without looking at its checksum.
pub(super) fn claimed(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let header = bytes.get(at..at + HEADER_BYTES)?;
    let length: [u8; 4] = header[4..8].try_into().ok()?;
    let payload_bytes = u32::from_le_bytes(length) as usize;
    let payload = at + HEADER_BYTES..at + HEADER_BYTES + payload_bytes;
    (header[..4] == MAGIC && payload_bytes <= MAX_ROW_BYTES && payload.end <= bytes.len()).then_some(payload)
}

/// The payload of the frame at a place, if all of it is as it was written.
pub(super) fn whole(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let payload = claimed(bytes, at)?;
    let header = &bytes[at..at + HEADER_BYTES];
    let length: [u8; 4] = header[4..8].try_into().ok()?;
    let crc: [u8; 4] = header[8..12].try_into().ok()?;
    (checksum(length, &bytes[payload.clone()]) == u32::from_le_bytes(crc)).then_some(payload)
}

fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    !crc32_update(crc32_update(!0, &length), payload)
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

    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&mut bytes, |buffer| {
            buffer.extend_from_slice(payload);
            Ok::<(), ()>(())
        })
        .expect("the writer cannot fail");
        bytes
    }

    #[test]
    fn checksum_is_zlibs() {
        assert_eq!(!crc32_update(!0, b"123456789"), 0xcbf4_3926);
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
        fn one_flipped_bit_is_noticed(payload in "[a-z{}\":]{0,60}", bit in 0_usize..8, byte in 0_usize..72) {
            let mut bytes = frame(payload.as_bytes());
            let byte = byte % bytes.len();
            bytes[byte] ^= 1 << bit;
            prop_assert_eq!(find(&bytes, 0, &mut SEARCH_EFFORT.clone()), Found::Damage(None));
        }
    }
}
