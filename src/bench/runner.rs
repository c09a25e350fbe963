//! Runs operations under the clock: ours and the peer in turns, batch by batch.

use super::{
    Budget, Figures, Options, Report, Row, Samples, Unit, Verdict, machine,
    report::{Judged, Peer, Problem},
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Batches are made at least this long, so that reading the clock (about 25 ns) does not show.
const LEAST_BATCH: Duration = Duration::from_micros(20);
/// Operations in one batch at most.
const MAX_BATCH: u64 = 1 << 20;
/// A row gets this many samples of each side if the run's time allows it, also when its slice is over.
const LEAST_SAMPLES: usize = 11;
/// Share of a slice that warms caches up and is not counted.
const WARM_UP: f64 = 0.1;

/// Something that can be done `count` times under the clock.
pub trait Operation {
    /// Does it and says how long that took, without what had to be prepared.
    ///
    /// # Errors
    /// When it could not be done; the row is then reported as failed.
    fn run(&mut self, count: u64) -> anyhow::Result<Duration>;
}

impl<F: FnMut(u64) -> anyhow::Result<Duration>> Operation for F {
    fn run(&mut self, count: u64) -> anyhow::Result<Duration> {
        self(count)
    }
}

/// An operation whose time is all of it.
pub fn each<T, E>(mut operation: impl FnMut() -> Result<T, E>) -> impl Operation
where
    E: Into<anyhow::Error>,
{
    move |count: u64| {
        let start = Instant::now();
        for _ in 0..count {
            black_box(operation().map_err(Into::into)?);
        }
        Ok(start.elapsed())
    }
}

/// An operation that takes its own time.
pub fn timed<E>(mut operation: impl FnMut() -> Result<Duration, E>) -> impl Operation
where
    E: Into<anyhow::Error>,
{
    move |count: u64| {
        let mut time = Duration::ZERO;
        for _ in 0..count {
            time += operation().map_err(Into::into)?;
        }
        Ok(time)
    }
}

/// A stopwatch on the processor's time of this thread: other programs on the machine do not show in it, the
/// two readings cost about half a microsecond.
#[derive(Clone, Copy, Debug)]
pub struct CpuTimer(Duration);

impl CpuTimer {
    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        CpuTimer(Self::now())
    }

    /// The processor's time since then.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now().saturating_sub(self.0)
    }

    fn now() -> Duration {
        let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
        // Every host that we run on has this clock; one without shows as zeros, not as wrong times.
        clock.now().map_or(Duration::ZERO, Duration::from)
    }
}

/// What a row says beside its figures.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// `kernel/read 4 KiB MemFs`.
    pub name: String,
    /// What it is held to.
    pub budgets: Vec<Budget>,
    /// What its figures count.
    pub unit: Unit,
    /// Operations in a batch at least; for what has a cost per batch.
    pub least_batch: u64,
    /// What a reader has to know.
    pub note: String,
}

impl Spec {
    /// A row of times without budgets.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Spec { name: name.into(), ..Spec::default() }
    }

    /// Adds a bound.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budgets.push(budget);
        self
    }

    /// What its figures count.
    #[must_use]
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// Operations in a batch at least.
    #[must_use]
    pub fn least_batch(mut self, count: u64) -> Self {
        self.least_batch = count;
        self
    }

    /// What a reader has to know.
    #[must_use]
    pub fn note(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }
}

/// Takes rows. Rows that prepare something costly ask [`Meter::wants`] first.
pub trait Meter {
    /// Whether a row of this name would be measured.
    fn wants(&mut self, name: &str) -> bool;

    /// Measures an operation, in turns with a peer that has a name.
    fn compare(&mut self, spec: Spec, ours: &mut dyn Operation, peer: Option<(&str, &mut dyn Operation)>);

    /// Takes figures that were measured elsewhere, such as a size or the parts of a frame.
    fn record(&mut self, spec: Spec, ours: Samples, peer: Option<(&str, Samples)>);

    /// How long one row may take, for rows that take their own samples.
    fn slice(&self) -> Duration;

    /// Names the graphics adapter that rows are drawn with.
    fn set_adapter(&mut self, _described: &str) {}
}

/// Our runner.
pub struct Bench<'a> {
    options: Options,
    began: Instant,
    progress: Box<dyn FnMut(&str) + 'a>,
    report: Report,
}

impl<'a> Bench<'a> {
    /// A run that begins now.
    pub fn new(options: Options, progress: impl FnMut(&str) + 'a) -> Self {
        let report = Report { machine: machine::facts(), ..Report::default() };
        Bench { options, began: Instant::now(), progress: Box::new(progress), report }
    }

    /// Measures a group of rows. When it fails, the others still run.
    pub fn section(&mut self, name: &str, rows: impl FnOnce(&mut Self) -> anyhow::Result<()>) {
        if let Err(why) = rows(self) {
            self.problem(name, &format!("{why:#}"));
        }
    }

