//! The settings that a configuration and the command line give a backend.

use fw_backend::{Problem, Problems, Record, Settings, Surroundings, hash};
use fw_config::{Backend as Block, EarlyScope, Module};
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_syntax::Body;
use fw_value::convert::convert;
use fw_value::{Marks, Str, Type, Value};

use super::messages::unsupported;
use crate::session::Session;

/// Settings of the command line that take the place of those of the block.
pub(crate) enum Override {
    /// `-backend-config=name=value`
    Pair {
        /// The whole argument.
        argument: String,
        /// The name.
        name: String,
        /// The value.
        value: String,
    },
    /// `-backend-config=file`
    File(Body),
}

/// What a configuration wants.
pub(crate) struct Wanted {
    /// The settings, those of the command line among them.
    pub(crate) value: Value,
    /// What the block is recognised by.
    pub(crate) hash: u32,
    /// Warnings.
    pub(crate) told: Diagnostics,
}

impl Wanted {
    /// The settings of a block and of the command line, looked at by the backend itself.
    pub(crate) fn of(session: &Session, root: &Module, overrides: &[Override]) -> Result<Self, Diagnostics> {
        let block = root.backend.as_ref().expect("asked for only where there is one");
        let Some(kind) = session.backend_kind(&block.kind) else {
            return Err(unsupported("Unsupported backend type", block).into());
        };
        let schema = kind.schema();
        let mut told = Diagnostics::new();
        let files = session.surroundings.files();
        let scope = EarlyScope::of_root(&files, root, &format!("backend.{}", block.kind), block.span);
        let written = fw_lang::decode(&block.body, &schema, &scope, &mut told);
        if let Some(problem) = unusable(&written, block) {
            told.push(problem);
        }
        if told.has_errors() {
            return Err(told);
        }
        let written = written.unmark_deep().0;
        let hash = hash(kind.name(), &schema, &written);
        let value = overridden(session, &written, &schema, overrides)?;
        let around = surroundings(session);
        let problems = kind.check(&Settings { value: &value, around: &around });
        let told = placed(problems, Some(&block.body));
        if told.has_errors() { Err(told) } else { Ok(Self { value, hash, told }) }
    }

    /// What is remembered of it.
    pub(crate) fn record(&self, kind: &str) -> Record {
        Record::of(kind, &self.value, self.hash)
    }
}

/// What may not be in a backend's settings, since they are stored where everybody can read them.
fn unusable(written: &Value, block: &Block) -> Option<Diagnostic> {
    if written.has_mark_deep(Marks::SENSITIVE) || written.has_mark_deep(Marks::EPHEMERAL) {
        let detail = "The settings of a backend are stored in plain text, so they cannot be made from sensitive or ephemeral \
                      values. Backends take secrets from the environment.";
        return Some(Diagnostic::error("Backend config contains sensitive values", detail).at(block.span));
    }
    let detail = "The settings of a backend must be known before anything is planned.";
    (!written.is_wholly_known())
        .then(|| Diagnostic::error("Backend config contains unknown values", detail).at(block.span))
}

/// What is around a backend. Paths are seen from the root module, where the process is.
pub(crate) fn surroundings(session: &Session) -> Surroundings {
    Surroundings {
        variables: session.surroundings.variables.clone(),
        root: std::path::PathBuf::new(),
        data: session.surroundings.data_directory(),
        home: session.surroundings.home.clone(),
    }
}

/// The problems of a backend, at the places of their settings.
pub(crate) fn placed(problems: Problems, body: Option<&Body>) -> Diagnostics {
    let none = fw_schema::Block::default();
    let one = |problem: Problem| {
        let diagnostic = match problem.severity {
            Severity::Error => Diagnostic::error(problem.summary, problem.detail),
            Severity::Warning => Diagnostic::warning(problem.summary, problem.detail),
        };
        let span = problem.path.zip(body).and_then(|(path, body)| fw_lang::find(body, &none, &path));
        Diagnostic { subject: span.or(diagnostic.subject), ..diagnostic }
    };
    problems.into_iter().map(one).collect()
}

fn overridden(
    session: &Session,
    written: &Value,
    schema: &fw_schema::Block,
    overrides: &[Override],
) -> Result<Value, Diagnostics> {
    let mut values: std::collections::BTreeMap<Str, Value> =
        written.string_entries().map(|(name, value)| (Str::clone(name), value.clone())).collect();
    let mut told = Diagnostics::new();
    for one in overrides {
        match one {
            Override::Pair { argument, name, value } => {
                let Some(attribute) = schema.attributes.get(&**name) else {
                    let detail = format!(
                        "The backend configuration argument \"{name}\" given on the command line is not expected for the \
                         selected backend type."
                    );
                    told.push(Diagnostic::error("Invalid backend configuration argument", detail));
                    continue;
                };
                match session.setting(argument, value, &attribute.conversion_type()) {
                    Ok(value) => drop(values.insert(Str::from(name.as_str()), value)),
                    Err(problems) => told.append(problems),
                }
            }
            Override::File(body) => {
                let found = fw_lang::decode(body, schema, fw_lang::constants(), &mut told);
                let (attributes, _) = body.just_attributes();
                for attribute in attributes {
                    let name = &*attribute.name.name;
                    if let Some(value) = found.attr_ref(name) {
                        values.insert(Str::from(name), value.clone());
                    }
                }
            }
        }
    }
    if told.has_errors() { Err(told) } else { Ok(Value::object(values)) }
}

impl Session {
    /// The value of a pair of the command line: text as it is, anything else as an expression.
    fn setting(&self, argument: &str, text: &str, ty: &Type) -> Result<Value, Diagnostics> {
        if *ty == Type::String {
            return Ok(Value::string(text));
        }
        let place = format!("<value for -backend-config={argument}>");
        let file = self.sources.add_hidden(&place, text);
        let (expr, mut told) = fw_syntax::parse_expression(file, text, 0);
        let value = expr.filter(|_| !told.has_errors()).map(|expr| fw_lang::evaluate_constant(&expr, &mut told));
        let Some(value) = value.filter(|_| !told.has_errors()) else { return Err(told) };
        convert(&value, ty).map_err(|error| {
            let detail = format!("Invalid value for -backend-config={argument}: {}.", error.message);
            Diagnostic::error("Invalid backend configuration value", detail).into()
        })
    }
}
