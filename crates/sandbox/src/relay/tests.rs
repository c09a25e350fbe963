//! The relay between a client and a Unix socket of this test, on the loopback of the host.

use super::*;
use std::{
    io::{ErrorKind, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixListener,
    thread,
};

/// A relay in a thread of its own; it ends with the test.
fn relay(folder: &Path) -> u16 {
    let relay = Relay::listen(0).unwrap();
    let port = relay.port();
    let socket = folder.join("proxy");
    let run = move || relay.run(&socket);
    drop(thread::Builder::new().name("test-relay".into()).spawn(run).unwrap());
    port
}

fn client(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

#[test]
fn bytes_come_whole_in_both_directions_and_an_end_of_one_leaves_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = UnixListener::bind(folder.path().join("proxy")).unwrap();
    let port = relay(folder.path());
    let data: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    let mut near = client(port);
    let (mut far, _) = proxy.accept().unwrap();
    let (mut writer, sent) = (near.try_clone().unwrap(), data.clone());
    let write = move || {
        writer.write_all(&sent).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    };
    let writing = thread::Builder::new().name("writer".into()).spawn(write).unwrap();
    let mut heard = Vec::new();
    far.read_to_end(&mut heard).unwrap();
    assert!(heard == data, "{} of {} bytes, or others", heard.len(), data.len());
    writing.join().unwrap();
    // The other way is still there after the end of the first.
    far.write_all(&data).unwrap();
    drop(far);
    let mut answered = Vec::new();
    near.read_to_end(&mut answered).unwrap();
    assert!(answered == data, "{} of {} bytes, or others", answered.len(), data.len());
}

#[test]
fn without_a_proxy_a_connection_is_closed_and_one_that_comes_back_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let port = relay(folder.path());
    let ends = |mut stream: TcpStream| match stream.read(&mut [0; 8]) {
        Ok(count) => count == 0,
        Err(why) => matches!(why.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
    };
    assert!(ends(client(port)));
    let path = folder.path().join("proxy");
    for _ in 0..2 {
        let proxy = UnixListener::bind(&path).unwrap();
        let mut near = client(port);
        let (mut far, _) = proxy.accept().unwrap();
        far.write_all(b"hello").unwrap();
        let mut heard = [0; 5];
        near.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"hello");
        drop((proxy, far));
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn more_connections_than_fit_wait_and_are_served_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = UnixListener::bind(folder.path().join("proxy")).unwrap();
    let port = relay(folder.path());
    let served = move || {
        let mut held = Vec::new();
        for _ in 0..MOST_PAIRS + 10 {
            let (mut far, _) = proxy.accept().unwrap();
            far.write_all(b"x").unwrap();
            held.push(far);
            if held.len() == MOST_PAIRS {
                // Room for ten.
                held.drain(..10);
            }
        }
    };
    let serving = thread::Builder::new().name("server".into()).spawn(served).unwrap();
    let mut clients: Vec<TcpStream> = (0..MOST_PAIRS + 10).map(|_| client(port)).collect();
    for (at, client) in clients.iter_mut().enumerate() {
        client.read_exact(&mut [0]).unwrap();
        if at < 10 {
            // Ends the pair on our side, too.
            client.shutdown(Shutdown::Both).unwrap();
        }
    }
    serving.join().unwrap();
}

#[test]
fn a_spare_connection_leads_to_a_port_inside() {
    let folder = tempfile::tempdir().unwrap();
    let inward = UnixListener::bind(folder.path().join(INWARD)).unwrap();
    let _port = relay(folder.path());
    let program = TcpListener::bind("127.0.0.1:0").unwrap();
    for turn in 0..3_u8 {
        let (mut spare, _) = inward.accept().unwrap();
        spare.write_all(&program.local_addr().unwrap().port().to_be_bytes()).unwrap();
        let (mut inside, _) = program.accept().unwrap();
        inside.write_all(&[turn]).unwrap();
        let mut heard = [9];
        spare.read_exact(&mut heard).unwrap();
        assert_eq!(heard, [turn]);
    }
    // A port at which nobody listens, and nonsense, end the connection and nothing else.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for said in [closed.to_be_bytes().to_vec(), vec![7]] {
        let (mut spare, _) = inward.accept().unwrap();
        spare.write_all(&said).unwrap();
        let mut rest = Vec::new();
        spare.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty());
    }
}
