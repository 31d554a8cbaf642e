//! From the settings of a block to a client whose credentials are known.

use fw_value::Type;

use super::{Aws, Credentials, Endpoints, Sources, account, resolve};
use crate::kind::failed;
use crate::transport::{Retries, Security, Transport};
use crate::{Attributes, Problem, Problems, Settings, Surroundings};

/// The settings of a connection: as the backend `s3` has them, with sets, and as keys of AWS have them, with lists.
pub(crate) fn attributes(several: fn(std::sync::Arc<Type>) -> Type, of_role: &[&str]) -> Attributes {
    let texts = several(Type::String.into());
    let role = |more: &[&str]| {
        let attributes = Attributes::new().texts(&["role_arn", "duration", "policy", "session_name"]);
        attributes.texts(more).with(&texts, &["policy_arns"])
    };
    let assumed = role(of_role).with(&Type::Map(Type::String.into()), &["tags"]).with(&texts, &["transitive_tag_keys"]);
    Attributes::new()
        .texts(&[
            "access_key",
            "custom_ca_bundle",
            "ec2_metadata_service_endpoint",
            "ec2_metadata_service_endpoint_mode",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "profile",
            "region",
            "retry_mode",
            "secret_key",
            "sts_region",
            "token",
        ])
        .flags(&[
            "insecure",
            "skip_credentials_validation",
            "skip_metadata_api_check",
            "skip_requesting_account_id",
            "use_dualstack_endpoint",
            "use_fips_endpoint",
        ])
        .numbers(&["max_retries"])
        .with(
            &texts,
            &["allowed_account_ids", "forbidden_account_ids", "shared_config_files", "shared_credentials_files"],
        )
        .object("assume_role", assumed)
        .object("assume_role_with_web_identity", role(&["web_identity_token", "web_identity_token_file"]))
}

/// A client with credentials, which are known to be good where that was to be found out.
pub(crate) fn connected(settings: &Settings<'_>, region: &str) -> Result<Aws, Problems> {
    let around = proxied(settings);
    let bundle = settings.text_or("custom_ca_bundle", &["AWS_CA_BUNDLE"]).filter(|path| !path.is_empty());
    let authorities = bundle
        .map(|path| std::fs::read(around.path(path)).map_err(|error| failed(format!("custom_ca_bundle: {error}"))))
        .transpose()?;
    let security = Security { authorities, identity: None, trust_all: settings.flag("insecure").unwrap_or(false) };
    let most = settings.number_or("max_retries", "AWS_MAX_ATTEMPTS").unwrap_or(5);
    let unsigned = Aws {
        transport: Transport::new(&around, &security).map_err(failed)?,
        endpoints: Endpoints::of(settings, region),
        credentials: Credentials { key: String::new(), secret: String::new(), token: None },
        retries: Retries { most, ..Retries::USUAL },
    };
    let sources = Sources { settings: *settings, aws: unsigned.clone() };
    let credentials = resolve(&sources).map_err(|why| {
        let summary =
            if why.starts_with("IAM Role") { "Cannot assume IAM Role" } else { "No valid credential sources found" };
        let detail = if why.starts_with("IAM Role") {
            why
        } else {
            format!(
                "Please see https://developer.hashicorp.com/terraform/language/backend/s3\nfor more information about \
                 providing credentials.\n\nError: {why}\n"
            )
        };
        vec![Problem { detail, ..Problem::error(summary) }]
    })?;
    let aws = Aws { credentials, ..unsigned };
    let (allowed, forbidden) = (settings.texts("allowed_account_ids"), settings.texts("forbidden_account_ids"));
    let validates = settings.flag("skip_credentials_validation") != Some(true);
    if validates || allowed.is_some() || forbidden.is_some() {
        let account = account(&aws).map_err(|error| {
            let detail = "";
            let summary = format!("validating provider credentials: retrieving caller identity from STS: {error}");
            vec![Problem { detail: detail.to_owned(), ..Problem::error(summary) }]
        })?;
        let refused = forbidden.is_some_and(|ids| ids.contains(&account))
            || allowed.is_some_and(|ids| !ids.is_empty() && !ids.contains(&account));
        if refused {
            let detail = format!("AWS account ID not allowed: {account}");
            return Err(vec![Problem { detail, ..Problem::error("Invalid account ID") }]);
        }
    }
    Ok(aws)
}

/// The surroundings with the proxies of the settings.
fn proxied(settings: &Settings<'_>) -> Surroundings {
    let mut around = settings.around.clone();
    for (name, variable) in [("http_proxy", "HTTP_PROXY"), ("https_proxy", "HTTPS_PROXY"), ("no_proxy", "NO_PROXY")] {
        if let Some(value) = settings.text(name) {
            around.variables.insert(variable.to_owned(), value.to_owned());
        }
    }
    around
}
