//! Controls by role and name, by pointer and by keyboard.

use super::*;
use crate::testing;
use egui::accesskit::{Node, Role, Toggled, TreeUpdate};
use egui::{Context, Event, Key, Modifiers, PointerButton, Pos2, Ui, pos2};

struct Page<'a> {
    ctx: Context,
    draw: Box<dyn FnMut(&mut Ui) + 'a>,
    tree: Option<TreeUpdate>,
}

impl<'a> Page<'a> {
    fn new(draw: impl FnMut(&mut Ui) + 'a) -> Self {
        let mut page = Page { ctx: testing::context(), draw: Box::new(draw), tree: None };
        page.step(Vec::new());
        page
    }

    fn step(&mut self, events: Vec<Event>) {
        let output = testing::frame_with(&self.ctx, events, &mut self.draw);
        self.tree = output.platform_output.accesskit_update;
    }

    fn press(&mut self, key: Key) {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        self.step(vec![event(true)]);
        self.step(vec![event(false)]);
        self.step(Vec::new());
    }

    fn find(&self, role: Role, name: &str) -> Option<Node> {
        let tree = self.tree.as_ref()?;
        tree.nodes
            .iter()
            .map(|(_, node)| node)
            .find(|node| node.role() == role && node.label() == Some(name))
            .cloned()
    }

    fn node(&self, role: Role, name: &str) -> Node {
        self.find(role, name).unwrap_or_else(|| panic!("no {role:?} named {name:?}"))
    }

    fn centre(&self, role: Role, name: &str) -> Pos2 {
        let bounds = self.node(role, name).bounds().expect("it has a place");
        pos2(((bounds.x0 + bounds.x1) / 2.0) as f32, ((bounds.y0 + bounds.y1) / 2.0) as f32)
    }

    fn click(&mut self, role: Role, name: &str) {
        let pos = self.centre(role, name);
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.step(vec![Event::PointerMoved(pos)]);
        self.step(vec![button(true)]);
        self.step(vec![button(false)]);
        // A popup measures itself in its first frame.
        self.step(Vec::new());
        self.step(Vec::new());
    }
}

#[test]
fn buttons_are_pressed_by_pointer_and_by_keyboard_and_not_when_disabled() {
    let mut count = 0;
    let mut page = Page::new(|ui| {
        count += u32::from(ui.add(Button::primary("Save")).clicked());
        count += 100 * u32::from(ui.add_enabled(false, Button::new("Not now")).clicked());
        count += 100 * u32::from(ui.add(Button::new("Busy").loading(true)).clicked());
    });
    page.click(Role::Button, "Save");
    page.click(Role::Button, "Not now");
    page.click(Role::Button, "Busy");
    assert!(page.node(Role::Button, "Not now").is_disabled());
    page.press(Key::Tab);
    page.press(Key::Enter);
    drop(page);
    assert_eq!(count, 2);
}

#[test]
fn toggles_change_and_say_so() {
    let (mut checked, mut on) = (false, true);
    let mut page = Page::new(|ui| {
        ui.add(Checkbox::new(&mut checked, "Done"));
        ui.add(Switch::new(&mut on, "Sound"));
    });
    assert_eq!(page.node(Role::CheckBox, "Done").toggled(), Some(Toggled::False));
    page.click(Role::CheckBox, "Done");
    assert_eq!(page.node(Role::CheckBox, "Done").toggled(), Some(Toggled::True));
    page.click(Role::Switch, "Sound");
    drop(page);
    assert_eq!((checked, on), (true, false));
}

#[test]
fn a_slider_moves_by_steps_within_its_range() {
    let mut value = 5.0;
    let mut page = Page::new(|ui| {
        ui.add(Slider::new(&mut value, 0.0..=10.0, "Volume").step(0.1));
    });
    assert_eq!(page.node(Role::Slider, "Volume").numeric_value(), Some(5.0));
    page.press(Key::Tab);
    page.press(Key::ArrowRight);
    page.press(Key::ArrowRight);
    page.press(Key::ArrowRight);
    assert_eq!(page.node(Role::Slider, "Volume").numeric_value(), Some(5.3));
    page.press(Key::End);
    page.press(Key::ArrowRight);
    drop(page);
    assert_eq!(value, 10.0);
}

#[test]
fn a_select_opens_a_list_and_takes_what_is_chosen() {
    let options = ["Apple", "Pear", "Plum"].map(String::from);
    let mut chosen = None;
    let mut page = Page::new(|ui| {
        ui.add(Select::new(&mut chosen, &options, "Fruit"));
    });
    page.click(Role::ComboBox, "Fruit");
    page.click(Role::ListBoxOption, "Plum");
    assert_eq!(page.node(Role::ComboBox, "Fruit").value(), Some("Plum"));
    assert!(page.find(Role::ListBoxOption, "Plum").is_none(), "the list is closed");
    drop(page);
    assert_eq!(chosen, Some(2));
}

#[test]
fn a_menu_is_walked_by_keyboard_into_its_submenu() {
    let entries = [
        MenuEntry::item("new", "New folder").with_keys("Ctrl+Shift+N"),
        MenuEntry::item("paste", "Paste").enabled_if(false),
        MenuEntry::Separator,
        MenuEntry::Submenu {
            label: "Sort by".into(),
            icon: None,
            entries: vec![MenuEntry::item("name", "Name"), MenuEntry::item("size", "Size")],
        },
    ];
    let mut chosen = Vec::new();
    let mut page = Page::new(|ui| {
        let button = ui.add(Button::new("View"));
        chosen.extend(menu_popup(&button, &entries));
    });
    page.click(Role::Button, "View");
    assert!(page.node(Role::MenuItem, "Paste").is_disabled());
    page.click(Role::MenuItem, "New folder");
    assert!(page.find(Role::MenuItem, "New folder").is_none(), "choosing closes it");
    page.press(Key::Tab);
    page.press(Key::Enter);
    page.press(Key::ArrowDown);
    page.press(Key::ArrowDown);
    page.press(Key::ArrowRight);
    page.press(Key::ArrowDown);
    page.press(Key::Enter);
    drop(page);
    assert_eq!(chosen, ["new", "size"]);
}

#[test]
fn a_field_can_be_cleared() {
    let mut text = "notes".to_owned();
    let mut page = Page::new(|ui| {
        ui.add(TextField::search(&mut text, "Search"));
    });
    assert_eq!(page.node(Role::TextInput, "Search").value(), Some("notes"));
    page.click(Role::Button, "Clear");
    drop(page);
    assert_eq!(text, "");
}
