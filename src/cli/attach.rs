//! `drive --attach`: a running desktop listens on a Unix socket in its data folder (mode 0600); a client sends
//! the lines of a script and reads the results, as `drive` would print them.
//!
//! Each connection has a thread of its own that runs the same runner; frames run on the UI thread, one at a
//! time, so the desktop stays usable meanwhile. One script at a time; others wait.

use super::{
    DataArgs,
    drive::{
        Runner, Verdict,
        stage::{Busy, Frame, Reboot, Stage},
    },
    drive_command::INVALID,
};
use crate::boot::DataFolder;
use anyhow::Context;
use compositor::{
    Shell,
    frontend::{self, window::Remote},
};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::sync_channel,
    time::Duration,
};

/// Longest line of a script.
const MAX_LINE_BYTES: u64 = 1024 * 1024;
/// How long the UI thread may take for one frame before a script gives up.
const FRAME_LIMIT: Duration = Duration::from_secs(30);

/// Steps of the clock up to this length are frames as they come.
const LONGEST_FRAME: Duration = Duration::from_millis(50);

/// Where the desktop on this data folder listens.
fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("drive.sock")
}

/// Listens until the value is dropped.
pub(crate) struct Listener {
    path: PathBuf,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Starts listening. The kernel holds the folder's lock, so a socket that is there is a left-over.
pub(crate) fn listen(data_dir: &Path, remote: Remote<Shell>) -> anyhow::Result<Listener> {
    let path = socket_path(data_dir);
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).with_context(|| path.display().to_string())?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    std::thread::Builder::new().name("agentos-drive".into()).spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            if let Err(why) = serve(stream, remote.clone()) {
                tracing::debug!(%why, "a script's connection ended");
            }
        }
    })?;
    Ok(Listener { path })
}

fn serve(stream: UnixStream, remote: Remote<Shell>) -> anyhow::Result<()> {
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    let mut runner = Runner::told(WindowStage { remote }).map_err(anyhow::Error::msg)?;
    let mut number = 0;
    loop {
        let mut line = String::new();
        if std::io::Read::take(&mut input, MAX_LINE_BYTES).read_line(&mut line)? == 0 {
            return Ok(());
        }
        number += 1;
        let (word, result) = match runner.line(number, &line) {
            Verdict::Empty => ("empty", serde_json::Value::Null),
            Verdict::Done(result) => ("done", result),
            Verdict::Failed(result) => ("failed", result),
            Verdict::Invalid(result) => ("invalid", result),
        };
        writeln!(out, "{word} {result}")?;
    }
}

/// Plays a script on the desktop that runs on a data folder.
pub(crate) fn play(data: &DataArgs, script: Box<dyn BufRead>) -> anyhow::Result<ExitCode> {
    let folder = DataFolder::given_or_default(data.data_dir.as_deref())?;
    let path = socket_path(folder.path());
    let mut stream = UnixStream::connect(&path)
        .with_context(|| format!("no desktop listens on {}; start one with `agentos run`", path.display()))?;
    let mut replies = BufReader::new(stream.try_clone()?);
    for line in script.lines() {
        let line = line.context("reading the script")?;
        writeln!(stream, "{line}")?;
        let mut reply = String::new();
        anyhow::ensure!(replies.read_line(&mut reply)? > 0, "the desktop ended");
        let (word, result) =
            reply.trim_end().split_once(' ').context("the desktop answered something else")?;
        if word != "empty" {
            println!("{result}");
        }
        match word {
            "failed" => return Ok(ExitCode::from(1)),
            "invalid" => return Ok(ExitCode::from(INVALID)),
            _ => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A window as a stage: each frame is a job on the UI thread.
struct WindowStage {
    remote: Remote<Shell>,
}

impl WindowStage {
    fn on_ui<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn frontend::Stage<Shell>) -> R + Send + 'static,
    ) -> Result<R, String> {
        let (give, take) = sync_channel(1);
        let sent = self.remote.run(move |stage| {
            // A script that gave up meanwhile does not want the answer.
            let _ = give.send(job(stage));
        });
        sent.map_err(|why| why.to_string())?;
        take.recv_timeout(FRAME_LIMIT).map_err(|_| "the desktop does not answer".to_owned())
    }
}

const HEADLESS_ONLY: &str = "only a headless desktop can do this; run the script without --attach";

impl Stage for WindowStage {
    /// The clock of a window is the real one, so time that a script lets pass really passes.
    fn frame(&mut self, events: Vec<egui::Event>, step: Duration) -> Result<Frame, String> {
        if step > LONGEST_FRAME {
            std::thread::sleep(step);
        }
        self.on_ui(move |stage| {
            let stepped = stage.frame(events);
            Frame { repaint_after: stepped.repaint_after, tree: stage.tree().cloned() }
        })
    }

    fn busy(&mut self) -> Result<Busy, String> {
        self.on_ui(|stage| {
            if stage.desktop().busy() {
                Busy::Calls
            } else if stage.is_woken() {
                Busy::Woken
            } else {
                Busy::No
            }
        })
    }

    fn with_shell<R: Send + 'static>(
        &mut self,
        act: impl FnOnce(&mut Shell) -> R + Send + 'static,
    ) -> Result<R, String> {
        self.on_ui(move |stage| act(stage.desktop()))
    }

    fn shot(&mut self, path: &Path, scale: Option<f32>) -> Result<[u32; 2], String> {
        if scale.is_some() {
            return Err(HEADLESS_ONLY.into());
        }
        let path = path.to_owned();
        self.on_ui(move |stage| {
            let shot = stage.shot().map_err(|why| why.to_string())?;
            shot.write_png(&path).map_err(|why| why.to_string())?;
            Ok([shot.width, shot.height])
        })?
    }

    fn resize(&mut self, width: f32, height: f32, scale: Option<f32>) -> Result<(), String> {
        if scale.is_some() {
            return Err(HEADLESS_ONLY.into());
        }
        self.on_ui(move |stage| stage.resize(egui::vec2(width, height)))
    }

    fn drop_file(&mut self, path: &Path, at: egui::Pos2) -> Result<(), String> {
        if !path.exists() {
            return Err(format!("{}: there is no such file on the host", path.display()));
        }
        let path = path.to_owned();
        self.on_ui(move |stage| {
            stage.drop_files(vec![path]);
            stage.frame(vec![egui::Event::PointerMoved(at)]);
        })
    }

    fn reboot(&mut self, _how: Reboot) -> Result<(), String> {
        Err(HEADLESS_ONLY.into())
    }
}
