//! Names of hosts: looked up here and once, so that the address that was judged is the one that is used.

use super::{Host, NetClient};
use crate::sync::{read, write};
use abi::{Errno, SysError, SysResult};
use std::{
    io,
    net::{IpAddr, ToSocketAddrs},
    sync::{Arc, RwLock},
    time::Duration,
};
use tokio::sync::Semaphore;

/// How long a look-up may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Look-ups at one time; each holds a thread of the pool.
const MAX_LOOKUPS: usize = 4;
/// Addresses of a name that are looked at.
const MAX_ADDRESSES: usize = 16;

/// Who knows the addresses of names.
pub trait Resolver: Send + Sync {
    /// The addresses of a name; called on a thread that may wait.
    ///
    /// # Errors
    /// When the name is not known, or nobody can say.
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The host's own way (`getaddrinfo`).
pub struct HostResolver;

impl Resolver for HostResolver {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// What the kernel needs to reach the network beside sockets.
pub(crate) struct Network {
    resolver: RwLock<Arc<dyn Resolver>>,
    client: RwLock<Option<Arc<dyn NetClient>>>,
    lookups: Semaphore,
}

impl Network {
    pub(crate) fn new() -> Self {
        Network {
            resolver: RwLock::new(Arc::new(HostResolver)),
            client: RwLock::default(),
            lookups: Semaphore::new(MAX_LOOKUPS),
        }
    }

    pub(crate) fn set_resolver(&self, resolver: Arc<dyn Resolver>) {
        *write(&self.resolver) = resolver;
    }

    pub(crate) fn set_client(&self, client: Option<Arc<dyn NetClient>>) {
        *write(&self.client) = client;
    }

    pub(crate) fn client(&self) -> Option<Arc<dyn NetClient>> {
        read(&self.client).clone()
    }

    /// The addresses of a host, at least one. `EADDRNOTAVAIL` for a name without one, `ETIMEDOUT` when
    /// nobody says within ten seconds.
    pub(crate) async fn addresses(&self, host: &Host) -> SysResult<Vec<IpAddr>> {
        let name = match host {
            Host::Address(address) => return Ok(vec![*address]),
            Host::Name(_) if let Some(local) = host.local() => return Ok(local.to_vec()),
            Host::Name(name) => name,
        };
        let unknown = |why: &dyn std::fmt::Display| {
            SysError::new(Errno::EADDRNOTAVAIL, format!("{name}: its address cannot be found: {why}"))
        };
        let look_up = async {
            // Closed by nobody; an error would only mean that the kernel ends.
            let _permit = self.lookups.acquire().await.map_err(|why| unknown(&why))?;
            let (resolver, asked) = (read(&self.resolver).clone(), name.clone());
            let found = tokio::task::spawn_blocking(move || resolver.resolve(&asked)).await;
            found.map_err(|why| unknown(&why))?.map_err(|why| unknown(&why))
        };
        let late = |_| SysError::new(Errno::ETIMEDOUT, format!("{name}: its address was not found in time"));
        let mut found = tokio::time::timeout(PATIENCE, look_up).await.map_err(late)??;
        found.truncate(MAX_ADDRESSES);
        if found.is_empty() { Err(unknown(&"it has none")) } else { Ok(found) }
    }
}
