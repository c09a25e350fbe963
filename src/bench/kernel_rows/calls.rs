//! The door itself: the cheapest call, a decision of the gate, calls in one, an event, and what watching costs.

use super::{super::runner::each, Fixture};
use crate::bench::{Budget, Meter, Spec};
use abi::{
    Call, CauseId, Pid, SysError, Syscalls,
    table::{
        Batch, BatchOrder, EventCategory, Exists, GetEnv, GetUptime, PipeCreate, PipeRead, PipeWrite, Read,
        Severity, Stat, Verb, Write,
    },
};
use kernel::observe::{NewEvent, Observer, ObserverConfig};
use std::{
    convert::Infallible,
    hint::black_box,
    time::{Duration, Instant},
};

/// More paths than the gate's cache has entries, so that each decision is made anew.
const UNCACHED_PATHS: usize = 8 * 1_024;
/// Rules of the process whose decisions are not cached.
const RULES: usize = 12;
/// Calls of one batch.
const BATCH: usize = 100;

pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    cheapest(meter, fixture);
    decisions(meter, fixture)?;
    batch(meter, fixture);
    events(meter);
    watching(meter, fixture)
}

/// The peer of everything that takes nanoseconds. glibc asks the host each time.
fn getpid() -> impl crate::bench::Operation {
    each(|| Ok::<_, Infallible>(nix::unistd::getpid()))
}

fn cheapest(meter: &mut dyn Meter, fixture: &Fixture) {
    let typed = &fixture.typed;
    let spec = Spec::new("kernel/get_uptime, typed")
        .budget(Budget::PeerRatio(0.25))
        .note("the cheapest call that needs a right: door, gate, counters, sampled event");
    meter.compare(spec, &mut each(|| typed.call(GetUptime {})), Some(("getpid", &mut getpid())));

    let system = &fixture.system;
    let spec = Spec::new("kernel/get_uptime, dyn").budget(Budget::PeerRatio(0.25));
    meter.compare(spec, &mut each(|| system.call(GetUptime {})), Some(("getpid", &mut getpid())));

    let spec = Spec::new("kernel/get_env, typed").note("a call that needs no right and answers with a text");
    let mut call = each(|| typed.call(GetEnv { name: "HOME".to_owned() }));
    meter.compare(spec, &mut call, Some(("getpid", &mut getpid())));
}

fn decisions(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let process = twelve_rules(fixture)?;
    let permitted = |path: &str| {
        if kernel::bench_support::permitted(&process, Verb::ReadFile, path) {
            Ok(())
        } else {
            Err(anyhow::anyhow!("{path} is not permitted"))
        }
    };
    let spec = Spec::new("kernel/permission, cached").budget(Budget::PeerRatio(0.08));
    let mut cached = each(|| permitted("/home/Documents/Welcome.md"));
    meter.compare(spec, &mut cached, Some(("getpid", &mut getpid())));

    let paths: Vec<String> = (0..UNCACHED_PATHS).map(|n| format!("/home/Documents/{n}.md")).collect();
    let mut at = 0;
    let mut uncached = each(|| {
        at = (at + 1) % UNCACHED_PATHS;
        permitted(&paths[at])
    });
    let spec = Spec::new("kernel/permission, 12 rules, not cached").budget(Budget::PeerRatio(8.0));
    meter.compare(spec, &mut uncached, Some(("getpid", &mut getpid())));

    let typed = &fixture.typed;
    typed.call(Write { path: "/tmp/there".into(), data: Vec::new().into(), append: false })?;
    let spec = Spec::new("kernel/exists in MemFs").note("resolve, gate, file system, no host");
    let mut exists = each(|| typed.call(Exists { path: "/tmp/there".to_owned() }));
    meter.compare(spec, &mut exists, Some(("getpid", &mut getpid())));
    Ok(())
}

/// Calls in one beside as many calls.
fn batch(meter: &mut dyn Meter, fixture: &Fixture) {
    let typed = &fixture.typed;
    let calls: Vec<Call> = (0..BATCH).map(|_| GetUptime {}.into()).collect();
    let mut together = each(|| {
        let batch = Batch { calls: calls.clone(), order: BatchOrder::Sequential, stop_on_error: false };
        typed.call(batch)
    });
    let mut single = each(|| -> Result<(), SysError> {
        for _ in 0..BATCH {
            black_box(typed.call(GetUptime {})?);
        }
        Ok(())
    });
    let spec =
        Spec::new("kernel/batch, 100 calls").note("each at the gate by itself; replies as JSON has them");
    meter.compare(spec, &mut together, Some(("100 single calls", &mut single)));
}

