//! The provider plugin protocol, versions 5 and 6, as generated code.
