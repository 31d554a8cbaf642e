//! What is said where no resource and no output changes.

use fw_exec::{Mode, Plan};

use super::Writer;
use crate::human::ink::Code;

impl Writer<'_> {
    /// Returns whether all is said.
    pub(super) fn nothing(&mut self, plan: &Plan, has_drift: bool) -> bool {
        let name = self.style.tool.name;
        if plan.errored {
            self.rule_after(has_drift);
            let (bold, red, reset) = (self.ink.code(Code::Bold), self.ink.code(Code::Red), self.ink.code(Code::Reset));
            self.out.push_str(&format!(
                "\n{reset}{bold}{red}Planning failed.{reset}{bold} {name} encountered an error while generating this \
                 plan.{reset}\n\n{reset}"
            ));
            return !has_drift;
        }
        match plan.mode {
            // The drift says all there is to say.
            Mode::RefreshOnly if has_drift => true,
            Mode::RefreshOnly => {
                self.no_changes("Your infrastructure still matches the configuration.");
                self.paragraph(&format!(
                    "{name} has checked that the real remote objects still match the result of your most recent changes, \
                     and found no differences."
                ));
                true
            }
            Mode::Destroy => {
                self.rule_after(has_drift);
                self.no_changes("No objects need to be destroyed.");
                self.paragraph(&format!(
                    "Either you have not created any objects yet or the existing objects were already deleted outside of \
                     {name}."
                ));
                !has_drift
            }
            Mode::Normal => {
                self.rule_after(has_drift);
                self.no_changes("Your infrastructure matches the configuration.");
                self.paragraph(&self.why_nothing(plan, has_drift));
                true
            }
        }
    }

    fn rule_after(&mut self, has_drift: bool) {
        if has_drift {
            self.rule();
        }
    }

    fn no_changes(&mut self, what: &str) {
        let (bold, green, reset) = (self.ink.code(Code::Bold), self.ink.code(Code::Green), self.ink.code(Code::Reset));
        let text = format!("\n{reset}{bold}{green}No changes.{reset}{bold} {what}{reset}\n\n{reset}");
        self.out.push_str(&text);
    }

    fn why_nothing(&self, plan: &Plan, has_drift: bool) -> String {
        let name = self.style.tool.name;
        if !has_drift {
            return format!(
                "{name} has compared your real infrastructure against your configuration and found no differences, so no \
                 changes are needed."
            );
        }
        if plan.is_applyable() {
            return "Your configuration already matches the changes detected above, so applying this plan will only update \
                    the state to include the changes detected above and won't change any real infrastructure."
                .to_owned();
        }
        let command = self.style.tool.command;
        let suggestion =
            if self.style.automation { ".".to_owned() } else { format!(":\n  {command} apply -refresh-only") };
        format!(
            "Your configuration already matches the changes detected above. If you'd like to update the {name} state to \
             match, create and apply a refresh-only plan{suggestion}"
        )
    }
}
