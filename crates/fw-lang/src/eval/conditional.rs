//! `condition ? then : otherwise`. Both branches are evaluated for their types; problems of the one not chosen are
//! forgotten.

use fw_diag::Span;
use fw_syntax::ast::{Conditional, Expr};
use fw_value::convert::{convert, unify};
use fw_value::{Marks, Number, ObjectType, Range, Refinement, Type, Value};

use super::problems::Taken;
use super::{Evaluator, Locals, problem};

/// What decides, and all of the construct.
struct Choice<'e> {
    condition: &'e Expr,
    span: Span,
}

/// A branch after evaluation.
struct Branch {
    value: Value,
    problems: Taken,
}

impl Evaluator<'_> {
    pub(super) fn conditional(&mut self, conditional: &Conditional, expr: &Expr, locals: Locals<'_>) -> Value {
        let then = self.branch(|me| me.eval(&conditional.then, locals));
        let otherwise = self.branch(|me| me.eval(&conditional.otherwise, locals));
        let Some(ty) = common_type(&then.value, &otherwise.value) else {
            self.inconsistent(conditional, &then.value, &otherwise.value, expr, locals);
            return Value::dynamic();
        };
        let choice = Choice { condition: &conditional.condition, span: expr.span };
        match self.chosen(&choice, then, otherwise, &ty, locals) {
            Ok(value) => value,
            Err((value, truth)) => {
                let (name, branch) =
                    if truth { ("true", &conditional.then) } else { ("false", &conditional.otherwise) };
                self.convert_branch(value, name, branch, &ty, expr, locals)
            }
        }
    }

    /// `%{if}` of templates: both branches are strings.
    pub(super) fn template_if(
        &mut self,
        condition: &Expr,
        then: impl FnOnce(&mut Self) -> Value,
        otherwise: impl FnOnce(&mut Self) -> Value,
        span: Span,
        locals: Locals<'_>,
    ) -> Value {
        let then = self.branch(then);
        let otherwise = self.branch(otherwise);
        let choice = Choice { condition, span };
        self.chosen(&choice, then, otherwise, &ResultType::Known(Type::String), locals)
            .unwrap_or_else(|(value, _)| value)
    }

    fn branch(&mut self, branch: impl FnOnce(&mut Self) -> Value) -> Branch {
        let start = self.problems.mark();
        let value = branch(self);
        Branch { value, problems: self.problems.take_since(start) }
    }

    /// The value of the chosen branch with the marks of all, or why it is not known. An error is a value that must be
    /// converted, with its marks, and which branch it comes from.
    fn chosen(
        &mut self,
        choice: &Choice<'_>,
        then: Branch,
        otherwise: Branch,
        ty: &ResultType,
        locals: Locals<'_>,
    ) -> Result<Value, (Value, bool)> {
        let Some((truth, marks)) = self.condition(choice, locals) else {
            return Ok(Value::unknown(ty.known()));
        };
        let marks = marks | then.value.marks() | otherwise.value.marks();
        let Some(truth) = truth else {
            return Ok(unknown_result(&then.value, &otherwise.value, ty.known()).with_marks(marks));
        };
        let branch = if truth { then } else { otherwise };
        self.problems.put_back(branch.problems);
        let value = branch.value.with_marks(marks);
        if ty.has(&value) { Ok(value) } else { Err((value, truth)) }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, passed once")]
    fn convert_branch(
        &mut self,
        value: Value,
        name: &str,
        branch: &Expr,
        ty: &ResultType,
        expr: &Expr,
        locals: Locals<'_>,
    ) -> Value {
        let (value, marks) = value.unmark();
        let converted = convert(&value, &ty.known()).unwrap_or_else(|error| {
            self.error(branch, locals, || {
                let detail = format!("The {name} result value has the wrong type: {}.", error.message);
                problem("Inconsistent conditional result types", detail, branch.span, expr.span)
            });
            Value::unknown(ty.known())
        });
        converted.with_marks(marks)
    }

    /// The condition, if it is known, and its marks. `None` after it was found to be no condition.
    fn condition(&mut self, choice: &Choice<'_>, locals: Locals<'_>) -> Option<(Option<bool>, Marks)> {
        let condition = choice.condition;
        let value = self.eval(condition, locals);
        let (summary, detail) = if value.is_null() {
            ("Null condition", "The condition value is null. Conditions must either be true or false.")
        } else if !value.is_known() {
            return Some((None, value.marks()));
        } else if let Ok(value) = convert(&value, &Type::Bool) {
            return Some((value.as_bool(), value.marks()));
        } else {
            ("Incorrect condition type", "The condition expression must be of type bool.")
        };
        self.error(condition, locals, || problem(summary, detail, condition.span, choice.span));
        None
    }

    fn inconsistent(
        &mut self,
        conditional: &Conditional,
        then: &Value,
        otherwise: &Value,
        expr: &Expr,
        locals: Locals<'_>,
    ) {
        self.error(expr, locals, || {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}.",
                describe_mismatch(then.ty(), otherwise.ty())
            );
            let subject = conditional.then.span.to(conditional.otherwise.span);
            problem("Inconsistent conditional result types", detail, subject, expr.span)
        });
    }
}

/// The type of the result of a conditional.
enum ResultType {
    /// Both branches become this.
    Known(Type),
    /// A branch has a type not known yet, so the other stays what it is.
    Open,
}

impl ResultType {
    fn known(&self) -> Type {
        match self {
            Self::Known(ty) => ty.clone(),
            Self::Open => Type::Dynamic,
        }
    }

    /// Whether the value needs no conversion.
    fn has(&self, value: &Value) -> bool {
        match self {
            Self::Known(ty) => value.ty() == ty,
            Self::Open => true,
        }
    }
}

