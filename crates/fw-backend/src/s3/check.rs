//! What is wrong with settings of "s3", without asking anybody.

use fw_value::{Path, Str, Value};

use crate::aws::duration;
use crate::{Problem, Problems, Settings};

/// All that is wrong.
pub(super) fn check(settings: &Settings<'_>) -> Problems {
    let mut problems = Vec::new();
    required(settings, "bucket", &mut problems);
    required(settings, "key", &mut problems);
    slashes(settings, "key", &mut problems);
    let region = settings.around.first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
    if settings.filled("region").is_none() && region.is_none() {
        let detail = "The \"region\" attribute or the \"AWS_REGION\" or \"AWS_DEFAULT_REGION\" environment variables must be \
                      set.";
        problems.push(Problem::at("region", "Missing region value", detail));
    }
    encryption(settings, &mut problems);
    slashes(settings, "workspace_key_prefix", &mut problems);
    deprecated(settings, &mut problems);
    for names in [
        ["shared_credentials_file", "shared_credentials_files"],
        ["force_path_style", "use_path_style"],
        ["allowed_account_ids", "forbidden_account_ids"],
    ] {
        conflict(&names.map(|name| (name, settings.get(name).is_some())), &mut problems);
    }
    for (name, old) in
        [("dynamodb", "dynamodb_endpoint"), ("iam", "iam_endpoint"), ("s3", "endpoint"), ("sts", "sts_endpoint")]
    {
        let nested = settings.object("endpoints").is_some_and(|endpoints| endpoints.get(name).is_some());
        if nested && settings.get(old).is_some() {
            let detail = format!("The parameters \"{old}\" and \"endpoints.{name}\" cannot be configured together.");
            let problem = Problem::at("", "Conflicting Parameters", detail);
            problems.push(Problem { path: Some(Path::root()), ..problem });
        }
    }
    if let Some(role) = settings.object("assume_role") {
        nested(&role, "assume_role", &mut problems);
        if role.text("role_arn").is_none() {
            problems.push(missing("assume_role.role_arn", Path::root().attribute("assume_role").attribute("role_arn")));
        }
    }
    if let Some(web) = settings.object("assume_role_with_web_identity") {
        web_identity(&web, &mut problems);
        nested(&web, "assume_role_with_web_identity", &mut problems);
    }
    if settings.text("retry_mode").is_some_and(|mode| !matches!(mode, "standard" | "adaptive")) {
        let detail = "Valid values are \"standard\" and \"adaptive\".";
        problems.push(Problem::at("retry_mode", "Invalid retry mode", detail));
    }
    problems
}

fn missing(name: &str, path: Path) -> Problem {
    let detail = format!(
        "The attribute \"{name}\" is required by the backend.\n\nRefer to the backend documentation for additional \
         information which attributes are required."
    );
    Problem { path: Some(path), ..Problem::at(name, "Missing Required Value", detail) }
}

fn required(settings: &Settings<'_>, name: &str, problems: &mut Problems) {
    match settings.text(name) {
        None => problems.push(missing(name, Path::root().attribute(name))),
        Some("") => {
            problems.push(Problem::at(name, "Invalid Value", "The value cannot be empty or all whitespace"));
        }
        Some(_) => {}
    }
}

fn slashes(settings: &Settings<'_>, name: &str, problems: &mut Problems) {
    if settings.text(name).is_some_and(|text| text.starts_with('/') || text.ends_with('/')) {
        problems.push(Problem::at(name, "Invalid Value", "The value must not start or end with \"/\""));
    }
}

fn deprecated(settings: &Settings<'_>, problems: &mut Problems) {
    for (old, new) in [
        ("dynamodb_endpoint", "endpoints.dynamodb"),
        ("dynamodb_table", "use_lockfile"),
        ("endpoint", "endpoints.s3"),
        ("force_path_style", "use_path_style"),
        ("iam_endpoint", "endpoints.iam"),
        ("shared_credentials_file", "shared_credentials_files"),
        ("sts_endpoint", "endpoints.sts"),
    ] {
        if settings.get(old).is_some() {
            let detail = format!("The parameter \"{old}\" is deprecated. Use parameter \"{new}\" instead.");
            problems.push(Problem::warning_at(old, "Deprecated Parameter", detail));
        }
    }
}

