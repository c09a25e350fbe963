//! What a handler is.

use crate::{
    caller::Caller,
    process::Process,
    task::block_on,
    vfs::{LastLink, Resolved},
};
use abi::{Errno, SysError, SysResult, Syscall};
use std::{future::Future, pin::pin, task::Poll};

/// The handler of a row.
pub(crate) trait Handle: Syscall {
    /// What the call's paths lead to; `()` for rows without.
    type Object: Send;

    /// Whether it takes paths and changes nothing, so that it can be tried with the paths as they stand.
    const LOOKS_AT_PATHS: bool = false;

    /// Replaces each path of the call by the path of the object it leads to, and finds that object. When
    /// it cannot be found out, the path still becomes absolute, so that the gate can judge it.
    fn resolve(&mut self, paths: &Paths<'_>) -> SysResult<Self::Object>;

    /// Does what the row says. Everything about permission was settled before.
    fn run(self, caller: &Caller, object: Self::Object) -> SysResult<Self::Reply>;
}

/// The handler of a row that may wait: its `run` parks the calling thread, the door's future does not.
pub(crate) trait Wait: Handle {
    /// Whether a signal that the caller handles ends the wait with `EINTR`.
    const INTERRUPTIBLE: bool = true;

    /// Does what the row says.
    fn wait(self, caller: &Caller) -> impl Future<Output = SysResult<Self::Reply>> + Send;
}

/// Runs a waiting handler on this thread.
pub(crate) fn run_waiting<C: Wait>(caller: &Caller, call: C) -> SysResult<C::Reply> {
    let _timers = caller.core().runtime().enter();
    block_on(wait_unless_interrupted(caller, call))
}

/// Does what a row says, until a signal interrupts it.
pub(super) async fn wait_unless_interrupted<C: Wait>(caller: &Caller, call: C) -> SysResult<C::Reply> {
    if C::INTERRUPTIBLE {
        unless_interrupted(caller.process(), C::ROW.name, call.wait(caller)).await
    } else {
        call.wait(caller).await
    }
}

/// What `future` comes to, unless a signal that the process handles comes while it waits.
pub(crate) async fn unless_interrupted<T>(
    process: &Process,
    what: &str,
    future: impl Future<Output = SysResult<T>>,
) -> SysResult<T> {
    let (mut future, mut interruption) = (pin!(future), pin!(process.signals.interruption()));
    std::future::poll_fn(|context| {
        // What is there is taken, signal or not.
        match future.as_mut().poll(context) {
            Poll::Pending => {}
            ready @ Poll::Ready(_) => return ready,
        }
        let interrupted = || Err(SysError::new(Errno::EINTR, format!("{what}: a signal came")));
        interruption.as_mut().poll(context).map(|()| interrupted())
    })
    .await
}

/// What is done about symbolic links on the way to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    /// None is expected: nobody looks, and a call that meets one says `ELOOP`.
    Unexpected,
    /// They are looked up and followed.
    Follow,
}

/// How the paths of a call become objects.
pub(crate) struct Paths<'a> {
    pub(super) caller: &'a Caller,
    pub(super) links: Links,
}

impl Paths<'_> {
    /// A symbolic link at the end is followed.
    pub(crate) fn follow(&self, path: &mut String) -> SysResult<Resolved> {
        self.resolve(path, LastLink::Follow)
    }

    /// A symbolic link at the end is the object itself.
    pub(crate) fn keep(&self, path: &mut String) -> SysResult<Resolved> {
        self.resolve(path, LastLink::Keep)
    }

    fn resolve(&self, path: &mut String, last: LastLink) -> SysResult<Resolved> {
        let absolute = self.caller.process().working_dir().join(path)?;
        absolute.as_str().clone_into(path);
        let mounts = &self.caller.core().mounts;
        if self.links == Links::Unexpected {
            return Ok(mounts.assume(&absolute, last));
        }
        let object = mounts.resolve(&absolute, last)?;
        object.path().as_str().clone_into(path);
        Ok(object)
    }
}

/// Ties rows to their handlers. `Row => function` for rows without paths, `Row(follow path) =>
/// function` and `Row(keep from, keep to) => function` for those with; the function gets the objects.
/// `Row waits` for a row that implements [`Wait`].
macro_rules! handlers {
    () => {};
    ($Call:ident => $run:path; $($rest:tt)*) => {
        impl $crate::door::Handle for abi::table::$Call {
            type Object = ();
            #[inline]
            fn resolve(&mut self, _: &$crate::door::Paths<'_>) -> abi::SysResult<()> {
                Ok(())
            }
            #[inline]
            fn run(self, caller: &$crate::caller::Caller, (): ()) -> abi::SysResult<Self::Reply> {
                $run(caller, self)
            }
        }
        handlers!($($rest)*);
    };
    ($Call:ident($links:ident $path:ident) => $run:path; $($rest:tt)*) => {
        impl $crate::door::Handle for abi::table::$Call {
            type Object = $crate::vfs::Resolved;
            const LOOKS_AT_PATHS: bool = !<Self as abi::Syscall>::ROW.mutates;
            fn resolve(&mut self, paths: &$crate::door::Paths<'_>) -> abi::SysResult<Self::Object> {
                paths.$links(&mut self.$path)
            }
            fn run(self, caller: &$crate::caller::Caller, object: Self::Object) -> abi::SysResult<Self::Reply> {
                $run(caller, self, &object)
            }
        }
        handlers!($($rest)*);
    };
    ($Call:ident($links:ident $path:ident, $more_links:ident $more:ident) => $run:path; $($rest:tt)*) => {
        impl $crate::door::Handle for abi::table::$Call {
            type Object = ($crate::vfs::Resolved, $crate::vfs::Resolved);
            fn resolve(&mut self, paths: &$crate::door::Paths<'_>) -> abi::SysResult<Self::Object> {
                let first = paths.$links(&mut self.$path);
                let second = paths.$more_links(&mut self.$more);
                Ok((first?, second?))
            }
            fn run(self, caller: &$crate::caller::Caller, object: Self::Object) -> abi::SysResult<Self::Reply> {
                $run(caller, self, &object.0, &object.1)
            }
        }
        handlers!($($rest)*);
    };
    ($Call:ident waits; $($rest:tt)*) => {
        impl $crate::door::Handle for abi::table::$Call {
            type Object = ();
            fn resolve(&mut self, _: &$crate::door::Paths<'_>) -> abi::SysResult<()> {
                Ok(())
            }
            fn run(self, caller: &$crate::caller::Caller, (): ()) -> abi::SysResult<Self::Reply> {
                $crate::door::run_waiting(caller, self)
            }
        }
        handlers!($($rest)*);
    };
}
