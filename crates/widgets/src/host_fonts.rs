//! Fonts of the host for characters that no bundled font has: other scripts, and symbols of fonts that a user has
//! installed for a terminal.
//!
//! Asked by egui when a character cannot be drawn, once for each. Folders are listed once; a file is read once, to
//! learn which characters it has, and again when its font is used. Bounded in files, sizes and time: what was not
//! looked at within one question is looked at within the next.

use egui::{
    FontData,
    epaint::text::{FallbackRequest, FontInsert, FontProvider},
};
use skrifa::{MetadataProvider as _, raw::FileRef};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Files that are looked at.
const MAX_FILES: usize = 600;
/// Largest font, in bytes; the largest common ones hold four languages in 20 MB.
const MAX_BYTES: u64 = 48 * 1024 * 1024;
/// Folders within folders.
const MAX_DEPTH: u32 = 4;
/// Longest time that one question may take.
const PATIENCE: Duration = Duration::from_millis(60);
/// Fonts that are used.
const MAX_USED: usize = 12;

/// Finds fonts among those of the host.
#[derive(Default)]
pub(crate) struct HostFonts {
    found: Mutex<Found>,
    missing: MissingFonts,
}

/// A character that no font here has, once there was one; whoever takes it says so.
#[derive(Clone, Debug, Default)]
pub struct MissingFonts(Arc<AtomicU32>);

impl MissingFonts {
    /// The last character that could not be drawn since somebody asked.
    #[must_use]
    pub fn take(&self) -> Option<char> {
        // Most frames find nothing, and reading is cheaper than writing.
        if self.0.load(Ordering::Relaxed) == 0 {
            return None;
        }
        char::from_u32(self.0.swap(0, Ordering::Relaxed)).filter(|missing| *missing != '\0')
    }

    fn note(&self, character: u32) {
        self.0.store(character, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Found {
    files: Option<Vec<File>>,
    used: usize,
}

struct File {
    path: PathBuf,
    /// Characters of each font in it, as ranges; `None` until it is read.
    fonts: Option<Vec<Vec<(u32, u32)>>>,
}

impl FontProvider for HostFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let character = u32::from(request.cluster.chars().next()?);
        // Two frames at once do not happen; a panic in one does not take the fonts away.
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let font = found.font_with(character);
        if font.is_none() && found.is_read() {
            self.missing.note(character);
        }
        font
    }
}

impl Found {
    /// Whether all files were looked at.
    fn is_read(&self) -> bool {
        self.files.as_ref().is_some_and(|files| files.iter().all(|file| file.fonts.is_some()))
    }

    fn font_with(&mut self, character: u32) -> Option<FontInsert> {
        if self.used >= MAX_USED {
            return None;
        }
        let until = Instant::now() + PATIENCE;
        let files = self.files.get_or_insert_with(|| list(&folders()));
        for file in files {
            if file.fonts.is_none() && Instant::now() >= until {
                return None;
            }
            let fonts =
                file.fonts.get_or_insert_with(|| read(&file.path).map_or(Vec::new(), |it| characters(&it)));
            let Some(index) = fonts.iter().position(|ranges| has(ranges, character)) else { continue };
            let mut data = FontData::from_owned(read(&file.path)?);
            data.index = u32::try_from(index).ok()?;
            self.used += 1;
            let name = format!("host {} {index}", file.path.display());
            return Some(FontInsert { name, data, families: Vec::new() });
        }
        None
    }
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        folders.extend([".local/share/fonts", ".fonts", "Library/Fonts"].map(|it| home.join(it)));
    }
    let system = ["/usr/local/share/fonts", "/usr/share/fonts", "/System/Library/Fonts", "/Library/Fonts"];
    folders.extend(system.map(PathBuf::from));
    folders.extend(std::env::var_os("WINDIR").map(|windows| Path::new(&windows).join("Fonts")));
    folders
}

