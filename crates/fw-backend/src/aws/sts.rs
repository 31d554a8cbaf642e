//! Calls of the token service: who we are, and being somebody else.

use super::client::{Aws, CallError};
use super::endpoint::Service;
use super::sign::encode;
use super::xml::element;
use super::{AssumeRole, Credentials};
use crate::transport::Request;

fn request(aws: &Aws, action: &str, fields: &[(String, String)]) -> Request {
    let (address, _) = aws.endpoints.address(Service::Sts);
    let mut body = format!("Action={action}&Version=2011-06-15");
    for (name, value) in fields {
        body.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    Request::new("POST", format!("{address}/"))
        .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(body)
}

/// The account that the credentials belong to.
pub(crate) fn account(aws: &Aws) -> Result<String, CallError> {
    let answer = aws.call(Service::Sts, "GetCallerIdentity", &request(aws, "GetCallerIdentity", &[]))?;
    Ok(element(&answer.text(), "Account").unwrap_or_default())
}

fn credentials(xml: &str) -> Option<Credentials> {
    Some(Credentials {
        key: element(xml, "AccessKeyId")?,
        secret: element(xml, "SecretAccessKey")?,
        token: element(xml, "SessionToken"),
    })
}

/// The fields that both ways of taking a role have.
fn fields(role: &AssumeRole) -> Vec<(String, String)> {
    let session = role.session_name.clone().unwrap_or_else(|| format!("formwork-{}", uuid::Uuid::new_v4().simple()));
    let mut fields = vec![("RoleArn".to_owned(), role.arn.clone()), ("RoleSessionName".to_owned(), session)];
    let mut add = |name: &str, value: &Option<String>| {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            fields.push((name.to_owned(), value.clone()));
        }
    };
    add("DurationSeconds", &role.seconds.map(|seconds| seconds.to_string()));
    add("ExternalId", &role.external_id);
    add("Policy", &role.policy);
    for (number, arn) in (1..).zip(&role.policy_arns) {
        fields.push((format!("PolicyArns.member.{number}.arn"), arn.clone()));
    }
    let number_of = |number: i32, part: &str| format!("Tags.member.{number}.{part}");
    for (number, (key, value)) in (1..).zip(&role.tags) {
        fields.push((number_of(number, "Key"), key.clone()));
        fields.push((number_of(number, "Value"), value.clone()));
    }
    for (number, key) in (1..).zip(&role.transitive_tag_keys) {
        fields.push((format!("TransitiveTagKeys.member.{number}"), key.clone()));
    }
    fields
}

/// The credentials of a role that ours may take.
pub(super) fn assume_role(aws: &Aws, role: &AssumeRole) -> Result<Credentials, String> {
    let cannot = |why: String| format!("IAM Role ({}) cannot be assumed.\n\nError: {why}", role.arn);
    let answer = aws
        .call(Service::Sts, "AssumeRole", &request(aws, "AssumeRole", &fields(role)))
        .map_err(|error| cannot(error.to_string()))?;
    credentials(&answer.text()).ok_or_else(|| cannot("the answer has no credentials".to_owned()))
}

/// The credentials of a role that the bearer of a token may take.
pub(super) fn assume_role_with_token(aws: &Aws, role: &AssumeRole, token: &str) -> Result<Credentials, String> {
    let mut fields = fields(role);
    fields.push(("WebIdentityToken".to_owned(), token.trim().to_owned()));
    let request = request(aws, "AssumeRoleWithWebIdentity", &fields);
    // Nobody has signed this: the token is the proof.
    let (_, result) = aws.transport.send_patiently(aws.retries, || request.clone());
    let cannot = |why: String| format!("Role ({}) cannot be assumed with the web identity token: {why}", role.arn);
    let answer = result.map_err(|failure| cannot(failure.why))?;
    credentials(&answer.text()).ok_or_else(|| cannot(element(&answer.text(), "Message").unwrap_or_default()))
}
