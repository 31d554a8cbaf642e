//! Reads what somebody types into the console: line by line, with open brackets and quotes going on in the next line.

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
}

impl<'s> Reader<'s> {
    pub(super) fn new(session: &'s Session) -> Self {
        Self { session }
    }

    /// The next expression.
    pub(super) fn next(&self) -> Input {
        let mut text = String::new();
        loop {
            self.session.out(if text.is_empty() { "> " } else { ": " });
            match self.session.line_or_interrupt() {
                Ok(Some(line)) => {
                    text.push_str(&line);
                    if !is_open(&text) {
                        return Input::Expression(text);
                    }
                    text.push('\n');
                }
                Ok(None) if text.is_empty() => return Input::End,
                Ok(None) => return Input::Expression(text),
                Err(_) => {
                    self.session.out("\n");
                    return if text.is_empty() { Input::End } else { Input::Cancelled };
                }
            }
        }
    }
}

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
