//! What may be written in provisioner and connection blocks.

use fw_schema::{Attribute, Block};
use fw_value::{Str, Type};

/// The schema of a provisioner; `None` for one that does not exist.
#[must_use]
pub fn provisioner_schema(kind: &str) -> Option<Block> {
    let strings = || Type::list(Type::String);
    let attributes: &[(&str, Type, bool)] = match kind {
        "local-exec" => &[
            ("command", Type::String, true),
            ("interpreter", strings(), false),
            ("working_dir", Type::String, false),
            ("environment", Type::map(Type::String), false),
            ("quiet", Type::Bool, false),
        ],
        "remote-exec" => {
            &[("inline", strings(), false), ("script", Type::String, false), ("scripts", strings(), false)]
        }
        "file" => {
            &[("source", Type::String, false), ("content", Type::String, false), ("destination", Type::String, true)]
        }
        _ => return None,
    };
    Some(block(attributes.iter().cloned()))
}

/// The schema of `connection` blocks, for all types of connection.
#[must_use]
pub fn connection_schema() -> Block {
    const TEXTS: [&str; 20] = [
        "type",
        "user",
        "password",
        "timeout",
        "script_path",
        "target_platform",
        "private_key",
        "certificate",
        "host_key",
        "agent_identity",
        "proxy_scheme",
        "proxy_host",
        "proxy_user_name",
        "proxy_user_password",
        "bastion_host",
        "bastion_host_key",
        "bastion_user",
        "bastion_password",
        "bastion_private_key",
        "bastion_certificate",
    ];
    let texts = TEXTS.map(|name| (name, Type::String, false));
    let numbers = ["port", "proxy_port", "bastion_port"].map(|name| (name, Type::Number, false));
    let bools = ["agent", "https", "insecure", "use_ntlm"].map(|name| (name, Type::Bool, false));
    let others = [("host", Type::String, true), ("cacert", Type::String, false)];
    block(texts.into_iter().chain(numbers).chain(bools).chain(others))
}

fn block<'n>(attributes: impl Iterator<Item = (&'n str, Type, bool)>) -> Block {
    let attribute = |(name, ty, required)| {
        let attribute = Attribute { required, optional: !required, ..Attribute::optional(ty) };
        (Str::from(name), attribute)
    };
    Block { attributes: attributes.map(attribute).collect(), ..Block::default() }
}
