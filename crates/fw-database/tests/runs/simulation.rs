//! A simulation: people, workers and engines do what they do in an order that a seed chooses, on a clock set by hand. Any of
//! them may crash before or after any call of the store, freeze and thaw. Then everybody is well again, and everything must
//! come to its end with the invariants kept.
//!
//! `FORMWORK_TEST_SEEDS` says how many seeds; a failure names its own.

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use fw_database::runs::Taken;
use fw_database::{DatabaseError, run_views};
use fw_run::{
    ControlError, Entry, Event, Finish, GateDef, Intent, JournalWrite, Loss, Millis, OpAction, OpKey, Outcome, Payload,
    Recovery, RunId, RunStatus, StepKind, StepPhase, StepReport, Ticket, WorkerInfo,
};

use crate::suite::{Bench, LEASE, on, sqlite};
use crate::world::{applied, deploy, failure, plan, recipe, user};

/// What a plan of the simulation does.
const OPERATIONS: [&str; 3] = ["one", "two", "three"];
const STEPS: u32 = 150;

/// A small generator of numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }

    fn of(&mut self, sides: u64) -> u64 {
        self.roll() % sides
    }
}

/// What happens to a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    /// The caller dies before it.
    Before,
    /// The caller dies after it, without having heard the answer.
    After,
}

/// A worker and how far it is with its step.
struct Hand {
    info: WorkerInfo,
    work: Option<(Ticket, usize)>,
}

struct World {
    bench: Bench,
    dice: Dice,
    calm: bool,
    hands: Vec<Hand>,
    /// Workers that were given up but know nothing of it.
    zombies: Vec<(Ticket, usize)>,
    runs: Vec<RunId>,
}

impl World {
    fn fate(&mut self) -> Fate {
        match self.dice.of(12) {
            0 if !self.calm => Fate::Before,
            1 if !self.calm => Fate::After,
            _ => Fate::Fine,
        }
    }

    async fn step(&mut self) {
        match self.dice.of(20) {
            0..=1 if !self.calm => self.create().await,
            2..=9 => self.work().await,
            10..=13 => self.drive().await,
            14 => self.approve().await,
            15 if !self.calm => self.cancel().await,
            16..=17 => self.zombie().await,
            18 => self.bench.wait(Millis(self.dice.of(20_000))),
            _ => {}
        }
    }

    async fn create(&mut self) {
        let stack = u128::from(1 + self.dice.of(2));
        let definition = match self.dice.of(4) {
            0 => recipe().plan_only(),
            1 => deploy(GateDef::required(Millis::minutes(3))),
            _ => deploy(GateDef::automatic()),
        };
        if self.fate() != Fate::Before {
            self.runs.push(self.bench.create(on(definition, stack, stack)).await);
        }
    }

    async fn drive(&mut self) {
        if self.fate() == Fate::Before {
            return;
        }
        // An engine that dies in the middle has done some of it.
        if !self.calm && self.dice.of(3) == 0 {
            if let Some(run) = self.some_run() {
                self.bench.advance(run).await;
            }
            return;
        }
        self.bench.drive().await;
    }

    fn some_run(&mut self) -> Option<RunId> {
        let count = self.runs.len() as u64;
        (count > 0).then(|| self.runs[usize::try_from(self.dice.of(count)).unwrap()])
    }

    async fn approve(&mut self) {
        let Some(run) = self.some_run() else { return };
        let run = self.bench.run(run).await;
        for (step, state) in run.definition().steps().map(|(step, _)| step).zip(&run.state().steps) {
            if let StepPhase::Open { plan, .. } = state.phase {
                self.bench.tell(run.id(), Event::Approved { step, plan, by: user("anna") }).await;
            }
        }
    }

    async fn cancel(&mut self) {
        if let Some(run) = self.some_run() {
            self.bench.tell(run, Event::CancelAsked { by: user("anna"), reason: None }).await;
        }
    }

