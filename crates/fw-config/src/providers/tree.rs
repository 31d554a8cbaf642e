//! The tree of modules and the providers each needs, as the `providers` command shows it; tests beside modules.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::{Config, Module};
use crate::testing::TestFile;

impl Config {
    /// The lines of the tree, beginning with `.` for the root module. `normal` gives the normal form of the constraints on
    /// a provider.
    #[must_use]
    pub fn providers_tree(&self, normal: &dyn Fn(&[&str]) -> String) -> String {
        let mut tree = Tree { normal, text: ".\n".to_owned(), ended: BTreeSet::new() };
        tree.module(self, self.root(), 0);
        tree.text
    }
}

struct Tree<'a> {
    normal: &'a dyn Fn(&[&str]) -> String,
    text: String,
    /// Levels of which some list has ended: terraform draws no line there any more, not even for later lists.
    ended: BTreeSet<usize>,
}

impl Tree<'_> {
    fn line(&mut self, level: usize, is_last: bool, line: &str) {
        if is_last {
            self.ended.insert(level);
        }
        let indent: String =
            (0..level).map(|at| if self.ended.contains(&at) { "    " } else { "│\u{a0}\u{a0} " }).collect();
        let corner = if is_last { "└── " } else { "├── " };
        writeln!(self.text, "{indent}{corner}{line}").expect("writing to a string does not fail");
    }

    fn module(&mut self, config: &Config, module: &Module, level: usize) {
        let requirements = module.requirements();
        let children: Vec<_> = config.children(module).collect();
        let tests: Vec<&TestFile> =
            if module.path.is_root() { config.tests.files.values().collect() } else { Vec::new() };
        let mut left = requirements.len() + children.len() + tests.len();
        for (provider, constraints) in &requirements {
            left -= 1;
            let constraints: Vec<&str> = constraints.iter().map(|(text, _)| text.as_str()).collect();
            let constraints = match constraints.as_slice() {
                [] => String::new(),
                some => format!(" {}", (self.normal)(some)),
            };
            self.line(level, left == 0, &format!("provider[{provider}]{constraints}"));
        }
        for test in tests {
            left -= 1;
            self.line(level, left == 0, &test.dotted_name());
            self.runs(config, test, level + 1);
        }
        for (call, child) in children {
            left -= 1;
            self.line(level, left == 0, &format!("module.{}", call.name));
            fw_syntax::deep::guard(|| self.module(config, child, level + 1));
        }
    }

    /// The runs that execute modules of their own.
    fn runs(&mut self, config: &Config, test: &TestFile, level: usize) {
        let own: Vec<_> =
            test.runs.iter().filter_map(|run| Some((run, config.tests.modules.get(&test.module_path(run))?))).collect();
        let count = own.len();
        for (at, (run, module)) in own.into_iter().enumerate() {
            self.line(level, at + 1 == count, &format!("run.{}", run.name));
            self.module(module, module.root(), level + 1);
        }
    }
}
