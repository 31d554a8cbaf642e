//! Points in time for the applier.

use std::time::Duration;

/// The clock of this machine.
pub(crate) struct Clock;

#[async_trait::async_trait(?Send)]
impl fw_apply::Timer for Clock {
    async fn until(&self, seconds: i64) {
        let left = u64::try_from(seconds - crate::disk::now().0).unwrap_or(0);
        tokio::time::sleep(Duration::from_secs(left)).await;
    }
}
