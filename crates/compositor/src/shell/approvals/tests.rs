//! Prompts from lists of requests: what is one prompt, what can be answered when, what is set aside.

use super::*;
use abi::{
    Capability, CauseId, PathScope, Pid,
    table::{DecisionKind, RequestKind},
};

fn asked(request: u64, prompt: u64, path: &str) -> CapabilityRequest {
    CapabilityRequest {
        request: RequestId(request),
        prompt: RequestId(prompt),
        pid: Pid(7),
        name: "Notes".into(),
        app: Some("notes".into()),
        parents: vec!["Shell".into()],
        capability: Capability::ReadFile(PathScope(path.into())),
        also: Vec::new(),
        kind: RequestKind::Use,
        reason: "to\nsync".into(),
        cause: CauseId::NONE,
        because: vec!["timer in Notes".into(), "click on Sync in Notes".into()],
        asked_millis: 5,
    }
}

fn look(approvals: &mut Approvals, requests: &[CapabilityRequest], now: f64) {
    approvals.take(requests.to_vec());
    approvals.choose(now);
}

#[test]
fn twelve_of_one_prompt_are_one_card_that_grows() {
    let mut approvals = Approvals::default();
    let all: Vec<_> = (1..=12).map(|n| asked(n, 1, &format!("/home/{n}"))).collect();
    for (n, at) in (1..=12).zip([0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75]) {
        look(&mut approvals, &all[..n], at);
        let (top, behind) = approvals.top().unwrap();
        assert_eq!((top.lines.len(), behind), (n, 0));
    }
    let (top, _) = approvals.top().unwrap();
    assert_eq!(top.title(), "Notes asks for 12 things");
    assert_eq!(top.reasons(), ["to sync"]);
    assert_eq!(
        top.because_in_words().unwrap(),
        "Because of a timer in Notes, after you clicked Sync in Notes"
    );
    // What came less than half a second ago is not answered with the rest.
    let answerable = |now| top.lines.iter().filter(|line| line.is_answerable(now)).count();
    assert_eq!((answerable(0.4), answerable(0.5), answerable(3.0), answerable(3.25)), (0, 1, 11, 12));
}

#[test]
fn the_oldest_is_in_view_and_stays_there_until_it_is_answered() {
    let mut approvals = Approvals::default();
    look(&mut approvals, &[asked(1, 1, "/a"), asked(2, 2, "/b")], 0.0);
    assert_eq!(approvals.top().unwrap().0.key, PromptKey::Asked(RequestId(1)));
    approvals.bring_back(PromptKey::Asked(RequestId(2)));
    approvals.choose(1.0);
    let (top, behind) = approvals.top().unwrap();
    assert_eq!((top.key, behind), (PromptKey::Asked(RequestId(2)), 1));
    assert!(!top.is_answerable(1.4) && top.is_answerable(1.5), "looked at anew");
    look(&mut approvals, &[asked(1, 1, "/a"), asked(2, 2, "/b")], 2.0);
    assert_eq!(approvals.top().unwrap().0.key, PromptKey::Asked(RequestId(2)), "it does not jump");
    look(&mut approvals, &[asked(1, 1, "/a")], 3.0);
    let (top, behind) = approvals.top().unwrap();
    assert_eq!((top.key, behind), (PromptKey::Asked(RequestId(1)), 0));
    assert!(!top.is_answerable(3.4));
}

#[test]
fn what_is_set_aside_waits_and_comes_back_when_it_grows() {
    let mut approvals = Approvals::default();
    look(&mut approvals, &[asked(1, 1, "/a")], 0.0);
    approvals.set_aside(PromptKey::Asked(RequestId(1)));
    look(&mut approvals, &[asked(1, 1, "/a")], 1.0);
    assert!(approvals.top().is_none() && approvals.waiting().len() == 1);
    look(&mut approvals, &[asked(1, 1, "/a"), asked(2, 1, "/b")], 2.0);
    assert_eq!(approvals.top().unwrap().0.lines.len(), 2);
}

