//! The tree of modules and the providers each needs, as the `providers` command shows it.

use std::fmt::Write as _;

use crate::model::{Config, Module};

impl Config {
    /// The lines of the tree, beginning with `.` for the root module.
    #[must_use]
    pub fn providers_tree(&self) -> String {
        let mut text = ".\n".to_owned();
        self.branches(self.root(), "", &mut text);
        text
    }

    fn branches(&self, module: &Module, indent: &str, text: &mut String) {
        let requirements = module.requirements();
        let children: Vec<_> = self.children(module).collect();
        let mut left = requirements.len() + children.len();
        let mut branch = |text: &mut String, line: String| {
            left -= 1;
            let (corner, below) = if left == 0 { ("└── ", "    ") } else { ("├── ", "│   ") };
            writeln!(text, "{indent}{corner}{line}").expect("writing to a string does not fail");
            below
        };
        for (provider, constraints) in &requirements {
            let constraints: Vec<&str> = constraints.iter().map(|(text, _)| text.as_str()).collect();
            let constraints = match constraints.as_slice() {
                [] => String::new(),
                some => format!(" {}", some.join(", ")),
            };
            branch(text, format!("provider[{provider}]{constraints}"));
        }
        for (call, child) in children {
            let below = branch(text, format!("module.{}", call.name));
            fw_syntax::deep::guard(|| self.branches(child, &format!("{indent}{below}"), text));
        }
    }
}
