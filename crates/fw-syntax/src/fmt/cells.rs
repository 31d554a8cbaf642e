//! Lines and their cells: indentation, blanks inside cells, alignment of cells.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{Atom, space};
use crate::token::TokenKind;

/// A line, as the atoms at which its cells begin.
struct Line {
    start: usize,
    /// Where the assignment begins; where the comment begins if there is none.
    assign: usize,
    /// Where the comment begins; where the line ends if there is none.
    comment: usize,
    end: usize,
}

impl Line {
    fn lead(&self) -> Range<usize> {
        self.start..self.assign
    }

    fn assignment(&self) -> Option<Range<usize>> {
        (self.assign < self.comment).then_some(self.assign..self.comment)
    }

    fn has_comment(&self) -> bool {
        self.comment < self.end
    }
}

/// Sets the blanks of all atoms.
pub(super) fn lay_out(atoms: &mut [Atom<'_>]) {
    let lines = lines(atoms);
    indent(atoms, &lines);
    for line in &lines {
        space_cell(atoms, line.lead());
        if let Some(assignment) = line.assignment() {
            atoms[assignment.start].blanks = 1;
            space_cell(atoms, assignment);
        }
    }
    align(atoms, &lines, |l| l.assignment().map(|a| a.start));
    align(atoms, &lines, |l| l.has_comment().then_some(l.comment));
}

fn lines(atoms: &[Atom<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < atoms.len() {
        let rest = &atoms[start..];
        let end = rest.iter().position(Atom::ends_line).map_or(atoms.len(), |i| start + i + 1);
        let trails = end - start > 1 && atoms[end - 1].kind == TokenKind::Comment;
        let comment = if trails { end - 1 } else { end };
        lines.push(Line { start, assign: assignment(atoms, start, comment), comment, end });
        start = end;
    }
    lines
}

/// Where the assignment in a line begins, if all of its value is on the line.
fn assignment(atoms: &[Atom<'_>], start: usize, end: usize) -> usize {
    let cell = &atoms[start..end];
    let Some(at) = cell.iter().skip(1).position(|a| a.kind == TokenKind::Assign) else { return end };
    let balance: isize = cell[at + 1..].iter().map(Atom::bracket_change).sum();
    if balance == 0 { start + at + 1 } else { end }
}

/// Two blanks for every line before that opened more than it closed and is still open.
fn indent(atoms: &mut [Atom<'_>], lines: &[Line]) {
    let mut open: Vec<isize> = Vec::with_capacity(16);
    for line in lines {
        if atoms[line.start].kind == TokenKind::Newline {
            atoms[line.start].blanks = 0;
            continue;
        }
        let change = bracket_change(atoms, line);
        if change < 0 {
            close(&mut open, -change);
        }
        // An assignment that begins the line has no lead to indent.
        if line.start < line.assign {
            atoms[line.start].blanks = 2 * open.len();
        }
        if change > 0 {
            open.push(change);
        }
    }
}

fn bracket_change(atoms: &[Atom<'_>], line: &Line) -> isize {
    let lead = &atoms[line.lead()];
    // What follows a heredoc's opening is text.
    let until = lead.iter().position(|a| a.kind == TokenKind::OpenHeredoc).map_or(lead.len(), |i| i + 1);
    let assignment = line.assignment().map_or(&[][..], |a| &atoms[a]);
    lead[..until].iter().chain(assignment).map(Atom::bracket_change).sum()
}

/// Closes `count` brackets, line by line of those that opened them.
fn close(open: &mut Vec<isize>, mut count: isize) {
    while count > 0 {
        let Some(last) = open.last_mut() else { return };
        if count < *last {
            *last -= count;
            return;
        }
        count -= *last;
        open.pop();
    }
}

fn space_cell(atoms: &mut [Atom<'_>], cell: Range<usize>) {
    for at in cell.clone().skip(1) {
        let before = at.checked_sub(2).filter(|i| *i >= cell.start).map(|i| &atoms[i]);
        atoms[at].blanks = usize::from(space::between(before, &atoms[at - 1], &atoms[at]));
    }
}

/// Moves the cells that `cell` finds to one column in each run of neighbouring lines that have one.
fn align(atoms: &mut [Atom<'_>], lines: &[Line], cell: impl Fn(&Line) -> Option<usize>) {
    let mut run: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match cell(line) {
            Some(at) => run.push((at, width(&atoms[line.start..at]))),
            None => flush(atoms, &mut run),
        }
    }
    flush(atoms, &mut run);
}

fn flush(atoms: &mut [Atom<'_>], run: &mut Vec<(usize, usize)>) {
    let widest = run.iter().map(|(_, width)| *width).max().unwrap_or(0);
    for (at, width) in run.drain(..) {
        atoms[at].blanks = widest - width + 1;
    }
}

/// Columns, blanks included.
fn width(atoms: &[Atom<'_>]) -> usize {
    let columns = |text: &str| {
        let simple = text.is_ascii() && !text.contains('\r');
        if simple { text.len() } else { text.graphemes(true).count() }
    };
    atoms.iter().map(|a| a.blanks + columns(&a.text)).sum()
}
