//! `variable "name" { … }`.

use std::sync::Arc;

use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_lang::reference::{Subject, references};
use fw_lang::typeexpr;
use fw_syntax::ast::Attribute;
use fw_syntax::{Block, BodyContent};
use fw_value::convert::{Defaults, convert};
use fw_value::{Type, Value};

use super::super::{Decoder, schema};
use crate::expression;
use crate::model::{CheckRule, Variable};

/// Names that mean something in `module` blocks, where variables are arguments.
const RESERVED_NAMES: [&str; 9] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals", "provider"];

/// A `variable` block, of which an overriding one may leave out all.
pub(crate) struct VariableDeclaration {
    pub(crate) name: Name,
    pub(crate) description: Option<String>,
    pub(crate) constraint: Option<TypeConstraint>,
    pub(crate) default: Option<Value>,
    pub(crate) validations: Vec<CheckRule>,
    pub(crate) sensitive: Option<bool>,
    pub(crate) ephemeral: Option<bool>,
    pub(crate) nullable: Option<bool>,
    pub(crate) span: Span,
}

/// What `type` says.
#[derive(Clone)]
pub(crate) struct TypeConstraint {
    pub(crate) ty: Type,
    pub(crate) defaults: Option<Arc<Defaults>>,
}

impl VariableDeclaration {
    pub(crate) fn finish(self) -> Variable {
        let nullable = self.nullable.unwrap_or(true);
        let parse_as_hcl = self.constraint.as_ref().is_some_and(|c| !c.ty.is_primitive());
        let (ty, type_defaults) = self.constraint.map_or((Type::Dynamic, None), |c| (c.ty, c.defaults));
        Variable {
            name: self.name,
            description: self.description,
            ty,
            type_defaults,
            default: self.default,
            validations: self.validations,
            sensitive: self.sensitive.unwrap_or(false),
            ephemeral: self.ephemeral.unwrap_or(false),
            nullable,
            parse_as_hcl,
            span: self.span,
        }
    }
}

impl Decoder<'_> {
    pub(in crate::decode) fn variable(&mut self, block: &Block) -> Option<VariableDeclaration> {
        let schema = schema(
            &[
                ("description", false),
                ("default", false),
                ("type", false),
                ("sensitive", false),
                ("ephemeral", false),
                ("nullable", false),
            ],
            &[("validation", &[])],
        );
        let label = block.labels.first()?;
        let content = self.content(&block.body, &schema);
        if self.check_name(label, "Invalid variable name") && RESERVED_NAMES.contains(&&*label.name) {
            let detail = format!(
                "The variable name \"{}\" is reserved due to its special meaning inside module blocks.",
                label.name
            );
            self.error("Invalid variable name", detail, label.span);
        }
        let constraint = content.attribute("type").and_then(|a| self.type_constraint(a));
        let nullable = content.attribute("nullable").and_then(|a| self.boolean(a));
        let mut variable = VariableDeclaration {
            name: Name::clone(&label.name),
            description: content.attribute("description").and_then(|a| self.string(a)).map(|s| s.to_string()),
            constraint,
            default: None,
            validations: Vec::new(),
            sensitive: content.attribute("sensitive").and_then(|a| self.boolean(a)),
            ephemeral: content.attribute("ephemeral").and_then(|a| self.boolean(a)),
            nullable,
            span: block.header,
        };
        if let Some(attribute) = content.attribute("default") {
            variable.default = self.default(attribute, variable.constraint.as_ref(), nullable.unwrap_or(true));
        }
        self.validations(&content, &mut variable);
        Some(variable)
    }

    fn type_constraint(&mut self, attribute: &Attribute) -> Option<TypeConstraint> {
        let mut problems = Diagnostics::new();
        let (ty, defaults) = typeexpr::variable_type(&attribute.expr, &mut problems);
        let failed = problems.has_errors();
        self.diagnostics.append(problems);
        let defaults = defaults.filter(|d| !d.is_empty()).map(Arc::new);
        (!failed).then_some(TypeConstraint { ty, defaults })
    }

    fn default(&mut self, attribute: &Attribute, constraint: Option<&TypeConstraint>, nullable: bool) -> Option<Value> {
        let span = attribute.expr.span;
        let given = expression::constant(&attribute.expr, &mut self.diagnostics)?;
        let converted = match constraint {
            None => Ok(given),
            Some(constraint) => constraint.convert(&given),
        };
        let value = match converted {
            Ok(value) => value,
            Err(reason) => {
                let detail =
                    format!("This default value is not compatible with the variable's type constraint: {reason}.");
                self.error(BAD_DEFAULT, detail, span);
                // Something to be there, about which nothing more can be said.
                return Some(Value::dynamic());
            }
        };
        if !nullable && value.is_null() {
            self.error(BAD_DEFAULT, NULL_DEFAULT, span);
        }
        Some(value)
    }

    fn validations(&mut self, content: &BodyContent, variable: &mut VariableDeclaration) {
        for block in content.blocks_of("validation") {
            let (condition, error_message) = self.rule_parts(block);
            let Some(condition) = condition else { continue };
            let references = references(&condition, crate::PLACE, &mut Diagnostics::new());
            let own = |s: &Subject| matches!(s, Subject::Variable(name) if *name == variable.name);
            if !references.iter().any(|r| own(&r.subject)) {
                let name = &variable.name;
                let detail = format!(
                    "The condition for variable \"{name}\" must refer to var.{name} in order to test incoming values."
                );
                self.error("Invalid variable validation condition", detail, condition.span);
            }
            let rule = error_message.map(|error_message| CheckRule { condition, error_message, span: block.header });
            variable.validations.extend(rule);
        }
    }
}

impl TypeConstraint {
    /// The value with defaults of optional attributes, converted.
    fn convert(&self, value: &Value) -> Result<Value, String> {
        let filled = match &self.defaults {
            Some(defaults) if !value.is_null() => defaults.apply(value),
            _ => value.clone(),
        };
        convert(&filled, &self.ty).map_err(|error| expression::reason(&error))
    }
}

impl VariableDeclaration {
    /// Takes over what an overriding block says.
    pub(crate) fn merge(&mut self, over: Self) -> Diagnostics {
        let new_type = over.constraint.is_some();
        self.description = over.description.or(self.description.take());
        self.sensitive = over.sensitive.or(self.sensitive);
        self.ephemeral = over.ephemeral.or(self.ephemeral);
        self.nullable = over.nullable.or(self.nullable);
        self.constraint = over.constraint.or(self.constraint.take());
        self.default = over.default.or(self.default.take());
        let Some(default) = &self.default else { return Diagnostics::new() };
        let mut diagnostics = Diagnostics::new();
        let mut error = |detail: String| diagnostics.push(Diagnostic::error(BAD_DEFAULT, detail).at(over.span));
        let converted = self
            .constraint
            .as_ref()
            .map_or_else(|| Ok(default.clone()), |c| convert(default, &c.ty).map_err(|e| expression::reason(&e)));
        match converted {
            Ok(value) => self.default = Some(value),
            Err(reason) if new_type => {
                error(format!(
                    "Overriding this variable's type constraint has made its default value invalid: {reason}."
                ));
            }
            Err(reason) => error(format!(
                "The overridden default value for this variable is not compatible with the variable's type constraint: \
                 {reason}."
            )),
        }
        if self.nullable == Some(false) && self.default.as_ref().is_some_and(Value::is_null) {
            error(NULL_DEFAULT.to_owned());
        }
        diagnostics
    }
}

const BAD_DEFAULT: &str = "Invalid default value for variable";
const NULL_DEFAULT: &str = "A null default value is not valid when nullable=false.";
