//! The proxy on its Unix socket, with servers of these tests on the loopback.

mod bytes;
mod serving;
