//! Type constraints as expressions: `list(object({ a = optional(string, "x") }))`.

use std::collections::{BTreeMap, BTreeSet};

use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::ast::{Call, Expr, ExprKind, ObjectItem, ObjectKey, TemplatePart, TemplateStyle};
use fw_syntax::deep;
use fw_value::convert::{Defaults, convert};
use fw_value::{ObjectAttribute, ObjectType, Str, Type, Value};

use crate::constant::evaluate_constant;

const INVALID: &str = "Invalid type specification";

/// The type constraint of a variable, with the defaults of its optional attributes. Takes the bare words `list` and `map`
/// for lists and maps of anything; quoted types of the distant past are refused with a hint.
#[must_use]
pub fn variable_type(expr: &Expr, diagnostics: &mut Diagnostics) -> (Type, Option<Defaults>) {
    if let Some(text) = native_string(expr) {
        diagnostics.push(quoted(text).at(expr.span));
        return (Type::Dynamic, None);
    }
    match keyword(expr).as_deref() {
        Some("list") => (Type::list(Type::Dynamic), None),
        Some("map") => (Type::map(Type::Dynamic), None),
        _ => constraint(expr, diagnostics),
    }
}

/// A type constraint, with the defaults of its optional attributes. Where it is wrong, [`Type::Dynamic`] stands in.
#[must_use]
pub fn constraint(expr: &Expr, diagnostics: &mut Diagnostics) -> (Type, Option<Defaults>) {
    let mut reader = Reader { diagnostics };
    let parsed;
    let expr = match json_expression(expr).filter(|_| keyword(expr).is_none()) {
        Some(inner) => {
            parsed = inner;
            &parsed
        }
        None => expr,
    };
    reader.read(expr)
}

struct Reader<'d> {
    diagnostics: &'d mut Diagnostics,
}

type Read = (Type, Option<Defaults>);

