//! Rows about programs in the sandbox, each beside what people would use instead.

mod network;
mod observe;
mod spawn;

use super::Meter;

/// All of them. The running program has to be its own helper ([`crate::run_if_helper`]), or lie beside
/// `agentos-sandbox`.
///
/// # Errors
/// What a row needs cannot be prepared.
pub fn all(meter: &mut dyn Meter) -> anyhow::Result<()> {
    spawn::rows(meter)?;
    observe::rows(meter)?;
    network::rows(meter)
}
