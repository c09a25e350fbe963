//! What holds the program of a window, for its badge and for "What can this program do?".

use abi::{Pid, UiCaller, table, table::Sandboxed};
use widgets::sandbox::{Section, badge, sections};

/// What was told of one program; asked once for each.
#[derive(Debug, Default)]
pub(in crate::hosts) struct Holds {
    of: Option<Pid>,
    told: Option<Sandboxed>,
}

impl Holds {
    /// Called each frame; the kernel is asked when it is another program. What is over keeps what was said of it.
    pub(in crate::hosts) fn look(&mut self, program: Option<Pid>, syscalls: &UiCaller) {
        if program.is_none() || program == self.of {
            return;
        }
        self.of = program;
        self.told = syscalls.call(table::GetSandbox { pid: program }).ok().flatten();
    }

    /// The word and its explanation; nothing is claimed of what does not run yet.
    pub(in crate::hosts) fn badge(&self) -> Option<(String, String)> {
        let (word, why) = badge(self.told.as_ref()?);
        Some((word, format!("{why} Click for what it can do.")))
    }

    /// Whether what it writes is kept apart until somebody has reviewed it.
    pub(in crate::hosts) fn keeps_apart(&self) -> bool {
        self.told.as_ref().is_some_and(|told| !told.copy_on_write.is_empty())
    }

    /// The whole answer, with what it uses now.
    pub(in crate::hosts) fn details(&self, syscalls: &UiCaller) -> Option<Vec<Section>> {
        let told = self.told.as_ref()?;
        let mut all = sections(told);
        let info = syscalls.call(table::GetProcessInfo { pid: self.of }).ok();
        if let Some(info) = info.filter(|info| info.exit.is_none() && info.memory_bytes > 0) {
            let seconds = info.cpu_time_micros as f64 / 1_000_000.0;
            let memory = info.memory_bytes / (1024 * 1024);
            let line =
                format!("Now it uses {memory} MiB of memory; it has used {seconds:.1} s of processor time.");
            match all.iter_mut().find(|section| section.title == "Limits") {
                Some(limits) => limits.lines.push(line),
                None => all.push(Section { title: "Use", lines: vec![line] }),
            }
        }
        Some(all)
    }
}
