//! The terminal: bytes to cells, and cells to triangles.

use super::{super::runner::each, super::runner::timed, apps::context};
use crate::bench::{Budget, CpuTimer, Meter, Operation, Spec};
use egui::{Pos2, RawInput, Rect, Vec2, vec2};
use std::{convert::Infallible, fmt::Write as _, time::Duration};
use terminal::{Size, Terminal};
use widgets::terminal_view::TerminalView;

const SCREEN: Size = Size { rows: 60, cols: 200 };
const SCROLLBACK: usize = 10_000;

pub(super) fn rows(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let screen = dense_screen(0);
    let mut ours = feeding(&screen);
    let spec =
        Spec::new("terminal/parse a dense screen").note("200 × 60 cells, each with colours of its own");
    parse(meter, spec, &mut ours, &screen);
    frame(meter)
}

/// A whole screen in which every cell has two colours and a style of its own, as `vtebench`'s dense cells.
fn dense_screen(turn: usize) -> Vec<u8> {
    let mut text = String::from("\x1b[H");
    for row in 0..SCREEN.rows {
        for col in 0..SCREEN.cols {
            let n = row * SCREEN.cols + col + turn;
            let letter = char::from(b'!' + (n % 94) as u8);
            // Writing to a string does not fail.
            let _ = write!(text, "\x1b[38;5;{};48;5;{};{}m{letter}", n % 256, (n * 7) % 256, 1 + n % 4);
        }
    }
    text.into_bytes()
}

fn feeding(screen: &[u8]) -> impl Operation + '_ {
    let mut terminal = Terminal::new(SCREEN, SCROLLBACK);
    each(move || {
        terminal.feed(screen);
        Ok::<_, Infallible>(())
    })
}

#[cfg(feature = "peers")]
fn parse(meter: &mut dyn Meter, spec: Spec, ours: &mut dyn Operation, screen: &[u8]) {
    use alacritty_terminal::{event::VoidListener, grid::Dimensions, term, vte::ansi};
    struct Cells;
    impl Dimensions for Cells {
        fn total_lines(&self) -> usize {
            SCREEN.rows
        }
        fn screen_lines(&self) -> usize {
            SCREEN.rows
        }
        fn columns(&self) -> usize {
            SCREEN.cols
        }
    }
    let config = term::Config { scrolling_history: SCROLLBACK, ..term::Config::default() };
    let mut alone = term::Term::new(config, &Cells, VoidListener);
    let mut processor: ansi::Processor = ansi::Processor::new();
    let mut peer = each(|| {
        processor.advance(&mut alone, screen);
        Ok::<_, Infallible>(())
    });
    meter.compare(spec.budget(Budget::PeerRatio(1.3)), ours, Some(("alacritty_terminal alone", &mut peer)));
}

#[cfg(not(feature = "peers"))]
fn parse(meter: &mut dyn Meter, spec: Spec, ours: &mut dyn Operation, _screen: &[u8]) {
    meter.compare(spec, ours, None);
}

/// The processor's time for a frame of a full screen.
fn frame(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let all = "terminal/frame 200×60, every cell changed";
    let one = "terminal/frame 200×60, one row changed";
    if !meter.wants(all) && !meter.wants(one) {
        return Ok(());
    }
    let mut view = View::new()?;
    let screens: Vec<Vec<u8>> = (0..4).map(|turn| dense_screen(turn * 31)).collect();
    let mut turn = 0;
    let mut operation = timed(|| {
        turn += 1;
        view.terminal.feed(&screens[turn % screens.len()]);
        Ok::<_, Infallible>(view.frame())
    });
    let spec = Spec::new(all)
        .budget(Budget::Median(Duration::from_millis(4)))
        .note("layout and triangles, without reading the bytes");
    meter.compare(spec, &mut operation, None);
    drop(operation);

    let mut turn = 0_usize;
    let mut operation = timed(|| {
        turn += 1;
        view.terminal.feed(format!("\x1b[5;{}Hkey", 1 + turn % 100).as_bytes());
        Ok::<_, Infallible>(view.frame())
    });
    meter.compare(Spec::new(one), &mut operation, None);
    Ok(())
}

struct View {
    ctx: egui::Context,
    view: TerminalView,
    terminal: Terminal,
    size: Vec2,
    now: f64,
}

impl View {
    /// A view that shows exactly the screen's cells.
    fn new() -> anyhow::Result<Self> {
        let (view, terminal) = (TerminalView::new(), Terminal::new(SCREEN, SCROLLBACK));
        let mut view = View { ctx: context(), view, terminal, size: vec2(1_600.0, 1_000.0), now: 0.0 };
        // The size of a cell is the font's, so the room that fits is found by trying.
        for _ in 0..40 {
            view.frame();
            let Size { rows, cols } = view.terminal.size();
            if (rows, cols) == (SCREEN.rows, SCREEN.cols) {
                return Ok(view);
            }
            let cell = view.size / vec2(cols as f32, rows as f32);
            let missing = vec2(SCREEN.cols as f32 - cols as f32, SCREEN.rows as f32 - rows as f32);
            // A little more than the missing cells take, or what was rounded away would be missing for ever.
            view.size += missing * cell * 0.9 + vec2(missing.x.signum(), missing.y.signum());
        }
        anyhow::bail!("no room fits a terminal of 200 × 60 cells")
    }

    fn frame(&mut self) -> Duration {
        let start = CpuTimer::start();
        self.now += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.now),
            ..RawInput::default()
        };
        let mut output = self.ctx.run_ui(input, |ui| {
            self.view.ui(ui, "bench", &mut self.terminal, "bench");
        });
        std::hint::black_box(
            self.ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point),
        );
        start.elapsed()
    }
}
