//! What a row of the table consists of.

use crate::{
    Errno, Fd, MapId, Pid, QueueId,
    table::{OpenMode, Sandbox, SocketAddress},
};
use serde::Serialize;
use std::fmt;

/// How long a call may take; decides which threads may make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Class {
    /// Touches memory only. The UI thread may call it.
    Instant,
    /// Touches the host's files or processes.
    HostIo,
    /// May wait for something that somebody else does.
    Waits,
}

/// A [`Class`] as a type, so that the UI thread's handle can refuse the others at compile time.
pub trait ClassMarker {
    /// The class as a value.
    const CLASS: Class;
}

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl ClassMarker for $name {
            const CLASS: Class = Class::$name;
        }
    )*};
}

classes! {
    /// Marks rows of [`Class::Instant`].
    Instant;
    /// Marks rows of [`Class::HostIo`].
    HostIo;
    /// Marks rows of [`Class::Waits`].
    Waits;
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The name for people and JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// What a call is about. Metrics are summed over it.
    Category {
        /// Paths and what lies at them.
        File = "file",
        /// Processes.
        Process = "process",
        /// Pipes.
        Pipe = "pipe",
        /// Memory that several processes see.
        SharedMemory = "shared_memory",
        /// Files as memory.
        Mapping = "mapping",
        /// Messages.
        Queue = "queue",
        /// Open descriptors.
        Descriptor = "descriptor",
        /// Sockets.
        Socket = "socket",
        /// Signals.
        Signal = "signal",
        /// Memory accounting.
        Memory = "memory",
        /// The machine and the environment.
        System = "system",
        /// Clocks and sleeping.
        Time = "time",
        /// Submitted calls.
        Task = "task",
        /// Rights.
        Security = "security",
        /// Events, causes, figures.
        Observe = "observe",
    }
}

named! {
    /// A capability without its scope: what the gate looks for.
    Verb {
        /// Read a file.
        ReadFile = "ReadFile",
        /// Change a file.
        WriteFile = "WriteFile",
        /// Make a file or folder.
        CreateFile = "CreateFile",
        /// Remove a file or folder.
        DeleteFile = "DeleteFile",
        /// See the names in a folder.
        ListDirectory = "ListDirectory",
        /// Start an executable.
        SpawnProcess = "SpawnProcess",
        /// End a process.
        KillProcess = "KillProcess",
        /// Reach a host.
        NetworkAccess = "NetworkAccess",
        /// Listen on a port.
        BindPort = "BindPort",
        /// Facts about the machine and its processes.
        SystemInfo = "SystemInfo",
        /// The clock.
        TimeAccess = "TimeAccess",
        /// Scheduling of processes.
        Schedule = "Schedule",
        /// Limits of processes.
        Limits = "Limits",
        /// Send messages to a queue.
        SendMessage = "SendMessage",
        /// Make a queue, and receive messages from it.
        ReceiveMessage = "ReceiveMessage",
        /// Events and figures of processes.
        Observe = "Observe",
        /// Mounting and unmounting.
        Mount = "Mount",
        /// Having a network of one's own.
        NetworkNamespace = "NetworkNamespace",
        /// Giving and taking rights.
        Grant = "Grant",
    }
}

