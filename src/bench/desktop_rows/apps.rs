//! Blueprint apps: from an event to what it changes, and from the click on an icon to the first frame.

use super::{super::runner::each, super::runner::timed, stage::Stage};
use crate::{
    bench::{Budget, CpuTimer, Meter, Operation, Samples, Spec, Unit},
    boot::{self, DataFolder},
};
use abi::UiCaller;
use anyhow::Context;
use blueprint::{Instance, UiEvent};
use egui::{Key, Modifiers, Rect, vec2};
use serde_json::{Value, json};
use services::ToolRunner;
use std::{sync::Arc, time::Duration};
use widgets::BlueprintView;

const CALCULATOR: &str = "/apps/blueprint/utilities/calculator.bp";
const GALLERY: &str = "/apps/blueprint/developer/gallery.bp";
/// Documents with so many components, of which one shows what changes.
const COMPONENTS: [usize; 2] = [1_000, 10_000];

/// Rows that need no desktop.
pub(super) fn documents(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let folder = Arc::new(DataFolder::given_or_temporary(None)?);
    let boot = boot::boot(folder, Arc::new(|| {}))?;
    let read = |path: &str| {
        let call = abi::table::Read { path: path.to_owned(), offset: 0, size: None };
        boot.system.call(call).with_context(|| format!("the shipped {path}"))
    };
    let calculator = read(CALCULATOR)?;
    let gallery = read(GALLERY)?;
    let caller = || UiCaller::new(boot.system.clone());

    let mut load = each(|| load(&gallery).map(|_| ()));
    let mut parse = each(|| serde_json::from_slice::<Value>(&gallery));
    let spec = Spec::new("blueprint/load the gallery")
        .note("read, checked, compiled, first view; the peer only parses");
    meter.compare(spec, &mut load, Some(("serde_json to Value", &mut parse)));

    let mut instance = load_mounted(&calculator, caller())?;
    let mut digits = presses(&mut instance, &["key-7", "key-clear"]);
    let spec =
        Spec::new("blueprint/click to ui.* to marked").budget(Budget::Median(Duration::from_micros(50)));
    meter.compare(spec.note("a digit and then AC of the shipped Calculator"), &mut digits, None);
    drop(digits);
    let mut sums = presses(&mut instance, &["key-7", "key-multiply", "key-8", "key-equals", "key-clear"]);
    let spec =
        Spec::new("blueprint/7 × 8 = and AC, five clicks").budget(Budget::Median(Duration::from_micros(300)));
    meter.compare(spec.note("four of 50 µs and one of math.* of 100 µs"), &mut sums, None);
    drop(sums);

    for components in COMPONENTS {
        one_of_many(meter, components, caller())?;
    }
    Ok(())
}

fn load(bytes: &[u8]) -> anyhow::Result<Instance> {
    let loaded = Instance::load(bytes);
    let first = loaded.diagnostics.first().map_or_else(String::new, |found| found.message.clone());
    loaded.instance.with_context(|| format!("the document does not run: {first}"))
}

struct Mounted {
    instance: Instance,
    tools: ToolRunner,
}

fn load_mounted(bytes: &[u8], caller: UiCaller) -> anyhow::Result<Mounted> {
    let mut instance = load(bytes)?;
    let mut tools = ToolRunner::new("bench", caller);
    instance.mount(0, &mut tools);
    Ok(Mounted { instance, tools })
}

impl Mounted {
    fn click(&mut self, component: &str) {
        let event =
            UiEvent { component: component.to_owned(), event: "click".to_owned(), value: Value::Null };
        self.instance.dispatch(event, &mut self.tools);
    }
}

/// Clicks these in turn.
fn presses<'a>(mounted: &'a mut Mounted, components: &'a [&'a str]) -> impl Operation + 'a {
    each(move || {
        let before = mounted.instance.stats().evaluated;
        for component in components {
            mounted.click(component);
        }
        anyhow::ensure!(mounted.instance.stats().evaluated > before, "nothing changed");
        Ok(())
    })
}

