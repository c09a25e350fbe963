//! The terminal: bytes to cells, and cells to triangles.

use super::{super::runner::each, super::runner::timed, apps::context};
use crate::bench::{Budget, CpuTimer, Meter, Operation, Spec};
use egui::{Pos2, RawInput, Rect, Vec2, vec2};
use std::{convert::Infallible, fmt::Write as _, time::Duration};
use terminal::{SearchOptions, Size, Terminal};
use widgets::terminal_view::TerminalView;

const SCREEN: Size = Size { rows: 60, cols: 200 };
const SCROLLBACK: usize = 10_000;

pub(super) fn rows(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let spec =
        Spec::new("terminal/parse a dense screen").note("200 × 60 cells, each with colours of its own");
    parse(meter, spec, &dense_screen(0));
    parse(meter, Spec::new("terminal/parse 1 MB of lines").note(PER_MEGABYTE), &lines(Kind::Plain));
    parse(
        meter,
        Spec::new("terminal/parse 1 MB of coloured source").note(PER_MEGABYTE),
        &lines(Kind::Source),
    );
    parse(meter, Spec::new("terminal/parse 1 MB of CJK and emoji").note(PER_MEGABYTE), &lines(Kind::Wide));
    search(meter);
    frame(meter)
}

const PER_MEGABYTE: &str = "1,000 divided by the milliseconds is MB/s";

/// What a text is made of.
#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Source,
    Wide,
}

/// 1 MB of lines that scroll.
fn lines(kind: Kind) -> Vec<u8> {
    let mut text = String::with_capacity(1_000_100);
    for line in 0_usize.. {
        // Writing to a string does not fail.
        let _ = match kind {
            Kind::Plain => {
                write!(text, "{line:06} the quick brown fox jumps over the lazy dog, and back again\r\n")
            }
            Kind::Source => write!(
                text,
                "  \x1b[35mlet\x1b[0m value_{line} = \x1b[33m\"{line}\"\x1b[0m.parse::<\x1b[36mu64\x1b[0m>(); \x1b[2m// {line}\x1b[0m\r\n"
            ),
            Kind::Wide => write!(text, "{line} 日本語のテキスト 中文字符 🐍🚀 e\u{301}\r\n"),
        };
        if text.len() >= 1_000_000 {
            break;
        }
    }
    text.into_bytes()
}

/// A whole scrollback looked through.
fn search(meter: &mut dyn Meter) {
    let mut terminal = Terminal::new(SCREEN, SCROLLBACK);
    terminal.feed(&lines(Kind::Plain));
    let options = SearchOptions { regex: true, case_sensitive: false };
    let mut operation = each(|| {
        terminal.search("fox [a-z]+ over .*again$", options)?;
        while terminal.search_step(|| true) {}
        Ok::<_, terminal::SearchError>(terminal.search_status())
    });
    let spec = Spec::new("terminal/search 10,000 lines").note("a regular expression that is found in each");
    meter.compare(spec, &mut operation, None);
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
fn parse(meter: &mut dyn Meter, spec: Spec, screen: &[u8]) {
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
    let mut ours = feeding(screen);
    let peer: (&str, &mut dyn Operation) = ("alacritty_terminal alone", &mut peer);
    meter.compare(spec.budget(Budget::PeerRatio(1.3)), &mut ours, Some(peer));
}

#[cfg(not(feature = "peers"))]
fn parse(meter: &mut dyn Meter, spec: Spec, screen: &[u8]) {
    meter.compare(spec, &mut feeding(screen), None);
}

/// The processor's time for a frame of a full screen.
fn frame(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let all = "terminal/frame 200×60, every cell changed";
    let one = "terminal/frame 200×60, one row changed";
    let none = "terminal/frame 200×60, nothing changed";
    let scrolled = "terminal/frame 200×60, one line scrolled";
    if ![all, one, none, scrolled].iter().any(|name| meter.wants(name)) {
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
    drop(operation);

    let mut operation = timed(|| Ok::<_, Infallible>(view.frame()));
    meter.compare(Spec::new(none).note("mostly egui's own triangles"), &mut operation, None);
    drop(operation);

    let lines = lines(Kind::Source);
    let mut rest = lines.split_inclusive(|byte| *byte == b'\n').cycle();
    let mut operation = timed(|| {
        view.terminal.feed(rest.next().unwrap_or_default());
        Ok::<_, Infallible>(view.frame())
    });
    meter.compare(Spec::new(scrolled).note("every row is another one then"), &mut operation, None);
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
        let time = start.elapsed();
        // Nobody draws them.
        output.textures_delta.clear();
        time
    }
}
