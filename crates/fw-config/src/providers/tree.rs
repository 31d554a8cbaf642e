//! The tree of modules and the providers each needs, as the `providers` command shows it.

use std::fmt::Write as _;

use crate::model::{Config, Module};

impl Config {
    /// The lines of the tree, beginning with `.` for the root module. `normal` gives the normal form of the constraints on
    /// a provider.
    #[must_use]
    pub fn providers_tree(&self, normal: &dyn Fn(&[&str]) -> String) -> String {
        let mut text = ".\n".to_owned();
        self.branches(self.root(), "", normal, &mut text);
        text
    }

    fn branches(&self, module: &Module, indent: &str, normal: &dyn Fn(&[&str]) -> String, text: &mut String) {
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
                some => format!(" {}", normal(some)),
            };
            branch(text, format!("provider[{provider}]{constraints}"));
        }
        for (call, child) in children {
            let below = branch(text, format!("module.{}", call.name));
            fw_syntax::deep::guard(|| self.branches(child, &format!("{indent}{below}"), normal, text));
        }
    }
}
