//! Takes connections of one program, understands what is asked for, and carries it out.
//!
//! A client gets a moment to say what it wants, in a bounded number of bytes; what it sends before it was answered
//! is kept up to a bound and read no further. New connections come at a bounded pace, and at most
//! [`MOST_CONNECTIONS`] are there at a time: further ones wait in the socket's backlog.

use super::{
    carry::{Ended, carry},
    connection::{Connection, Permit, State, Subject},
    dns,
    http::{self, Answer},
    judge::{self, Admitted, Against, Refused, may_go_on},
    socks,
    table::Proxy,
};
use crate::{core::Core, network::Host, observe::NewEvent};
use abi::table::{NetworkWay, Severity};
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixListener, UnixStream},
    time::{Instant, sleep, timeout},
};

/// Connections of one program at a time, handshakes among them.
pub(super) const MOST_CONNECTIONS: usize = 256;
/// What a client may send ahead of its answer, bytes.
const MOST_AHEAD: usize = 64 * 1024;
/// Connections that may come at once, and how much later each further one is served.
const BURST: u32 = 128;
const PACE: Duration = Duration::from_millis(10);
/// How long a refused client gets to read its answer.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a client wants.
struct Wanted {
    way: NetworkWay,
    host: Host,
    port: u16,
    /// What goes to the host first.
    ahead: Vec<u8>,
}

/// What the first bytes of a client are the beginning of.
enum Understood {
    Wanted(Wanted),
    /// Questions about names, with as much as was read of them.
    Names(Vec<u8>),
}

