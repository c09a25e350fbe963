//! What the Text Editor shows, as plain data.

use super::large::Large;
use crate::common::problem::Problem;

/// Largest text that can be edited, bytes. egui lays a changed text out again as a whole.
pub(super) const LIMIT: usize = 1_000_000;

/// What the window holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Loading,
    Text,
    /// The file is no text.
    Binary {
        bytes: u64,
    },
    Failed(Problem),
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Load,
    Save,
    /// Show the field for a path.
    AskName,
    SaveAs(String),
    CancelName,
    ToggleWrap,
    DismissProblem,
    Answered {
        id: u64,
        yes: bool,
    },
}

/// What the Text Editor shows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) path: Option<String>,
    pub(super) content: Content,
    pub(super) text: String,
    /// The text as it lies in the file.
    saved: String,
    changed: bool,
    /// A file that is too large to be edited, in place of `text`.
    pub(super) large: Option<Large>,
    /// Size of the file when it was looked at last, bytes.
    pub(super) size: Option<u64>,
    pub(super) crlf: bool,
    pub(super) wrap: bool,
    pub(super) saving: bool,
    /// The path being written by the person who saves under another name.
    pub(super) naming: Option<String>,
    pub(super) problem: Option<Problem>,
    /// Time of the file's last change when it was read or saved, milliseconds since the epoch.
    pub(super) modified_millis: Option<u64>,
    /// The line to show, from 1, until the text is there.
    pub(super) go_to_line: Option<usize>,
}

impl Model {
    /// A path may follow `line=12:`, which names the line that is shown first.
    pub(super) fn new(argument: Option<&str>) -> Self {
        let placed = argument.and_then(|argument| argument.strip_prefix("line=")?.split_once(':'));
        let placed = placed.and_then(|(line, path)| Some((line.parse().ok()?, path)));
        let path = placed.map(|(_, path)| path).or(argument);
        Model {
            go_to_line: placed.map(|(line, _)| line),
            path: path.map(str::to_owned),
            content: if path.is_some() { Content::Loading } else { Content::Text },
            text: String::new(),
            saved: String::new(),
            changed: false,
            large: None,
            size: None,
            crlf: false,
            wrap: true,
            saving: false,
            naming: None,
            problem: None,
            modified_millis: None,
        }
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        match &self.path {
            Some(path) => path.rsplit('/').next().unwrap_or(path),
            None => "Untitled",
        }
    }

    /// Whether it can only be looked at.
    pub(super) fn read_only(&self) -> bool {
        self.large.is_some()
    }

    /// Whether the text differs from the file's.
    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    /// Call when `text` was edited.
    pub(super) fn edited(&mut self) {
        self.changed = self.text != self.saved;
    }

    /// Takes the file's content, at most `LIMIT` bytes.
    pub(super) fn loaded(&mut self, bytes: Vec<u8>) {
        self.large = None;
        let size = bytes.len() as u64;
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => {
                self.crlf = text.contains("\r\n");
                self.text = if self.crlf { text.replace("\r\n", "\n") } else { text };
                self.saved.clone_from(&self.text);
                self.changed = false;
                self.content = Content::Text;
            }
            _ => self.content = Content::Binary { bytes: size },
        }
    }

    /// The bytes to write.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        if self.crlf { self.text.replace('\n', "\r\n").into_bytes() } else { self.text.clone().into_bytes() }
    }

    /// This text lies in the file now; what was typed meanwhile is still unsaved.
    pub(super) fn written(&mut self, text: String) {
        self.saved = text;
        self.edited();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_kept() {
        let mut model = Model::new(Some("/home/a.txt"));
        model.loaded(b"a\r\nb\r\n".to_vec());
        assert_eq!(model.text, "a\nb\n");
        assert_eq!(model.to_bytes(), b"a\r\nb\r\n");
        assert!(!model.is_changed());
    }

    #[test]
    fn binary_files_are_refused() {
        let mut model = Model::new(Some("/x"));
        model.loaded(vec![0xff, 0xfe, 0]);
        assert_eq!(model.content, Content::Binary { bytes: 3 });
        model.loaded(b"a\0b".to_vec());
        assert!(matches!(model.content, Content::Binary { .. }));
    }

    #[test]
    fn what_is_typed_while_saving_stays_unsaved() {
        let mut model = Model::new(None);
        model.text = "one".into();
        model.edited();
        let writing = model.text.clone();
        model.text.push('!');
        model.edited();
        model.written(writing);
        assert!(model.is_changed());
        model.text.pop();
        model.edited();
        assert!(!model.is_changed());
    }
}
