//! The client behind `network_request`: HTTP/1.1 over TCP or TLS, to the addresses that the kernel has judged.
//!
//! It looks up no name, uses no proxy of the host, follows no redirection and keeps no connection: each request is
//! a decision of its own. Certificates are checked against the host's own store.
//! Refuses to judge: what may be reached was settled by the kernel's gate.

use abi::{
    Bytes, Errno, SysError, SysResult,
    table::{HttpMethod, NetworkResponse},
};
use kernel::network::{CheckedRequest, NetClient, NetFuture};
use reqwest::{
    Client, Method, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect::Policy,
};
use rustls_platform_verifier::ConfigVerifierExt as _;
use std::{
    collections::BTreeMap,
    error::Error,
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

/// Bytes of all headers of a response that are kept.
const MAX_HEADER_BYTES: usize = 256 * 1024;

/// See the module documentation.
#[derive(Default)]
pub(crate) struct HttpClient {
    /// Made with the first request over TLS, since the store of certificates takes milliseconds to read.
    tls: OnceLock<Result<rustls::ClientConfig, String>>,
}

impl NetClient for HttpClient {
    fn request(&self, request: CheckedRequest) -> NetFuture {
        let client = self.client_for(&request);
        Box::pin(async move { perform(client?, request).await })
    }
}

impl HttpClient {
    /// A client for this one request, which knows no address but those that were judged.
    fn client_for(&self, request: &CheckedRequest) -> SysResult<Client> {
        let builder = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .http1_only()
            .pool_max_idle_per_host(0)
            .timeout(request.timeout)
            .dns_resolver(Judged(request.addresses.clone()))
            .tls_backend_preconfigured(self.tls(&request.host)?);
        builder.build().map_err(|why| error(Errno::EIO, &request.host, &why))
    }

    fn tls(&self, host: &str) -> SysResult<rustls::ClientConfig> {
        let config = self.tls.get_or_init(|| {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            // Fails only where another part of the program has chosen one before, which is as good.
            let _ = rustls::crypto::CryptoProvider::install_default((*provider).clone());
            rustls::ClientConfig::with_platform_verifier().map_err(|why| why.to_string())
        });
        config.clone().map_err(|why| SysError::new(Errno::EIO, format!("{host}: no certificates: {why}")))
    }
}

/// Answers every name with the addresses that were judged.
struct Judged(Vec<SocketAddr>);

impl Resolve for Judged {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(async move { Ok(addresses) })
    }
}

async fn perform(client: Client, request: CheckedRequest) -> SysResult<NetworkResponse> {
    let CheckedRequest { method, url, host, headers, body, max_bytes, .. } = request;
    let mut builder = client.request(method_of(method), &url);
    for (name, value) in &headers {
        builder = builder.header(name, value);
    }
    if !body.is_empty() {
        builder = builder.body(body);
    }
    let response = builder.send().await.map_err(|why| error(errno_of(&why), &host, &why))?;
    let status = response.status().as_u16();
    let headers = kept_headers(response.headers());
    let body = kept_body(response, &host, max_bytes).await?;
    Ok(NetworkResponse { status, headers, body })
}

fn method_of(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
    }
}

fn kept_headers(found: &HeaderMap) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let mut room = MAX_HEADER_BYTES;
    for (name, value) in found {
        let value = String::from_utf8_lossy(value.as_bytes());
        let Some(left) = room.checked_sub(name.as_str().len() + value.len()) else { break };
        room = left;
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|before| {
                before.push_str(", ");
                before.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    headers
}

/// The body, never more of it in memory than was asked for.
async fn kept_body(mut response: Response, host: &str, max_bytes: u64) -> SysResult<Bytes> {
    let too_long =
        || SysError::new(Errno::EFBIG, format!("{host}: the body is longer than {max_bytes} bytes"));
    if response.content_length().is_some_and(|length| length > max_bytes) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|why| error(errno_of(&why), host, &why))? {
        if (body.len() + chunk.len()) as u64 > max_bytes {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Bytes(body))
}

/// What went wrong, by what lies deepest beneath it.
fn errno_of(why: &reqwest::Error) -> Errno {
    if why.is_timeout() {
        return Errno::ETIMEDOUT;
    }
    let host_error = beneath(why).filter_map(|why| why.downcast_ref::<io::Error>()).last();
    match host_error.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Errno::ECONNREFUSED,
        Some(
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof,
        ) => Errno::ECONNRESET,
        Some(io::ErrorKind::TimedOut) => Errno::ETIMEDOUT,
        Some(io::ErrorKind::NetworkUnreachable) => Errno::ENETUNREACH,
        Some(io::ErrorKind::HostUnreachable) => Errno::EHOSTUNREACH,
        _ => Errno::EIO,
    }
}

fn error(errno: Errno, host: &str, why: &reqwest::Error) -> SysError {
    // The outermost says only that a request failed; what lies beneath says why.
    SysError::new(errno, format!("{host}: {}", beneath(why).last().unwrap_or(why)))
}

/// What an error came from, the nearest first.
fn beneath<'a>(why: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(why.source(), |why| {
        let why: &'a (dyn Error + 'static) = *why;
        why.source()
    })
}
