//! Binary arguments and replies. In JSON a text is a string and everything else is
//! `{"base64": "…"}`, so that a person can write and read the common case.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::sync::Arc;

/// Bytes of a file, a pipe or a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes as text where they are UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl<T: Into<Vec<u8>>> From<T> for Bytes {
    fn from(value: T) -> Self {
        Bytes(value.into())
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that several can hold without a copy: what a message consists of. In JSON as [`Bytes`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SharedBytes(pub Arc<Vec<u8>>);

impl<T: Into<Vec<u8>>> From<T> for SharedBytes {
    fn from(value: T) -> Self {
        SharedBytes(Arc::new(value.into()))
    }
}

impl std::ops::Deref for SharedBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for SharedBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for SharedBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Bytes::deserialize(deserializer).map(|bytes| SharedBytes(Arc::new(bytes.0)))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    base64: String,
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(&self.0, serializer)
    }
}

fn write<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => Encoded { base64: STANDARD.encode(bytes) }.serialize(serializer),
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a string, or {\"base64\": \"…\"}")]
        enum Form {
            Text(String),
            Encoded(Encoded),
        }
        match Form::deserialize(deserializer)? {
            Form::Text(text) => Ok(Bytes(text.into_bytes())),
            Form::Encoded(e) => STANDARD
                .decode(&e.base64)
                .map(Bytes)
                .map_err(|why| de::Error::custom(format!("base64: {why}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_string_and_the_rest_is_base64() {
        assert_eq!(serde_json::to_string(&Bytes::from("hé")).unwrap(), "\"hé\"");
        assert_eq!(serde_json::to_string(&Bytes(vec![0xff, 0])).unwrap(), r#"{"base64":"/wA="}"#);
        let back: Bytes = serde_json::from_str(r#"{"base64":"/wA="}"#).unwrap();
        assert_eq!(back.0, vec![0xff, 0]);
        assert!(serde_json::from_str::<Bytes>(r#"{"base64":"?"}"#).is_err());
        let shared: SharedBytes = serde_json::from_str(r#"{"base64":"/wA="}"#).unwrap();
        assert_eq!(
            (&shared[..], serde_json::to_string(&shared).unwrap().as_str()),
            (&back.0[..], r#"{"base64":"/wA="}"#)
        );
    }
}
