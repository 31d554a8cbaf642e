//! The command line: arguments to requests to views.
