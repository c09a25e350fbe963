//! How each documented error of each row is reached: most by what all paths, numbers and processes have in
//! common, the rest one by one. What no call can bring about is in [`UNREACHABLE`], with the reason.
//!
//! In lines, `$D` is the case's own folder (with `a.txt`, `notes.txt`, the empty `folder`, the full `full`, and
//! `loop`, a link to itself), `$x={…}` keeps a reply as `$x`, `$PID` is the case's process, `other:` is spoken
//! by another process with every right, and what begins with `?` may fail.

use super::session::{Session, every_right};
use abi::table::{ROWS, Row};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpListener,
};

/// A way to an error.
pub(crate) struct Case {
    pub(crate) row: &'static str,
    pub(crate) errno: &'static str,
    setup: Vec<String>,
    line: String,
}

const HOST: &str = "only a host that fails says so; a failing one is put under the file systems and the journal in their own tests";
const CANCELLED: &str =
    "needs a file so large that its task is met before it is done: see the kernel's tests of files";

/// Row (`*` for all), errno, why no call reaches it.
pub(crate) const UNREACHABLE: &[(&str, &str, &str)] = &[
    ("*", "EIO", HOST),
    ("sendfile", "ECANCELED", CANCELLED),
    ("copy", "ECANCELED", CANCELLED),
    ("trash_empty", "ECANCELED", CANCELLED),
    ("*", "ENOMEM", "only a machine without memory says so, or the bound of 4 GiB of pipes and segments"),
    ("*", "ENFILE", "only a machine with its file table full says so"),
    ("*", "ENOSYS", "only a machine or a build without it says so: no journal, no client, no IPv6"),
    ("*", "ECONNRESET", "by a peer that resets: see the kernel's tests of sockets"),
    ("*", "ENETUNREACH", "depends on the machine's routes"),
    ("*", "EHOSTUNREACH", "depends on the machine's routes"),
    ("spawn", "EAGAIN", "needs a process table that is full"),
    ("exec_pty", "EAGAIN", "needs a process table that is full"),
    ("attach_held", "EAGAIN", "needs a program that outlived a desktop: see programs/held.rs"),
    ("attach_held", "EBUSY", "needs a program that outlived a desktop: see programs/held.rs"),
    ("attach_held", "EPERM", "needs a program that outlived a desktop: see programs/held.rs"),
    ("attach_held", "EMFILE", "needs a program that outlived a desktop: see programs/held.rs"),
    ("end_held", "EBUSY", "needs a program that outlived a desktop: see programs/held.rs"),
    ("list", "EFBIG", "needs 100,001 names: see the tests of the file systems"),
    ("trash_list", "EFBIG", "needs 100,001 names: see the tests of the file systems"),
    ("undo_plan", "EFBIG", "needs more steps than a conversation makes: see the tests of undo"),
    ("undo", "EFBIG", "needs more steps than a conversation makes: see the tests of undo"),
    ("undo", "EBUSY", "needs newer content under another cause, and a conversation has one: see history.rs"),
    ("undo", "ENOENT", "needs a before-image that is gone: see the tests of undo"),
    ("undo", "ENOSPC", "needs a full disk: see the tests of undo"),
    ("undo", "EDQUOT", "needs a full disk: see the tests of undo"),
    ("fsync", "ENOSPC", "only a host that allocates late says so"),
    ("fsync", "EDQUOT", "only a host that allocates late says so"),
    ("watch", "ENOSPC", "needs 1,024 watches, or a host that has no more: see the tests of watching"),
    ("unmount", "EBUSY", "nothing can be mounted beneath `/mnt/<name>` by a call"),
    ("trash", "EEXIST", "needs a thousand things of one name in the trash: see the tests of the trash"),
    ("trash", "EDQUOT", "only a host with quotas says so"),
    ("trash_empty", "EROFS", "needs a read-only folder of the host with a trash in it"),
    ("chmod", "EPERM", "only a host says so, of files that are somebody else's"),
    ("set_times", "EPERM", "only a host says so, of files that are somebody else's"),
    ("fd_write", "EROFS", "only a host that becomes read-only meanwhile says so: opening refuses before"),
    ("fd_pwrite", "EROFS", "only a host that becomes read-only meanwhile says so: opening refuses before"),
    ("sendfile", "EROFS", "only a host that becomes read-only meanwhile says so: opening refuses before"),
    ("truncate", "ENOSPC", "only a host without room says so: in memory a hole takes none"),
    ("mkdir", "ENOSPC", "only a host without room says so: in memory a name takes none"),
    ("open", "ENOSPC", "only a host without room says so: in memory a name takes none"),
    ("symlink", "ENOSPC", "only a host without room says so: in memory a name takes none"),
    ("link", "ENOSPC", "only a host without room says so: in memory a name takes none"),
    (
        "stream_open_write",
        "ENOSPC",
        "only a host without room says so: in memory it is asked at the first part",
    ),
    ("stream_close", "ENOSPC", "only a host without room says so: the parts are there before"),
    ("stream_close", "EDQUOT", "only a host with quotas says so: the parts are there before"),
    ("mmap_write", "EDQUOT", "only a host with quotas says so: a mapping makes no file longer"),
    ("shm_read", "EBUSY", "needs a view that is held in the program: see the tests of shared memory"),
    ("shm_write", "EBUSY", "needs a view that is held in the program: see the tests of shared memory"),
    ("shm_create", "EMFILE", "needs 4,096 segments"),
    ("queue_subscribe", "EMFILE", "needs as many processes as a queue has subscribers: see ipc.rs"),
    ("stream_push", "EAGAIN", "needs 64 parts that wait for a slow disk: see streams.rs"),
];

pub(crate) fn why_not(row: &str, errno: &str) -> Option<&'static str> {
    let excuse = UNREACHABLE.iter().find(|(r, e, _)| (*r == row || *r == "*") && *e == errno);
    excuse.map(|(_, _, why)| *why)
}

