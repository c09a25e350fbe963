//! Connections of the chosen process and of what it started, as lines: where to, how far, by which rule, how much. Pure.

use crate::common::{connections::state, format};
use abi::table::{NetworkConnection, NetworkWay};

/// A connection as a line.
pub(super) fn words(connection: &NetworkConnection) -> String {
    let NetworkConnection { host, port, rule, why, .. } = connection;
    let place = match (connection.way, &connection.address) {
        (NetworkWay::Inward, _) => format!("{host} {port} inside"),
        (_, Some(address)) if *address != format!("{host}:{port}") => format!("{host}:{port} ({address})"),
        _ => format!("{host}:{port}"),
    };
    let state = state(connection);
    let mut words = format!("{place}  {state}");
    if let Some(rule) = rule {
        words += &format!("  by {rule}");
    }
    if connection.sent_bytes + connection.received_bytes > 0 {
        let (sent, received) =
            (format::bytes(connection.sent_bytes), format::bytes(connection.received_bytes));
        words += &format!("  {sent} out, {received} in");
    }
    match why.as_ref().filter(|why| Some(*why) != rule.as_ref()) {
        Some(why) => format!("{words}  ({why})"),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::connections::{can_allow, can_close, can_deny, right};
    use abi::{CauseId, Pid, table::ConnectionState};

    #[test]
    fn a_line_says_where_to_how_far_and_why() {
        let open = NetworkConnection {
            connection: 3,
            pid: Pid(4),
            judged_by: Some(Pid(3)),
            way: NetworkWay::Tunnel,
            host: "example.com".into(),
            port: 443,
            address: Some("192.0.2.1:443".into()),
            state: ConnectionState::Open,
            rule: Some("example.com".into()),
            why: None,
            cause: CauseId::NONE,
            sent_bytes: 10,
            received_bytes: 20,
            began_millis: 0,
            ended_millis: None,
        };
        let line = words(&open);
        assert!(line.starts_with("example.com:443 (192.0.2.1:443)  open  by example.com  10 "), "{line}");
        assert!(can_close(&open) && can_deny(&open) && !can_allow(&open));
        let rule = Some("default-deny".to_owned());
        let refused = NetworkConnection {
            state: ConnectionState::Denied,
            address: None,
            why: rule.clone(),
            rule,
            sent_bytes: 0,
            received_bytes: 0,
            ..open
        };
        assert_eq!(words(&refused), "example.com:443  refused  by default-deny");
        assert!(!can_close(&refused) && !can_deny(&refused) && can_allow(&refused));
        let v6 = NetworkConnection { host: "2001:db8::1".into(), ..refused.clone() };
        assert_eq!(right(&v6), Some(abi::Capability::NetworkAccess(vec!["[2001:db8::1]".into()])));
        // No right opens what the network does not carry.
        assert!(!can_allow(&NetworkConnection { way: NetworkWay::Datagram, ..refused }));
    }
}
