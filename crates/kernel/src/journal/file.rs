//! The journal in files: append-only segments of bounded size in one folder.
//!
//! A row is one `pwrite` at the end of the newest segment, so the death of this process loses nothing
//! that was appended; `fdatasync` follows in groups. Each row carries the digest of the one before it. A row
//! that cannot be written whole is taken back and refused. At opening a torn tail (the row that power loss
//! interrupted) is cut; damage elsewhere is left where it is for [`Reader`] and
//! [`verify`](crate::journal::verify) to report, and writing goes on in a new segment. The oldest segments
//! go by size and age, as `retention` says.
//!
//! The folder belongs to one kernel; the data folder's lock sees to that, not this module.
//!
//! **Invariants**
//! 1. Numbers of rows grow by one; a segment's name is the number of its first row.
//! 2. `len_bytes` is the end of the last whole frame of the newest segment, `chain` is its digest.
//!
//! **Lock order**: writer, then the syncer's state.

use crate::{
    blob::Digest,
    journal::{
        Journal, MAX_ROW_BYTES, OpenReport, Reader, Row, frame,
        open::{Newest, newest_end},
        reader::MAX_SEGMENT_BYTES,
        retention::{Closing, Kept, Reason, is_full_of_time, may_retire},
        segment::{self, Header, Segment},
        storage::{Disk, SegmentFile, Storage, write_all_at},
        sync::Syncer,
    },
    killpoint,
};
use std::{
    collections::VecDeque,
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// Bounds of a [`FileJournal`].
#[derive(Clone, Copy, Debug)]
pub struct JournalOptions {
    /// A segment does not grow beyond this, bytes; at most 64 MiB.
    pub segment_bytes: u64,
    /// All segments together may be so large, bytes; the newest two stay in any case.
    pub keep_bytes: u64,
    /// Segments whose youngest row is older go.
    pub keep_age: Duration,
    /// Rows reach the disk within this time.
    pub group_time: Duration,
}

impl Default for JournalOptions {
    /// 1 GiB (some four million rows) in segments of 8 MiB, a year, 50 ms.
    fn default() -> Self {
        JournalOptions {
            segment_bytes: 8 * 1024 * 1024,
            keep_bytes: 1024 * 1024 * 1024,
            keep_age: Duration::from_secs(365 * 24 * 60 * 60),
            group_time: Duration::from_millis(50),
        }
    }
}

struct Writer {
    file: Arc<dyn SegmentFile>,
    len_bytes: u64,
    next_row: u64,
    /// The digest that the next row carries.
    chain: Digest,
    /// The newest one is written.
    segments: VecDeque<Kept>,
    buffer: Vec<u8>,
    is_closed: bool,
}

/// See the module documentation.
pub struct FileJournal {
    folder: PathBuf,
    folder_file: Arc<dyn SegmentFile>,
    options: JournalOptions,
    storage: Box<dyn Storage>,
    writer: Mutex<Writer>,
    written: AtomicU64,
    report: OpenReport,
    syncer: Syncer,
}

impl FileJournal {
    /// Opens the journal in a folder, which is made (for its owner only) where it is missing.
    ///
    /// # Errors
    /// The host's, and [`io::ErrorKind::InvalidData`] for a segment that is too large to be one.
    pub fn open(folder: &Path, options: JournalOptions) -> io::Result<Self> {
        Self::open_on(folder, options, Box::new(Disk))
    }

    pub(super) fn open_on(
        folder: &Path,
        options: JournalOptions,
        storage: Box<dyn Storage>,
    ) -> io::Result<Self> {
        let smallest = (segment::HEADER_BYTES + frame::HEADER_BYTES) as u64;
        let options = JournalOptions {
            segment_bytes: options
                .segment_bytes
                .clamp(smallest, MAX_SEGMENT_BYTES - MAX_ROW_BYTES as u64 - smallest),
            ..options
        };
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let folder_file: Arc<dyn SegmentFile> = Arc::new(File::open(folder)?);
        let syncer = Syncer::start(options.group_time)?;
        let mut found = VecDeque::from(segment::list(folder)?);
        let mut report = OpenReport::default();
        let newest = newest_end(&mut found, &mut report)?;
        if report.torn_bytes > 0 {
            tracing::warn!(bytes = report.torn_bytes, "cut a torn row from the end of the journal");
        }
        let mut segments = found.into_iter().map(know).collect::<io::Result<VecDeque<Kept>>>()?;
        let (file, len_bytes, next_row, chain) = match newest {
            Newest::Segment { segment, header, end, chain } => {
                let file = storage.open(&segment.path)?;
                if let Some(newest) = segments.back_mut() {
                    *newest = Kept { segment, header: Some(header), len_bytes: end as u64 };
                }
                (file, end as u64, report.last_row + 1, chain)
            }
            Newest::New { first, chain } => {
                let header = Header::new(first, now_millis(), chain);
                let (file, kept) = begin_segment(&*storage, folder, header)?;
                syncer.mark(&file);
                syncer.mark(&folder_file);
                segments.push_back(kept);
                (file, segment::HEADER_BYTES as u64, first, chain)
            }
        };
        if let Some(path) = &report.damaged_segment {
            tracing::warn!(segment = %path.display(), "the journal is damaged; writing goes on in a new segment");
        }
        let writer =
            Writer { file, len_bytes, next_row, chain, segments, buffer: Vec::new(), is_closed: false };
        let journal = FileJournal {
            folder: folder.to_owned(),
            folder_file,
            options,
            storage,
            writer: Mutex::new(writer),
            written: AtomicU64::new(0),
            report,
            syncer,
        };
        // What became too old while nobody wrote goes now.
        journal.retire(&mut journal.lock(), now_millis())?;
        Ok(journal)
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        crate::sync::lock(&self.writer)
    }

    /// What was found at opening.
    #[must_use]
    pub fn report(&self) -> &OpenReport {
        &self.report
    }

    /// A reader of everything that has been appended.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(&self.folder)
    }

    /// The digest that the next row will carry; stands for everything before.
    #[must_use]
    pub fn head(&self) -> Digest {
        self.lock().chain
    }

    /// Appends a row; returns its number and the mark of its sync.
    fn write(&self, row: &Row) -> io::Result<(u64, u64)> {
        self.syncer.check()?;
        let mut writer = self.lock();
        if writer.is_closed {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the journal is closed"));
        }
        let needed = writer.encode(row)?;
        let is_empty = writer.len_bytes <= segment::HEADER_BYTES as u64;
        let is_full = writer.len_bytes + needed > self.options.segment_bytes
            || writer
                .segments
                .back()
                .and_then(|newest| newest.header)
                .is_some_and(|header| is_full_of_time(&header, &self.options, row.time_millis));
        if !is_empty && is_full {
            self.rotate(&mut writer, row.time_millis)?;
            writer.encode(row)?;
        }
        let number = writer.write_frame()?;
        let mark = self.syncer.mark(&writer.file);
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok((number, mark))
    }

    /// Goes on in a new segment and lets the oldest retire. Nothing is lost on an error: either the old
    /// segment is still the newest, or the new one is whole and the oldest stays until the next time.
    fn rotate(&self, writer: &mut Writer, time_millis: u64) -> io::Result<()> {
        let header = Header::new(writer.next_row, time_millis, writer.chain);
        let (file, kept) = begin_segment(&*self.storage, &self.folder, header)?;
        writer.file = file;
        writer.len_bytes = segment::HEADER_BYTES as u64;
        writer.segments.push_back(kept);
        self.syncer.mark(&writer.file);
        self.syncer.mark(&self.folder_file);
        self.retire(writer, time_millis)
    }

    /// Lets the oldest segments go as far as they may, each after the row that closes it.
    fn retire(&self, writer: &mut Writer, time_millis: u64) -> io::Result<()> {
        while let Some(reason) = may_retire(&writer.segments, &self.options, time_millis) {
            let Some(closing) = Closing::of_oldest(&writer.segments) else { break };
            writer.encode(&closing.row(time_millis))?;
            writer.write_frame()?;
            self.syncer.mark(&writer.file);
            if let Some(oldest) = writer.segments.pop_front()
                && let Err(error) = fs::remove_file(&oldest.segment.path)
            {
                let segment = oldest.segment.path.display();
                tracing::warn!(%error, %segment, "a retired part of the journal stays");
            }
            if reason == Reason::Age {
                // One at a time: a clock that is wrong for an hour must not cost all that is there.
                break;
            }
        }
        Ok(())
    }
}

