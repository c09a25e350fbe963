//! `agentos shot`: a picture of the desktop, without a display.

use super::{DataArgs, drive::stage::Stage, headless::HeadlessStage};
use anyhow::Context;
use std::{path::PathBuf, process::ExitCode, time::Duration};
use widgets::ThemeChoice;

#[derive(Debug, clap::Args)]
pub(crate) struct ShotArgs {
    /// The PNG to write.
    out: PathBuf,
    /// Size in points; the picture has size × scale pixels.
    #[arg(long, default_value = "1280x800", value_name = "WxH")]
    size: String,
    /// Pixels per point.
    #[arg(long, default_value_t = 1.0)]
    scale: f32,
    /// Apps or files to open instead of the windows of a first run.
    #[arg(long, num_args = 1.., value_name = "APP")]
    open: Vec<String>,
    /// Light or dark; without it what the data folder says.
    #[arg(long, value_enum)]
    theme: Option<Theme>,
    /// Real time that programs in terminals get to print something.
    #[arg(long, default_value_t = 600, value_name = "MS")]
    settle_ms: u64,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
enum Theme {
    Light,
    Dark,
}

pub(crate) fn run(args: &ShotArgs) -> anyhow::Result<ExitCode> {
    let (width, height) = super::drive::parse_size(&args.size).map_err(anyhow::Error::msg)?;
    anyhow::ensure!((0.5..=4.0).contains(&args.scale), "--scale goes from 0.5 to 4");
    let mut stage =
        HeadlessStage::boot(&args.data, egui::vec2(width, height), args.scale, !args.open.is_empty())?;
    stage.settle()?;
    if let Some(theme) = args.theme {
        let theme = if theme == Theme::Light { ThemeChoice::Light } else { ThemeChoice::Dark };
        stage.shell()?.set_theme(theme);
    }
    for what in &args.open {
        stage.shell()?.open(what).map_err(anyhow::Error::msg)?;
        stage.settle()?;
    }
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_millis(args.settle_ms.min(60_000)) {
        std::thread::sleep(Duration::from_millis(10));
        stage.frame(Vec::new(), Duration::from_millis(10)).map_err(anyhow::Error::msg)?;
    }
    stage.settle()?;
    let size = stage.shot(&args.out, None).map_err(anyhow::Error::msg).context("no picture was made")?;
    println!("{} ({} × {} pixels)", args.out.display(), size[0], size[1]);
    compositor::Desktop::shutdown(stage.shell()?);
    Ok(ExitCode::SUCCESS)
}
