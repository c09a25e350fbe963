//! What the journal keeps of one effect.

use crate::journal::{Change, RowKind};
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
    /// What it is about.
    pub kind: RowKind,
    /// The call that does it, by its name; empty when it is no call.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub call: String,
    /// On what: a path, a pid, a capability.
    pub object: String,
    /// The rule of the policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What becomes of which files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Anything else, such as argv or the exit code.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

impl Row {
    /// A row with nothing but the necessary.
    #[must_use]
    pub fn new(
        time_millis: u64,
        cause: CauseId,
        pid: Pid,
        kind: impl Into<RowKind>,
        object: impl Into<String>,
    ) -> Self {
        Row {
            seq: 0,
            time_millis,
            cause,
            pid,
            app: None,
            kind: kind.into(),
            call: String::new(),
            object: object.into(),
            rule: None,
            changes: Vec::new(),
            detail: Value::Null,
        }
    }

    /// Everything that the row can be found by: its object, and the paths it changes.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        let paths = self.changes.iter().flat_map(Change::paths).filter(|path| *path != self.object);
        std::iter::once(self.object.as_str()).chain(paths)
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
    #[serde(skip_serializing_if = "str::is_empty")]
    call: &'a str,
    object: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Change]>::is_empty")]
    changes: &'a [Change],
    #[serde(skip_serializing_if = "Value::is_null")]
    detail: &'a Value,
}

impl Row {
    pub(super) fn numbered(&self, seq: u64) -> NumberedRow<'_> {
        // Taken apart whole, so that a new field cannot be forgotten here.
        let Row { seq: _, time_millis, cause, pid, app, kind, call, object, rule, changes, detail } = self;
        NumberedRow {
            seq,
            time_millis: *time_millis,
            cause: *cause,
            pid: *pid,
            app: app.as_deref(),
            kind: kind.as_str(),
            call,
            object,
            rule: rule.as_deref(),
            changes,
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Before, Kept, State};
    use serde_json::json;

    #[test]
    fn a_numbered_row_reads_back_as_the_row() {
        let changes = vec![
            Change::Set {
                path: "/home/a".into(),
                before: Some(Before { state: State::of(b"old"), kept: Kept::Content }),
                after: Some(State::Absent),
            },
            Change::Rename { from: "/home/b".into(), to: "/home/c".into() },
        ];
        let row = Row {
            seq: 9,
            app: Some("notes".into()),
            call: "write".into(),
            rule: Some("notes#2".into()),
            changes,
            detail: json!({"argv": ["ls", "-l"]}),
            ..Row::new(5, CauseId::new(300_000, 2), Pid::new(1, 3), RowKind::File, "/home/a")
        };
        let text = serde_json::to_string(&row.numbered(9)).expect("plain data");
        assert_eq!(serde_json::from_str::<Row>(&text).expect("it is a row"), row);
        assert_eq!(row.objects().collect::<Vec<_>>(), ["/home/a", "/home/b", "/home/c"]);
        let bare = Row::new(5, CauseId::NONE, Pid::KERNEL, "boot", "");
        let text = serde_json::to_string(&bare.numbered(1)).expect("plain data");
        assert_eq!(text, r#"{"seq":1,"time_millis":5,"cause":0,"pid":0,"kind":"boot","object":""}"#);
    }
}