    /// What was measured.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.report.seconds = self.began.elapsed().as_secs_f64();
        if cfg!(debug_assertions) {
            self.verify_invariants();
        }
        self.report
    }

    fn verify_invariants(&self) {
        let mut names: Vec<&str> = self.report.rows.iter().map(|row| row.name.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two rows have one name");
        let most = super::samples::MAX_SAMPLES as u64;
        assert!(self.report.rows.iter().all(|row| row.ours.samples <= most), "more samples than the bound");
    }

    fn problem(&mut self, name: &str, why: &str) {
        self.report.problems.push(Problem { name: name.to_owned(), why: why.to_owned() });
    }

    fn is_over(&self) -> bool {
        self.began.elapsed() >= self.options.limit
    }

    fn chosen(&self, name: &str) -> bool {
        self.options.only.is_empty() || self.options.only.iter().any(|part| name.contains(part.as_str()))
    }

    fn push(&mut self, spec: Spec, ours: &Samples, peer: Option<(&str, &Samples)>) {
        let Some(ours) = ours.figures() else {
            self.problem(&spec.name, "no samples");
            return;
        };
        let peer = peer.and_then(|(name, samples)| {
            samples.figures().map(|figures| Peer { name: name.to_owned(), figures })
        });
        let peer_figures: Option<Figures> = peer.as_ref().map(|peer| peer.figures);
        let optimised = self.report.machine.optimised;
        let judged = spec.budgets.iter().map(|budget| Judged {
            budget: budget.describe(spec.unit),
            verdict: budget.judge(&ours, peer_figures.as_ref(), optimised),
        });
        let judged: Vec<Judged> = judged.collect();
        let verdict = judged.iter().map(|judged| judged.verdict).max().unwrap_or(Verdict::None);
        let ratio = peer_figures.filter(|peer| peer.p50 > 0.0).map(|peer| ours.p50 / peer.p50);
        let Spec { name, unit, note, .. } = spec;
        self.report.rows.push(Row { name, unit, ours, peer, ratio, budgets: judged, verdict, note });
    }

    fn measure(
        &self,
        spec: &Spec,
        ours: &mut dyn Operation,
        mut peer: Option<&mut dyn Operation>,
    ) -> anyhow::Result<(Samples, Option<Samples>)> {
        let our_batch = batch_of(ours, spec.least_batch)?;
        let peer_batch = match &mut peer {
            Some(peer) => batch_of(&mut **peer, spec.least_batch)?,
            None => 1,
        };
        let mut our_samples = Samples::of_batches(our_batch);
        let mut peer_samples = Samples::of_batches(peer_batch);
        let began = Instant::now();
        let warm = self.options.slice.mul_f64(WARM_UP);
        loop {
            let our_time = ours.run(our_batch)?;
            let peer_time = match &mut peer {
                Some(peer) => Some(peer.run(peer_batch)?),
                None => None,
            };
            let elapsed = began.elapsed();
            // What is slow gets no warm-up of its own: its first time in `batch_of` was one.
            if elapsed > warm || our_time > warm {
                our_samples.push(our_time.as_nanos() as f64 / our_batch as f64);
                if let Some(time) = peer_time {
                    peer_samples.push(time.as_nanos() as f64 / peer_batch as f64);
                }
            }
            let enough = elapsed >= self.options.slice && our_samples.len() >= LEAST_SAMPLES;
            let too_long = elapsed >= self.options.slice * 3 && !our_samples.is_empty();
            if enough || too_long || our_samples.len() == super::samples::MAX_SAMPLES || self.is_over() {
                break;
            }
        }
        Ok((our_samples, peer.is_some().then_some(peer_samples)))
    }
}

impl Meter for Bench<'_> {
    fn wants(&mut self, name: &str) -> bool {
        if !self.chosen(name) {
            return false;
        }
        if self.is_over() {
            let seconds = self.options.limit.as_secs();
            self.problem(name, &format!("left out: the {seconds} s of this run were over"));
            return false;
        }
        true
    }

    fn compare(&mut self, spec: Spec, ours: &mut dyn Operation, peer: Option<(&str, &mut dyn Operation)>) {
        if !self.wants(&spec.name) {
            return;
        }
        (self.progress)(&spec.name);
        let (peer_name, peer) = peer.map_or(("", None), |(name, peer)| (name, Some(peer)));
        match self.measure(&spec, ours, peer) {
            Ok((ours, peer)) => self.push(spec, &ours, peer.as_ref().map(|peer| (peer_name, peer))),
            Err(why) => self.problem(&spec.name, &format!("{why:#}")),
        }
    }

    fn record(&mut self, spec: Spec, ours: Samples, peer: Option<(&str, Samples)>) {
        if self.chosen(&spec.name) {
            (self.progress)(&spec.name);
            self.push(spec, &ours, peer.as_ref().map(|(name, samples)| (*name, samples)));
        }
    }

    fn slice(&self) -> Duration {
        self.options.slice
    }

    fn set_adapter(&mut self, described: &str) {
        self.report.machine.adapter = Some(described.to_owned());
    }
}

/// How many operations make a batch that is long enough to be timed.
fn batch_of(operation: &mut dyn Operation, least: u64) -> anyhow::Result<u64> {
    let mut batch = least.max(1);
    while batch < MAX_BATCH {
        let time = operation.run(batch)?;
        if time >= LEAST_BATCH {
            break;
        }
        let factor = LEAST_BATCH.as_nanos() / time.as_nanos().max(1) + 1;
        batch = batch.saturating_mul(u64::try_from(factor).unwrap_or(u64::MAX).clamp(2, 16));
    }
    Ok(batch.min(MAX_BATCH))
}
