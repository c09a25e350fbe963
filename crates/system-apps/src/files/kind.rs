//! What a name looks like and what opening it means.

use abi::table::{DirEntry, FileKind};

/// What a click on an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opens {
    /// The folder is shown here.
    Folder,
    /// The desktop chooses the app.
    File,
    /// A device or the like: nothing can be done with it.
    Nothing,
}

pub(super) fn opens(entry: &DirEntry) -> Opens {
    match entry.kind {
        FileKind::Directory => Opens::Folder,
        FileKind::File | FileKind::Symlink => Opens::File,
        FileKind::Other => Opens::Nothing,
    }
}

/// The part after the last dot, in lower case; empty for none and for names that only begin with a dot.
pub(super) fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// Emoji and word for an entry.
pub(super) fn look(entry: &DirEntry) -> (&'static str, &'static str) {
    match entry.kind {
        FileKind::Directory => return folder_look(&entry.name),
        FileKind::Symlink => return ("🔗", "Link"),
        FileKind::Other => return ("🔌", "Device"),
        FileKind::File => {}
    }
    match extension(&entry.name).as_str() {
        "bp" => ("🧩", "Blueprint app"),
        "md" | "markdown" => ("📝", "Markdown text"),
        "txt" | "log" | "text" => ("📄", "Text"),
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg" | "bmp" => ("🖼️", "Image"),
        "mp3" | "wav" | "ogg" | "flac" | "opus" => ("🎵", "Sound"),
        "mp4" | "mkv" | "webm" | "mov" => ("🎬", "Film"),
        "zip" | "tar" | "gz" | "xz" | "zst" | "7z" => ("📦", "Archive"),
        "json" | "toml" | "yaml" | "yml" | "ini" | "conf" => ("🔧", "Settings"),
        "csv" | "tsv" | "xlsx" | "ods" => ("📊", "Table"),
        "py" => ("🐍", "Python"),
        "rs" => ("🦀", "Rust"),
        "c" | "h" | "cpp" | "js" | "ts" | "go" | "java" | "html" | "css" | "sh" => ("📜", "Source code"),
        "pdf" => ("📕", "Document"),
        _ => ("📄", "File"),
    }
}

fn folder_look(name: &str) -> (&'static str, &'static str) {
    let emoji = match name {
        "Desktop" => "🖥️",
        "Documents" => "🗂️",
        "Downloads" => "📥",
        "Pictures" => "🌄",
        "Music" => "🎧",
        "Apps" => "🧰",
        _ => "📁",
    };
    (emoji, "Folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_what_follows_the_last_dot() {
        assert_eq!(extension("a.tar.GZ"), "gz");
        assert_eq!(extension(".profile"), "");
        assert_eq!(extension("Makefile"), "");
    }
}