    async fn work(&mut self) {
        let hand = usize::try_from(self.dice.of(self.hands.len() as u64)).unwrap();
        let fate = self.fate();
        if fate == Fate::Before {
            return self.die(hand);
        }
        match self.hands[hand].work.take() {
            None => {
                let taken: Option<Taken> = self.bench.try_take(&self.hands[hand].info).await.unwrap();
                self.hands[hand].work = taken.map(|taken| (taken.ticket, 0));
            }
            Some((ticket, progress)) => self.hands[hand].work = self.go_on(ticket, progress).await,
        }
        if fate == Fate::After {
            self.die(hand);
        }
    }

    /// A worker that dies comes back as a new one. Or it was only frozen.
    fn die(&mut self, hand: usize) {
        let work = self.hands[hand].work.take();
        self.hands[hand].info = self.bench.worker("aws");
        if self.dice.of(2) == 0 {
            self.zombies.extend(work);
        }
    }

    async fn zombie(&mut self) {
        if let Some((ticket, progress)) = self.zombies.pop() {
            let rest = self.go_on(ticket, progress).await;
            self.zombies.extend(rest);
        }
    }

    /// The next thing a worker does with its step.
    async fn go_on(&mut self, ticket: Ticket, progress: usize) -> Option<(Ticket, usize)> {
        if ticket.plan.is_none() {
            let report = plan(ticket.run.to_string().as_bytes(), &[], self.dice.of(5) > 0);
            return self.finish(ticket, Outcome::Done { report }).await;
        }
        let Some(op) = OPERATIONS.get(progress / 2) else {
            return self.finish(ticket, Outcome::Done { report: applied() }).await;
        };
        let outcome = match self.dice.of(40) {
            0 if !self.calm => Some(Outcome::Failed { failure: failure(false) }),
            1 if !self.calm => Some(Outcome::Returned),
            2 if !self.calm => Some(Outcome::Stopped),
            _ => None,
        };
        if let Some(outcome) = outcome {
            return self.finish(ticket, outcome).await;
        }
        let op = OpKey((*op).to_owned());
        let write = if progress.is_multiple_of(2) {
            JournalWrite::Intent(Intent {
                op,
                action: OpAction::Create,
                address: "a.b".to_owned(),
                resource_type: "a".to_owned(),
                provider: "p".to_owned(),
                recovery: Recovery::Refresh,
                detail: None,
            })
        } else {
            JournalWrite::Change { op: Some(op), completes: true, change: Payload::Inline("{}".to_owned()) }
        };
        match self.bench.write(&ticket, vec![write]).await {
            Ok(_) => Some((ticket, progress + 1)),
            // It was done by an earlier attempt.
            Err(ControlError::Refused(_)) => Some((ticket, progress + 2)),
            Err(_) => None,
        }
    }

    async fn finish(&self, ticket: Ticket, outcome: Outcome) -> Option<(Ticket, usize)> {
        let before = self.bench.run(ticket.run).await;
        let held = matches!(before.state().step(ticket.step).unwrap().phase,
            StepPhase::Running { worker, .. } if worker == ticket.worker);
        let ended = self.bench.finish(&ticket, Finish { outcome, state: None }).await;
        assert_eq!(ended.is_ok(), held, "I3: only who holds the step ends it: {ended:?}");
        None
    }

    /// Nobody dies any more: everything comes to its end.
    async fn calm_down(&mut self) {
        self.calm = true;
        for _ in 0..3000 {
            let mut open = 0;
            for run in self.runs.clone() {
                open += usize::from(!self.bench.status(run).await.is_final());
            }
            if open == 0 {
                return;
            }
            for _ in 0..20 {
                self.step().await;
            }
            self.beat().await;
        }
        let mut open = Vec::new();
        for run in &self.runs {
            let run = self.bench.run(*run).await;
            if !run.status().is_final() {
                open.push(run);
            }
        }
        panic!("I2: runs that do not end: {open:#?}");
    }

