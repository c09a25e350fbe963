//! The journal in files: append-only segments of bounded size in one folder.
//!
//! A row is one `pwrite` at the end of the newest segment, so the death of this process loses nothing
//! that was appended; `fdatasync` follows in groups. A row that cannot be written whole is taken back
//! and refused. At opening a torn tail (the row that power loss interrupted) is cut; damage elsewhere is
//! left where it is for [`Reader`] to report, and writing goes on in a new segment. The oldest segments
//! go when there are too many, and a row `journal.retired` says which.
//!
//! The folder belongs to one kernel; the data folder's lock sees to that, not this module.
//!
//! **Invariants**
//! 1. Numbers of rows grow by one; a segment's name is the number of its first row.
//! 2. `len_bytes` is the end of the last whole frame of the newest segment.
//!
//! **Lock order**: writer, then the syncer's state.

use crate::journal::{
    Journal, MAX_ROW_BYTES, OpenReport, Reader, Row, frame,
    open::{Newest, newest_end},
    reader::MAX_SEGMENT_BYTES,
    segment::{self, Segment},
    storage::{Disk, SegmentFile, Storage, write_all_at},
    sync::Syncer,
};
use abi::{CauseId, Pid};
use std::{
    collections::VecDeque,
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Bounds of a [`FileJournal`].
#[derive(Clone, Copy, Debug)]
pub struct JournalOptions {
    /// A segment does not grow beyond this, bytes; at most 64 MiB.
    pub segment_bytes: u64,
    /// So many segments are kept, at least two.
    pub keep_segments: usize,
    /// Rows reach the disk within this time.
    pub group_time: Duration,
}

impl Default for JournalOptions {
    /// 16 segments of 8 MiB (some half a million rows), 50 ms.
    fn default() -> Self {
        JournalOptions {
            segment_bytes: 8 * 1024 * 1024,
            keep_segments: 16,
            group_time: Duration::from_millis(50),
        }
    }
}

struct Writer {
    file: Arc<dyn SegmentFile>,
    len_bytes: u64,
    next_row: u64,
    segments: VecDeque<Segment>,
    buffer: Vec<u8>,
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
            keep_segments: options.keep_segments.max(2),
            ..options
        };
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let folder_file: Arc<dyn SegmentFile> = Arc::new(File::open(folder)?);
        let syncer = Syncer::start(options.group_time)?;
        let mut segments = VecDeque::from(segment::list(folder)?);
        let mut report = OpenReport::default();
        let newest = newest_end(&mut segments, &mut report)?;
        let (file, len_bytes, next_row) = match newest {
            Newest::Segment { segment, end } => {
                let (file, end) = (storage.open(&segment.path)?, end as u64);
                if report.torn_bytes > 0 {
                    tracing::warn!(bytes = report.torn_bytes, "cut a torn row from the end of the journal");
                    file.set_len(end)?;
                }
                (file, end, report.last_row + 1)
            }
            Newest::New { first } => {
                let segment = Segment::new(folder, first);
                let file = begin_segment(&*storage, &segment)?;
                syncer.mark(&file);
                syncer.mark(&folder_file);
                segments.push_back(segment);
                (file, segment::HEADER_BYTES as u64, first)
            }
        };
        if let Some(path) = &report.damaged_segment {
            tracing::warn!(segment = %path.display(), "the journal is damaged; writing goes on in a new segment");
        }
        let writer = Writer { file, len_bytes, next_row, segments, buffer: Vec::new() };
        Ok(FileJournal {
            folder: folder.to_owned(),
            folder_file,
            options,
            storage,
            writer: Mutex::new(writer),
            written: AtomicU64::new(0),
            report,
            syncer,
        })
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

    /// Appends a row; returns its number and the mark of its sync.
    fn write(&self, row: &Row) -> io::Result<(u64, u64)> {
        self.syncer.check()?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let needed = writer.encode(row)?;
        let is_empty = writer.len_bytes <= segment::HEADER_BYTES as u64;
        if !is_empty && writer.len_bytes + needed > self.options.segment_bytes {
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
        let segment = Segment::new(&self.folder, writer.next_row);
        writer.file = begin_segment(&*self.storage, &segment)?;
        writer.len_bytes = segment::HEADER_BYTES as u64;
        writer.segments.push_back(segment);
        self.syncer.mark(&writer.file);
        self.syncer.mark(&self.folder_file);
        while writer.segments.len() > self.options.keep_segments {
            let (Some(oldest), Some(second)) = (writer.segments.front(), writer.segments.get(1)) else {
                break;
            };
            let (path, range) = (oldest.path.clone(), format!("{}-{}", oldest.first, second.first - 1));
            writer.encode(&Row::new(time_millis, CauseId::NONE, Pid::KERNEL, "journal.retired", &range))?;
            writer.write_frame()?;
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(%error, segment = %path.display(), "a retired part of the journal stays");
            }
            writer.segments.pop_front();
        }
        Ok(())
    }
}

impl Writer {
    /// Puts the frame of a row into the buffer and returns its length in bytes.
    fn encode(&mut self, row: &Row) -> io::Result<u64> {
        self.buffer.clear();
        let row = row.numbered(self.next_row);
        frame::encode(&mut self.buffer, |buffer| serde_json::to_writer(buffer, &row))?;
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
        if let Err(error) = write_all_at(&*self.file, &self.buffer, self.len_bytes) {
            // What may lie beyond is overwritten by the next row, or cut at the next start.
            if let Err(error) = self.file.set_len(self.len_bytes) {
                tracing::warn!(%error, "half a row stays at the end of the journal");
            }
            return Err(error);
        }
        self.len_bytes += self.buffer.len() as u64;
        self.next_row += 1;
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
}

fn begin_segment(storage: &dyn Storage, segment: &Segment) -> io::Result<Arc<dyn SegmentFile>> {
    let begin = || {
        let file = storage.open(&segment.path)?;
        // A file of this name can only be an earlier, failed beginning: its first row is not written yet.
        file.set_len(0)?;
        write_all_at(&*file, &segment::header(segment.first), 0)?;
        Ok(file)
    };
    begin().inspect_err(|_: &io::Error| {
        // If it stays, the next beginning takes it over.
        let _ = fs::remove_file(&segment.path);
    })
}
