//! Opening files: of the virtual file system by the app that fits them, of the host by taking a copy in.

use super::{
    super::Shell,
    plan::{Content, Plan, blueprint_capabilities_with},
};
use abi::{Bytes, UiCaller, table};
use serde_json::Value;
use services::{AppKind, Registry};
use std::path::Path;
use widgets::Tone;
use windows::{Placement, WindowId};

/// Largest file that is taken in by drop or by `open` with a path of the host.
pub(super) const MAX_IMPORT_BYTES: u64 = 4 * 1024 * 1024;

impl Shell {
    /// Opens a path of the virtual file system; where there is none, a file of the host.
    pub(super) fn open_path(&mut self, path: &str) -> Result<WindowId, String> {
        if let Some(entry) = self.registry.by_path(path) {
            let id = entry.id.clone();
            return self.open_app(&id, Placement::Auto);
        }
        let virtual_root = ["/home", "/apps", "/system", "/tmp", "/proc", "/mnt"]
            .iter()
            .any(|root| path == *root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')));
        // `/tmp` and `/home` exist on the host too; a script that names a file there means the one that is there.
        if !virtual_root || Path::new(path).is_file() && !self.exists_in_vfs(path) {
            return self.open_host_file(Path::new(path));
        }
        if path.ends_with(".bp") || path.ends_with(".aiapp") {
            let stem = stem_of(path);
            let app = self.id_for(&stem, path);
            let plan = Plan {
                name: stem,
                kind: AppKind::Blueprint,
                icon: "🧩".into(),
                category: String::new(),
                capabilities: blueprint_capabilities_with(&app, path),
                size: None,
                min_size: None,
                source: path.to_owned(),
                app,
            };
            return self.host(plan, Content::Blueprint(Err(path.to_owned())), Placement::Auto);
        }
        let app = if self.is_folder(path) { "files" } else { "text-editor" };
        let entry = self.registry.get(app).cloned().ok_or_else(|| format!("no app opens {path}"))?;
        self.open_system(&entry, Some(path), Placement::Auto)
    }

    /// Whether a path is there, asked before the first frame or by a script; never on the way of a click.
    pub(super) fn exists_in_vfs(&self, path: &str) -> bool {
        self.processes.system().call(table::Exists { path: path.to_owned() }).unwrap_or(false)
    }

    /// Whether a path is a folder. One local look, like the reading of a document that opens.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        let stat = table::Stat { path: path.to_owned(), follow: true };
        path.ends_with('/')
            || self.processes.system().call(stat).is_ok_and(|found| found.kind == table::FileKind::Directory)
    }

    /// Takes a file of the host in: a Blueprint opens, anything is copied to `/home/Downloads`.
    pub(super) fn open_host_file(&mut self, path: &Path) -> Result<WindowId, String> {
        let shown = path.display();
        let meta = std::fs::metadata(path).map_err(|why| format!("{shown}: {why}"))?;
        if !meta.is_file() {
            return Err(format!("{shown}: not a regular file"));
        }
        if meta.len() > MAX_IMPORT_BYTES {
            return Err(format!("{shown}: larger than {MAX_IMPORT_BYTES} bytes"));
        }
        let bytes = std::fs::read(path).map_err(|why| format!("{shown}: {why}"))?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file").to_owned();
        let target = format!("/home/Downloads/{name}");
        self.keep_copy(&target, &bytes);
        if !(name.ends_with(".bp") || name.ends_with(".aiapp")) {
            let entry = self.registry.get("text-editor").cloned().ok_or("no app opens this file")?;
            return self.open_system(&entry, Some(&target), Placement::Auto);
        }
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let word = |key: &str| document["app"][key].as_str().map(str::to_owned);
        let said = word("id").unwrap_or_else(|| stem_of(&name));
        let app = self.id_for(&said, &target);
        let plan = Plan {
            name: word("name").unwrap_or(said),
            kind: AppKind::Blueprint,
            icon: word("icon").unwrap_or_else(|| "🧩".into()),
            category: word("category").unwrap_or_default(),
            capabilities: blueprint_capabilities_with(&app, &target),
            size: None,
            min_size: None,
            source: target,
            app,
        };
        self.host(plan, Content::Blueprint(Ok(bytes)), Placement::Auto)
    }

    /// The id under which a document runs that is not installed: its own, unless that is another app's, whose storage and
    /// answers it would have; then its path.
    fn id_for(&self, said: &str, path: &str) -> String {
        let is_taken =
            Registry::is_reserved(said) || self.registry.get(said).is_some_and(|entry| entry.path != path);
        if is_taken { path.to_owned() } else { said.to_owned() }
    }

    /// Writes a copy without waiting for it; what goes wrong is seen by whoever opens the copy.
    pub(super) fn keep_copy(&self, target: &str, bytes: &[u8]) {
        let system = UiCaller::new(self.processes.system());
        let write = table::Write { path: target.to_owned(), data: Bytes(bytes.to_vec()), append: false };
        if let Err(why) = system.submit(write) {
            tracing::warn!(%target, %why, "the copy of an imported file was not written");
        }
    }

    pub(crate) fn import_dropped(&mut self, path: &Path) {
        match self.open_host_file(path) {
            Ok(_) => self.toast(Tone::Success, "Added to Downloads", path.display().to_string()),
            Err(why) => self.toast(Tone::Error, "Could not take the file in", why),
        }
    }
}

fn stem_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file).to_owned()
}
