//! Logic on values, and comparisons by order.

use std::cmp::Ordering;

use super::operate::number_of;
use super::{Content, OperationError, Value};
use crate::Type;

fn bool_of(value: &Value) -> Result<Option<bool>, OperationError> {
    match (&value.ty, &value.content) {
        (_, Content::Null) => Err(OperationError::Null),
        (Type::Bool | Type::Dynamic, Content::Unknown(_)) => Ok(None),
        (_, Content::Bool(b)) => Ok(Some(*b)),
        _ => Err(OperationError::WrongType),
    }
}

impl Value {
    pub(super) fn unknown_bool() -> Self {
        Self::unknown(Type::Bool).refine_not_null()
    }

    fn maybe_bool(answer: Option<bool>) -> Self {
        answer.map_or_else(Self::unknown_bool, Self::bool)
    }

    /// The opposite.
    ///
    /// # Errors
    /// When it is null or no bool.
    pub fn not(&self) -> Result<Self, OperationError> {
        Ok(Self::maybe_bool(bool_of(self)?.map(|b| !b)).with_marks(self.marks))
    }

    /// Whether both are true; false as soon as either is known to be false.
    ///
    /// # Errors
    /// When an operand is null or no bool.
    pub fn and(&self, other: &Self) -> Result<Self, OperationError> {
        let answer = match (bool_of(self)?, bool_of(other)?) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
        Ok(Self::maybe_bool(answer).with_marks(self.marks | other.marks))
    }

    /// Whether either is true; true as soon as either is known to be true.
    ///
    /// # Errors
    /// When an operand is null or no bool.
    pub fn or(&self, other: &Self) -> Result<Self, OperationError> {
        let answer = match (bool_of(self)?, bool_of(other)?) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
        Ok(Self::maybe_bool(answer).with_marks(self.marks | other.marks))
    }

    /// Whether a number is less than another.
    ///
    /// # Errors
    /// When an operand is null or no number.
    pub fn less_than(&self, other: &Self) -> Result<Self, OperationError> {
        self.order_is(other, Ordering::Less)
    }

    /// Whether a number is greater than another.
    ///
    /// # Errors
    /// When an operand is null or no number.
    pub fn greater_than(&self, other: &Self) -> Result<Self, OperationError> {
        self.order_is(other, Ordering::Greater)
    }

    /// Whether a number is less than another or equal to it.
    ///
    /// # Errors
    /// When an operand is null or no number.
    pub fn less_than_or_equal(&self, other: &Self) -> Result<Self, OperationError> {
        self.less_than(other)?.or(&self.equals(other))
    }

    /// Whether a number is greater than another or equal to it.
    ///
    /// # Errors
    /// When an operand is null or no number.
    pub fn greater_than_or_equal(&self, other: &Self) -> Result<Self, OperationError> {
        self.greater_than(other)?.or(&self.equals(other))
    }

    fn order_is(&self, other: &Self, wanted: Ordering) -> Result<Self, OperationError> {
        let answer = match (number_of(self)?, number_of(other)?) {
            (Some(a), Some(b)) => Some(a.compare_exact(b) == wanted),
            _ => self.order_by_bounds(other).map(|order| order == wanted),
        };
        Ok(Self::maybe_bool(answer).with_marks(self.marks | other.marks))
    }

    // The order where the bounds alone decide it.
    fn order_by_bounds(&self, other: &Self) -> Option<Ordering> {
        let (low, high) = self.bounds()?;
        let (other_low, other_high) = other.bounds()?;
        if high.compare_exact(&other_low) == Ordering::Less {
            Some(Ordering::Less)
        } else if low.compare_exact(&other_high) == Ordering::Greater {
            Some(Ordering::Greater)
        } else {
            None
        }
    }
}
