//! Random askers and answerers: each request is settled once, prompts hold what belongs together, and nothing is left.

use super::*;
use abi::table::Granted;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    /// Process, app, root cause, right.
    Ask(u64, u8, u64, u8),
    /// So many milliseconds go by.
    Pass(u64),
    /// The request at this place is answered, yes or no.
    Answer(usize, bool),
    /// Whoever waits at this place goes away.
    Leave(usize),
    /// A process ends.
    End(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        2 => (1..30_000_u64).prop_map(Op::Pass),
        6 => (1..4_u64, 0..2_u8, 0..3_u64, 0..40_u8).prop_map(|(pid, app, root, right)| Op::Ask(pid, app, root, right)),
        2 => (0..64_usize, any::<bool>()).prop_map(|(at, yes)| Op::Answer(at, yes)),
        2 => (0..64_usize).prop_map(Op::Leave),
        1 => (1..4_u64).prop_map(Op::End),
    ];
    prop::collection::vec(op, 1..120)
}

fn right(number: u8) -> Capability {
    // Some lie within others.
    let path = if number.is_multiple_of(5) {
        format!("/{}", number / 5)
    } else {
        format!("/{}/{number}", number / 5)
    };
    Capability::ReadFile(abi::PathScope(path))
}

fn request(question: &Question<'_>, request: RequestId, prompt: RequestId) -> CapabilityRequest {
    CapabilityRequest {
        request,
        prompt,
        pid: question.pid,
        name: String::new(),
        app: question.app.map(str::to_owned),
        parents: Vec::new(),
        capability: question.rights[0].clone(),
        also: question.rights[1..].to_vec(),
        kind: question.kind,
        reason: String::new(),
        cause: question.root,
        because: Vec::new(),
        asked_millis: question.now_millis,
    }
}

fn yes(capability: &Capability) -> Outcome {
    Ok(Granted { capability: capability.clone(), how: "run".into(), until_millis: None })
}

fn verify_invariants(requests: &Requests) {
    let table = lock(&requests.table);
    for (pending, waiters) in &table.waiting {
        assert!(*waiters > 0 && pending.outcome().is_none());
        let of = |same: &dyn Fn(&Arc<Pending>) -> bool| {
            table.waiting.iter().filter(|(other, _)| same(other)).count()
        };
        let info = &pending.info;
        assert!(of(&|other| other.info.pid == info.pid) <= MOST_PER_PROCESS);
        assert!(of(&|other| other.info.prompt == info.prompt) <= MOST_PER_PROMPT);
        assert_eq!(of(&|other| other.info.request == info.request), 1);
        let stranger = |other: &Arc<Pending>| {
            other.info.prompt == info.prompt && (other.root != pending.root || other.info.app != info.app)
        };
        assert_eq!(of(&stranger), 0, "a prompt is of one app and one cause");
        let earlier =
            |other: &Arc<Pending>| other.info.prompt == info.prompt && other.info.request.0 < info.request.0;
        let before = table.waiting.iter().map(|(other, _)| other).filter(|other| earlier(other));
        if let Some(before) = before.max_by_key(|other| other.info.request.0) {
            // Those between may have been answered; then the one before is older.
            let apart = info.asked_millis - before.info.asked_millis;
            assert!(apart < TOGETHER_MILLIS * MOST_PER_PROMPT as u64, "what comes later is another prompt");
        }
    }
}

