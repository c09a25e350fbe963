//! What is known of the commands of a tab beside what their shell tells: the cause of the line that began each. With it
//! *what this command touched* is asked.

use abi::CauseId;
use std::collections::BTreeMap;
use terminal::{Block, BlockId, BlockState, Terminal};

/// Commands whose cause is kept, as many as a terminal remembers.
const MAX_CAUSES: usize = 1000;
/// A command that took this long is told of when nobody looks, milliseconds (terminal.md, Emulation).
const LONG_MILLIS: u64 = 10_000;
/// Of a command that is shown in a sentence, characters.
const SHOWN_CHARS: usize = 60;

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Commands {
    causes: BTreeMap<BlockId, CauseId>,
}

impl Commands {
    /// A command began with a line that has this cause.
    pub(super) fn began(&mut self, block: BlockId, cause: CauseId) {
        self.causes.insert(block, cause);
        if self.causes.len() > MAX_CAUSES {
            self.causes.pop_first();
        }
    }

    /// What began a command.
    pub(super) fn cause(&self, block: BlockId) -> Option<CauseId> {
        self.causes.get(&block).copied()
    }
}

/// The command that menus act upon: the one that was entered last.
pub(super) fn last_command(terminal: &Terminal) -> Option<&Block> {
    terminal.blocks().rev().find(|block| block.state() != BlockState::Prompt)
}

/// The command that ended last, unless another one runs.
pub(super) fn last_ended(terminal: &Terminal) -> Option<&Block> {
    last_command(terminal).filter(|block| block.state() == BlockState::Ended)
}

/// What is told of a command that ended while nobody looked: title, text, whether it went well. `None` for a short one.
pub(super) fn long_one(
    command: &str,
    exit: Option<i32>,
    ran_millis: u64,
    name: &str,
) -> Option<(String, String, bool)> {
    if ran_millis < LONG_MILLIS {
        return None;
    }
    let first = command.lines().next().unwrap_or_default();
    let mut shown: String = first.chars().take(SHOWN_CHARS).collect();
    if shown.len() < command.len() {
        shown.push('…');
    }
    let time = super::farewell::duration(ran_millis as f64 / 1000.0);
    let good = exit.is_none_or(|code| code == 0);
    let title = if good { format!("Done in {name}") } else { format!("Failed in {name}") };
    let code = exit.filter(|code| *code != 0).map_or_else(String::new, |code| format!(", code {code}"));
    Some((title, format!("{shown} · {time}{code}"), good))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_commands_are_told_of() {
        assert_eq!(long_one("ls", Some(0), 9_999, "Terminal"), None);
        let (title, text, good) = long_one("make all", Some(0), 12_340, "Terminal").unwrap();
        assert_eq!((title.as_str(), text.as_str(), good), ("Done in Terminal", "make all · 12.3 s", true));
        let (title, text, good) = long_one("make all\nnext", Some(2), 125_000, "Terminal").unwrap();
        assert_eq!(
            (title.as_str(), text.as_str(), good),
            ("Failed in Terminal", "make all… · 2 min 5 s, code 2", false)
        );
    }

    #[test]
    fn causes_are_bounded() {
        let mut commands = Commands::default();
        for number in 0..2000 {
            commands.began(BlockId(number), CauseId(number + 5));
        }
        assert_eq!(commands.cause(BlockId(10)), None);
        assert_eq!(commands.cause(BlockId(1999)), Some(CauseId(2004)));
    }
}
