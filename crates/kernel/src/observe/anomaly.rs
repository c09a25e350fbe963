//! Notices figures that are unlike the ones before: a running mean and variance per kind, and an
//! alarm where a value lies more than three standard deviations above the mean.
//!
//! Mean and variance are Welford's (1962), with the count held at 1,024 so that old values fade and
//! a new normal is learnt. Latencies spread over orders of magnitude, so the figures are those of
//! the value's histogram bucket, which is linear below 64 and logarithmic above; otherwise every
//! cache miss would be an alarm. Memory is constant, one detector per kind. An alarm needs 30 values first, and
//! after one the detector is silent for a while; the first seconds after boot are silent too.
//!
//! To be cheap, each value is only compared with a threshold; the statistics take in every value at
//! first and one in sixteen later, which does not bias them, as the choice does not look at the value.

use std::sync::{
    Mutex, TryLockError,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

/// Values needed before the first alarm.
pub(super) const MIN_SAMPLES: u64 = 30;
/// How many standard deviations are too many.
pub(super) const SIGMAS: f64 = 3.0;
/// After this the newest value weighs as one of so many.
const MEMORY: u64 = 1_024;
/// Deviations below a quarter of an octave are noise of the machine, whatever the variance says.
const LEAST_DEVIATION: f64 = 16.0;
/// Silence after an alarm, nanoseconds.
const SILENCE_NANOS: u64 = 10_000_000_000;
/// Silence after boot, nanoseconds.
const QUIET_START_NANOS: u64 = 5_000_000_000;
/// Later on, one in so many values is taken into the statistics.
const STRIDE: u64 = 16;

/// Running mean and variance (Welford; Knuth, TAOCP 2, 4.2.2).
#[derive(Clone, Copy, Debug, Default)]
pub struct Welford {
    count: u64,
    mean: f64,
    /// Sum of squared differences from the mean, scaled down when the count is held.
    squares: f64,
}

impl Welford {
    /// Takes a value in.
    pub fn add(&mut self, value: f64) {
        if self.count == MEMORY {
            self.squares *= (MEMORY - 1) as f64 / MEMORY as f64;
        } else {
            self.count += 1;
        }
        let difference = value - self.mean;
        self.mean += difference / self.count as f64;
        self.squares += difference * (value - self.mean);
    }

    /// Number of values, at most 1,024.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean; zero without values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of the sample; zero with fewer than two values.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        if self.count < 2 { 0.0 } else { (self.squares / (self.count - 1) as f64).max(0.0).sqrt() }
    }
}

/// A value that stood out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// How many standard deviations above the mean.
    pub z_score: f64,
}

/// Watches the values of one kind.
pub struct Detector {
    statistics: Mutex<Welford>,
    /// Buckets above this one are alarming; none while too little was learnt.
    threshold: AtomicU32,
    silent_until_nanos: AtomicU64,
    muted: AtomicBool,
}

impl Default for Detector {
    fn default() -> Self {
        Detector {
            statistics: Mutex::default(),
            threshold: AtomicU32::new(u32::MAX),
            silent_until_nanos: AtomicU64::new(QUIET_START_NANOS),
            muted: AtomicBool::new(false),
        }
    }
}

