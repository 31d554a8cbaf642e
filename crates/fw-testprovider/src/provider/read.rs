//! Reading objects: what the cloud says of them now.

use fw_plugin_proto::tfplugin::{ReadResourceRequest, ReadResourceResponse};
use fw_value::{Type, Value};
use tonic::Status;

use super::plan::identity;
use super::{Provider, problem, type_of};
use crate::{fill, wire};

impl Provider {
    pub(crate) async fn read(&self, request: ReadResourceRequest) -> Result<ReadResourceResponse, Status> {
        let kind = self.resource(&request.type_name)?;
        let ty = type_of(kind);
        let current = wire::decode(request.current_state.as_ref(), &ty)?;
        let performance = self.begin(&["read"], &request.type_name, &current).await?;
        let mut diagnostics = performance.diagnostics();
        diagnostics.extend(performance.check_private(&request.private));
        diagnostics.extend(performance.check_meta(request.provider_meta.as_ref()));
        let found = self.look_up(&request.type_name, &ty, &current).unwrap_or_else(|mistake| {
            diagnostics.push(problem("The object in the cloud is broken", &mistake, None));
            current
        });
        let object = performance.change(found)?;
        Ok(ReadResourceResponse {
            new_state: performance.encode(&object, &ty)?,
            diagnostics,
            private: performance.private(request.private),
            deferred: performance.deferred(),
            new_identity: identity(kind, &object, request.current_identity, performance.identity())?,
        })
    }

    /// The object as the cloud has it; null when it is gone.
    fn look_up(&self, kind: &str, ty: &Type, current: &Value) -> Result<Value, String> {
        let cloud = self.cloud();
        let Some(id) = fill::text(current, "id").filter(|_| cloud.is_there()) else { return Ok(current.clone()) };
        match cloud.get(kind, id) {
            Ok(Some(node)) => fill::from_json(&node, ty, current),
            Ok(None) => Ok(Value::null(current.ty().clone())),
            Err(error) => Err(error.to_string()),
        }
    }
}
