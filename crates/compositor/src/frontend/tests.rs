//! The headless front-end as a script sees it.

use super::Headless;
use crate::gpu::tests::support::{Counter, gpu};
use accesskit::Role;
use egui::{Event, Modifiers, PointerButton, pos2, vec2};
use std::time::Duration;

fn press(at: egui::Pos2) -> Vec<Event> {
    let button = |pressed| Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    vec![Event::PointerMoved(at), button(true), button(false)]
}

fn button_bounds(headless: &Headless) -> egui::Rect {
    let tree = headless.tree().expect("the tree comes with each frame");
    let (_, node) =
        tree.nodes.iter().find(|(_, node)| node.role() == Role::Button).expect("there is a button");
    let bounds = node.bounds().expect("a button has bounds");
    egui::Rect::from_min_max(
        pos2(bounds.x0 as f32, bounds.y0 as f32),
        pos2(bounds.x1 as f32, bounds.y1 as f32),
    )
}

#[test]
fn a_click_through_the_tree_presses_the_button_and_no_device_is_opened() {
    let mut headless = Headless::new(vec2(320.0, 200.0), 1.0);
    let mut desktop = Counter::new();
    let mut now = Duration::ZERO;
    let mut frame = |headless: &mut Headless, desktop: &mut Counter, events| {
        now += Duration::from_millis(16);
        headless.frame(desktop, events, now)
    };
    frame(&mut headless, &mut desktop, Vec::new());
    let at = button_bounds(&headless).center();
    let stepped = frame(&mut headless, &mut desktop, press(at));
    assert_eq!(desktop.count, 1);
    assert_eq!(stepped.repaint_after, Duration::ZERO);
    assert_eq!(stepped.size_points, vec2(320.0, 200.0));
    (0..20).for_each(|_| drop(frame(&mut headless, &mut desktop, Vec::new())));
    assert!(!headless.has_gpu());
}

#[test]
fn a_scale_of_the_desktops_own_is_there_in_the_same_call() {
    let mut headless = Headless::new(vec2(400.0, 300.0), 2.0);
    let mut desktop = Counter { zoom: 1.25, ..Counter::new() };
    let stepped = headless.frame(&mut desktop, Vec::new(), Duration::ZERO);
    assert_eq!(stepped.pixels_per_point, 2.5);
    assert_eq!(stepped.size_points, vec2(320.0, 240.0));
    assert_eq!(headless.size_pixels(), [800, 600]);
    headless.resize(vec2(200.0, 100.0), 1.0);
    let stepped = headless.frame(&mut desktop, Vec::new(), Duration::from_millis(20));
    assert_eq!(stepped.size_points, vec2(160.0, 80.0));
}

#[test]
fn gpu_a_late_shot_shows_everything_that_came_before() {
    let Some(gpu) = gpu() else { return };
    let mut headless = Headless::new(vec2(160.0, 100.0), 1.5).with_gpu(gpu.clone());
    let mut early = Headless::new(vec2(160.0, 100.0), 1.5).with_gpu(gpu);
    let (mut desktop, mut other) = (Counter::new(), Counter::new());
    for step in 0..4 {
        let now = Duration::from_millis(20 * step);
        desktop.count = step as u32 * 1111;
        other.count = desktop.count;
        headless.frame(&mut desktop, Vec::new(), now);
        early.frame(&mut other, Vec::new(), now);
        early.shot().expect("a small picture can be drawn");
    }
    let shot = headless.shot().expect("a small picture can be drawn");
    assert_eq!([shot.width, shot.height], [240, 150]);
    assert_eq!(shot.pixel(239, 149), Some([10, 20, 30, 255]));
    assert_eq!(shot, early.shot().expect("a small picture can be drawn"));
    assert_eq!(shot, headless.shot().expect("the same picture again"));
    let png = shot.to_png().expect("a small picture can be encoded");
    assert_eq!(&png[1..4], b"PNG");
}
