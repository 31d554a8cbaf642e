//! Any text as an expression of constants, operators, templates and `for`: evaluating it never panics.
#![no_main]

use fw_diag::{Diagnostics, FileId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let (Some(expr), _) = fw_syntax::parse_expression(FileId(0), text, 0) {
        drop(fw_lang::evaluate_constant(&expr, &mut Diagnostics::new()));
        drop(fw_lang::reference::traversals(&expr));
    }
});
