//! Provider-defined functions.

use fw_plugin_proto::tfplugin::{CallFunctionRequest, DynamicValue};
use fw_provider::{FunctionSignature, ProviderDiagnostics};
use fw_value::Value;

use crate::client::call;
use crate::convert::value;
use crate::plugin::Plugin;

/// Why a call failed, and the argument at fault.
type Failure = (String, Option<usize>);

impl Plugin {
    pub(crate) async fn call(&self, name: &str, arguments: Vec<Value>) -> Result<Value, Failure> {
        let schemas = self.schemas_or_why().await.map_err(in_words)?;
        let Some(signature) = schemas.function(name) else {
            let problem = schemas.functions.problem(name).map(|p| format!(": {p}")).unwrap_or_default();
            return Err((format!("the provider has no usable function {name:?}{problem}"), None));
        };
        let arguments = encode_arguments(&signature, &arguments)?;
        let request = CallFunctionRequest { name: name.to_owned(), arguments };
        let response = call!(self, "CallFunction", call_function, request).map_err(in_words)?;
        if let Some(error) = response.error {
            let argument = error.function_argument.and_then(|index| usize::try_from(index).ok());
            return Err((error.text, argument));
        }
        value::decode(response.result, &signature.result).map_err(in_words)
    }
}

fn encode_arguments(signature: &FunctionSignature, arguments: &[Value]) -> Result<Vec<DynamicValue>, Failure> {
    let encode = |(index, argument): (usize, &Value)| {
        let parameter = signature.parameters.get(index).or(signature.variadic.as_ref());
        let Some(parameter) = parameter else { return Err(("too many arguments".to_owned(), None)) };
        value::encode(argument, &parameter.ty).map_err(|why| (in_words(why).0, Some(index)))
    };
    if arguments.len() < signature.parameters.len() {
        return Err(("not enough arguments".to_owned(), None));
    }
    arguments.iter().enumerate().map(encode).collect()
}

/// Functions fail with a sentence, not with diagnostics.
fn in_words(diagnostics: ProviderDiagnostics) -> Failure {
    let one = |d: fw_provider::ProviderDiagnostic| {
        if d.detail.is_empty() { d.summary } else { format!("{}: {}", d.summary, d.detail) }
    };
    (diagnostics.into_iter().map(one).collect::<Vec<_>>().join("; "), None)
}
