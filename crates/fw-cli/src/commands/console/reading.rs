//! Reads what somebody types into the console: line by line, with open brackets and quotes going on in the next line.

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor};

use crate::session::Session;

/// What was typed.
pub(super) enum Input {
    /// A whole expression.
    Expression(String),
    /// The line was given up.
    Cancelled,
    /// Nothing more will come.
    End,
}

/// Reads whole expressions from a terminal.
pub(super) struct Reader<'s> {
    session: &'s Session,
    /// Edits lines and remembers them; `None` where only the input is a terminal.
    editor: Option<Editor<(), MemHistory>>,
    /// Whether Ctrl-C was pressed and nothing was entered since.
    interrupted: bool,
}

impl<'s> Reader<'s> {
    pub(super) fn new(session: &'s Session) -> Self {
        let streams = &session.streams;
        let editor = (streams.input_is_terminal && streams.output_is_terminal)
            .then(|| Editor::with_history(Config::default(), MemHistory::new()).ok());
        Self { session, editor: editor.flatten(), interrupted: false }
    }

    /// The next expression.
    pub(super) fn next(&mut self) -> Input {
        let mut text = String::new();
        loop {
            match self.line(if text.is_empty() { "> " } else { ": " }) {
                Ok(Some(line)) => {
                    self.interrupted = false;
                    text.push_str(&line);
                    if !is_open(&text) {
                        self.remember(&text);
                        return Input::Expression(text);
                    }
                    text.push('\n');
                }
                Ok(None) if text.is_empty() => return Input::End,
                Ok(None) => return Input::Expression(text),
                Err(Interrupted) => {
                    self.session.out("\n");
                    // The first gives up what was typed; whoever means the end presses it once more.
                    let again = std::mem::replace(&mut self.interrupted, true);
                    return if again { Input::End } else { Input::Cancelled };
                }
            }
        }
    }

    /// A line; `None` at the end of the input.
    fn line(&mut self, prompt: &str) -> Result<Option<String>, Interrupted> {
        let Some(editor) = &mut self.editor else {
            self.session.out(prompt);
            return self.session.line_or_interrupt().map_err(|_why| Interrupted);
        };
        match editor.readline(prompt) {
            Ok(line) => Ok(Some(line)),
            Err(ReadlineError::Interrupted) => Err(Interrupted),
            // The terminal is gone, or its user wants to be.
            Err(_) => Ok(None),
        }
    }

    fn remember(&mut self, text: &str) {
        if let Some(editor) = &mut self.editor
            && !text.trim().is_empty()
        {
            // Only the memory for lines of this session can be full.
            drop(editor.add_history_entry(text));
        }
    }
}

/// Ctrl-C was pressed.
struct Interrupted;

/// Whether brackets, a template or a heredoc are not closed yet.
fn is_open(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut heredoc: Option<String> = None;
    for line in text.lines() {
        if let Some(marker) = &heredoc {
            if line.trim() == marker {
                heredoc = None;
            }
            continue;
        }
        let mut characters = line.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\\' if quoted => drop(characters.next()),
                '"' => quoted = !quoted,
                '#' if !quoted => break,
                '(' | '[' | '{' if !quoted => depth += 1,
                ')' | ']' | '}' if !quoted => depth = depth.saturating_sub(1),
                '<' if !quoted && characters.peek() == Some(&'<') => {
                    let rest: String = characters.by_ref().skip(1).collect();
                    heredoc = Some(rest.trim_start_matches('-').trim().to_owned()).filter(|marker| !marker.is_empty());
                }
                _ => {}
            }
        }
        // A quoted string ends with its line.
        quoted = false;
    }
    depth > 0 || heredoc.is_some()
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn open_brackets_and_heredocs_go_on() {
        for open in ["[", "{\n a = 1", "foo(1,\n", "<<EOT", "<<-EOT\nfoo"] {
            assert!(is_open(open), "{open}");
        }
        for whole in ["1 + 1", "[\n1\n]", "\"[\"", "<<EOT\nfoo\nEOT", "[1] # (", "\"a\\\"[\""] {
            assert!(!is_open(whole), "{whole}");
        }
    }
}
