//! Reading and writing the small files of control groups.

use std::{fs, io, path::Path};

/// Longest of them that is read, bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Writes a value. The file is there already: none is ever made.
pub(super) fn write(folder: &Path, name: &str, value: impl ToString) -> io::Result<()> {
    use std::io::Write;
    let mut file = fs::OpenOptions::new().write(true).open(folder.join(name))?;
    file.write_all(value.to_string().as_bytes())
}

pub(super) fn read(folder: &Path, name: &str) -> io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    fs::File::open(folder.join(name))?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// A file that holds one number.
pub(super) fn number(folder: &Path, name: &str) -> Option<u64> {
    read(folder, name).ok()?.trim().parse().ok()
}

/// A line `NAME NUMBER` among others.
pub(super) fn field(folder: &Path, file: &str, name: &str) -> Option<u64> {
    let text = read(folder, file).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(' ')?;
        (key == name).then(|| value.trim().parse().ok())?
    })
}
