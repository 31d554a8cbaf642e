//! The journal beside a state file as the applier's recorder.

use fw_apply::End;
use fw_state::Change;

/// The journal of a state that is kept in a file. Waits for each change to be durable without holding up the others: all that are recorded while one is being synced
/// share the next sync.
pub struct Durable<'r>(pub &'r fw_store::Recorder);

#[async_trait::async_trait(?Send)]
impl fw_apply::Recorder for Durable<'_> {
    async fn record(&self, change: &Change, _end: Option<&End<'_>>) -> Result<(), String> {
        let ticket = self.0.record(change).map_err(|error| error.chain())?;
        ticket.await.map_err(|error| error.chain())
    }
}
