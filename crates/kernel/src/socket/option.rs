//! Options.

use super::{Socket, Stage, host::host_error};
use abi::{
    Errno, SysError, SysResult,
    table::{SocketDomain, SocketOption, SocketOptionName, SocketType},
};
use nix::sys::socket::{GetSockOpt, SetSockOpt, getsockopt, setsockopt, sockopt};
use std::sync::atomic::Ordering;

/// Largest buffer that can be asked for, bytes; the host may have a lower limit.
const MAX_BUFFER_BYTES: u64 = 16 * 1024 * 1024;
/// Longest wait that can be set: a day.
const MAX_TIMEOUT_MILLIS: u64 = 24 * 60 * 60 * 1000;

impl Socket {
    /// Sets an option. `EINVAL` for one that can only be read, `EOPNOTSUPP` for one that this kind of socket
    /// does not have.
    pub(crate) fn set_option(&self, option: &SocketOption) -> SysResult<()> {
        match option {
            SocketOption::ReuseAddress(on) => self.set(sockopt::ReuseAddr, on),
            SocketOption::NoDelay(on) => self.tcp()?.set(sockopt::TcpNoDelay, on),
            SocketOption::KeepAlive(on) => self.tcp()?.set(sockopt::KeepAlive, on),
            SocketOption::Broadcast(on) => self.udp()?.set(sockopt::Broadcast, on),
            SocketOption::SendBuffer(bytes) => self.set(sockopt::SndBuf, &buffer(*bytes)?),
            SocketOption::ReceiveBuffer(bytes) => self.set(sockopt::RcvBuf, &buffer(*bytes)?),
            SocketOption::SendTimeoutMillis(millis) => {
                self.send_timeout_millis.store((*millis).min(MAX_TIMEOUT_MILLIS), Ordering::Relaxed);
                Ok(())
            }
            SocketOption::ReceiveTimeoutMillis(millis) => {
                self.receive_timeout_millis.store((*millis).min(MAX_TIMEOUT_MILLIS), Ordering::Relaxed);
                Ok(())
            }
            SocketOption::LocalAddress(_)
            | SocketOption::PeerAddress(_)
            | SocketOption::Listening(_)
            | SocketOption::Type(_)
            | SocketOption::Domain(_) => {
                Err(SysError::new(Errno::EINVAL, "this option can be read, not set"))
            }
        }
    }

    /// What an option is.
    pub(crate) fn option(&self, name: SocketOptionName) -> SysResult<SocketOption> {
        use SocketOptionName as N;
        Ok(match name {
            N::ReuseAddress => SocketOption::ReuseAddress(self.get(sockopt::ReuseAddr)?),
            N::NoDelay => SocketOption::NoDelay(self.tcp()?.get(sockopt::TcpNoDelay)?),
            N::KeepAlive => SocketOption::KeepAlive(self.tcp()?.get(sockopt::KeepAlive)?),
            N::Broadcast => SocketOption::Broadcast(self.udp()?.get(sockopt::Broadcast)?),
            N::SendBuffer => SocketOption::SendBuffer(self.get(sockopt::SndBuf)? as u64),
            N::ReceiveBuffer => SocketOption::ReceiveBuffer(self.get(sockopt::RcvBuf)? as u64),
            N::SendTimeoutMillis => SocketOption::SendTimeoutMillis(self.send_timeout_millis()),
            N::ReceiveTimeoutMillis => SocketOption::ReceiveTimeoutMillis(self.receive_timeout_millis()),
            N::LocalAddress => SocketOption::LocalAddress(self.local()),
            N::PeerAddress => SocketOption::PeerAddress(self.peer()),
            N::Listening => SocketOption::Listening(self.stage() == Stage::Listening),
            N::Type => SocketOption::Type(self.kind),
            N::Domain => SocketOption::Domain(self.domain),
        })
    }

    fn tcp(&self) -> SysResult<&Self> {
        self.only(self.kind == SocketType::Stream && self.domain != SocketDomain::Unix)
    }

    fn udp(&self) -> SysResult<&Self> {
        self.only(self.kind == SocketType::Datagram && self.domain != SocketDomain::Unix)
    }

    fn only(&self, has_it: bool) -> SysResult<&Self> {
        if has_it {
            return Ok(self);
        }
        Err(SysError::new(Errno::EOPNOTSUPP, format!("a {} has no such option", self.kind_name())))
    }

    fn set<O: SetSockOpt>(&self, option: O, value: &O::Val) -> SysResult<()> {
        self.check_open()?;
        setsockopt(&*self.host, option, value).map_err(|why| host_error("setsockopt", &why.into()))
    }

    fn get<O: GetSockOpt>(&self, option: O) -> SysResult<O::Val> {
        self.check_open()?;
        getsockopt(&*self.host, option).map_err(|why| host_error("getsockopt", &why.into()))
    }
}

fn buffer(bytes: u64) -> SysResult<usize> {
    match usize::try_from(bytes) {
        Ok(size) if (1..=MAX_BUFFER_BYTES).contains(&bytes) => Ok(size),
        _ => Err(SysError::new(
            Errno::EINVAL,
            format!("a buffer has 1 to {MAX_BUFFER_BYTES} bytes, not {bytes}"),
        )),
    }
}
