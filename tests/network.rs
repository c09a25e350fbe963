//! `network_request` of the product: its own client, against servers of this test on the loopback.

use abi::{
    Bytes, Errno, SysResult,
    table::{HttpMethod, NetworkRequest, NetworkResponse},
};
use agentos::boot::{Boot, DataFolder, boot};
use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

fn booted() -> Boot {
    let folder = Arc::new(DataFolder::given_or_temporary(None).unwrap());
    boot(folder, Arc::new(|| {})).unwrap()
}

/// A server that answers one connection with these bytes; what it was sent comes through the channel.
fn serving(answer: impl Into<Vec<u8>>) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, what) = mpsc::sync_channel(1);
    let answer = answer.into();
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = head_of(&mut stream);
        let _ = stream.write_all(&answer);
        let _ = heard.send(request);
    };
    drop(thread::Builder::new().name("test-server".into()).spawn(serve).unwrap());
    (port, what)
}

/// A request up to its empty line, and the body that it announces.
fn head_of(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    request.extend(body);
    String::from_utf8(request).unwrap()
}

fn get(url: String) -> NetworkRequest {
    NetworkRequest {
        url,
        method: HttpMethod::Get,
        headers: BTreeMap::new(),
        body: Bytes::default(),
        max_bytes: 1_000,
        timeout_millis: Some(10_000),
    }
}

fn ask(booted: &Boot, request: NetworkRequest) -> SysResult<NetworkResponse> {
    booted.system.call(request)
}

#[test]
fn a_request_goes_out_as_asked_and_the_answer_comes_back() {
    let booted = booted();
    let (port, heard) = serving(
        "HTTP/1.1 201 Created\r\nX-One: a\r\nx-one: b\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
    );
    let request = NetworkRequest {
        method: HttpMethod::Post,
        headers: BTreeMap::from([("X-Asked".to_owned(), "yes".to_owned())]),
        body: Bytes::from("what?"),
        ..get(format!("http://127.0.0.1:{port}/a/b?c=d"))
    };
    let response = ask(&booted, request).unwrap();
    assert_eq!((response.status, response.body.as_str()), (201, Some("hello")));
    assert_eq!(response.headers.get("x-one").map(String::as_str), Some("a, b"));
    let heard = heard.recv().unwrap();
    assert!(heard.starts_with("POST /a/b?c=d HTTP/1.1\r\n") && heard.ends_with("\r\n\r\nwhat?"), "{heard}");
    let lower = heard.to_ascii_lowercase();
    assert!(
        lower.contains("x-asked: yes\r\n") && lower.contains(&format!("host: 127.0.0.1:{port}\r\n")),
        "{heard}"
    );
}

#[test]
fn a_name_is_looked_up_once_by_the_kernel_and_stands_in_the_host_header() {
    let booted = booted();
    let (port, heard) = serving("HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(ask(&booted, get(format!("http://localhost:{port}/"))).unwrap().status, 204);
    assert!(heard.recv().unwrap().to_ascii_lowercase().contains(&format!("host: localhost:{port}\r\n")));
}

#[test]
fn a_redirection_is_answered_and_not_followed() {
    let booted = booted();
    let (port, _heard) =
        serving("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    let response = ask(&booted, get(format!("http://127.0.0.1:{port}/"))).unwrap();
    assert_eq!(response.status, 302);
    assert_eq!(response.headers.get("location").map(String::as_str), Some("http://127.0.0.1:1/"));
}

#[test]
fn a_body_that_is_too_long_is_refused_announced_or_not() {
    let booted = booted();
    let long = "x".repeat(2_000);
    let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{long}");
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n{long}\r\n0\r\n\r\n");
    for answer in [announced, chunked] {
        let (port, _heard) = serving(answer);
        let why = ask(&booted, get(format!("http://127.0.0.1:{port}/"))).unwrap_err();
        assert_eq!(why.errno, Errno::EFBIG, "{why}");
    }
}

#[test]
fn what_goes_wrong_is_typed_and_names_the_host() {
    let booted = booted();
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = ask(&booted, get(format!("http://127.0.0.1:{unused}/"))).unwrap_err();
    assert_eq!(refused.errno, Errno::ECONNREFUSED, "{refused}");
    assert!(refused.detail.contains("127.0.0.1"), "{refused}");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let request = NetworkRequest { timeout_millis: Some(200), ..get(format!("http://127.0.0.1:{port}/")) };
    assert_eq!(ask(&booted, request).unwrap_err().errno, Errno::ETIMEDOUT);

    let (port, _heard) = serving("");
    let gone = ask(&booted, get(format!("http://127.0.0.1:{port}/"))).unwrap_err();
    assert!(matches!(gone.errno, Errno::ECONNRESET | Errno::EIO), "{gone}");

    // Speaks no TLS: the handshake fails, and nothing is sent in the clear.
    let (port, heard) = serving("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let request =
        NetworkRequest { timeout_millis: Some(2_000), ..get(format!("https://127.0.0.1:{port}/secret")) };
    assert!(ask(&booted, request).is_err());
    drop(heard);
}
