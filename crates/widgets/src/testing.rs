//! Frames without a window, for tests.

use egui::{Context, Event, FullOutput, Pos2, RawInput, Rect, Ui, vec2};

/// A context with our fonts and the default theme, and accessibility on.
pub(crate) fn context() -> Context {
    let ctx = Context::default();
    crate::fonts::install(&ctx);
    crate::theme::apply(&ctx, &crate::Appearance::default());
    ctx.enable_accesskit();
    ctx
}

/// One frame of 640×480 points without input.
pub(crate) fn frame(ctx: &Context, draw: impl FnMut(&mut Ui)) -> FullOutput {
    frame_with(ctx, Vec::new(), draw)
}

/// One frame of 640×480 points with these events.
pub(crate) fn frame_with(ctx: &Context, events: Vec<Event>, draw: impl FnMut(&mut Ui)) -> FullOutput {
    let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(640.0, 480.0)));
    let input = RawInput { screen_rect, events, focused: true, ..RawInput::default() };
    let mut output = ctx.run_ui(input, draw);
    // Deltas that nobody draws must be given up, else they panic when dropped.
    output.textures_delta.clear();
    output
}
