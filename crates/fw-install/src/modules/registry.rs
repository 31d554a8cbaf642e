//! The protocol of module registries: which versions there are, and where the package of one is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fw_config::version::{Constraints, Version};
use fw_config::{RegistryModule, RemotePackage};
use fw_diag::{Diagnostic, Diagnostics, Span};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use crate::error::QueryError;
use crate::http::Http;
use crate::site::Site;
use crate::source::discovery::{Discovery, Registry};

/// The service that is looked for.
const SERVICE: &str = "modules.v1";

/// Who asks, for messages.
pub(super) struct RegistryCall {
    pub(super) name: String,
    /// File and line.
    pub(super) place: String,
    pub(super) span: Option<Span>,
    pub(super) constraints: Option<String>,
}

impl RegistryCall {
    /// A message about the call.
    pub(super) fn marked(&self, message: Diagnostic) -> Diagnostic {
        Diagnostic { subject: self.span, ..message }
    }
}

/// The version of a module that is installed.
pub(super) struct Chosen {
    pub(super) version: Version,
}

/// Warnings on the way.
#[derive(Default)]
pub(super) struct Troubles(pub(super) Diagnostics);

/// What a registry lists for a module: the texts of versions. The error is the end of a message.
type Listed = Arc<OnceCell<Result<Vec<String>, Unlisted>>>;

#[derive(Clone)]
enum Unlisted {
    NotFound,
    /// What the registry says is not what was asked for.
    Empty,
    Failed(String),
}

/// The registries of all hosts. Asks each once for a module's versions.
pub(super) struct ModuleRegistries {
    http: Http,
    discovery: Discovery,
    listed: Mutex<HashMap<String, Listed>>,
    located: Mutex<BTreeMap<String, RemotePackage>>,
}

#[derive(Deserialize)]
struct VersionsBody {
    #[serde(default)]
    modules: Option<Vec<ModuleBody>>,
}

#[derive(Deserialize)]
struct ModuleBody {
    #[serde(default)]
    versions: Option<Vec<VersionBody>>,
}

#[derive(Deserialize)]
struct VersionBody {
    #[serde(default)]
    version: String,
}

impl ModuleRegistries {
    pub(super) fn new(site: &Site) -> Self {
        Self {
            http: Http::new(&site.config, &site.environment),
            discovery: Discovery::new(site.config.hosts.clone()),
            listed: Mutex::default(),
            located: Mutex::default(),
        }
    }

    /// Finds the newest version that meets the constraints.
    pub(super) async fn choose(
        &self,
        module: &RegistryModule,
        call: &RegistryCall,
        troubles: &mut Troubles,
    ) -> Result<Chosen, Diagnostic> {
        let host = &module.host;
        let versions = match self.versions(module).await {
            Ok(versions) => versions,
            Err(why) => return Err(not_listed(module, call, &why)),
        };
        let constraints = call.constraints.as_deref().and_then(Constraints::parse);
        let (mut newest, mut fitting) = (None::<Version>, None::<Version>);
        let is_newer =
            |version: &Version, than: &Option<Version>| than.as_ref().is_none_or(|old| version.compare(old).is_gt());
        for text in versions {
            let Some(version) = Version::parse(&text) else {
                troubles.0.push(ignored(host, &text, call));
                continue;
            };
            let is_asked_for = constraints.as_ref().is_some_and(|constraints| constraints.name(&version));
            if version.is_prerelease() && !is_asked_for {
                continue;
            }
            if is_newer(&version, &newest) {
                newest = Some(version.clone());
            }
            if constraints.as_ref().is_none_or(|constraints| constraints.allow(&version))
                && is_newer(&version, &fitting)
            {
                fitting = Some(version);
            }
        }
        let (name, place) = (package_name(module, true), &call.place);
        let Some(newest) = newest else {
            let detail = format!("Module \"{name}\" ({place}) has no versions available on {host}.");
            return Err(call.marked(Diagnostic::error("Module has no versions", detail)));
        };
        fitting.map(|version| Chosen { version }).ok_or_else(|| {
            let detail = format!(
                "There is no available version of module \"{name}\" ({place}) which matches the given version constraint. The \
                 newest available version is {newest}."
            );
            call.marked(Diagnostic::error("Unresolvable module version constraint", detail))
        })
    }

    async fn versions(&self, module: &RegistryModule) -> Result<Vec<String>, Unlisted> {
        let listed = Arc::clone(self.listed.lock().await.entry(package_name(module, true)).or_default());
        listed.get_or_init(|| self.ask_for_versions(module)).await.clone()
    }

