//! Values of root variables from every source: environment, files in their order, command line. Later sources win.

use std::collections::BTreeMap;

use fw_addr::Name;
use fw_config::{Files, Module, Variable};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_eval::{GivenVariable, VariableSource};
use fw_lang::Scope;
use fw_syntax::Body;
use fw_value::Value;

use crate::Surroundings;
use crate::disk::Disk;

/// One variable argument of the command line; their order matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableArgument {
    /// `-var name=value`
    Value(String),
    /// `-var-file path`
    File(String),
}

/// Gathers all values that are given for root variables.
#[must_use]
pub fn gather(
    module: &Module,
    surroundings: &Surroundings,
    arguments: &[VariableArgument],
    constants: &dyn Scope,
    sources: &SourceMap,
) -> (BTreeMap<Name, GivenVariable>, Diagnostics) {
    let mut gathering = Gathering::new(module, surroundings, constants, sources);
    gathering.environment();
    gathering.automatic_files(".");
    gathering.arguments(arguments);
    (gathering.given, gathering.told)
}

/// Gathers the values that are given on the command line alone.
pub(crate) fn gather_arguments(
    module: &Module,
    surroundings: &Surroundings,
    arguments: &[VariableArgument],
    constants: &dyn Scope,
    sources: &SourceMap,
) -> BTreeMap<Name, GivenVariable> {
    let mut gathering = Gathering::new(module, surroundings, constants, sources);
    gathering.arguments(arguments);
    gathering.given
}

/// Gathers values for a run of tests: also of variables that the module does not declare, which a test may refer to, and
/// without a word about these. `given` is what the command line says, and the directory of the test file where that has
/// files of its own.
#[must_use]
pub fn gather_for_tests(
    module: &Module,
    surroundings: &Surroundings,
    given: (&[VariableArgument], Option<&str>),
    constants: &dyn Scope,
    sources: &SourceMap,
) -> (BTreeMap<Name, GivenVariable>, Diagnostics) {
    let mut gathering = Gathering::new(module, surroundings, constants, sources);
    gathering.lenient = true;
    gathering.environment();
    gathering.automatic_files(".");
    gathering.arguments(given.0);
    if let Some(directory) = given.1 {
        gathering.automatic_files(directory);
    }
    (gathering.given, gathering.told)
}

struct Gathering<'a> {
    module: &'a Module,
    surroundings: &'a Surroundings,
    constants: &'a dyn Scope,
    sources: &'a SourceMap,
    /// Whether values of variables that are not declared are kept.
    lenient: bool,
    given: BTreeMap<Name, GivenVariable>,
    told: Diagnostics,
}

impl<'a> Gathering<'a> {
    fn new(
        module: &'a Module,
        surroundings: &'a Surroundings,
        constants: &'a dyn Scope,
        sources: &'a SourceMap,
    ) -> Self {
        let (given, told) = (BTreeMap::new(), Diagnostics::new());
        Self { module, surroundings, constants, sources, lenient: false, given, told }
    }

    fn arguments(&mut self, arguments: &[VariableArgument]) {
        for argument in arguments {
            match argument {
                VariableArgument::Value(text) => self.argument(text),
                VariableArgument::File(path) => self.file(path, true),
            }
        }
    }

    fn environment(&mut self) {
        for (name, text) in &self.surroundings.variables {
            let Some(name) = name.strip_prefix("TF_VAR_") else { continue };
            let Some(variable) = self.module.variables.get(name) else {
                if self.lenient {
                    let value = GivenVariable { value: Value::string(text), source: VariableSource::Environment };
                    self.given.insert(name.into(), value);
                }
                continue;
            };
            let place = format!("<value for var.{name}>");
            self.text(variable, text, &place, VariableSource::Environment);
        }
    }

    fn automatic_files(&mut self, directory: &str) {
        let mut names = Disk::new(&self.surroundings.root).list(directory).unwrap_or_default();
        names.sort();
        let path = |name: &str| if directory == "." { name.to_owned() } else { format!("{directory}/{name}") };
        for fixed in ["terraform.tfvars", "terraform.tfvars.json"] {
            if names.iter().any(|n| n == fixed) {
                self.file(&path(fixed), false);
            }
        }
        for name in names {
            let automatic = name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
            if automatic && !name.starts_with('.') {
                self.file(&path(&name), false);
            }
        }
    }

