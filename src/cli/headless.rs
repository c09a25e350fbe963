//! A desktop without a window, as a stage for scripts and pictures.

use super::{
    DataArgs,
    drive::stage::{Busy, Frame, Reboot, Stage},
};
use crate::{
    bench::CpuTimer,
    boot::{self, Boot, DataFolder},
};
use anyhow::Context;
use compositor::{Desktop, FirstRun, Shell, frontend::Headless};
use std::{
    collections::VecDeque,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Kernel, shell and front-end in one process.
pub(crate) struct HeadlessStage {
    booted: Option<(Boot, Shell)>,
    folder: Arc<DataFolder>,
    front: Headless,
    now: Duration,
    size: egui::Vec2,
    scale: f32,
    first_run: FirstRun,
    /// What frames cost since somebody asked, the newest of them.
    frame_times: VecDeque<Duration>,
}

/// Frames whose cost is remembered.
const MOST_FRAME_TIMES: usize = 10_000;

/// How long a desktop that was ended may hold its data folder.
const REBOOT_LIMIT: Duration = Duration::from_secs(5);

impl HeadlessStage {
    /// Boots on a folder of its own unless one was given.
    pub(crate) fn boot(data: &DataArgs, size: egui::Vec2, scale: f32, empty: bool) -> anyhow::Result<Self> {
        let folder = Arc::new(DataFolder::given_or_temporary(data.data_dir.as_deref())?);
        let first_run = if empty { FirstRun::Empty } else { FirstRun::Composed };
        let front = Headless::new(size, scale);
        let booted = start(&folder, &front, first_run)?;
        Ok(HeadlessStage {
            booted: Some(booted),
            folder,
            front,
            now: Duration::ZERO,
            size,
            scale,
            first_run,
            frame_times: VecDeque::new(),
        })
    }

    /// The desktop.
    pub(crate) fn shell(&mut self) -> anyhow::Result<&mut Shell> {
        self.booted.as_mut().map(|(_, shell)| shell).context("the desktop did not start again")
    }

    /// Frames until nothing moves and no call to the host's files is under way, both bounded.
    pub(crate) fn settle(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        for _ in 0..600 {
            let frame = self.frame(Vec::new(), Duration::from_millis(16)).map_err(anyhow::Error::msg)?;
            let busy = self.shell()?.busy();
            if busy && began.elapsed() < Duration::from_secs(3) {
                self.front.wait(Duration::from_millis(2));
            } else if !frame.repaint_after.is_zero() {
                break;
            }
        }
        Ok(())
    }
}

fn in_use(why: &anyhow::Error) -> bool {
    matches!(why.downcast_ref::<kernel::BootError>(), Some(kernel::BootError::InUse { .. }))
}

fn start(folder: &Arc<DataFolder>, front: &Headless, first_run: FirstRun) -> anyhow::Result<(Boot, Shell)> {
    let waker = front.waker();
    let booted = boot::boot(folder.clone(), Arc::new(move || waker.wake()))?;
    let shell = booted.desktop(first_run);
    Ok((booted, shell))
}

impl Stage for HeadlessStage {
    fn frame(&mut self, events: Vec<egui::Event>, step: Duration) -> Result<Frame, String> {
        let Some((_, shell)) = &mut self.booted else { return Err("the desktop has ended".into()) };
        self.now += step;
        let timer = CpuTimer::start();
        let stepped = self.front.frame(shell, events, self.now);
        if self.frame_times.len() >= MOST_FRAME_TIMES {
            self.frame_times.pop_front();
        }
        self.frame_times.push_back(timer.elapsed());
        if shell.wants_quit() {
            return Err("the desktop was quit".into());
        }
        Ok(Frame { repaint_after: stepped.repaint_after, tree: self.front.tree().cloned() })
    }

    fn busy(&mut self) -> Result<Busy, String> {
        let calls = self.with_shell(|shell| shell.busy())?;
        Ok(if calls {
            Busy::Calls
        } else if self.front.is_woken() {
            Busy::Woken
        } else {
            Busy::No
        })
    }

    fn frame_times(&mut self) -> Vec<Duration> {
        std::mem::take(&mut self.frame_times).into()
    }

    fn with_shell<R: Send + 'static>(
        &mut self,
        act: impl FnOnce(&mut Shell) -> R + Send + 'static,
    ) -> Result<R, String> {
        match &mut self.booted {
            Some((_, shell)) => Ok(act(shell)),
            None => Err("the desktop has ended".into()),
        }
    }

    fn shot(&mut self, path: &Path, scale: Option<f32>) -> Result<[u32; 2], String> {
        let scale = scale.unwrap_or(self.scale);
        if scale != self.front.scale() {
            self.front.resize(self.size, scale);
            self.frame(Vec::new(), Duration::ZERO)?;
            self.frame(Vec::new(), Duration::ZERO)?;
        }
        let size = self.front.size_pixels();
        let written = self.front.shot_to(path).map_err(|why| why.to_string());
        if scale != self.scale {
            self.front.resize(self.size, self.scale);
            self.frame(Vec::new(), Duration::ZERO)?;
        }
        written.map(|()| size)
    }

    fn resize(&mut self, width: f32, height: f32, scale: Option<f32>) -> Result<(), String> {
        self.size = egui::vec2(width, height);
        self.scale = scale.unwrap_or(self.scale);
        self.front.resize(self.size, self.scale);
        Ok(())
    }

    fn drop_file(&mut self, path: &Path, at: egui::Pos2) -> Result<(), String> {
        if !path.exists() {
            return Err(format!("{}: there is no such file on the host", path.display()));
        }
        self.front.drop_files(vec![path.to_owned()]);
        self.frame(vec![egui::Event::PointerMoved(at)], Duration::from_millis(16))?;
        Ok(())
    }

    fn reboot(&mut self, how: Reboot) -> Result<(), String> {
        let Some((booted, mut shell)) = self.booted.take() else {
            return Err("the desktop has ended".into());
        };
        match how {
            Reboot::Gentle => {
                shell.shutdown();
                drop(shell);
                drop(booted);
            }
            Reboot::Kill => {
                // Saving is `shutdown`'s; without it nothing that waits in memory is kept.
                booted.abandon();
                drop(shell);
            }
        }
        // Texture ids start again with the new desktop.
        self.front = Headless::new(self.size, self.scale);
        self.now = Duration::ZERO;
        // A call that was under way on the host may hold the folder a moment longer.
        let began = Instant::now();
        loop {
            match start(&self.folder, &self.front, self.first_run) {
                Ok(booted) => {
                    self.booted = Some(booted);
                    return Ok(());
                }
                Err(why) if in_use(&why) && began.elapsed() < REBOOT_LIMIT => {
                    self.front.wait(Duration::from_millis(5));
                }
                Err(why) => return Err(format!("{why:#}")),
            }
        }
    }
}