fn conflict(names: &[(&str, bool)], problems: &mut Problems) {
    if names.iter().filter(|(_, set)| *set).count() > 1 {
        let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let detail = format!("Only one of {} can be set.", all.join(", "));
        problems.push(Problem { detail, ..Problem::error("Invalid Attribute Combination") });
    }
}

fn encryption(settings: &Settings<'_>, problems: &mut Problems) {
    let Some(key) = settings.filled("kms_key_id") else { return };
    if settings.filled("sse_customer_key").is_some() {
        conflict(&[("kms_key_id", true), ("sse_customer_key", true)], problems);
    } else if settings.around.variable("AWS_SSE_CUSTOMER_KEY").is_some() {
        let detail = "Only one of \"kms_key_id\" and the environment variable \"AWS_SSE_CUSTOMER_KEY\" can be set.\n\nThe \
                      \"kms_key_id\" is used for encryption with KMS-Managed Keys (SSE-KMS)\nwhile \
                      \"AWS_SSE_CUSTOMER_KEY\" is used for encryption with customer-managed keys (SSE-C).\nPlease choose \
                      one or the other.";
        problems.push(Problem::at("kms_key_id", "Invalid encryption configuration", detail));
    }
    let is_arn = key.starts_with("arn:");
    let id = if is_arn {
        key.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix("key/").or(Some(resource)))
    } else {
        Some(key)
    };
    if !id.is_some_and(is_key) {
        let what = if is_arn { "ARN" } else { "ID" };
        let detail = format!("Value must be a valid KMS Key {what}, got {}", fw_value::go_quoted(key));
        problems.push(Problem::at("kms_key_id", &format!("Invalid KMS Key {what}"), detail));
    }
}

/// A UUID, the name of a key of several regions, or an alias.
fn is_key(id: &str) -> bool {
    let hex = |text: &str, length: usize| text.len() == length && text.chars().all(|c| c.is_ascii_hexdigit());
    if let Some(alias) = id.strip_prefix("alias/") {
        return !alias.is_empty() && alias.chars().all(|c| c.is_ascii_alphanumeric() || "/_-".contains(c));
    }
    if let Some(rest) = id.strip_prefix("mrk-") {
        return hex(rest, 32);
    }
    let parts: Vec<&str> = id.split('-').collect();
    parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, length)| hex(part, length))
}

fn web_identity(web: &Settings<'_>, problems: &mut Problems) {
    let around = web.around;
    let path = |name: &str| Path::root().attribute("assume_role_with_web_identity").attribute(name);
    if web.filled("role_arn").is_none() && around.variable("AWS_ROLE_ARN").is_none() {
        problems.push(missing("assume_role_with_web_identity.role_arn", path("role_arn")));
    }
    let given = ["web_identity_token", "web_identity_token_file"].map(|name| (name, web.get(name).is_some()));
    conflict(&given, problems);
}

/// Settings that both kinds of roles have.
fn nested(role: &Settings<'_>, name: &str, problems: &mut Problems) {
    let at = |field: &str, summary: &str, detail: String| Problem {
        path: Some(Path::root().attribute(name).attribute(field)),
        ..Problem::at(field, summary, detail)
    };
    if let Some(text) = role.text("duration") {
        match duration(text) {
            None => {
                let detail = format!(
                    "The value {} cannot be parsed as a duration: time: invalid duration {}",
                    fw_value::go_quoted(text),
                    fw_value::go_quoted(text)
                );
                problems.push(at("duration", "Invalid Duration", detail));
            }
            Some(seconds) if !(900..=43_200).contains(&seconds) => {
                let detail = format!("Duration must be between 15m0s and 12h0m0s, had {text}");
                problems.push(at("duration", "Invalid Duration", detail));
            }
            Some(_) => {}
        }
    }
    for field in ["external_id", "policy", "role_arn", "session_name"] {
        if role.text(field).is_some_and(|text| text.trim().is_empty()) {
            let detail = "The value cannot be empty or all whitespace".to_owned();
            problems.push(at(field, "Invalid Value", detail));
        }
    }
    for arn in role.get("policy_arns").into_iter().flat_map(Value::elements).filter_map(Value::as_shared_str) {
        if !is_policy(arn) {
            let detail = format!("The value must be a valid IAM Policy ARN, got {}", fw_value::go_quoted(arn));
            problems.push(at("policy_arns", "Invalid IAM Policy ARN", detail));
        }
    }
}

fn is_policy(arn: &Str) -> bool {
    arn.starts_with("arn:") && arn.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("policy/"))
}
