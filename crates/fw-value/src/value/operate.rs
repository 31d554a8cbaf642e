//! Arithmetic on values.

use super::{Content, Value};
use crate::{NotANumber, Number, Refinement, Type};

/// Why an operation has no result. Callers convert operands and refuse nulls first, with better words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// An operand is null.
    #[error("argument must not be null")]
    Null,
    /// An operand has a type that the operation does not take.
    #[error("unsuitable operand type")]
    WrongType,
    /// The result is not a number: zero by zero, infinity minus infinity.
    #[error("result is not a number")]
    NotANumber,
}

impl From<NotANumber> for OperationError {
    fn from(_: NotANumber) -> Self {
        Self::NotANumber
    }
}

// The operand's number, or `None` when it is not known yet.
pub(super) fn number_of(value: &Value) -> Result<Option<&Number>, OperationError> {
    match (&value.ty, &value.content) {
        (_, Content::Null) => Err(OperationError::Null),
        (Type::Number | Type::Dynamic, Content::Unknown(_)) => Ok(None),
        (_, Content::Number(n)) => Ok(Some(n)),
        _ => Err(OperationError::WrongType),
    }
}

type Arithmetic = fn(&Number, &Number) -> Result<Number, NotANumber>;

impl Value {
    /// The sum of two numbers.
    ///
    /// # Errors
    /// When an operand is null or no number, or the result is none.
    pub fn add(&self, other: &Self) -> Result<Self, OperationError> {
        self.arithmetic(other, Number::add, Some(Number::add))
    }

    /// The difference of two numbers.
    ///
    /// # Errors
    /// When an operand is null or no number, or the result is none.
    pub fn subtract(&self, other: &Self) -> Result<Self, OperationError> {
        self.arithmetic(other, Number::subtract, Some(Number::subtract))
    }

    /// The product of two numbers.
    ///
    /// # Errors
    /// When an operand is null or no number, or the result is none.
    pub fn multiply(&self, other: &Self) -> Result<Self, OperationError> {
        self.arithmetic(other, Number::multiply, Some(Number::multiply))
    }

    /// The quotient of two numbers; infinite when only the divisor is zero.
    ///
    /// # Errors
    /// When an operand is null or no number, or the result is none.
    pub fn divide(&self, other: &Self) -> Result<Self, OperationError> {
        self.arithmetic(other, Number::divide, None)
    }

    /// What is left of the division of two numbers, with the sign of the dividend.
    ///
    /// # Errors
    /// When an operand is null or no number, or the result is none.
    pub fn modulo(&self, other: &Self) -> Result<Self, OperationError> {
        self.arithmetic(other, Number::modulo, None)
    }

    /// The number with the other sign.
    ///
    /// # Errors
    /// When it is null or no number.
    pub fn negate(&self) -> Result<Self, OperationError> {
        Ok(match number_of(self)? {
            Some(n) => Self::number(n.negate()),
            None => Self::unknown(Type::Number).refine_not_null(),
        }
        .with_marks(self.marks))
    }

    /// The number without its sign.
    ///
    /// # Errors
    /// When it is null or no number.
    pub fn absolute(&self) -> Result<Self, OperationError> {
        Ok(match number_of(self)? {
            Some(n) => Self::number(n.abs()),
            None => {
                let facts = Refinement { number_min: Some((Number::ZERO, true)), ..Refinement::not_null() };
                Self::unknown_refined(Type::Number, facts)
            }
        }
        .with_marks(self.marks))
    }

    fn arithmetic(
        &self,
        other: &Self,
        operation: Arithmetic,
        bounds: Option<Arithmetic>,
    ) -> Result<Self, OperationError> {
        let result = match (number_of(self)?, number_of(other)?) {
            (Some(a), Some(b)) => Self::number(operation(a, b)?),
            _ => {
                let facts = bounds.and_then(|operation| self.bounds_with(other, operation));
                Self::unknown_refined(Type::Number, facts.unwrap_or_else(Refinement::not_null))
            }
        };
        Ok(result.with_marks(self.marks | other.marks))
    }

    // The bounds of the result are among the results of the bounds. One that is not a number says nothing at all.
    fn bounds_with(&self, other: &Self, operation: Arithmetic) -> Option<Refinement> {
        let ends = |v: &Self| {
            let (low, high) = v.bounds()?;
            Some([low, high])
        };
        let (a, b) = (ends(self)?, ends(other)?);
        let mut results = Vec::with_capacity(4);
        for x in &a {
            for y in &b {
                results.push(operation(x, y).ok()?);
            }
        }
        let least = results.iter().min_by(|x, y| x.compare_exact(y))?.clone();
        let greatest = results.iter().max_by(|x, y| x.compare_exact(y))?.clone();
        let minus_infinity = least.is_infinite() && least.has_minus();
        let plus_infinity = greatest.is_infinite() && !greatest.has_minus();
        Some(Refinement::number_between((!minus_infinity).then_some(least), (!plus_infinity).then_some(greatest)))
    }

    /// The numbers between which it is, infinities where nothing is known; `None` when it may be something else than
    /// a number.
    pub(super) fn bounds(&self) -> Option<(Number, Number)> {
        if self.ty != Type::Number {
            return None;
        }
        let range = self.range();
        let low = range.number_min.map_or_else(|| Number::infinity(true), |(n, _)| n);
        let high = range.number_max.map_or_else(|| Number::infinity(false), |(n, _)| n);
        Some((low, high))
    }
}
