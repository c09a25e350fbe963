//! JSON form of a [`Call`]: `{"call":"write","path":"/home/a.txt","data":"hello"}`.
//!
//! Written by hand rather than as a tagged enum, so that an unknown name is answered with the nearest
//! names and not with the whole table.

use super::rows::{Call, ROWS};
use crate::table::Row;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Map, Value};

impl Row {
    /// The row with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.name == name)
    }

    /// The row with this number.
    #[must_use]
    pub fn by_number(number: u16) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.number == number)
    }
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Map::new();
        object.insert("call".into(), self.row().name.into());
        if let Value::Object(args) = self.encode().map_err(ser::Error::custom)? {
            object.extend(args);
        }
        object.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Call {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut args = Map::deserialize(deserializer)?;
        let name = match args.remove("call") {
            Some(Value::String(name)) => name,
            Some(_) => return Err(de::Error::custom("`call` must be a string")),
            None => return Err(de::Error::custom("`call` is missing: it names the syscall")),
        };
        let Some(row) = Row::by_name(&name) else {
            return Err(de::Error::custom(unknown(&name)));
        };
        Call::decode(row, Value::Object(args)).map_err(|why| de::Error::custom(format!("{name}: {why}")))
    }
}

/// The message for a name that is in no row, with up to three that begin or end alike.
fn unknown(name: &str) -> String {
    let shown: String = name.chars().take(64).collect();
    let head: String = name.chars().take(3).collect();
    let near: Vec<&str> = ROWS
        .iter()
        .map(|row| row.name)
        .filter(|known| {
            !head.is_empty() && (known.starts_with(&head) || known.contains(name) || name.contains(known))
        })
        .take(3)
        .collect();
    if near.is_empty() {
        format!("no syscall is called `{shown}`; `agentos syscalls` lists them")
    } else {
        format!("no syscall is called `{shown}`; did you mean {}?", near.join(" or "))
    }
}
