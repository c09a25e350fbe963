//! Rows about time.

use super::MAX_WAIT_MILLIS;
use crate::{caller::Caller, door::Wait};
use abi::{
    Errno, SysError, SysResult,
    table::{CurrentTime, GetCurrentTime, GetUptime, Sleep, Uptime},
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

handlers! {
    GetCurrentTime => get_current_time;
    Sleep waits;
    GetUptime => get_uptime;
}

fn get_current_time(_: &Caller, _: GetCurrentTime) -> SysResult<CurrentTime> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(CurrentTime {
        unix_millis: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        nanos: since.subsec_nanos() % 1_000_000,
    })
}

impl Wait for Sleep {
    async fn wait(self, _: &Caller) -> SysResult<()> {
        if self.millis > MAX_WAIT_MILLIS {
            return Err(SysError::new(Errno::EINVAL, format!("{} ms are more than a day", self.millis)));
        }
        tokio::time::sleep(Duration::from_millis(self.millis)).await;
        Ok(())
    }
}

#[inline]
fn get_uptime(caller: &Caller, _: GetUptime) -> SysResult<Uptime> {
    Ok(Uptime { nanos: caller.core().uptime_nanos() })
}
