//! Tests of the virtual file system.
