//! Mappings as their users see them, and against a vector as the model.

use super::*;
use crate::vfs::{LastLink, MemFs, Mounts, OpenFile, OpenOptions, VPath};
use abi::{
    Errno, MapId, Pid, SysResult,
    table::{MapSharing, MemoryAccess},
};
use proptest::prelude::*;
use std::sync::Arc;

const OWNER: Pid = Pid(1);

struct Scene {
    mounts: Mounts,
    mappings: Mappings,
}

impl Scene {
    fn new(content: &[u8]) -> Self {
        let mounts = Mounts::with_root(Arc::new(MemFs::new(1 << 20, Arc::new(|| 0))));
        let scene = Scene { mounts, mappings: Mappings::default() };
        scene.file().write_all_at(0, content).unwrap();
        scene
    }

    fn file(&self) -> OpenFile {
        let object = self.mounts.resolve(&VPath::parse("/f").unwrap(), LastLink::Follow).unwrap();
        let options = OpenOptions { read: true, write: true, create: true, ..OpenOptions::default() };
        self.mounts.open(&object, options).unwrap()
    }

    fn content(&self) -> Vec<u8> {
        self.file().read_all(1 << 20).unwrap()
    }

    fn map(&self, offset: u64, length: Option<u64>, sharing: MapSharing) -> SysResult<Arc<Mapping>> {
        let part = Part { offset, length: 0, access: MemoryAccess::ReadWrite, sharing };
        let id = self.mappings.create(OWNER, self.file(), length, part, 4)?;
        self.mappings.get_own(OWNER, id)
    }
}

fn errno<T>(result: SysResult<T>) -> Errno {
    result.err().expect("it is refused").errno
}

#[test]
fn a_shared_mapping_is_the_file_for_everybody() {
    let scene = Scene::new(b"0123456789");
    let (whole, part) = (scene.map(0, None, MapSharing::Shared), scene.map(4, Some(3), MapSharing::Shared));
    let (whole, part) = (whole.unwrap(), part.unwrap());
    assert_eq!(part.write(1, b"ab").unwrap(), 2);
    assert_eq!(whole.read(0, 10).unwrap().as_str(), Some("01234ab789"));
    assert_eq!(scene.content(), b"01234ab789");
    assert_eq!(part.read(0, 3).unwrap().as_str(), Some("4ab"));
    part.sync().unwrap();
    assert_eq!(scene.mappings.totals(), (2, 0));
}

#[test]
fn a_private_mapping_keeps_its_changes_to_itself() {
    let content: Vec<u8> = (0..10_000_u32).map(|n| n as u8).collect();
    let scene = Scene::new(&content);
    let private = scene.map(10, None, MapSharing::Private).unwrap();
    private.write(4_090, b"over two pages").unwrap();
    assert_eq!(scene.content(), content);
    assert_eq!(private.read(4_090, 14).unwrap().as_str(), Some("over two pages"));
    assert_eq!(private.read(0, 4_090).unwrap().0, &content[10..4_100]);
    // What it did not change shows the file as it is.
    scene.file().write_all_at(9_999, b"!").unwrap();
    assert_eq!(private.read(9_989, 1).unwrap().as_str(), Some("!"));
    assert_eq!((private.private_bytes(), scene.mappings.totals()), (8_192, (1, 8_192)));
    let id = private.id();
    drop(private);
    drop(scene.mappings.remove(OWNER, id).unwrap());
    assert_eq!(scene.mappings.totals(), (0, 0));
}

#[test]
fn nothing_behind_the_mapping_or_the_file_is_reached() {
    let scene = Scene::new(b"0123456789");
    for (offset, length) in [(0, 11), (10, 1), (u64::MAX, 2)] {
        let refused = scene.map(offset, Some(length), MapSharing::Shared);
        assert_eq!(errno(refused), Errno::ERANGE, "{length} from {offset}");
    }
    assert_eq!(errno(scene.map(0, Some(0), MapSharing::Shared)), Errno::EINVAL);
    assert_eq!(errno(scene.map(10, None, MapSharing::Shared)), Errno::EINVAL, "nothing is left to map");
    let mapping = scene.map(2, Some(6), MapSharing::Shared).unwrap();
    assert_eq!(errno(mapping.read(0, 7)), Errno::ERANGE);
    assert_eq!(errno(mapping.write(5, b"ab")), Errno::ERANGE);
    assert_eq!(errno(mapping.read(u64::MAX, 1)), Errno::ERANGE);
    scene.file().set_len(4).unwrap();
    assert_eq!(mapping.read(0, 2).unwrap().as_str(), Some("23"));
    assert_eq!(errno(mapping.read(0, 3)), Errno::ERANGE, "the file was cut");
    assert_eq!(errno(mapping.write(2, b"a")), Errno::ERANGE);
    assert_eq!(scene.content().len(), 4);
}

#[test]
fn a_mapping_belongs_to_one_process_and_there_are_only_so_many() {
    let scene = Scene::new(b"x");
    let map = || scene.map(0, None, MapSharing::Private);
    let id = map().unwrap().id();
    assert_eq!(errno(scene.mappings.get_own(Pid(2), id)), Errno::EBADF);
    assert_eq!(errno(scene.mappings.remove(Pid(2), id)), Errno::EBADF);
    assert_eq!(errno(scene.mappings.get_own(OWNER, MapId(0))), Errno::EBADF);
    (0..3).for_each(|_| drop(map().unwrap()));
    assert_eq!(errno(map()), Errno::EMFILE);
    assert_eq!(scene.mappings.usage(OWNER).0, 4);
    assert_eq!(scene.mappings.release(OWNER), 4);
    assert_eq!(scene.mappings.totals(), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn private_and_shared_mappings_are_vectors(
        ops in prop::collection::vec((any::<bool>(), 0_u64..9_000, prop::collection::vec(any::<u8>(), 1..5_000)), 1..12),
    ) {
        let scene = Scene::new(&[7; 9_000]);
        let mut shared_model = vec![7_u8; 9_000];
        // The private one's own pages; elsewhere it shows the file.
        let mut own: std::collections::BTreeMap<usize, Vec<u8>> = Default::default();
        let (shared, private) = (scene.map(0, None, MapSharing::Shared), scene.map(0, None, MapSharing::Private));
        let (shared, private) = (shared.unwrap(), private.unwrap());
        for (to_private, offset, data) in ops {
            let start = offset as usize;
            let fits = start + data.len() <= 9_000;
            let mapping = if to_private { &private } else { &shared };
            prop_assert_eq!(mapping.write(offset, &data).is_ok(), fits);
            for (index, byte) in data.iter().enumerate().filter(|_| fits) {
                let (page, at) = ((start + index) / 4_096, start + index);
                if to_private {
                    let end = (page * 4_096 + 4_096).min(9_000);
                    let page = own.entry(page).or_insert_with_key(|page| shared_model[page * 4_096..end].to_vec());
                    page[at % 4_096] = *byte;
                } else {
                    shared_model[at] = *byte;
                }
            }
            let mut private_model = shared_model.clone();
            for (page, bytes) in &own {
                private_model[page * 4_096..page * 4_096 + bytes.len()].copy_from_slice(bytes);
            }
            prop_assert_eq!(&shared.read(0, 9_000).unwrap().0, &shared_model);
            prop_assert_eq!(&private.read(0, 9_000).unwrap().0, &private_model);
        }
    }
}