impl Reader<'_> {
    fn read(&mut self, expr: &Expr) -> Read {
        deep::guard(|| {
            if let Some(word) = keyword(expr) {
                return self.word(&word, expr);
            }
            let ExprKind::Call(call) = &expr.kind else {
                return self.fail(
                    "A type specification is either a primitive type keyword (bool, number, string) or a complex type \
                     constructor call, like list(string).",
                    expr.span,
                    None,
                );
            };
            self.constructor(call, expr)
        })
    }

    fn word(&mut self, word: &str, expr: &Expr) -> Read {
        let detail = match word {
            "bool" => return (Type::Bool, None),
            "string" => return (Type::String, None),
            "number" => return (Type::Number, None),
            "any" => return (Type::Dynamic, None),
            "list" | "map" | "set" | "object" | "tuple" => needs_argument(word),
            _ => format!("The keyword \"{word}\" is not a valid type specification."),
        };
        self.fail(detail, expr.span, None)
    }

    fn constructor(&mut self, call: &Call, expr: &Expr) -> Read {
        let name = &*call.name.name;
        match name {
            "bool" | "string" | "number" => {
                let detail = format!("Primitive type keyword \"{name}\" does not expect arguments.");
                return self.fail(detail, call.parentheses, None);
            }
            "any" => {
                let detail = format!("Type constraint keyword \"{name}\" does not expect arguments.");
                return self.fail(detail, call.parentheses, None);
            }
            _ => {}
        }
        let argument = match (name, call.args.as_slice()) {
            ("list" | "set" | "map" | "object" | "tuple", [one]) => one,
            ("list" | "set" | "map" | "object" | "tuple", given) => {
                let span = match given {
                    [_, second, .., last] => second.span.to(last.span),
                    [_, second] => second.span,
                    _ => call.parentheses,
                };
                return self.fail(needs_argument(name), span, Some(call.parentheses));
            }
            ("optional", _) => {
                let detail = format!("Keyword \"{name}\" is valid only as a modifier for object type attributes.");
                return self.fail(detail, call.name.span, None);
            }
            _ => return self.fail(format!("Keyword \"{name}\" is not a valid type constructor."), expr.span, None),
        };
        match name {
            "object" => self.object(argument, expr),
            "tuple" => self.tuple(argument, expr),
            "list" => self.collection(argument, Type::list),
            "set" => self.collection(argument, Type::set),
            _ => self.collection(argument, Type::map),
        }
    }

    fn collection(&mut self, argument: &Expr, of: fn(Type) -> Type) -> Read {
        let (element, defaults) = self.read(argument);
        let ty = of(element);
        let defaults = defaults
            .map(|inner| Defaults { children: BTreeMap::from([(Str::from(""), inner)]), ..Defaults::none(ty.clone()) });
        (ty, defaults)
    }

    fn tuple(&mut self, argument: &Expr, expr: &Expr) -> Read {
        let ExprKind::Tuple(items) = &argument.kind else {
            return self.fail(
                "Tuple type constructor requires a list of element types.",
                argument.span,
                Some(expr.span),
            );
        };
        let mut types = Vec::with_capacity(items.len());
        let mut children = BTreeMap::new();
        for (i, item) in items.iter().enumerate() {
            let (ty, defaults) = self.read(item);
            types.push(ty);
            if let Some(defaults) = defaults {
                children.insert(Str::from(i.to_string()), defaults);
            }
        }
        let ty = Type::tuple(types);
        let defaults = (!children.is_empty()).then(|| Defaults { children, ..Defaults::none(ty.clone()) });
        (ty, defaults)
    }

    fn object(&mut self, argument: &Expr, expr: &Expr) -> Read {
        let ExprKind::Object(items) = &argument.kind else {
            return self.fail(
                "Object type constructor requires a map whose keys are attribute names and whose values are the \
                 corresponding attribute types.",
                argument.span,
                Some(expr.span),
            );
        };
        let mut attributes = Vec::with_capacity(items.len());
        let (mut values, mut children) = (BTreeMap::new(), BTreeMap::new());
        let mut seen = BTreeSet::new();
        for item in items {
            let Some(name) = self.attribute_name(item, &seen, expr) else { continue };
            let Some(read) = self.attribute(&item.value) else { continue };
            if let Some(default) = read.default {
                values.insert(Str::clone(&name), default);
            }
            if let Some(inner) = read.defaults {
                children.insert(Str::clone(&name), inner);
            }
            seen.insert(Str::clone(&name));
            attributes.push(ObjectAttribute { name, ty: read.ty, optional: read.optional });
        }
        let ty = Type::Object(ObjectType::new(attributes).into());
        let any = !values.is_empty() || !children.is_empty();
        let defaults = any.then(|| Defaults { ty: ty.clone(), values, children });
        (ty, defaults)
    }

    fn attribute_name(&mut self, item: &ObjectItem, seen: &BTreeSet<Str>, expr: &Expr) -> Option<Str> {
        let (name, span) = match &item.key {
            ObjectKey::Name(ident) => (Some(Str::clone(&ident.name)), ident.span),
            ObjectKey::Expr(key) => (json_text(key).cloned().filter(|t| fw_addr::is_identifier(t)), key.span),
        };
        let Some(name) = name else {
            self.report("Object constructor map keys must be attribute names.", span, Some(expr.span));
            return None;
        };
        if seen.contains(&name) {
            self.report("Object constructor map keys must be unique.", span, Some(expr.span));
            return None;
        }
        Some(name)
    }

    /// The type of an attribute, perhaps optional. `None` when it is not even that.
    fn attribute(&mut self, expr: &Expr) -> Option<AttributeRead> {
        let parsed = json_expression(expr);
        let expr = parsed.as_ref().unwrap_or(expr);
        let ExprKind::Call(call) = &expr.kind else { return Some(self.required(expr)) };
        if &*call.name.name != "optional" {
            return Some(self.required(expr));
        }
        let Some(inner) = call.args.first() else {
            let detail = "Optional attribute modifier requires the attribute type as its argument.";
            self.report(detail, call.parentheses, Some(expr.span));
            return None;
        };
        let mut default = None;
        let mut optional = true;
        match call.args.as_slice() {
            [_] => {}
            [_, given] => {
                let mut found = Diagnostics::new();
                let value = evaluate_constant(given, &mut found);
                optional = !found.has_errors();
                self.diagnostics.append(found);
                default = optional.then_some((value, given.span));
            }
            _ => {
                optional = false;
                let detail = "Optional attribute modifier expects at most two arguments: the attribute type, and a default \
                              value.";
                self.report(detail, call.parentheses, Some(expr.span));
            }
        }
        let (ty, defaults) = self.read(inner);
        let default = default.and_then(|(value, span)| self.default_value(&value, &ty, span));
        Some(AttributeRead { ty, optional, default, defaults })
    }

    fn required(&mut self, expr: &Expr) -> AttributeRead {
        let (ty, defaults) = self.read(expr);
        AttributeRead { ty, optional: false, default: None, defaults }
    }

    fn default_value(&mut self, value: &Value, ty: &Type, span: Span) -> Option<Value> {
        convert(value, ty)
            .map_err(|error| {
                let detail = format!(
                    "This default value is not compatible with the attribute's type constraint: {}.",
                    error.message
                );
                let summary = "Invalid default value for optional attribute";
                self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
            })
            .ok()
    }

    fn report(&mut self, detail: impl Into<String>, span: Span, context: Option<Span>) {
        let mut diagnostic = Diagnostic::error(INVALID, detail).at(span);
        diagnostic.context = context;
        self.diagnostics.push(diagnostic);
    }

    fn fail(&mut self, detail: impl Into<String>, span: Span, context: Option<Span>) -> Read {
        self.report(detail, span, context);
        (Type::Dynamic, None)
    }
}

