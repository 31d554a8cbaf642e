//! Long lists on all processors.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Fewer are not worth a thread.
const PORTION: usize = 256;

/// Does `work` on portions of a list, side by side where the list is long. The results come in the order of the list.
pub(super) fn each<'l, T: Sync, R: Send>(list: &'l [T], work: impl Fn(&'l [T]) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(list.len() / PORTION);
    if threads < 2 {
        return vec![work(list)];
    }
    thread::scope(|scope| {
        let started: Vec<_> =
            list.chunks(list.len().div_ceil(threads)).map(|portion| scope.spawn(|| work(portion))).collect();
        started.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}
