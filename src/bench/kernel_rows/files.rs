//! Files through the virtual file system, beside the same calls on the host.

use super::{super::runner::each, Fixture};
use crate::bench::{Budget, Meter, Spec};
use abi::table::{FdPread, FdRead, List, Lseek, Mkdir, Open, OpenMode, Read, SeekFrom, Stat, Write};
use anyhow::Context;
use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::FileExt,
    path::Path,
};

const SIZE: usize = 4_096;
/// Lengths of the folders that are listed.
const FOLDERS: [usize; 3] = [10, 1_000, 10_000];

pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let data: abi::Bytes = vec![b'a'; SIZE].into();
    for path in ["/home/bench.bin", "/tmp/bench.bin"] {
        fixture.typed.call(Write { path: path.into(), data: data.clone(), append: false })?;
    }
    let host = fixture.home.join("bench.bin");
    whole_files(meter, fixture, &host);
    descriptors(meter, fixture, &host)?;
    writes(meter, fixture, &data);
    folders(meter, fixture)
}

fn whole_files(meter: &mut dyn Meter, fixture: &Fixture, host: &Path) {
    let typed = &fixture.typed;
    let read =
        |path: &'static str| each(move || typed.call(Read { path: path.to_owned(), offset: 0, size: None }));
    let mut buffer = [0; SIZE];
    let mut host_read = each(|| File::open(host)?.read(&mut buffer));
    let open_read_close = "host open+read+close";
    let spec = Spec::new("kernel/read 4 KiB, LocalFs").budget(Budget::PeerRatio(1.6));
    meter.compare(spec, &mut read("/home/bench.bin"), Some((open_read_close, &mut host_read)));
    let spec = Spec::new("kernel/read 4 KiB, MemFs").budget(Budget::PeerRatio(0.5));
    meter.compare(spec, &mut read("/tmp/bench.bin"), Some((open_read_close, &mut host_read)));

    let stat = |path: &'static str| each(move || typed.call(Stat { path: path.to_owned(), follow: true }));
    let mut host_stat = each(|| nix::sys::stat::stat(host));
    let spec = Spec::new("kernel/stat, LocalFs").budget(Budget::PeerRatio(2.0));
    meter.compare(spec, &mut stat("/home/bench.bin"), Some(("host stat", &mut host_stat)));
    let spec = Spec::new("kernel/stat, MemFs");
    meter.compare(spec, &mut stat("/tmp/bench.bin"), Some(("host stat", &mut host_stat)));
}

fn descriptors(meter: &mut dyn Meter, fixture: &Fixture, host: &Path) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let fd = typed.call(Open { path: "/home/bench.bin".into(), mode: OpenMode::READ })?;
    let file = File::open(host)?;
    for size in [64, SIZE] {
        let mut buffer = vec![0; size];
        let mut host_pread = each(|| file.read_at(&mut buffer, 0));
        let mut pread = each(|| typed.call(FdPread { fd, offset: 0, size: size as u64 }));
        let spec = Spec::new(format!("kernel/fd_pread {size} B, LocalFs"));
        meter.compare(spec, &mut pread, Some(("host pread", &mut host_pread)));
    }
    let mut buffer = [0; 64];
    let mut host_read = each(|| {
        nix::unistd::lseek(&file, 0, nix::unistd::Whence::SeekSet)?;
        nix::unistd::read(&file, &mut buffer)
    });
    let mut read = each(|| {
        typed.call(Lseek { fd, offset: 0, whence: SeekFrom::Start })?;
        typed.call(FdRead { fd, size: 64, timeout_millis: None })
    });
    let spec = Spec::new("kernel/lseek + fd_read 64 B, LocalFs");
    meter.compare(spec, &mut read, Some(("host lseek+read", &mut host_read)));
    typed.call(abi::table::Close { fd })?;
    Ok(())
}

fn writes(meter: &mut dyn Meter, fixture: &Fixture, data: &abi::Bytes) {
    let typed = &fixture.typed;
    let write = |path: &'static str| {
        each(move || typed.call(Write { path: path.to_owned(), data: data.clone(), append: false }))
    };
    let (part, whole) = (fixture.home.join("host.part"), fixture.home.join("host.bin"));
    let mut host_write = each(|| {
        let mut file = File::create(&part)?;
        file.write_all(data)?;
        drop(file);
        fs::rename(&part, &whole)
    });
    let spec = Spec::new("kernel/write 4 KiB, LocalFs")
        .note("whole or not at all, and a row of the journal before it");
    meter.compare(spec, &mut write("/home/written.bin"), Some(("host create+write+rename", &mut host_write)));
    let spec = Spec::new("kernel/write 4 KiB, MemFs").note("with a row of the journal before it");
    meter.compare(spec, &mut write("/tmp/written.bin"), None);
}

fn folders(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    for entries in FOLDERS {
        let name = format!("kernel/list {entries} entries, LocalFs");
        if !meter.wants(&name) {
            continue;
        }
        let path = format!("/home/folder-{entries}");
        typed.call(Mkdir { path: path.clone(), parents: false })?;
        let host = fixture.home.join(format!("folder-{entries}"));
        for n in 0..entries {
            File::create(host.join(format!("file {n}.txt"))).context("files to list")?;
        }
        let mut list = each(|| {
            let found = typed.call(List { path: path.clone() })?;
            anyhow::ensure!(found.len() == entries, "{} names instead of {entries}", found.len());
            Ok(())
        });
        let mut host_list = each(|| list_host(&host));
        let spec = Spec::new(name).budget(Budget::PeerRatio(1.5)).note("sorted, with kind, size and time");
        meter.compare(spec, &mut list, Some(("host readdir+stat", &mut host_list)));
    }
    Ok(())
}

fn list_host(folder: &Path) -> io::Result<usize> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        found.push((entry.file_name(), about.len(), about.modified()?));
    }
    Ok(found.len())
}
