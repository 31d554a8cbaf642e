//! Walks the execution graph: a step begins when all it waits for has succeeded; steps that are ready run side by side; a
//! step that waits for a failed one is left out.

use std::collections::{BTreeMap, VecDeque};

use futures::future::{Either, LocalBoxFuture, join_all, select};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{ExecutionGraph, Operation};

use crate::CancelLevel;
use crate::applier::{Applier, HALTED};

/// How far each step is.
struct Progress {
    /// For each step those that wait for it.
    followers: Vec<Vec<usize>>,
    /// How many of those it waits for are not over.
    waiting: Vec<usize>,
    /// Whether it, or something it waits for, has failed or was left out.
    failed: Vec<bool>,
    ready: VecDeque<usize>,
    /// Whether an operation was left out because of a request to stop.
    halted: bool,
    /// For each step the opened ephemeral resources that something behind it may use.
    uses: Vec<Vec<usize>>,
    /// For each step that opens ephemeral resources: how many steps may still use them.
    users: BTreeMap<usize, usize>,
}

impl Progress {
    fn new(graph: &ExecutionGraph) -> Self {
        let count = graph.steps.len();
        let mut followers = vec![Vec::new(); count];
        let mut waiting = vec![0; count];
        for (at, step) in graph.steps.iter().enumerate() {
            let mut after: Vec<usize> = step.after.iter().map(|id| id.0 as usize).collect();
            after.sort_unstable();
            after.dedup();
            waiting[at] = after.len();
            for before in after {
                followers[before].push(at);
            }
        }
        let ready = (0..count).filter(|at| waiting[*at] == 0).collect();
        let (uses, users) = ephemeral_users(graph, &followers);
        Self { followers, waiting, failed: vec![false; count], ready, halted: false, uses, users }
    }

    /// Notes that a step is over. Returns the opening steps whose resources nobody will use any more.
    fn finish(&mut self, step: usize, failed: bool) -> Vec<usize> {
        self.failed[step] |= failed;
        for at in 0..self.followers[step].len() {
            let next = self.followers[step][at];
            self.failed[next] |= self.failed[step];
            self.waiting[next] -= 1;
            if self.waiting[next] == 0 {
                self.ready.push_back(next);
            }
        }
        let mut unused = Vec::new();
        if self.users.get(&step) == Some(&0) {
            unused.push(step);
        }
        for opening in &self.uses[step] {
            if let Some(left) = self.users.get_mut(opening) {
                *left -= 1;
                if *left == 0 {
                    unused.push(*opening);
                }
            }
        }
        unused
    }
}

/// For each step the openings it comes after, and for each opening the number of such steps.
fn ephemeral_users(graph: &ExecutionGraph, followers: &[Vec<usize>]) -> (Vec<Vec<usize>>, BTreeMap<usize, usize>) {
    let mut uses = vec![Vec::new(); graph.steps.len()];
    let mut users = BTreeMap::new();
    let openings = graph.steps.iter().enumerate().filter(|(_, s)| matches!(s.operation, Operation::OpenEphemeral(_)));
    for (opening, _) in openings {
        let mut seen = vec![false; graph.steps.len()];
        let mut work = vec![opening];
        let mut count = 0;
        while let Some(step) = work.pop() {
            for next in &followers[step] {
                if !std::mem::replace(&mut seen[*next], true) {
                    uses[*next].push(opening);
                    count += 1;
                    work.push(*next);
                }
            }
        }
        users.insert(opening, count);
    }
    (uses, users)
}

/// What a future of the walk was for.
enum Event {
    /// A step is over.
    Step(usize, Diagnostics),
    /// Something beside the steps is over: stopping, closing, renewing.
    Aside(Diagnostics),
}

type Running<'f> = FuturesUnordered<LocalBoxFuture<'f, Event>>;

