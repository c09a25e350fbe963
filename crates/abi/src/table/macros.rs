//! Derives everything from the rows. A row is written as
//!
//! ```text
//! /// Manual, first line is the summary.
//! 0 "read" Read: File HostIo pure (path: String, #[serde(default)] offset: u64) -> Bytes,
//!     needs [path(ReadFile, path)] errnos [ENOENT] example r#"{"path":"/home/a"}"#;
//! ```

/// One entry of `needs [...]` as a value of [`Need`](crate::table::Need).
macro_rules! need {
    ($call:ident path($verb:ident, $field:ident)) => {
        $crate::table::Need::Path($crate::table::Verb::$verb, &$call.$field)
    };
    ($call:ident paths($verb:ident, $field:ident)) => {
        $crate::table::Need::Paths($crate::table::Verb::$verb, &$call.$field)
    };
    ($call:ident path_if($verb:ident, $field:ident, $flag:ident)) => {
        $crate::table::Need::PathIf($crate::table::Verb::$verb, &$call.$field, $call.$flag)
    };
    ($call:ident creates($field:ident)) => {
        $crate::table::Need::CreateUnlessThere(&$call.$field)
    };
    ($call:ident creates_parents($field:ident, $flag:ident)) => {
        $crate::table::Need::CreateParents(&$call.$field, $call.$flag)
    };
    ($call:ident opens($field:ident, $mode:ident)) => {
        $crate::table::Need::Open(&$call.$field, $call.$mode)
    };
    ($call:ident descriptor($verb:ident, $field:ident)) => {
        $crate::table::Need::Descriptor($crate::table::Verb::$verb, $call.$field)
    };
    ($call:ident connects($fd:ident, $address:ident)) => {
        $crate::table::Need::Connect($call.$fd, &$call.$address)
    };
    ($call:ident binds($fd:ident, $address:ident)) => {
        $crate::table::Need::Bind($call.$fd, &$call.$address)
    };
    ($call:ident listens($address:ident)) => {
        // No descriptor has this number, so the address is judged as that of a stream.
        $crate::table::Need::Bind($crate::Fd(u32::MAX), &$call.$address)
    };
    ($call:ident socket($fd:ident)) => {
        $crate::table::Need::Socket($call.$fd)
    };
    ($call:ident url($field:ident)) => {
        $crate::table::Need::Url(&$call.$field)
    };
    ($call:ident name($verb:ident, $field:ident)) => {
        $crate::table::Need::Name($crate::table::Verb::$verb, &$call.$field)
    };
    ($call:ident plain($verb:ident)) => {
        $crate::table::Need::Plain($crate::table::Verb::$verb)
    };
    ($call:ident process($verb:ident, $field:ident)) => {
        $crate::table::Need::Process($crate::table::Verb::$verb, $call.$field)
    };
    ($call:ident process_of($verb:ident, $field:ident)) => {
        $crate::table::Need::Process($crate::table::Verb::$verb, Some($call.$field))
    };
    ($call:ident maps($field:ident, $access:ident, $sharing:ident)) => {
        $crate::table::Need::PathIf(
            $crate::table::Verb::WriteFile,
            &$call.$field,
            matches!($call.$access, MemoryAccess::ReadWrite) && matches!($call.$sharing, MapSharing::Shared),
        )
    };
    ($call:ident mapping($verb:ident, $field:ident)) => {
        $crate::table::Need::Mapping($crate::table::Verb::$verb, $call.$field)
    };
    ($call:ident channel($verb:ident, $field:ident)) => {
        $crate::table::Need::Channel($crate::table::Verb::$verb, &$call.$field)
    };
    ($call:ident channel_either($field:ident)) => {
        $crate::table::Need::ChannelEither(&$call.$field)
    };
    ($call:ident queue($verb:ident, $field:ident)) => {
        $crate::table::Need::Queue($crate::table::Verb::$verb, $call.$field)
    };
    ($call:ident observe($field:ident)) => {
        $crate::table::Need::Observe($call.$field)
    };
    ($call:ident observe_all()) => {
        $crate::table::Need::Observe(None)
    };
    ($call:ident subscription($field:ident)) => {
        $crate::table::Need::Subscription($call.$field)
    };
    ($call:ident stream($field:ident)) => {
        $crate::table::Need::Stream($call.$field)
    };
    ($call:ident sandbox($field:ident)) => {
        $crate::table::Need::Sandbox($call.$field.as_deref())
    };
}

