//! Random askers and answerers: each request is settled once, prompts hold what belongs together, and nothing is left.

use super::*;
use abi::table::Granted;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    /// Process, app, root cause, right.
    Ask(u64, u8, u64, u8),
    /// The request at this place is answered, yes or no.
    Answer(usize, bool),
    /// Whoever waits at this place goes away.
    Leave(usize),
    /// A process ends.
    End(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
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
        capability: question.capability.clone(),
        reason: String::new(),
        cause: question.root,
        because: Vec::new(),
        asked_millis: 0,
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
            now_millis += 10_000;
            match op {
                Op::Ask(pid, app, root, number) => {
                    let (app, capability) = (format!("app{app}"), right(number));
                    let question = Question {
                        pid: Pid(pid),
                        // A process belongs to one app.
                        app: if pid == 3 { None } else { Some(app.as_str()).filter(|_| pid == 1).or(Some("app2")) },
                        root: CauseId(root),
                        capability: &capability,
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