impl Applier<'_> {
    /// Does all steps. Diagnostics come in the order of steps, whatever order they ran in.
    pub(crate) async fn walk(&self) -> Diagnostics {
        let graph = &self.plan().graph;
        let mut progress = Progress::new(graph);
        let mut running: Running<'_> = FuturesUnordered::new();
        // Renewals have no end of their own: nobody waits for them.
        let mut asides: Running<'_> = FuturesUnordered::new();
        let mut level = CancelLevel::Run;
        let mut found: BTreeMap<usize, Diagnostics> = BTreeMap::new();
        let mut last = Diagnostics::new();
        loop {
            self.start(&mut progress, &running, level);
            if running.is_empty() {
                break;
            }
            let event = self.next(&mut running, &mut asides, &mut level).await;
            match event {
                Some(Event::Step(step, diagnostics)) => {
                    let failed = diagnostics.has_errors();
                    if !failed && let Operation::OpenEphemeral(resource) = &graph.steps[step].operation {
                        asides.extend(self.renewals(resource).into_iter().map(|r| r.map(Event::Aside).boxed_local()));
                    }
                    if !diagnostics.is_empty() {
                        found.insert(step, diagnostics);
                    }
                    self.close_unused(progress.finish(step, failed), &running);
                }
                Some(Event::Aside(diagnostics)) => last.append(diagnostics),
                None if level == CancelLevel::Abort => break,
                None => asides.push(self.stop().map(Event::Aside).boxed_local()),
            }
        }
        let all: Diagnostics = found.into_values().flatten().collect();
        let halted = progress.halted || all.iter().any(is_halt);
        let mut told: Diagnostics = all.into_iter().filter(|one| !is_halt(one)).collect();
        told.append(last);
        if level != CancelLevel::Abort {
            told.append(self.close_all().await);
        }
        if halted {
            // Once, however many operations were left out.
            told.push(Diagnostic::error(HALTED, ""));
        }
        told
    }

    /// Begins all steps that are ready; passes over those that follow a failure.
    fn start<'s>(&'s self, progress: &mut Progress, running: &Running<'s>, level: CancelLevel) {
        while let Some(step) = progress.ready.pop_front() {
            let stopped = level != CancelLevel::Run;
            if stopped && !progress.failed[step] && is_work(&self.plan().graph.steps[step].operation) {
                progress.halted = true;
            }
            if stopped || progress.failed[step] {
                let unused = progress.finish(step, true);
                self.close_unused(unused, running);
                continue;
            }
            running.push(async move { Event::Step(step, self.visit(step).await) }.boxed_local());
        }
    }

    /// Waits for what comes first: the end of something, or a request to stop (`None`).
    async fn next<'s>(
        &'s self,
        running: &mut Running<'s>,
        asides: &mut Running<'s>,
        level: &mut CancelLevel,
    ) -> Option<Event> {
        let aside = async {
            match asides.next().await {
                Some(event) => event,
                None => std::future::pending().await,
            }
        };
        let event = select(Box::pin(running.next()), Box::pin(aside));
        match select(Box::pin(self.input.basis.cancel.beyond(*level)), event).await {
            Either::Left((asked, _)) => {
                *level = asked;
                None
            }
            Either::Right((Either::Left((event, _)), _)) => event,
            Either::Right((Either::Right((event, _)), _)) => Some(event),
        }
    }

    fn close_unused<'s>(&'s self, openings: Vec<usize>, running: &Running<'s>) {
        for opening in openings {
            if let Operation::OpenEphemeral(resource) = &self.plan().graph.steps[opening].operation {
                running.push(self.close_resource(resource).map(Event::Aside).boxed_local());
            }
        }
    }

    /// Asks everything that runs to end soon.
    async fn stop(&self) -> Diagnostics {
        let providers = self.kinds.all();
        let stops = providers.iter().map(|provider| provider.stop());
        futures::join!(join_all(stops), self.input.provisioners.stop());
        Diagnostics::new()
    }
}

fn is_halt(one: &Diagnostic) -> bool {
    one.summary == HALTED && one.detail.is_empty()
}

/// Whether leaving a step out means that something planned was not done.
fn is_work(operation: &Operation) -> bool {
    match operation {
        Operation::Apply(_) | Operation::Destroy(_) | Operation::Forget(_) | Operation::Read(_) => true,
        Operation::ConfigureProvider(_)
        | Operation::OpenEphemeral(_)
        | Operation::Evaluate(..)
        | Operation::Check(..)
        | Operation::ResourceReady(_)
        | Operation::DependentsDestroyed(_)
        | Operation::ResourceDone(_)
        | Operation::ModuleDone(_) => false,
    }
}
