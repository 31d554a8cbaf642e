//! Lines, and on a terminal what stands beneath them.

use std::sync::PoisonError;

use super::Output;

/// At most so many operations are shown beneath the lines; of the rest only the number.
const REGION: usize = 8;
const DEFAULT_WIDTH: usize = 78;

/// Clears from the cursor to the end of the screen.
const CLEAR_BELOW: &str = "\x1b[0J";
const GREY: &str = "\x1b[90m";
const RESET: &str = "\x1b[0m";

/// Where lines are written to.
pub(super) struct Screen {
    out: Output,
    /// Columns, on a terminal.
    terminal: Option<usize>,
    has_region: bool,
}

impl Screen {
    pub(super) fn plain(out: Output) -> Self {
        Self { out, terminal: None, has_region: false }
    }

    pub(super) fn terminal(out: Output, width: Option<usize>) -> Self {
        Self { out, terminal: Some(width.unwrap_or(DEFAULT_WIDTH)), has_region: false }
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// Writes whole lines, and then the region with the cursor left above it.
    pub(super) fn write(&mut self, lines: &str, region: &[String]) {
        let mut text = String::new();
        if self.has_region {
            text.push_str(CLEAR_BELOW);
        }
        text.push_str(lines);
        if let Some(width) = self.terminal {
            push_region(region, width, &mut text);
            self.has_region = !region.is_empty();
        }
        if text.is_empty() {
            return;
        }
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is left to tell when the output is gone; the work goes on.
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }
}

fn push_region(region: &[String], width: usize, text: &mut String) {
    let shown = if region.len() > REGION { REGION - 1 } else { region.len() };
    let mut lines: Vec<String> = region.iter().take(shown).cloned().collect();
    if region.len() > shown {
        lines.push(format!("... and {} more", region.len() - shown));
    }
    for line in &lines {
        // A line that wraps would take two.
        let line: String = line.chars().take(width.saturating_sub(1)).collect();
        text.push_str(&format!("{GREY}{line}{RESET}\n"));
    }
    if !lines.is_empty() {
        text.push_str(&format!("\x1b[{}A\r", lines.len()));
    }
}
