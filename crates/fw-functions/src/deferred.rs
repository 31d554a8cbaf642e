//! Descriptions of the functions that the evaluator makes itself, because they evaluate expressions or templates.

use fw_value::Type;

use crate::metadata::{FunctionDescription, ParameterDescription};

/// `can`, `try`, `templatefile` and `templatestring`.
pub(crate) fn descriptions() -> [FunctionDescription; 4] {
    [
        FunctionDescription {
            name: "can",
            description: "`can` says whether its argument can be evaluated without errors.",
            return_type: Type::Bool,
            parameters: vec![parameter("expression", Type::Dynamic, "")],
            variadic: None,
        },
        FunctionDescription {
            name: "try",
            description: "`try` gives the first of its arguments that can be evaluated without errors.",
            return_type: Type::Dynamic,
            parameters: vec![],
            variadic: Some(parameter("expressions", Type::Dynamic, "")),
        },
        FunctionDescription {
            name: "templatefile",
            description: "`templatefile` renders the template in a file with the given variables.",
            return_type: Type::Dynamic,
            parameters: vec![parameter("path", Type::String, ""), parameter("vars", Type::Dynamic, "")],
            variadic: None,
        },
        FunctionDescription {
            name: "templatestring",
            description: "`templatestring` renders a template that is a string of the module with the given variables.",
            return_type: Type::String,
            parameters: vec![
                parameter("template", Type::String, "A plain reference to a string that is a template."),
                parameter("vars", Type::Dynamic, "An object whose attributes are the template's variables."),
            ],
            variadic: None,
        },
    ]
}

fn parameter(name: &'static str, ty: Type, description: &'static str) -> ParameterDescription {
    ParameterDescription { name, description, ty, nullable: false }
}