/// One thing a call needs before it may run. The gate turns it into capabilities on real objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need<'a> {
    /// The verb on a path.
    Path(Verb, &'a str),
    /// The verb on each of these paths.
    Paths(Verb, &'a [String]),
    /// `CreateFile` on the path, unless something is there already.
    CreateUnlessThere(&'a str),
    /// `CreateFile` on the topmost missing folder on the way to the path, if the flag is set.
    CreateParents(&'a str, bool),
    /// The verb on a path, only if the flag is set.
    PathIf(Verb, &'a str, bool),
    /// What the open mode says on a path.
    Open(&'a str, OpenMode),
    /// The verb on the file behind a descriptor. A right that was withdrawn closes open descriptors too.
    Descriptor(Verb, Fd),
    /// What the address asks for, to reach it with this socket.
    Connect(Fd, &'a SocketAddress),
    /// What the address asks for, to be reached there with this socket.
    Bind(Fd, &'a SocketAddress),
    /// What this socket is bound and connected to. A right that was withdrawn ends open connections too.
    Socket(Fd),
    /// `NetworkAccess` to the host of a URL.
    Url(&'a str),
    /// The verb with a name, such as an executable.
    Name(Verb, &'a str),
    /// The verb on the file behind a mapping. Changes to a private mapping need nothing.
    Mapping(Verb, MapId),
    /// The verb on the name of a queue that may not be there yet.
    Channel(Verb, &'a str),
    /// `ReceiveMessage` or `SendMessage` on the name of a queue.
    ChannelEither(&'a str),
    /// The verb on the name of this queue.
    Queue(Verb, QueueId),
    /// The verb without an object.
    Plain(Verb),
    /// The verb, unless the process is the caller (`None`) or a descendant of it.
    Process(Verb, Option<Pid>),
    /// `Observe` of one process, or of all (`None`). One's own events are free.
    Observe(Option<Pid>),
    /// `Observe` of what this subscription is about. A right that was withdrawn ends subscriptions too.
    Subscription(Fd),
    /// What this stream was opened for: `ReadFile` or `WriteFile` on its file.
    Stream(Fd),
    /// Every folder that a sandbox gives and the network it has: a program gets no more than its app. Nothing where it
    /// is left out.
    Sandbox(Option<&'a Sandbox>),
}

/// A [`Need`] as the reference shows it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NeedDoc {
    /// The capability's name.
    pub capability: &'static str,
    /// The argument it is about and under which condition; empty when it has no object.
    pub object: &'static str,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Arg {
    /// Its name in JSON and in Rust.
    pub name: &'static str,
    /// Its Rust type.
    #[serde(rename = "type")]
    pub ty: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
    /// One line for people.
    pub doc: &'static str,
}

/// A row of the table.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Stable number. Numbers may leave gaps.
    pub number: u16,
    /// Where it stands in [`ROWS`](crate::table::ROWS); may change from one version to the next.
    #[serde(skip)]
    pub index: u16,
    /// Name in JSON (`"call"`), in events and in the reference.
    pub name: &'static str,
    /// Name of the argument struct.
    pub type_name: &'static str,
    /// What it is about.
    pub category: Category,
    /// How long it may take.
    pub class: Class,
    /// Whether it changes something that outlives the call. Such rows are journalled.
    pub mutates: bool,
    /// What the caller must hold; empty means anybody may call it.
    pub needs: &'static [NeedDoc],
    /// Errors of its own, beside `EACCES` (for rows with needs) and `EINVAL` (for bad arguments).
    pub errnos: &'static [Errno],
    /// Arguments in order.
    pub args: &'static [Arg],
    /// Rust type of the reply.
    pub reply: &'static str,
    /// A call as one line of JSON.
    pub example: &'static str,
    /// The manual.
    pub manual: &'static [&'static str],
}

impl Row {
    /// Whether it changes what lies at a path that it names. Derived from what the gate is asked, so the gate and
    /// whoever tries attacks on such calls speak of the same ones.
    #[must_use]
    pub fn changes_paths(&self) -> bool {
        let is_change = |name: &str| matches!(name, "WriteFile" | "CreateFile" | "DeleteFile");
        let needs_change = self.needs.iter().any(|need| need.capability.split(", ").any(is_change));
        needs_change && self.path_args().next().is_some()
    }

    /// Its arguments that are paths.
    pub fn path_args(&self) -> impl Iterator<Item = &'static str> {
        let is_path = |arg: &&Arg| arg.ty == "String" && matches!(arg.name, "path" | "from" | "to" | "item");
        self.args.iter().filter(is_path).map(|arg| arg.name)
    }

    /// The first line of the manual.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.manual.first().map_or("", |line| line.trim())
    }
}
