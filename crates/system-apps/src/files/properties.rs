//! What the panel of properties knows of one file or folder, and the calls that find it out.
//! Looking at something else ends what is under way.

use super::count::{Content, Counter};
use super::made_by::{self, Made};
use crate::common::problem::{Problem, plain};
use abi::{
    Errno, Pending, SysResult, UiCaller,
    table::{Explain, Explanation, FileKind, FileStat, GetCurrentTime, ReadLink, Stat},
};

/// Names that something had before whose history is told, too.
const EARLIER_NAMES: u32 = 4;

/// What is known of one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) path: String,
    /// Where it was, for something in the trash.
    pub(super) original: Option<String>,
    pub(super) stat: Option<Result<FileStat, Problem>>,
    pub(super) link: Option<String>,
    pub(super) content: Option<Content>,
    /// What was done to it, the newest first.
    pub(super) made: Option<Result<Vec<Made>, String>>,
    /// Wall clock when that was asked, milliseconds since the Unix epoch.
    pub(super) now_millis: u64,
}

/// A call for what was done to something.
struct Told {
    pending: Pending<Explain>,
    path: String,
    /// Only what was done before this row: then it had this name.
    before: u64,
    /// Names it had since.
    hops: u32,
}

/// Calls that find it out.
#[derive(Default)]
pub(super) struct Inquiry {
    path: String,
    stat: Option<Pending<Stat>>,
    link: Option<Pending<ReadLink>>,
    made: Option<Told>,
    counter: Option<Counter>,
}

impl Inquiry {
    /// Asks anew. `original` is where something in the trash was; its history is told by that name.
    pub(super) fn begin(
        &mut self,
        path: &str,
        original: Option<&str>,
        before: Option<&Details>,
        syscalls: &UiCaller,
    ) -> Details {
        self.end(syscalls);
        // What is shown stays until the answers are here.
        let mut details = match before.filter(|before| before.path == path) {
            Some(before) => before.clone(),
            None => Details { path: path.to_owned(), ..Details::default() },
        };
        details.original = original.map(str::to_owned);
        path.clone_into(&mut self.path);
        self.stat = syscalls.submit(Stat { path: path.to_owned(), follow: false }).ok();
        if let Err(why) = self.ask(original.unwrap_or(path), u64::MAX, 0, syscalls) {
            details.made = Some(Err(plain(&why)));
        }
        if let Ok(now) = syscalls.call(GetCurrentTime {}) {
            details.now_millis = now.unix_millis;
        }
        details
    }

    fn ask(&mut self, path: &str, before: u64, hops: u32, syscalls: &UiCaller) -> SysResult<()> {
        let path = path.to_owned();
        let explain =
            Explain { path: Some(path.clone()), pid: None, window: None, cause: None, host_pid: None };
        self.made = Some(Told { pending: syscalls.submit(explain)?, path, before, hops });
        Ok(())
    }

    fn take_made(
        &mut self,
        told: &Told,
        result: SysResult<Vec<Explanation>>,
        details: &mut Details,
        syscalls: &UiCaller,
    ) {
        let explained = match result {
            Ok(explained) => explained,
            // What is known of its later names stays.
            Err(_) if told.hops > 0 => return,
            Err(why) => {
                details.made = Some(Err(plain(&why)));
                return;
            }
        };
        let explained: Vec<Explanation> =
            explained.into_iter().filter(|one| one.row.seq < told.before).collect();
        let made = made_by::tell(&explained, &told.path);
        match &mut details.made {
            Some(Ok(known)) if told.hops > 0 => known.extend(made),
            place => *place = Some(Ok(made)),
        }
        let earlier = made_by::came_from(&explained, &told.path).filter(|_| told.hops < EARLIER_NAMES);
        if let Some((row, path)) = earlier {
            // Without it only less is told.
            let _ = self.ask(&path, row, told.hops + 1, syscalls);
        }
    }

    /// Ends what is under way.
    pub(super) fn end(&mut self, syscalls: &UiCaller) {
        if let Some(counter) = &mut self.counter {
            counter.end(syscalls);
        }
        *self = Inquiry::default();
    }

    /// Takes results into the details.
    pub(super) fn poll(&mut self, details: &mut Details, syscalls: &UiCaller) {
        if let Some(result) = self.stat.as_ref().and_then(Pending::poll) {
            self.stat = None;
            self.take_stat(details, result.map_err(|why| unseen(&why)), syscalls);
        }
        if let Some(result) = self.link.as_ref().and_then(Pending::poll) {
            self.link = None;
            details.link = result.ok();
        }
        if let Some(result) = self.made.as_ref().and_then(|told| told.pending.poll())
            && let Some(told) = self.made.take()
        {
            self.take_made(&told, result, details, syscalls);
        }
        if let Some(counter) = &mut self.counter {
            counter.advance(syscalls);
            details.content = Some(counter.content);
            if !counter.content.counting {
                self.counter = None;
            }
        }
    }

    fn take_stat(&mut self, details: &mut Details, stat: Result<FileStat, Problem>, syscalls: &UiCaller) {
        match stat.as_ref().map(|stat| stat.kind) {
            Ok(FileKind::Symlink) => {
                self.link = syscalls.submit(ReadLink { path: self.path.clone() }).ok();
            }
            Ok(FileKind::Directory) => {
                self.counter = Some(Counter::new(vec![self.path.clone()]));
            }
            _ => details.content = None,
        }
        details.stat = Some(stat);
    }
}

fn unseen(why: &abi::SysError) -> Problem {
    let title =
        if why.errno == Errno::ENOENT { "It is not there any more" } else { "It cannot be looked at" };
    Problem::new(title, why)
}

/// `rw-r--r-- (644)`.
pub(super) fn permissions(mode: u32) -> String {
    let letters = ['r', 'w', 'x'];
    let bits = (0..9).map(|place| {
        let set = mode & (0o400 >> place) != 0;
        if set { letters[place % 3] } else { '-' }
    });
    format!("{} ({:03o})", bits.collect::<String>(), mode & 0o777)
}

#[cfg(test)]
mod tests {
    use super::permissions;

    #[test]
    fn permissions_are_letters_and_octal() {
        assert_eq!(permissions(0o644), "rw-r--r-- (644)");
        assert_eq!(permissions(0o100_755), "rwxr-xr-x (755)");
        assert_eq!(permissions(0), "--------- (000)");
    }
}
