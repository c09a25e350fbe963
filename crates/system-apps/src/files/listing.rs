//! What a place holds: a folder's names, what is in the trash, what a search finds.

use super::{
    count::Counter,
    model::{Found, Listing, Model, Place},
    names::{join, last_name, parent},
    search::Search,
};
use crate::common::problem::Problem;
use abi::{
    Errno, Pending, SysError, SysResult,
    table::{DirEntry, FileKind, List, ListMounts, TrashEntry, TrashList},
};
use widgets::AppContext;

/// Calls for the content of a place.
#[derive(Default)]
pub(super) struct Listings {
    folder: Option<(String, Pending<List>)>,
    trash: Option<TrashLook>,
    search: Option<Search>,
    /// How much is in the trash.
    trash_size: Counter,
}

/// The trashes of all file systems.
#[derive(Default)]
struct TrashLook {
    calls: Vec<Pending<TrashList>>,
    items: Vec<TrashEntry>,
    failure: Option<SysError>,
}

impl Listings {
    /// Asks for everything anew.
    pub(super) fn reload(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        self.end_search(cx);
        self.folder = None;
        self.trash = None;
        let place = model.place.clone();
        match place {
            Place::Trash => self.trash = Some(TrashLook::begin(cx)),
            Place::Folder(_) if model.found.is_some() => self.search(model, cx),
            Place::Folder(path) => match cx.syscalls.submit(List { path: path.clone() }) {
                Ok(pending) => self.folder = Some((path, pending)),
                Err(why) => {
                    model.listing = Listing::Failed(Problem::new("This folder cannot be shown", &why));
                }
            },
        }
    }

    /// Looks for the filter's text beneath the folder.
    pub(super) fn search(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        let needle = model.filter.trim().to_owned();
        let Some(folder) = model.folder().filter(|_| !needle.is_empty()) else { return };
        let search = Search::new(folder, &needle, model.show_hidden);
        self.end_search(cx);
        self.folder = None;
        self.search = Some(search);
        model.found = Some(Found { needle, looked: 0, unread: 0, cut: false, running: true });
        model.listed(Vec::new());
    }

    fn end_search(&mut self, cx: &AppContext<'_>) {
        if let Some(mut search) = self.search.take() {
            search.stop(cx.syscalls);
        }
    }

    /// Ends a search; what was found stays.
    pub(super) fn stop_search(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        self.end_search(cx);
        if let Some(found) = &mut model.found
            && std::mem::replace(&mut found.running, false)
        {
            found.cut = true;
        }
    }

    /// Takes results.
    pub(super) fn poll(&mut self, model: &mut Model, cx: &mut AppContext<'_>) {
        if let Some(result) = self.folder.as_ref().and_then(|(_, pending)| pending.poll())
            && let Some((path, _)) = self.folder.take()
            && model.folder() == Some(path.as_str())
        {
            self.take_folder(model, result, cx);
        }
        if let Some(look) = &mut self.trash
            && look.advance()
            && let Some(look) = self.trash.take()
            && model.in_trash()
        {
            self.take_trash(model, look);
        }
        if let Some(search) = &mut self.search {
            let over = search.advance(cx.syscalls);
            let grown = search.hits.len() != model.entries.len();
            if let Some(found) = &mut model.found {
                found.looked = search.looked;
                found.unread = search.unread;
                found.cut = search.cut;
                found.running = !over;
            }
            if grown {
                model.listed(search.hits.clone());
            }
            if over {
                self.search = None;
            }
        }
        if model.in_trash() {
            self.trash_size.advance(cx.syscalls);
            model.trash_content = Some(self.trash_size.content);
        }
    }

    fn take_folder(&mut self, model: &mut Model, result: SysResult<Vec<DirEntry>>, cx: &AppContext<'_>) {
        match result {
            Ok(entries) => model.listed(entries),
            // A window that was opened for a file shows its folder, with the file chosen.
            Err(why) if why.errno == Errno::ENOTDIR && !model.can_go_back() && model.parent().is_some() => {
                let path = model.folder().unwrap_or_default().to_owned();
                *model = Model::new(&parent(&path).unwrap_or_default());
                model.choose_next = vec![last_name(&path).to_owned()];
                self.reload(model, cx);
            }
            Err(why) => {
                let title = match why.errno {
                    Errno::ENOENT => "This folder is not there any more",
                    Errno::EACCES => "This folder may not be looked into",
                    Errno::EFBIG => "This folder has too many files to show",
                    Errno::ENOTDIR => "This is not a folder",
                    _ => "This folder cannot be shown",
                };
                model.listed(Vec::new());
                model.listing = Listing::Failed(Problem::new(title, &why));
            }
        }
    }

    fn take_trash(&mut self, model: &mut Model, mut look: TrashLook) {
        look.items.sort_by_key(|item| std::cmp::Reverse(item.deleted_millis));
        let folders = look.items.iter().filter(|item| item.kind == FileKind::Directory);
        self.trash_size = Counter::new(folders.map(|item| item.item.clone()).collect());
        let empty = look.items.is_empty();
        model.listed_trash(look.items);
        if let Some(why) = look.failure.filter(|_| empty) {
            model.listing = Listing::Failed(Problem::new("The trash cannot be shown", &why));
        }
    }
}

impl TrashLook {
    fn begin(cx: &AppContext<'_>) -> Self {
        let mut look = TrashLook::default();
        let mounts = cx.syscalls.call(ListMounts {}).unwrap_or_default();
        let mut tops: Vec<String> = mounts
            .into_iter()
            .filter(|mount| !mount.read_only && mount.kind != "proc")
            .map(|m| m.path)
            .collect();
        if tops.is_empty() {
            tops.push(super::model::HOME.into());
        }
        for top in tops {
            match cx.syscalls.submit(TrashList { path: join(&top, ".Trash") }) {
                Ok(pending) => look.calls.push(pending),
                Err(why) => look.failure = Some(why),
            }
        }
        look
    }

    /// Takes results; true once all are here.
    fn advance(&mut self) -> bool {
        self.calls.retain(|pending| match pending.poll() {
            None => true,
            Some(Ok(items)) => {
                self.items.extend(items);
                false
            }
            Some(Err(why)) => {
                self.failure = Some(why);
                false
            }
        });
        self.calls.is_empty()
    }
}
