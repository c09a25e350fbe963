//! Rows about the machine and the environment.

use crate::{caller::Caller, host::machine_memory};
use abi::{
    SysResult,
    table::{GetEnv, GetSystemInfo, ROWS, SetEnv, SystemInfo},
};
use nix::sys::utsname::{UtsName, uname};

handlers! {
    GetSystemInfo => get_system_info;
    GetEnv => get_env;
    SetEnv => set_env;
}

fn get_system_info(caller: &Caller, _: GetSystemInfo) -> SysResult<SystemInfo> {
    let core = caller.core();
    Ok(core.machine.get_or_init(|| describe_machine(core.boot)).clone())
}

/// Asked once: none of it changes while we run.
fn describe_machine(boot: u32) -> SystemInfo {
    let host = uname().ok();
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map_or_else(String::new, |part| part.to_string_lossy().into_owned())
    };
    SystemInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: format!(
            "{} {}",
            text(host.as_ref().map(UtsName::sysname)),
            text(host.as_ref().map(UtsName::release))
        ),
        hostname: text(host.as_ref().map(UtsName::nodename)),
        architecture: std::env::consts::ARCH.to_owned(),
        processors: std::thread::available_parallelism()
            .map_or(1, |count| u32::try_from(count.get()).unwrap_or(1)),
        memory_bytes: machine_memory().0,
        boot,
        syscalls: u32::try_from(ROWS.len()).unwrap_or(u32::MAX),
    }
}

fn get_env(caller: &Caller, call: GetEnv) -> SysResult<Option<String>> {
    Ok(caller.process().variable(&call.name))
}

fn set_env(caller: &Caller, call: SetEnv) -> SysResult<()> {
    caller.process().set_variable(&call.name, call.value)
}
