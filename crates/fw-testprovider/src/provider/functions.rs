//! Calling functions.

use fw_plugin_proto::tfplugin::{CallFunctionRequest, CallFunctionResponse, FunctionError};
use fw_value::Value;
use tonic::Status;

use super::Provider;
use crate::wire;

impl Provider {
    pub(crate) async fn call_function(&self, request: CallFunctionRequest) -> Result<CallFunctionResponse, Status> {
        let function = self.catalogue.functions.get(request.name.as_str());
        let function = function.ok_or_else(|| Status::not_found(format!("there is no function {:?}", request.name)))?;
        let performance = self.begin(&["call"], &request.name, &Value::empty_object()).await?;
        let mut arguments = Vec::with_capacity(request.arguments.len());
        for (index, argument) in request.arguments.iter().enumerate() {
            let parameter = function.parameters.get(index).or(function.variadic.as_ref());
            let parameter = parameter.ok_or_else(|| Status::invalid_argument("too many arguments"))?;
            arguments.push(wire::decode(Some(argument), &parameter.ty)?);
        }
        let told = performance.diagnostics().into_iter().next();
        let outcome = match told {
            Some(problem) => Err((problem.summary, None)),
            None => (function.run)(&arguments),
        };
        match outcome {
            Ok(value) => {
                let result = performance.encode(&performance.change(value)?, &function.result)?;
                Ok(CallFunctionResponse { result, error: None })
            }
            Err((text, argument)) => {
                let function_argument = argument.and_then(|index| i64::try_from(index).ok());
                Ok(CallFunctionResponse { result: None, error: Some(FunctionError { text, function_argument }) })
            }
        }
    }
}