    /// Workers that live keep their leases.
    async fn beat(&self) {
        let tickets: Vec<_> = self.hands.iter().filter_map(|hand| hand.work.clone()).collect();
        for (ticket, _) in tickets {
            let until = self.bench.now() + LEASE;
            let beat = self.bench.database.write((ticket, until), |tx, (ticket, until)| {
                Box::pin(async move { fw_database::runs::beat(tx, &ticket, until).await })
            });
            let _beat: Option<Option<fw_run::Time>> =
                beat.await.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
        }
    }

    async fn check(&self) {
        let mut holders: BTreeMap<_, Vec<(fw_run::Time, u64, RunId)>> = BTreeMap::new();
        for id in &self.runs {
            self.bench.check(*id).await;
            let run = self.bench.run(*id).await;
            let log = self.bench.database.read(*id, |tx, id| Box::pin(run_views::entries(tx, id, 0, 100_000))).await;
            let log: Vec<Entry> = log.unwrap_or_else(|error: DatabaseError| panic!("{error:?}"));
            let epochs: Vec<u64> = log
                .iter()
                .filter_map(|entry| match entry.event {
                    Event::Offered { step, epoch, .. } if run.is_exclusive(step) => Some(epoch),
                    _ => None,
                })
                .collect();
            assert!(epochs.is_sorted_by(|a, b| a < b), "I3: epochs grow");
            for entry in &log {
                if let Event::Locked { epoch } = entry.event {
                    holders.entry(run.definition().stack).or_default().push((entry.at, epoch, *id));
                }
            }
            let applies = run.definition().steps.iter().any(|step| matches!(step.kind, StepKind::Apply));
            let applied =
                log.iter().filter(|entry| matches!(entry.event, Event::Done { report: StepReport::Apply { .. }, .. }));
            let applied = applied.count();
            assert!(applied <= 1, "I1: applied more than once");
            let needed = run.state().plan.as_ref().is_some_and(|report| report.plan.applyable);
            if run.status() == RunStatus::Succeeded && applies && needed {
                assert_eq!(applied, 1, "I1: succeeded without an apply");
            }
            let sealed = log.iter().any(|entry| matches!(entry.event, Event::Sealed { .. }));
            let silences = log.iter().filter(|entry| {
                matches!(entry.event, Event::Lost { why: Loss::Silence | Loss::Stuck, progress: 0, .. })
            });
            assert!(!sealed || silences.count() >= 3, "I13: sealed without losses");
        }
        for taken in holders.values_mut() {
            taken.sort_by_key(|(_, epoch, _)| *epoch);
            let order: Vec<RunId> = taken.iter().map(|(_, _, run)| *run).collect();
            assert!(order.is_sorted(), "I10: the lock went round in another order than that of the runs");
            assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), order.len(), "I10: a run got the lock twice");
        }
        let committed = "SELECT count(*) FROM (SELECT 1 FROM journal WHERE completes = 1 GROUP BY run, op \
                         HAVING count(*) > 1) q";
        assert_eq!(self.bench.count(committed).await, 0, "I1: an operation was committed twice");
        assert_eq!(self.bench.count("SELECT count(*) FROM stack_heads WHERE run IS NOT NULL").await, 0);
        assert_eq!(self.bench.count("SELECT count(*) FROM offers").await, 0);
        let done = "SELECT count(*) FROM applies a WHERE (SELECT count(*) FROM operations o \
                    WHERE o.run = a.run AND o.status = 'done') <> 3";
        assert_eq!(self.bench.count(done).await, 0, "I1: applied, but not all of it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crashes_anywhere() {
    let seeds = env::var("FORMWORK_TEST_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    for seed in 1..=seeds {
        println!("seed {seed}");
        let directory = tempfile::tempdir().unwrap();
        let database = sqlite(&directory).await;
        let bench = Bench::on(database.clone());
        let hands = (0..3).map(|_| Hand { info: bench.worker("aws"), work: None }).collect();
        let dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut world = World { bench, dice, calm: false, hands, zombies: Vec::new(), runs: Vec::new() };
        for _ in 0..STEPS {
            world.step().await;
        }
        world.calm_down().await;
        world.check().await;
        database.close().await;
    }
}
