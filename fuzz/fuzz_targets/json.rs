//! Any text is read as JSON syntax, and its properties as attributes: nothing may panic.
#![no_main]

use fw_diag::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (body, _) = fw_syntax::parse_json(FileId(0), text);
    drop(body.just_attributes());
    drop(body.outline());
});
