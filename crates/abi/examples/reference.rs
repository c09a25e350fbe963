//! Prints the reference of all system calls as Markdown, as `agentos syscalls --markdown` does, without
//! building the desktop: `cargo run -p agentos-abi --example reference > docs/syscalls.md`.

fn main() {
    print!("{}", agentos_abi::table::markdown());
}