fn common_type(then: &Value, otherwise: &Value) -> Option<ResultType> {
    if is_untyped_null(then) {
        return Some(ResultType::Known(otherwise.ty().clone()));
    }
    if is_untyped_null(otherwise) {
        return Some(ResultType::Known(then.ty().clone()));
    }
    if then.ty() == otherwise.ty() && *then.ty() != Type::Dynamic {
        return Some(ResultType::Known(then.ty().clone()));
    }
    if *then.ty() == Type::Dynamic || *otherwise.ty() == Type::Dynamic {
        return Some(ResultType::Open);
    }
    unify(&[then.ty().clone(), otherwise.ty().clone()]).map(ResultType::Known)
}

/// The literal `null`, without any mark.
fn is_untyped_null(value: &Value) -> bool {
    value.is_null() && *value.ty() == Type::Dynamic && value.marks().is_empty()
}

/// What is known of the result while the condition is not known.
fn unknown_result(then: &Value, otherwise: &Value, ty: Type) -> Value {
    if then.is_null() && otherwise.is_null() {
        return Value::null(ty);
    }
    let (a, b) = (then.range(), otherwise.range());
    let not_null = a.not_null && b.not_null;
    let both_are = |what: fn(&Type) -> bool| what(then.ty()) && what(otherwise.ty());
    let mut facts = if both_are(|ty| *ty == Type::Number) {
        number_facts(&a, &b)
    } else if both_are(Type::is_collection) && then.ty() == otherwise.ty() {
        let length_max = a.length_max.zip(b.length_max).map(|(a, b)| a.max(b));
        Refinement { length_min: Some(a.length_min.min(b.length_min)), length_max, ..Refinement::default() }
    } else {
        Refinement::default()
    };
    facts.not_null = not_null;
    Value::unknown_refined(ty, facts)
}

type Bound = Option<(Number, bool)>;

fn number_facts(a: &Range, b: &Range) -> Refinement {
    use std::cmp::Ordering;
    let wider = |a: &Bound, b: &Bound, keep: Ordering| -> Bound {
        let (a, b) = (a.as_ref()?, b.as_ref()?);
        Some(match a.0.compare_exact(&b.0) {
            Ordering::Equal => (a.0.clone(), a.1 || b.1),
            order if order == keep => a.clone(),
            _ => b.clone(),
        })
    };
    Refinement {
        number_min: wider(&a.number_min, &b.number_min, Ordering::Less),
        number_max: wider(&a.number_max, &b.number_max, Ordering::Greater),
        ..Refinement::default()
    }
}

/// Where two types first differ, in words.
fn describe_mismatch(then: &Type, otherwise: &Type) -> String {
    let mut prefix = String::new();
    let (mut a, mut b) = (then, otherwise);
    // Down to the place, gathering the way there.
    loop {
        let next = match (a, b) {
            (Type::Object(x), Type::Object(y)) => match object_mismatch(x, y) {
                Some(Ok((name, p, q))) => {
                    Some((format!("Type mismatch for object attribute {}: ", crate::quote::go(name)), p, q))
                }
                Some(Err(text)) => return prefix + &text,
                None => None,
            },
            (Type::Tuple(x), Type::Tuple(y)) if x.len() != y.len() => {
                return format!(
                    "{prefix}The 'true' tuple has length {}, but the 'false' tuple has length {}",
                    x.len(),
                    y.len()
                );
            }
            (Type::Tuple(x), Type::Tuple(y)) => x
                .iter()
                .zip(y.iter())
                .enumerate()
                .find(|(_, (p, q))| p != q)
                .map(|(i, (p, q))| (format!("Type mismatch for tuple element {i}: "), p, q)),
            (Type::List(x), Type::List(y)) if both_structural(x, y) => Some(mismatched("list", x, y)),
            (Type::Set(x), Type::Set(y)) if both_structural(x, y) => Some(mismatched("set", x, y)),
            (Type::Map(x), Type::Map(y)) if both_structural(x, y) => Some(mismatched("map", x, y)),
            _ => None,
        };
        let Some((text, p, q)) = next else { break };
        prefix.push_str(&text);
        (a, b) = (p, q);
    }
    let (a, b) = (a.friendly_name(), b.friendly_name());
    if a == b {
        return prefix
            + "At least one deeply-nested attribute or element is not compatible across both the 'true' and the 'false' \
               value";
    }
    format!("{prefix}The 'true' value is {a}, but the 'false' value is {b}")
}

fn mismatched<'t>(kind: &str, x: &'t Type, y: &'t Type) -> (String, &'t Type, &'t Type) {
    (format!("Mismatched {kind} element types: "), x, y)
}

fn both_structural(x: &Type, y: &Type) -> bool {
    matches!((x, y), (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_)))
}

type AttributeMismatch<'t> = Result<(&'t str, &'t Type, &'t Type), String>;

fn object_mismatch<'t>(x: &'t ObjectType, y: &'t ObjectType) -> Option<AttributeMismatch<'t>> {
    let absent = |present: &str, name: &str, other: &str| {
        format!(
            "The '{present}' value includes object attribute {}, which is absent in the '{other}' value",
            crate::quote::go(name)
        )
    };
    for attribute in x.attributes() {
        match y.attribute(&attribute.name) {
            None => return Some(Err(absent("true", &attribute.name, "false"))),
            Some(other) if other.ty != attribute.ty => return Some(Ok((&attribute.name, &attribute.ty, &other.ty))),
            Some(_) => {}
        }
    }
    let missing = y.attributes().iter().find(|a| x.attribute(&a.name).is_none())?;
    Some(Err(absent("false", &missing.name, "true")))
}
