//! The terraform binary, at work in the directory of a stack with the scriptable provider.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::Stack;

/// The terraform binary at work.
#[derive(Debug)]
pub struct Terraform<'a> {
    stack: &'a Stack,
    settings: PathBuf,
}

impl<'a> Terraform<'a> {
    /// In the directory of a stack; its modules are installed.
    ///
    /// # Panics
    /// When there is no terraform, or the settings cannot be written.
    #[must_use]
    pub fn new(stack: &'a Stack) -> Self {
        let program = stack.provider_program();
        let directory = program.parent().expect("a file is in a directory");
        let text = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"hashicorp/fwtest\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
            directory.display()
        );
        let settings = directory.join("settings.tfrc");
        std::fs::write(&settings, text).expect("the settings can be written");
        let terraform = Self { stack, settings };
        drop(terraform.call(&["get"]));
        terraform
    }

    /// Runs a command.
    ///
    /// # Panics
    /// When there is no terraform.
    #[must_use]
    pub fn call(&self, arguments: &[&str]) -> Output {
        Command::new("terraform")
            .args(arguments)
            .current_dir(self.stack.root())
            .env("TF_CLI_CONFIG_FILE", &self.settings)
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_LOG")
            .output()
            .expect("terraform runs")
    }
}
