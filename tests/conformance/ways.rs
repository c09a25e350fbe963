//! The ways to errors, line by line: what `errors.rs` says about its lines is done here, and so are the ways
//! that take several lines and have a name.

use super::session::{Session, every_right};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpListener,
};

/// Puts what is known into a line.
pub(crate) type Fill<'a> = dyn Fn(&str, &BTreeMap<String, Value>) -> String + 'a;

/// Plays one line of a way.
pub(crate) fn play(
    session: &mut Session,
    step: &str,
    name: &str,
    other: &mut Option<String>,
    known: &mut BTreeMap<String, Value>,
    fill: &Fill<'_>,
) -> Result<(), (String, String)> {
    let say = |session: &mut Session, text: &str| {
        session.say(&serde_json::from_str(text).unwrap_or_else(|why| panic!("{text}: {why}")))
    };
    // Somebody else answers, and as many questions as one may ask wait for it.
    if step == "questions" {
        let (_, approver) = session.be_new(&every_right());
        say(session, r#"{"call":"list_capability_requests"}"#)?;
        session.be(name);
        for port in 1..=24 {
            let ask = json!({"call": "request_capability", "capability": {"BindPort": port}});
            session.say(&json!({"call": "submit", "do": ask}))?;
        }
        session.be(&approver);
        while say(session, r#"{"call":"list_capability_requests"}"#)?
            .as_array()
            .is_none_or(|all| all.len() < 24)
        {
            std::thread::yield_now();
        }
        session.be(name);
        return Ok(());
    }
    // A server that answers once, with a body of a hundred bytes.
    if step == "http" {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        known.insert("a".into(), json!({"port": listener.local_addr().unwrap().port()}));
        let answer = move || {
            let Ok((mut peer, _)) = listener.accept() else { return };
            let _ = peer.read(&mut [0; 4096]);
            let body = "b".repeat(100);
            let _ = write!(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{body}");
        };
        std::thread::Builder::new().name("server".into()).spawn(answer).unwrap();
        return Ok(());
    }
    // Two ends of one connection: 0 listens, 1 is connected, 2 is its other end.
    if step == "pair" {
        say(session, r#"{"call":"socket"}"#)?;
        let bound = say(session, r#"{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#)?;
        say(session, r#"{"call":"listen","fd":0}"#)?;
        say(session, r#"{"call":"socket"}"#)?;
        let port = &bound["port"];
        say(
            session,
            &format!(r#"{{"call":"connect","fd":1,"address":{{"host":"127.0.0.1","port":{port}}}}}"#),
        )?;
        say(session, r#"{"call":"accept","fd":0,"timeout_millis":5000}"#)?;
        known.insert("a".into(), bound);
        return Ok(());
    }
    if let Some(rights) = step.strip_prefix("as:") {
        session.be_new(&serde_json::from_str(rights).unwrap());
        return Ok(());
    }
    if let Some(place) = step.strip_prefix("fill:") {
        let (place, most) = place.rsplit_once(':').unwrap();
        fill_up(session, &fill(place, known), most.parse().unwrap());
        return Ok(());
    }
    if let Some(done) = staged(session, step, known, fill) {
        return done;
    }
    let (step, may_fail) = step.strip_prefix('?').map_or((step, false), |step| (step, true));
    let (step, key) = match step.strip_prefix('$').and_then(|rest| rest.split_once('=')) {
        Some((key, rest)) => (rest, Some(key.to_owned())),
        None => (step, None),
    };
    if let Some(step) = step.strip_prefix("wait:") {
        for _ in 0..2_000 {
            let list = say(session, &fill(step, known))?;
            if let Some(first) = list.as_array().and_then(|list| list.first()) {
                known.insert("w".into(), first["request"].clone());
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("nothing came: {step}");
    }
    let result = if let Some(step) = step.strip_prefix("other:") {
        match other.clone() {
            Some(other) => session.be(&other),
            None => *other = Some(session.be_new(&every_right()).1),
        }
        let result = say(session, &fill(step, known));
        session.be(name);
        result
    } else {
        say(session, &fill(step, known))
    };
    match result {
        Ok(reply) => {
            if let Some(key) = key {
                known.insert(key, reply);
            }
            Ok(())
        }
        Err(_) if may_fail => Ok(()),
        Err(why) => Err(why),
    }
}

/// Puts files into a folder until no byte more fits. In memory only data takes room, under a quota length does.
fn fill_up(session: &mut Session, place: &str, most: usize) {
    let (mut size, mut number) = (most, 0);
    while size > 0 {
        number += 1;
        let path = format!("{place}/fill{number}");
        let grown = if place.starts_with("/mnt/") {
            session.say(&json!({"call": "write", "path": path, "data": "x".repeat(size)})).is_ok()
        } else {
            session.say(&json!({"call": "create", "path": path})).is_ok()
                && session.say(&json!({"call": "truncate", "path": path, "size": size})).is_ok()
        };
        if !grown {
            let _ = session.say(&json!({"call": "delete", "path": path}));
            size /= 2;
        }
    }
}

/// Ways that take several lines and have a name.
fn staged(
    session: &mut Session,
    step: &str,
    known: &mut BTreeMap<String, Value>,
    fill: &Fill<'_>,
) -> Option<Result<(), (String, String)>> {
    let mut learned = None;
    let before = known.clone();
    let mut say = |text: &str| {
        let text = fill(text, &before);
        session.say(&serde_json::from_str(&text).unwrap_or_else(|why| panic!("{text}: {why}")))
    };
    let pause = || std::thread::sleep(std::time::Duration::from_millis(50));
    let bind = r#"{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#;
    let mut play = || -> Result<(), (String, String)> {
        match step {
            "pause" => pause(),
            "listener" => {
                say(r#"{"call":"socket"}"#)?;
                learned = Some(say(bind)?);
                say(r#"{"call":"listen","fd":0}"#)?;
            }
            // Nobody accepts, and the line of those that wait is full.
            "full listener" => {
                say(r#"{"call":"socket"}"#)?;
                let bound = say(bind)?;
                say(r#"{"call":"listen","fd":0,"backlog":1}"#)?;
                let port = &bound["port"];
                for fd in 1..9 {
                    say(r#"{"call":"socket"}"#)?;
                    let to = format!(r#"{{"host":"127.0.0.1","port":{port}}}"#);
                    let _ =
                        say(&format!(r#"{{"call":"connect","fd":{fd},"address":{to},"timeout_millis":50}}"#));
                }
                say(r#"{"call":"socket"}"#)?;
                learned = Some(bound);
            }
            "fill" => {
                let block = "x".repeat(1_000_000);
                let line = format!(r#"{{"call":"send","fd":1,"data":"{block}","timeout_millis":0}}"#);
                let mut refused = 0;
                while refused < 10 {
                    if say(&line).is_err() {
                        refused += 1;
                        pause();
                    }
                }
            }
            "stuff" => {
                let block = "x".repeat(1_000_000);
                let line = format!(r#"{{"call":"fd_write","fd":$c.stdin,"data":"{block}"}}"#);
                while say(&line).is_ok() {}
                while say(r#"{"call":"fd_write","fd":$c.stdin,"data":"x"}"#).is_ok() {}
            }
            "mounts" => {
                let mut number = 0;
                while say(&format!(r#"{{"call":"mount","path":"/mnt/many{number}"}}"#)).is_ok() {
                    number += 1;
                }
            }
            "signals" => {
                say(r#"{"call":"block_signal","signal":40}"#)?;
                while say(r#"{"call":"send_signal","pid":$PID,"signal":40}"#).is_ok() {}
            }
            "closed port" => {
                say(r#"{"call":"socket","type":"datagram"}"#)?;
                let bound = say(bind)?;
                say(r#"{"call":"socket","type":"datagram"}"#)?;
                let to = format!(r#"{{"host":"127.0.0.1","port":{}}}"#, bound["port"]);
                say(&format!(r#"{{"call":"connect","fd":1,"address":{to}}}"#))?;
                say(r#"{"call":"socket_close","fd":0}"#)?;
                say(r#"{"call":"send","fd":1,"data":"x"}"#)?;
                pause();
            }
            "deaf" => {
                say(r#"{"call":"socket","domain":"unix","type":"datagram"}"#)?;
                say(r#"{"call":"bind","fd":0,"address":{"name":"deaf$N"}}"#)?;
                say(r#"{"call":"socket","domain":"unix","type":"datagram"}"#)?;
                let line =
                    r#"{"call":"sendto","fd":1,"data":"x","address":{"name":"deaf$N"},"timeout_millis":0}"#;
                while say(line).is_ok() {}
            }
            _ => return Err((String::new(), String::new())),
        }
        Ok(())
    };
    let done = play();
    if let Some(bound) = learned {
        known.insert("a".into(), bound);
    }
    match done {
        Err((errno, _)) if errno.is_empty() => None,
        done => Some(done),
    }
}
