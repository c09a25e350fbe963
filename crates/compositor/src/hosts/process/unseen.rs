//! The life of a program that has no window: started from its manifest, where a person has allowed that, with nothing
//! to read and nobody to hear it, and waited for.

use super::{
    ending::{Ending, Output},
    farewell::{Circumstances, farewell},
    launch::{Origin, cannot_start, read_manifest, spawn_call, take_manifest},
    permit::Permit,
};
use abi::{Pending, UiCaller, table};
use services::manifest::Manifest;
use widgets::AppContext;

/// See the module documentation.
pub(crate) struct Unseen {
    origin: Origin,
    stage: Stage,
    manifest: Option<Manifest>,
    began: f64,
}

enum Stage {
    Reading(Pending<table::Read>),
    /// A person is asked what it may do.
    Asking(Box<Permit>),
    Starting(Pending<table::Spawn>),
    Running(Ending),
    /// The words, and whether that is well.
    Ended(String, bool),
}

impl Unseen {
    pub(crate) fn start(app: &str, name: &str, manifest: &str, syscalls: &UiCaller) -> Self {
        let origin = Origin::new(app, name, manifest);
        let stage = match read_manifest(&origin, syscalls) {
            Ok(reading) => Stage::Reading(reading),
            Err(why) => Stage::Ended(why.text, false),
        };
        Unseen { origin, stage, manifest: None, began: 0.0 }
    }

    /// Whether a person is asked what it may do.
    pub(crate) fn is_asking(&self) -> bool {
        matches!(self.stage, Stage::Asking(_))
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&self) -> Option<(String, bool)> {
        match &self.stage {
            Stage::Ended(text, good) => Some((text.clone(), *good)),
            _ => None,
        }
    }

    /// Moves on; whether it has begun just now.
    pub(crate) fn advance(&mut self, cx: &mut AppContext<'_>) -> bool {
        match &mut self.stage {
            Stage::Reading(pending) => {
                let Some(read) = pending.poll() else { return false };
                let manifest = take_manifest(&self.origin, read);
                let asked = manifest.and_then(|manifest| Permit::ask(manifest, &self.origin, cx.syscalls));
                self.stage = match asked {
                    Ok(permit) => Stage::Asking(Box::new(permit)),
                    Err(why) => Stage::Ended(why.text, false),
                };
                self.advance(cx)
            }
            Stage::Asking(permit) => {
                let Some(permitted) = permit.poll(cx.syscalls) else { return false };
                let called = permitted.map_err(|why| why.text).and_then(|manifest| {
                    let call = spawn_call(&manifest, cx.syscalls);
                    self.manifest = Some(manifest);
                    call.and_then(|call| cx.syscalls.submit(call)).map_err(|why| why.detail)
                });
                self.stage = called.map_or_else(|why| Stage::Ended(why, false), Stage::Starting);
                false
            }
            Stage::Starting(pending) => match pending.poll() {
                None => false,
                Some(Err(why)) => {
                    self.stage = Stage::Ended(cannot_start(self.manifest.as_ref(), &why).text, false);
                    false
                }
                Some(Ok(spawned)) => {
                    self.began = cx.now_seconds;
                    self.stage = Stage::Running(Ending::of(spawned.pid, cx.syscalls));
                    true
                }
            },
            Stage::Running(ending) => {
                if let Some(ended) = ending.due(Output::Over, cx) {
                    let about = Circumstances {
                        ran_seconds: cx.now_seconds - self.began,
                        away: false,
                        rules: self.manifest.as_ref().map(|manifest| &manifest.proc_manifest.sandbox),
                    };
                    let end = farewell(ended, about);
                    self.stage = Stage::Ended(end.text, end.good);
                }
                false
            }
            Stage::Ended(..) => false,
        }
    }
}
