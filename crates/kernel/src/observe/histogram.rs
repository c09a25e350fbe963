//! Latency histograms with log-linear buckets: 64 buckets per octave, so that a percentile is at
//! most 1/64 (1.6 %) too high, over the whole range from 1 ns to more than an hour.
//!
//! The scheme is that of HdrHistogram (Gil Tene). Octaves are allocated when the first value falls
//! into them (512 bytes each), so a row that never runs costs next to nothing and one that does
//! rarely more than 4 KiB. Recording is one `fetch_add`; nothing is ever locked.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// Buckets per octave.
pub(super) const SUB_BUCKETS: usize = 64;
const SUB_BITS: u32 = SUB_BUCKETS.trailing_zeros();
/// Values at or above `2^MAX_BITS` count as the largest one: 2^42 ns is 73 minutes.
const MAX_BITS: u32 = 42;
const OCTAVES: usize = (MAX_BITS - SUB_BITS + 1) as usize;

/// The bucket of a value: exact below 64, then logarithmic with 64 linear steps per octave.
#[inline]
#[must_use]
pub(super) fn bucket_of(value: u64) -> u32 {
    let value = value.min((1 << MAX_BITS) - 1);
    let exponent = 63 - (value | 1).leading_zeros();
    if exponent < SUB_BITS {
        return value as u32;
    }
    let octave = exponent - SUB_BITS;
    (octave + 1) * SUB_BUCKETS as u32 + ((value >> octave) as u32 - SUB_BUCKETS as u32)
}

/// The largest value that falls into a bucket.
#[must_use]
pub(super) fn bucket_ceiling(bucket: u32) -> u64 {
    let (octave, sub) = (bucket / SUB_BUCKETS as u32, u64::from(bucket % SUB_BUCKETS as u32));
    if octave == 0 { sub } else { ((SUB_BUCKETS as u64 + sub + 1) << (octave - 1)) - 1 }
}

type Octave = [AtomicU64; SUB_BUCKETS];

/// Counts values; see the module documentation.
pub struct Histogram {
    octaves: [OnceLock<Box<Octave>>; OCTAVES],
    max: AtomicU64,
}

impl Default for Histogram {
    /// An empty one, with nothing allocated.
    fn default() -> Self {
        Histogram { octaves: [const { OnceLock::new() }; OCTAVES], max: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// Counts a value whose bucket is known.
    #[inline]
    pub fn record_in(&self, bucket: u32, value: u64) {
        // `bucket_of` yields at most OCTAVES * SUB_BUCKETS - 1.
        let octave = &self.octaves[(bucket as usize / SUB_BUCKETS).min(OCTAVES - 1)];
        let counts = octave.get_or_init(|| Box::new([const { AtomicU64::new(0) }; SUB_BUCKETS]));
        counts[bucket as usize % SUB_BUCKETS].fetch_add(1, Ordering::Relaxed);
        if value > self.max.load(Ordering::Relaxed) {
            self.max.fetch_max(value, Ordering::Relaxed);
        }
    }

    /// Counts a value.
    #[inline]
    pub fn record(&self, value: u64) {
        self.record_in(bucket_of(value), value);
    }

    /// Number of values counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.octaves.iter().filter_map(OnceLock::get).flat_map(|octave| octave.iter()).map(load).sum()
    }
}

fn load(cell: &AtomicU64) -> u64 {
    cell.load(Ordering::Relaxed)
}

/// The percentiles that the monitor shows, in the unit of the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// Half of the values are at or below.
    pub p50: u64,
    /// 95 of 100.
    pub p95: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1,000.
    pub p999: u64,
    /// The largest value, exact.
    pub max: u64,
}

/// A plain copy of one or more histograms.
#[derive(Clone, Debug)]
pub struct Snapshot {
    weights: Vec<f64>,
    max: u64,
}

impl Default for Snapshot {
    fn default() -> Self {
        Snapshot { weights: vec![0.0; OCTAVES * SUB_BUCKETS], max: 0 }
    }
}

