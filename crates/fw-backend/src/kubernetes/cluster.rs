//! Where the API server is and who we are there: from settings, environment, kubeconfig files or the pod we run in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kubeconfig::{self, Kubeconfig};
use crate::Settings;

/// A cluster and a user of it.
#[derive(Clone)]
pub(super) struct Cluster {
    pub(super) server: String,
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) identity: Option<Vec<u8>>,
    pub(super) trust_all: bool,
    pub(super) login: Login,
    pub(super) proxy: Option<String>,
}

/// What requests prove themselves with.
#[derive(Clone)]
pub(super) enum Login {
    None,
    Token(String),
    /// `user:password` in base64.
    Password(String),
}

const IN_CLUSTER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const NO_CONFIGURATION: &str = "Failed to initialize kubernetes configuration: invalid configuration: no configuration has \
    been provided, try setting KUBERNETES_MASTER environment variable";

/// The cluster of settings and environment.
///
/// # Errors
/// When none is named, or what names it cannot be read.
pub(super) fn of(settings: &Settings<'_>) -> Result<Cluster, String> {
    let text = |name: &str, variable: &str| {
        settings.text_or(name, &[variable]).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let flag = |name: &str, variable: &str| {
        let found = settings.flag_or(name, variable);
        found.map_err(|told| told.first().map(|one| one.detail.clone()).unwrap_or_default())
    };
    let mut found = if flag("in_cluster_config", "KUBE_IN_CLUSTER_CONFIG")?.unwrap_or(false) {
        kubeconfig::User { server: in_cluster(settings)?, ..kubeconfig::User::default() }
    } else {
        from_files(settings)?
    };
    if settings.around.variable("KUBERNETES_SERVICE_HOST").is_some() && !found.server.is_empty() && found.is_empty() {
        in_cluster_user(&mut found);
    }
    if let Some(host) = text("host", "KUBE_HOST") {
        found.server = host;
    }
    if found.server.is_empty() {
        return Err(NO_CONFIGURATION.to_owned());
    }
    if !found.server.contains("://") {
        found.server = format!("https://{}", found.server);
    }
    let bytes = |name: &str, variable: &str| text(name, variable).map(String::into_bytes);
    found.authorities = bytes("cluster_ca_certificate", "KUBE_CLUSTER_CA_CERT_DATA").or(found.authorities);
    found.certificate = bytes("client_certificate", "KUBE_CLIENT_CERT_DATA").or(found.certificate);
    found.key = bytes("client_key", "KUBE_CLIENT_KEY_DATA").or(found.key);
    found.token = text("token", "KUBE_TOKEN").or(found.token);
    found.username = text("username", "KUBE_USER").or(found.username);
    found.password = text("password", "KUBE_PASSWORD").or(found.password);
    let login = match (found.token, found.username) {
        (Some(token), _) => Login::Token(token),
        (None, Some(name)) => {
            Login::Password(STANDARD.encode(format!("{name}:{}", found.password.unwrap_or_default())))
        }
        (None, None) => Login::None,
    };
    Ok(Cluster {
        server: found.server,
        authorities: found.authorities,
        identity: found
            .certificate
            .zip(found.key)
            .map(|(certificate, key)| [certificate, b"\n".to_vec(), key].concat()),
        trust_all: flag("insecure", "KUBE_INSECURE")?.unwrap_or(found.trust_all),
        login,
        proxy: text("proxy_url", "KUBE_PROXY_URL").or(found.proxy),
    })
}

fn in_cluster(settings: &Settings<'_>) -> Result<String, String> {
    let variable = |name: &str| settings.around.variable(name);
    match (variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT")) {
        (Some(host), Some(port)) if host.contains(':') => Ok(format!("https://[{host}]:{port}")),
        (Some(host), Some(port)) => Ok(format!("https://{host}:{port}")),
        _ => {
            Err("unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be \
                  defined"
                .to_owned())
        }
    }
}

fn in_cluster_user(found: &mut kubeconfig::User) {
    let read = |name: &str| std::fs::read(format!("{IN_CLUSTER}/{name}")).ok();
    found.token = read("token").map(|token| String::from_utf8_lossy(&token).trim().to_owned());
    found.authorities = read("ca.crt");
}

fn from_files(settings: &Settings<'_>) -> Result<kubeconfig::User, String> {
    let around = settings.around;
    if settings.flag("load_config_file") == Some(false) {
        return Ok(kubeconfig::User::default());
    }
    let one = settings.text_or("config_path", &["KUBE_CONFIG_PATH"]).filter(|path| !path.is_empty());
    let several = settings.texts("config_paths").filter(|paths| !paths.is_empty());
    let paths: Vec<String> = match (one, several, around.variable("KUBE_CONFIG_PATHS")) {
        (Some(path), ..) => vec![path.to_owned()],
        (None, Some(paths), _) => paths,
        (None, None, Some(paths)) => paths.split(':').filter(|path| !path.is_empty()).map(str::to_owned).collect(),
        (None, None, None) => Vec::new(),
    };
    let files: Vec<_> = paths.iter().map(|path| around.path(path)).collect();
    let text = |name: &str, variable: &str| settings.text_or(name, &[variable]).filter(|text| !text.is_empty());
    let mut config = Kubeconfig::load(&files)?;
    config.context = text("config_context", "KUBE_CTX").map(str::to_owned).or(config.context);
    let cluster = text("config_context_cluster", "KUBE_CTX_CLUSTER");
    let mut user = config.user(cluster, text("config_context_auth_info", "KUBE_CTX_AUTH_INFO"))?;
    if let Some(exec) = settings.get("exec") {
        let exec = Settings { value: exec, around };
        user.run(&kubeconfig::Exec {
            version: exec.filled("api_version").unwrap_or_default().to_owned(),
            command: exec.filled("command").unwrap_or_default().to_owned(),
            arguments: exec.texts("args").unwrap_or_default(),
            variables: exec.map("env").into_iter().collect(),
        })?;
    }
    Ok(user)
}