impl Writer {
    /// Puts the frame of a row into the buffer and returns its length in bytes.
    fn encode(&mut self, row: &Row) -> io::Result<u64> {
        self.buffer.clear();
        let row = row.numbered(self.next_row);
        frame::encode(&mut self.buffer, &self.chain, |buffer| serde_json::to_writer(buffer, &row))?;
        let len_bytes = self.buffer.len();
        if len_bytes > frame::HEADER_BYTES + MAX_ROW_BYTES {
            self.buffer = Vec::new();
            let what = format!("a row of {len_bytes} bytes; {MAX_ROW_BYTES} are the most");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        Ok(len_bytes as u64)
    }

    /// Writes the frame in the buffer and returns the row's number.
    fn write_frame(&mut self) -> io::Result<u64> {
        killpoint::reached("row");
        killpoint::reached_within("half a row", || {
            let (half, _) = self.buffer.split_at(self.buffer.len() / 2);
            let _ = write_all_at(&*self.file, half, self.len_bytes);
        });
        if let Err(error) = write_all_at(&*self.file, &self.buffer, self.len_bytes) {
            // What may lie beyond is overwritten by the next row, or cut at the next start.
            if let Err(error) = self.file.set_len(self.len_bytes) {
                tracing::warn!(%error, "half a row stays at the end of the journal");
            }
            return Err(error);
        }
        self.len_bytes += self.buffer.len() as u64;
        self.chain = Digest::of(&self.buffer);
        self.next_row += 1;
        if let Some(newest) = self.segments.back_mut() {
            newest.len_bytes = self.len_bytes;
        }
        Ok(self.next_row - 1)
    }
}

impl Journal for FileJournal {
    fn append(&self, row: &Row) -> io::Result<u64> {
        self.write(row).map(|(number, _)| number)
    }

