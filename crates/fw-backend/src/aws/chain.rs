//! Where credentials come from, in the order that AWS's own libraries look.

use std::process::Command;

use sha1::{Digest as _, Sha1};

use super::client::Aws;
use super::profile::{Profiles, Section};
use super::role::AssumeRole;
use super::sign::encode;
use super::{Credentials, instance, sts};
use crate::Settings;
use crate::transport::Request;

/// Roles of profiles that lead to others end somewhere.
const LONGEST_CHAIN: usize = 10;

/// What credentials are found with.
pub(crate) struct Sources<'a> {
    pub(crate) settings: Settings<'a>,
    /// A client whose credentials do not count yet.
    pub(crate) aws: Aws,
}

/// The credentials of settings and environment, with the roles that are to be taken.
///
/// # Errors
/// When there are none, or a role cannot be taken.
pub(crate) fn resolve(sources: &Sources<'_>) -> Result<Credentials, String> {
    let settings = &sources.settings;
    let mut found = match settings.object("assume_role_with_web_identity") {
        Some(web) => sources.with_token(&web)?,
        None => sources.base()?,
    };
    if let Some(role) = settings.object("assume_role") {
        found = sources.assume(found, &AssumeRole::of(&role))?;
    }
    Ok(found)
}

/// The region that a profile names.
pub(super) fn profile_name<'a>(settings: &Settings<'a>) -> &'a str {
    settings.filled("profile").or_else(|| settings.around.variable("AWS_PROFILE")).unwrap_or("default")
}

