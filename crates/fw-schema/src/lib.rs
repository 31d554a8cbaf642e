//! Configuration schemas: implied types, coercion and decoding specifications.