/// A document of many texts, each bound to a value of its own, and a button that changes one value.
fn many(components: usize) -> Vec<u8> {
    let texts = (0..components - 1).map(|n| {
        json!({"type": "text", "id": format!("text-{n}"), "props": {"content": {"$path": format!("/values/v{n}")}}})
    });
    let button = json!({
        "type": "button",
        "id": "change",
        "props": {"text": "Change"},
        "on_event": {"click": {"tool": "ui.set", "args": {"target": "/values/v7", "value": {"$expr": "values.v7 + 1"}}}}
    });
    let all: Vec<Value> = [button].into_iter().chain(texts).collect();
    let values: serde_json::Map<String, Value> =
        (0..components).map(|n| (format!("v{n}"), json!(n))).collect();
    let document = json!({
        "app": {"id": "many", "name": "Many", "version": "1.0.0"},
        "data": {"values": values},
        "ui": {"title": "Many", "layout": "vertical", "components": all}
    });
    document.to_string().into_bytes()
}

fn one_of_many(meter: &mut dyn Meter, components: usize, caller: UiCaller) -> anyhow::Result<()> {
    let set = format!("blueprint/ui.set among {components} components");
    let evaluated = format!("blueprint/components re-evaluated of {components}");
    let frame = format!("blueprint/frame CPU, one of {components} changed");
    if ![&set, &evaluated, &frame].iter().any(|name| meter.wants(name)) {
        return Ok(());
    }
    let mut mounted = load_mounted(&many(components), caller)?;
    let mut operation = presses(&mut mounted, &["change"]);
    meter.compare(Spec::new(set).budget(Budget::Median(Duration::from_micros(50))), &mut operation, None);
    drop(operation);
    mounted.click("change");
    let count = mounted.instance.stats().last_evaluated;
    let spec = Spec::new(evaluated).unit(Unit::Count).budget(Budget::Most(1.0));
    meter.record(spec, Samples::single(count as f64), None);

    let most = Duration::from_millis(if components <= 1_000 { 1 } else { 2 });
    let mut window = Window::new("many");
    for _ in 0..3 {
        window.frame(&mounted.instance);
    }
    let mut operation = timed(|| -> anyhow::Result<Duration> {
        mounted.click("change");
        Ok(window.frame(&mounted.instance))
    });
    let spec =
        Spec::new(frame).budget(Budget::Median(most)).note("layout and triangles of the document alone");
    meter.compare(spec, &mut operation, None);
    Ok(())
}

/// A window's content without a desktop around it.
struct Window {
    ctx: egui::Context,
    view: BlueprintView,
    now: f64,
}

impl Window {
    fn new(name: &str) -> Self {
        Window { ctx: context(), view: BlueprintView::new(name), now: 0.0 }
    }

    /// The processor's time for one frame.
    fn frame(&mut self, instance: &Instance) -> Duration {
        let start = CpuTimer::start();
        self.now += 1.0 / 60.0;
        let size = vec2(800.0, 600.0);
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, size)),
            time: Some(self.now),
            ..egui::RawInput::default()
        };
        let mut output = self.ctx.run_ui(input, |ui| {
            let theme = widgets::theme::Theme::of(ui);
            self.view.ui(ui, instance.view(), &theme);
        });
        std::hint::black_box(
            self.ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point),
        );
        start.elapsed()
    }
}

/// An egui context as the desktop sets it up.
pub(super) fn context() -> egui::Context {
    let ctx = egui::Context::default();
    ctx.options_mut(|options| options.max_passes = std::num::NonZeroUsize::MIN);
    widgets::fonts::install(&ctx);
    widgets::theme::apply(&ctx, &widgets::Appearance::default());
    ctx
}

/// From the click on an icon to the first frame that shows the app.
pub(super) fn launch(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let spec = Spec::new("desktop/launch a Blueprint app to its first frame")
        .budget(Budget::Median(Duration::from_millis(16)))
        .note("the processor's time: process, document, window, and the frame that shows it");
    if !meter.wants(&spec.name) {
        return Ok(());
    }
    let mut stage = Stage::empty()?;
    stage.settle();
    let close = Modifiers { ctrl: true, command: true, shift: true, ..Modifiers::NONE };
    let mut operation = timed(|| -> anyhow::Result<Duration> {
        let start = CpuTimer::start();
        stage.shell.open("calculator").map_err(anyhow::Error::msg)?;
        stage.frame(Vec::new());
        let time = start.elapsed();
        anyhow::ensure!(stage.shell.window_list().len() == 1, "no window opened");
        stage.press(Key::W, close);
        stage.settle();
        anyhow::ensure!(stage.shell.window_list().is_empty(), "the window did not close");
        Ok(time)
    });
    meter.compare(spec, &mut operation, None);
    Ok(())
}
