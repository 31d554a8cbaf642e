//! What people see while they wait: a line for every step of an operation, and on a terminal a region at the bottom with
//! what is running. Writers and clock are given.
//!
//! The region always stands below the cursor, which waits where the next line begins. Whoever else writes to the terminal
//! writes over the region, and the next drawing takes away what is left of it: there is nothing to agree upon.

mod duration;
mod hooks;
mod object;
mod operations;
mod running;
mod screen;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::human::{Ink, Style};
use operations::Operations;
use running::{Running, Verb};
use screen::Screen;

/// Where lines go; shared with others who write to the same place.
pub type Output = Arc<Mutex<dyn Write + Send>>;

/// A clock that only goes forward.
pub trait Clock: Send + Sync {
    /// Time since some moment in the past.
    fn elapsed(&self) -> Duration;
}

/// What an apply has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects imported.
    pub imported: usize,
    /// Objects created.
    pub added: usize,
    /// Objects changed in place.
    pub changed: usize,
    /// Objects destroyed.
    pub destroyed: usize,
}

/// Prints progress; implements the hooks of the planner and of the applier.
pub struct Progress {
    shared: Arc<Shared>,
    ticker: Mutex<Option<Ticker>>,
}

struct Shared {
    ink: Ink,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    screen: Screen,
    running: Operations,
    counts: Counts,
}

/// The thread that tells of what takes long. Ends when it is dropped.
struct Ticker {
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// How often the region on a terminal is drawn anew.
const REDRAW: Duration = Duration::from_millis(200);
/// How often a plain output is looked after.
const LOOK: Duration = Duration::from_millis(500);

impl Progress {
    /// Plain lines, as terraform prints them. `Still creating...` is printed by a thread that ends with this.
    #[must_use]
    pub fn plain(out: Output, style: Style, clock: Arc<dyn Clock>) -> Self {
        Self::new(Screen::plain(out), style, clock)
    }

    /// Plain lines, and beneath them what is running, with the time it takes.
    #[must_use]
    pub fn terminal(out: Output, style: Style, clock: Arc<dyn Clock>) -> Self {
        Self::new(Screen::terminal(out, style), style, clock)
    }

    fn new(screen: Screen, style: Style, clock: Arc<dyn Clock>) -> Self {
        let state = State { screen, running: Operations::default(), counts: Counts::default() };
        let shared = Shared { ink: style.ink(), clock, state: Mutex::new(state) };
        Self { shared: Arc::new(shared), ticker: Mutex::new(None) }
    }

    /// What has been done so far, for the summary at the end.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.lock().counts
    }

    /// Takes the region at the bottom away; call before printing anything else.
    pub fn finish(&self) {
        let mut state = self.shared.lock();
        state.running.clear();
        state.screen.write("", &[]);
        drop(state);
        let ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(ticker);
    }

    /// Tells of operations that have taken ten seconds more, and how long those in the region take. A thread calls this
    /// while anything runs.
    pub fn tick(&self) {
        self.shared.tick();
    }

    /// Notes that something begins.
    fn begin(&self, key: String, address: &str, verb: Verb, id: Option<(String, String)>) {
        let running = Running::new(address.to_owned(), verb, id, self.shared.clock.elapsed());
        let line = running.begins(self.shared.ink);
        let mut state = self.shared.lock();
        if verb.is_followed() {
            state.running.add(key, running);
        }
        self.shared.show(&mut state, &line);
        drop(state);
        self.keep_ticking();
    }

    /// Notes that something has ended. Returns what it was.
    fn end(&self, key: &str, failed: bool, address: &str, id: Option<(String, String)>) -> Option<Verb> {
        let mut state = self.shared.lock();
        let running = state.running.remove(key)?;
        // What failed is told by its diagnostics.
        let line = if failed {
            String::new()
        } else {
            running.ended(address, id, self.shared.clock.elapsed(), self.shared.ink)
        };
        self.shared.show(&mut state, &line);
        Some(running.verb)
    }

    /// Prints a line in which nothing runs.
    fn say(&self, line: &str) {
        let mut state = self.shared.lock();
        self.shared.show(&mut state, &format!("{line}\n"));
    }

    fn keep_ticking(&self) {
        let mut ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner);
        if ticker.is_none() {
            let every = if self.shared.lock().screen.is_terminal() { REDRAW } else { LOOK };
            *ticker = Ticker::start(Arc::clone(&self.shared), every);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, state: &mut State, lines: &str) {
        let now = self.clock.elapsed();
        let most = state.screen.region();
        let mut region: Vec<String> = state.running.iter().take(most).map(|running| running.in_region(now)).collect();
        let more = state.running.len() - region.len();
        if most > 0 && more > 0 {
            region.pop();
            region.push(format!("... and {} more", more + 1));
        }
        state.screen.write(lines, &region);
    }

    fn tick(&self) {
        let now = self.clock.elapsed();
        let mut state = self.lock();
        let lines: String = state.running.iter_mut().filter_map(|running| running.still(now, self.ink)).collect();
        if !lines.is_empty() || state.screen.is_terminal() {
            self.show(&mut state, &lines);
        }
    }
}

impl Ticker {
    fn start(shared: Arc<Shared>, every: Duration) -> Option<Self> {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let tick = move || {
            use std::sync::mpsc::RecvTimeoutError::Timeout;
            while stopped.recv_timeout(every) == Err(Timeout) {
                shared.tick();
            }
        };
        // Without the thread only the lines on what takes long are missing.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(tick).ok()?;
        Some(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic in there has been told already.
            drop(thread.join());
        }
    }
}