/// A process whose last rule is the one that allows.
fn twelve_rules(fixture: &Fixture) -> anyhow::Result<kernel::Caller> {
    use abi::{Capability, PathScope};
    let other = (1..RULES).map(|n| Capability::ReadFile(PathScope(format!("/home/Pictures/{n}"))));
    let mut capabilities: Vec<Capability> = other.collect();
    capabilities.push(Capability::ReadFile(PathScope("/home/Documents".into())));
    let cause = fixture.typed.cause();
    let new = kernel::NewProcess {
        name: "twelve rules".into(),
        app: Some("bench".into()),
        kind: abi::table::ProcessKind::App,
        capabilities,
        parent: fixture.system.pid(),
        cause,
    };
    let pid = fixture.boot.kernel.spawn_app(new)?;
    Ok(fixture.boot.kernel.typed_caller(pid, cause)?)
}

/// On an observer of its own, so that the flood does not thin out the kernel's events.
fn events(meter: &mut dyn Meter) {
    let observer = Observer::new(ObserverConfig::new(1));
    let flood = observer.kind(EventCategory::Process, "bench_flood");
    let kept = NewEvent::new(flood, Severity::Warning, Pid::KERNEL, CauseId::NONE);
    let spec = Spec::new("kernel/emit, kept")
        .budget(Budget::PeerRatio(0.12))
        .note("time stamp, cause, slot of the ring");
    let mut emit = each(|| {
        observer.emit(black_box(kept));
        Ok::<_, Infallible>(())
    });
    meter.compare(spec, &mut emit, Some(("getpid", &mut getpid())));

    kernel::bench_support::listen(&observer);
    let spec = Spec::new("kernel/emit, kept, one subscriber").note("the same and a fence; nobody waits");
    let mut emit = each(|| {
        observer.emit(black_box(kept));
        Ok::<_, Infallible>(())
    });
    meter.compare(spec, &mut emit, Some(("getpid", &mut getpid())));

    let observer = Observer::new(ObserverConfig::new(1));
    let flood = observer.kind(EventCategory::Process, "bench_flood");
    let thinned = NewEvent::new(flood, Severity::Info, Pid::KERNEL, CauseId::NONE);
    let spec = Spec::new("kernel/emit, sampled out")
        .budget(Budget::PeerRatio(0.03))
        .note("a flood: nearly all of these events are counted only");
    let mut emit = each(|| {
        observer.emit(black_box(thinned));
        Ok::<_, Infallible>(())
    });
    meter.compare(spec, &mut emit, Some(("getpid", &mut getpid())));
}

/// The same work with the observer on and off: what an app does, and the part of it that only touches memory.
fn watching(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    for path in ["/tmp/mixed", "/home/mixed"] {
        typed.call(Write { path: path.into(), data: vec![7; 512].into(), append: false })?;
    }
    let pipe = typed.call(PipeCreate { capacity: 4_096, reader: None, writer: None })?;
    let read = |path: &str| typed.call(Read { path: path.into(), offset: 0, size: None });
    let memory = || -> Result<(), SysError> {
        for _ in 0..8 {
            typed.call(GetUptime {})?;
        }
        typed.call(Exists { path: "/tmp/mixed".into() })?;
        read("/tmp/mixed")?;
        typed.call(PipeWrite { pipe, data: vec![1; 256].into() })?;
        typed.call(PipeRead { pipe, size: 256 })?;
        Ok(())
    };
    let mixed = || -> Result<(), SysError> {
        memory()?;
        typed.call(Stat { path: "/home/mixed".into(), follow: true })?;
        read("/home/mixed").map(drop)
    };
    let spec = Spec::new("kernel/mixed load, observed")
        .budget(Budget::PeerRatio(1.02))
        .note("12 calls of memory, a stat and a read of a file of the host");
    beside_unobserved(meter, fixture, spec, &mixed);
    let spec = Spec::new("kernel/calls of memory only, observed").note("the dearest case for the observer");
    beside_unobserved(meter, fixture, spec, &memory);
    Ok(())
}

fn beside_unobserved(
    meter: &mut dyn Meter,
    fixture: &Fixture,
    spec: Spec,
    work: &dyn Fn() -> Result<(), SysError>,
) {
    let kernel = &fixture.boot.kernel;
    let mut observed = |count: u64| on_and_off(kernel, true, count, work);
    let mut unobserved = |count: u64| on_and_off(kernel, false, count, work);
    let spec = spec.least_batch(64);
    meter.compare(spec, &mut observed, Some(("the same unobserved", &mut unobserved)));
    kernel.set_observing(true);
}

fn on_and_off(
    kernel: &kernel::Kernel,
    on: bool,
    count: u64,
    work: &dyn Fn() -> Result<(), SysError>,
) -> anyhow::Result<Duration> {
    kernel.set_observing(on);
    let start = Instant::now();
    for _ in 0..count {
        work()?;
    }
    Ok(start.elapsed())
}
