//! What a `connection` block says, with everything it leaves out.

use std::path::PathBuf;
use std::time::Duration;

use fw_value::Value;

use crate::{Around, duration};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// A machine and who we are there.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) private_key: String,
    pub(crate) certificate: String,
    pub(crate) host_key: String,
}

/// An HTTP server that lets us through.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: String,
}

/// How a machine is reached.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) target: Endpoint,
    pub(crate) bastion: Option<Endpoint>,
    pub(crate) proxy: Option<Proxy>,
    /// The socket of the agent that is to be asked.
    pub(crate) agent: Option<PathBuf>,
    /// Whether an agent was wanted, for what is shown.
    pub(crate) uses_agent: bool,
    pub(crate) agent_identity: String,
    pub(crate) timeout: Duration,
    script_path: String,
    pub(crate) is_windows: bool,
}

impl Endpoint {
    /// Host and port, as an address.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Connection {
    /// Reads a block.
    pub(crate) fn read(block: &Value, around: Around<'_>) -> Result<Self, String> {
        let text = |name: &str| block.attr_ref(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| {
            let number = block.attr_ref(name).and_then(Value::as_number).map_or(Some(0), fw_value::Number::to_i64);
            let number = number.and_then(|number| u16::try_from(number).ok());
            number.ok_or_else(|| "value must be a whole number, between 0 and 65535 inclusive".to_owned())
        };
        let or = |given: String, other: &str| if given.is_empty() { other.to_owned() } else { given };
        match text("type").as_str() {
            "" | "ssh" => {}
            "winrm" => return Err("connection type 'winrm' not supported by Formwork; only 'ssh' is".to_owned()),
            other => return Err(format!("connection type '{other}' not supported")),
        }
        let agent = block.attr_ref("agent").and_then(Value::as_bool);
        let uses_agent = agent.unwrap_or(around.agent.is_some());
        if text("host").is_empty() {
            return Err("host for provisioner cannot be empty".to_owned());
        }
        let port = number("port")?;
        let target = Endpoint {
            host: bracketed(&text("host")),
            port: if port == 0 { 22 } else { port },
            user: or(text("user"), "root"),
            password: text("password"),
            private_key: text("private_key"),
            certificate: text("certificate"),
            host_key: text("host_key"),
        };
        let platform = text("target_platform");
        if !matches!(platform.as_str(), "" | "unix" | "windows") {
            return Err("target_platform for provisioner has to be either unix or windows".to_owned());
        }
        let is_windows = platform == "windows";
        let script = if is_windows { "C:/windows/temp/terraform_%RAND%.cmd" } else { "/tmp/terraform_%RAND%.sh" };
        let bastion_port = number("bastion_port")?;
        let bastion = (!text("bastion_host").is_empty()).then(|| Endpoint {
            host: bracketed(&text("bastion_host")),
            port: if bastion_port == 0 { target.port } else { bastion_port },
            user: or(text("bastion_user"), &target.user),
            password: or(text("bastion_password"), &target.password),
            private_key: or(text("bastion_private_key"), &target.private_key),
            certificate: or(text("bastion_certificate"), &target.certificate),
            host_key: text("bastion_host_key"),
        });
        let proxy_port = number("proxy_port")?;
        let proxy = (!text("proxy_host").is_empty()).then(|| Proxy {
            scheme: or(text("proxy_scheme"), "http"),
            host: text("proxy_host"),
            port: proxy_port,
            user: text("proxy_user_name"),
            password: text("proxy_user_password"),
        });
        Ok(Self {
            target,
            bastion,
            proxy,
            agent: agent_socket(uses_agent, around)?,
            uses_agent,
            agent_identity: text("agent_identity"),
            timeout: duration::parse(&text("timeout")).unwrap_or(DEFAULT_TIMEOUT),
            script_path: or(text("script_path"), script),
            is_windows,
        })
    }

    /// A name for a script on the other machine.
    pub(crate) fn script_file(&self) -> Result<String, String> {
        let random = getrandom::u32().map_err(|error| error.to_string())? >> 1;
        Ok(self.script_path.replace("%RAND%", &random.to_string()))
    }

    /// What is shown before a connection is tried: texts of several lines each.
    pub(crate) fn announcement(&self) -> Vec<String> {
        let platform = if self.is_windows { "windows" } else { "unix" };
        let mut parts = vec![format!(
            "Connecting to remote host via SSH...\n{}\n  Target Platform: {platform}",
            self.described(&self.target)
        )];
        if let Some(bastion) = &self.bastion {
            parts.push(format!("Using configured bastion host...\n{}", self.described(bastion)));
        }
        if let Some(proxy) = &self.proxy {
            parts.push(format!(
                "Using configured proxy host...\n  ProxyHost: {}\n  ProxyPort: {}\n  ProxyUserName: {}\n  ProxyUserPassword: {}",
                proxy.host,
                proxy.port,
                proxy.user,
                !proxy.password.is_empty()
            ));
        }
        parts
    }

    fn described(&self, endpoint: &Endpoint) -> String {
        format!(
            "  Host: {}\n  User: {}\n  Password: {}\n  Private key: {}\n  Certificate: {}\n  SSH Agent: {}\n  Checking Host Key: {}",
            endpoint.host,
            endpoint.user,
            !endpoint.password.is_empty(),
            !endpoint.private_key.is_empty(),
            !endpoint.certificate.is_empty(),
            self.uses_agent,
            !endpoint.host_key.is_empty()
        )
    }
}

fn agent_socket(wanted: bool, around: Around<'_>) -> Result<Option<PathBuf>, String> {
    match (wanted, around.agent) {
        (false, _) => Ok(None),
        (true, Some(socket)) => Ok(Some(PathBuf::from(socket))),
        (true, None) => Err("SSH agent requested but SSH_AUTH_SOCK not-specified".to_owned()),
    }
}

/// Addresses of version 6 are in brackets.
fn bracketed(host: &str) -> String {
    let is_version_6 = host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_ok();
    if is_version_6 { format!("[{host}]") } else { host.to_owned() }
}
