//! What `poll` asks: whether a call would come back at once.

use super::{Socket, Stage};
use abi::table::SocketType;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;
use tokio::io::Interest;

impl Socket {
    /// Whether a receive or accept comes back at once, and whether the other side is done or it is closed.
    pub(crate) fn readiness(&self) -> (bool, bool) {
        let found = self.host_readiness(PollFlags::POLLIN);
        let is_over = match (self.kind, self.stage()) {
            _ if self.check_open().is_err() => true,
            // An error of a datagram is one message's and not the end.
            (SocketType::Stream, Stage::Connected) => {
                found.intersects(PollFlags::POLLHUP | PollFlags::POLLERR)
                    || (found.contains(PollFlags::POLLIN) && self.host.is_at_end())
            }
            _ => false,
        };
        (!found.is_empty(), is_over)
    }

    /// Whether a send comes back at once.
    pub(crate) fn can_send_now(&self) -> bool {
        self.host_readiness(PollFlags::POLLOUT).intersects(PollFlags::POLLOUT | PollFlags::POLLERR)
    }

    /// Waits until a receive, accept or, for writing, a send would come back at once; or the socket is closed.
    /// For ever, where that cannot come about.
    pub(crate) async fn ready(&self, interest: Interest) {
        let closing = self.closing.notified();
        tokio::pin!(closing);
        closing.as_mut().enable();
        if self.check_open().is_err() {
            return;
        }
        let ready = async {
            // One that is neither bound nor connected is hung up for the host, and would stay so for the runtime.
            if !self.can_become_ready() {
                return std::future::pending().await;
            }
            let Ok(registered) = self.registered() else { return };
            loop {
                let Ok(mut guard) = registered.ready(interest).await else { return };
                let is_so = if interest.is_writable() { self.can_send_now() } else { self.readiness().0 };
                if is_so {
                    return;
                }
                // The runtime remembers what somebody else has used up meanwhile.
                guard.clear_ready();
            }
        };
        tokio::select! {
            () = ready => {}
            () = closing => {}
        }
    }

    fn can_become_ready(&self) -> bool {
        self.kind == SocketType::Datagram || matches!(self.stage(), Stage::Listening | Stage::Connected)
    }

    fn host_readiness(&self, wanted: PollFlags) -> PollFlags {
        if self.check_open().is_err() {
            return PollFlags::POLLIN | PollFlags::POLLOUT | PollFlags::POLLHUP;
        }
        if !self.can_become_ready() {
            return PollFlags::empty();
        }
        let mut asked = [PollFd::new(self.host.as_fd(), wanted)];
        match poll(&mut asked, PollTimeout::ZERO) {
            Ok(_) => asked[0].revents().unwrap_or(PollFlags::empty()),
            Err(_) => PollFlags::empty(),
        }
    }
}
