//! What a user would see: scenes as text snapshots, and the law under random operations.

mod random;
