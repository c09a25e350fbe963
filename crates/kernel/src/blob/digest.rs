//! The BLAKE3 hash of some bytes, as names of contents and as links of the journal's chain.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// 256 bits of BLAKE3; 64 lower-case hexadecimal digits as text and in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; Digest::BYTES]);

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits")]
pub struct ParseDigestError;

impl Digest {
    /// Its length.
    pub const BYTES: usize = 32;
    /// What a chain begins with; no content is known to have it.
    pub const ZERO: Digest = Digest([0; Digest::BYTES]);

    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        blake3::hash(bytes).into()
    }
}

impl From<blake3::Hash> for Digest {
    fn from(hash: blake3::Hash) -> Self {
        Digest(hash.into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        // Upper case is refused: a content has exactly one name.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ParseDigestError);
        }
        blake3::Hash::from_hex(text).map(Digest::from).map_err(|_| ParseDigestError)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_back_from_its_text() {
        let digest = Digest::of(b"abc");
        // From the official test vectors' command-line tool.
        assert_eq!(digest.to_string(), "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let json = serde_json::to_string(&digest).expect("plain data");
        assert_eq!(serde_json::from_str::<Digest>(&json).expect("it is one"), digest);
    }

    #[test]
    fn other_texts_are_refused() {
        let digest = Digest::of(b"abc").to_string();
        for text in ["", "abc", &digest.to_uppercase(), &digest[1..], &format!("{digest}0"), &"é".repeat(32)]
        {
            assert_eq!(text.parse::<Digest>(), Err(ParseDigestError), "{text:?}");
        }
    }
}
