//! The store over restarts, damage and its bounds.

use super::{BlobOptions, BlobStore, Digest, Fetched, Upkeep};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn open(folder: &Path) -> BlobStore {
    let options = BlobOptions { max_bytes: 1_000, max_blob_bytes: 400, max_age: Duration::from_secs(100) };
    BlobStore::open(folder, options).expect("the folder is ours")
}

fn place(folder: &Path, digest: &Digest) -> PathBuf {
    let name = digest.to_string();
    folder.join(&name[..2]).join(name)
}

fn age(folder: &Path, digest: &Digest, seconds: u64) {
    let file = fs::File::options().append(true).open(place(folder, digest)).expect("it is there");
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("ours");
}

#[test]
fn a_content_comes_back_also_after_a_restart() {
    let folder = folder();
    let digest = open(folder.path()).put(b"hello").expect("room");
    assert_eq!(digest, Digest::of(b"hello"));
    let store = open(folder.path());
    assert_eq!(store.get(&digest).expect("readable"), Fetched::Content(b"hello".to_vec()));
    assert!(store.has(&digest));
    let unknown = Digest::of(b"other");
    assert_eq!(store.get(&unknown).expect("readable"), Fetched::Missing);
    assert!(!store.has(&unknown));
}

#[test]
fn equal_contents_are_kept_once() {
    let folder = folder();
    let store = open(folder.path());
    for _ in 0..5 {
        store.put(b"again").expect("room");
    }
    assert_eq!(store.upkeep(SystemTime::now()).expect("ours"), Upkeep { contents: 1, bytes: 5, evicted: 0 });
}

#[test]
fn a_changed_content_is_set_aside_and_never_given_out() {
    let folder = folder();
    let store = open(folder.path());
    let digest = store.put(b"as it was").expect("room");
    fs::write(place(folder.path(), &digest), "as it is not").expect("ours");
    let aside = folder.path().join("broken").join(digest.to_string());
    assert_eq!(store.get(&digest).expect("readable"), Fetched::Broken(Some(aside.clone())));
    assert_eq!(fs::read(aside).expect("it is there"), b"as it is not");
    assert_eq!(store.get(&digest).expect("readable"), Fetched::Missing);
    store.put(b"as it was").expect("room");
    assert_eq!(store.get(&digest).expect("readable"), Fetched::Content(b"as it was".to_vec()));
}

#[test]
fn the_oldest_go_first_and_use_keeps_young() {
    let folder = folder();
    let store = open(folder.path());
    let contents: Vec<Vec<u8>> = (0..4).map(|n| vec![n; 300]).collect();
    let digests: Vec<Digest> = contents.iter().map(|content| store.put(content).expect("room")).collect();
    for (digest, seconds) in digests.iter().zip([40, 30, 20, 10]) {
        age(folder.path(), digest, seconds);
    }
    store.put(&contents[0]).expect("room");
    let upkeep = store.upkeep(SystemTime::now()).expect("ours");
    assert_eq!(upkeep, Upkeep { contents: 3, bytes: 900, evicted: 1 });
    assert_eq!(store.get(&digests[1]).expect("readable"), Fetched::Missing);
    assert!(store.has(&digests[0]));
    let later = SystemTime::now() + Duration::from_secs(95);
    let upkeep = store.upkeep(later).expect("ours");
    assert_eq!(upkeep, Upkeep { contents: 1, bytes: 300, evicted: 2 }, "only what was used lately is young");
}

#[test]
fn what_is_too_large_or_too_much_is_refused() {
    let folder = folder();
    let store = open(folder.path());
    assert_eq!(store.put(&[0; 401]).expect_err("too large").kind(), io::ErrorKind::FileTooLarge);
    let mut added = 0;
    let refused = (0..20_u8).find_map(|n| match store.put(&[n; 300]) {
        Ok(_) => {
            added += 300;
            None
        }
        Err(why) => Some(why),
    });
    assert_eq!(refused.map(|why| why.kind()), Some(io::ErrorKind::QuotaExceeded));
    assert!((1_000..=2_000).contains(&added), "{added}");
    assert!(store.wants_upkeep());
    store.sync().expect("the disk works");
    store.upkeep(SystemTime::now()).expect("ours");
    assert!(!store.wants_upkeep());
    store.put(&[99; 300]).expect("room again");
}

#[test]
fn leftovers_go_and_strangers_stay() {
    let folder = folder();
    open(folder.path()).put(b"x").expect("room");
    let leftover = folder.path().join("new").join("123-0");
    fs::write(&leftover, "half").expect("ours");
    fs::create_dir(folder.path().join("zz")).expect("ours");
    let stranger = folder.path().join("zz").join("readme");
    fs::write(&stranger, "not a blob").expect("ours");
    let store = open(folder.path());
    assert!(!leftover.exists());
    let upkeep = store.upkeep(SystemTime::now() + Duration::from_secs(1_000)).expect("ours");
    assert_eq!(upkeep, Upkeep { contents: 0, bytes: 0, evicted: 1 });
    assert!(stranger.exists());
}