    async fn ask_for_versions(&self, module: &RegistryModule) -> Result<Vec<String>, Unlisted> {
        let registry = self.registry(&module.host).await.map_err(Unlisted::Failed)?;
        let url = url_of(&registry, module, "versions").map_err(Unlisted::Failed)?;
        let answer = self.http.get(&url, Some(&registry.host)).await.map_err(Unlisted::Failed)?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(Unlisted::NotFound),
            other => return Err(Unlisted::Failed(format!("error looking up module versions: {other}"))),
        }
        let body: VersionsBody =
            serde_json::from_slice(&answer.body).map_err(|error| Unlisted::Failed(error.to_string()))?;
        let first = body.modules.unwrap_or_default().into_iter().next().ok_or(Unlisted::Empty)?;
        Ok(first.versions.unwrap_or_default().into_iter().map(|version| version.version).collect())
    }

    async fn registry(&self, host: &str) -> Result<Registry, String> {
        self.discovery.of_service(&self.http, host, SERVICE).await.map_err(|error| match error {
            QueryError::NoRegistry { host } => format!("host {host} does not provide a module registry"),
            QueryError::Unreachable { why, .. } => why,
            other => other.to_string(),
        })
    }

    /// Where the package of a version is.
    pub(super) async fn location(&self, module: &RegistryModule, chosen: &Chosen) -> Result<RemotePackage, Diagnostic> {
        let (name, version) = (package_name(module, true), &chosen.version);
        let key = format!("{name} {version}");
        if let Some(known) = self.located.lock().await.get(&key) {
            return Ok(known.clone());
        }
        let found = self.ask_for_location(module, &version.to_string()).await.map_err(|why| {
            let detail = format!("Failed to retrieve a download URL for {name} {version} from {}: {why}", module.host);
            Diagnostic::error("Error accessing remote module registry", detail)
        })?;
        let package = RemotePackage::parse(&found).map_err(|why| {
            let detail = format!(
                "Module registry {} returned invalid source location {found:?} for {name} {version}: {why}.",
                module.host
            );
            Diagnostic::error("Invalid package location from module registry", detail)
        })?;
        self.located.lock().await.insert(key, package.clone());
        Ok(package)
    }

    async fn ask_for_location(&self, module: &RegistryModule, version: &str) -> Result<String, String> {
        let registry = self.registry(&module.host).await?;
        let url = url_of(&registry, module, &format!("{version}/download"))?;
        let answer = self.http.get(&url, Some(&registry.host)).await?;
        let (name, status) = (package_name(module, true), answer.status);
        let said = String::from_utf8_lossy(&answer.body);
        match status {
            StatusCode::OK | StatusCode::NO_CONTENT => {}
            StatusCode::NOT_FOUND => return Err(format!("module \"{name}\" version \"{version}\" not found")),
            other => return Err(format!("error getting download location for \"{name}\": {other} resp:{said}")),
        }
        let location = answer.package.filter(|location| !location.is_empty());
        let location =
            location.ok_or_else(|| format!("failed to get download URL for \"{name}\": {status} resp:{said}"))?;
        if !["/", "./", "../"].iter().any(|prefix| location.starts_with(prefix)) {
            return Ok(location);
        }
        // Not as a URL alone, since the directory in the package must stay as it is.
        let (path, inside) =
            location.split_once("//").map_or((location.as_str(), None), |(path, inside)| (path, Some(inside)));
        let absolute = url.join(path).map_err(|error| format!("invalid relative URL for \"{name}\": {error}"))?;
        Ok(inside.map_or_else(|| absolute.to_string(), |inside| format!("{absolute}//{inside}")))
    }
}

/// `NAMESPACE/NAME/SYSTEM`, after the host unless that is the default.
fn package_name(module: &RegistryModule, shortest: bool) -> String {
    let name = format!("{}/{}/{}", module.namespace, module.name, module.system);
    if shortest && module.host == fw_addr::Provider::DEFAULT_HOST { name } else { format!("{}/{name}", module.host) }
}

fn url_of(registry: &Registry, module: &RegistryModule, path: &str) -> Result<Url, String> {
    let name = format!("{}/{}/{}", module.namespace, module.name, module.system);
    registry.base.join(&format!("{name}/{path}")).map_err(|error| error.to_string())
}

fn not_listed(module: &RegistryModule, call: &RegistryCall, why: &Unlisted) -> Diagnostic {
    let (host, name, place) = (&module.host, &call.name, &call.place);
    let (summary, detail) = match why {
        Unlisted::NotFound => (
            "Module not found",
            format!("Module \"{name}\" (from {place}) cannot be found in the module registry at {host}."),
        ),
        Unlisted::Empty => (
            "Invalid response from remote module registry",
            format!(
                "The registry at {host} returned an invalid response when Terraform requested available versions for module \
                 \"{name}\" ({place})."
            ),
        ),
        Unlisted::Failed(why) => (
            "Error accessing remote module registry",
            format!("Failed to retrieve available versions for module \"{name}\" ({place}) from {host}: {why}."),
        ),
    };
    call.marked(Diagnostic::error(summary, detail))
}

fn ignored(host: &str, version: &str, call: &RegistryCall) -> Diagnostic {
    let detail = format!(
        "The registry at {host} returned an invalid version string \"{version}\" for module \"{}\" ({}), which Terraform \
         ignored.",
        call.name, call.place
    );
    call.marked(Diagnostic::warning("Invalid response from remote module registry", detail))
}
