//! Binary arguments and replies. In JSON a text is a string and everything else is
//! `{"base64": "…"}`, so that a person can write and read the common case.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    base64: String,
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_str() {
            Some(text) => serializer.serialize_str(text),
            None => Encoded { base64: STANDARD.encode(&self.0) }.serialize(serializer),
        }
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
    }
}