impl Detector {
    /// Stops or allows alarms; the statistics go on.
    pub fn set_muted(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    /// Takes a value in, given with its histogram bucket. `turn` is a running number of the values; it
    /// picks those that are learnt from. `now_nanos` is the time since boot and is asked for only when
    /// there may be an alarm.
    #[inline]
    pub fn observe(&self, bucket: u32, turn: u64, now_nanos: impl FnOnce() -> u64) -> Option<Alarm> {
        let threshold = self.threshold.load(Ordering::Relaxed);
        let alarm = if bucket > threshold { self.alarm(bucket, now_nanos()) } else { None };
        if threshold == u32::MAX || turn.is_multiple_of(STRIDE) {
            self.learn(bucket);
        }
        alarm
    }

    #[cold]
    fn alarm(&self, bucket: u32, now_nanos: u64) -> Option<Alarm> {
        let silent_until = self.silent_until_nanos.load(Ordering::Relaxed);
        if now_nanos < silent_until || self.muted.load(Ordering::Relaxed) {
            return None;
        }
        // Of several threads with an alarm at the same time one tells.
        self.silent_until_nanos
            .compare_exchange(silent_until, now_nanos + SILENCE_NANOS, Ordering::Relaxed, Ordering::Relaxed)
            .ok()?;
        let statistics = *crate::sync::lock(&self.statistics);
        let z_score = (f64::from(bucket) - statistics.mean()) / statistics.deviation().max(LEAST_DEVIATION);
        Some(Alarm { z_score })
    }

    fn learn(&self, bucket: u32) {
        let mut statistics = match self.statistics.try_lock() {
            Ok(statistics) => statistics,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Another thread is at it: one value less in the statistics.
            Err(TryLockError::WouldBlock) => return,
        };
        statistics.add(f64::from(bucket));
        if statistics.count() >= MIN_SAMPLES {
            let limit = statistics.mean() + SIGMAS * statistics.deviation().max(LEAST_DEVIATION);
            self.threshold.store(limit.ceil() as u32, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::histogram::bucket_of;

    impl Detector {
        /// Takes in a value that is learnt from.
        fn observe_value(&self, value: u64, now_nanos: impl FnOnce() -> u64) -> Option<Alarm> {
            self.observe(bucket_of(value), 0, now_nanos)
        }
    }

    const LATER: u64 = QUIET_START_NANOS + 1;

    #[test]
    fn welford_agrees_with_the_two_pass_formula() {
        let values: Vec<f64> = (0..500).map(|n| f64::from((n * 7919) % 1_000)).collect();
        let mut welford = Welford::default();
        values.iter().for_each(|value| welford.add(*value));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance =
            values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
        assert!((welford.mean() - mean).abs() < 1e-9);
        assert!((welford.deviation() - variance.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn old_values_fade() {
        let mut welford = Welford::default();
        (0..2_000).for_each(|_| welford.add(10.0));
        (0..10_000).for_each(|_| welford.add(500.0));
        assert!((welford.mean() - 500.0).abs() < 1.0);
        assert!(welford.deviation() < 50.0);
        assert_eq!(welford.count(), MEMORY);
    }

    #[test]
    fn no_alarm_before_thirty_values() {
        let detector = Detector::default();
        for _ in 0..29 {
            assert_eq!(detector.observe_value(100, || LATER), None);
        }
        assert_eq!(detector.observe_value(1 << 30, || LATER), None);
    }

    #[test]
    fn a_value_far_out_alarms_once() {
        let detector = Detector::default();
        for n in 0..60 {
            assert_eq!(detector.observe_value(1_000 + n % 7, || LATER), None);
        }
        let alarm = detector.observe_value(1_000_000, || LATER).expect("a thousandfold is out");
        assert!(alarm.z_score > SIGMAS);
        assert_eq!(detector.observe_value(1_000_000, || LATER + 1), None, "silent for a while");
        assert!(detector.observe_value(1_000_000, || LATER + SILENCE_NANOS).is_some());
    }

    #[test]
    fn the_first_seconds_and_muted_kinds_are_silent() {
        let detector = Detector::default();
        (0..60).for_each(|_| assert_eq!(detector.observe_value(1_000, || 1), None));
        assert_eq!(detector.observe_value(1 << 30, || 2), None);
        detector.set_muted(true);
        assert_eq!(detector.observe_value(1 << 30, || LATER), None);
        detector.set_muted(false);
        assert!(detector.observe_value(1 << 30, || LATER).is_some());
    }

    #[test]
    fn small_wobbles_of_a_constant_value_are_no_alarm() {
        let detector = Detector::default();
        (0..100).for_each(|_| assert_eq!(detector.observe_value(10_000, || LATER), None));
        assert_eq!(detector.observe_value(14_000, || LATER), None);
    }
}
