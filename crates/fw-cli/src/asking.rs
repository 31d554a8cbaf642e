//! Questions to whoever types the input.

use std::collections::BTreeMap;

use fw_addr::Name;
use fw_config::Module;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{GivenVariable, VariableSource};
use fw_value::Value;

use crate::session::Session;

/// A question.
pub(crate) struct Question<'a> {
    /// What it is about, in bold.
    pub(crate) query: &'a str,
    /// More lines about it; may be empty.
    pub(crate) description: &'a str,
    /// Whether the answer is not to be seen.
    pub(crate) secret: bool,
}

impl Session {
    /// Asks, and gives the answer without blanks around it.
    ///
    /// # Errors
    /// When there is no answer: the input has ended, or an interrupt came.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<String, String> {
        let mut text = self.codes("\x1b[0m\x1b[1m");
        text.push_str(question.query);
        text.push_str(&self.codes("\x1b[0m"));
        text.push('\n');
        if !question.description.is_empty() {
            for line in question.description.trim().lines() {
                text.push_str(&format!("  {line}\n"));
            }
            text.push('\n');
        }
        let (bold, reset) = (self.codes("\x1b[1m"), self.codes("\x1b[0m"));
        self.out(&format!("{text}  {bold}Enter a value:{reset} {reset}"));
        let hidden = (question.secret && self.streams.input_is_terminal).then(Hidden::begin).flatten();
        let line = self.line_or_interrupt();
        if hidden.is_some() {
            self.out("\n");
        }
        let line = line?.ok_or_else(|| "EOF".to_owned())?;
        self.out("\n");
        Ok(line.trim().to_owned())
    }

    /// A line of the input, unless an interrupt comes first.
    pub(crate) fn line_or_interrupt(&self) -> Result<Option<String>, String> {
        let (send, receive) = std::sync::mpsc::channel();
        let (streams, interrupted) = (self.streams.clone(), send.clone());
        self.interrupts.listen(move |_| {
            // Nobody waits any more when this fails.
            drop(interrupted.send(Err("interrupted".to_owned())));
        });
        if self.interrupts.count() > 0 {
            return Err("interrupted".to_owned());
        }
        let reading = move || drop(send.send(streams.line().map_err(|error| error.to_string())));
        let reader = std::thread::Builder::new().name("input".to_owned()).spawn(reading);
        let answer = match reader {
            Ok(_) => receive.recv().unwrap_or(Ok(None)),
            Err(error) => Err(error.to_string()),
        };
        self.interrupts.stop_listening();
        answer
    }

    /// Codes for colours, where they are wanted.
    pub(crate) fn codes(&self, codes: &str) -> String {
        if self.color { codes.to_owned() } else { String::new() }
    }

    /// Asks for the root variables that must be given and are not.
    pub(crate) fn ask_for_variables(
        &self,
        module: &Module,
        given: &mut BTreeMap<Name, GivenVariable>,
    ) -> Result<(), Diagnostics> {
        for (name, variable) in &module.variables {
            if variable.default.is_some() || given.contains_key(name) {
                continue;
            }
            let query = format!("var.{name}");
            let description = variable.description.as_deref().unwrap_or_default();
            let secret = variable.sensitive || variable.ephemeral;
            match self.ask(&Question { query: &query, description, secret }) {
                Ok(text) => {
                    let value = if variable.parse_as_hcl {
                        self.parse_value(&format!("<value for var.{name}>"), &text)?
                    } else {
                        Value::string(text.as_str())
                    };
                    given.insert(Name::clone(name), GivenVariable { value, source: VariableSource::Prompt });
                }
                Err(why) if why == "interrupted" => {
                    return Err(Diagnostic::error("Interrupted", "The question was not answered.").into());
                }
                // Terraform goes on, and says that the variable is missing.
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn parse_value(&self, place: &str, text: &str) -> Result<Value, Diagnostics> {
        let file = self.sources.add_hidden(place, text);
        let (expr, mut told) = fw_syntax::parse_expression(file, text, 0);
        let value = expr.filter(|_| !told.has_errors()).map(|expr| fw_lang::evaluate_constant(&expr, &mut told));
        match value {
            Some(value) if !told.has_errors() => Ok(value),
            _ => Err(told),
        }
    }
}

/// Keeps the terminal from showing what is typed, while it lives.
struct Hidden(rustix::termios::Termios);

impl Hidden {
    fn begin() -> Option<Self> {
        let before = rustix::termios::tcgetattr(std::io::stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(rustix::termios::LocalModes::ECHO);
        rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &silent).ok()?;
        Some(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs no repair.
        rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &self.0)
            .unwrap_or_default();
    }
}
