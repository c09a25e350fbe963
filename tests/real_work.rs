//! Real work in the filtered network: `npm ci`, `pip install` in a venv, `cargo build` with a dependency, and git over
//! https, each by the product itself (`agentos syscall`), with the host rules that it needs and no others.
//!
//! It reaches public registries, so it runs when it is asked for: `AGENTOS_REAL_WORK=1 cargo nextest run --test
//! real_work`. What cannot be tried here is said, loudly.

use kernel::network::{AddressClass, class_of};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

/// Whether this part can be tried: it was asked for, its host is reached, its programs are there.
fn can_try(what: &str, host: &str, programs: &[&str]) -> bool {
    let skip = |why: &str| {
        eprintln!("SKIPPED {what}: {why}");
        false
    };
    if std::env::var_os("AGENTOS_REAL_WORK").is_none() {
        return skip("it reaches public registries; AGENTOS_REAL_WORK=1 asks for it");
    }
    let address = host.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    let is_reached =
        address.is_some_and(|address| TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok());
    if !is_reached {
        return skip(&format!("{host} is not reached from here"));
    }
    match programs.iter().find(|program| !Path::new(program).exists()) {
        Some(missing) => skip(&format!("{missing} is not installed")),
        None => true,
    }
}

/// The product, and an app in it with these host rules.
struct Product {
    folder: tempfile::TempDir,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Product {
    fn start(rules: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rights = folder.path().join("rights.json");
        let all = json!([
            {"SpawnProcess": ["*"]}, {"NetworkAccess": rules}, {"ReadFile": "/home"}, {"WriteFile": "/home"},
            {"CreateFile": "/home"}, {"DeleteFile": "/home"}, {"ListDirectory": "/home"}, "SystemInfo",
        ]);
        fs::write(&rights, all.to_string()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_agentos"))
            .args(["syscall", "--data-dir"])
            .arg(folder.path().join("data"))
            .arg("--caps")
            .arg(&rights)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut product = Product { folder, child, input, output: BufReader::new(output) };
        // It has booted when it answers.
        product.say(&json!({"call": "getcwd"}));
        product
    }

    fn say(&mut self, line: &Value) -> Value {
        writeln!(self.input, "{line}").unwrap();
        let mut reply = String::new();
        self.output.read_line(&mut reply).unwrap();
        let reply: Value = serde_json::from_str(&reply).unwrap();
        assert!(reply.get("ok").is_some(), "{line}: {reply}");
        reply["ok"].clone()
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("data/home")
    }

    /// Runs a script in the filtered network to its end; gives what it wrote and its connections.
    fn run(&mut self, script: &str) -> (bool, String, Value) {
        // Made by the app, so that the program has a home.
        self.say(&json!({"call": "write", "path": "/home/script", "data": script}));
        let started = self.say(&json!({
            "call": "spawn", "executable": "bash", "args": ["-c", "exec >/home/log 2>&1; . /home/script"],
            "sandbox": {"write": ["/home"], "network": "filtered", "required": true},
        }));
        let pid = started["pid"].clone();
        let mut connections = Value::Null;
        let exit = loop {
            writeln!(self.input, "{}", json!({"call": "wait", "pid": pid, "timeout_millis": 2_000})).unwrap();
            let mut reply = String::new();
            self.output.read_line(&mut reply).unwrap();
            let reply: Value = serde_json::from_str(&reply).unwrap();
            if let Some(ended) = reply.get("ok") {
                break ended["exit"].clone();
            }
            connections = self.say(&json!({"call": "list_connections", "pid": pid, "ended": true}));
        };
        let log = fs::read_to_string(self.home().join("log")).unwrap_or_default();
        (exit == json!({"code": 0}), log, connections)
    }
}

/// The same rules, and the addresses of their hosts that are no public ones: where a mirror stands in for the registries,
/// its names lead inside, and that needs a grant of its own.
fn with_mirrors(rules: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    for address in rules.iter().filter_map(|rule| rule.to_socket_addrs().ok()).flatten() {
        let rule = format!("{}:{}", address.ip(), address.port());
        if class_of(address.ip()) != AddressClass::Public && address.is_ipv4() && !all.contains(&rule) {
            all.push(rule);
        }
    }
    all
}

/// Without the rules it does not work; with them it does.
fn works(rules: &[&str], prepare: impl Fn(&Path), script: &str, made: &str) {
    let mut product = Product::start(&[]);
    prepare(&product.home());
    let (went_well, log, _) = product.run(script);
    assert!(!went_well, "it went well without any rule:\n{log}");
    let mut product = Product::start(&with_mirrors(rules));
    prepare(&product.home());
    let (went_well, log, connections) = product.run(script);
    println!("{log}\n{connections:#}");
    assert!(went_well && product.home().join(made).exists(), "{log}\n{connections:#}");
}

#[test]
fn npm_ci() {
    if !can_try("npm ci", "registry.npmjs.org:443", &["/usr/bin/npm"]) {
        return;
    }
    let prepare = |home: &Path| {
        let package = r#"{"name": "work", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}}"#;
        fs::write(home.join("package.json"), package).unwrap();
    };
    let script = "cd /home && npm install --package-lock-only --no-audit --fetch-retries=0 && rm -rf node_modules && \
                  npm ci --no-audit --fetch-retries=0 && node -e 'process.exit(require(\"is-odd\")(3) ? 0 : 1)'";
    works(&["registry.npmjs.org:443"], prepare, script, "node_modules/is-odd/package.json");
}

#[test]
fn pip_install_in_a_venv() {
    if !can_try("pip install", "pypi.org:443", &["/usr/bin/python3"]) {
        return;
    }
    let script = "cd /home && /usr/bin/python3 -m venv venv && \
                  venv/bin/pip install --retries 0 --disable-pip-version-check six==1.16.0 && \
                  venv/bin/python -c 'import six; print(six.__version__)'";
    works(&["pypi.org:443", "files.pythonhosted.org:443"], |_| {}, script, "venv/bin/pip");
}

#[test]
fn cargo_build() {
    let toolchain = Command::new("rustc").args(["--print", "sysroot"]).output();
    let toolchain = toolchain.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let toolchain = toolchain.unwrap_or_default();
    if !can_try("cargo build", "index.crates.io:443", &[&format!("{toolchain}/bin/cargo")]) {
        return;
    }
    let prepare = |home: &Path| {
        // The home of the host's administrator is in no view; names of the same files are.
        let copied =
            Command::new("cp").args(["-al", &toolchain]).arg(home.join("toolchain")).status().unwrap();
        assert!(copied.success());
        fs::create_dir_all(home.join("work/src")).unwrap();
        let manifest = "[package]\nname = \"work\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nitoa = \"=1.0.11\"\n";
        fs::write(home.join("work/Cargo.toml"), manifest).unwrap();
        let main = "fn main() { println!(\"{}\", itoa::Buffer::new().format(42)); }\n";
        fs::write(home.join("work/src/main.rs"), main).unwrap();
    };
    let script = "cd /home/work && export CARGO_HOME=/home/.cargo CARGO_NET_RETRY=0 PATH=/home/toolchain/bin:$PATH && \
                  cargo build && target/debug/work";
    works(&["index.crates.io:443", "static.crates.io:443"], prepare, script, "work/target/debug/work");
}

#[test]
fn git_over_https() {
    let git = ["/usr/bin/git", "/usr/local/bin/git"].into_iter().find(|git| Path::new(git).exists());
    let openssl = "/usr/bin/openssl";
    if std::env::var_os("AGENTOS_REAL_WORK").is_none() {
        eprintln!("SKIPPED git over https: AGENTOS_REAL_WORK=1 asks for it");
        return;
    }
    let Some(git) = git.filter(|_| Path::new(openssl).exists() && Path::new("/usr/bin/python3").exists())
    else {
        eprintln!("SKIPPED git over https: git, openssl or python3 is not installed");
        return;
    };
    let served = tempfile::tempdir().unwrap();
    let port = serve_repository(served.path(), git);
    let script = format!(
        "cd /home && unset no_proxy NO_PROXY && {git} -c http.sslVerify=false clone https://git.localhost:{port}/work.git && \
         cat work/file"
    );
    works(&["loopback"], |_| {}, &script, "work/file");
}

/// A repository behind a server of python on the loopback, with a certificate of its own. It ends with the test.
fn serve_repository(folder: &Path, git: &str) -> u16 {
    let script = format!(
        "set -e; cd {folder}; {git} init -q --bare work.git; {git} init -q tree; cd tree; echo from the server > file; \
         {git} add file; {git} -c user.name=n -c user.email=n@localhost commit -qm one; \
         {git} push -q ../work.git HEAD:refs/heads/main; \
         cd ../work.git; {git} symbolic-ref HEAD refs/heads/main; {git} update-server-info; cd ..; \
         openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 -subj /CN=git.localhost 2>/dev/null",
        folder = folder.display()
    );
    let made = Command::new("bash").args(["-c", &script]).status().unwrap();
    assert!(made.success());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = "import http.server, ssl, sys, os\n\
                  os.chdir(sys.argv[1])\n\
                  server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[2])), http.server.SimpleHTTPRequestHandler)\n\
                  context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n\
                  context.load_cert_chain('cert', 'key')\n\
                  server.socket = context.wrap_socket(server.socket, server_side=True)\n\
                  import threading\n\
                  threading.Thread(target=server.serve_forever, daemon=True).start()\n\
                  print('ready', flush=True)\n\
                  sys.stdin.read()\n";
    // It reads its input to the end, which comes with this process's.
    let mut child = Command::new("/usr/bin/python3")
        .args(["-c", server])
        .arg(folder)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    // Its input stays open as long as this process lives.
    std::mem::forget(child);
    port
}
