//! The few options, and what is passed on to the program.

use anyhow::{Result, bail};

/// Options of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) release: bool,
    pub(crate) no_setup: bool,
    pub(crate) quick: bool,
    /// For the program, in its own words.
    pub(crate) rest: Vec<String>,
}

impl Options {
    /// Our options stand before `--`; `shot` and `bench` pass on every word that is not ours.
    ///
    /// # Errors
    /// An option that nobody would understand.
    pub(crate) fn parse(command: &str, words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Options::default();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--release" => options.release = true,
                "--no-setup" => options.no_setup = true,
                "--quick" if command == "test" => options.quick = true,
                "--" => options.rest.extend(words.by_ref()),
                _ if matches!(command, "shot" | "bench") => options.rest.push(word),
                _ => bail!(
                    "`cargo xtask {command}` does not know {word:?}; what is meant for the program goes after `--`"
                ),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(command: &str, words: &[&str]) -> Result<Options> {
        Options::parse(command, words.iter().map(ToString::to_string))
    }

    #[test]
    fn words_after_the_dashes_go_to_the_program() {
        let options = parse("run", &["--release", "--", "--data-dir", "x", "--no-setup"]).unwrap();
        assert!(options.release && !options.no_setup);
        assert_eq!(options.rest, ["--data-dir", "x", "--no-setup"]);
    }

    #[test]
    fn shot_passes_on_what_is_not_ours() {
        let options = parse("shot", &["out.png", "--no-setup", "--size", "800x600"]).unwrap();
        assert!(options.no_setup);
        assert_eq!(options.rest, ["out.png", "--size", "800x600"]);
    }

    #[test]
    fn a_wrong_option_is_named() {
        assert!(parse("run", &["--quick"]).unwrap_err().to_string().contains("--quick"));
    }
}
