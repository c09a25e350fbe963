//! Frames in any pieces, and whatever is none.

use super::{
    HeldInfo,
    frame::{Decoder, Malformed, Message},
    is_id,
};
use crate::{Exit, ExitStatus};
use std::time::Duration;

fn info() -> HeldInfo {
    HeldInfo {
        id: "1-2".into(),
        note: "a note".into(),
        executable: "sh".into(),
        args: vec!["-c".into(), "\u{1}".repeat(8 * 1024)],
        host_pid: 7,
        holder_pid: 6,
        own_pids: vec![5],
        started_millis: 5,
        attached: false,
        ended: None,
        group: None,
        enforced: None,
    }
}

#[test]
fn frames_come_whole_out_of_any_pieces() {
    let exit = Exit {
        status: ExitStatus::Code(3),
        user_time: Duration::from_millis(1),
        system_time: Duration::ZERO,
        peak_memory_bytes: 9,
        exceeded: None,
        refused_processes: 0,
    };
    let sent = [
        Message::Attach.encode(),
        Message::Info(Box::new(info())).encode(),
        Message::Exited(exit, 4).encode(),
    ];
    for piece_bytes in [1, 7, 8, 9, 1000, usize::MAX] {
        let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
        for piece in sent.concat().chunks(piece_bytes.min(sent.concat().len())) {
            decoder.push(piece);
            while let Some(message) = decoder.next().unwrap() {
                heard.push(message);
            }
        }
        assert!(matches!(&heard[..], [Message::Attach, Message::Info(same), Message::Exited(ended, 4)]
            if **same == info() && *ended == exit));
    }
}

#[test]
fn whatever_is_no_frame_is_malformed() {
    let head = |kind: u8, len: u32| [b"ah\x01", [kind].as_slice(), &len.to_le_bytes()].concat();
    for bytes in [
        b"GET / HTTP/1.1".to_vec(),
        b"x".to_vec(),
        b"ah\x02\x01\0\0\0\0".to_vec(),
        head(99, 0),
        head(1, u32::MAX),
        [head(1, 1), b"x".to_vec()].concat(),
        [head(17, 2), b"{}".to_vec()].concat(),
        [head(19, 4), vec![0xff; 4]].concat(),
    ] {
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        assert_eq!(decoder.next().err(), Some(Malformed), "{bytes:?}");
    }
    let mut decoder = Decoder::default();
    decoder.push(b"ah\x01");
    assert!(matches!(decoder.next(), Ok(None)), "it may still become one");
}

#[test]
fn a_name_leads_nowhere_else() {
    assert!(is_id("12-3"));
    for id in ["", "..", "a/b", "a.sock", "a\0", &"x".repeat(65)] {
        assert!(!is_id(id), "{id:?}");
    }
}
