//! Values: equality, order, marks, refinements.
