//! Data sources.

use fw_plugin_proto::tfplugin::{
    Diagnostic, ReadDataSourceRequest, ReadDataSourceResponse, ValidateDataResourceConfigRequest,
    ValidateDataResourceConfigResponse,
};
use fw_value::json::Node;
use fw_value::{Path, Type, Value};
use tonic::Status;

use super::{Provider, broken_cloud, problem, type_of};
use crate::{fill, wire};

impl Provider {
    pub(crate) async fn validate_data(
        &self,
        request: ValidateDataResourceConfigRequest,
    ) -> Result<ValidateDataResourceConfigResponse, Status> {
        let kind = self.data_source(&request.type_name)?;
        let config = wire::decode(request.config.as_ref(), &type_of(kind))?;
        let performance = self.begin(&["validate_data"], &request.type_name, &config).await?;
        Ok(ValidateDataResourceConfigResponse { diagnostics: performance.diagnostics() })
    }

    pub(crate) async fn read_data(&self, request: ReadDataSourceRequest) -> Result<ReadDataSourceResponse, Status> {
        let kind = self.data_source(&request.type_name)?;
        let ty = type_of(kind);
        let config = wire::decode(request.config.as_ref(), &ty)?;
        let performance = self.begin(&["data"], &request.type_name, &config).await?;
        let mut diagnostics = performance.diagnostics();
        diagnostics.extend(performance.check_meta(request.provider_meta.as_ref()));
        let result = if request.type_name == "fwtest_lookup" {
            self.find_by_name(&ty, &config, &mut diagnostics)
        } else {
            fill::decide(&fill::open(&kind.schema.block, &config))
        };
        let state = performance.encode(&performance.change(result)?, &ty)?;
        Ok(ReadDataSourceResponse { state, diagnostics, deferred: performance.deferred() })
    }

    /// The object with the name that is asked for.
    fn find_by_name(&self, ty: &Type, config: &Value, diagnostics: &mut Vec<Diagnostic>) -> Value {
        let name = fill::text(config, "name").unwrap_or_default();
        let kind = fill::text(config, "kind").unwrap_or("fwtest_object");
        let found = self.cloud().find(kind, name).unwrap_or_else(|error| {
            diagnostics.push(broken_cloud(&error));
            None
        });
        if found.is_none() && config.attr_ref("must_exist").and_then(Value::as_bool) == Some(true) {
            let path = Path::root().attribute("name");
            diagnostics.push(problem("Not found", &format!("There is no {kind} named {name:?}."), Some(&path)));
        }
        let wanted = ["id", "tags", "etag"];
        let members = found.as_ref().and_then(Node::as_object).unwrap_or_default();
        let members = members.iter().filter(|(key, _)| wanted.contains(&key.as_str())).cloned().collect();
        let result = fill::from_json(&Node::Object(members), ty, config).unwrap_or_else(|_misfit| config.clone());
        let result = fill::with(&result, "found", Value::bool(found.is_some()));
        let echo = config.attr_ref("echo").cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
        fill::with(&result, "echoed", echo)
    }
}
