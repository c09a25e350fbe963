//! Which renamings of a cause are taken back already, as far as the tree alone tells.
//!
//! That is asked where no undoing wrote down what it did: before the first one, where somebody else may have taken
//! one back, and after one of an earlier version. What the cause itself did since is no sign of that.

use super::changes::{Done, Renamed, Touched, beneath};
use crate::journal::State;
use std::collections::{HashMap, HashSet};

/// The renamings by their number; `state` says what lies at a path now. Where both may be, they are taken back if
/// there may have been an undoing.
pub(super) fn taken_back_by_now(
    done: &Done,
    is_maybe_undone: bool,
    state: impl Fn(&str) -> State,
) -> HashSet<usize> {
    let mut by_path: HashMap<&str, Vec<&Touched>> = HashMap::new();
    for touched in &done.touched {
        by_path.entry(&touched.path).or_default().push(touched);
    }
    let at_path = |path: &str| by_path.get(path).into_iter().flatten();
    let is_there = |path: &str| state(path) != State::Absent;
    // The newest first.
    let (mut holding, mut taken_back): (Vec<&Renamed>, _) = (Vec::new(), HashSet::new());
    for (index, renamed) in done.renamed.iter().enumerate().rev() {
        let now_at =
            holding.iter().rev().fold(renamed.to.clone(), |path, later| later.moves(&path).unwrap_or(path));
        let is_back = is_there(&renamed.from) && now_at != renamed.from;
        // Whether the cause itself put something there since, or removed what it had moved.
        let was_put = || {
            at_path(&renamed.from).any(|touched| touched.first > renamed.at && touched.goes())
                || holding.iter().any(|later| beneath(&renamed.from, &later.to).is_some())
        };
        let went = || {
            [&renamed.to, &now_at].into_iter().any(|path| {
                let newest = at_path(path).rfind(|touched| touched.last > renamed.at);
                newest.is_some_and(|touched| touched.left == Some(State::Absent))
            })
        };
        // Whether something had been there that made room.
        let made_room = || {
            at_path(&renamed.to).any(|touched| touched.first < renamed.at && !touched.goes())
                || done.renamed[..index].iter().any(|earlier| earlier.from == renamed.to)
        };
        let is_taken_back = is_back
            && match is_there(&now_at) {
                false if is_maybe_undone => !(was_put() && went()),
                false => !was_put() && !went(),
                true => is_maybe_undone && !was_put() && made_room(),
            };
        if is_taken_back {
            taken_back.insert(index);
        } else {
            holding.push(renamed);
        }
    }
    taken_back
}
