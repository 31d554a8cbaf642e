//! What the provider offers.

use fw_provider::{FunctionParameter, FunctionSignature, ProviderSchemas, SchemaTable};
use fw_schema::{Attribute, AttributeType, Block, Schema, StringKind};
use fw_value::{Str, Type};

/// All schemas of the provider.
pub(crate) fn schemas() -> ProviderSchemas {
    ProviderSchemas {
        resources: SchemaTable::from_iter([(crate::data::KIND, data())]),
        data_sources: SchemaTable::from_iter([(crate::remote_state::KIND, remote_state())]),
        functions: SchemaTable::from_iter(functions()),
        capabilities: fw_provider::Capabilities { move_resource_state: true, ..Default::default() },
        ..ProviderSchemas::default()
    }
}

enum Presence {
    Required,
    Optional,
    Computed,
}

fn attribute(ty: Type, presence: &Presence, description: &str) -> Attribute {
    Attribute {
        ty: AttributeType::Value(ty),
        required: matches!(presence, Presence::Required),
        optional: matches!(presence, Presence::Optional),
        computed: matches!(presence, Presence::Computed),
        sensitive: false,
        write_only: false,
        deprecated: false,
        description: description.to_owned(),
        description_kind: if description.is_empty() { StringKind::Plain } else { StringKind::Markdown },
    }
}

fn schema(attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Schema {
    let attributes = attributes.into_iter().map(|(name, attribute)| (Str::from(name), attribute)).collect();
    Schema { version: 0, block: Block { attributes, ..Block::default() } }
}

/// The schema of `terraform_data`.
pub(crate) fn data() -> Schema {
    schema([
        ("input", attribute(Type::Dynamic, &Presence::Optional, "")),
        ("output", attribute(Type::Dynamic, &Presence::Computed, "")),
        ("triggers_replace", attribute(Type::Dynamic, &Presence::Optional, "")),
        ("id", attribute(Type::String, &Presence::Computed, "")),
    ])
}

fn remote_state() -> Schema {
    schema([
        (
            "backend",
            attribute(Type::String, &Presence::Required, "The remote backend to use, e.g. `remote` or `http`."),
        ),
        (
            "config",
            attribute(
                Type::Dynamic,
                &Presence::Optional,
                "The configuration of the remote backend. Although this is optional, most backends require some \
                 configuration.\n\nThe object can use any arguments that would be valid in the equivalent \
                 `terraform { backend \"<TYPE>\" { ... } }` block.",
            ),
        ),
        (
            "defaults",
            attribute(
                Type::Dynamic,
                &Presence::Optional,
                "Default values for outputs, in case the state file is empty or lacks a required output.",
            ),
        ),
        (
            "outputs",
            attribute(
                Type::Dynamic,
                &Presence::Computed,
                "An object containing every root-level output in the remote state.",
            ),
        ),
        (
            "workspace",
            attribute(
                Type::String,
                &Presence::Optional,
                "The Terraform workspace to use, if the backend supports workspaces.",
            ),
        ),
    ])
}

fn functions() -> [(&'static str, FunctionSignature); 3] {
    [
        (
            "decode_tfvars",
            signature(
                ("src", Type::String),
                Type::Dynamic,
                "Parse a string containing syntax like that used in a `.tfvars` file",
                "A rarely-needed function which takes a string containing the content of a `.tfvars` file and returns \
                 an object describing the raw variable values it defines.",
            ),
        ),
        (
            "encode_expr",
            signature(
                ("value", Type::Dynamic),
                Type::String,
                "Produce a string representation of an arbitrary value using Terraform expression syntax",
                "A rarely-needed function which takes any value and produces a string containing Terraform language \
                 expression syntax approximating that value.",
            ),
        ),
        (
            "encode_tfvars",
            signature(
                ("value", Type::Dynamic),
                Type::String,
                "Produce a string representation of an object using the same syntax as for `.tfvars` files",
                "A rarely-needed function which takes an object value and produces a string containing a description \
                 of that object using the same syntax as Terraform CLI would expect in a `.tfvars`.",
            ),
        ),
    ]
}

fn signature(parameter: (&str, Type), result: Type, summary: &str, description: &str) -> FunctionSignature {
    let parameter = FunctionParameter {
        name: parameter.0.to_owned(),
        ty: parameter.1,
        allow_null: false,
        allow_unknown: false,
        description: String::new(),
    };
    FunctionSignature {
        parameters: vec![parameter],
        variadic: None,
        result,
        summary: summary.to_owned(),
        description: description.to_owned(),
        deprecation: String::new(),
    }
}
