//! `agentos run`: the desktop in a window.

use super::{DataArgs, attach};
use crate::boot::{self, DataFolder};
use anyhow::Context;
use compositor::{
    FirstRun,
    frontend::window::{self, RunOptions, WindowError},
};
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RunArgs {
    /// Size of the window in points.
    #[arg(long, default_value = "1280x800", value_name = "WxH")]
    size: String,
    /// Write a picture of the last frame to this file before the end.
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
    /// End by itself after this time.
    #[arg(long, value_name = "MS")]
    exit_after_ms: Option<u64>,
    /// Draw on the processor even where there is a GPU.
    #[arg(long)]
    software: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let (width, height) = super::drive::parse_size(&args.size).map_err(anyhow::Error::msg)?;
    let folder = Arc::new(DataFolder::given_or_default(args.data.data_dir.as_deref())?);
    let socket = attach::socket_path(folder.path());
    let options = RunOptions {
        title: "AgentOS".into(),
        size_points: egui::vec2(width, height),
        screenshot: args.screenshot.clone(),
        exit_after: args.exit_after_ms.map(Duration::from_millis),
        software: args.software,
        ..RunOptions::default()
    };
    let result = window::run(options, move |handle| {
        let waker = handle.waker();
        let booted = boot::boot(folder, Arc::new(move || waker.wake())).map_err(|why| format!("{why:#}"))?;
        let shell = booted.desktop(FirstRun::Composed);
        if let Err(why) = attach::listen(&socket, handle) {
            tracing::warn!(%why, "this desktop cannot be driven from outside");
        }
        Ok(shell)
    });
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(WindowError::NoDisplay(why)) => Err(anyhow::anyhow!(why)).context(
            "there is no display to open a window on. `agentos shot OUT.png` makes a picture without one, \
             `cargo xtask run` starts a virtual display",
        ),
        Err(why) => Err(why.into()),
    }
}
