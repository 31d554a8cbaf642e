//! Any text is read as native syntax, expression, template and reference, and formatted: nothing may panic.
#![no_main]

use fw_diag::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = FileId(0);
    drop(fw_syntax::parse_native(file, text));
    drop(fw_syntax::parse_expression(file, text, 0));
    drop(fw_syntax::parse_template(file, text));
    drop(fw_syntax::parse_traversal(file, text));
    drop(fw_syntax::fmt::format(text));
});
