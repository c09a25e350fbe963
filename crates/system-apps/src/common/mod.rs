//! What the apps share.