/// The same entry for the reference.
macro_rules! need_doc {
    (path($verb:ident, $field:ident)) => { need_doc!(@ stringify!($verb), stringify!($field)) };
    (paths($verb:ident, $field:ident)) => { need_doc!(@ stringify!($verb), concat!("each of ", stringify!($field))) };
    (path_if($verb:ident, $field:ident, $flag:ident)) => {
        need_doc!(@ stringify!($verb), concat!(stringify!($field), " if ", stringify!($flag)))
    };
    (creates($field:ident)) => { need_doc!(@ "CreateFile", concat!(stringify!($field), " unless it exists")) };
    (creates_parents($field:ident, $flag:ident)) => {
        need_doc!(@ "CreateFile", concat!("missing folders above ", stringify!($field), " if ", stringify!($flag)))
    };
    (opens($field:ident, $mode:ident)) => {
        need_doc!(@ "ReadFile, WriteFile, CreateFile", concat!(stringify!($field), " as ", stringify!($mode), " says"))
    };
    (descriptor($verb:ident, $field:ident)) => {
        need_doc!(@ stringify!($verb), concat!("the file behind ", stringify!($field)))
    };
    (connects($fd:ident, $address:ident)) => {
        need_doc!(@ "NetworkAccess, WriteFile, SendMessage", concat!(stringify!($address), ": host, path or name"))
    };
    (binds($fd:ident, $address:ident)) => {
        need_doc!(
            @ "NetworkAccess, BindPort, CreateFile, ReceiveMessage",
            concat!(stringify!($address), ": port and host, path or name")
        )
    };
    (listens($address:ident)) => {
        need_doc!(@ "NetworkAccess, BindPort", concat!(stringify!($address), ": port and host"))
    };
    (socket($fd:ident)) => {
        need_doc!(@ "NetworkAccess, BindPort", concat!("what ", stringify!($fd), " is bound and connected to, still"))
    };
    (url($field:ident)) => { need_doc!(@ "NetworkAccess", concat!("the host of ", stringify!($field))) };
    (name($verb:ident, $field:ident)) => { need_doc!(@ stringify!($verb), stringify!($field)) };
    (plain($verb:ident)) => { need_doc!(@ stringify!($verb), "") };
    (process($verb:ident, $field:ident)) => {
        need_doc!(@ stringify!($verb), concat!(stringify!($field), " unless own or a descendant"))
    };
    (process_of($verb:ident, $field:ident)) => { need_doc!(process($verb, $field)) };
    (maps($field:ident, $access:ident, $sharing:ident)) => {
        need_doc!(@ "WriteFile", concat!(stringify!($field), " if shared and read_write"))
    };
    (mapping($verb:ident, $field:ident)) => {
        need_doc!(@ stringify!($verb), concat!("the file behind ", stringify!($field)))
    };
    (channel($verb:ident, $field:ident)) => { need_doc!(@ stringify!($verb), stringify!($field)) };
    (channel_either($field:ident)) => { need_doc!(@ "ReceiveMessage, or SendMessage", stringify!($field)) };
    (queue($verb:ident, $field:ident)) => {
        need_doc!(@ stringify!($verb), concat!("the name of ", stringify!($field)))
    };
    (observe($field:ident)) => { need_doc!(@ "Observe", concat!(stringify!($field), " unless own")) };
    (observe_all()) => { need_doc!(@ "Observe", "everything") };
    (subscription($field:ident)) => {
        need_doc!(@ "Observe", concat!("what ", stringify!($field), " is subscribed to, still"))
    };
    (stream($field:ident)) => {
        need_doc!(@ "ReadFile, WriteFile", concat!("the file behind ", stringify!($field), ", as it was opened"))
    };
    (sandbox($field:ident)) => {
        need_doc!(
            @ "ReadFile, ListDirectory, WriteFile, CreateFile, DeleteFile, NetworkAccess, NetworkNamespace",
            concat!("what ", stringify!($field), " gives")
        )
    };
    (@ $capability:expr, $object:expr) => {
        $crate::table::NeedDoc { capability: $capability, object: $object }
    };
}

macro_rules! mutates {
    (pure) => {
        false
    };
    (mutates) => {
        true
    };
}

macro_rules! is_optional {
    () => {
        false
    };
    ($($meta:tt)+) => {
        true
    };
}

