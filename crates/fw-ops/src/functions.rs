//! Functions of providers, called while an expression is evaluated.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use fw_addr::{AbsProviderConfig, ModulePath, Provider as ProviderAddress};
use fw_eval::ProviderFunctions;
use fw_functions::CallError;
use fw_lang::{ProviderFunction, Signature};
use fw_provider::{FunctionParameter, FunctionSignature, Provider, ProviderSchemas, Providers};
use fw_value::Value;

use crate::runtime::Waiter;
use crate::supply::Supply;

/// Calls functions on processes that are never configured; remembers results, since functions are pure.
pub(crate) struct Functions<'s> {
    supply: &'s Supply,
    waiter: Waiter,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Those that could not be started, too.
    providers: HashMap<ProviderAddress, Option<Running>>,
    /// By provider and function.
    results: HashMap<(ProviderAddress, String), Vec<Call>>,
}

type Running = (Arc<ProviderSchemas>, Arc<dyn Provider>);

/// Arguments and result.
type Call = (Vec<Value>, Value);

impl<'s> Functions<'s> {
    /// Functions of the providers of a supply.
    #[must_use]
    pub(crate) fn new(supply: &'s Supply, waiter: Waiter) -> Self {
        Self { supply, waiter, known: Mutex::default() }
    }

    fn provider(&self, address: &ProviderAddress) -> Option<Running> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).providers.get(address) {
            return known.clone();
        }
        let config = AbsProviderConfig {
            module: ModulePath::root(),
            provider: address.clone(),
            alias: Some("(functions)".into()),
            key: None,
        };
        // The supply's own work is on the pool; only its futures are bound to this thread.
        let found = futures::executor::block_on(async {
            let schemas = self.supply.schemas(address).await.ok()?;
            let provider = self.supply.start(&config).await.ok()?;
            Some((schemas, provider))
        });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.providers.insert(address.clone(), found.clone());
        found
    }
}

impl ProviderFunctions for Functions<'_> {
    fn find(&self, address: &ProviderAddress, function: &str) -> ProviderFunction {
        let Some((schemas, _)) = self.provider(address) else { return ProviderFunction::NoProvider };
        let Some(found) = schemas.function(function) else { return ProviderFunction::NoFunction };
        let named = |parameter: &FunctionParameter| (parameter.name.clone(), parameter.ty.clone());
        ProviderFunction::Known(Signature {
            parameters: found.parameters.iter().map(named).collect(),
            variadic: found.variadic.as_ref().map(named),
            result: found.result.clone(),
        })
    }

    fn call(&self, address: &ProviderAddress, function: &str, arguments: &[Value]) -> Option<Result<Value, CallError>> {
        let (schemas, provider) = self.provider(address)?;
        let signature = schemas.function(function)?;
        let mut marks = fw_value::Marks::NONE;
        let mut plain = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let (value, own) = argument.clone().unmark_deep();
            marks |= own;
            if value.is_null() && parameter(&signature, index).is_some_and(|parameter| !parameter.allow_null) {
                return Some(Err(CallError::Argument(index, "argument must not be null".to_owned())));
            }
            plain.push(value);
        }
        let unknown = plain
            .iter()
            .enumerate()
            .any(|(i, v)| !v.is_wholly_known() && !parameter(&signature, i).is_some_and(|p| p.allow_unknown));
        if unknown {
            return Some(Ok(Value::unknown(signature.result.clone()).with_marks(marks)));
        }
        let known = |k: &Known| {
            let same = k.results.get(&(address.clone(), function.to_owned()))?;
            same.iter().find(|(arguments, _)| *arguments == plain).map(|(_, result)| result.clone())
        };
        if let Some(result) = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Some(Ok(result.with_marks(marks)));
        }
        let (name, given) = (function.to_owned(), plain.clone());
        let answer = self.waiter.wait(async move { provider.call_function(&name, given).await });
        let result = match answer {
            None => Err(CallError::Call("the provider's call did not come back".to_owned())),
            Some(Ok(value)) => Ok(value),
            Some(Err((message, Some(index)))) => Err(CallError::Argument(index, message)),
            Some(Err((message, None))) => Err(CallError::Call(message)),
        };
        if let Ok(value) = &result {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let results = known.results.entry((address.clone(), function.to_owned())).or_default();
            // Looked through one by one: more would cost more than they save.
            if results.len() < 64 {
                results.push((plain, value.clone()));
            }
        }
        Some(result.map(|v| v.with_marks(marks)))
    }
}

fn parameter(signature: &FunctionSignature, index: usize) -> Option<&FunctionParameter> {
    signature.parameters.get(index).or(signature.variadic.as_ref())
}
