//! Pipes as their users see them, and against a queue as the model.

use super::*;
use proptest::prelude::*;

const READER: Pid = Pid(1);
const WRITER: Pid = Pid(2);

fn pipe(capacity: u64) -> (Pipes, std::sync::Arc<Pipe>) {
    let pipes = Pipes::default();
    let id = pipes.create(READER, READER, WRITER, capacity, 10).unwrap();
    let pipe = pipes.get(id).unwrap();
    (pipes, pipe)
}

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

#[test]
fn a_full_pipe_takes_what_fits_and_an_empty_one_says_again() {
    let (_pipes, pipe) = pipe(4);
    assert_eq!(errno(pipe.read(READER, 10)), Errno::EAGAIN);
    assert_eq!(pipe.write(WRITER, CauseId::NONE, b"abcdef").unwrap(), 4);
    assert_eq!(errno(pipe.write(WRITER, CauseId::NONE, b"x")), Errno::EAGAIN);
    assert_eq!(pipe.read(READER, 2).unwrap(), b"ab");
    assert_eq!(pipe.write(WRITER, CauseId::NONE, b"ef").unwrap(), 2);
    assert_eq!(pipe.read(READER, 10).unwrap(), b"cdef");
    pipe.verify_invariants();
}

#[test]
fn only_the_named_processes_use_the_ends() {
    let (pipes, pipe) = pipe(4);
    assert_eq!(errno(pipe.write(READER, CauseId::NONE, b"x")), Errno::EPERM);
    assert_eq!(errno(pipe.read(WRITER, 1)), Errno::EPERM);
    assert_eq!(errno(pipes.get_own(Pid(3), pipe.id).map(|_| ())), Errno::EPERM);
    assert_eq!(errno(pipes.close(Pid(3), pipe.id)), Errno::EPERM);
    assert_eq!(errno(pipes.destroy(WRITER, pipe.id)), Errno::EPERM);
}

#[test]
fn ends_close_one_by_one() {
    let (pipes, pipe) = pipe(8);
    pipe.write(WRITER, CauseId::NONE, b"rest").unwrap();
    pipes.close(WRITER, pipe.id).unwrap();
    assert_eq!(errno(pipe.write(WRITER, CauseId::NONE, b"x")), Errno::EBADF);
    assert_eq!(pipe.read(READER, 8).unwrap(), b"rest");
    assert_eq!(pipe.read(READER, 8).unwrap(), b"", "the end");
    pipes.close(READER, pipe.id).unwrap();
    assert_eq!(errno(pipes.get(pipe.id).map(|_| ())), Errno::EBADF);
}

#[test]
fn a_writer_learns_that_its_reader_has_gone() {
    let (pipes, pipe) = pipe(8);
    assert_eq!(pipes.release(READER), 1);
    assert_eq!(errno(pipe.write(WRITER, CauseId::NONE, b"x")), Errno::EPIPE);
    assert_eq!(pipes.release(WRITER), 1);
    assert_eq!(pipes.totals().0, 0);
}

#[test]
fn bounds_are_kept() {
    let pipes = Pipes::default();
    assert_eq!(errno(pipes.create(READER, READER, WRITER, 0, 9)), Errno::EINVAL);
    assert_eq!(errno(pipes.create(READER, READER, WRITER, MAX_CAPACITY + 1, 9)), Errno::EINVAL);
    pipes.create(READER, READER, WRITER, 1, 1).unwrap();
    assert_eq!(errno(pipes.create(READER, READER, WRITER, 1, 1)), Errno::EMFILE);
}

#[test]
fn a_waiter_wakes_when_there_is_something_to_read() {
    let (_pipes, pipe) = pipe(8);
    let waiter = pipe.clone();
    let thread = std::thread::scope(|scope| {
        let thread = scope.spawn(move || crate::task::block_on(waiter.ready(READER, PipeReady::Readable)));
        pipe.write(WRITER, CauseId::NONE, b"x").unwrap();
        thread.join().unwrap()
    });
    thread.unwrap();
}

proptest! {
    #[test]
    fn a_pipe_is_a_queue_of_bytes(ops in prop::collection::vec((any::<bool>(), 0_usize..40), 1..60)) {
        let (_pipes, pipe) = pipe(64);
        let (mut model, mut next) = (VecDeque::new(), 0_u8);
        for (write, size) in ops {
            if write {
                let data: Vec<u8> = (0..size).map(|n| next.wrapping_add(n as u8)).collect();
                let taken = pipe.write(WRITER, CauseId::NONE, &data).unwrap_or(0) as usize;
                prop_assert_eq!(taken, size.min(64 - model.len()));
                model.extend(&data[..taken]);
                next = next.wrapping_add(taken as u8);
            } else {
                let data = pipe.read(READER, size as u64).unwrap_or_default();
                let expected: Vec<u8> = model.drain(..size.min(model.len())).collect();
                prop_assert_eq!(data, expected);
            }
            pipe.verify_invariants();
        }
    }
}
