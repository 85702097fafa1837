//! Asking several authorities in order, again after a pause, and never longer than agreed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::NetFault;

/// How often, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// For everything together.
    pub(super) total: Duration,
    /// For one request.
    pub(super) each: Duration,
    /// How often each authority is asked at most.
    pub(super) rounds: u32,
}

/// After a fault of the network an authority is asked behind the others for so long.
const DISTRUST: Duration = Duration::from_secs(60);

/// What is remembered of authorities, by their place, from one call to the next.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<BTreeMap<usize, Remembered>>);

#[derive(Clone, Copy, Debug, Default)]
struct Remembered {
    /// Until then it wants to be left alone.
    rests: Option<Instant>,
    /// Until then others are asked first.
    distrusted: Option<Instant>,
}

impl Plan {
    /// Asks `count` authorities in order with `one`, which is given the place and the time allowed, until one gives something: its
    /// place, what it gave, and the last fault of each of the others. Those whose fault is passing are asked again in the next
    /// round, after half a second, one, two, and so on.
    pub(super) fn ask<T>(
        &self,
        count: usize,
        memory: &Memory,
        mut one: impl FnMut(usize, Duration) -> Result<T, NetFault>,
    ) -> (Option<(usize, T)>, BTreeMap<usize, NetFault>) {
        let start = Instant::now();
        let left = || self.total.saturating_sub(start.elapsed());
        let mut faults: BTreeMap<usize, NetFault> = BTreeMap::new();
        for round in 0..self.rounds {
            let mut order: Vec<usize> = (0..count)
                .filter(|place| faults.get(place).is_none_or(NetFault::is_passing))
                .collect();
            order.sort_by_key(|place| memory.of(*place, |known| known.distrusted).is_some());
            let mut to_ask = u32::try_from(order.len()).unwrap_or(u32::MAX);
            let mut shortest_rest: Option<Duration> = None;
            let mut all_rest = !order.is_empty();
            for place in order {
                // In the first round everybody gets a fair part of the time.
                let share = if round == 0 { to_ask.max(1) } else { 1 };
                to_ask = to_ask.saturating_sub(1);
                if let Some(rest) = memory.of(place, |known| known.rests) {
                    shortest_rest = Some(shortest_rest.map_or(rest, |known| known.min(rest)));
                    faults.insert(place, NetFault::Resting(rest));
                    continue;
                }
                let allowed = left().checked_div(share).unwrap_or_default().min(self.each);
                if allowed.is_zero() {
                    faults.entry(place).or_insert(NetFault::TimedOut(self.total));
                    continue;
                }
                match one(place, allowed) {
                    Ok(given) => {
                        memory.forget(place);
                        faults.remove(&place);
                        return (Some((place, given)), faults);
                    }
                    Err(fault) => {
                        let rest = memory.note(place, &fault);
                        match rest {
                            Some(rest) => {
                                shortest_rest = Some(shortest_rest.map_or(rest, |known| known.min(rest)));
                            }
                            None => all_rest = all_rest && !fault.is_passing(),
                        }
                        faults.insert(place, fault);
                    }
                }
            }
            let worth = faults.values().any(NetFault::is_passing);
            let pause = pause(round).max(shortest_rest.filter(|_| all_rest).unwrap_or_default());
            let last = round.saturating_add(1) >= self.rounds;
            if last || !worth || pause >= left() {
                break;
            }
            std::thread::sleep(pause);
        }
        (None, faults)
    }
}

/// The pause after round `round`, counted from 0. Not random: a department's machines ask at times of their own.
fn pause(round: u32) -> Duration {
    Duration::from_millis(500_u64.checked_shl(round.min(4)).unwrap_or(8000))
}

impl Memory {
    /// What is left of the time that `which` names.
    fn of(&self, place: usize, which: impl Fn(&Remembered) -> Option<Instant>) -> Option<Duration> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = which(known.get(&place)?)?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Remembers what `fault` says about the next time; how long to leave the authority alone, if it says so.
    fn note(&self, place: usize, fault: &NetFault) -> Option<Duration> {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(place).or_default();
        match fault {
            NetFault::Busy(Some(wait)) => {
                entry.rests = now.checked_add(*wait);
                Some(*wait)
            }
            NetFault::Connection(_) | NetFault::TimedOut(_) => {
                entry.distrusted = now.checked_add(DISTRUST);
                None
            }
            _ => None,
        }
    }

    fn forget(&self, place: usize) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        total: Duration::from_secs(5),
        each: Duration::from_secs(1),
        rounds: 3,
    };

    fn down() -> NetFault {
        NetFault::Connection("refused".to_owned())
    }

    #[test]
    fn the_next_is_asked_before_the_first_is_asked_again() {
        let mut asked = vec![];
        let (given, faults) = PLAN.ask(2, &Memory::default(), |place, _| {
            asked.push(place);
            if place == 1 && asked.len() > 3 {
                Ok("token")
            } else {
                Err(down())
            }
        });
        // Both failed alike, so their order stays.
        assert_eq!(asked, [0, 1, 0, 1]);
        assert_eq!(given, Some((1, "token")));
        assert_eq!(faults.into_iter().collect::<Vec<_>>(), [(0, down())]);
    }

    #[test]
    fn one_that_refused_is_not_asked_again_and_nobody_waits_for_it() {
        let start = Instant::now();
        let mut asked = 0;
        let (given, faults) = PLAN.ask(1, &Memory::default(), |_, _| {
            asked += 1;
            Err::<(), _>(NetFault::Status(404))
        });
        assert_eq!((asked, given), (1, None));
        assert_eq!(faults.get(&0), Some(&NetFault::Status(404)));
        // Less than the time for everything.
        assert!(start.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn one_that_wants_rest_is_left_alone_in_later_calls() {
        let memory = Memory::default();
        let busy = || NetFault::Busy(Some(Duration::from_secs(600)));
        let start = Instant::now();
        let (given, _) = PLAN.ask(2, &memory, |place, _| match place {
            0 => Err(busy()),
            _ => Ok(place),
        });
        assert_eq!(given, Some((1, 1)));
        let mut asked = vec![];
        let (given, faults) = PLAN.ask(2, &memory, |place, _| {
            asked.push(place);
            Err::<(), _>(NetFault::Status(400))
        });
        assert_eq!((given, asked), (None, vec![1]));
        assert!(matches!(faults.get(&0), Some(NetFault::Resting(left)) if left.as_secs() > 500));
        // Its rest is longer than the budget: nobody waits for it.
        assert!(start.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_short_rest_is_waited_for() {
        let start = Instant::now();
        let mut asked = 0;
        let (given, _) = PLAN.ask(1, &Memory::default(), |_, _| {
            asked += 1;
            match asked {
                1 => Err(NetFault::Busy(Some(Duration::from_secs(1)))),
                _ => Ok(()),
            }
        });
        assert_eq!(given, Some((0, ())));
        assert!(start.elapsed() >= Duration::from_secs(1));
    }

    #[test]
    fn everybody_gets_a_part_of_the_time() {
        let plan = Plan {
            total: Duration::from_millis(3300),
            each: Duration::from_secs(60),
            rounds: 1,
        };
        let mut allowed = vec![];
        let _ = plan.ask(3, &Memory::default(), |_, most| {
            allowed.push(most.as_secs_f32().round());
            Err::<(), _>(NetFault::Status(404))
        });
        assert_eq!(allowed, [1.0, 2.0, 3.0]);
    }
}
