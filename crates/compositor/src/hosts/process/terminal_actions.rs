//! What can be done in a terminal's window beside typing: menus, the command under the pointer, links.
//! Everything here is asked of [`TerminalHost`], whose `logic` carries it out.

use super::{
    clipboard::shortened,
    commands::last_command,
    links::{Destination, destination},
    tab::{Tab, VIEW},
    tabs::TabCommand,
    terminal_host::{Asked, TerminalHost},
};
use terminal::{BlockId, LinkTarget};
use widgets::{
    AppContext, Menu, MenuItem, Question, ShellCommand, Tone,
    controls::{MenuEntry, context_menu},
    terminal_view::TerminalView,
};

impl TerminalHost {
    /// The menus of the menu bar.
    pub(super) fn window_menus(&self) -> Vec<Menu> {
        let item = |id: &str, label: &str, keys: &str, enabled| MenuItem {
            enabled,
            ..MenuItem::new(id, label, keys)
        };
        let tab = self.tabs.active();
        let runs = tab.is_some_and(|tab| tab.program().is_some());
        let selected = tab.is_some_and(|tab| tab.terminal.selected_text().is_some());
        let scrolled = tab.is_some_and(|tab| tab.terminal.scroll_offset() > 0);
        let several = self.tabs.len() > 1;
        let marks = tab.is_some_and(|tab| tab.terminal.has_shell_integration());
        let command = tab.and_then(|tab| last_command(&tab.terminal));
        let cause = tab.zip(command).and_then(|(tab, block)| tab.commands.cause(block.id));
        let menu = |title: &str, items| Menu { title: title.into(), items };
        vec![
            menu(
                "Shell",
                vec![
                    item("new-tab", "New tab", "Ctrl+Shift+T", true),
                    item("close-tab", "Close tab", "Ctrl+Shift+W", true),
                    item("next-tab", "Next tab", "Ctrl+Tab", several),
                    item("previous-tab", "Previous tab", "Ctrl+Shift+Tab", several),
                    item("interrupt", "Interrupt", "Ctrl+C", runs),
                    item("run", "Run again", "", !runs),
                    item("restart", "Restart", "", runs),
                    item("review", "Review changes…", "", self.holds.keeps_apart()),
                ],
            ),
            menu(
                "Edit",
                vec![
                    item("copy", "Copy", "Ctrl+Shift+C", selected),
                    item("paste", "Paste", "Ctrl+Shift+V", runs),
                    item("select-all", "Select all", "", true),
                    item("search", "Search", "Ctrl+Shift+F", true),
                ],
            ),
            menu(
                "Command",
                vec![
                    item("previous-prompt", "Previous prompt", "Ctrl+Shift+Up", marks),
                    item("next-prompt", "Next prompt", "Ctrl+Shift+Down", marks),
                    item("select-output", "Select the last output", "", command.is_some()),
                    item("copy-output", "Copy the last output", "", command.is_some()),
                    item("touched", "What the last command touched", "", cause.is_some()),
                    item("rerun", "Run the last command again", "", command.is_some() && runs),
                ],
            ),
            menu(
                "View",
                vec![
                    item("larger", "Larger text", "", true),
                    item("smaller", "Smaller text", "", true),
                    item("usual", "Usual text size", "", true),
                    item("end", "Scroll to the end", "", scrolled),
                ],
            ),
        ]
    }

