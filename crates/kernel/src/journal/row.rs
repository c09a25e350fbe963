//! What the journal keeps of one effect.

use abi::{CauseId, Pid};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One row. Kept as a JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Number in the journal, given by [`Journal::append`](crate::journal::Journal::append); what stands here
    /// before is not looked at.
    #[serde(default)]
    pub seq: u64,
    /// Wall clock, milliseconds since the Unix epoch.
    pub time_millis: u64,
    /// On whose account.
    pub cause: CauseId,
    /// Who.
    pub pid: Pid,
    /// The app of that process, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// What: the name of a syscall, or `process.exit`, `journal.retired` and the like.
    pub kind: String,
    /// On what: a path, a pid, a capability.
    pub object: String,
    /// Anything else, such as argv, exit code or rule.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

impl Row {
    /// A row without app and detail.
    #[must_use]
    pub fn new(time_millis: u64, cause: CauseId, pid: Pid, kind: &str, object: &str) -> Self {
        Row {
            seq: 0,
            time_millis,
            cause,
            pid,
            app: None,
            kind: kind.to_owned(),
            object: object.to_owned(),
            detail: Value::Null,
        }
    }
}

/// A [`Row`] about to be written under a number.
#[derive(Serialize)]
pub(super) struct NumberedRow<'a> {
    seq: u64,
    time_millis: u64,
    cause: CauseId,
    pid: Pid,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a str>,
    kind: &'a str,
    object: &'a str,
    #[serde(skip_serializing_if = "Value::is_null")]
    detail: &'a Value,
}

impl Row {
    pub(super) fn numbered(&self, seq: u64) -> NumberedRow<'_> {
        // Taken apart whole, so that a new field cannot be forgotten here.
        let Row { seq: _, time_millis, cause, pid, app, kind, object, detail } = self;
        NumberedRow {
            seq,
            time_millis: *time_millis,
            cause: *cause,
            pid: *pid,
            app: app.as_deref(),
            kind,
            object,
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_numbered_row_reads_back_as_the_row() {
        let row = Row {
            seq: 9,
            app: Some("notes".into()),
            detail: json!({"argv": ["ls", "-l"]}),
            ..Row::new(5, CauseId::new(300_000, 2), Pid::new(1, 3), "write", "/home/a")
        };
        let text = serde_json::to_string(&row.numbered(9)).expect("plain data");
        assert_eq!(serde_json::from_str::<Row>(&text).expect("it is a row"), row);
        let bare = Row::new(5, CauseId::NONE, Pid::KERNEL, "boot", "");
        let text = serde_json::to_string(&bare.numbered(1)).expect("plain data");
        assert_eq!(text, r#"{"seq":1,"time_millis":5,"cause":0,"pid":0,"kind":"boot","object":""}"#);
    }
}
