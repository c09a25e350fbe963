//! Contents that the journal refers to: files as they were before somebody changed them.
//!
//! [`BlobStore`] keeps each content once, under the BLAKE3 [`Digest`] of its bytes, and gives it back only
//! when it still has that digest. Room and age are bounded: the contents that nobody added for longest go
//! first, and whoever refers to one that is gone is told so ([`Fetched::Missing`]). It knows no paths, causes or
//! rows; those are the journal's.

mod digest;
mod shelf;
mod store;
#[cfg(test)]
mod tests;

pub use digest::{Digest, ParseDigestError};
pub use store::{BlobOptions, BlobStore, Fetched, Upkeep};
