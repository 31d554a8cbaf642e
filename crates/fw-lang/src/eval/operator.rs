//! Unary and binary operators. Both operands of `&&` and `||` are always evaluated and must be known to be valid, as in
//! this version of the language.

use fw_diag::Diagnostic;
use fw_syntax::ast::{BinaryOp, Expr, UnaryOp};
use fw_value::convert::convert;
use fw_value::{OperationError, Type, Value};

use super::{Evaluator, Locals, problem};

impl Evaluator<'_> {
    pub(super) fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, expr: &Expr, locals: Locals<'_>) -> Value {
        // What is said of the operands themselves comes after what is said of their types.
        let start = self.problems.mark();
        let left_value = self.eval(left, locals);
        let right_value = self.eval(right, locals);
        let inner = self.problems.take_since(start);
        let operand_type = operand_type(op);
        let left_value = self.operand(left_value, operand_type, "left", left, expr, locals);
        let right_value = self.operand(right_value, operand_type, "right", right, expr, locals);
        let unsuitable = self.problems.failed_since(start);
        self.problems.put_back(inner);
        let result_type = result_type(op);
        let (Some(left_value), Some(right_value)) = (left_value, right_value) else {
            return Value::unknown(result_type);
        };
        if unsuitable {
            return Value::unknown(result_type);
        }
        let marks = left_value.marks() | right_value.marks();
        if self.problems.failed_since(start) {
            return Value::unknown(result_type).with_marks(marks);
        }
        apply(op, &left_value, &right_value).unwrap_or_else(|error| {
            self.operation_failed(op_message(op, error), expr, locals);
            Value::unknown(result_type)
        })
    }

    pub(super) fn unary(&mut self, op: UnaryOp, operand: &Expr, expr: &Expr, locals: Locals<'_>) -> Value {
        let start = self.problems.mark();
        let value = self.eval(operand, locals);
        let ty = match op {
            UnaryOp::Negate => &Type::Number,
            UnaryOp::Not => &Type::Bool,
        };
        // Here the problems of the operand come first.
        let value = self.operand(value, Some(ty), "unary", operand, expr, locals);
        let Some(value) = value.filter(|_| !self.problems.failed_since(start)) else {
            return Value::unknown(ty.clone());
        };
        let result = match op {
            UnaryOp::Negate => value.negate(),
            UnaryOp::Not => value.not(),
        };
        result.unwrap_or_else(|error| {
            self.operation_failed(error_message(error), expr, locals);
            Value::unknown(ty.clone())
        })
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one construct, passed once")]
    fn operand(
        &mut self,
        value: Value,
        ty: Option<&Type>,
        which: &str,
        operand: &Expr,
        expr: &Expr,
        locals: Locals<'_>,
    ) -> Option<Value> {
        let Some(ty) = ty.filter(|ty| **ty != *value.ty()) else { return Some(value) };
        convert(&value, ty)
            .map_err(|error| {
                self.error(operand, locals, || {
                    let of = if which == "unary" { "unary operand".to_owned() } else { format!("{which} operand") };
                    let detail = format!("Unsuitable value for {of}: {}.", error.message);
                    problem("Invalid operand", detail, operand.span, expr.span)
                });
            })
            .ok()
    }

    fn operation_failed(&mut self, message: &str, expr: &Expr, locals: Locals<'_>) {
        self.error(expr, locals, || {
            Diagnostic::error("Operation failed", format!("Error during operation: {message}.")).at(expr.span)
        });
    }
}

/// What both operands are converted to, unless they are compared as they are.
fn operand_type(op: BinaryOp) -> Option<&'static Type> {
    match op {
        BinaryOp::Equal | BinaryOp::NotEqual => None,
        BinaryOp::And | BinaryOp::Or => Some(&Type::Bool),
        _ => Some(&Type::Number),
    }
}

fn result_type(op: BinaryOp) -> Type {
    match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => Type::Number,
        _ => Type::Bool,
    }
}

fn apply(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, OperationError> {
    match op {
        BinaryOp::Or => left.or(right),
        BinaryOp::And => left.and(right),
        BinaryOp::Equal => Ok(left.equals(right)),
        BinaryOp::NotEqual => left.equals(right).not(),
        BinaryOp::Greater => left.greater_than(right),
        BinaryOp::GreaterOrEqual => left.greater_than_or_equal(right),
        BinaryOp::Less => left.less_than(right),
        BinaryOp::LessOrEqual => left.less_than_or_equal(right),
        BinaryOp::Add => left.add(right),
        BinaryOp::Subtract => left.subtract(right),
        BinaryOp::Multiply => left.multiply(right),
        BinaryOp::Divide => left.divide(right),
        BinaryOp::Modulo => left.modulo(right),
    }
}

fn op_message(op: BinaryOp, error: OperationError) -> &'static str {
    match (error, op) {
        (OperationError::NotANumber, BinaryOp::Add) => "can't compute sum of opposing infinities",
        (OperationError::NotANumber, BinaryOp::Subtract) => "can't subtract infinity from itself",
        (OperationError::NotANumber, BinaryOp::Multiply) => "can't multiply zero by infinity",
        (OperationError::NotANumber, BinaryOp::Divide) => "can't divide zero by zero or infinity by infinity",
        (OperationError::NotANumber, BinaryOp::Modulo) => "can't use modulo with zero and infinity",
        _ => error_message(error),
    }
}

fn error_message(error: OperationError) -> &'static str {
    match error {
        OperationError::Null => "argument must not be null",
        OperationError::WrongType => "unsuitable operand type",
        OperationError::NotANumber => "result is not a number",
    }
}