#[test]
fn ticks_stay_with_their_lines() {
    let mut approvals = Approvals::default();
    look(&mut approvals, &[asked(1, 1, "/a"), asked(2, 1, "/b")], 0.0);
    approvals.tick(PromptKey::Asked(RequestId(1)), 1, false);
    look(&mut approvals, &[asked(2, 1, "/b"), asked(3, 1, "/c")], 1.0);
    let ticked: Vec<_> = approvals.top().unwrap().0.lines.iter().map(|line| line.ticked).collect();
    assert_eq!(ticked, [false, true]);
    approvals.tick(PromptKey::Asked(RequestId(9)), 7, false);
}

fn denied(path: &str) -> RightDecision {
    RightDecision::of_request(&asked(1, 1, path), DecisionKind::Denied, "default-deny", 5)
}

#[test]
fn an_offer_is_shown_at_once_stays_among_requests_and_is_made_once() {
    let mut approvals = Approvals::default();
    look(&mut approvals, &[asked(1, 1, "/a")], 0.0);
    approvals.offer(&denied("/x"));
    approvals.choose(1.0);
    assert_eq!(approvals.top().unwrap().0.title(), "Allow Notes to read /x?");
    look(&mut approvals, &[asked(1, 1, "/a"), asked(2, 2, "/b")], 2.0);
    assert!(approvals.top().unwrap().0.is_offer());
    approvals.offer(&denied("/x"));
    assert_eq!(approvals.waiting().len(), 3);
    let key = approvals.top().unwrap().0.key;
    approvals.set_aside(key);
    approvals.choose(3.0);
    assert_eq!(approvals.waiting().len(), 2, "an offer that is left is gone");
    for n in 0..100 {
        approvals.offer(&denied(&format!("/{n}")));
    }
    assert_eq!(approvals.waiting().len(), 2 + MOST_OFFERS);
}

#[test]
fn every_choice_has_an_answer_and_only_the_first_two_refuse() {
    let answers = Choice::ALL.map(|choice| choice.answer(1_000));
    assert_eq!(answers.map(abi::table::Answer::allows), [false, false, true, true, true, true]);
    assert_eq!(Choice::ALL.map(Choice::allows), answers.map(abi::table::Answer::allows));
    assert_eq!(answers[4], abi::table::Answer::Until(3_601_000));
}

#[test]
fn a_start_has_a_line_for_each_thing_and_what_is_taken_out_for_good_stays_out() {
    let mut approvals = Approvals::default();
    let start = |request, rights: Vec<Capability>| CapabilityRequest {
        kind: RequestKind::Start,
        reason: "/home/Apps/notes/manifest.json".into(),
        capability: rights[0].clone(),
        also: rights[1..].to_vec(),
        ..asked(request, 1, "/")
    };
    let scope = || PathScope("/home/in".into());
    let folder = vec![Capability::ReadFile(scope()), Capability::ListDirectory(scope())];
    let program = start(1, vec![Capability::SpawnProcess(vec!["python3".into()])]);
    look(&mut approvals, std::slice::from_ref(&program), 0.0);
    assert_eq!(approvals.top().unwrap().0.title(), "Notes asks to start python3");
    look(&mut approvals, &[program, start(2, folder)], 0.0);
    approvals.tick(PromptKey::Asked(RequestId(1)), 1, false);
    let (prompt, _) = approvals.top().unwrap();
    assert_eq!(prompt.title(), "Notes asks for 2 things before it starts");
    assert_eq!(prompt.lines[1].in_words(), "read /home/in");
    assert!(prompt.remarks()[0].ends_with("asks for this: /home/Apps/notes/manifest.json"));
    assert!(prompt.choices().all(|choice| choice != Choice::Once));
    let given = |choice| prompt.lines.iter().map(|line| prompt.choice_for(line, choice)).collect::<Vec<_>>();
    assert_eq!(given(Choice::Run), [Choice::Run, Choice::Deny]);
    assert_eq!(given(Choice::Always), [Choice::Always, Choice::Never]);
    assert_eq!(given(Choice::Never), [Choice::Never, Choice::Never]);
}
