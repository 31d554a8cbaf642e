//! Lines, and on a terminal what stands beneath them.

use std::sync::PoisonError;

use fw_diag::render::WIDTH_OFF_TERMINAL;

use super::Output;
use crate::human::{Code, Ink, Style};

/// At most so many lines stand beneath the others.
const REGION: usize = 8;

/// Clears from the cursor to the end of the screen.
const CLEAR_BELOW: &str = "\x1b[0J";

/// Where lines are written to.
pub(super) struct Screen {
    out: Output,
    /// Columns and colours, on a terminal.
    terminal: Option<(usize, Ink)>,
    has_region: bool,
}

impl Screen {
    pub(super) fn plain(out: Output) -> Self {
        Self { out, terminal: None, has_region: false }
    }

    pub(super) fn terminal(out: Output, style: Style) -> Self {
        Self { out, terminal: Some((style.width.unwrap_or(WIDTH_OFF_TERMINAL), style.ink())), has_region: false }
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// How many lines the region may have.
    pub(super) fn region(&self) -> usize {
        if self.is_terminal() { REGION } else { 0 }
    }

    /// Writes whole lines, and then the region with the cursor left above it.
    pub(super) fn write(&mut self, lines: &str, region: &[String]) {
        let mut text = String::new();
        if self.has_region {
            text.push_str(CLEAR_BELOW);
        }
        text.push_str(lines);
        if let Some((width, ink)) = self.terminal {
            push_region(region, width, ink, &mut text);
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

fn push_region(region: &[String], width: usize, ink: Ink, text: &mut String) {
    for line in region {
        // A line that wraps would take two.
        let line: String = line.chars().take(width.saturating_sub(1)).collect();
        text.push_str(&format!("{}{line}{}\n", ink.code(Code::Grey), ink.code(Code::Reset)));
    }
    if !region.is_empty() {
        text.push_str(&format!("\x1b[{}A\r", region.len()));
    }
}