proptest! {
    #[test]
    fn each_request_is_settled_once_and_nothing_is_left(ops in ops()) {
        let requests = Requests::default();
        // Everybody who waits, as `leave` must follow each.
        let mut waiting: Vec<Arc<Pending>> = Vec::new();
        let mut now_millis = 0;
        for op in ops {
            match op {
                Op::Pass(millis) => now_millis += millis,
                Op::Ask(pid, app, root, number) => {
                    let (app, capability) = (format!("app{app}"), right(number));
                    let question = Question {
                        pid: Pid(pid),
                        // A process belongs to one app.
                        app: if pid == 3 { None } else { Some(app.as_str()).filter(|_| pid == 1).or(Some("app2")) },
                        root: CauseId(root),
                        rights: std::slice::from_ref(&capability),
                        kind: RequestKind::Use,
                        now_millis,
                    };
                    let make = |id, prompt| request(&question, id, prompt);
                    match requests.ask(&question, || false, make) {
                        Ok(Asked::Made(pending) | Asked::Joined(pending)) => {
                            prop_assert!(covers(&pending.info.capability, &capability));
                            waiting.push(pending);
                        }
                        Ok(Asked::Held) => prop_assert!(false, "nobody has it"),
                        Ok(Asked::Muted) | Err(_) => {}
                    }
                }
                Op::Answer(at, is_yes) if !waiting.is_empty() => {
                    let id = waiting[at % waiting.len()].info.request;
                    let known = requests.get(id).is_ok();
                    let claimed = requests.claim(id);
                    prop_assert_eq!(claimed.is_ok(), known);
                    if let Ok(pending) = claimed {
                        prop_assert!(requests.claim(id).is_err(), "only one gets it");
                        let outcome = if is_yes { yes(&pending.info.capability) } else { Err(Errno::EACCES.into()) };
                        if !is_yes {
                            requests.refuse(&pending.info, now_millis);
                        }
                        requests.settle(&pending, outcome.clone());
                        requests.settle(&pending, Err(Errno::EIO.into()));
                        prop_assert_eq!(pending.outcome().map(|told| told.is_ok()), Some(outcome.is_ok()));
                    }
                }
                Op::Leave(at) if !waiting.is_empty() => {
                    let pending = waiting.swap_remove(at % waiting.len());
                    requests.leave(&pending);
                }
                Op::End(pid) => {
                    for pending in requests.release(Pid(pid)) {
                        prop_assert!(pending.outcome().is_some_and(|outcome| outcome.is_err()));
                    }
                }
                Op::Answer(..) | Op::Leave(_) => {}
            }
            verify_invariants(&requests);
        }
        for pending in waiting {
            requests.leave(&pending);
        }
        prop_assert!(requests.list().is_empty());
    }
}

#[test]
fn what_comes_within_two_seconds_is_one_prompt_and_later_ones_are_another() {
    let requests = Requests::default();
    let ask = |number: u64, now_millis| {
        let right = Capability::NetworkAccess(vec![format!("127.0.0.{number}:80")]);
        let question = Question {
            pid: Pid(1),
            app: Some("app"),
            root: CauseId(1),
            rights: &[right],
            kind: RequestKind::Use,
            now_millis,
        };
        match requests.ask(&question, || false, |id, prompt| request(&question, id, prompt)) {
            Ok(Asked::Made(pending)) => pending.info.prompt,
            _ => panic!("it was not asked"),
        }
    };
    let first = ask(1, 0);
    // Twelve hosts in three seconds.
    for number in 2..=12 {
        assert_eq!(ask(number, number * 250), first);
    }
    let second = ask(20, 3_000 + TOGETHER_MILLIS);
    assert_ne!(second, first, "though the first still waits");
    assert_eq!(ask(21, 3_001 + TOGETHER_MILLIS), second);
    assert_eq!(requests.list().iter().filter(|asked| asked.prompt == first).count(), 12);
}

#[test]
fn a_start_is_one_question_however_many_lines_it_has_and_asks_again_what_was_refused() {
    let requests = Requests::default();
    let ask = |line: u64, kind, now_millis| {
        let rights = [right(line as u8 * 5), Capability::ListDirectory(abi::PathScope(format!("/{line}")))];
        let question =
            Question { pid: Pid(1), app: Some("app"), root: CauseId(1), rights: &rights, kind, now_millis };
        requests.ask(&question, || false, |id, prompt| request(&question, id, prompt))
    };
    for start in 0..3 {
        let mut prompts = Vec::new();
        for line in 0..20 {
            let Ok(Asked::Made(pending)) = ask(line, RequestKind::Start, start * 5_000) else {
                panic!("start {start}, line {line} was not asked")
            };
            assert_eq!(pending.info.rights().count(), 2);
            prompts.push(pending.info.prompt);
            requests.refuse(&pending.info, start * 5_000);
            assert_eq!(requests.refused(Pid(1)).len() as u64, (start * 20 + line + 1) * 2);
        }
        prompts.dedup();
        assert_eq!(prompts.len(), 1);
        for asked in requests.list() {
            let pending = requests.claim(asked.request).unwrap();
            requests.settle(&pending, Err(Errno::EACCES.into()));
        }
        assert_eq!(ask(1, RequestKind::Use, start * 5_000).err().map(|why| why.errno), Some(Errno::EACCES));
    }
}
