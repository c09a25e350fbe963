//! Bounded folders: `EDQUOT` where it is due, and never a wrong count.

use super::*;

const LIMIT: u64 = 10_000;

fn bounded() -> (Arc<MemFs>, QuotaFs) {
    let inner = Arc::new(MemFs::new(1 << 20, clock()));
    let fs = QuotaFs::new(inner.clone(), LIMIT);
    fs.make_dir(&path("/app")).unwrap();
    (inner, fs)
}

fn put_errno(fs: &dyn FileSystem, at: &str, bytes: usize) -> Option<Errno> {
    errno(fs.write_atomic(&path(at), &vec![b'x'; bytes], Durability::Cached))
}

#[test]
fn growth_is_refused_in_every_way_and_the_rest_goes_on() {
    let (_inner, fs) = bounded();
    put(&fs, "/app/a", &[b'x'; 9_000]);
    assert_eq!(put_errno(&fs, "/app/b", 1_000), Some(Errno::EDQUOT));
    assert_eq!(errno(fs.stat(&path("/app/b"))), Some(Errno::ENOENT), "nothing is left of it");
    let file = fs.open(&path("/app/a"), OpenOptions { read: true, ..OpenOptions::WRITE }).unwrap();
    assert_eq!(errno(file.append(&[0; 1_000])), Some(Errno::EDQUOT));
    assert_eq!(errno(file.write_at(9_500, &[0; 1_000])), Some(Errno::EDQUOT));
    assert_eq!(errno(file.set_len(10_000)), Some(Errno::EDQUOT));
    assert_eq!(file.write_at(0, &[1; 9_000]).unwrap(), 9_000, "no growth");
    file.append(&[0; 100]).unwrap();
    file.set_len(10).unwrap();
    drop(file);
    put(&fs, "/app/b", &[b'x'; 1_000]);
    fs.verify_invariants();
    // One app's quota is none of another's.
    fs.make_dir(&path("/other")).unwrap();
    put(&fs, "/other/a", &[b'x'; 9_000]);
    let into = fs.rename(&path("/other/a"), &path("/app/c"), Existing::Keep);
    assert_eq!(errno(into), Some(Errno::EDQUOT), "moving in counts");
    fs.remove_file(&path("/app/b")).unwrap();
    fs.remove_file(&path("/app/a")).unwrap();
    fs.rename(&path("/other/a"), &path("/app/c"), Existing::Keep).unwrap();
    fs.verify_invariants();
}

#[test]
fn names_alone_are_bounded() {
    let (_inner, fs) = bounded();
    let made = (0..1_000).take_while(|n| fs.make_dir(&path(&format!("/app/{n}"))).is_ok()).count() as u64;
    assert_eq!(made, LIMIT / NAME_BYTES - 1);
    assert_eq!(errno(fs.symlink("x", &path("/app/link"))), Some(Errno::EDQUOT));
    assert_eq!(errno(fs.open(&path("/app/file"), OpenOptions::CREATE_NEW)), Some(Errno::EDQUOT));
    fs.remove_dir(&path("/app/0")).unwrap();
    drop(fs.open(&path("/app/file"), OpenOptions::CREATE_NEW).unwrap());
    fs.verify_invariants();
}

#[test]
fn old_content_is_a_credit_for_the_new() {
    let (_inner, fs) = bounded();
    put(&fs, "/app/a", &[b'x'; 9_000]);
    put(&fs, "/app/a", &[b'y'; 9_200]);
    fs.verify_invariants();
    let mut given_up = fs.replace(&path("/app/a")).unwrap();
    given_up.write(&[b'z'; 9_400]).unwrap();
    drop(given_up);
    assert_eq!(put_errno(&fs, "/app/a", 9_900), Some(Errno::EDQUOT));
    put(&fs, "/app/a", b"");
    fs.verify_invariants();
}

#[test]
fn what_others_removed_is_room_and_what_they_added_is_not() {
    let (inner, fs) = bounded();
    put(&fs, "/app/a", &[b'x'; 9_000]);
    inner.remove_file(&path("/app/a")).unwrap();
    put(&fs, "/app/b", &[b'x'; 9_000]);
    put(&*inner, "/app/c", &[b'x'; 50_000]);
    inner.remove_file(&path("/app/b")).unwrap();
    assert_eq!(put_errno(&fs, "/app/d", 5_000), Some(Errno::EDQUOT));
    fs.remove_file(&path("/app/c")).unwrap();
    put(&fs, "/app/d", &[b'x'; 5_000]);
}
