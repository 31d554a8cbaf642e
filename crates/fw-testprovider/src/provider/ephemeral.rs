//! Ephemeral resources: tokens that must be renewed and given back.

use std::time::{SystemTime, UNIX_EPOCH};

use fw_plugin_proto::Bytes;
use fw_plugin_proto::tfplugin::{
    CloseEphemeralResourceRequest, CloseEphemeralResourceResponse, OpenEphemeralResourceRequest,
    OpenEphemeralResourceResponse, RenewEphemeralResourceRequest, RenewEphemeralResourceResponse, Timestamp,
    ValidateEphemeralResourceConfigRequest, ValidateEphemeralResourceConfigResponse,
};
use fw_value::json::Node;
use fw_value::{Number, Value};
use tonic::Status;

use super::{Provider, type_of};
use crate::{fill, wire};

impl Provider {
    pub(crate) async fn validate_ephemeral(
        &self,
        request: ValidateEphemeralResourceConfigRequest,
    ) -> Result<ValidateEphemeralResourceConfigResponse, Status> {
        let kind = self.ephemeral_kind(&request.type_name)?;
        let config = wire::decode(request.config.as_ref(), &type_of(kind))?;
        let performance = self.begin(&["validate_ephemeral"], &request.type_name, &config).await?;
        Ok(ValidateEphemeralResourceConfigResponse { diagnostics: performance.diagnostics() })
    }

    pub(crate) async fn open(
        &self,
        request: OpenEphemeralResourceRequest,
    ) -> Result<OpenEphemeralResourceResponse, Status> {
        let kind = self.ephemeral_kind(&request.type_name)?;
        let ty = type_of(kind);
        let config = wire::decode(request.config.as_ref(), &ty)?;
        let performance = self.begin(&["open"], &request.type_name, &config).await?;
        let name = fill::text(&config, "name").unwrap_or_default();
        let opened = fill::with(&config, "token", Value::string(format!("token-{name}")));
        let opened = fill::with(&opened, "opened", Value::number(1));
        let renew_after = config.attr_ref("renew_after").and_then(Value::as_number).and_then(Number::to_i64);
        let remembered = remember(name, renew_after, fill::text(&config, "script"));
        Ok(OpenEphemeralResourceResponse {
            diagnostics: performance.diagnostics(),
            renew_at: renew_after.map(seconds_from_now),
            result: performance.encode(&performance.change(opened)?, &ty)?,
            private: Some(performance.private(remembered)),
            deferred: performance.deferred(),
        })
    }

    pub(crate) async fn renew(
        &self,
        request: RenewEphemeralResourceRequest,
    ) -> Result<RenewEphemeralResourceResponse, Status> {
        let private = request.private.unwrap_or_default();
        let subject = subject(&private);
        let performance = self.begin(&["renew"], &request.type_name, &subject).await?;
        let again = subject.attr_ref("renew_after").and_then(Value::as_number).and_then(Number::to_i64);
        Ok(RenewEphemeralResourceResponse {
            diagnostics: performance.diagnostics(),
            renew_at: again.map(seconds_from_now),
            private: Some(performance.private(private)),
        })
    }

    pub(crate) async fn close(
        &self,
        request: CloseEphemeralResourceRequest,
    ) -> Result<CloseEphemeralResourceResponse, Status> {
        let subject = subject(&request.private.unwrap_or_default());
        let performance = self.begin(&["close"], &request.type_name, &subject).await?;
        Ok(CloseEphemeralResourceResponse { diagnostics: performance.diagnostics() })
    }
}

fn seconds_from_now(seconds: i64) -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Timestamp { seconds: i64::try_from(now).unwrap_or_default().saturating_add(seconds), nanos: 0 }
}

/// Private data with what renewing and closing need.
fn remember(name: &str, renew_after: Option<i64>, script: Option<&str>) -> Bytes {
    let mut members = vec![("name".to_owned(), Node::String(name.to_owned()))];
    members.extend(renew_after.map(|after| ("renew_after".to_owned(), Node::Number(after.to_string()))));
    members.extend(script.map(|script| ("script".to_owned(), Node::String(script.to_owned()))));
    Node::Object(members).to_string().into()
}

fn subject(private: &[u8]) -> Value {
    let text = String::from_utf8_lossy(private);
    let ty = fw_value::json::implied_type(&text).ok();
    let value = ty.and_then(|ty| fw_value::json::unmarshal_str(&text, &ty).ok());
    value.unwrap_or_else(Value::empty_object)
}