/// The table itself; see the module's documentation for the form of a row.
macro_rules! syscall_table {
    ($d:tt $(
        $(#[doc = $manual:literal])+
        $number:literal $name:literal $Call:ident: $category:ident $class:ident $effect:ident
        ( $( $(#[doc = $arg_doc:literal])? $(#[serde($($serde:tt)*)])? $field:ident : $ty:ty ),* $(,)? ) -> $reply:ty,
        needs [ $( $need:ident ( $($need_arg:tt)* ) ),* ]
        errnos [ $($errno:ident)* ]
        example $example:literal;
    )*) => {
        $(
            $(#[doc = $manual])+
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $Call { $(
                $(#[doc = $arg_doc])?
                $(#[serde($($serde)*)])?
                pub $field: $ty,
            )* }

            impl Syscall for $Call {
                type Reply = $reply;
                type Class = $crate::table::$class;
                const ROW: &'static Row = &ROWS[Index::$Call as usize];

                #[inline]
                fn unwrap_reply(reply: Reply) -> $reply {
                    match reply {
                        Reply::$Call(reply) => reply,
                        other => wrong_reply(Self::ROW, &other),
                    }
                }

                #[inline]
                fn wrap_reply(reply: $reply) -> Reply {
                    Reply::$Call(reply)
                }

                #[inline]
                fn for_each_need<'a, E>(
                    &'a self,
                    mut check: impl FnMut(Need<'a>) -> Result<(), E>,
                ) -> Result<(), E> {
                    let _ = &mut check;
                    $( check(need!(self $need($($need_arg)*)))?; )*
                    Ok(())
                }
            }

            impl From<$Call> for Call {
                #[inline]
                fn from(call: $Call) -> Call {
                    Call::$Call(call)
                }
            }
        )*

        /// Where each row stands in [`ROWS`]. Its number says nothing of that: numbers may leave gaps.
        #[derive(Clone, Copy)]
        enum Index { $( $Call, )* }

        /// A call with its arguments. In JSON: the arguments as an object, with the row's name as `call`.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Call { $(
            $(#[doc = $manual])+
            $Call($Call),
        )* }

        impl Call {
            /// Number of rows.
            pub const COUNT: usize = [$($number),*].len();

            /// The number of every row, in the order of the table.
            pub const NUMBERS: &'static [u16] = &[$($number),*];

            /// The row's stable number.
            #[inline]
            #[must_use]
            pub const fn number(&self) -> u16 {
                match self { $( Call::$Call(_) => $number, )* }
            }

            /// The row of this call.
            #[inline]
            #[must_use]
            pub fn row(&self) -> &'static Row {
                let index = match self { $( Call::$Call(_) => Index::$Call, )* };
                &ROWS[index as usize]
            }

            /// Arguments of a row's call from a JSON object without `call`.
            pub(super) fn decode(row: &Row, args: Value) -> Result<Call, serde_json::Error> {
                match row.number {
                    $( $number => serde_json::from_value::<$Call>(args).map(Call::$Call), )*
                    _ => Err(serde::de::Error::custom("no such row")),
                }
            }

            /// Arguments as a JSON object without `call`.
            pub(super) fn encode(&self) -> Result<Value, serde_json::Error> {
                match self { $( Call::$Call(call) => serde_json::to_value(call), )* }
            }
        }

        /// What a call comes back with. In JSON: the plain value, without the name of the call.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Reply { $(
            #[doc = concat!("Of `", stringify!($Call), "`.")]
            $Call($reply),
        )* }

        impl Serialize for Reply {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $( Reply::$Call(reply) => reply.serialize(serializer), )* }
            }
        }

        impl Reply {
            /// The row whose reply this is.
            #[must_use]
            pub fn row(&self) -> &'static Row {
                match self { $( Reply::$Call(_) => &ROWS[Index::$Call as usize], )* }
            }

            /// A reply from its JSON form; the row says which type it has.
            ///
            /// # Errors
            /// When the value is not of the row's reply type.
            pub fn decode(row: &Row, value: Value) -> Result<Reply, serde_json::Error> {
                match row.number {
                    $( $number => serde_json::from_value::<$reply>(value).map(Reply::$Call), )*
                    _ => Err(serde::de::Error::custom("no such row")),
                }
            }
        }

        /// The table, in the order in which it is written.
        pub static ROWS: [Row; Call::COUNT] = [$(
            Row {
                number: $number,
                index: Index::$Call as u16,
                name: $name,
                type_name: stringify!($Call),
                category: Category::$category,
                class: <$crate::table::$class as ClassMarker>::CLASS,
                mutates: mutates!($effect),
                needs: &[$( need_doc!($need($($need_arg)*)) ),*],
                errnos: &[$( Errno::$errno ),*],
                args: &[$( Arg {
                    name: stringify!($field),
                    ty: stringify!($ty),
                    optional: is_optional!($($($serde)*)?),
                    doc: concat!("" $(, $arg_doc)?),
                } ),*],
                reply: stringify!($reply),
                example: $example,
                manual: &[$($manual),+],
            },
        )*];

        /// Calls a macro with the argument struct of every row, so that the kernel's dispatch is derived
        /// from the table: `abi::with_syscalls!(my_macro)` expands to `my_macro! { Read Write … }`.
        #[macro_export]
        macro_rules! with_syscalls {
            ($d callback:ident) => {
                $d callback! { $($Call)* }
            };
        }
    };
}
