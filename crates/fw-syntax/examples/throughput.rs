//! How fast a file is scanned and parsed: `throughput FILE [MEGABYTES]` repeats the file to about that size (default 16)
//! and prints MB/s of the best of five runs.

use std::time::{Duration, Instant};

use fw_diag::FileId;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: throughput FILE [MEGABYTES]");
        return;
    };
    let megabytes: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(16);
    let once = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return eprintln!("{path}: {error}"),
    };
    let text = once.repeat((megabytes * 1_000_000 / once.len().max(1)).max(1));
    report("parse", &text, |text| {
        let (body, problems) = fw_syntax::parse_native(FileId(0), text);
        (body.blocks.len(), problems.len())
    });
    report("format", &once, |text| (fw_syntax::fmt::format(text).map_or(0, |t| t.len()), 0));
}

fn report(what: &str, text: &str, work: impl Fn(&str) -> (usize, usize)) {
    let mut best = Duration::MAX;
    let mut result = (0, 0);
    for _ in 0..5 {
        let start = Instant::now();
        result = work(text);
        best = best.min(start.elapsed());
    }
    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let speed = f64::from(bytes) / 1e6 / best.as_secs_f64();
    println!("{what}: {speed:.1} MB/s ({bytes} bytes, result {result:?})");
}
