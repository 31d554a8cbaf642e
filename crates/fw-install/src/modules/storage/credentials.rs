//! Keys for Amazon's services: from the environment, the file of the user's keys, or the machine we run on.

use reqwest::{Method, Url};

use super::super::fetch::Fetcher;
use crate::environment::Environment;

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

/// Where machines and containers are told their keys.
const CONTAINERS: &str = "http://169.254.170.2";
const MACHINES: &str = "http://169.254.169.254";

/// The keys that are to be used, of a profile where one is named.
pub(super) async fn find(fetcher: &Fetcher, profile: &str) -> Result<Keys, String> {
    let environment = &fetcher.environment;
    let known = if profile.is_empty() { of_environment(environment) } else { None };
    if let Some(keys) = known.or_else(|| of_file(environment, profile)) {
        return Ok(keys);
    }
    if let Some(path) = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        return ask(fetcher, &format!("{CONTAINERS}{path}"), None).await;
    }
    if let Some(address) = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        let token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(|token| ("authorization", token));
        return ask(fetcher, address, token).await;
    }
    if environment.get("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Err("NoCredentialProviders: no valid providers in chain".to_owned());
    }
    of_machine(fetcher).await.map_err(|why| {
        format!(
            "NoCredentialProviders: no valid providers in chain\ncaused by: EnvAccessKeyNotFound: AWS_ACCESS_KEY_ID or \
             AWS_ACCESS_KEY not found in environment\nSharedCredsLoad: failed to load shared credentials \
             file\nEC2RoleRequestError: no EC2 instance role found\ncaused by: {why}"
        )
    })
}

fn of_environment(environment: &Environment) -> Option<Keys> {
    let either = |a: &str, b: &str| environment.get(a).or_else(|| environment.get(b)).map(str::to_owned);
    Some(Keys {
        id: either("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")?,
        secret: either("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")?,
        token: environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
    })
}

/// The keys of a profile in the user's files.
fn of_file(environment: &Environment, profile: &str) -> Option<Keys> {
    let profile = if profile.is_empty() { environment.get("AWS_PROFILE").unwrap_or("default") } else { profile };
    let own = |name: &str| environment.home.as_ref().map(|home| home.join(".aws").join(name));
    let files = [("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config")];
    files.iter().find_map(|(variable, name)| {
        let path = environment.get(variable).map(Into::into).or_else(|| own(name))?;
        in_profile(&std::fs::read_to_string(path).ok()?, profile)
    })
}

fn in_profile(text: &str, profile: &str) -> Option<Keys> {
    let mut here = false;
    let (mut id, mut secret, mut token) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            here = section.0.trim().trim_start_matches("profile ").trim() == profile;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| here) {
            let value = Some(value.trim().to_owned());
            match name.trim() {
                "aws_access_key_id" => id = value,
                "aws_secret_access_key" => secret = value,
                "aws_session_token" => token = value,
                _ => {}
            }
        }
    }
    Some(Keys { id: id?, secret: secret?, token })
}

async fn of_machine(fetcher: &Fetcher) -> Result<Keys, String> {
    let token = Url::parse(&format!("{MACHINES}/latest/api/token")).map_err(|error| error.to_string())?;
    let request = fetcher.http.request(Method::PUT, &token)?.header("X-aws-ec2-metadata-token-ttl-seconds", "60");
    let answer = fetcher.http.send(request.timeout(std::time::Duration::from_secs(1))).await?;
    let token = String::from_utf8_lossy(&answer.body).into_owned();
    let header = answer.status.is_success().then_some(("X-aws-ec2-metadata-token", token.as_str()));
    let roles = format!("{MACHINES}/latest/meta-data/iam/security-credentials/");
    let listed = get(fetcher, &roles, header).await?;
    let role = listed.lines().next().unwrap_or_default().trim().to_owned();
    ask(fetcher, &format!("{roles}{role}"), header).await
}

async fn get(fetcher: &Fetcher, address: &str, header: Option<(&str, &str)>) -> Result<String, String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    let mut request = fetcher.http.request(Method::GET, &url)?;
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let answer = fetcher.http.send(request).await?;
    match answer.status.is_success() {
        true => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
        false => Err(format!("{} returned from {url}", answer.status)),
    }
}

async fn ask(fetcher: &Fetcher, address: &str, header: Option<(&str, &str)>) -> Result<Keys, String> {
    let text = get(fetcher, address, header).await?;
    let answer: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let field = |name: &str| answer.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let keys = field("AccessKeyId").zip(field("SecretAccessKey"));
    let (id, secret) = keys.ok_or("there are no keys in the answer of the machine's own service")?;
    Ok(Keys { id, secret, token: field("Token") })
}

#[cfg(test)]
mod tests {
    use super::in_profile;

    #[test]
    fn keys_of_a_profile() {
        let text = "[default]\naws_access_key_id = a\naws_secret_access_key=b\n[profile x]\naws_access_key_id=c\n\
                    aws_secret_access_key = d\naws_session_token = e\n";
        let keys = |profile: &str| in_profile(text, profile).map(|keys| (keys.id, keys.secret, keys.token));
        assert_eq!(keys("default"), Some(("a".into(), "b".into(), None)));
        assert_eq!(keys("x"), Some(("c".into(), "d".into(), Some("e".into()))));
        assert_eq!(keys("y"), None);
    }
}
