//! Rows of the page *Connections*: what programs reach, have reached and were refused, each with what can be done about it.
//! Pure.
//!
//! A decision about a host is about the app by whose rights the program is judged: *Allow host…* is the shell's question,
//! with its durations; *Deny host* holds until the app ends, *Never allow host* for good. Both end what is open.

use super::sheet::{Connection, Offer, SheetRow, Value};
use crate::common::{
    connections::{can_allow, can_close, can_deny, right, state, way},
    facts::Fact,
    format,
    grid::Look,
};
use abi::{
    Pid,
    table::{ConnectionState, NetworkConnection},
};
use std::hash::{DefaultHasher, Hash, Hasher};
use widgets::Subject;

/// What is known of processes.
pub(super) struct Known<'a> {
    pub(super) owner: &'a dyn Fn(Pid) -> String,
    /// The app of a process, if it is one of an app.
    pub(super) app: &'a dyn Fn(Pid) -> Option<String>,
    pub(super) now_millis: u64,
}

pub(super) fn rows(connections: &[NetworkConnection], known: &Known<'_>) -> Vec<SheetRow> {
    let mut rows: Vec<SheetRow> = connections.iter().map(|connection| row(connection, known)).collect();
    // What is only seen has no number: two alike are shown as one.
    let mut keys = std::collections::HashSet::new();
    rows.retain(|row| keys.insert(row.key));
    rows
}

fn row(connection: &NetworkConnection, known: &Known<'_>) -> SheetRow {
    let NetworkConnection { host, port, pid, .. } = connection;
    let look = match connection.state {
        ConnectionState::Denied | ConnectionState::Failed => Look::Danger,
        ConnectionState::Held => Look::Warning,
        _ => Look::Quiet,
    };
    let offer = || {
        let pid = connection.judged_by?;
        Some(Offer { pid, app: (known.app)(pid), capability: right(connection)? })
    };
    let address = connection.address.clone().unwrap_or_default();
    let bare = address.strip_suffix(&format!(":{port}")).unwrap_or(&address).to_owned();
    let place = if *port == 0 { host.clone() } else { format!("{host}:{port}") };
    let number = if *port == 0 { String::new() } else { port.to_string() };
    let age = age_seconds(connection, known.now_millis);
    let rule = connection.rule.clone().unwrap_or_default();
    SheetRow {
        key: key(connection),
        name: format!("{place} of {}", (known.owner)(*pid)),
        values: vec![
            Value::strong((known.owner)(*pid)),
            Value::code(host.clone()),
            Value::code(bare),
            Value::figure((*port).into(), number),
            Value::word(state(connection)).look(look),
            Value::word(rule.clone()),
            Value::figure(connection.sent_bytes as f64, format::bytes(connection.sent_bytes)),
            Value::figure(connection.received_bytes as f64, format::bytes(connection.received_bytes)),
            Value::figure(age as f64, words_of_age(age)),
        ],
        facts: facts(connection, known, &rule),
        subject: Some(Subject::Cause(connection.cause)),
        process: Some(*pid),
        offer: offer().filter(|_| can_allow(connection)),
        connection: Some(Connection {
            open: can_close(connection).then_some((*pid, connection.connection)),
            host: offer().filter(|_| can_deny(connection)),
        }),
    }
}

fn facts(connection: &NetworkConnection, known: &Known<'_>, rule: &str) -> Vec<Fact> {
    let or_none = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    let mut facts: Vec<Fact> = vec![
        ("Program", (known.owner)(connection.pid)),
        ("Host", connection.host.clone()),
        ("Address", or_none(connection.address.as_deref().unwrap_or_default())),
        ("State", state(connection).to_owned()),
        ("By rule", or_none(rule)),
    ];
    if let Some(why) = connection.why.as_ref().filter(|why| *why != rule) {
        facts.push(("Because", why.clone()));
    }
    if let Some(judge) = connection.judged_by {
        facts.push(("Judged by", format!("the rights of {}", (known.owner)(judge))));
    }
    facts.extend([
        ("Way", way(connection).to_owned()),
        ("Up", format::bytes(connection.sent_bytes)),
        ("Down", format::bytes(connection.received_bytes)),
        ("Began", format::date_time(connection.began_millis)),
    ]);
    if let Some(ended) = connection.ended_millis {
        facts.push(("Ended", format::date_time(ended)));
    }
    facts
}

/// Its number, which no other has; of those without one, what tells them apart.
fn key(connection: &NetworkConnection) -> u64 {
    if connection.connection > 0 {
        return connection.connection;
    }
    let mut hasher = DefaultHasher::new();
    let NetworkConnection { pid, host, port, address, state, .. } = connection;
    (pid, host, port, address, state).hash(&mut hasher);
    // Above every number.
    hasher.finish() | 1 << 63
}

/// How long it has been there, or how long ago it was over.
fn age_seconds(connection: &NetworkConnection, now_millis: u64) -> u64 {
    let since = connection.ended_millis.unwrap_or(connection.began_millis);
    now_millis.saturating_sub(since) / 1000
}

fn words_of_age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::{Capability, CauseId, table::NetworkWay};

    fn connection(number: u64, state: ConnectionState) -> NetworkConnection {
        NetworkConnection {
            connection: number,
            pid: Pid(7),
            judged_by: Some(Pid(5)),
            way: NetworkWay::Socks,
            host: "example.com".into(),
            port: 443,
            address: Some("192.0.2.1:443".into()),
            state,
            rule: Some("*.com".into()),
            why: None,
            cause: CauseId::NONE,
            sent_bytes: 10,
            received_bytes: 2048,
            began_millis: 1_000,
            ended_millis: None,
        }
    }

    #[test]
    fn a_row_says_what_can_be_done_about_it() {
        let known =
            Known { owner: &|pid| format!("app {pid}"), app: &|_| Some("term".into()), now_millis: 95_000 };
        let refused = NetworkConnection { address: None, ..connection(2, ConnectionState::Denied) };
        let seen = NetworkConnection {
            way: NetworkWay::Seen,
            judged_by: None,
            ..connection(0, ConnectionState::Open)
        };
        let all = [connection(1, ConnectionState::Open), refused, seen.clone(), seen];
        let rows = rows(&all, &known);
        assert_eq!(rows.len(), 3, "two alike are one");
        let texts =
            |row: &SheetRow| row.values.iter().map(|value| value.cell.text.clone()).collect::<Vec<_>>();
        assert_eq!(
            texts(&rows[0]),
            ["app 7", "example.com", "192.0.2.1", "443", "open", "*.com", "10 B", "2.0 kB", "1 min"]
        );
        let host = Offer {
            pid: Pid(5),
            app: Some("term".into()),
            capability: Capability::NetworkAccess(vec!["example.com".into()]),
        };
        let open = Connection { open: Some((Pid(7), 1)), host: Some(host.clone()) };
        assert_eq!((&rows[0].offer, rows[0].connection.as_ref()), (&None, Some(&open)));
        let nothing = Connection { open: None, host: None };
        assert_eq!((rows[1].offer.as_ref(), rows[1].connection.as_ref()), (Some(&host), Some(&nothing)));
        assert_eq!((rows[2].offer.as_ref(), rows[2].connection.as_ref()), (None, Some(&nothing)));
    }
}
