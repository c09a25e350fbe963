//! What the kernel says becomes rows.

use super::{
    super::sheet::{Sheet, SheetCommand, SheetId},
    *,
};
use crate::common::table::Sort;

fn owner(pid: Pid) -> String {
    format!("app{pid}")
}

fn names(sheet: &Sheet) -> Vec<&str> {
    sheet.listing.shown.iter().map(|&place| sheet.rows[place].name.as_str()).collect()
}

#[test]
fn what_proc_says_of_ipc_becomes_rows_with_owners() {
    let text = r#"{"totals":{"pipes":1200},
        "pipes":[{"pipe":2,"owner":3,"reader":3,"writer":4,"capacity":100,"buffered":95,"bytes_written":95,
            "bytes_read":0,"reader_open":true,"writer_open":false},
          {"pipe":1,"owner":9,"reader":9,"writer":9,"capacity":100,"buffered":0,"bytes_written":0,
            "bytes_read":0,"reader_open":true,"writer_open":true}],
        "queues":[{"queue":7,"name":"mail","kind":"pub_sub","owner":3,"capacity":8,"queued":2,"queued_bytes":5,
            "sent":2,"received":0,"dropped":1,"closed":false,
            "subscribers":[{"pid":4,"queued":2,"capacity":8,"overflow":"drop_oldest","dropped":1}]}]}"#;
    let ipc: Ipc = serde_json::from_str(text).expect("as the kernel writes it");
    let mut sheet = Sheet::new(SheetId::Pipes);
    sheet.receive(pipes(&ipc.pipes, &owner), ipc.totals["pipes"]);
    sheet.verify_invariants();
    assert_eq!((names(&sheet), sheet.total), (vec!["Pipe 1", "Pipe 2"], 1_200));
    sheet.run(SheetCommand::SortBy(Sort { column: 4, descending: true }));
    assert_eq!(names(&sheet), ["Pipe 2", "Pipe 1"]);
    sheet.run(SheetCommand::Filter("app4, gone".into()));
    assert_eq!(names(&sheet), ["Pipe 2"]);
    let mut sheet = Sheet::new(SheetId::Queues);
    sheet.receive(queues(&ipc.queues, &owner), 1);
    sheet.verify_invariants();
    sheet.run(SheetCommand::Move(1));
    let facts = &sheet.chosen().expect("chosen").facts;
    assert!(facts.contains(&("Subscriber", "app4: 2 of 8 wait, drops the oldest when full".into())));
    let mut sheet = Sheet::new(SheetId::Segments);
    sheet.receive(segments(&ipc.shared_memory, &owner), 0);
    sheet.verify_invariants();
    assert!(names(&sheet).is_empty());
}

#[test]
fn descriptors_sockets_and_mounts_become_rows() {
    let text = r#"{"total":3,"descriptors":[
        {"pid":3,"fd":0,"kind":"file","path":"/home/a","offset":5,"buffered":0,"readable":true,"writable":false,"close_on_exec":true},
        {"pid":4,"fd":0,"kind":"pty","path":null,"offset":0,"buffered":9,"readable":true,"writable":true,"close_on_exec":false}]}"#;
    let open: Descriptors = serde_json::from_str(text).expect("as the kernel writes it");
    let mut sheet = Sheet::new(SheetId::Descriptors);
    sheet.receive(descriptors(&open.descriptors, &owner), open.total);
    sheet.verify_invariants();
    assert_eq!(names(&sheet), ["Descriptor 0 of app3", "Descriptor 0 of app4"]);
    assert_eq!(sheet.rows[0].subject, Some(Subject::Path("/home/a".into())));
    assert_eq!(sheet.rows[1].subject, Some(Subject::Process(Pid(4))));
    let text = r#"{"total":1,"sockets":[{"pid":3,"fd":2,"domain":"inet","type":"stream","state":"connected",
        "local":{"host":"127.0.0.1","port":5},"peer":null,"sent_bytes":10,"received_bytes":20}]}"#;
    let open: Sockets = serde_json::from_str(text).expect("as the kernel writes it");
    let mut sheet = Sheet::new(SheetId::Sockets);
    sheet.receive(sockets(&open.sockets, &owner), open.total);
    sheet.verify_invariants();
    assert_eq!(sheet.rows[0].name, "TCP socket 2 of app3");
    assert_eq!(sheet.rows[0].values[4].cell.text, "127.0.0.1:5");
    let mount = |path: &str| MountInfo {
        path: path.into(),
        kind: "mem".into(),
        read_only: false,
        used_bytes: None,
        limit_bytes: None,
    };
    let mut sheet = Sheet::new(SheetId::Mounts);
    sheet.receive(mounts(&[mount("/tmp"), mount("/home")]), 2);
    sheet.verify_invariants();
    assert_eq!(names(&sheet), ["/home", "/tmp"]);
}
