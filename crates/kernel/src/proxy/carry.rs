//! Bytes in both directions between two streams, counted, until both have ended or somebody orders an end.
//!
//! The end of one direction is passed on and leaves the other (half-close). Who does not read is not written to, so
//! that a slow side slows the other and nothing piles up.

use super::connection::Connection;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How much is moved at a time, bytes.
const CHUNK_BYTES: usize = 16 * 1024;
/// A connection on which nothing moves for so long is over.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);
/// The same once one direction has ended.
const HALF_IDLE: Duration = Duration::from_secs(10 * 60);
/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(30);

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Both sides were done, or one broke off.
    Done,
    /// Nothing moved any more.
    Idle,
    /// Somebody ordered it.
    Closed,
}

/// Carries. `now_millis` is the clock.
pub(super) async fn carry<C, S>(
    client: C,
    server: S,
    connection: &Connection,
    now_millis: impl Fn() -> u64,
) -> Ended
where
    C: AsyncRead + AsyncWrite,
    S: AsyncRead + AsyncWrite,
{
    let (from_client, to_client) = tokio::io::split(client);
    let (from_server, to_server) = tokio::io::split(server);
    let moved = |count: usize, counter: &AtomicU64| {
        counter.fetch_add(count as u64, Ordering::Relaxed);
        connection.moved_millis.store(now_millis(), Ordering::Relaxed);
    };
    let half = AtomicU64::new(0);
    let up = pump(from_client, to_server, |count| moved(count, &connection.up_bytes), &half);
    let down = pump(from_server, to_client, |count| moved(count, &connection.down_bytes), &half);
    let both = async {
        let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
        // An error of one side ends both; an end leaves the other.
        tokio::select! {
            ended = &mut up => if ended.is_ok() { let _ = down.await; },
            ended = &mut down => if ended.is_ok() { let _ = up.await; },
        }
    };
    let idle = async {
        loop {
            tokio::time::sleep(LOOK).await;
            let patience = if half.load(Ordering::Relaxed) > 0 { HALF_IDLE } else { IDLE };
            let quiet = now_millis().saturating_sub(connection.moved_millis.load(Ordering::Relaxed));
            if u128::from(quiet) >= patience.as_millis() {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        () = connection.closed() => Ended::Closed,
        () = both => Ended::Done,
        () = idle => Ended::Idle,
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    moved: impl Fn(usize),
    half: &AtomicU64,
) -> std::io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            half.fetch_add(1, Ordering::Relaxed);
            return to.shutdown().await;
        }
        to.write_all(&buffer[..count]).await?;
        moved(count);
    }
}
