//! The variables by which programs find their proxy.
//!
//! One proxy speaks HTTP and SOCKS 5 at one port. `ALL_PROXY` names it as HTTP, since widely used libraries of Python
//! fail on a SOCKS proxy for which they lack a part, and everything that asks for a host can do so with `CONNECT`.
//! What is on the program's own loopback goes there directly.

/// Hosts that are the program's own.
const OWN: &str = "localhost,127.0.0.1,::1,.localhost";

/// All variables for a relay at a port of the loopback.
pub(crate) fn variables(port: u16) -> Vec<(String, String)> {
    let url = format!("http://127.0.0.1:{port}");
    let mut variables: Vec<(String, String)> = Vec::new();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        // curl takes `http_proxy` in small letters only, others large ones only.
        variables.push((name.to_owned(), url.clone()));
        variables.push((name.to_ascii_lowercase(), url.clone()));
    }
    for name in ["NO_PROXY", "no_proxy"] {
        variables.push((name.to_owned(), OWN.to_owned()));
    }
    for (name, value) in [
        ("npm_config_proxy", url.as_str()),
        ("npm_config_https_proxy", url.as_str()),
        ("npm_config_noproxy", OWN),
        ("YARN_HTTP_PROXY", url.as_str()),
        ("YARN_HTTPS_PROXY", url.as_str()),
        ("CARGO_HTTP_PROXY", url.as_str()),
        ("PIP_PROXY", url.as_str()),
        // Node's own `fetch` asks the environment only when told to.
        ("NODE_USE_ENV_PROXY", "1"),
    ] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    variables.push(("RSYNC_PROXY".to_owned(), format!("127.0.0.1:{port}")));
    variables
}
