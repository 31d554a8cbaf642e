//! Actions: they tell how far they are, and leave nothing but a line in the log of calls.

use fw_plugin_proto::tfplugin::invoke_action_event::{Completed, Progress, Type as Event};
use fw_plugin_proto::tfplugin::{
    InvokeActionEvent, InvokeActionRequest, PlanActionRequest, PlanActionResponse, ValidateActionConfigRequest,
    ValidateActionConfigResponse,
};
use fw_value::{Number, Value};
use tonic::Status;

use super::{Provider, type_of};
use crate::wire;

impl Provider {
    pub(crate) async fn validate_action(
        &self,
        request: ValidateActionConfigRequest,
    ) -> Result<ValidateActionConfigResponse, Status> {
        let kind = self.action(&request.action_type)?;
        let config = wire::decode(request.config.as_ref(), &type_of(kind))?;
        let performance = self.begin(&["validate_action"], &request.action_type, &config).await?;
        Ok(ValidateActionConfigResponse { diagnostics: performance.diagnostics() })
    }

    pub(crate) async fn plan_action(&self, request: PlanActionRequest) -> Result<PlanActionResponse, Status> {
        let kind = self.action(&request.action_type)?;
        let config = wire::decode(request.config.as_ref(), &type_of(kind))?;
        let performance = self.begin(&["plan_action"], &request.action_type, &config).await?;
        Ok(PlanActionResponse { diagnostics: performance.diagnostics(), deferred: performance.deferred() })
    }

    pub(crate) async fn invoke(&self, request: InvokeActionRequest) -> Result<Vec<InvokeActionEvent>, Status> {
        let kind = self.action(&request.action_type)?;
        let config = wire::decode(request.config.as_ref(), &type_of(kind))?;
        let performance = self.begin(&["invoke"], &request.action_type, &config).await?;
        let steps = config.attr_ref("steps").and_then(Value::as_number).and_then(Number::to_i64).unwrap_or(1);
        let progress = |step| Event::Progress(Progress { message: format!("step {step} of {steps}") });
        let completed = Event::Completed(Completed { diagnostics: performance.diagnostics() });
        let events = (1..=steps).map(progress).chain([completed]);
        Ok(events.map(|event| InvokeActionEvent { r#type: Some(event) }).collect())
    }
}