/// Serves until the proxy is stopped.
pub(super) async fn serve(core: Weak<Core>, proxy: Arc<Proxy>, listener: UnixListener) {
    let mut pace = Pace::new();
    loop {
        let Ok(slot) = proxy.slots.clone().acquire_owned().await else { return };
        pace.wait().await;
        match listener.accept().await {
            Ok((client, _)) => {
                let (core, proxy) = (core.clone(), proxy.clone());
                tokio::spawn(async move {
                    let _slot = slot;
                    tokio::select! {
                        () = proxy.stopped() => {}
                        () = one(&core, &proxy, client) => {}
                    }
                });
            }
            Err(why) => {
                tracing::debug!(%why, "a proxy could not take a connection");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Bounds how fast connections come, so that a program that makes them in a loop fills neither journal nor processor.
struct Pace {
    /// When as many as may come at once would have come at the steady pace.
    due: Instant,
}

impl Pace {
    fn new() -> Self {
        Pace { due: Instant::now() }
    }

    async fn wait(&mut self) {
        let now = Instant::now();
        self.due = self.due.max(now) + PACE;
        let early = self.due.saturating_duration_since(now);
        sleep(early.saturating_sub(PACE * BURST)).await;
    }
}

async fn one(core: &Weak<Core>, proxy: &Arc<Proxy>, mut client: UnixStream) {
    let mut wanted = match timeout(proxy.patience.handshake, understand(&mut client)).await {
        Ok(Ok(Some(Understood::Wanted(wanted)))) => wanted,
        Ok(Ok(Some(Understood::Names(bytes)))) => {
            // Who hangs up needs no answer any more.
            let _ = answer_names(proxy, &mut client, bytes).await;
            return;
        }
        // It went away, or got its answer.
        Ok(Ok(None) | Err(_)) => return,
        Err(_) => {
            let text = "AgentOS: nothing was asked for in time.";
            let answer = Answer { status: 408, error: "connection_timeout", text, retry_after_seconds: None };
            return say_last(&mut client, &answer.to_bytes()).await;
        }
    };
    // Of a request over HTTP the head names the host already.
    if let Host::Address(address) = wanted.host
        && wanted.way != NetworkWay::Http
        && let Some(name) = proxy.name_of(address)
    {
        wanted.host = Host::Name(name);
    }
    let Some(core) = core.upgrade() else { return };
    let connection = proxy.begin(&core, |id| Subject {
        id,
        pid: proxy.process.pid(),
        cause: proxy.cause(),
        way: wanted.way,
        host: match &wanted.host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.clone(),
        },
        port: wanted.port,
        began_millis: core.now_millis(),
    });
    through(&core, proxy, &connection, client, wanted).await;
    connection.finish(State::Closed, None, core.now_millis());
    proxy.end(&connection);
}

/// Judges, connects, answers, carries.
async fn through(
    core: &Arc<Core>,
    proxy: &Arc<Proxy>,
    connection: &Arc<Connection>,
    mut client: UnixStream,
    mut wanted: Wanted,
) {
    let way = wanted.way;
    let reached = tokio::select! {
        biased;
        () = connection.closed() => Err(Refused {
            against: Against::Busy,
            text: "AgentOS: the connection was closed.".into(),
            retry_after_seconds: None,
        }),
        reached = reach(core, proxy, connection, &wanted.host) => reached,
        // Nobody waits any more: a question to a person is taken back.
        () = gone(&client, &mut wanted.ahead, way) => return,
    };
    let mut server = match reached {
        Ok(server) => server,
        Err(refused) => return refuse(&mut client, way, &refused).await,
    };
    let greeted = async {
        match way {
            NetworkWay::Tunnel => client.write_all(http::TUNNEL).await?,
            NetworkWay::Socks => client.write_all(&socks::Reply::Done.to_bytes()).await?,
            _ => {}
        }
        server.write_all(&wanted.ahead).await
    };
    if !matches!(timeout(proxy.patience.handshake, greeted).await, Ok(Ok(()))) {
        return;
    }
    connection.up_bytes.fetch_add(wanted.ahead.len() as u64, std::sync::atomic::Ordering::Relaxed);
    let ended = carry(client, server, connection, || core.now_millis()).await;
    let why = match ended {
        Ended::Done | Ended::Closed => None,
        Ended::Idle => Some("nothing moved any more".to_owned()),
    };
    connection.finish(State::Closed, why, core.now_millis());
    tell_end(core, proxy, connection);
}

/// A connection to the host, judged.
async fn reach(
    core: &Arc<Core>,
    proxy: &Arc<Proxy>,
    connection: &Arc<Connection>,
    host: &Host,
) -> Result<TcpStream, Refused> {
    let Admitted { addresses, loan } = judge::admit(core, proxy, connection, host).await?;
    let mut last = None;
    for (address, target) in addresses {
        match timeout(proxy.patience.connect, TcpStream::connect(address)).await {
            Ok(Ok(server)) => {
                let permit = Permit { target, loan: loan.clone() };
                let _ = server.set_nodelay(true);
                connection.open(address, permit.clone());
                // A right that went meanwhile was not seen on this connection.
                if !may_go_on(&proxy.owner, &permit) {
                    connection.close("the right was taken");
                }
                return Ok(server);
            }
            Ok(Err(why)) => last = Some((address, why)),
            Err(_) => last = Some((address, io::ErrorKind::TimedOut.into())),
        }
    }
    Err(unreached(core, connection, last))
}

fn unreached(core: &Core, connection: &Connection, last: Option<(SocketAddr, io::Error)>) -> Refused {
    let is_late = last.as_ref().is_some_and(|(_, why)| why.kind() == io::ErrorKind::TimedOut);
    let why = last.map_or("it has no address".to_owned(), |(address, why)| format!("{address}: {why}"));
    connection.finish(State::Failed, Some(why.clone()), core.now_millis());
    Refused {
        against: if is_late { Against::Late } else { Against::Unreached },
        text: format!("AgentOS: {} was allowed and is not reached: {why}.", connection.name()),
        retry_after_seconds: None,
    }
}

fn tell_end(core: &Core, proxy: &Proxy, connection: &Connection) {
    use std::sync::atomic::Ordering::Relaxed;
    let event = NewEvent {
        a: connection.up_bytes.load(Relaxed),
        b: connection.down_bytes.load(Relaxed),
        label: core.observer.label(&connection.name()),
        ..NewEvent::new(
            core.kinds.network_closed,
            Severity::Info,
            proxy.process.pid(),
            connection.subject.cause,
        )
    };
    core.observer.emit(event);
}

/// Comes back when the client has hung up. What it sends meanwhile is kept. Of one that ends what it says after a request
/// over HTTP nobody knows whether it still listens.
async fn gone(client: &UnixStream, ahead: &mut Vec<u8>, way: NetworkWay) {
    let limit = ahead.len() + MOST_AHEAD;
    loop {
        if ahead.len() >= limit {
            return std::future::pending().await;
        }
        if client.readable().await.is_err() {
            return;
        }
        let mut buffer = [0; 4096];
        let room = (limit - ahead.len()).min(buffer.len());
        match client.try_read(&mut buffer[..room]) {
            Ok(0) if way == NetworkWay::Http => return std::future::pending().await,
            Ok(0) => return,
            Ok(count) => ahead.extend_from_slice(&buffer[..count]),
            Err(why) if why.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Reads what a client wants. `None`: it wants nothing that can be had, and was told.
async fn understand(client: &mut UnixStream) -> io::Result<Option<Understood>> {
    let mut bytes = Vec::new();
    if !more(client, &mut bytes, 1024).await? {
        return Ok(None);
    }
    match bytes[0] {
        // The length of a question of DNS, which is at most 1023 bytes long.
        0..=3 => Ok(Some(Understood::Names(bytes))),
        socks::VERSION => Ok(understand_socks(client, bytes).await?.map(Understood::Wanted)),
        // SOCKS 4: "request rejected".
        4 => {
            say_last(client, &[0, 0x5b, 0, 0, 0, 0, 0, 0]).await;
            Ok(None)
        }
        _ => Ok(understand_http(client, bytes).await?.map(Understood::Wanted)),
    }
}

/// Answers questions about names, each behind its length (RFC 1035, 4.2.2), until the client ends or pauses for as long as
/// a handshake may take: the relay comes again with the next one.
async fn answer_names(proxy: &Proxy, client: &mut UnixStream, mut bytes: Vec<u8>) -> io::Result<()> {
    loop {
        while let Some((len_bytes, rest)) = bytes.split_first_chunk::<2>() {
            let len_bytes = usize::from(u16::from_be_bytes(*len_bytes));
            let Some(question) = rest.get(..len_bytes) else { break };
            // Answers go in the order of the questions: what gets none ends the connection.
            let Some(answer) = proxy.answer_name(question) else { return Ok(()) };
            let mut framed = u16::try_from(answer.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
            framed.extend(answer);
            client.write_all(&framed).await?;
            bytes.drain(..2 + len_bytes);
        }
        if bytes.len() > 2 + dns::MAX_BYTES {
            return Ok(());
        }
        match timeout(proxy.patience.handshake, more(client, &mut bytes, 4096)).await {
            Ok(Ok(true)) => {}
            Ok(Err(why)) => return Err(why),
            Ok(Ok(false)) | Err(_) => return Ok(()),
        }
    }
}

/// Reads some more. False at the end.
async fn more(client: &mut UnixStream, bytes: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let before = bytes.len();
    bytes.resize(before + most, 0);
    let count = client.read(&mut bytes[before..]).await;
    bytes.truncate(before + *count.as_ref().unwrap_or(&0));
    Ok(count? > 0)
}

async fn understand_http(client: &mut UnixStream, mut bytes: Vec<u8>) -> io::Result<Option<Wanted>> {
    let bad = loop {
        if let Some(len_bytes) = http::len_of_head(&bytes) {
            let rest = bytes.split_off(len_bytes);
            match http::read(&bytes) {
                Ok(http::Asked::Tunnel { host, port }) => {
                    return Ok(Some(Wanted { way: NetworkWay::Tunnel, host, port, ahead: rest }));
                }
                Ok(http::Asked::Request { host, port, mut head }) => {
                    head.extend_from_slice(&rest);
                    return Ok(Some(Wanted { way: NetworkWay::Http, host, port, ahead: head }));
                }
                Err(bad) => break bad,
            }
        }
        if bytes.len() >= http::MAX_HEAD_BYTES {
            break http::Bad { status: 431, why: "the request's head is too long".into() };
        }
        // What is certainly no request is not waited for.
        if bytes.first().is_some_and(|first| !first.is_ascii_alphabetic()) {
            break http::Bad { status: 400, why: "this is a proxy for HTTP and SOCKS 5".into() };
        }
        let room = (http::MAX_HEAD_BYTES - bytes.len()).min(4096);
        if !more(client, &mut bytes, room).await? {
            return Ok(None);
        }
    };
    let text = format!("AgentOS: {}.", bad.why);
    let answer =
        Answer { status: bad.status, error: "http_request_error", text: &text, retry_after_seconds: None };
    say_last(client, &answer.to_bytes()).await;
    Ok(None)
}

async fn understand_socks(client: &mut UnixStream, mut bytes: Vec<u8>) -> io::Result<Option<Wanted>> {
    let (is_open, len_bytes) = loop {
        match socks::greeting(&bytes) {
            socks::Read::Whole(is_open, len_bytes) => break (is_open, len_bytes),
            socks::Read::Part if bytes.len() <= socks::MAX_BYTES => {
                if !more(client, &mut bytes, socks::MAX_BYTES).await? {
                    return Ok(None);
                }
            }
            _ => return Ok(None),
        }
    };
    if !is_open {
        say_last(client, &socks::NO_METHOD).await;
        return Ok(None);
    }
    client.write_all(&socks::WELCOME).await?;
    bytes.drain(..len_bytes);
    loop {
        match socks::request(&bytes) {
            socks::Read::Whole((host, port), len_bytes) => {
                bytes.drain(..len_bytes);
                return Ok(Some(Wanted { way: NetworkWay::Socks, host, port, ahead: bytes }));
            }
            socks::Read::Part => {
                if !more(client, &mut bytes, socks::MAX_BYTES).await? {
                    return Ok(None);
                }
            }
            socks::Read::Bad(reply) => {
                say_last(client, &reply.to_bytes()).await;
                return Ok(None);
            }
        }
    }
}

async fn refuse(client: &mut UnixStream, way: NetworkWay, refused: &Refused) {
    if way == NetworkWay::Socks {
        let reply = match refused.against {
            Against::Rule | Against::Silence => socks::Reply::NotAllowed,
            Against::UnknownName => socks::Reply::HostUnreachable,
            Against::Unreached => socks::Reply::Refused,
            Against::Late => socks::Reply::TooLate,
            Against::Busy => socks::Reply::Failed,
        };
        return say_last(client, &reply.to_bytes()).await;
    }
    let (status, error) = match refused.against {
        Against::Rule => (403, "http_request_denied"),
        Against::Silence => (403, "http_request_denied; details=\"not answered yet\""),
        Against::UnknownName => (502, "dns_error"),
        Against::Unreached => (502, "destination_unavailable"),
        Against::Late => (504, "connection_timeout"),
        Against::Busy => (503, "proxy_internal_error"),
    };
    let answer =
        Answer { status, error, text: &refused.text, retry_after_seconds: refused.retry_after_seconds };
    say_last(client, &answer.to_bytes()).await;
}

/// Says something and hangs up so that it arrives: what the client still sends is taken in for a moment.
async fn say_last(client: &mut UnixStream, bytes: &[u8]) {
    let said = async {
        client.write_all(bytes).await?;
        client.shutdown().await?;
        let mut buffer = [0; 4096];
        let mut left = MOST_AHEAD;
        while left > 0 {
            match client.read(&mut buffer).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        io::Result::Ok(())
    };
    // It may be gone already.
    let _ = timeout(LAST_WORDS, said).await;
}