struct AttributeRead {
    ty: Type,
    optional: bool,
    default: Option<Value>,
    defaults: Option<Defaults>,
}

fn needs_argument(name: &str) -> String {
    match name {
        "object" => {
            "The object type constructor requires one argument specifying the attribute types and values as a map."
                .to_owned()
        }
        "tuple" => {
            "The tuple type constructor requires one argument specifying the element types as a list.".to_owned()
        }
        _ => format!("The {name} type constructor requires one argument specifying the element type."),
    }
}

/// The single bare word an expression is, in JSON a string that is one.
fn keyword(expr: &Expr) -> Option<Str> {
    match &expr.kind {
        ExprKind::Traversal(traversal) if traversal.steps.is_empty() => Some(Str::clone(&traversal.root.name)),
        // These are names as well where no value is meant.
        ExprKind::Literal(value) if value.is_null() => Some("null".into()),
        ExprKind::Literal(value) => value.as_bool().map(|truth| if truth { "true" } else { "false" }.into()),
        ExprKind::Template(_) => json_text(expr).filter(|text| fw_addr::is_identifier(text)).cloned(),
        _ => None,
    }
}

fn json_text(expr: &Expr) -> Option<&Str> {
    match &expr.kind {
        ExprKind::Template(template) => template.json.as_ref().map(|json| &json.text),
        _ => None,
    }
}

/// The expression in a JSON string.
fn json_expression(expr: &Expr) -> Option<Expr> {
    let text = json_text(expr)?;
    fw_syntax::parse_expression(expr.span.file, text, expr.span.start).0
}

/// The text of a quoted string without interpolations, in native syntax.
fn native_string(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Template(template) if template.style != TemplateStyle::Json => match template.parts.as_slice() {
            [TemplatePart::Literal(text, _)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn quoted(text: &str) -> Diagnostic {
    let advice = match text {
        "string" => "Remove the quotes around \"string\".",
        "list" => {
            "Remove the quotes around \"list\" and write list(string) instead to explicitly indicate that the list elements \
             are strings."
        }
        "map" => {
            "Remove the quotes around \"map\" and write map(string) instead to explicitly indicate that the map elements are \
             strings."
        }
        _ => {
            return Diagnostic::error(
                "Invalid legacy variable type hint",
                "To provide a full type expression, remove the surrounding quotes and give the type expression directly.",
            );
        }
    };
    Diagnostic::error(
        "Invalid quoted type constraints",
        format!(
            "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated and \
             will be removed in a future version of Terraform. {advice}"
        ),
    )
}
