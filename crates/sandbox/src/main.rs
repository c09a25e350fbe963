//! The helper as a program of its own: what the desktop starts for each process app.

fn main() {
    agentos_sandbox::run_if_helper();
    agentos_sandbox::helper_main();
}
