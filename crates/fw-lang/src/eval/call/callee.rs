//! What a function name means.

use fw_diag::{Diagnostic, FunctionCall, FunctionSignature};
use fw_functions::{Function, Parameter};
use fw_value::{Type, json};

use crate::{ProviderFunction, Scope, Signature};

/// What is called.
pub(in crate::eval) enum Callee<'s> {
    /// A function on values.
    Builtin(&'s Function),
    /// A function of a provider.
    Provider { provider: &'s str, function: &'s str, signature: Signature },
    /// `try`
    Try,
    /// `can`
    Can,
    /// `templatefile`
    TemplateFile,
    /// `templatestring`
    TemplateString,
    /// `type` of the console.
    TypeOf,
}

/// A parameter as far as the caller is concerned.
pub(in crate::eval) struct Formal<'s> {
    pub(in crate::eval) name: &'s str,
    pub(in crate::eval) ty: &'s Type,
}

impl<'s> Callee<'s> {
    /// The function of this name; `None` when there is none.
    pub(super) fn find(name: &'s str, scope: &'s dyn Scope) -> Option<Self> {
        let bare = name.strip_prefix("core::").unwrap_or(name);
        if !bare.contains("::") {
            return match bare {
                "try" => Some(Self::Try),
                "can" => Some(Self::Can),
                "templatefile" => Some(Self::TemplateFile),
                "templatestring" => Some(Self::TemplateString),
                "type" if scope.is_console() => Some(Self::TypeOf),
                _ => scope.functions().builtin(bare).map(Self::Builtin),
            };
        }
        let (provider, function) = of_provider(name)?;
        match scope.functions().provider_function(provider, function) {
            ProviderFunction::Known(signature) => Some(Self::Provider { provider, function, signature }),
            ProviderFunction::NoProvider | ProviderFunction::NoFunction => None,
        }
    }

    /// Positional parameters and the variadic one.
    pub(super) fn formals(&self) -> (Vec<Formal<'_>>, Option<Formal<'_>>) {
        let all =
            |names: &[(&'static str, &'static Type)]| names.iter().map(|(name, ty)| Formal { name, ty }).collect();
        let (positional, variadic) = match self {
            Self::Builtin(function) => (&function.parameters, &function.variadic),
            Self::Provider { signature: Signature { parameters, variadic, .. }, .. } => {
                return (parameters.iter().map(Formal::named).collect(), variadic.as_ref().map(Formal::named));
            }
            Self::Try => return (Vec::new(), Some(Formal { name: "expressions", ty: &Type::Dynamic })),
            Self::Can => return (all(&[("expression", &Type::Dynamic)]), None),
            Self::TemplateFile => return (all(&[("path", &Type::String), ("vars", &Type::Dynamic)]), None),
            Self::TemplateString => return (all(&[("template", &Type::Dynamic), ("vars", &Type::Dynamic)]), None),
            Self::TypeOf => return (all(&[("value", &Type::Dynamic)]), None),
        };
        (positional.iter().map(Formal::of).collect(), variadic.as_ref().map(Formal::of))
    }

    /// The name of the parameter for an argument.
    pub(super) fn parameter_name(&self, index: usize) -> String {
        let (positional, variadic) = self.formals();
        positional.get(index).or(variadic.as_ref()).map_or_else(String::new, |f| f.name.to_owned())
    }

    /// The call for diagnostics.
    pub(super) fn described(&self, called_as: &str) -> FunctionCall {
        let name = called_as.rsplit("::").next().unwrap_or(called_as).to_owned();
        let described = |f: &Formal<'_>| (f.name.to_owned(), json::type_to_json(f.ty));
        let (positional, variadic) = self.formals();
        let signature = FunctionSignature {
            name,
            parameters: positional.iter().map(described).collect(),
            variadic: variadic.as_ref().map(described),
            return_type: json::type_to_json(&self.return_type()),
        };
        FunctionCall { called_as: called_as.to_owned(), signature: Some(signature) }
    }

    fn return_type(&self) -> Type {
        match self {
            Self::Builtin(function) => function.general_result_type(),
            Self::Can => Type::Bool,
            Self::Provider { signature, .. } => signature.result.clone(),
            Self::Try | Self::TemplateFile | Self::TemplateString | Self::TypeOf => Type::Dynamic,
        }
    }
}

impl<'s> Formal<'s> {
    fn of(parameter: &'s Parameter) -> Self {
        Self { name: parameter.name, ty: &parameter.ty }
    }

    fn named((name, ty): &'s (String, Type)) -> Self {
        Self { name, ty }
    }
}

/// Provider and function of `provider::local_name::function`.
fn of_provider(name: &str) -> Option<(&str, &str)> {
    let (provider, function) = name.strip_prefix("provider::")?.split_once("::")?;
    (!function.contains("::")).then_some((provider, function))
}

/// What is said of a name that is no function. Inside `try` and `can` the message has not yet been made clearer.
pub(super) fn unknown_function(name: &str, scope: &dyn Scope, plain: bool) -> Diagnostic {
    let Some((namespace, function)) = name.rsplit_once("::") else {
        let mut names = scope.functions().names();
        names.extend(["try", "can", "templatefile", "templatestring"]);
        names.sort_unstable();
        let hint = fw_syntax::suggestion(name, names).map_or_else(String::new, |s| format!(" Did you mean \"{s}\"?"));
        return Diagnostic::error("Call to unknown function", format!("There is no function named \"{name}\".{hint}"));
    };
    if plain {
        let detail = format!("There are no functions in namespace \"{namespace}::\".");
        return Diagnostic::error("Call to unknown function", detail);
    }
    let lacks_function =
        |provider: &str| scope.functions().provider_function(provider, function) == ProviderFunction::NoFunction;
    let detail = match namespace.strip_prefix("provider::") {
        Some(provider) if !provider.contains("::") && lacks_function(provider) => {
            format!("The function \"{function}\" is not available from the provider \"{provider}\".")
        }
        Some(provider) if !provider.contains("::") => format!(
            "There is no function named \"{name}\". Ensure that provider name \"{provider}\" is declared in this module's \
             required_providers block, and that this provider offers a function named \"{function}\"."
        ),
        _ if namespace == "provider" => {
            r#"The function call must include the provider name after the "provider::" prefix."#.to_owned()
        }
        _ => format!(
            "The function namespace \"{namespace}\" is not valid. Provider function calls must use the \"provider::\" \
             namespace prefix."
        ),
    };
    Diagnostic::error("Unknown provider function", detail)
}
