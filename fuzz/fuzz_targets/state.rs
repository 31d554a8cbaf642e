//! Any bytes as a state file: never a panic, and what is a state is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(state) = fw_state::read(bytes) else { return };
    let Ok(text) = fw_state::write(&state) else { return };
    let again = fw_state::read(text.as_bytes()).expect("what was written can be read");
    assert!(again.same_content(&state));
});
