//! Evaluation of expressions, references, type expressions, dynamic blocks and schema-directed decoding.
