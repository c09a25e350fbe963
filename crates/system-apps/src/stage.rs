//! A window of one app over the fake kernel, driven by role and name.

use crate::testing::Fake;
use abi::UiCaller;
use egui::{Key, Modifiers, Role, Vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use widgets::{App, AppContext, Appearance, ShellCommand, ThemeChoice};

/// What the harness draws.
pub(crate) struct Hosted {
    pub(crate) app: Box<dyn App>,
    caller: UiCaller,
    pub(crate) commands: Vec<ShellCommand>,
    /// The app sees itself as covered when this is false.
    pub(crate) visible: bool,
}

/// An app on a stage.
pub(crate) struct Stage {
    pub(crate) harness: Harness<'static, Hosted>,
}

impl Stage {
    /// The app in a window of this size in points, after its first frames.
    pub(crate) fn new(fake: &Fake, app: Box<dyn App>, size: impl Into<Vec2>, theme: ThemeChoice) -> Self {
        let mut app = app;
        app.focus_changed(true);
        let hosted = Hosted { app, caller: fake.caller(), commands: Vec::new(), visible: true };
        let harness = Harness::builder()
            .with_size(size)
            .with_step_dt(1.0 / 30.0)
            .with_max_steps(60)
            .with_context_setup(move |ctx| {
                widgets::fonts::install(ctx);
                widgets::theme::apply(
                    ctx,
                    &Appearance { theme, reduce_motion: true, ..Appearance::default() },
                );
            })
            .build_ui_state(
                |ui, hosted: &mut Hosted| {
                    let now_seconds = ui.input(|input| input.time);
                    let Hosted { app, caller, commands, visible } = hosted;
                    app.logic(&mut AppContext { syscalls: caller, now_seconds, visible: *visible, commands });
                    app.ui(ui);
                },
                hosted,
            );
        let mut stage = Stage { harness };
        stage.frames(4);
        stage
    }

    /// The app with this id at its default size in the dark theme.
    pub(crate) fn of(fake: &Fake, id: &str, path: Option<&str>) -> Self {
        let spec = crate::all().into_iter().find(|spec| spec.id == id).expect("a system app");
        Stage::new(fake, (spec.make)(path), spec.size, ThemeChoice::Dark)
    }

    pub(crate) fn frames(&mut self, count: usize) {
        self.harness.run_steps(count);
    }

    /// Clicks the first thing with this role and name.
    pub(crate) fn click(&mut self, role: Role, name: &str) {
        self.node(role, name).click();
        self.frames(3);
    }

    pub(crate) fn double_click(&mut self, role: Role, name: &str) {
        self.node(role, name).click();
        self.node(role, name).click();
        self.frames(3);
    }

    fn node<'t>(&'t self, role: Role, name: &'t str) -> egui_kittest::Node<'t> {
        let found = self.harness.query_all_by_role_and_label(role, name).next();
        found.unwrap_or_else(|| panic!("no {role:?} is called {name:?}; there are {:?}", self.names(role)))
    }

    /// The middle of what has this role and name; of several the one with this index.
    pub(crate) fn centre(&self, role: Role, name: &str, index: usize) -> egui::Pos2 {
        let mut found = self.harness.query_all_by_role_and_label(role, name);
        found.nth(index).unwrap_or_else(|| panic!("no {role:?} is called {name:?}")).rect().center()
    }

    /// Presses, moves and lets go.
    pub(crate) fn drag(&mut self, from: egui::Pos2, to: egui::Pos2) {
        let button = |pos, pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.event(egui::Event::PointerMoved(from));
        self.frames(1);
        self.harness.event(button(from, true));
        self.frames(1);
        for step in 1..=8 {
            self.harness.event(egui::Event::PointerMoved(from.lerp(to, step as f32 / 8.0)));
            self.frames(1);
        }
        self.harness.event(button(to, false));
        self.frames(2);
    }

    pub(crate) fn has(&self, role: Role, name: &str) -> bool {
        self.harness.query_all_by_role_and_label(role, name).next().is_some()
    }

    /// Whether a label says this.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.harness.root().children_recursive().any(|node| {
            let node = node.accesskit_node();
            node.label().is_some_and(|label| label.contains(text))
                || node.value().is_some_and(|value| value.contains(text))
        })
    }

    /// Names of everything with this role, in the order of the tree.
    pub(crate) fn names(&self, role: Role) -> Vec<String> {
        self.harness.query_all_by_role(role).filter_map(|node| node.accesskit_node().label()).collect()
    }

    pub(crate) fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.frames(3);
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.frames(3);
    }

    /// Commands since the last call, without wake-ups.
    pub(crate) fn commands(&mut self) -> Vec<ShellCommand> {
        let commands = std::mem::take(&mut self.harness.state_mut().commands);
        commands.into_iter().filter(|command| !matches!(command, ShellCommand::WakeAfter(_))).collect()
    }

    /// Answers the question that was asked.
    pub(crate) fn answer(&mut self, yes: bool) {
        let asked = self.commands().into_iter().find_map(|command| match command {
            ShellCommand::Ask(question) => Some(question.id),
            _ => None,
        });
        let id = asked.expect("a question was asked");
        self.harness.state_mut().app.answered(id, yes);
        self.frames(6);
    }
}

/// Names of the things that can be focused or clicked but have no name.
pub(crate) fn unnamed(harness: &Harness<'_, Hosted>) -> Vec<String> {
    use egui::accesskit::Action;
    harness
        .root()
        .children_recursive()
        .filter_map(|node| {
            let node = node.accesskit_node();
            let data = node.data();
            let reacts = data.supports_action(Action::Click) || data.supports_action(Action::Focus);
            // Scroll bars are egui's own and have no name; the text of a label that can be selected is its value.
            let named = node.role() == Role::ScrollBar
                || node.label().or_else(|| node.value()).is_some_and(|name| !name.trim().is_empty());
            (reacts && !named).then(|| format!("{:?} {:?}", node.role(), node.bounding_box()))
        })
        .collect()
}
