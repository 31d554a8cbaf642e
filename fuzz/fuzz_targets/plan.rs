//! Any bytes as a saved plan and as the plan inside one: never a panic, and what is a plan is written and read again as the
//! same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    drop(fw_ops::SavedPlan::from_bytes(bytes));
    // The checksum is made right, or nothing would come any further.
    let mut sealed = bytes.to_vec();
    sealed.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
    let Ok(plan) = fw_exec::file::decode(&sealed) else { return };
    let Ok(text) = fw_exec::file::encode(&plan) else { return };
    let again = fw_exec::file::decode(&text).expect("what was written can be read");
    assert_eq!(again.resource_changes, plan.resource_changes);
});
