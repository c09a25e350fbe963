//! The row that reaches out over HTTP.

use crate::{
    caller::Caller,
    door::{Wait, admit_target},
    network::{CheckedRequest, Host, Protocol, Target, Url},
};
use abi::{
    Errno, SysError, SysResult,
    table::{NetworkRequest, NetworkResponse},
};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// How long a request may take where nothing is said.
const TIMEOUT_MILLIS: u64 = 30_000;
/// How long it may take in any case: an hour.
const MAX_TIMEOUT_MILLIS: u64 = 60 * 60 * 1000;
/// Longest body of a response, bytes.
const MAX_BODY_BYTES: u64 = 64 * 1024 * 1024;
/// Headers of a request, and bytes of one.
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 16 * 1024;

handlers! {
    NetworkRequest waits;
}

impl Wait for NetworkRequest {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<NetworkResponse> {
        caller.core().need(|switches| switches.network, "network_request")?;
        let network = &caller.core().network;
        let url = Url::parse(&self.url)?;
        check_headers(&self)?;
        let client = network.client().ok_or_else(|| {
            SysError::new(
                Errno::ENOSYS,
                "network_request: this AgentOS was started without a client for HTTP",
            )
        })?;
        let millis = self.timeout_millis.unwrap_or(TIMEOUT_MILLIS).min(MAX_TIMEOUT_MILLIS);
        let response = async {
            let found = network.addresses(&url.host).await?;
            let addresses = judged(caller, &url, &found)?;
            let host = match &url.host {
                Host::Address(address) => address.to_string(),
                Host::Name(name) => name.clone(),
            };
            let request = CheckedRequest {
                method: self.method,
                url: self.url,
                host,
                addresses,
                headers: self.headers,
                body: self.body.0,
                max_bytes: self.max_bytes.min(MAX_BODY_BYTES),
                timeout: Duration::from_millis(millis),
            };
            client.request(request).await
        };
        super::within(Some(millis), "network_request", response).await?
    }
}

/// The addresses that the rules allow; the denial of the first where they allow none.
fn judged(caller: &Caller, url: &Url, found: &[IpAddr]) -> SysResult<Vec<SocketAddr>> {
    let target = |address: IpAddr| match &url.host {
        Host::Name(name) if url.host.local().is_none() => {
            Target::resolved(name, address, url.port, Protocol::Tcp)
        }
        _ => Target::address(address, url.port, Protocol::Tcp),
    };
    let (gate, process) = (&caller.core().gate, caller.process());
    let allowed = found.iter().filter(|address| gate.network(process, &target(**address)).is_ok());
    let allowed: Vec<_> = allowed.map(|address| SocketAddr::new(*address, url.port)).collect();
    if allowed.is_empty()
        && let Some(first) = found.first()
    {
        admit_target::<NetworkRequest>(caller, &target(*first))?;
    }
    Ok(allowed)
}

/// A header that ends early would smuggle another one in.
fn check_headers(call: &NetworkRequest) -> SysResult<()> {
    if call.headers.len() > MAX_HEADERS {
        return Err(SysError::new(Errno::EINVAL, format!("more than {MAX_HEADERS} headers")));
    }
    for (name, value) in &call.headers {
        let is_token = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        let is_text = value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f));
        if !is_token || !is_text || name.len() + value.len() > MAX_HEADER_BYTES {
            let shown = crate::text::cut(name, 100);
            return Err(SysError::new(Errno::EINVAL, format!("{shown:?} is no header that can be sent")));
        }
        if name.eq_ignore_ascii_case("host") {
            return Err(SysError::new(Errno::EINVAL, "the host is the one in the URL"));
        }
    }
    Ok(())
}
