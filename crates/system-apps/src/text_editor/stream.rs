//! Reads a large file as a stream of parts: one is under way at a time, and none is asked for that is not shown.

use super::{
    large::{Large, Reach},
    model::{Content, Model},
    update::{done, unreadable},
};
use crate::common::problem::Problem;
use abi::{
    Fd, Pending, SysError,
    table::{StreamClose, StreamNext, StreamOpenRead},
};
use widgets::AppContext;

/// Bytes of one part: what a frame takes in without being late.
const PART: u64 = 512 * 1024;

/// Calls under way.
#[derive(Default)]
pub(super) struct Stream {
    opening: Option<Pending<StreamOpenRead>>,
    /// The open stream.
    fd: Option<Fd>,
    next: Option<Pending<StreamNext>>,
    /// Nobody waits for these; they are taken when they are there.
    closing: Vec<Pending<StreamClose>>,
    /// An opening that is wanted no more, and a part.
    unwanted: Vec<Pending<StreamOpenRead>>,
    unread: Vec<Pending<StreamNext>>,
}

impl Stream {
    /// Reads a file from its beginning.
    pub(super) fn begin(&mut self, model: &mut Model, path: String, cx: &AppContext<'_>) {
        self.end(cx);
        match cx.syscalls.submit(StreamOpenRead { path, chunk: PART }) {
            Ok(pending) => self.opening = Some(pending),
            Err(why) => model.content = Content::Failed(unreadable(&why)),
        }
    }

    /// Stops reading.
    pub(super) fn end(&mut self, cx: &AppContext<'_>) {
        self.unwanted.extend(self.opening.take());
        self.unread.extend(self.next.take());
        let Some(fd) = self.fd.take() else { return };
        // Where it cannot be closed now, it is with the app.
        self.closing.extend(cx.syscalls.submit(StreamClose { fd, discard: false }).ok());
    }

    /// Takes what is there.
    pub(super) fn poll(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        self.closing.retain(|closing| closing.poll().is_none());
        self.unread.retain(|part| part.poll().is_none());
        self.unwanted.retain(|opening| match opening.poll() {
            Some(opened) => {
                if let Ok(fd) = opened {
                    self.closing.extend(cx.syscalls.submit(StreamClose { fd, discard: false }).ok());
                }
                false
            }
            None => true,
        });
        if let Some(opened) = done(&mut self.opening) {
            match opened {
                Ok(fd) => {
                    self.fd = Some(fd);
                    model.large = Some(Large::default());
                    self.ask(model, fd, cx);
                }
                Err(why) => model.content = Content::Failed(unreadable(&why)),
            }
        }
        let (Some(fd), Some(part)) = (self.fd, done(&mut self.next)) else { return };
        match part {
            Ok(part) => self.take(model, &part.0, fd, cx),
            Err(why) => {
                self.end(cx);
                broken(model, &why);
            }
        }
    }

    fn take(&mut self, model: &mut Model, part: &[u8], fd: Fd, cx: &AppContext<'_>) {
        let Some(large) = &mut model.large else { return self.end(cx) };
        if large.add(part).is_err() {
            let bytes = model.size.unwrap_or(0);
            (model.large, model.content) = (None, Content::Binary { bytes });
            return self.end(cx);
        }
        let is_reading = large.reach == Reach::Reading;
        model.content = Content::Text;
        if is_reading {
            self.ask(model, fd, cx);
        } else {
            self.end(cx);
        }
    }

    fn ask(&mut self, model: &mut Model, fd: Fd, cx: &AppContext<'_>) {
        match cx.syscalls.submit(StreamNext { fd }) {
            Ok(pending) => self.next = Some(pending),
            Err(why) => {
                self.end(cx);
                broken(model, &why);
            }
        }
    }
}

/// The rest cannot be read: what is there stays.
fn broken(model: &mut Model, why: &SysError) {
    match &mut model.large {
        Some(large) if large.bytes() > 0 => {
            large.reach = Reach::Failed;
            model.problem = Some(Problem::new("The rest of the file cannot be read", why));
        }
        _ => model.content = Content::Failed(unreadable(why)),
    }
}
