//! The text of `cargo xtask help`.

pub(crate) const TEXT: &str = "\
cargo xtask COMMAND [OPTIONS] [-- ARGUMENTS FOR THE PROGRAM]

  run      set this machine up, build, and open the desktop; without a display
           the desktop runs on a virtual one and leaves ./screenshot.png
  test     set up, then format, licences, import edges, lints, tests, docs;
           stops at the first failure (--quick: no doctests, no docs)
  bench    release build, then all figures with p50, p95, p99 beside their budgets;
           writes target/bench/latest.json and compares with the run before
  shot     a picture of the desktop: cargo xtask shot OUT.png --size 1280x800 …
           (everything after `shot` goes to `agentos shot`)
  doctor   what this machine has: toolchain, packages, adapter, fonts, sandbox
  help     this text

  --release    the optimised program (run, shot, doctor)
  --no-setup   install and check no system packages
  --quick      leave out the slow steps (test)
";