/// Font files, those first that look best among cells of one width.
fn list(folders: &[PathBuf]) -> Vec<File> {
    let mut paths = Vec::new();
    let mut waiting: Vec<(PathBuf, u32)> = folders.iter().rev().map(|folder| (folder.clone(), 0)).collect();
    while let Some((folder, depth)) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let kind = path.extension().and_then(|it| it.to_str()).unwrap_or_default().to_ascii_lowercase();
            if path.is_dir() && depth < MAX_DEPTH {
                waiting.push((path, depth + 1));
            } else if ["ttf", "otf", "ttc", "otc"].contains(&kind.as_str()) && paths.len() < MAX_FILES {
                paths.push(path);
            }
        }
    }
    paths.sort_by_cached_key(|path| (rank(path), path.clone()));
    paths.into_iter().map(|path| File { path, fonts: None }).collect()
}

fn rank(path: &Path) -> u32 {
    let name = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default().to_ascii_lowercase();
    let has = |part: &str| name.contains(part);
    let weight =
        if has("bold") || has("italic") || has("oblique") || has("light") || has("black") { 10 } else { 0 };
    let kind = match () {
        () if has("mono") || has("nerd") || has("powerline") => 0,
        () if has("sans") || has("gothic") || has("noto") => 1,
        () if has("serif") || has("mincho") => 3,
        () => 2,
    };
    weight + kind
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let len = std::fs::metadata(path).ok()?.len();
    (len <= MAX_BYTES).then(|| std::fs::read(path).ok()).flatten()
}

/// The characters of each font of a file, as ranges.
fn characters(bytes: &[u8]) -> Vec<Vec<(u32, u32)>> {
    let Ok(file) = FileRef::new(bytes) else { return Vec::new() };
    let of_font = |font: skrifa::FontRef<'_>| {
        let mut all: Vec<u32> = font.charmap().mappings().map(|(character, _)| character).collect();
        all.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for character in all {
            match ranges.last_mut() {
                Some((_, last)) if character <= last.saturating_add(1) => *last = character,
                _ => ranges.push((character, character)),
            }
        }
        ranges
    };
    file.fonts().map(|font| font.map_or(Vec::new(), of_font)).collect()
}

fn has(ranges: &[(u32, u32)], character: u32) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= character);
    after.checked_sub(1).is_some_and(|index| ranges[index].1 >= character)
}

/// Lets the context find fonts of the host, once; returns what tells of characters that none of them has.
pub fn use_host_fonts(ctx: &egui::Context) -> MissingFonts {
    let fonts = HostFonts::default();
    let missing = fonts.missing.clone();
    ctx.add_font_provider(Arc::new(fonts));
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_known_by_ranges() {
        let bytes = include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf");
        let fonts = characters(bytes);
        assert_eq!(fonts.len(), 1);
        for (character, known) in [('a', true), ('Ж', true), ('→', true), ('日', false), ('🐍', false)]
        {
            assert_eq!(has(&fonts[0], u32::from(character)), known, "{character}");
        }
        assert!(fonts[0].windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "ranges are apart");
        assert!(characters(b"no font").is_empty() && characters(&bytes[..1000]).iter().all(Vec::is_empty));
    }

    #[test]
    fn a_font_of_a_folder_is_found_and_what_is_none_is_passed_by() {
        let folder = std::env::temp_dir().join(format!("host-fonts-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("below")).expect("a folder");
        std::fs::write(folder.join("broken.ttf"), b"no font").expect("a file");
        let bytes = include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf");
        std::fs::write(folder.join("below/Mono.ttf"), bytes).expect("a file");
        let mut found = Found { files: Some(list(std::slice::from_ref(&folder))), used: 0 };
        assert_eq!(found.files.as_ref().map(Vec::len), Some(2));
        let font = found.font_with(u32::from('Ж')).expect("a font");
        assert!(font.name.contains("Mono.ttf"));
        assert!(found.font_with(u32::from('日')).is_none());
        assert!(found.is_read(), "both files were looked at");
        found.used = MAX_USED;
        assert!(found.font_with(u32::from('Ж')).is_none(), "enough");
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
