//! A program on pipes: both of its streams read as they come, its input written line by line, its end waited for.

use super::{
    decode::Decoder,
    lines::{Lines, Source},
};
use crate::hosts::process::{
    ending::{Ending, Output},
    farewell::Ended,
};
use abi::{Bytes, CauseId, Fd, Pending, Pid, UiCaller, table};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use widgets::AppContext;

/// Bytes asked for with one read.
const READ_BYTES: u64 = 64 * 1024;
/// Lines that may wait for a program which does not read.
const MAX_WAITING_LINES: usize = 1000;

/// A program that runs, or whose last output is still to be read.
pub(super) struct Piped {
    pub(super) pid: Pid,
    pub(super) host_pid: i32,
    streams: [Stream; 2],
    stdin: Option<Fd>,
    waiting_lines: VecDeque<(CauseId, Bytes)>,
    writing: Option<Pending<table::FdWrite>>,
    ending: Ending,
}

struct Stream {
    source: Source,
    fd: Option<Fd>,
    reading: Option<Pending<table::FdRead>>,
    decoder: Decoder,
    backlog: Vec<u8>,
}

impl Piped {
    pub(super) fn new(spawned: table::Spawned, syscalls: &UiCaller) -> Self {
        let stream = |source, fd| Stream {
            source,
            fd,
            reading: None,
            decoder: Decoder::default(),
            backlog: Vec::new(),
        };
        Piped {
            pid: spawned.pid,
            host_pid: spawned.host_pid,
            streams: [stream(Source::Output, spawned.stdout), stream(Source::Errors, spawned.stderr)],
            stdin: spawned.stdin,
            waiting_lines: VecDeque::new(),
            writing: None,
            ending: Ending::of(spawned.pid, syscalls),
        }
    }

    /// Whether a line can be written to it.
    pub(super) fn listens(&self) -> bool {
        self.stdin.is_some() && !self.ending.is_told()
    }

    /// What it has begun to say without ending the line.
    pub(super) fn unfinished(&self) -> impl Iterator<Item = (Source, String)> {
        self.streams.iter().filter_map(|stream| Some((stream.source, stream.decoder.unfinished()?)))
    }

    /// Writes a line to it when its turn comes; `false` when too many wait.
    pub(super) fn write(&mut self, cause: CauseId, line: String) -> bool {
        let fits = self.waiting_lines.len() < MAX_WAITING_LINES;
        if fits {
            self.waiting_lines.push_back((cause, Bytes(line.into_bytes())));
        }
        fits
    }

    /// Tells it that there is no more input.
    pub(super) fn end_input(&mut self, syscalls: &UiCaller) {
        if let Some(fd) = self.stdin.take()
            && let Err(why) = syscalls.submit(table::Close { fd })
        {
            tracing::debug!(%why, "the input was closed already");
        }
    }

    /// Reads and writes what can be without waiting, showing lines until the time is over. How it ended, once it has
    /// and has said everything.
    pub(super) fn advance(
        &mut self,
        lines: &mut Lines,
        until: Instant,
        cx: &mut AppContext<'_>,
    ) -> Option<Ended> {
        for stream in &mut self.streams {
            stream.advance(lines, until, cx.syscalls);
        }
        self.send(cx.syscalls);
        let output = if self.streams.iter().any(|stream| !stream.backlog.is_empty()) {
            cx.wake_after(Duration::ZERO);
            Output::Unshown
        } else if self.streams.iter().any(|stream| stream.fd.is_some()) {
            Output::Open
        } else {
            Output::Over
        };
        let exit = self.ending.due(output, cx)?;
        self.end_input(cx.syscalls);
        for stream in &mut self.streams {
            stream.close(lines, cx.syscalls);
        }
        Some(exit)
    }

    /// One write at a time, in order.
    fn send(&mut self, syscalls: &UiCaller) {
        if let Some(writing) = &self.writing {
            match writing.poll() {
                None => return,
                Some(Ok(taken)) => self.taken(taken),
                Some(Err(why)) => {
                    tracing::debug!(%why, "input was not taken");
                    self.waiting_lines.clear();
                    self.end_input(syscalls);
                }
            }
            self.writing = None;
        }
        let (Some(fd), Some((cause, data))) = (self.stdin, self.waiting_lines.front()) else { return };
        match syscalls.with_cause(*cause).submit(table::FdWrite { fd, data: data.clone() }) {
            Ok(pending) => self.writing = Some(pending),
            Err(why) => tracing::debug!(%why, "input waits"),
        }
    }

    fn taken(&mut self, count: u64) {
        let Some((_, data)) = self.waiting_lines.front_mut() else { return };
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(data.0.len());
        data.0.drain(..count);
        if data.0.is_empty() {
            self.waiting_lines.pop_front();
        }
    }
}

impl Stream {
    fn advance(&mut self, lines: &mut Lines, until: Instant, syscalls: &UiCaller) {
        self.show(lines, until);
        while self.backlog.is_empty() {
            let Some(fd) = self.fd else { return };
            let Some(reading) = self.reading.take() else {
                match syscalls.submit(table::FdRead { fd, size: READ_BYTES, timeout_millis: None }) {
                    Ok(pending) => self.reading = Some(pending),
                    Err(_) => return self.close(lines, syscalls),
                }
                continue;
            };
            match reading.poll() {
                None => {
                    self.reading = Some(reading);
                    return;
                }
                Some(Ok(bytes)) if !bytes.is_empty() => {
                    self.backlog = bytes.0;
                    self.show(lines, until);
                }
                Some(_) => return self.close(lines, syscalls),
            }
        }
    }

    fn show(&mut self, lines: &mut Lines, until: Instant) {
        /// Between two looks at the clock.
        const PIECE: usize = 4096;
        let mut shown = 0;
        while shown < self.backlog.len() && Instant::now() < until {
            let end = (shown + PIECE).min(self.backlog.len());
            let source = self.source;
            self.decoder.push(&self.backlog[shown..end], |text| lines.push(source, text));
            shown = end;
        }
        self.backlog.drain(..shown);
    }

    fn close(&mut self, lines: &mut Lines, syscalls: &UiCaller) {
        let source = self.source;
        self.decoder.finish(|text| lines.push(source, text));
        if let Some(fd) = self.fd.take()
            && let Err(why) = syscalls.submit(table::Close { fd })
        {
            tracing::debug!(%why, "a stream was closed already");
        }
    }
}
