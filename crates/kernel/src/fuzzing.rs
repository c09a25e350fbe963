//! What is fed with anything at all, by `cargo fuzz` (folder `fuzz/`) and for a second by the test suite: bytes from
//! outside must get a typed answer, and leave the kernel as able as it was.

use crate::{
    Caller, Config, Kernel, Switches,
    journal::{FileJournal, Journal, JournalOptions, Row, RowKind, verify},
    testing::{TestKernel, kernel_with},
    vfs::VPath,
};
use abi::{
    Bytes, Call, CauseId, Pid, Syscalls,
    table::{Class, Read, Write},
};
use std::{cell::RefCell, fs, path::Path};

/// One kernel for many inputs: booting one for each would be most of the work.
struct World {
    kernel: TestKernel,
    caller: Caller,
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

fn with_world<R>(act: impl FnOnce(&mut World) -> R) -> R {
    WORLD.with_borrow_mut(|world| {
        let world = world.get_or_insert_with(|| {
            let off = |config: &mut Config| {
                // Nothing that an input asks for leaves the temporary folder.
                config.switches = Switches { programs: false, network: false, ..Switches::default() };
                config.tmp_quota_bytes = 1024 * 1024;
            };
            let kernel = kernel_with(off);
            let caller = kernel.trusted();
            World { kernel, caller }
        });
        if world.caller.call(abi::table::Getcwd {}).is_err() {
            // It ended itself.
            world.caller = world.kernel.trusted();
        }
        act(world)
    })
}

/// A line of JSON as a call: what is one is made, submitted where it may wait; the kernel answers others afterwards.
pub fn fuzz_syscall_json(data: &[u8]) {
    let Ok(call) = serde_json::from_slice::<Call>(data) else { return };
    let text = serde_json::to_string(&call).expect("a call can be written down");
    let again: Call = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
    assert_eq!(
        serde_json::to_string(&again).expect("it was one"),
        text,
        "what is written reads back the same"
    );
    with_world(|world| {
        if call.row().class == Class::Waits {
            if let Ok(task) = world.caller.submit(call) {
                let _ = world.caller.call(abi::table::TaskCancel { task });
                let _ = world.caller.poll(task);
            }
        } else {
            match world.caller.dispatch(call) {
                Ok(reply) => drop(serde_json::to_string(&reply).expect("a reply can be written down")),
                Err(why) => assert!(!why.errno.name().is_empty()),
            }
        }
        is_well(&world.kernel);
    });
}

/// A kernel that serves somebody else.
fn is_well(kernel: &Kernel) {
    let new = crate::NewProcess {
        name: "witness".into(),
        app: None,
        kind: abi::table::ProcessKind::App,
        capabilities: abi::Capability::all(),
        parent: Pid::KERNEL,
        cause: CauseId::NONE,
    };
    let pid = kernel.spawn_app(new).expect("there is room for one more process");
    let witness = kernel.typed_caller(pid, CauseId::NONE).expect("it was just made");
    assert_eq!(witness.call(abi::table::Getcwd {}).as_deref(), Ok("/home"));
    kernel.terminate(pid).expect("it is there");
}

/// Any bytes as a path: refused with a reason, or a path that is absolute and has no `.`, `..` or empty part, and what
/// is done there is done beneath the folder that it is mounted from.
pub fn fuzz_paths(data: &[u8]) {
    let Ok(path) = VPath::parse_bytes(data) else { return };
    path.verify_invariants();
    assert_eq!(VPath::parse(path.as_str()).as_ref(), Ok(&path), "its own text is the same path");
    assert!(path.components().all(|part| !part.is_empty() && part != "." && part != ".."));
    let text = String::from_utf8_lossy(data).into_owned();
    if let Ok(joined) = path.join(&text) {
        joined.verify_invariants();
    }
    with_world(|world| {
        for path in [path.as_str().to_owned(), format!("/home{path}"), format!("/tmp/{text}"), text.clone()] {
            let write = Write { path: path.clone(), data: Bytes::from("fuzz"), append: false };
            let read = Read { path: path.clone(), offset: 0, size: Some(16) };
            if world.caller.call(write).is_ok() {
                assert_eq!(world.caller.call(read).map(|data| data.len()), Ok(4), "{path:?}");
                let _ = world.caller.call(abi::table::Delete { path });
            } else {
                let _ = world.caller.call(read);
            }
        }
    });
}

/// Any bytes as the newest segment of a journal, or as damage to one that is whole: it opens, takes a row, gives that
/// row back, and says what is broken.
pub fn fuzz_journal_segment(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (place, bytes) = segment_of(folder.path(), data);
    fs::write(&place, bytes).expect("the folder is ours");
    let row = |object: &str| Row::new(7, CauseId::NONE, Pid::KERNEL, RowKind::Session, object);
    let journal = match FileJournal::open(folder.path(), JournalOptions::default()) {
        Ok(journal) => journal,
        Err(why) => {
            assert!(!why.to_string().is_empty());
            return;
        }
    };
    let before = journal.report().last_row;
    let number = journal.append(&row("after")).expect("there is room");
    assert!(number > before, "numbers go on");
    drop(journal);
    let found = verify(folder.path()).expect("the folder can be listed");
    assert!(found.rows >= 1 && found.last_row == number, "{found:?}");
    let journal = FileJournal::open(folder.path(), JournalOptions::default()).expect("it opened before");
    let last = journal.reader().tail(1).expect("it can be listed");
    assert_eq!(last.last().map(|row| row.object.as_str()), Some("after"));
    assert_eq!(journal.append(&row("again")).ok(), Some(number + 1));
}

/// Where the segment lies, and its bytes: the input itself, or (with an odd first byte) a whole segment in which each
/// three bytes of the input change one.
fn segment_of(folder: &Path, data: &[u8]) -> (std::path::PathBuf, Vec<u8>) {
    let journal = FileJournal::open(folder, JournalOptions::default()).expect("a fresh folder");
    for number in 0..6 {
        let row = Row::new(number, CauseId::NONE, Pid::KERNEL, RowKind::Call, format!("row {number}"));
        journal.append(&row).expect("there is room");
    }
    drop(journal);
    let place = fs::read_dir(folder)
        .expect("it is ours")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.is_file())
        .expect("a journal has a segment");
    if data.first().is_none_or(|first| first % 2 == 0) {
        return (place, data.to_vec());
    }
    let mut bytes = fs::read(&place).expect("it was just written");
    for change in data[1..].chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
        match change[2] {
            0 => bytes.truncate(at.max(1)),
            value => bytes[at] ^= value,
        }
    }
    (place, bytes)
}

/// Bytes of a client of the proxy: whatever they are, what is made of them is one head to one host.
///
/// # Panics
/// When it is not.
pub fn fuzz_proxy_bytes(data: &[u8]) {
    use crate::proxy::{dns, http, names::Names, socks};
    if let Some(answer) = dns::answer(data, &mut Names::new(0)) {
        assert!(answer.len() <= data.len() + 300 && answer[..2] == data[..2]);
    }
    let _ = (socks::greeting(data), http::len_of_head(data));
    for end in 0..data.len().min(300) {
        if let socks::Read::Whole(_, len_bytes) = socks::request(&data[..end]) {
            assert!(len_bytes <= end && len_bytes <= socks::MAX_BYTES);
        }
    }
    let head = &data[..http::len_of_head(data).unwrap_or(data.len())];
    if let Ok(http::Asked::Request { host: _, port, head }) = http::read(head) {
        assert!(port > 0 && http::len_of_head(&head) == Some(head.len()), "one head and nothing behind it");
        let text = std::str::from_utf8(&head).expect("it was made of text");
        let hosts = text.lines().filter(|line| line.to_ascii_lowercase().starts_with("host:")).count();
        assert_eq!(hosts, 1, "{text}");
    }
}
