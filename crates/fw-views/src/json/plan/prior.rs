//! `prior_state`: the state that changes start from, together with what terraform has read into it by then.

use std::sync::Arc;

use fw_config::Config;
use fw_exec::{ActionReason, Plan, ResourceChange};
use fw_state::{NewObject, ObjectState, ObjectStatus, State};

use crate::json::Schemas;
use crate::json::state::schema_of;

/// The state with the outputs that have their new value already, and with what checks have read.
pub(super) fn state(plan: &Plan, config: &Config, schemas: &Schemas) -> State {
    let mut state = plan.refreshed_state(config);
    // Those of the plan itself stand elsewhere in its document.
    state.check_results = None;
    let nested = |change: &&ResourceChange| change.reason == Some(ActionReason::ReadBecauseCheckNested);
    plan.resource_changes.iter().filter(nested).for_each(|change| add_read(change, schemas, &mut state));
    state
}

/// The data source of a check is read while planning, although its change says that it will be. Of one that could not be
/// read there is what the configuration says.
fn add_read(change: &ResourceChange, schemas: &Schemas, state: &mut State) {
    let offered = schemas.get(&change.provider.provider);
    let schema = offered.and_then(|offered| schema_of(offered, &change.address.resource));
    let encoded = schema.map(|schema| {
        ObjectState::encode(NewObject {
            value: &change.after.clone().unknown_as_null(),
            ty: &schema.implied_type(),
            schema_version: 0,
            identity: None,
            status: ObjectStatus::Ready,
            private: &[],
            dependencies: Arc::from([]),
            create_before_destroy: false,
        })
    });
    if let Some(Ok(object)) = encoded {
        state.set_object(&change.address, None, &change.provider, Some(Arc::new(object)));
    }
}
