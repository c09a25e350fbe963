//! What takes effect at the place where the parser is: marks of shell integration, and the change between the
//! two screens, which takes the places of blocks along.

use crate::{
    blocks::Change,
    events::TerminalEvent,
    extras::Away,
    handler::Guarded,
    lines::{Lines, Position},
    marks::{Mark, shortened},
    outbox::Outbox,
    selection,
};
use alacritty_terminal::{
    grid::Dimensions,
    index::{Column, Point},
    selection::SelectionRange,
    term::{Term, TermMode},
};

/// Most lines that a command line is read from.
const MAX_TYPED_LINES: i32 = 100;

impl Guarded<'_> {
    pub(crate) fn is_alternate(&self) -> bool {
        self.term.mode().contains(TermMode::ALT_SCREEN)
    }

    pub(crate) fn here(&self) -> Position {
        let point = self.term.grid().cursor.point;
        Position { line: self.extras.lines.id(point.line), col: point.column.0 }
    }

    /// The parser has come to the place of a mark.
    pub(crate) fn take_mark(&mut self) {
        let Some(mark) = self.extras.marks.pop_front() else { return };
        self.look();
        match &mark {
            Mark::NameAsked => {
                let answer = concat!("\x1bP>|AgentOS ", env!("CARGO_PKG_VERSION"), "\x1b\\");
                self.extras.outbox.with(|said| said.reply(answer));
                return;
            }
            Mark::SettingAsked(name) => {
                self.tell_setting(name);
                return;
            }
            Mark::Folder(folder) => {
                if self.extras.folder.as_ref() != Some(folder) {
                    self.extras.events.push(TerminalEvent::Folder(folder.clone()));
                    self.extras.folder = Some(folder.clone());
                }
                return;
            }
            _ if self.is_alternate() => return,
            _ => {}
        }
        let (here, term, lines) = (self.here(), &*self.term, &self.extras.lines);
        let typed = |from: Position| shortened(&text_before_cursor(term, lines, from));
        let (millis, folder) = (self.extras.unix_millis, self.extras.folder.as_ref());
        let change = self.extras.blocks.apply(&mark, here, millis, folder, typed);
        self.tell(change);
        self.extras.blocks.forget_before(self.extras.lines.oldest());
    }

    pub(crate) fn tell(&mut self, change: Change) {
        let event = match change {
            Change::Nothing => return,
            Change::Started => {
                let Some(last) = self.extras.blocks.list.back() else { return };
                TerminalEvent::CommandStarted { block: last.id, command: last.command.clone() }
            }
            Change::Ended(block) => TerminalEvent::CommandEnded {
                block: block.id,
                command: block.command,
                exit: block.exit,
                started_unix_millis: block.started_unix_millis.unwrap_or_default(),
                ended_unix_millis: block.ended_unix_millis.unwrap_or_default(),
            },
        };
        self.extras.events.push(event);
    }

    /// To be asked before something that may change the screen shown, and [`Guarded::came`] after it.
    pub(crate) fn goes(&mut self) -> bool {
        let alternate = self.is_alternate();
        if !alternate && self.extras.away.is_none() {
            self.look();
            self.extras.lines.cut(self.term);
            let anchors = self.extras.anchors(self.term);
            self.extras.away = Some(Away { anchors, resized: false });
        }
        alternate
    }

    pub(crate) fn came(&mut self, was_alternate: bool) {
        let alternate = self.is_alternate();
        if was_alternate != alternate {
            self.extras.epoch += 1;
            self.apply_keyboard();
        }
        if alternate {
            return;
        }
        if let Some(away) = self.extras.away.take().filter(|away| away.resized) {
            self.extras.lines.renumber(self.term);
            self.extras.put_back(self.term, &away.anchors);
        }
        self.look();
    }
}

/// What stands between a place and the cursor.
fn text_before_cursor(term: &Term<Outbox>, lines: &Lines, from: Position) -> String {
    let cursor = term.grid().cursor.point;
    let start = Point::new(lines.line(from.line), Column(from.col));
    let end = match cursor.column.0.checked_sub(1) {
        Some(column) => Point::new(cursor.line, Column(column)),
        None => Point::new(cursor.line - 1, term.last_column()),
    };
    let near = end.line.0 - start.line.0 < MAX_TYPED_LINES;
    if start > end || !near || start.line < term.topmost_line() || start.column > term.last_column() {
        return String::new();
    }
    selection::text_of(term, &SelectionRange { start, end, is_block: false })
}