impl Snapshot {
    /// Adds a histogram's counts, each times `weight`. A row whose durations are sampled 1:20 has
    /// weight 20 beside a row that is timed every time.
    pub fn add(&mut self, histogram: &Histogram, weight: f64) {
        for (octave, weights) in histogram.octaves.iter().zip(self.weights.chunks_exact_mut(SUB_BUCKETS)) {
            let Some(counts) = octave.get() else { continue };
            for (sum, count) in weights.iter_mut().zip(counts.iter()) {
                *sum += load(count) as f64 * weight;
            }
        }
        self.max = self.max.max(histogram.max.load(Ordering::Relaxed));
    }

    /// For each share of all values (0 to 1, ascending) the value that it does not exceed; zeros when
    /// empty.
    #[must_use]
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [u64; N] {
        let mut values = [0; N];
        let total: f64 = self.weights.iter().sum();
        if total <= 0.0 {
            return values;
        }
        // A little slack, so that 0.99 of 100 values is the 99th and not the 100th.
        let ranks = shares.map(|share| total * share - total * 1e-12);
        let (mut found, mut sum) = (0, 0.0);
        for (bucket, weight) in self.weights.iter().enumerate() {
            if *weight <= 0.0 {
                continue;
            }
            sum += weight;
            while found < N && sum >= ranks[found] {
                values[found] = bucket_ceiling(bucket as u32).min(self.max);
                found += 1;
            }
        }
        values[found..].fill(self.max);
        values
    }

    /// The figures of the monitor.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        let [p50, p95, p99, p999] = self.quantiles([0.50, 0.95, 0.99, 0.999]);
        Percentiles { p50, p95, p99, p999, max: self.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(sorted: &[u64], share: f64) -> u64 {
        let rank = (sorted.len() as f64 * share).ceil().max(1.0) as usize;
        sorted[rank - 1]
    }

    #[test]
    fn buckets_are_contiguous_and_ordered() {
        let mut last = 0;
        for bucket in 0..(OCTAVES * SUB_BUCKETS) as u32 {
            let ceiling = bucket_ceiling(bucket);
            assert_eq!(bucket_of(ceiling), bucket);
            if ceiling + 1 < 1 << MAX_BITS {
                assert_eq!(bucket_of(ceiling + 1), bucket + 1);
            }
            assert!(bucket == 0 || ceiling > last);
            last = ceiling;
        }
        assert_eq!(bucket_of(u64::MAX), (OCTAVES * SUB_BUCKETS) as u32 - 1);
    }

    #[test]
    fn empty_is_zero() {
        let histogram = Histogram::default();
        let mut snapshot = Snapshot::default();
        snapshot.add(&histogram, 1.0);
        assert_eq!(snapshot.percentiles(), Percentiles::default());
        assert_eq!(histogram.count(), 0);
    }

    #[test]
    fn weights_level_sampled_rows() {
        let (often, rarely) = (Histogram::default(), Histogram::default());
        (0..10).for_each(|_| often.record(100));
        (0..90).for_each(|_| rarely.record(50));
        let mut snapshot = Snapshot::default();
        snapshot.add(&often, 20.0);
        snapshot.add(&rarely, 1.0);
        assert_eq!(snapshot.quantiles([0.2, 0.5]), [50, 100]);
    }

    proptest! {
        #[test]
        fn percentiles_are_within_a_sub_bucket_of_the_exact_ones(
            mut values in prop::collection::vec(prop_oneof![0_u64..200, 0_u64..5_000_000, 0_u64..1 << 41], 1..600),
        ) {
            let histogram = Histogram::default();
            values.iter().for_each(|value| histogram.record(*value));
            values.sort_unstable();
            let mut snapshot = Snapshot::default();
            snapshot.add(&histogram, 1.0);
            prop_assert_eq!(histogram.count(), values.len() as u64);
            let shares = [0.5, 0.95, 0.99, 0.999, 1.0];
            for (ours, share) in snapshot.quantiles(shares).into_iter().zip(shares) {
                let truth = exact(&values, share);
                prop_assert!(ours >= truth && ours <= truth + truth / SUB_BUCKETS as u64, "{} for {}", ours, truth);
            }
            prop_assert_eq!(snapshot.percentiles().max, values[values.len() - 1]);
        }
    }
}