/// One by one. Setup lines are separated by `;;`.
const BY_HAND: &[(&str, &str, &str, &str)] = &[
    (
        "read",
        "EFBIG",
        r#"{"call":"truncate","path":"$D/a.txt","size":68157440}"#,
        r#"{"call":"read","path":"$D/a.txt"}"#,
    ),
    ("truncate", "EFBIG", "", r#"{"call":"truncate","path":"$D/a.txt","size":18446744073709551615}"#),
    ("mkdir", "EEXIST", "", r#"{"call":"mkdir","path":"$D/folder"}"#),
    ("create", "EEXIST", "", r#"{"call":"create","path":"$D/a.txt"}"#),
    ("symlink", "EEXIST", "", r#"{"call":"symlink","target":"x","path":"$D/a.txt"}"#),
    ("link", "EEXIST", "", r#"{"call":"link","from":"$D/a.txt","to":"$D/notes.txt"}"#),
    ("move", "EEXIST", "", r#"{"call":"move","from":"$D/a.txt","to":"$D/notes.txt"}"#),
    ("copy", "EEXIST", "", r#"{"call":"copy","from":"$D/a.txt","to":"$D/notes.txt"}"#),
    (
        "open",
        "EEXIST",
        "",
        r#"{"call":"open","path":"$D/a.txt","mode":{"write":true,"create":true,"exclusive":true}}"#,
    ),
    (
        "trash_restore",
        "EEXIST",
        r#"$t={"call":"trash","path":"$D/a.txt"}"#,
        r#"{"call":"trash_restore","item":$t,"to":"$D/notes.txt"}"#,
    ),
    (
        "queue_create",
        "EEXIST",
        r#"{"call":"queue_create","name":"q$N"}"#,
        r#"{"call":"queue_create","name":"q$N"}"#,
    ),
    (
        "queue_subscribe",
        "EEXIST",
        r#"$q={"call":"queue_create","name":"q$N","kind":"pub_sub"};;{"call":"queue_subscribe","queue":$q}"#,
        r#"{"call":"queue_subscribe","queue":$q}"#,
    ),
    ("move", "EISDIR", "", r#"{"call":"move","from":"$D/a.txt","to":"$D/folder","overwrite":true}"#),
    ("copy", "EISDIR", "", r#"{"call":"copy","from":"$D/folder","to":"$D/b.txt"}"#),
    ("open", "EISDIR", "", r#"{"call":"open","path":"$D/folder","mode":{"write":true}}"#),
    (
        "stream_close",
        "EISDIR",
        r#"$f={"call":"stream_open_write","path":"$D/late"};;{"call":"mkdir","path":"$D/late"}"#,
        r#"{"call":"stream_close","fd":$f}"#,
    ),
    ("move", "ENOTEMPTY", "", r#"{"call":"move","from":"$D/folder","to":"$D/full","overwrite":true}"#),
    ("rmdir", "ENOTEMPTY", "", r#"{"call":"rmdir","path":"$D/full"}"#),
    ("move", "EXDEV", "", r#"{"call":"move","from":"$D/a.txt","to":"/tmp/x$N"}"#),
    ("link", "EXDEV", "", r#"{"call":"link","from":"$D/a.txt","to":"/tmp/x$N"}"#),
    (
        "trash_restore",
        "EXDEV",
        r#"$t={"call":"trash","path":"$D/a.txt"}"#,
        r#"{"call":"trash_restore","item":$t,"to":"/tmp/x$N"}"#,
    ),
    ("move", "EBUSY", "", r#"{"call":"move","from":"/tmp","to":"/tmp2"}"#),
    ("rmdir", "EBUSY", "", r#"{"call":"rmdir","path":"/tmp"}"#),
    ("chmod", "EBUSY", "", r#"{"call":"chmod","path":"/tmp","mode":448}"#),
    ("set_times", "EBUSY", "", r#"{"call":"set_times","path":"/tmp","modified_millis":1}"#),
    ("trash", "EBUSY", "", r#"{"call":"trash","path":"/home"}"#),
    (
        "trash_restore",
        "EBUSY",
        r#"$t={"call":"trash","path":"$D/a.txt"}"#,
        r#"{"call":"trash_restore","item":$t,"to":"/home"}"#,
    ),
    (
        "mount",
        "EBUSY",
        r#"{"call":"mount","path":"/mnt/b$N","size_bytes":4096}"#,
        r#"{"call":"mount","path":"/mnt/b$N","size_bytes":4096}"#,
    ),
    (
        "bind",
        "EBUSY",
        r#"{"call":"socket","domain":"unix"}"#,
        r#"{"call":"bind","fd":0,"address":{"path":"/home"}}"#,
    ),
    ("link", "EPERM", "", r#"{"call":"link","from":"$D/folder","to":"$D/x"}"#),
    ("mount", "EPERM", "", r#"{"call":"mount","path":"/home/x"}"#),
    ("unmount", "EPERM", "", r#"{"call":"unmount","path":"/home"}"#),
    ("kill", "EPERM", "", r#"{"call":"kill","pid":0}"#),
    ("send_signal", "EPERM", "", r#"{"call":"send_signal","pid":0,"signal":15}"#),
    ("set_process_priority", "EPERM", "", r#"{"call":"set_process_priority","pid":0,"priority":1}"#),
    ("set_limits", "EPERM", "", r#"{"call":"set_limits","pid":0,"limits":{}}"#),
    ("grant_capability", "EPERM", "", r#"{"call":"grant_capability","pid":0,"capability":"TimeAccess"}"#),
    ("revoke_capability", "EPERM", "", r#"{"call":"revoke_capability","pid":0,"capability":"TimeAccess"}"#),
    (
        "answer_capability_request",
        "ENOENT",
        "",
        r#"{"call":"answer_capability_request","request":999999,"answer":"run"}"#,
    ),
    (
        "answer_capability_request",
        "EPERM",
        r#"other:{"call":"list_capability_requests"};;{"call":"submit","do":{"call":"request_capability","capability":{"BindPort":7}}};;wait:{"call":"list_capability_requests"}"#,
        r#"{"call":"answer_capability_request","request":$w,"answer":"run"}"#,
    ),
    ("request_capability", "EACCES", r#"as:[]"#, r#"{"call":"request_capability","capability":"Mount"}"#),
    (
        "request_capability",
        "ETIMEDOUT",
        r#"other:{"call":"list_capability_requests"};;as:[]"#,
        r#"{"call":"request_capability","capability":"Mount","timeout_millis":1}"#,
    ),
    (
        "mmap_write",
        "EPERM",
        r#"$m={"call":"mmap","path":"$D/a.txt","access":"read_only"}"#,
        r#"{"call":"mmap_write","map":$m,"data":"x"}"#,
    ),
    (
        "mmap_write",
        "ERANGE",
        r#"$m={"call":"mmap","path":"$D/a.txt","access":"read_write"}"#,
        r#"{"call":"mmap_write","map":$m,"offset":100,"data":"x"}"#,
    ),
    (
        "mmap_read",
        "ERANGE",
        r#"$m={"call":"mmap","path":"$D/a.txt"}"#,
        r#"{"call":"mmap_read","map":$m,"offset":100,"size":1}"#,
    ),
    ("mmap", "ERANGE", "", r#"{"call":"mmap","path":"$D/a.txt","offset":100,"length":10}"#),
    (
        "shm_write",
        "ERANGE",
        r#"$s={"call":"shm_create","size":10};;{"call":"shm_attach","shm":$s,"access":"read_write"}"#,
        r#"{"call":"shm_write","shm":$s,"offset":100,"data":"x"}"#,
    ),
    (
        "shm_read",
        "ERANGE",
        r#"$s={"call":"shm_create","size":10};;{"call":"shm_attach","shm":$s}"#,
        r#"{"call":"shm_read","shm":$s,"offset":100,"size":1}"#,
    ),
    (
        "queue_receive",
        "EPERM",
        r#"$q={"call":"queue_create","name":"q$N","kind":"pub_sub"}"#,
        r#"{"call":"queue_receive","queue":$q,"timeout_millis":0}"#,
    ),
    (
        "queue_receive",
        "EAGAIN",
        r#"$q={"call":"queue_create","name":"q$N"}"#,
        r#"{"call":"queue_receive","queue":$q,"timeout_millis":0}"#,
    ),
    (
        "queue_receive",
        "ETIMEDOUT",
        r#"$q={"call":"queue_create","name":"q$N"}"#,
        r#"{"call":"queue_receive","queue":$q,"timeout_millis":1}"#,
    ),
    (
        "queue_receive",
        "EPIPE",
        r#"$q={"call":"queue_create","name":"q$N"};;{"call":"queue_close","queue":$q}"#,
        r#"{"call":"queue_receive","queue":$q,"timeout_millis":1}"#,
    ),
    (
        "queue_send",
        "EPIPE",
        r#"$q={"call":"queue_create","name":"q$N"};;{"call":"queue_close","queue":$q}"#,
        r#"{"call":"queue_send","queue":$q,"data":"x"}"#,
    ),
    (
        "queue_subscribe",
        "EPIPE",
        r#"$q={"call":"queue_create","name":"q$N","kind":"pub_sub"};;{"call":"queue_close","queue":$q}"#,
        r#"{"call":"queue_subscribe","queue":$q}"#,
    ),
    (
        "queue_send",
        "EAGAIN",
        r#"$q={"call":"queue_create","name":"q$N","capacity":1,"overflow":"refuse"};;{"call":"queue_send","queue":$q,"data":"x"}"#,
        r#"{"call":"queue_send","queue":$q,"data":"x"}"#,
    ),
    (
        "queue_send",
        "EFBIG",
        r#"$q={"call":"queue_create","name":"q$N"}"#,
        r#"{"call":"queue_send","queue":$q,"data":"$BIG"}"#,
    ),
    (
        "queue_unsubscribe",
        "ENOENT",
        r#"$q={"call":"queue_create","name":"q$N","kind":"pub_sub"}"#,
        r#"{"call":"queue_unsubscribe","queue":$q}"#,
    ),
    ("queue_open", "ENOENT", "", r#"{"call":"queue_open","name":"never$N"}"#),
    (
        "queue_create",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"queues":0}}"#,
        r#"{"call":"queue_create","name":"q$N"}"#,
    ),
    (
        "pipe_write",
        "EAGAIN",
        r#"$p={"call":"pipe_create","capacity":1};;{"call":"pipe_write","pipe":$p,"data":"x"}"#,
        r#"{"call":"pipe_write","pipe":$p,"data":"x"}"#,
    ),
    ("pipe_read", "EAGAIN", r#"$p={"call":"pipe_create"}"#, r#"{"call":"pipe_read","pipe":$p}"#),
    (
        "pipe_write",
        "EPIPE",
        r#"$p=other:{"call":"pipe_create","writer":$PID};;other:{"call":"pipe_close","pipe":$p}"#,
        r#"{"call":"pipe_write","pipe":$p,"data":"x"}"#,
    ),
    (
        "pipe_wait",
        "ETIMEDOUT",
        r#"$p={"call":"pipe_create"}"#,
        r#"{"call":"pipe_wait","pipe":$p,"for":"readable","timeout_millis":1}"#,
    ),
    ("pipe_create", "EMFILE", r#"{"call":"set_limits","limits":{"pipes":0}}"#, r#"{"call":"pipe_create"}"#),
    ("pipe_create", "ESRCH", "", r#"{"call":"pipe_create","reader":999999999}"#),
    ("shm_create", "ESRCH", "", r#"{"call":"shm_create","size":1,"readers":[999999999]}"#),
    ("lseek", "ESPIPE", r#"{"call":"socket"}"#, r#"{"call":"lseek","fd":0}"#),
    ("fd_pread", "ESPIPE", r#"{"call":"socket"}"#, r#"{"call":"fd_pread","fd":0}"#),
    ("fd_pwrite", "ESPIPE", r#"{"call":"socket"}"#, r#"{"call":"fd_pwrite","fd":0,"data":"x"}"#),
    (
        "sendfile",
        "ESPIPE",
        r#"{"call":"socket"};;{"call":"open","path":"$D/a.txt","mode":{"write":true}}"#,
        r#"{"call":"sendfile","fd":0,"to":1,"offset":0}"#,
    ),
    ("fd_sync", "EINVAL", r#"{"call":"socket"}"#, r#"{"call":"fd_sync","fd":0}"#),
    (
        "lseek",
        "EOVERFLOW",
        r#"{"call":"open","path":"$D/a.txt"};;{"call":"lseek","fd":0,"offset":9223372036854775807}"#,
        r#"{"call":"lseek","fd":0,"offset":9223372036854775807,"whence":"current"}"#,
    ),
    ("dup2", "EBADF", "", r#"{"call":"dup2","fd":77,"to":5}"#),
    ("poll", "EBADF", "", r#"{"call":"poll","fds":[{"fd":77,"read":true}],"timeout_millis":0}"#),
    (
        "fd_write",
        "EFBIG",
        r#"{"call":"open","path":"$D/a.txt","mode":{"write":true}};;{"call":"lseek","fd":0,"offset":9223372036854775807}"#,
        r#"{"call":"fd_write","fd":0,"data":"x"}"#,
    ),
    (
        "fd_pwrite",
        "EFBIG",
        r#"{"call":"open","path":"$D/a.txt","mode":{"write":true}}"#,
        r#"{"call":"fd_pwrite","fd":0,"offset":9223372036854775807,"data":"x"}"#,
    ),
    (
        "sendfile",
        "EFBIG",
        r#"{"call":"open","path":"$D/a.txt"};;{"call":"open","path":"$D/notes.txt","mode":{"write":true}};;{"call":"lseek","fd":1,"offset":9223372036854775807}"#,
        r#"{"call":"sendfile","fd":0,"to":1}"#,
    ),
    (
        "stream_push",
        "EFBIG",
        r#"{"call":"stream_open_write","path":"$D/a.txt"}"#,
        r#"{"call":"stream_push","fd":0,"data":"$BIG"}"#,
    ),
    ("register_handler", "EINVAL", "", r#"{"call":"register_handler","signal":9}"#),
    ("block_signal", "EINVAL", "", r#"{"call":"block_signal","signal":9}"#),
    ("unblock_signal", "EINVAL", "", r#"{"call":"unblock_signal","signal":99}"#),
    ("wait_for_signal", "EAGAIN", "", r#"{"call":"wait_for_signal","timeout_millis":0}"#),
    ("wait_for_signal", "ETIMEDOUT", "", r#"{"call":"wait_for_signal","timeout_millis":1}"#),
    ("wait", "ECHILD", "", r#"{"call":"wait","timeout_millis":0}"#),
    (
        "wait",
        "ETIMEDOUT",
        r#"{"call":"spawn","executable":"sleep","args":["1000"]}"#,
        r#"{"call":"wait","timeout_millis":1}"#,
    ),
    ("spawn", "ENOENT", "", r#"{"call":"spawn","executable":"no-such-program"}"#),
    ("exec_pty", "ENOENT", "", r#"{"call":"exec_pty","executable":"no-such-program"}"#),
    ("spawn", "ENOTDIR", "", r#"{"call":"spawn","executable":"true","cwd":"/tmp"}"#),
    ("exec_pty", "ENOTDIR", "", r#"{"call":"exec_pty","executable":"true","cwd":"/tmp"}"#),
    (
        "spawn",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"descriptors":0}}"#,
        r#"{"call":"spawn","executable":"true","stdio":"piped"}"#,
    ),
    (
        "exec_pty",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"descriptors":0}}"#,
        r#"{"call":"exec_pty","executable":"true"}"#,
    ),
    (
        "fd_read",
        "EAGAIN",
        r#"$f={"call":"exec_pty","executable":"cat"}"#,
        r#"{"call":"fd_read","fd":$f.fd,"timeout_millis":0}"#,
    ),
    (
        "fd_read",
        "ETIMEDOUT",
        r#"$f={"call":"exec_pty","executable":"cat"}"#,
        r#"{"call":"fd_read","fd":$f.fd,"timeout_millis":1}"#,
    ),
    (
        "submit",
        "EAGAIN",
        r#"{"call":"set_limits","limits":{"tasks":0}}"#,
        r#"{"call":"submit","do":{"call":"getcwd"}}"#,
    ),
    ("why", "ENOENT", "", r#"{"call":"why","cause":1}"#),
    ("why", "ESRCH", "", r#"{"call":"why","pid":999999999}"#),
    ("attach_held", "ESRCH", "", r#"{"call":"attach_held","id":"9-9","executable":"sh"}"#),
    ("end_held", "ESRCH", "", r#"{"call":"end_held","id":"9-9"}"#),
    ("explain", "ENAMETOOLONG", "", r#"{"call":"explain","path":"/home/$LONG"}"#),
    ("mount", "ENAMETOOLONG", "", r#"{"call":"mount","path":"/mnt/$LONG"}"#),
    ("unmount", "ENAMETOOLONG", "", r#"{"call":"unmount","path":"/mnt/$LONG"}"#),
    ("mount", "ELOOP", "", r#"{"call":"mount","path":"$D/loop/x"}"#),
    ("unmount", "ELOOP", "", r#"{"call":"unmount","path":"$D/loop/x"}"#),
    (
        "open",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"descriptors":0}}"#,
        r#"{"call":"open","path":"$D/a.txt"}"#,
    ),
    (
        "dup",
        "EMFILE",
        r#"{"call":"open","path":"$D/a.txt"};;{"call":"set_limits","limits":{"descriptors":1}}"#,
        r#"{"call":"dup","fd":0}"#,
    ),
    (
        "fcntl",
        "EMFILE",
        r#"{"call":"open","path":"$D/a.txt"};;{"call":"set_limits","limits":{"descriptors":1}}"#,
        r#"{"call":"fcntl","fd":0,"command":"dup_fd"}"#,
    ),
    (
        "mmap",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"mappings":0}}"#,
        r#"{"call":"mmap","path":"$D/a.txt"}"#,
    ),
    (
        "watch",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"descriptors":0}}"#,
        r#"{"call":"watch","path":"$D"}"#,
    ),
    ("socket", "EMFILE", r#"{"call":"set_limits","limits":{"descriptors":0}}"#, r#"{"call":"socket"}"#),
    (
        "accept",
        "EMFILE",
        r#"{"call":"socket"};;$a={"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}};;{"call":"listen","fd":0};;{"call":"socket"};;{"call":"connect","fd":1,"address":{"host":"127.0.0.1","port":$a.port}};;{"call":"set_limits","limits":{"descriptors":2}}"#,
        r#"{"call":"accept","fd":0,"timeout_millis":5000}"#,
    ),
    (
        "subscribe_events",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"descriptors":0}}"#,
        r#"{"call":"subscribe_events"}"#,
    ),
    (
        "stream_open_read",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"descriptors":0}}"#,
        r#"{"call":"stream_open_read","path":"$D/a.txt"}"#,
    ),
    (
        "stream_open_write",
        "EMFILE",
        r#"{"call":"set_limits","limits":{"descriptors":0}}"#,
        r#"{"call":"stream_open_write","path":"$D/a.txt"}"#,
    ),
    (
        "listen",
        "EOPNOTSUPP",
        r#"{"call":"socket","type":"datagram"};;{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#,
        r#"{"call":"listen","fd":0}"#,
    ),
    (
        "accept",
        "EOPNOTSUPP",
        r#"{"call":"socket","type":"datagram"}"#,
        r#"{"call":"accept","fd":0,"timeout_millis":0}"#,
    ),
    ("recvfrom", "EOPNOTSUPP", r#"{"call":"socket"}"#, r#"{"call":"recvfrom","fd":0,"timeout_millis":0}"#),
    (
        "sendto",
        "EOPNOTSUPP",
        r#"{"call":"socket"}"#,
        r#"{"call":"sendto","fd":0,"data":"x","address":{"host":"127.0.0.1","port":9}}"#,
    ),
    (
        "setsockopt",
        "EOPNOTSUPP",
        r#"{"call":"socket","type":"datagram"}"#,
        r#"{"call":"setsockopt","fd":0,"option":{"no_delay":true}}"#,
    ),
    (
        "getsockopt",
        "EOPNOTSUPP",
        r#"{"call":"socket","type":"datagram"}"#,
        r#"{"call":"getsockopt","fd":0,"option":"no_delay"}"#,
    ),
    (
        "accept",
        "EAGAIN",
        r#"{"call":"socket"};;{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}};;{"call":"listen","fd":0}"#,
        r#"{"call":"accept","fd":0,"timeout_millis":0}"#,
    ),
    (
        "accept",
        "ETIMEDOUT",
        r#"{"call":"socket"};;{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}};;{"call":"listen","fd":0}"#,
        r#"{"call":"accept","fd":0,"timeout_millis":1}"#,
    ),
    (
        "recvfrom",
        "EAGAIN",
        r#"{"call":"socket","type":"datagram"};;{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#,
        r#"{"call":"recvfrom","fd":0,"timeout_millis":0}"#,
    ),
    (
        "recvfrom",
        "ETIMEDOUT",
        r#"{"call":"socket","type":"datagram"};;{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#,
        r#"{"call":"recvfrom","fd":0,"timeout_millis":1}"#,
    ),
    ("recv", "EAGAIN", "pair", r#"{"call":"recv","fd":1,"timeout_millis":0}"#),
    ("recv", "ETIMEDOUT", "pair", r#"{"call":"recv","fd":1,"timeout_millis":1}"#),
    ("send", "ENOTCONN", r#"{"call":"socket"}"#, r#"{"call":"send","fd":0,"data":"x"}"#),
    ("recv", "ENOTCONN", r#"{"call":"socket"}"#, r#"{"call":"recv","fd":0}"#),
    (
        "connect",
        "EISCONN",
        "pair",
        r#"{"call":"connect","fd":1,"address":{"host":"127.0.0.1","port":$a.port}}"#,
    ),
    ("listen", "EISCONN", "pair", r#"{"call":"listen","fd":1}"#),
    (
        "connect",
        "ECONNREFUSED",
        r#"{"call":"socket"};;$a={"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}};;{"call":"socket"}"#,
        r#"{"call":"connect","fd":1,"address":{"host":"127.0.0.1","port":$a.port}}"#,
    ),
    (
        "network_request",
        "ECONNREFUSED",
        r#"{"call":"socket"};;$a={"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#,
        r#"{"call":"network_request","url":"http://127.0.0.1:$a.port/"}"#,
    ),
    (
        "network_request",
        "ETIMEDOUT",
        r#"{"call":"socket"};;$a={"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}};;{"call":"listen","fd":0}"#,
        r#"{"call":"network_request","url":"http://127.0.0.1:$a.port/","timeout_millis":50}"#,
    ),
    (
        "bind",
        "EADDRINUSE",
        r#"{"call":"socket","domain":"unix"};;{"call":"bind","fd":0,"address":{"name":"n$N"}};;{"call":"socket","domain":"unix"}"#,
        r#"{"call":"bind","fd":1,"address":{"name":"n$N"}}"#,
    ),
    (
        "bind",
        "EADDRNOTAVAIL",
        r#"{"call":"socket"}"#,
        r#"{"call":"bind","fd":0,"address":{"host":"10.255.255.254","port":0}}"#,
    ),
    (
        "sendto",
        "EMSGSIZE",
        r#"{"call":"socket","type":"datagram"}"#,
        r#"{"call":"sendto","fd":0,"data":"$BIG","address":{"host":"127.0.0.1","port":9}}"#,
    ),
    (
        "send",
        "EMSGSIZE",
        r#"{"call":"socket","type":"datagram"};;{"call":"connect","fd":0,"address":{"host":"127.0.0.1","port":9}}"#,
        r#"{"call":"send","fd":0,"data":"$BIG"}"#,
    ),
    (
        "connect",
        "EOPNOTSUPP",
        "listener",
        r#"{"call":"connect","fd":0,"address":{"host":"127.0.0.1","port":9}}"#,
    ),
    (
        "connect",
        "ETIMEDOUT",
        "full listener",
        r#"{"call":"connect","fd":9,"address":{"host":"127.0.0.1","port":$a.port},"timeout_millis":50}"#,
    ),
    (
        "connect",
        "EBUSY",
        r#"full listener;;{"call":"submit","do":{"call":"connect","fd":9,"address":{"host":"127.0.0.1","port":$a.port},"timeout_millis":20000}};;pause"#,
        r#"{"call":"connect","fd":9,"address":{"host":"127.0.0.1","port":$a.port},"timeout_millis":50}"#,
    ),
    (
        "listen",
        "EADDRINUSE",
        r#"{"call":"socket"};;{"call":"socket"};;{"call":"setsockopt","fd":0,"option":{"reuse_address":true}};;{"call":"setsockopt","fd":1,"option":{"reuse_address":true}};;{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":45671}};;{"call":"bind","fd":1,"address":{"host":"127.0.0.1","port":45671}};;{"call":"listen","fd":0}"#,
        r#"{"call":"listen","fd":1}"#,
    ),
    (
        "connect",
        "EADDRNOTAVAIL",
        r#"{"call":"socket"}"#,
        r#"{"call":"connect","fd":0,"address":{"host":"no-such-name.invalid","port":9}}"#,
    ),
    (
        "sendto",
        "EADDRNOTAVAIL",
        r#"{"call":"socket","type":"datagram"}"#,
        r#"{"call":"sendto","fd":0,"data":"x","address":{"host":"no-such-name.invalid","port":9}}"#,
    ),
    (
        "network_request",
        "EADDRNOTAVAIL",
        "",
        r#"{"call":"network_request","url":"http://no-such-name.invalid/"}"#,
    ),
    (
        "network_request",
        "EFBIG",
        "http",
        r#"{"call":"network_request","url":"http://127.0.0.1:$a.port/","max_bytes":10}"#,
    ),
    (
        "fd_write",
        "EAGAIN",
        r#"$c={"call":"spawn","executable":"sleep","args":["1000"],"stdio":"piped"};;{"call":"fcntl","fd":$c.stdin,"command":"set_fl","value":2048};;stuff"#,
        r#"{"call":"fd_write","fd":$c.stdin,"data":"x"}"#,
    ),
    (
        "sendfile",
        "EAGAIN",
        r#"$c={"call":"spawn","executable":"sleep","args":["1000"],"stdio":"piped"};;{"call":"fcntl","fd":$c.stdin,"command":"set_fl","value":2048};;stuff;;$f={"call":"open","path":"$D/a.txt"}"#,
        r#"{"call":"sendfile","fd":$f,"to":$c.stdin}"#,
    ),
    (
        "fd_write",
        "EPIPE",
        r#"$c={"call":"spawn","executable":"true","stdio":"piped"};;{"call":"wait","timeout_millis":20000}"#,
        r#"{"call":"fd_write","fd":$c.stdin,"data":"x"}"#,
    ),
    (
        "sendfile",
        "EPIPE",
        r#"$c={"call":"spawn","executable":"true","stdio":"piped"};;{"call":"wait","timeout_millis":20000};;$f={"call":"open","path":"$D/a.txt"}"#,
        r#"{"call":"sendfile","fd":$f,"to":$c.stdin}"#,
    ),
    (
        "mmap_write",
        "ENOSPC",
        r#"{"call":"mount","path":"/mnt/f$N","size_bytes":65536};;{"call":"create","path":"/mnt/f$N/a"};;{"call":"truncate","path":"/mnt/f$N/a","size":100000};;$m={"call":"mmap","path":"/mnt/f$N/a","access":"read_write","sharing":"shared"};;fill:/mnt/f$N:65536"#,
        r#"{"call":"mmap_write","map":$m,"offset":50000,"data":"x"}"#,
    ),
    ("mount", "ENOSPC", "mounts", r#"{"call":"mount","path":"/mnt/one-more"}"#),
    (
        "request_capability",
        "EAGAIN",
        "questions",
        r#"{"call":"request_capability","capability":{"BindPort":99},"timeout_millis":1}"#,
    ),
    ("send_signal", "EAGAIN", "signals", r#"{"call":"send_signal","pid":$PID,"signal":40}"#),
    (
        "shm_create",
        "EDQUOT",
        r#"{"call":"set_limits","limits":{"shared_bytes":1000}}"#,
        r#"{"call":"shm_create","size":4096}"#,
    ),
    ("recv", "ECONNREFUSED", "closed port", r#"{"call":"recv","fd":1,"timeout_millis":5000}"#),
    ("recvfrom", "ECONNREFUSED", "closed port", r#"{"call":"recvfrom","fd":1,"timeout_millis":5000}"#),
    ("send", "ECONNREFUSED", "closed port", r#"{"call":"send","fd":1,"data":"x"}"#),
    (
        "sendto",
        "ECONNREFUSED",
        r#"{"call":"socket","domain":"unix","type":"datagram"}"#,
        r#"{"call":"sendto","fd":0,"data":"x","address":{"path":"$D/a.txt"}}"#,
    ),
    (
        "sendto",
        "EAGAIN",
        "deaf",
        r#"{"call":"sendto","fd":1,"data":"x","address":{"name":"deaf$N"},"timeout_millis":0}"#,
    ),
    (
        "sendto",
        "ETIMEDOUT",
        "deaf",
        r#"{"call":"sendto","fd":1,"data":"x","address":{"name":"deaf$N"},"timeout_millis":1}"#,
    ),
    (
        "send",
        "EPIPE",
        r#"pair;;{"call":"socket_close","fd":2};;?{"call":"send","fd":1,"data":"x"};;pause;;?{"call":"send","fd":1,"data":"x"};;pause"#,
        r#"{"call":"send","fd":1,"data":"x"}"#,
    ),
    ("send", "EAGAIN", "pair;;fill", r#"{"call":"send","fd":1,"data":"x","timeout_millis":0}"#),
    ("send", "ETIMEDOUT", "pair;;fill", r#"{"call":"send","fd":1,"data":"x","timeout_millis":1}"#),
    (
        "trash_list",
        "ENOTDIR",
        r#"{"call":"mount","path":"/mnt/t$N"};;{"call":"create","path":"/mnt/t$N/.Trash"}"#,
        r#"{"call":"trash_list","path":"/mnt/t$N/.Trash"}"#,
    ),
    (
        "trash_list",
        "ELOOP",
        r#"{"call":"mount","path":"/mnt/t$N"};;{"call":"symlink","target":".Trash","path":"/mnt/t$N/.Trash"}"#,
        r#"{"call":"trash_list","path":"/mnt/t$N/.Trash"}"#,
    ),
    (
        "trash_restore",
        "ENOENT",
        "",
        r#"{"call":"trash_restore","item":"/home/.Trash/files/none","to":"$D/x"}"#,
    ),
    (
        "trash_restore",
        "ENOTDIR",
        r#"$t={"call":"trash","path":"$D/a.txt"}"#,
        r#"{"call":"trash_restore","item":$t,"to":"$D/notes.txt/x"}"#,
    ),
    ("trash_empty", "ENOENT", "", r#"{"call":"trash_empty","path":"/home/.Trash/files/none"}"#),
    (
        "trash_empty",
        "ENOTDIR",
        r#"{"call":"mount","path":"/mnt/t$N"};;{"call":"create","path":"/mnt/t$N/.Trash"}"#,
        r#"{"call":"trash_empty","path":"/mnt/t$N/.Trash"}"#,
    ),
];

/// Calls that wait for ever, each with the way there: submitted, and cancelled.
const WAITING: &[(&str, &str, &str)] = &[
    ("wait", r#"{"call":"spawn","executable":"sleep","args":["1000"]}"#, r#"{"call":"wait"}"#),
    ("pipe_wait", r#"$p={"call":"pipe_create"}"#, r#"{"call":"pipe_wait","pipe":$p,"for":"readable"}"#),
    ("fd_read", r#"$f={"call":"exec_pty","executable":"cat"}"#, r#"{"call":"fd_read","fd":$f.fd}"#),
    ("sleep", "", r#"{"call":"sleep","millis":1000000}"#),
    ("queue_receive", r#"$q={"call":"queue_create","name":"q$N"}"#, r#"{"call":"queue_receive","queue":$q}"#),
    ("watch_read", r#"{"call":"watch","path":"$D"}"#, r#"{"call":"watch_read","fd":0}"#),
    ("poll", r#"{"call":"watch","path":"$D"}"#, r#"{"call":"poll","fds":[{"fd":0,"read":true}]}"#),
    ("accept", "listener", r#"{"call":"accept","fd":0}"#),
    (
        "connect",
        "full listener",
        r#"{"call":"connect","fd":9,"address":{"host":"127.0.0.1","port":$a.port}}"#,
    ),
    ("send", "pair;;fill", r#"{"call":"send","fd":1,"data":"x"}"#),
    ("recv", "pair", r#"{"call":"recv","fd":1}"#),
    ("sendto", "deaf", r#"{"call":"sendto","fd":1,"data":"x","address":{"name":"deaf$N"}}"#),
    (
        "recvfrom",
        r#"{"call":"socket","type":"datagram"};;{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#,
        r#"{"call":"recvfrom","fd":0}"#,
    ),
    ("network_request", "listener", r#"{"call":"network_request","url":"http://127.0.0.1:$a.port/"}"#),
    ("wait_for_signal", "", r#"{"call":"wait_for_signal"}"#),
    ("batch", "", r#"{"call":"batch","calls":[{"call":"sleep","millis":1000000}]}"#),
    (
        "request_capability",
        r#"other:{"call":"list_capability_requests"}"#,
        r#"{"call":"request_capability","capability":{"BindPort":7}}"#,
    ),
    ("next_events", r#"{"call":"subscribe_events","kind":"none"}"#, r#"{"call":"next_events","fd":0}"#),
];

/// How an argument that is a number of something is made wrong.
const HANDLES: [&str; 7] = ["fd", "pipe", "shm", "map", "queue", "pid", "task"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for row in &ROWS {
        for errno in row.errnos {
            let waiting =
                WAITING.iter().filter(|(name, ..)| *name == row.name && errno.name() == "ECANCELED");
            cases.extend(waiting.map(|(_, setup, line)| case(row, "ECANCELED", setup, line)));
            let by_hand: Vec<_> =
                BY_HAND.iter().filter(|(r, e, ..)| *r == row.name && *e == errno.name()).collect();
            for (_, _, setup, line) in &by_hand {
                if !line.is_empty() {
                    cases.push(case(row, errno.name(), setup, line));
                }
            }
            let is_waiting =
                cases.last().is_some_and(|case| case.row == row.name && case.errno == errno.name());
            if by_hand.is_empty() && !is_waiting && why_not(row.name, errno.name()).is_none() {
                cases.extend(in_common(row, errno.name()));
            }
        }
    }
    cases
}

/// A case whose setup lines are separated by `;;`.
fn case(row: &'static Row, errno: &'static str, setup: &str, line: &str) -> Case {
    let setup = setup.split(";;").filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Case { row: row.name, errno, setup, line: line.to_owned() }
}

fn paths_of(row: &Row) -> Vec<&'static str> {
    let is_path = |name: &&str| ["path", "from", "to", "item"].contains(name);
    row.args.iter().filter(|arg| arg.ty == "String").map(|arg| arg.name).filter(is_path).collect()
}

/// What all rows with paths, numbers or processes have in common.
fn in_common(row: &'static Row, errno: &'static str) -> Option<Case> {
    let mut line: Value = serde_json::from_str(&row.example.replace("/home", "$D")).unwrap();
    let mut setup: Vec<String> = Vec::new();
    let paths = paths_of(row);
    let address = line.get("address").is_some();
    // The first path, or a socket's file.
    let mut put = |text: &str| match paths.first() {
        Some(field) => line[*field] = json!(text),
        None if address => {
            line["address"] = json!({ "path": text });
            line["fd"] = json!(0);
        }
        None => {}
    };
    match errno {
        "ENOENT" => put("$D/missing/x"),
        "ENOTDIR" => put("$D/a.txt/x"),
        "ENAMETOOLONG" => put("$D/$LONG"),
        "ELOOP" => put("$D/loop/x"),
        "EISDIR" => put("$D/folder"),
        "EROFS" if paths.is_empty() => {
            if !address {
                return None;
            }
            put("/apps/x");
        }
        "EROFS" => {
            for field in &paths {
                line[*field] = json!("/apps/blueprint/productivity/notes.bp");
            }
            if row.args.iter().any(|arg| arg.name == "to") && row.name != "move" {
                line["to"] = json!("/apps/x");
            }
            if matches!(row.name, "create" | "mkdir" | "symlink") {
                line["path"] = json!("/apps/x");
            }
            match row.name {
                "rmdir" => line["path"] = json!("/apps/blueprint/productivity"),
                "copy" => line["from"] = json!("$D/a.txt"),
                "move" => line["to"] = json!("/apps/x"),
                "open" => line["mode"] = json!({"write": true}),
                "trash_empty" => line["path"] = json!("/apps/.Trash"),
                "trash_restore" => line["item"] = json!("/apps/.Trash/files/x"),
                _ => {}
            }
        }
        "EBADF" | "ESRCH" => {
            let handle = HANDLES.iter().find(|handle| row.args.iter().any(|arg| arg.name == **handle))?;
            line[*handle] = json!(if *handle == "fd" { 77 } else { 999_999_999_u64 });
        }
        "ENOTSOCK" => {
            setup.push(r#"{"call":"open","path":"$D/a.txt"}"#.into());
            line["fd"] = json!(0);
        }
        "EPERM" => {
            let make = match row.category.name() {
                "pipe" => r#"$h=other:{"call":"pipe_create"}"#,
                "shared_memory" => r#"$h=other:{"call":"shm_create","size":4096}"#,
                "queue" => r#"$h=other:{"call":"queue_create","name":"q$N"}"#,
                _ => return None,
            };
            setup.push(make.into());
            let handle = HANDLES.iter().find(|handle| line.get(**handle).is_some())?;
            line[*handle] = json!("$h");
        }
        "ENOSPC" | "EDQUOT" => return full(row, errno),
        _ => return None,
    }
    if address && matches!(errno, "ENOENT" | "ENOTDIR" | "ENAMETOOLONG" | "ELOOP" | "EROFS") {
        let kind = if row.name == "sendto" { "datagram" } else { "stream" };
        setup.push(format!(r#"{{"call":"socket","domain":"unix","type":"{kind}"}}"#));
    }
    Some(Case { row: row.name, errno, setup, line: line.to_string().replace("\"$h\"", "$h") })
}

/// In a file system that is full: a small one in memory, or an app's own storage.
fn full(row: &'static Row, errno: &'static str) -> Option<Case> {
    let (place, mut setup) = if errno == "ENOSPC" {
        let mount = r#"{"call":"mount","path":"/mnt/f$N","size_bytes":65536}"#.to_owned();
        ("/mnt/f$N", vec![mount])
    } else {
        ("/system/storage/f$N", vec![r#"{"call":"mkdir","path":"/system/storage/f$N"}"#.to_owned()])
    };
    let say = |text: &str| text.replace("$P", place);
    setup.push(say(r#"{"call":"write","path":"$P/a.txt","data":"hello"}"#));
    let mut more = Vec::new();
    let line = match row.name {
        "write" | "create" => say(&format!(r#"{{"call":"{}","path":"$P/new","data":"$BLOCK"}}"#, row.name)),
        "copy" => say(r#"{"call":"copy","from":"$D/large","to":"$P/new"}"#),
        "mkdir" => say(r#"{"call":"mkdir","path":"$P/new"}"#),
        "truncate" => say(r#"{"call":"truncate","path":"$P/a.txt","size":70000000}"#),
        "symlink" => say(r#"{"call":"symlink","target":"$LONG","path":"$P/new"}"#),
        "link" => say(r#"{"call":"link","from":"$P/a.txt","to":"$P/new"}"#),
        "open" => say(r#"{"call":"open","path":"$P/new","mode":{"write":true,"create":true}}"#),
        "trash" => say(r#"{"call":"trash","path":"$P/a.txt"}"#),
        "fd_write" | "fd_pwrite" => {
            more.push(say(r#"{"call":"open","path":"$P/a.txt","mode":{"write":true}}"#));
            // Behind the block that the file has already.
            more.push(r#"{"call":"lseek","fd":0,"offset":100000}"#.into());
            let at = if row.name == "fd_pwrite" { r#","offset":100000"# } else { "" };
            format!(r#"{{"call":"{}","fd":0,"data":"$BLOCK"{at}}}"#, row.name)
        }
        "sendfile" => {
            more.push(r#"{"call":"open","path":"$D/large"}"#.into());
            more.push(say(r#"{"call":"open","path":"$P/a.txt","mode":{"write":true}}"#));
            more.push(r#"{"call":"lseek","fd":1,"offset":100000}"#.into());
            r#"{"call":"sendfile","fd":0,"to":1}"#.into()
        }
        "stream_open_write" => say(r#"{"call":"stream_open_write","path":"$P/new"}"#),
        "stream_push" => {
            more.push(say(r#"{"call":"stream_open_write","path":"$P/a.txt"}"#));
            r#"{"call":"stream_push","fd":0,"data":"$BLOCK"}"#.into()
        }
        _ => return None,
    };
    setup.extend(more);
    let most = if errno == "ENOSPC" { 65_536 } else { 67_108_864 };
    let fill = [format!("fill:{place}:{most}")];
    let at = setup.len();
    setup.splice(at..at, fill);
    Some(Case { row: row.name, errno, setup, line })
}

/// Plays a case; the answer to its last line.
pub(crate) fn run(session: &mut Session, case: &Case) -> Result<Value, (String, String)> {
    let (pid, name) = session.be_new(&every_right());
    let folder = format!("/home/{name}");
    for line in [
        json!({"call": "mkdir", "path": format!("{folder}/folder"), "parents": true}),
        json!({"call": "mkdir", "path": format!("{folder}/full/deep"), "parents": true}),
        json!({"call": "write", "path": format!("{folder}/a.txt"), "data": "hello"}),
        json!({"call": "write", "path": format!("{folder}/notes.txt"), "data": "notes"}),
        json!({"call": "write", "path": format!("{folder}/large"), "data": "x".repeat(100_000)}),
        json!({"call": "symlink", "path": format!("{folder}/loop"), "target": "loop"}),
    ] {
        session.say(&line).unwrap();
    }
    let number = name.rsplit('-').next().unwrap().to_owned();
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    let fill = |text: &str, known: &BTreeMap<String, Value>| {
        let mut text = text
            .replace("$D", &folder)
            .replace("$N", &number)
            .replace("$PID", &pid.to_string())
            .replace("$LONG", &"l".repeat(300))
            .replace("$BLOCK", &"b".repeat(100_000));
        if text.contains("$BIG") {
            text = text.replace("$BIG", &"B".repeat(17 * 1024 * 1024));
        }
        for (name, value) in known {
            if let Some(object) = value.as_object() {
                for (field, value) in object {
                    text = text.replace(&format!("${name}.{field}"), &value.to_string());
                }
            }
            text = text.replace(&format!("${name}"), &value.to_string());
        }
        text
    };
    let mut other: Option<String> = None;
    for step in &case.setup {
        let result = play(session, step, &name, &mut other, &mut known, &fill);
        if let Err((errno, detail)) = result {
            session.end_process();
            return Err(("the way there".into(), format!("{step}: {errno} {detail}")));
        }
    }
    let line = fill(&case.line, &known);
    let parsed: Value = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{line}: {why}"));
    let result = if case.errno == "ECANCELED" { cancelled(session, &parsed) } else { session.say(&parsed) };
    if case.setup.iter().any(|step| step == "mounts") {
        let mut number = 0;
        let line = |number| json!({"call": "unmount", "path": format!("/mnt/many{number}")});
        while session.say(&line(number)).is_ok() {
            number += 1;
        }
    }
    session.end_process();
    result
}

/// Submits a call and cancels it; what its task says then.
fn cancelled(session: &mut Session, call: &Value) -> Result<Value, (String, String)> {
    let task = session.say(&json!({"call": "submit", "do": call}))?;
    std::thread::sleep(std::time::Duration::from_millis(2));
    session.say(&json!({"call": "task_cancel", "task": task}))?;
    let status = session.say(&json!({"call": "task_status", "task": task}))?;
    match status["errno"].as_str() {
        Some(errno) => Err((errno.to_owned(), status["detail"].to_string())),
        None => Ok(status),
    }
}

type Fill<'a> = dyn Fn(&str, &BTreeMap<String, Value>) -> String + 'a;

fn play(
    session: &mut Session,
    step: &str,
    name: &str,
    other: &mut Option<String>,
    known: &mut BTreeMap<String, Value>,
    fill: &Fill<'_>,
) -> Result<(), (String, String)> {
    let say = |session: &mut Session, text: &str| {
        session.say(&serde_json::from_str(text).unwrap_or_else(|why| panic!("{text}: {why}")))
    };
    // Somebody else answers, and as many questions as one may ask wait for it.
    if step == "questions" {
        let (_, approver) = session.be_new(&every_right());
        say(session, r#"{"call":"list_capability_requests"}"#)?;
        session.be(name);
        for port in 1..=16 {
            let ask = json!({"call": "request_capability", "capability": {"BindPort": port}});
            session.say(&json!({"call": "submit", "do": ask}))?;
        }
        session.be(&approver);
        while say(session, r#"{"call":"list_capability_requests"}"#)?
            .as_array()
            .is_none_or(|all| all.len() < 16)
        {
            std::thread::yield_now();
        }
        session.be(name);
        return Ok(());
    }
    // A server that answers once, with a body of a hundred bytes.
    if step == "http" {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        known.insert("a".into(), json!({"port": listener.local_addr().unwrap().port()}));
        let answer = move || {
            let Ok((mut peer, _)) = listener.accept() else { return };
            let _ = peer.read(&mut [0; 4096]);
            let body = "b".repeat(100);
            let _ = write!(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{body}");
        };
        std::thread::Builder::new().name("server".into()).spawn(answer).unwrap();
        return Ok(());
    }
    // Two ends of one connection: 0 listens, 1 is connected, 2 is its other end.
    if step == "pair" {
        say(session, r#"{"call":"socket"}"#)?;
        let bound = say(session, r#"{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#)?;
        say(session, r#"{"call":"listen","fd":0}"#)?;
        say(session, r#"{"call":"socket"}"#)?;
        let port = &bound["port"];
        say(
            session,
            &format!(r#"{{"call":"connect","fd":1,"address":{{"host":"127.0.0.1","port":{port}}}}}"#),
        )?;
        say(session, r#"{"call":"accept","fd":0,"timeout_millis":5000}"#)?;
        known.insert("a".into(), bound);
        return Ok(());
    }
    if let Some(rights) = step.strip_prefix("as:") {
        session.be_new(&serde_json::from_str(rights).unwrap());
        return Ok(());
    }
    if let Some(place) = step.strip_prefix("fill:") {
        let (place, most) = place.rsplit_once(':').unwrap();
        fill_up(session, &fill(place, known), most.parse().unwrap());
        return Ok(());
    }
    if let Some(done) = staged(session, step, known, fill) {
        return done;
    }
    let (step, may_fail) = step.strip_prefix('?').map_or((step, false), |step| (step, true));
    let (step, key) = match step.strip_prefix('$').and_then(|rest| rest.split_once('=')) {
        Some((key, rest)) => (rest, Some(key.to_owned())),
        None => (step, None),
    };
    if let Some(step) = step.strip_prefix("wait:") {
        for _ in 0..2_000 {
            let list = say(session, &fill(step, known))?;
            if let Some(first) = list.as_array().and_then(|list| list.first()) {
                known.insert("w".into(), first["request"].clone());
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("nothing came: {step}");
    }
    let result = if let Some(step) = step.strip_prefix("other:") {
        match other.clone() {
            Some(other) => session.be(&other),
            None => *other = Some(session.be_new(&every_right()).1),
        }
        let result = say(session, &fill(step, known));
        session.be(name);
        result
    } else {
        say(session, &fill(step, known))
    };
    match result {
        Ok(reply) => {
            if let Some(key) = key {
                known.insert(key, reply);
            }
            Ok(())
        }
        Err(_) if may_fail => Ok(()),
        Err(why) => Err(why),
    }
}

/// Puts files into a folder until no byte more fits. In memory only data takes room, under a quota length does.
fn fill_up(session: &mut Session, place: &str, most: usize) {
    let (mut size, mut number) = (most, 0);
    while size > 0 {
        number += 1;
        let path = format!("{place}/fill{number}");
        let grown = if place.starts_with("/mnt/") {
            session.say(&json!({"call": "write", "path": path, "data": "x".repeat(size)})).is_ok()
        } else {
            session.say(&json!({"call": "create", "path": path})).is_ok()
                && session.say(&json!({"call": "truncate", "path": path, "size": size})).is_ok()
        };
        if !grown {
            let _ = session.say(&json!({"call": "delete", "path": path}));
            size /= 2;
        }
    }
}

/// Ways that take several lines and have a name.
fn staged(
    session: &mut Session,
    step: &str,
    known: &mut BTreeMap<String, Value>,
    fill: &Fill<'_>,
) -> Option<Result<(), (String, String)>> {
    let mut learned = None;
    let before = known.clone();
    let mut say = |text: &str| {
        let text = fill(text, &before);
        session.say(&serde_json::from_str(&text).unwrap_or_else(|why| panic!("{text}: {why}")))
    };
    let pause = || std::thread::sleep(std::time::Duration::from_millis(50));
    let bind = r#"{"call":"bind","fd":0,"address":{"host":"127.0.0.1","port":0}}"#;
    let mut play = || -> Result<(), (String, String)> {
        match step {
            "pause" => pause(),
            "listener" => {
                say(r#"{"call":"socket"}"#)?;
                learned = Some(say(bind)?);
                say(r#"{"call":"listen","fd":0}"#)?;
            }
            // Nobody accepts, and the line of those that wait is full.
            "full listener" => {
                say(r#"{"call":"socket"}"#)?;
                let bound = say(bind)?;
                say(r#"{"call":"listen","fd":0,"backlog":1}"#)?;
                let port = &bound["port"];
                for fd in 1..9 {
                    say(r#"{"call":"socket"}"#)?;
                    let to = format!(r#"{{"host":"127.0.0.1","port":{port}}}"#);
                    let _ =
                        say(&format!(r#"{{"call":"connect","fd":{fd},"address":{to},"timeout_millis":50}}"#));
                }
                say(r#"{"call":"socket"}"#)?;
                learned = Some(bound);
            }
            "fill" => {
                let block = "x".repeat(1_000_000);
                let line = format!(r#"{{"call":"send","fd":1,"data":"{block}","timeout_millis":0}}"#);
                let mut refused = 0;
                while refused < 10 {
                    if say(&line).is_err() {
                        refused += 1;
                        pause();
                    }
                }
            }
            "stuff" => {
                let block = "x".repeat(1_000_000);
                let line = format!(r#"{{"call":"fd_write","fd":$c.stdin,"data":"{block}"}}"#);
                while say(&line).is_ok() {}
                while say(r#"{"call":"fd_write","fd":$c.stdin,"data":"x"}"#).is_ok() {}
            }
            "mounts" => {
                let mut number = 0;
                while say(&format!(r#"{{"call":"mount","path":"/mnt/many{number}"}}"#)).is_ok() {
                    number += 1;
                }
            }
            "signals" => {
                say(r#"{"call":"block_signal","signal":40}"#)?;
                while say(r#"{"call":"send_signal","pid":$PID,"signal":40}"#).is_ok() {}
            }
            "closed port" => {
                say(r#"{"call":"socket","type":"datagram"}"#)?;
                let bound = say(bind)?;
                say(r#"{"call":"socket","type":"datagram"}"#)?;
                let to = format!(r#"{{"host":"127.0.0.1","port":{}}}"#, bound["port"]);
                say(&format!(r#"{{"call":"connect","fd":1,"address":{to}}}"#))?;
                say(r#"{"call":"socket_close","fd":0}"#)?;
                say(r#"{"call":"send","fd":1,"data":"x"}"#)?;
                pause();
            }
            "deaf" => {
                say(r#"{"call":"socket","domain":"unix","type":"datagram"}"#)?;
                say(r#"{"call":"bind","fd":0,"address":{"name":"deaf$N"}}"#)?;
                say(r#"{"call":"socket","domain":"unix","type":"datagram"}"#)?;
                let line =
                    r#"{"call":"sendto","fd":1,"data":"x","address":{"name":"deaf$N"},"timeout_millis":0}"#;
                while say(line).is_ok() {}
            }
            _ => return Err((String::new(), String::new())),
        }
        Ok(())
    };
    let done = play();
    if let Some(bound) = learned {
        known.insert("a".into(), bound);
    }
    match done {
        Err((errno, _)) if errno.is_empty() => None,
        done => Some(done),
    }
}
