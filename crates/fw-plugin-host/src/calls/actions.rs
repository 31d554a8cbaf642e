//! Actions: what a provider does beside managing objects.

use fw_plugin_proto::tfplugin::invoke_action_event::Type as Event;
use fw_plugin_proto::tfplugin::{InvokeActionRequest, PlanActionRequest, ValidateActionConfigRequest};
use fw_provider::Progress;
use fw_value::Value;

use super::{Outcome, answer, capabilities, refuse_deferred};
use crate::client::call;
use crate::convert::diagnostic::error;
use crate::convert::value;
use crate::plugin::Plugin;

impl Plugin {
    pub(crate) async fn validate_action_config(&self, kind: &str, config: Value) -> Outcome<()> {
        let ty = self.action(kind).await?.implied_type();
        let config = Some(value::encode(&config, &ty)?);
        let request = ValidateActionConfigRequest { action_type: kind.to_owned(), config };
        let response = call!(self, "ValidateActionConfig", validate_action_config, request)?;
        Ok(answer(response.diagnostics, || Ok(())))
    }

    pub(crate) async fn plan_one_action(&self, kind: &str, config: Value) -> Outcome<()> {
        let ty = self.action(kind).await?.implied_type();
        let request = PlanActionRequest {
            action_type: kind.to_owned(),
            config: Some(value::encode(&config, &ty)?),
            client_capabilities: capabilities(),
        };
        let response = call!(self, "PlanAction", plan_action, request)?;
        Ok(answer(response.diagnostics, || refuse_deferred(response.deferred.as_ref(), kind)))
    }

    pub(crate) async fn invoke_one_action(&self, kind: &str, config: Value, progress: &Progress<'_>) -> Outcome<()> {
        let ty = self.action(kind).await?.implied_type();
        let request = InvokeActionRequest {
            action_type: kind.to_owned(),
            config: Some(value::encode(&config, &ty)?),
            client_capabilities: capabilities(),
        };
        let mut stream = call!(self, "InvokeAction", invoke_action, request)?;
        loop {
            let event = match stream.message().await {
                Ok(event) => event.map(|event| event.r#type),
                Err(status) => return Err(self.explain("InvokeAction", status).await),
            };
            match event {
                Some(Some(Event::Progress(told))) => progress(&told.message),
                Some(Some(Event::Completed(done))) => return Ok(answer(done.diagnostics, || Ok(()))),
                Some(None) => {}
                None => {
                    let detail =
                        format!("The provider ended its answer on the action \"{kind}\" without saying how it went.");
                    return Err(vec![error("Provider did not complete the action", detail)]);
                }
            }
        }
    }
}