    fn append_durable(&self, row: &Row) -> io::Result<u64> {
        let (number, mark) = self.write(row)?;
        self.syncer.wait_for(mark)?;
        Ok(number)
    }

    fn rows_written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn close(&self) {
        let mark = {
            let mut writer = self.lock();
            writer.is_closed = true;
            self.syncer.mark(&writer.file)
        };
        if let Err(why) = self.syncer.wait_for(mark) {
            tracing::warn!(%why, "the last rows of the journal may not be on the disk");
        }
    }
}

fn begin_segment(
    storage: &dyn Storage,
    folder: &Path,
    header: Header,
) -> io::Result<(Arc<dyn SegmentFile>, Kept)> {
    let segment = Segment::new(folder, header.first);
    let begin = || {
        let file = storage.open(&segment.path)?;
        // A file of this name can only be an earlier, failed beginning: its first row is not written yet.
        file.set_len(0)?;
        write_all_at(&*file, &header.encode(), 0)?;
        Ok(file)
    };
    let file = begin().inspect_err(|_: &io::Error| {
        // If it stays, the next beginning takes it over.
        let _ = fs::remove_file(&segment.path);
    })?;
    Ok((file, Kept { segment, header: Some(header), len_bytes: segment::HEADER_BYTES as u64 }))
}

/// What retention has to know of a segment that is there.
fn know(segment: Segment) -> io::Result<Kept> {
    let header = segment::read_header(&segment)?;
    let len_bytes = fs::metadata(&segment.path)?.len();
    Ok(Kept { segment, header, len_bytes })
}

/// Milliseconds since the Unix epoch.
pub(super) fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
