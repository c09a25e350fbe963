//! Programs that people use, in isolation. Those that are not here are named and left out.

mod common;

use agentos_sandbox::{Observe, spawn_piped, spawn_pty};
use common::{PATIENCE, SIZE, Scene, read_all, read_until};
use std::path::Path;

/// Works, or is not here.
fn works(scene: &Scene, program: &str, script: &str, expected: &str) {
    if !["/usr/bin", "/bin"].iter().any(|folder| Path::new(folder).join(program).exists()) {
        eprintln!("NOT RUN: there is no {program} here");
        return;
    }
    let mut spec = scene.sh(script);
    spec.env.retain(|(name, _)| name != "PATH");
    spec.env.push(("PATH".into(), "/usr/bin:/bin".into()));
    let mut process = spawn_piped(&spec).unwrap();
    let (said, complained) = (read_all(&process.stdout), read_all(&process.stderr));
    let exit = process.child.wait_timeout(PATIENCE).unwrap();
    assert!(said.contains(expected), "{program}: {said}\n{complained}\n{exit:?}");
}

fn all_work(scene: &Scene) {
    works(
        scene,
        "python3",
        "python3 -c '\nimport threading, subprocess, multiprocessing, sqlite3, tempfile, socket, os\n\
         def work(): os.write(1, b\"t\")\n\
         t = threading.Thread(target=work); t.start(); t.join()\n\
         p = multiprocessing.get_context(\"fork\").Process(target=work); p.start(); p.join()\n\
         print(subprocess.run([\"echo\", \"sub\"], capture_output=True, text=True).stdout)\n\
         sqlite3.connect(\"/home/db\").execute(\"create table t (x)\")\n\
         tempfile.TemporaryFile().write(b\"x\")\n\
         a, b = socket.socketpair(); a.send(b\"pair\"); print(b.recv(9))\n\
         s = socket.create_server((\"127.0.0.1\", 0)); c = socket.create_connection(s.getsockname()); print(\"net\")\n'",
        "net",
    );
    works(
        scene,
        "node",
        "node -e 'setTimeout(() => console.log(\"later\", process.version), 20)'",
        "later v",
    );
    works(
        scene,
        "git",
        "git init -q repo && cd repo && echo x > f && git add f && \
         git -c user.name=n -c user.email=e@x commit -qm first && git log --oneline | grep -c first && git status -s",
        "1",
    );
    works(
        scene,
        "vim",
        "vim -es -u NONE -c 'normal ihello' -c 'wq! written' < /dev/null; cat written",
        "hello",
    );
    works(scene, "tmux", "tmux -L x new-session -d 'sleep 5' && tmux -L x ls", "1 windows");
    works(
        scene,
        "gcc",
        "echo 'int main(){return 0;}' > a.c && gcc a.c -o a && ./a && echo compiled",
        "compiled",
    );
    works(scene, "perl", "perl -e 'print \"per\".\"l\\n\"'", "perl");
    works(scene, "bash", "bash -lc 'diff <(echo a) <(echo a) && echo same'", "same");
    works(scene, "find", "find / -xdev -name hostname 2>/dev/null", "/etc/hostname");
    works(
        scene,
        "df",
        "df / >/dev/null && stat -f /tmp >/dev/null && nproc >/dev/null && echo counted",
        "counted",
    );
    works(
        scene,
        "tar",
        "tar czf t.tgz granted && tar xzf t.tgz -C /tmp && cat /tmp/granted",
        "a granted file",
    );
}

#[test]
fn they_work() {
    all_work(&Scene::new());
}

#[test]
fn they_work_while_everything_is_observed() {
    let mut scene = Scene::new();
    scene.isolation.observe = Observe::Everything;
    all_work(&scene);
}

#[test]
fn full_screen_programs_work() {
    let scene = Scene::new();
    for (program, args, shows, leave) in [
        ("htop", &[][..], "Load", "q"),
        ("vim", &["-u", "NONE"][..], "~", ":q\r"),
        ("less", &["/home/granted"][..], "granted", "q"),
    ] {
        if !Path::new("/usr/bin").join(program).exists() {
            eprintln!("NOT RUN: there is no {program} here");
            continue;
        }
        let mut process = spawn_pty(&scene.spec(program, args), SIZE).unwrap();
        read_until(&process.master, shows);
        nix::unistd::write(&process.master, leave.as_bytes()).unwrap();
        read_all(&process.master);
        common::end(&mut process.child);
    }
}

#[test]
fn all_of_this_holds_for_an_ordinary_user() {
    common::run_as_ordinary_user("all_of_this_holds_for_an_ordinary_user");
}
