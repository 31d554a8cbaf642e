//! Credentials that the machine or the container we run on has.

use super::Credentials;
use super::sign::encode;
use crate::Settings;
use crate::transport::{Answer, Request, Retries, Transport};

/// What the answers of both have.
pub(super) fn parsed(text: &str) -> Option<Credentials> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let field = |name: &str| json.get(name)?.as_str().map(str::to_owned);
    let token = field("Token").or_else(|| field("SessionToken"));
    Some(Credentials { key: field("AccessKeyId")?, secret: field("SecretAccessKey")?, token })
}

/// Those of a container.
pub(super) fn of_container(settings: &Settings<'_>, transport: &Transport) -> Option<Result<Credentials, String>> {
    let around = settings.around;
    let relative = around.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let url = match relative {
        Some(path) => format!("http://169.254.170.2{path}"),
        None => around.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")?.to_owned(),
    };
    let file = around.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let token = file.and_then(|path| std::fs::read_to_string(around.path(path)).ok());
    let token = token.or_else(|| around.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned));
    let prepare = || match &token {
        Some(token) => Request::new("GET", url.as_str()).header("Authorization", token.trim()),
        None => Request::new("GET", url.as_str()),
    };
    let (_, result) = transport.send_patiently(Retries::USUAL, prepare);
    let failed = |why: String| format!("no credentials of the container: {why}");
    Some(match result {
        Ok(answer) => parsed(&answer.text()).ok_or_else(|| failed(format!("status {}", answer.status))),
        Err(failure) => Err(failed(failure.why)),
    })
}

/// Those of an instance of EC2.
pub(super) fn of_instance(settings: &Settings<'_>, transport: &Transport) -> Option<Credentials> {
    let around = settings.around;
    let disabled = match settings.flag("skip_metadata_api_check") {
        Some(skip) => skip,
        None => around.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")),
    };
    if disabled {
        return None;
    }
    let mode = settings.text_or("ec2_metadata_service_endpoint_mode", &["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]);
    let usual = match mode {
        Some(mode) if mode.eq_ignore_ascii_case("ipv6") => "http://[fd00:ec2::254]",
        _ => "http://169.254.169.254",
    };
    let given = settings.text_or("ec2_metadata_service_endpoint", &["AWS_EC2_METADATA_SERVICE_ENDPOINT"]);
    let base = given.filter(|text| !text.is_empty()).unwrap_or(usual).trim_end_matches('/').to_owned();
    let token =
        Request::new("PUT", format!("{base}/latest/api/token")).header("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    let token = answered(transport, &token)?.text();
    let roles = format!("{base}/latest/meta-data/iam/security-credentials/");
    let get =
        |url: &str| answered(transport, &Request::new("GET", url).header("X-aws-ec2-metadata-token", token.as_str()));
    let listed = get(&roles)?.text();
    let role = listed.lines().next()?;
    parsed(&get(&format!("{roles}{}", encode(role)))?.text())
}

fn answered(transport: &Transport, request: &Request) -> Option<Answer> {
    transport.send_soon(request).ok().filter(Answer::is_success)
}
