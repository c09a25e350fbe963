//! Who asks too often is not asked about any more: a person who is flooded with questions says yes in the end.
//!
//! An app is muted after [`MOST_ASKED`] new questions within a minute, or after [`MOST_REFUSED`] prompts that were
//! refused within a minute, and stays so until somebody says otherwise or the desktop ends. A yes forgives the noes.

use abi::RequestId;
use std::collections::{HashMap, VecDeque};

/// What counts as often, milliseconds.
const WINDOW_MILLIS: u64 = 60_000;
/// New questions within that time.
const MOST_ASKED: usize = 36;
/// Refused prompts within that time.
const MOST_REFUSED: usize = 5;
/// Askers that are remembered; the one that has been quiet for longest makes room.
const MOST_ASKERS: usize = 256;

#[derive(Default)]
struct Habit {
    asked_millis: VecDeque<u64>,
    refused_millis: VecDeque<u64>,
    last_refused: Option<RequestId>,
    is_muted: bool,
    last_millis: u64,
}

impl Habit {
    fn forget_before(&mut self, now_millis: u64) {
        for times in [&mut self.asked_millis, &mut self.refused_millis] {
            while times.front().is_some_and(|at| at + WINDOW_MILLIS <= now_millis) {
                times.pop_front();
            }
        }
    }
}

/// Whether a question may be put to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// It may.
    Left,
    /// It may not, from now on.
    Ended,
    /// It may not, as before.
    Gone,
}

/// The habits of all askers, by app or process.
#[derive(Default)]
pub(super) struct Habits(HashMap<String, Habit>);

impl Habits {
    /// Counts a new question.
    pub(super) fn asks(&mut self, asker: &str, now_millis: u64) -> Patience {
        let habit = self.of(asker, now_millis);
        if habit.is_muted {
            return Patience::Gone;
        }
        habit.asked_millis.push_back(now_millis);
        habit.is_muted = habit.asked_millis.len() > MOST_ASKED;
        if habit.is_muted { Patience::Ended } else { Patience::Left }
    }

    /// Counts a no, once for each prompt. True when that mutes the asker.
    pub(super) fn refused(&mut self, asker: &str, prompt: RequestId, now_millis: u64) -> bool {
        let habit = self.of(asker, now_millis);
        if habit.is_muted || habit.last_refused == Some(prompt) {
            return false;
        }
        habit.last_refused = Some(prompt);
        habit.refused_millis.push_back(now_millis);
        habit.is_muted = habit.refused_millis.len() >= MOST_REFUSED;
        habit.is_muted
    }

    /// A yes: the noes before it do not count any more.
    pub(super) fn granted(&mut self, asker: &str) {
        if let Some(habit) = self.0.get_mut(asker) {
            habit.refused_millis.clear();
        }
    }

    #[cfg(test)]
    fn is_muted(&self, asker: &str) -> bool {
        self.0.get(asker).is_some_and(|habit| habit.is_muted)
    }

    /// Somebody decided it.
    pub(super) fn mute(&mut self, asker: &str, muted: bool, now_millis: u64) {
        if muted {
            self.of(asker, now_millis).is_muted = true;
        } else {
            self.0.remove(asker);
        }
    }

    /// Those that are muted.
    pub(super) fn muted(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, habit)| habit.is_muted).map(|(asker, _)| asker.as_str())
    }

    fn of(&mut self, asker: &str, now_millis: u64) -> &mut Habit {
        if !self.0.contains_key(asker) && self.0.len() >= MOST_ASKERS {
            // A mute outlives a flood of other askers as long as any asker is not muted.
            let quietest = self.0.iter().min_by_key(|(_, habit)| (habit.is_muted, habit.last_millis));
            if let Some(quietest) = quietest.map(|(asker, _)| asker.clone()) {
                self.0.remove(&quietest);
            }
        }
        let habit = self.0.entry(asker.to_owned()).or_default();
        habit.last_millis = now_millis;
        habit.forget_before(now_millis);
        habit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_questions_in_a_minute_mute_and_the_same_number_over_an_hour_does_not() {
        let mut habits = Habits::default();
        for n in 0..2 * MOST_ASKED as u64 {
            assert_eq!(habits.asks("slow", n * 2_000), Patience::Left);
        }
        for _ in 0..MOST_ASKED {
            assert_eq!(habits.asks("fast", 5), Patience::Left);
        }
        assert_eq!(habits.asks("fast", 6), Patience::Ended);
        assert_eq!(habits.asks("fast", 10 * WINDOW_MILLIS), Patience::Gone, "time alone does not help");
        assert_eq!(habits.muted().collect::<Vec<_>>(), ["fast"]);
        habits.mute("fast", false, 0);
        assert_eq!(habits.asks("fast", 7), Patience::Left);
    }

    #[test]
    fn noes_count_once_for_each_prompt_and_a_yes_forgives_them() {
        let mut habits = Habits::default();
        for line in 0..20 {
            assert!(!habits.refused("app", RequestId(1), line));
        }
        for prompt in 2..MOST_REFUSED as u64 {
            assert!(!habits.refused("app", RequestId(prompt), 30));
        }
        habits.granted("app");
        for prompt in 100..99 + MOST_REFUSED as u64 {
            assert!(!habits.refused("app", RequestId(prompt), 40));
        }
        assert!(habits.refused("app", RequestId(200), 41) && habits.is_muted("app"));
    }

    #[test]
    fn a_flood_of_askers_is_bounded_and_lifts_no_mute() {
        let mut habits = Habits::default();
        habits.mute("muted", true, 0);
        for n in 0..4 * MOST_ASKERS {
            habits.asks(&n.to_string(), n as u64);
        }
        assert!(habits.0.len() <= MOST_ASKERS && habits.is_muted("muted"));
    }
}
