//! Who performs requests over HTTP. The kernel judges them and knows no protocol itself.

use abi::{
    SysResult,
    table::{HttpMethod, NetworkResponse},
};
use std::{collections::BTreeMap, future::Future, net::SocketAddr, pin::Pin, time::Duration};

/// A request that was judged.
#[derive(Clone, Debug)]
pub struct CheckedRequest {
    /// What to do.
    pub method: HttpMethod,
    /// `http` or `https`, with host, path and query.
    pub url: String,
    /// The host in the URL, for the `Host` header and the certificate.
    pub host: String,
    /// The addresses that the rules allow. No other may be connected to.
    pub addresses: Vec<SocketAddr>,
    /// Headers to send.
    pub headers: BTreeMap<String, String>,
    /// The body to send.
    pub body: Vec<u8>,
    /// Longest body of the response, bytes; a longer one is `EFBIG`.
    pub max_bytes: u64,
    /// How long it may take.
    pub timeout: Duration,
}

/// What a client comes back with.
pub type NetFuture = Pin<Box<dyn Future<Output = SysResult<NetworkResponse>> + Send>>;

/// Performs requests for the kernel.
///
/// A client connects to the addresses that it is given and to nothing else: it looks up no name, uses no
/// proxy of the host and follows no redirection, since nobody has judged where that leads.
pub trait NetClient: Send + Sync {
    /// Performs one request.
    fn request(&self, request: CheckedRequest) -> NetFuture;
}
