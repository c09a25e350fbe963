//! `agentos run`: the desktop in a window, on our own loop or (for comparison) on eframe's.

use super::{DataArgs, attach};
use crate::boot::{self, DataFolder};
use compositor::{
    FirstRun, Shell,
    frontend::window::{Display, RunOptions},
    gpu::AdapterChoice,
};
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

/// Whose loop shows the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Frontend {
    /// Our own window.
    Window,
    /// eframe's, when built with `--features eframe`: cannot be driven by --attach, has no accessibility.
    Eframe,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RunArgs {
    /// Size of the window in points.
    #[arg(long, default_value = "1280x800", value_name = "WxH")]
    size: String,
    /// Pixels per point instead of the host's.
    #[arg(long)]
    scale: Option<f32>,
    /// Fill the screen.
    #[arg(long)]
    fullscreen: bool,
    /// Write a picture to this file before the end.
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
    /// End by itself after this time.
    #[arg(long, value_name = "MS")]
    exit_after_ms: Option<u64>,
    /// Draw on the processor even where there is a GPU.
    #[arg(long)]
    software: bool,
    /// Start without the windows of a first run.
    #[arg(long)]
    empty: bool,
    /// Whose loop shows the desktop.
    #[arg(long, value_enum, default_value = "window")]
    frontend: Frontend,
    #[command(flatten)]
    data: DataArgs,
}

pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let (width, height) = super::drive::parse_size(&args.size).map_err(anyhow::Error::msg)?;
    let folder = Arc::new(DataFolder::given_or_default(args.data.data_dir.as_deref())?);
    let options = RunOptions {
        size_points: [width, height],
        scale: args.scale,
        fullscreen: args.fullscreen,
        adapter: if args.software { AdapterChoice::Software } else { AdapterChoice::Auto },
        screenshot: args.screenshot.clone(),
        exit_after: args.exit_after_ms.map(Duration::from_millis),
        ..RunOptions::default()
    };
    let first_run = if args.empty { FirstRun::Empty } else { FirstRun::Composed };
    match args.frontend {
        Frontend::Window => in_window(options, folder, first_run)?,
        Frontend::Eframe => in_eframe(options, folder, first_run)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn in_window(options: RunOptions, folder: Arc<DataFolder>, first_run: FirstRun) -> anyhow::Result<()> {
    let display = Display::<Shell>::connect(options)?;
    let waker = display.waker();
    let booted = boot::boot(folder.clone(), Arc::new(move || waker.wake()))?;
    // The socket goes when the desktop does.
    let _listener = attach::listen(folder.path(), display.remote())
        .inspect_err(|why| tracing::warn!(%why, "this desktop cannot be driven from outside"));
    Ok(display.run(booted.desktop(first_run))?)
}

#[cfg(feature = "eframe")]
fn in_eframe(options: RunOptions, folder: Arc<DataFolder>, first_run: FirstRun) -> anyhow::Result<()> {
    let display = compositor::frontend::eframe::Display::new(options);
    let waker = display.waker();
    let booted = boot::boot(folder, Arc::new(move || waker.wake()))?;
    Ok(display.run(booted.desktop(first_run))?)
}

#[cfg(not(feature = "eframe"))]
fn in_eframe(_options: RunOptions, _folder: Arc<DataFolder>, _first_run: FirstRun) -> anyhow::Result<()> {
    anyhow::bail!(
        "the front-end `eframe` is not in this build; cargo build --features eframe makes one with it"
    )
}