impl Sources<'_> {
    fn base(&self) -> Result<Credentials, String> {
        let settings = &self.settings;
        let text = |name: &str| settings.filled(name).map(str::to_owned);
        if let (Some(key), Some(secret)) = (text("access_key"), text("secret_key")) {
            return Ok(Credentials { key, secret, token: text("token") });
        }
        let variable = |name: &str| settings.around.variable(name).map(str::to_owned);
        if settings.filled("profile").is_none() {
            if let (Some(key), Some(secret)) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
                return Ok(Credentials { key, secret, token: variable("AWS_SESSION_TOKEN") });
            }
            if let (Some(path), Some(arn)) = (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN")) {
                let role = AssumeRole { arn, session_name: variable("AWS_ROLE_SESSION_NAME"), ..AssumeRole::default() };
                return self.with_token_file(&role, &path);
            }
        }
        let (profiles, name) = (Profiles::load(settings), profile_name(settings));
        if let Some(profile) = profiles.get(name)
            && let Some(found) = self.of_profile(&profiles, profile, 0)
        {
            return found;
        }
        if settings.filled("profile").is_some() {
            return Err(format!("failed to get shared config profile, {name}"));
        }
        if let Some(found) = instance::of_container(settings, &self.aws.transport) {
            return found;
        }
        instance::of_instance(settings, &self.aws.transport)
            .ok_or_else(|| "failed to refresh cached credentials, no EC2 IMDS role found".to_owned())
    }

    fn assume(&self, with: Credentials, role: &AssumeRole) -> Result<Credentials, String> {
        sts::assume_role(&Aws { credentials: with, ..self.aws.clone() }, role)
    }

    fn with_token(&self, web: &Settings<'_>) -> Result<Credentials, String> {
        let variable = |name: &str| web.around.variable(name).map(str::to_owned);
        let mut role = AssumeRole::of(web);
        if role.arn.is_empty() {
            role.arn = variable("AWS_ROLE_ARN").unwrap_or_default();
        }
        role.session_name = role.session_name.or_else(|| variable("AWS_ROLE_SESSION_NAME"));
        if let Some(token) = web.text_or("web_identity_token", &["AWS_WEB_IDENTITY_TOKEN"]) {
            return sts::assume_role_with_token(&self.aws, &role, token);
        }
        match web.text_or("web_identity_token_file", &["AWS_WEB_IDENTITY_TOKEN_FILE"]) {
            Some(path) => self.with_token_file(&role, path),
            None => Err("web_identity_token or web_identity_token_file must be set".to_owned()),
        }
    }

    fn with_token_file(&self, role: &AssumeRole, path: &str) -> Result<Credentials, String> {
        let token = std::fs::read_to_string(self.settings.around.path(path))
            .map_err(|error| format!("the web identity token in {path} cannot be read: {error}"))?;
        sts::assume_role_with_token(&self.aws, role, &token)
    }

    /// The credentials of a profile; `None` where it says nothing of any.
    fn of_profile(&self, profiles: &Profiles, profile: &Section, depth: usize) -> Option<Result<Credentials, String>> {
        let text = |name: &str| profile.get(name).filter(|text| !text.is_empty()).cloned();
        if depth > LONGEST_CHAIN {
            return Some(Err("the profiles lead from one to the other without end".to_owned()));
        }
        if let Some(arn) = text("role_arn") {
            let role = AssumeRole {
                arn,
                external_id: text("external_id"),
                session_name: text("role_session_name"),
                seconds: text("duration_seconds").and_then(|text| text.parse().ok()),
                ..AssumeRole::default()
            };
            if let Some(path) = text("web_identity_token_file") {
                return Some(self.with_token_file(&role, &path));
            }
            return Some(self.source(profiles, profile, depth).and_then(|found| self.assume(found, &role)));
        }
        if let (Some(key), Some(secret)) = (text("aws_access_key_id"), text("aws_secret_access_key")) {
            return Some(Ok(Credentials { key, secret, token: text("aws_session_token") }));
        }
        if text("sso_account_id").is_some() {
            return Some(self.of_sso(profiles, profile));
        }
        text("credential_process").map(|command| of_process(&command))
    }

    /// The credentials that a profile takes its role with.
    fn source(&self, profiles: &Profiles, profile: &Section, depth: usize) -> Result<Credentials, String> {
        let settings = &self.settings;
        if let Some(name) = profile.get("source_profile") {
            let source = profiles.get(name).ok_or_else(|| format!("there is no profile {name}"))?;
            let keys = (source.get("aws_access_key_id"), source.get("aws_secret_access_key"));
            if let (Some(key), Some(secret)) = keys {
                let token = source.get("aws_session_token").cloned();
                return Ok(Credentials { key: key.clone(), secret: secret.clone(), token });
            }
            let found = self.of_profile(profiles, source, depth + 1);
            return found.unwrap_or_else(|| Err(format!("the profile {name} has no credentials")));
        }
        let variable = |name: &str| settings.around.variable(name).map(str::to_owned);
        match profile.get("credential_source").map(String::as_str) {
            Some("Environment") => match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
                (Some(key), Some(secret)) => Ok(Credentials { key, secret, token: variable("AWS_SESSION_TOKEN") }),
                _ => Err("the environment has no credentials".to_owned()),
            },
            Some("Ec2InstanceMetadata") => instance::of_instance(settings, &self.aws.transport)
                .ok_or_else(|| "the instance has no credentials".to_owned()),
            Some("EcsContainer") => instance::of_container(settings, &self.aws.transport)
                .unwrap_or_else(|| Err("the container has no credentials".to_owned())),
            _ => Err("the profile with a role has no source of credentials".to_owned()),
        }
    }

    /// The credentials that a login of single sign-on, done with AWS's own program, leads to.
    fn of_sso(&self, profiles: &Profiles, profile: &Section) -> Result<Credentials, String> {
        let session = profile.get("sso_session");
        let section = session.and_then(|name| profiles.get(&format!("sso-session {name}"))).unwrap_or(profile);
        let text = |name: &str| section.get(name).or_else(|| profile.get(name)).cloned().unwrap_or_default();
        let key = session.cloned().unwrap_or_else(|| text("sso_start_url"));
        let file = format!("~/.aws/sso/cache/{}.json", hex::encode(Sha1::digest(key)));
        let failed = |why: &str| format!("no token of single sign-on: {why}; log in with \"aws sso login\"");
        let cached = std::fs::read(self.settings.around.path(&file)).map_err(|error| failed(&error.to_string()))?;
        let cached: serde_json::Value = serde_json::from_slice(&cached).map_err(|error| failed(&error.to_string()))?;
        let token = cached.get("accessToken").and_then(|token| token.as_str()).ok_or_else(|| failed("none cached"))?;
        let url = format!(
            "https://portal.sso.{}.amazonaws.com/federation/credentials?account_id={}&role_name={}",
            text("sso_region"),
            encode(&text("sso_account_id")),
            encode(&text("sso_role_name"))
        );
        let request = Request::new("GET", url).header("x-amz-sso_bearer_token", token);
        let answer = self.aws.transport.send(&request).map_err(|failure| failed(&failure.why))?;
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let roles = json.get("roleCredentials");
        let field = |name: &str| roles?.get(name)?.as_str().map(str::to_owned);
        match (field("accessKeyId"), field("secretAccessKey")) {
            (Some(key), Some(secret)) => Ok(Credentials { key, secret, token: field("sessionToken") }),
            _ => Err(failed(&format!("status {}", answer.status))),
        }
    }
}

/// The credentials that a program prints.
fn of_process(command: &str) -> Result<Credentials, String> {
    let failed = |why: String| format!("credential_process failed: {why}");
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", command]).output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    instance::parsed(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| failed("no credentials printed".to_owned()))
}
