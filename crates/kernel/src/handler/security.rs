//! Rows about rights.

use super::subject;
use crate::caller::Caller;
use abi::{Capability, SysResult, table::ListCapabilities};

handlers! {
    ListCapabilities => list_capabilities;
}

fn list_capabilities(caller: &Caller, call: ListCapabilities) -> SysResult<Vec<Capability>> {
    Ok(subject(caller, call.pid)?.policy().granted().to_vec())
}
