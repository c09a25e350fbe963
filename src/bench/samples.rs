//! What was measured, and its percentiles.

use serde::{Deserialize, Serialize};

/// Samples of one set; more are not taken.
pub const MAX_SAMPLES: usize = 1 << 20;

/// What a figure counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nanoseconds for one operation.
    #[default]
    Nanos,
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// Thousandths of a whole.
    PerMille,
}

/// The samples of one operation. A sample of a batch is its time divided by its size, so percentiles of
/// batches tell less about tails than those of single operations; [`Samples::batch`] says which it is.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    values: Vec<f64>,
    batch: u64,
}

/// Percentiles by the nearest-rank method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Samples taken.
    pub samples: u64,
    /// Operations in each sample.
    pub batch: u64,
    /// The least: the machine at its quietest.
    pub min: f64,
    /// The median.
    pub p50: f64,
    /// 95 of 100 took at most this.
    pub p95: f64,
    /// 99 of 100 took at most this.
    pub p99: f64,
}

impl Samples {
    /// An empty set whose samples stand for `batch` operations each.
    #[must_use]
    pub fn of_batches(batch: u64) -> Self {
        Samples { values: Vec::new(), batch: batch.max(1) }
    }

    /// A single figure, such as a size.
    #[must_use]
    pub fn single(value: f64) -> Self {
        let mut samples = Samples::of_batches(1);
        samples.push(value);
        samples
    }

    /// Adds one sample, per operation. What is no number, and what is beyond the bound, is not taken.
    pub fn push(&mut self, value: f64) {
        if value.is_finite() && self.values.len() < MAX_SAMPLES {
            self.values.push(value);
        }
    }

    /// Adds the time of one operation.
    pub fn push_time(&mut self, time: std::time::Duration) {
        self.push(time.as_nanos() as f64);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Operations in each sample.
    #[must_use]
    pub fn batch(&self) -> u64 {
        self.batch.max(1)
    }

    /// The percentiles; `None` without samples.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        Some(Figures {
            samples: sorted.len() as u64,
            batch: self.batch(),
            min: *sorted.first()?,
            p50: rank(&sorted, 50)?,
            p95: rank(&sorted, 95)?,
            p99: rank(&sorted, 99)?,
        })
    }
}

/// The smallest value that at least `percent` of all are not above.
fn rank(sorted: &[f64], percent: usize) -> Option<f64> {
    let place = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(place - 1).copied()
}
