//! How fast a file is scanned and parsed: `parsing_speed FILE [MEGABYTES]` does so until that much has been read (default
//! 16) and prints MB/s of the best of five rounds. The time for dropping the trees is not counted.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

use std::time::{Duration, Instant};

use fw_diag::FileId;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: parsing_speed FILE [MEGABYTES]");
        return;
    };
    let megabytes: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(16);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return eprintln!("{path}: {error}"),
    };
    let times = (megabytes * 1_000_000 / text.len().max(1)).max(1);
    report("parse", &text, times, |text| fw_syntax::parse_native(FileId(0), text));
    report("format", &text, times, fw_syntax::fmt::format);
}

fn report<T>(what: &str, text: &str, times: usize, work: impl Fn(&str) -> T) {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let mut round = Duration::ZERO;
        for _ in 0..times {
            let start = Instant::now();
            let made = work(text);
            round += start.elapsed();
            drop(made);
        }
        best = best.min(round);
    }
    let bytes = u32::try_from(text.len() * times).unwrap_or(u32::MAX);
    let speed = f64::from(bytes) / 1e6 / best.as_secs_f64();
    println!("{what}: {speed:.1} MB/s ({bytes} bytes in {times} rounds)");
}
