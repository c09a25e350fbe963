//! The example of each row, and what the world looks like afterwards.

use super::session::{Session, every_right};
use abi::table::{Category, Row};
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net::UnixStream,
    },
    time::{Duration, Instant},
};

/// How an effect was seen.
pub(crate) enum Seen {
    /// From outside of the product.
    Outside,
    /// In the reply, where nothing else shows it.
    Reply,
}

/// What the examples of the table speak of.
const SCENE: [&str; 5] = [
    r#"{"call":"write","path":"/home/notes.txt","data":"notes"}"#,
    r#"{"call":"write","path":"/home/a.txt","data":"hello"}"#,
    r#"{"call":"open","path":"/home/a.txt","mode":{"read":true,"write":true}}"#,
    r#"{"call":"set_env","name":"HOME","value":"/home"}"#,
    r#"{"call":"getcwd"}"#,
];

/// A program with a network of its own.
const FILTERED: &str =
    r#"{"call":"spawn","executable":"sleep","args":["1000"],"sandbox":{"network":"filtered"}}"#;

fn example(name: &str) -> &'static str {
    Row::by_name(name).unwrap().example
}

fn wait_until(what: &str, mut look: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !look() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Makes a process with every right and what the example of a row speaks of; gives the example with the numbers
/// that things have here. Files of an earlier row are taken away.
pub(crate) fn prepare(session: &mut Session, row: &Row) -> Value {
    for leftover in ["new.txt", "b.txt", "link", "made", "folder", ".Trash"] {
        let path = session.data().join("home").join(leftover);
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
    }
    let (pid, name) = session.be_new(&every_right());
    for line in SCENE {
        session.run(line);
    }
    let mut line: Value = serde_json::from_str(row.example).unwrap();
    match row.category {
        Category::Pipe => {
            let pipe = session.run(example("pipe_create"));
            session.say(&json!({"call": "pipe_write", "pipe": pipe, "data": "hello"})).unwrap();
            set(&mut line, "pipe", pipe);
        }
        Category::SharedMemory => {
            let shm = session.run(example("shm_create"));
            session.say(&json!({"call": "shm_attach", "shm": shm, "access": "read_write"})).unwrap();
            set(&mut line, "shm", shm);
        }
        Category::Mapping => {
            let map = session.run(example("mmap"));
            set(&mut line, "map", map);
        }
        Category::Queue if row.name != "queue_create" => {
            let kind =
                if matches!(row.name, "queue_subscribe" | "queue_unsubscribe") { "pub_sub" } else { "fifo" };
            let queue = session.say(&json!({"call": "queue_create", "name": "mail", "kind": kind})).unwrap();
            if kind == "fifo" {
                session.say(&json!({"call": "queue_send", "queue": queue, "data": "hello"})).unwrap();
            }
            if row.name == "queue_unsubscribe" {
                session.say(&json!({"call": "queue_subscribe", "queue": queue})).unwrap();
            }
            set(&mut line, "queue", queue);
        }
        _ => {}
    }
    match row.name {
        "rmdir" | "begin_run" => drop(session.run(example("mkdir"))),
        "run_changes" | "run_diff" | "apply_run" | "discard_run" | "end_run" | "list_runs" => {
            session.run(example("mkdir"));
            session.run(r#"{"call":"write","path":"/home/folder/old.txt","data":"old\n"}"#);
            let begun = session.run(example("begin_run"));
            set(&mut line, "run", begun["run"].clone());
            // As a program would.
            let place = session.data().join(format!("runs/{}/0/copy", begun["run"]));
            fs::write(place.join("new.txt"), "from the run\n").unwrap();
            fs::remove_file(place.join("old.txt")).unwrap();
        }
        "pipe_bridge" => {
            let said = json!({"call": "spawn", "executable": "echo", "args": ["hello"], "stdio": "piped"});
            line["fd"] = session.say(&said).unwrap()["stdout"].clone();
            line["pipe"] = session.run(r#"{"call":"pipe_create","reader":0}"#);
        }
        "unwatch" | "watch_read" => drop(session.run(example("watch"))),
        "readlink" => drop(session.run(example("symlink"))),
        "unmount" => drop(session.say(&serde_json::from_str(example("mount")).unwrap())),
        "mount" => drop(session.say(&json!({"call": "unmount", "path": "/mnt/scratch"}))),
        "trash_restore" | "trash_list" | "trash_empty" => drop(session.run(example("trash"))),
        "sendfile" => drop(session.run(r#"{"call":"open","path":"/home/notes.txt","mode":{"write":true}}"#)),
        "next_events" => drop(session.run(example("subscribe_events"))),
        "stream_next" => drop(session.run(example("stream_open_read"))),
        "stream_push" | "stream_close" => {
            session.run(example("stream_open_write"));
            session.run(r#"{"call":"stream_push","fd":1,"data":"streamed"}"#);
        }
        "task_status" | "task_cancel" => {
            let task = session.run(r#"{"call":"submit","do":{"call":"sleep","millis":100000}}"#);
            line["task"] = task;
        }
        "wait_for_signal" => {
            session.run(r#"{"call":"register_handler","signal":15,"action":"queue"}"#);
            session.say(&json!({"call": "send_signal", "pid": pid, "signal": 15})).unwrap();
        }
        "answer_capability_request" => {
            session.run(example("list_capability_requests"));
            let (_, asker) = session.be_new(&json!([]));
            session.say(&json!({"call": "submit", "do": serde_json::from_str::<Value>(example("request_capability")).unwrap()})).unwrap();
            session.be(&name);
            let mut asked = Value::Null;
            wait_until("nobody asks", || {
                asked = session.run(example("list_capability_requests"));
                asked.as_array().is_some_and(|asked| !asked.is_empty())
            });
            line["request"] = asked[0]["request"].clone();
            line["asker"] = json!(asker);
        }
        "grant_capability" | "revoke_capability" => {
            let (other, other_name) = session.be_new(&json!(["TimeAccess"]));
            session.be(&name);
            line["pid"] = json!(other);
            line["asker"] = json!(other_name);
        }
        "kill" | "send_signal" | "set_process_priority" | "get_process_stats" | "set_limits" => {
            let started = session.run(r#"{"call":"spawn","executable":"sleep","args":["1000"]}"#);
            line["pid"] = started["pid"].clone();
        }
        "get_network" | "close_connection" | "forward_port" | "unforward_port" => {
            let started = session.run(FILTERED);
            line["pid"] = started["pid"].clone();
            if row.name == "unforward_port" {
                let mut forward: Value = serde_json::from_str(example("forward_port")).unwrap();
                forward["pid"] = started["pid"].clone();
                line["host_port"] = session.say(&forward).unwrap()["host"].clone();
            }
        }
        "wait" => {
            let started = session.run(r#"{"call":"spawn","executable":"sh","args":["-c","exit 7"]}"#);
            line = json!({"call": "wait", "pid": started["pid"], "timeout_millis": 20_000});
        }
        "pty_resize" => {
            let started = session.run(r#"{"call":"exec_pty","executable":"cat"}"#);
            line["fd"] = started["fd"].clone();
        }
        _ if row.category == Category::Socket => socket_scene(session, row.name),
        _ => {}
    }
    line
}

fn set(line: &mut Value, field: &str, value: Value) {
    if line.get(field).is_some() {
        line[field] = value;
    }
}

/// Descriptor 1 is the socket that the example speaks of.
fn socket_scene(session: &mut Session, row: &str) {
    match row {
        "socket" => {}
        "sendto" | "recvfrom" => drop(session.run(r#"{"call":"socket","type":"datagram"}"#)),
        _ => drop(session.run(r#"{"call":"socket"}"#)),
    }
}

fn host_pid_of(session: &mut Session, pid: &Value) -> i64 {
    let info = session.say(&json!({"call": "get_process_info", "pid": pid})).unwrap();
    info["host_pid"].as_i64().unwrap()
}

/// State, and nice value, of a process of the host; nothing when it is gone.
fn host_stat(pid: i64) -> Option<(String, i64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields[0].to_owned(), fields[16].parse().ok()?))
}

/// The socket of the only program with a proxy.
fn proxy_socket(session: &Session) -> std::path::PathBuf {
    let folders = fs::read_dir(session.data().join("net")).unwrap().flatten();
    folders.map(|folder| folder.path().join("proxy")).next().unwrap()
}

fn bind_here(session: &mut Session) -> u16 {
    let bound = session.run(r#"{"call":"bind","fd":1,"address":{"host":"127.0.0.1","port":0}}"#);
    u16::try_from(bound["port"].as_u64().unwrap()).unwrap()
}

/// Makes the call of a row and looks at what it did.
pub(crate) fn check(session: &mut Session, row: &Row) -> Seen {
    let mut line = prepare(session, row);
    let asker = line.as_object_mut().unwrap().remove("asker");
    let home = session.data().join("home");
    let file = |name: &str| fs::read_to_string(home.join(name)).ok();
    let call = |session: &mut Session, line: &Value| {
        session.say(line).unwrap_or_else(|why| panic!("{}: {line}: {why:?}", row.name))
    };
    if row.category == Category::Socket {
        return check_socket(session, row, &line);
    }
    match row.name {
        "write" | "fd_write" | "fd_pwrite" | "mmap_write" => {
            line["data"] = json!("seen!");
            call(session, &line);
            assert_eq!(file("a.txt").as_deref(), Some("seen!"), "{}", row.name);
        }
        "read" => {
            fs::write(home.join("notes.txt"), "from outside").unwrap();
            assert_eq!(call(session, &line), json!("from outside"));
        }
        "create" => {
            call(session, &line);
            assert_eq!(file("new.txt").as_deref(), Some(""));
        }
        "delete" => {
            call(session, &line);
            assert!(!home.join("a.txt").exists());
        }
        "list" => {
            fs::write(home.join("b.txt"), "").unwrap();
            let names = call(session, &line);
            assert!(names.as_array().unwrap().iter().any(|entry| entry["name"] == "b.txt"));
        }
        "stat" => assert_eq!(call(session, &line)["inode"], fs::metadata(home.join("a.txt")).unwrap().ino()),
        "exists" => {
            fs::remove_file(home.join("a.txt")).unwrap();
            assert_eq!(call(session, &line), json!(false));
        }
        "move" => {
            call(session, &line);
            assert!(!home.join("a.txt").exists() && file("b.txt").as_deref() == Some("hello"));
        }
        "copy" => {
            call(session, &line);
            assert!(file("a.txt") == file("b.txt") && home.join("b.txt").exists());
        }
        "mkdir" => {
            call(session, &line);
            assert!(home.join("folder").is_dir());
        }
        "rmdir" => {
            call(session, &line);
            assert!(!home.join("folder").exists());
        }
        "truncate" => {
            call(session, &line);
            assert_eq!(file("a.txt").as_deref(), Some(""));
        }
        "symlink" => {
            call(session, &line);
            assert_eq!(fs::read_link(home.join("link")).unwrap().to_str(), Some("notes.txt"));
        }
        "readlink" => assert_eq!(call(session, &line), json!(fs::read_link(home.join("link")).unwrap())),
        "link" => {
            call(session, &line);
            assert_eq!(fs::metadata(home.join("b.txt")).unwrap().nlink(), 2);
        }
        "chmod" => {
            call(session, &line);
            assert_eq!(fs::metadata(home.join("a.txt")).unwrap().permissions().mode() & 0o777, 0o600);
        }
        "set_times" => {
            call(session, &line);
            assert_eq!(fs::metadata(home.join("a.txt")).unwrap().mtime(), 1_700_000_000);
        }
        "statfs" => assert!(call(session, &line)["total_bytes"].as_u64().unwrap_or(1) > 0),
        "trash" => {
            call(session, &line);
            assert!(!home.join("a.txt").exists() && file(".Trash/files/a.txt").as_deref() == Some("hello"));
        }
        "trash_restore" => {
            call(session, &line);
            assert_eq!(file("a.txt").as_deref(), Some("hello"));
        }
        "trash_empty" => {
            call(session, &line);
            assert!(!home.join(".Trash/files/a.txt").exists());
        }
        "trash_list" => assert_eq!(call(session, &line).as_array().unwrap().len(), 1),
        "watch_read" => {
            fs::write(home.join("made"), "").unwrap();
            line["timeout_millis"] = json!(20_000);
            let told = call(session, &line);
            assert!(told["events"].to_string().contains("/home/made"), "{told}");
        }
        "watch" => {
            let before = session.open_count("inotify");
            call(session, &line);
            assert!(session.open_count("inotify") >= before.max(1));
        }
        "open" | "dup" | "dup2" | "fcntl" | "stream_open_read" | "mmap" => {
            call(session, &line);
            assert!(session.open_count("home/a.txt") >= 1);
        }
        "close" => {
            assert_eq!(session.open_count("home/a.txt"), 1);
            call(session, &line);
            assert_eq!(session.open_count("home/a.txt"), 0);
        }
        "munmap" => {
            let before = session.open_count("home/a.txt");
            call(session, &line);
            assert_eq!(session.open_count("home/a.txt"), before - 1);
        }
        "mmap_read" | "fd_read" | "fd_pread" | "stream_next" => {
            fs::write(home.join("a.txt"), "outer").unwrap();
            assert_eq!(call(session, &line), json!("outer"), "{}", row.name);
        }
        "fd_stat" | "mmap_stats" | "lseek" => {
            fs::write(home.join("a.txt"), "0123456789").unwrap();
            let reply = call(session, &line);
            assert!(row.name != "lseek" || reply == json!(10), "{reply}");
            assert!(row.name != "fd_stat" || reply["size"] == 10, "{reply}");
        }
        "sendfile" => {
            call(session, &line);
            assert_eq!(file("notes.txt").as_deref(), Some("hello"));
        }
        "get_network" => {
            assert_eq!(call(session, &line)["mode"], "filtered");
            assert!(proxy_socket(session).exists());
        }
        "list_connections" => {
            session.run(r#"{"call":"socket"}"#);
            let port = bind_here(session);
            session.run(r#"{"call":"listen","fd":1}"#);
            let listed = call(session, &line);
            assert!(
                listed
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|one| one["port"] == port && one["state"] == "listening")
            );
            assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        }
        "close_connection" => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let mut program = UnixStream::connect(proxy_socket(session)).unwrap();
            write!(program, "CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n").unwrap();
            let (mut server, _) = listener.accept().unwrap();
            let list = json!({"call": "list_connections", "pid": line["pid"]});
            line["connection"] = session.say(&list).unwrap()[0]["connection"].clone();
            wait_until("it is not there", || session.say(&list).unwrap()[0]["state"] == "open");
            call(session, &line);
            assert_eq!(server.read(&mut [0]).unwrap_or(0), 0);
        }
        "forward_port" => {
            let host = call(session, &line)["host"].as_u64().unwrap();
            assert!(TcpStream::connect(("127.0.0.1", u16::try_from(host).unwrap())).is_ok());
        }
        "unforward_port" => {
            let port = u16::try_from(line["host_port"].as_u64().unwrap()).unwrap();
            assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
            call(session, &line);
            wait_until("the port stays", || TcpStream::connect(("127.0.0.1", port)).is_err());
        }
        "stream_open_write" => {
            call(session, &line);
            assert_eq!(session.open_count(".part"), 1);
            assert_eq!(file("a.txt").as_deref(), Some("hello"), "and nobody sees it");
        }
        "stream_push" => {
            call(session, &line);
            let part = session.open_files().into_iter().find(|(_, target)| target.contains(".part")).unwrap();
            assert_eq!(fs::read_to_string(part.1).unwrap(), "streamedhello");
        }
        "stream_close" => {
            call(session, &line);
            assert_eq!(file("a.txt").as_deref(), Some("streamed"));
        }
        "batch" => {
            call(session, &line);
            assert!(home.join("made").is_dir());
        }
        "shm_create" | "shm_write" => {
            call(session, &line);
            let segments = session.open_files().into_iter().filter(|(_, target)| target.contains("memfd"));
            let contents: Vec<Vec<u8>> = segments.filter_map(|(path, _)| fs::read(path).ok()).collect();
            assert!(!contents.is_empty());
            assert!(row.name != "shm_write" || contents.iter().any(|bytes| bytes.starts_with(b"hello")));
        }
        "shm_destroy" => {
            let before = session.open_count("memfd");
            call(session, &line);
            assert_eq!(session.open_count("memfd"), before - 1);
        }
        "spawn" | "exec_pty" => {
            let line = json!({"call": row.name, "executable": "sleep", "args": ["1000"]});
            let started = call(session, &line);
            let host = host_pid_of(session, &started["pid"]);
            wait_until("the program does not run", || {
                fs::read_to_string(format!("/proc/{host}/cmdline")).is_ok_and(|line| line.contains("1000"))
            });
            if row.name == "exec_pty" {
                let terminal = fs::read_link(format!("/proc/{host}/fd/0")).unwrap();
                assert!(terminal.starts_with("/dev/pts"), "{}", terminal.display());
            }
        }
        "kill" => {
            let host = host_pid_of(session, &line["pid"]);
            assert!(host_stat(host).is_some());
            call(session, &line);
            wait_until("kill kills nothing", || host_stat(host).is_none_or(|(state, _)| state == "Z"));
        }
        "pipe_bridge" => {
            call(session, &line);
            wait_until("nothing comes through", || {
                session.say(&json!({"call": "pipe_stats", "pipe": line["pipe"]})).unwrap()["bytes_written"]
                    == 6
            });
        }
        "set_limits" => {
            let host = host_pid_of(session, &line["pid"]);
            line["limits"] = json!({"file_bytes": 4_096_000});
            call(session, &line);
            let limits = fs::read_to_string(format!("/proc/{host}/limits")).unwrap();
            assert!(
                limits.lines().any(|line| line.starts_with("Max file size") && line.contains(" 4096000 "))
            );
        }
        "send_signal" => {
            let host = host_pid_of(session, &line["pid"]);
            line["signal"] = json!(19);
            call(session, &line);
            wait_until("it is not stopped", || host_stat(host).is_some_and(|(state, _)| state == "T"));
        }
        "set_process_priority" => {
            let host = host_pid_of(session, &line["pid"]);
            line["priority"] = json!(1);
            call(session, &line);
            wait_until("its nice value stays", || host_stat(host).is_some_and(|(_, nice)| nice > 0));
        }
        "wait" => assert_eq!(call(session, &line)["exit"], json!({"code": 7})),
        "pty_resize" => {
            call(session, &line);
        }
        "get_current_time" => {
            let millis = call(session, &line)["unix_millis"].as_u64().unwrap();
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
            assert!(u128::from(millis).abs_diff(now) < 60_000);
        }
        "get_system_info" => {
            let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
            assert_eq!(call(session, &line)["hostname"], host.trim());
        }
        "get_memory_stats" => {
            let reply = call(session, &line);
            let total = fs::read_to_string("/proc/meminfo").unwrap();
            let total: u64 = total.split_whitespace().nth(1).unwrap().parse().unwrap();
            assert_eq!(reply["machine_total_bytes"], total * 1024);
        }
        "drop_capability" | "verify_journal" | "query_journal" | "touched_by" | "explain" | "fsync"
        | "fd_sync" | "msync" => {
            call(session, &line);
            // The journal is on the disk: its segments name what was done.
            let journal = fs::read_dir(session.data().join("journal")).unwrap().flatten();
            let mut bytes = Vec::new();
            for segment in journal {
                bytes.extend(fs::read(segment.path()).unwrap_or_default());
            }
            let text = String::from_utf8_lossy(&bytes);
            assert!(text.contains("/home/a.txt"));
            assert!(row.name != "drop_capability" || text.contains("TimeAccess"));
        }
        "network_request" => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            line["url"] = json!(format!("http://127.0.0.1:{}/seen", listener.local_addr().unwrap().port()));
            std::thread::scope(|scope| {
                let server = scope.spawn(|| {
                    let (mut peer, _) = listener.accept().unwrap();
                    let mut request = [0; 4096];
                    let length = peer.read(&mut request).unwrap();
                    peer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                        .unwrap();
                    String::from_utf8_lossy(&request[..length]).into_owned()
                });
                assert_eq!(call(session, &line)["status"], 200);
                assert!(server.join().unwrap().starts_with("GET /seen"));
            });
        }
        "grant_capability" | "revoke_capability" | "answer_capability_request" => {
            // Seen by the process concerned, and on the disk.
            call(session, &line);
            session.be(asker.unwrap().as_str().unwrap());
            let rights = session.run(r#"{"call":"list_capabilities"}"#).to_string();
            assert_eq!(rights.contains("ReadFile"), row.name != "revoke_capability", "{rights}");
            assert_eq!(rights.contains("TimeAccess"), row.name == "grant_capability", "{rights}");
        }
        "begin_run" => {
            fs::write(home.join("folder/in.txt"), "original").unwrap();
            let begun = call(session, &line);
            let place = session.data().join(format!("runs/{}/0/copy", begun["run"]));
            assert_eq!(fs::read_to_string(place.join("in.txt")).unwrap(), "original");
        }
        "list_runs" => {
            let folders = fs::read_dir(session.data().join("runs")).unwrap().flatten();
            let there = folders.filter(|entry| entry.path().is_dir()).count();
            assert_eq!(call(session, &line).as_array().unwrap().len(), there);
        }
        "run_changes" => {
            let found = call(session, &line);
            assert_eq!((&found["added"], &found["removed"]), (&json!(1), &json!(1)), "{found}");
        }
        "run_diff" => {
            let found = call(session, &line);
            assert_eq!(found["hunks"][0]["lines"][0]["text"], "from the run", "{found}");
        }
        "apply_run" => {
            assert!(!home.join("folder/new.txt").exists());
            call(session, &line);
            assert_eq!(file("folder/new.txt").as_deref(), Some("from the run\n"));
            assert!(!home.join("folder/old.txt").exists());
        }
        "discard_run" => {
            let place = session.data().join(format!("runs/{}", line["run"]));
            assert!(place.exists());
            call(session, &line);
            assert!(!place.exists() && home.join("folder/old.txt").exists());
        }
        "end_run" => {
            call(session, &line);
            let life = session.data().join(format!("runs/{}/life.json", line["run"]));
            assert!(!fs::read_to_string(life).unwrap().contains("\"ended_millis\":null"));
        }
        "keep_answer" => {
            call(session, &line);
            let kept = fs::read_to_string(session.data().join("grants.json")).unwrap();
            assert!(kept.contains("notes") && kept.contains("/home/notes.txt"), "{kept}");
        }
        "mute_requests" => {
            call(session, &line);
            session.be_new(&json!(["Grant"]));
            let apps = session.run(r#"{"call":"list_app_rights","app":"notes"}"#);
            assert_eq!(apps[0]["muted"], true, "{apps}");
        }
        "set_env" => {
            call(session, &line);
            let said =
                session.run(r#"{"call":"spawn","executable":"sh","args":["-c","test \"$EDITOR\" = notes"]}"#);
            let exited =
                session.say(&json!({"call": "wait", "pid": said["pid"], "timeout_millis": 20_000})).unwrap();
            assert_eq!(exited["exit"], json!({"code": 0}), "a child sees it");
        }
        _ => {
            call(session, &line);
            return Seen::Reply;
        }
    }
    match row.name {
        "statfs" | "trash_list" | "mmap_stats" | "pty_resize" | "dup" | "dup2" | "fcntl" => Seen::Reply,
        _ => Seen::Outside,
    }
}

/// Binds or connects the socket of a row whose right is about that, and keeps its peer.
pub(crate) fn connect(session: &mut Session, row: &Row) -> Option<TcpListener> {
    match row.name {
        "listen" | "recvfrom" => drop(bind_here(session)),
        "accept" => {
            bind_here(session);
            session.run(r#"{"call":"listen","fd":1}"#);
        }
        "send" | "recv" => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let address = json!({"host": "127.0.0.1", "port": port});
            session.say(&json!({"call": "connect", "fd": 1, "address": address})).unwrap();
            return Some(listener);
        }
        _ => {}
    }
    None
}

fn check_socket(session: &mut Session, row: &Row, line: &Value) -> Seen {
    let mut line = line.clone();
    match row.name {
        "socket" => {
            let before = session.open_count("socket:");
            session.say(&line).unwrap();
            assert_eq!(session.open_count("socket:"), before + 1);
        }
        "socket_close" => {
            let before = session.open_count("socket:");
            session.say(&line).unwrap();
            assert_eq!(session.open_count("socket:"), before - 1);
        }
        "bind" => {
            let bound = session.say(&line).unwrap();
            let port = u16::try_from(bound["port"].as_u64().unwrap()).unwrap();
            assert!(TcpListener::bind(("127.0.0.1", port)).is_err(), "the port is taken");
        }
        "listen" => {
            let port = bind_here(session);
            session.say(&line).unwrap();
            let table = fs::read_to_string(format!("/proc/{}/net/tcp", session.host_pid())).unwrap();
            // Local address in hexadecimal, state 0A: listening.
            let entry = format!("0100007F:{port:04X} 00000000:0000 0A");
            assert!(table.contains(&entry), "{table}");
        }
        "accept" => {
            let port = bind_here(session);
            session.run(r#"{"call":"listen","fd":1}"#);
            let peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let accepted = session.say(&line).unwrap();
            assert!(accepted.to_string().contains(&peer.local_addr().unwrap().port().to_string()));
        }
        "connect" | "send" | "recv" => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let connect = json!({"call": "connect", "fd": 1, "address": {"host": "127.0.0.1", "port": port}});
            session.say(&connect).unwrap();
            let (mut peer, _) = listener.accept().unwrap();
            match row.name {
                "send" => {
                    session.say(&line).unwrap();
                    let mut got = [0; 5];
                    peer.read_exact(&mut got).unwrap();
                    assert_eq!(&got, b"hello");
                }
                "recv" => {
                    peer.write_all(b"outer").unwrap();
                    line["timeout_millis"] = json!(20_000);
                    assert_eq!(session.say(&line).unwrap(), json!("outer"));
                }
                _ => {}
            }
        }
        "sendto" => {
            let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
            line["address"] = json!({"host": "127.0.0.1", "port": peer.local_addr().unwrap().port()});
            session.say(&line).unwrap();
            let mut got = [0; 16];
            peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            assert_eq!(peer.recv(&mut got).unwrap(), 5);
        }
        "recvfrom" => {
            let port = bind_here(session);
            UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"outer", ("127.0.0.1", port)).unwrap();
            line["timeout_millis"] = json!(20_000);
            assert_eq!(session.say(&line).unwrap()["data"], "outer");
        }
        _ => {
            session.say(&line).unwrap();
            return Seen::Reply;
        }
    }
    Seen::Outside
}

/// Rows that need a conversation of their own.
pub(crate) const OWN_SESSION: [&str; 3] = ["undo", "attach_held", "end_held"];

/// Programs that outlive the product: taken over again, and ended.
pub(crate) fn check_held(session: &mut Session) {
    session.be_new(&every_right());
    let started: Vec<Value> =
        (0..2).map(|_| session.run(r#"{"call":"exec_pty","executable":"sleep","args":["1000"]}"#)).collect();
    let hosts: Vec<i64> = started.iter().map(|started| host_pid_of(session, &started["pid"])).collect();
    session.restart();
    assert!(hosts.iter().all(|host| host_stat(*host).is_some()), "they outlive it");
    session.be_new(&every_right());
    let mut held = Vec::new();
    wait_until("nothing is held", || {
        held = session.run(r#"{"call":"list_held"}"#).as_array().cloned().unwrap_or_default();
        held.len() == 2
    });
    let id = |at: usize| held[at]["id"].clone();
    let attached = session.say(&json!({"call": "attach_held", "id": id(0), "executable": "sleep"})).unwrap();
    assert!(hosts.contains(&host_pid_of(session, &attached["pid"])), "it is the same program");
    session.say(&json!({"call": "end_held", "id": id(1)})).unwrap();
    let ended =
        || hosts.iter().filter(|host| host_stat(**host).is_none_or(|(state, _)| state == "Z")).count();
    wait_until("it is not ended", || ended() == 1);
    // Nothing of it outlives the test.
    session.say(&json!({"call": "kill", "pid": attached["pid"], "signal": 9})).unwrap();
    wait_until("it is not killed", || ended() == 2);
}

/// Takes back all that a conversation did.
pub(crate) fn check_undo(session: &mut Session) {
    session.be_new(&every_right());
    session.run(r#"{"call":"write","path":"/home/a.txt","data":"hello"}"#);
    let path = session.data().join("home/a.txt");
    assert!(path.exists());
    let made = session.run(r#"{"call":"query_journal","path":"/home/a.txt"}"#);
    let cause = made[0]["cause"].clone();
    session.say(&json!({"call": "undo", "cause": cause})).unwrap();
    assert!(!path.exists());
}