    fn argument(&mut self, text: &str) {
        let Some((name, value)) = text.split_once('=') else {
            let detail = format!(
                "The given -var option \"{text}\" is not correctly specified. Must be a variable name and value separated by \
                 an equals sign, like -var=\"key=value\"."
            );
            self.told.push(Diagnostic::error("Invalid -var option", detail));
            return;
        };
        if name.ends_with(' ') || value.starts_with(' ') {
            let detail = format!(
                "Variable name \"{name}\" is invalid due to trailing space. Did you mean -var=\"{}={}\"?",
                name.trim(),
                value.trim()
            );
            self.told.push(Diagnostic::error("Invalid -var option", detail));
            return;
        }
        let Some(variable) = self.module.variables.get(name) else {
            if self.lenient {
                let value = GivenVariable { value: Value::string(value), source: VariableSource::Argument };
                self.given.insert(name.into(), value);
                return;
            }
            let detail = format!(
                "A variable named \"{name}\" was assigned on the command line, but the root module does not declare a \
                 variable of that name. To use this value, add a \"variable\" block to the configuration."
            );
            self.told.push(Diagnostic::error("Value for undeclared variable", detail));
            return;
        };
        let place = format!("<value for var.{name}>");
        self.text(variable, value, &place, VariableSource::Argument);
    }

    /// A value given as text: an expression where the type asks for one, else the text itself.
    fn text(&mut self, variable: &Variable, text: &str, place: &str, source: VariableSource) {
        let value = if variable.parse_as_hcl {
            let file = self.sources.add_hidden(place, text);
            let (expr, found) = fw_syntax::parse_expression(file, text, 0);
            let failed = found.has_errors();
            self.told.append(found);
            match expr.filter(|_| !failed) {
                Some(expr) => fw_lang::evaluate(&expr, self.constants, &mut self.told),
                None => return,
            }
        } else {
            Value::string(text)
        };
        self.given.insert(Name::clone(&variable.name), GivenVariable { value, source });
    }

    fn file(&mut self, path: &str, asked_for: bool) {
        let bytes = match Disk::new(&self.surroundings.root).read(path) {
            Ok(bytes) => bytes,
            Err(why) => {
                let (summary, detail) = if asked_for && why.contains("No such file") {
                    ("Failed to read variables file", format!("Given variables file {path} does not exist."))
                } else {
                    ("Failed to read variables file", format!("Error while reading {path}: {why}."))
                };
                self.told.push(Diagnostic::error(summary, detail));
                return;
            }
        };
        let text: std::sync::Arc<str> = String::from_utf8_lossy(&bytes).into();
        let file = self.sources.add(path, std::sync::Arc::clone(&text));
        let (body, found) = if path.ends_with(".json") {
            fw_syntax::parse_json(file, &text)
        } else {
            let (body, found) = fw_syntax::parse_native(file, &text);
            (Body::Native(body), found)
        };
        let failed = found.has_errors();
        self.told.append(found);
        if failed {
            return;
        }
        let (attributes, found) = body.just_attributes();
        self.told.append(found);
        for attribute in attributes {
            let name = &attribute.name.name;
            let value = fw_lang::evaluate(&attribute.expr, self.constants, &mut self.told);
            if self.lenient || self.module.variables.contains_key(name) {
                let source = VariableSource::File(attribute.expr.span);
                self.given.insert(Name::clone(name), GivenVariable { value, source });
            } else {
                self.undeclared(name, attribute.name.span);
            }
        }
    }

    fn undeclared(&mut self, name: &str, span: Span) {
        let detail = format!(
            "The root module does not declare a variable named \"{name}\" but a value was found in file \"{}\". If you meant \
             to use this value, add a \"variable\" block to the configuration.\n\nTo silence these warnings, use TF_VAR_... \
             environment variables to provide certain \"global\" settings to all configurations in your organization. To \
             reduce the verbosity of these warnings, use the -compact-warnings option.",
            self.sources.file(span.file).name
        );
        self.told.push(Diagnostic::warning("Value for undeclared variable", detail));
    }
}
