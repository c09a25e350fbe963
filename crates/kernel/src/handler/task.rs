//! Rows about submitted calls.

use crate::caller::Caller;
use abi::{
    SysResult, Syscalls, TaskId,
    table::{GetTaskStatus, Submit, TaskCancel, TaskStatus},
};

handlers! {
    Submit => submit;
    GetTaskStatus => status;
    TaskCancel => cancel;
}

fn submit(caller: &Caller, call: Submit) -> SysResult<TaskId> {
    Syscalls::submit(caller, *call.call)
}

fn status(caller: &Caller, call: GetTaskStatus) -> SysResult<TaskStatus> {
    caller.core().tasks.status(caller.process().pid(), call.task)
}

fn cancel(caller: &Caller, call: TaskCancel) -> SysResult<bool> {
    caller.core().tasks.cancel(caller.process().pid(), call.task)
}