    /// The menu of the screen: what can be done with the command under the pointer. A program that uses the pointer
    /// has it for itself, except with Shift.
    pub(super) fn block_menu(&mut self, ui: &egui::Ui) {
        let Some(tab) = self.tabs.active_mut() else { return };
        let Some(response) = ui.ctx().read_response(TerminalView::id(ui, VIEW)) else { return };
        let reports = tab.terminal.modes().mouse_tracking != terminal::MouseTracking::Off;
        let is_ours = !reports || ui.input(|input| input.modifiers.shift);
        if is_ours && response.secondary_clicked() {
            let row = response.interact_pointer_pos().and_then(|at| tab.view.row_at(at));
            self.menu_block = row.and_then(|row| tab.terminal.block_at(row)).map(|block| block.id);
        } else if reports && !egui::Popup::is_any_open(ui.ctx()) {
            return;
        }
        let command = self.menu_block.and_then(|id| tab.terminal.block(id));
        let command = command.filter(|block| block.state() != terminal::BlockState::Prompt);
        let known = command.is_some();
        let cause = command.and_then(|block| tab.commands.cause(block.id));
        let entries = [
            MenuEntry::item("copy", "Copy")
                .with_keys("Ctrl+Shift+C")
                .enabled_if(tab.terminal.selected_text().is_some()),
            MenuEntry::item("paste", "Paste").with_keys("Ctrl+Shift+V"),
            MenuEntry::item("select-all", "Select all"),
            MenuEntry::Separator,
            MenuEntry::item("select-output", "Select the command's output").enabled_if(known),
            MenuEntry::item("copy-output", "Copy the command's output").enabled_if(known),
            MenuEntry::item("touched", "What this command touched").enabled_if(cause.is_some()),
            MenuEntry::item("rerun", "Run the command again").enabled_if(known && tab.program().is_some()),
            MenuEntry::Separator,
            MenuEntry::item("search", "Search").with_keys("Ctrl+Shift+F"),
        ];
        if let Some(chosen) = context_menu(&response, &entries) {
            let block = self.menu_block;
            self.choose(&chosen, block);
            ui.ctx().request_repaint();
        }
    }

    /// Does what a menu says; with this command where it is about one.
    pub(super) fn choose(&mut self, id: &str, block: Option<BlockId>) {
        let Some(tab) = self.tabs.active_mut() else { return };
        let points = tab.view.font_points();
        let active = tab.id;
        match id {
            "interrupt" => tab.output.bytes.push(0x03),
            "copy" => tab.output.copy = tab.terminal.selected_text(),
            "paste" => self.wants_paste = true,
            "select-all" => tab.terminal.select_all(),
            "search" => tab.view.open_search(&tab.terminal),
            "larger" => tab.view.set_font_points(points + 1.0),
            "smaller" => tab.view.set_font_points(points - 1.0),
            "usual" => tab.view.reset_zoom(),
            "end" => tab.terminal.scroll(terminal::Scroll::Bottom),
            "previous-prompt" => drop(tab.terminal.jump(terminal::Jump::Previous)),
            "next-prompt" => drop(tab.terminal.jump(terminal::Jump::Next)),
            "run" => self.run_again(),
            "restart" => tab.restart = true,
            "review" => self.wants_review = true,
            "new-tab" => self.asked.push_back(TabCommand::New),
            "close-tab" => self.asked.push_back(TabCommand::Close(active)),
            "next-tab" => self.asked.push_back(TabCommand::Step(1)),
            "previous-tab" => self.asked.push_back(TabCommand::Step(-1)),
            about_command => {
                if let Some(block) = block.and_then(|id| tab.terminal.block(id)).cloned() {
                    match about_command {
                        "select-output" => drop(tab.terminal.select_output(block.id)),
                        "copy-output" => tab.output.copy = tab.terminal.output_text(block.id),
                        "touched" => self.why = tab.commands.cause(block.id),
                        "rerun" => {
                            tab.output.bytes.extend(block.command.bytes().chain([b'\r']));
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Where a link leads: files open, addresses are offered to be copied.
    pub(super) fn follow_link(&mut self, target: &LinkTarget, cx: &mut AppContext<'_>) {
        let folder = self.tabs.active().and_then(Tab::working_folder);
        match destination(target, folder.as_deref()) {
            Destination::Path(path, Some(line)) => {
                let argument = format!("line={line}:{path}");
                cx.commands.push(ShellCommand::OpenWith { app: "text-editor".into(), argument });
            }
            Destination::Path(path, None) => cx.commands.push(ShellCommand::OpenPath(path)),
            Destination::Outside(path) => {
                cx.toast(Tone::Info, "This lies outside of what apps see", path);
            }
            Destination::Address(address) => {
                let question = Question {
                    id: 0,
                    title: "Copy this address?".into(),
                    text: format!(
                        "{}\nNothing here opens addresses of the network.",
                        shortened(&address, 300)
                    ),
                    confirm: "Copy".into(),
                    destructive: false,
                };
                self.ask(Asked::CopyAddress(address), question, cx);
            }
        }
    }
}
