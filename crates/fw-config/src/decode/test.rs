//! Test files: what stands at their top.

mod mock;
mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{LocalProviderConfig, Name};
use fw_diag::{Diagnostics, SourceMap};
use fw_syntax::{Block, Body, BodySchema};

use super::{Decoder, OnlyOne, schema};
use crate::testing::{Mock, TestFile, TestProvider, TestVariable};

/// Blocks that stand at the top of a test file and in runs.
const OVERRIDES: [(&str, &[&str]); 3] = [("override_resource", &[]), ("override_data", &[]), ("override_module", &[])];

/// Reads a test file.
pub(crate) fn test_file(path: &str, body: &Body, sources: &SourceMap) -> (TestFile, Diagnostics) {
    let mut decoder = Decoder::of_tests(sources);
    let file = decoder.test_file(path, body);
    (file, decoder.diagnostics)
}

/// Reads a file of mocks.
pub(crate) fn mock_file(body: &Body, sources: &SourceMap) -> (Mock, Diagnostics) {
    let mut decoder = Decoder::of_tests(sources);
    let blocks = [("mock_resource", &["type"][..]), ("mock_data", &["type"]), OVERRIDES[0], OVERRIDES[1]];
    let content = decoder.content(body, &schema(&[], &blocks));
    let mock = decoder.mocked(&content);
    (mock, decoder.diagnostics)
}

fn top() -> BodySchema {
    let blocks = [
        ("run", &["name"][..]),
        ("provider", &["name"]),
        ("mock_provider", &["name"]),
        ("variables", &[]),
        OVERRIDES[0],
        OVERRIDES[1],
        OVERRIDES[2],
    ];
    schema(&[], &blocks)
}

impl<'a> Decoder<'a> {
    fn of_tests(sources: &'a SourceMap) -> Self {
        Self {
            sources,
            overriding: false,
            diagnostics: Diagnostics::new(),
            late: Diagnostics::new(),
            implied: Default::default(),
        }
    }

    fn test_file(&mut self, path: &str, body: &Body) -> TestFile {
        let content = self.content(body, &top());
        let mut file = TestFile {
            path: path.to_owned(),
            variables: BTreeMap::new(),
            providers: BTreeMap::new(),
            overrides: Vec::new(),
            runs: Vec::new(),
        };
        let mut variables = None;
        for block in &content.blocks {
            match &*block.kind.name {
                "run" => self.add_run(block, &mut file),
                "provider" => {
                    let provider = self.test_provider(block);
                    self.add_provider(provider, block, &mut file);
                }
                "mock_provider" => {
                    let provider = self.mock_provider(block);
                    self.add_provider(provider, block, &mut file);
                }
                "variables" => {
                    let message = OnlyOne {
                        summary: "Multiple \"variables\" blocks",
                        detail: "This test file already has a variables block defined at",
                    };
                    if self.only_one(&mut variables, block, message) {
                        file.variables = self.test_variables(block);
                    }
                }
                _ => self.add_override(block, &mut file.overrides),
            }
        }
        file
    }

    fn add_run(&mut self, block: &Block, file: &mut TestFile) {
        let Some(run) = self.run(block) else { return };
        if let Some(first) = file.runs.iter().find(|other| other.name == run.name) {
            let detail = format!(
                "This test file already has a run named {} block defined at {}.",
                run.name,
                self.place(first.span)
            );
            self.error("Duplicate \"run\" block names", detail, run.span);
            return;
        }
        file.runs.push(run);
    }

    fn add_provider(&mut self, provider: Option<TestProvider>, block: &Block, file: &mut TestFile) {
        let Some(provider) = provider else { return };
        let address = provider.block.address.clone();
        if let Some(first) = file.providers.get(&address) {
            let detail = format!("A provider for {address} is already defined at {}.", self.place(first.name_span));
            self.error("Duplicate provider block", detail, block.header);
            return;
        }
        file.providers.insert(address, provider);
    }

    fn test_provider(&mut self, block: &Block) -> Option<TestProvider> {
        let name_span = block.labels.first()?.span;
        let before = self.diagnostics.len();
        let version = self.partial(&block.body, &schema(&[("version", false)], &[])).0;
        let read = self.provider(block);
        // What the version says is not read, and that it is deprecated is no news.
        let others: Diagnostics = std::mem::take(&mut self.diagnostics)
            .into_iter()
            .enumerate()
            .filter_map(|(at, told)| {
                let of_version = version.attribute("version").is_some_and(|a| told.subject == Some(a.expr.span));
                (at < before || !of_version).then_some(told)
            })
            .collect();
        self.diagnostics = others;
        if let Some(attribute) = version.attribute("version") {
            let detail = "Version constraints inside provider configuration blocks are not allowed in test files. To silence \
                          this error, move the provider version constraint into the required_providers block of the \
                          configuration that uses this provider.";
            self.error("Version constraints are not allowed in test files", detail, attribute.expr.span);
        }
        Some(TestProvider { block: read?, mock: None, mock_source: None, name_span })
    }

    fn test_variables(&mut self, block: &Block) -> BTreeMap<Name, TestVariable> {
        let (attributes, problems) = block.body.just_attributes();
        self.diagnostics.append(problems);
        let one = |attribute: fw_syntax::ast::Attribute| {
            let span = attribute.name.span;
            (Name::clone(&attribute.name.name), TestVariable { expr: Arc::clone(&attribute.expr), span })
        };
        attributes.into_iter().map(one).collect()
    }
}

/// The address of a provider block by its label and alias.
fn address(local_name: &Name, alias: Option<Name>) -> LocalProviderConfig {
    LocalProviderConfig { local_name: Name::clone(local_name), alias }
}
