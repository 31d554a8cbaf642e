//! From the tree of a CLI configuration file to settings.

use std::path::{Path, PathBuf};

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics};

use super::files::normal_host;
use super::{CliConfig, CredentialsHelper, Location, Method, ProviderInstallation, Services, Token};
use crate::environment::Environment;
use crate::hcl1::{self, Item, Node};

pub(super) fn decode(path: &Path, text: &str, environment: &Environment) -> (CliConfig, Diagnostics) {
    let mut decoder = Decoder { config: CliConfig::default(), problems: Diagnostics::new(), path };
    match hcl1::parse(text) {
        Ok(items) => items.iter().for_each(|item| decoder.item(item, environment)),
        Err(error) => decoder.error(format!("Error parsing {}: {error}", path.display()), ""),
    }
    (decoder.config, decoder.problems)
}

struct Decoder<'a> {
    config: CliConfig,
    problems: Diagnostics,
    path: &'a Path,
}

const BAD_METHOD: &str = "Invalid provider_installation method block";

impl Decoder<'_> {
    fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.problems.push(Diagnostic::error(summary, detail));
    }

    fn item(&mut self, item: &Item, environment: &Environment) {
        match item.name() {
            "plugin_cache_dir" => {
                if let Some(text) = item.value.as_str() {
                    let expanded = environment.expand(text);
                    self.config.plugin_cache_dir = Some(expanded).filter(|d| !d.is_empty()).map(PathBuf::from);
                } else {
                    self.wrong_type(item, "a string");
                }
            }
            "plugin_cache_may_break_dependency_lock_file" => {
                self.config.plugin_cache_may_break_dependency_lock_file = self.flag(item);
            }
            "disable_checkpoint" => self.config.disable_checkpoint = self.flag(item),
            "disable_checkpoint_signature" => self.config.disable_checkpoint_signature = self.flag(item),
            "credentials" => self.labelled(item, Self::credentials),
            "host" => self.labelled(item, Self::host),
            "credentials_helper" => self.labelled(item, Self::credentials_helper),
            "provider_installation" => self.installation(item),
            // Settings of other versions are passed over, as terraform does.
            _ => {}
        }
    }

    fn flag(&mut self, item: &Item) -> bool {
        match &item.value {
            Node::Bool(flag) => return *flag,
            Node::String(text) if text == "true" || text == "1" => return true,
            Node::String(text) if text == "false" || text == "0" => return false,
            Node::Number(number) => return number != "0",
            Node::String(_) | Node::Object(_) | Node::List(_) => {}
        }
        self.wrong_type(item, "true or false");
        false
    }

    fn wrong_type(&mut self, item: &Item, wanted: &str) {
        let (path, place, name) = (self.path.display(), &item.place, item.name());
        let summary = format!("Error parsing {path}: At {place}: root.{name}: must be {wanted}");
        self.error(summary, "");
    }

    /// `kind "label" { … }`, or in JSON an object of such.
    fn labelled(&mut self, item: &Item, decode: fn(&mut Self, &str, &Node)) {
        if let Some(label) = item.keys.get(1) {
            decode(self, label, &item.value);
            return;
        }
        for inner in item.value.items() {
            decode(self, inner.name(), &inner.value);
        }
    }

    fn host_name(&mut self, kind: &str, label: &str) -> Option<String> {
        let host = normal_host(label);
        if host.is_none() {
            self.error(format!("The {kind} \"{label}\" block has an invalid hostname"), "");
        }
        host
    }

    fn credentials(&mut self, label: &str, body: &Node) {
        let Some(host) = self.host_name("credentials", label) else { return };
        let token = body.items().iter().find(|item| item.name() == "token").and_then(|item| item.value.as_str());
        if let Some(token) = token {
            self.config.credentials.insert(host, Token(token.to_owned()));
        }
    }

    fn host(&mut self, label: &str, body: &Node) {
        let Some(host) = self.host_name("host", label) else { return };
        let mut services = Services::new();
        for item in body.items().iter().filter(|item| item.name() == "services") {
            services
                .extend(item.value.items().iter().map(|service| (service.name().to_owned(), service.value.to_json())));
        }
        self.config.hosts.insert(host, services);
    }

    fn credentials_helper(&mut self, label: &str, body: &Node) {
        if self.config.credentials_helper.is_some() {
            self.error("No more than one credentials_helper block may be specified", "");
            return;
        }
        let arguments = body.items().iter().find(|item| item.name() == "args").map(|item| strings(&item.value));
        let arguments = arguments.and_then(Result::ok).unwrap_or_default();
        self.config.credentials_helper = Some(CredentialsHelper { name: label.to_owned(), arguments });
    }

    fn installation(&mut self, block: &Item) {
        const SUMMARY: &str = "Invalid provider_installation block";
        let place = &block.place;
        if block.assigned || !matches!(block.value, Node::Object(_)) {
            let detail =
                format!("The provider_installation block at {place} must not be introduced with an equals sign.");
            self.error(SUMMARY, detail);
            return;
        }
        if block.keys.len() > 1 {
            self.error(SUMMARY, format!("The provider_installation block at {place} must not have any labels."));
        }
        let mut installation = ProviderInstallation::default();
        for item in block.value.items() {
            if item.assigned || !matches!(item.value, Node::Object(_)) {
                let detail = format!("The items inside the provider_installation block at {place} must all be blocks.");
                self.error(BAD_METHOD, detail);
                continue;
            }
            if item.keys.len() > 1 {
                let detail =
                    format!("The blocks inside the provider_installation block at {place} may not have any labels.");
                self.error(BAD_METHOD, detail);
            }
            if item.name() == "dev_overrides" {
                self.dev_overrides(item, place, &mut installation);
            } else if let Some(method) = self.method(item, place) {
                installation.methods.push(method);
            }
        }
        if self.config.installation.is_some() {
            self.error("No more than one provider_installation block may be specified", "");
            return;
        }
        self.config.installation = Some(installation);
    }

    fn method(&mut self, item: &Item, place: &str) -> Option<Method> {
        let kind = item.name();
        let member = |name: &str| item.value.items().iter().find(|member| member.name() == name);
        let text = |name: &str| member(name).and_then(|m| m.value.as_str()).filter(|text| !text.is_empty());
        let required = match kind {
            "direct" => None,
            "filesystem_mirror" => Some("path"),
            "network_mirror" => Some("url"),
            _ => {
                let detail = format!("Unknown provider installation method \"{kind}\" at {}.", item.place);
                self.error(BAD_METHOD, detail);
                return None;
            }
        };
        let location = match required {
            None => Location::Direct,
            Some(name) => {
                let Some(value) = text(name) else {
                    let detail = format!("Invalid {kind} block at {place}: \"{name}\" argument is required.");
                    self.error(BAD_METHOD, detail);
                    return None;
                };
                if kind == "network_mirror" {
                    Location::NetworkMirror(value.to_owned())
                } else {
                    Location::FilesystemMirror(value.into())
                }
            }
        };
        let patterns = |name: &str| member(name).map_or(Ok(Vec::new()), |m| strings(&m.value));
        match (patterns("include"), patterns("exclude")) {
            (Ok(include), Ok(exclude)) => Some(Method { location, include, exclude }),
            (Err(why), _) | (_, Err(why)) => {
                self.error(BAD_METHOD, format!("Invalid {kind} block at {place}: {why}."));
                None
            }
        }
    }

    fn dev_overrides(&mut self, item: &Item, place: &str, installation: &mut ProviderInstallation) {
        if !installation.methods.is_empty() {
            let detail = format!(
                "The dev_overrides block at {} must appear before all other installation methods, because development overrides always have the highest priority.",
                item.place
            );
            self.error(BAD_METHOD, detail);
            return;
        }
        for entry in item.value.items() {
            let address = entry.name();
            match (address.parse::<Provider>(), entry.value.as_str()) {
                (Ok(provider), Some(directory)) => {
                    installation.dev_overrides.insert(provider, directory.into());
                }
                (Err(error), _) => {
                    let detail = format!(
                        "The entry \"{address}\" in {place} is not a valid provider source string.\n\n{}",
                        error.message
                    );
                    self.error("Invalid provider installation dev overrides", detail);
                }
                (Ok(_), None) => {
                    let detail = format!("Invalid dev_overrides block at {place}: the directories must be strings.");
                    self.error(BAD_METHOD, detail);
                }
            }
        }
    }
}

fn strings(node: &Node) -> Result<Vec<String>, String> {
    let Node::List(elements) = node else { return Err("a list of strings is required".to_owned()) };
    let string = |element: &Node| element.as_str().map(ToOwned::to_owned);
    elements.iter().map(string).collect::<Option<_>>().ok_or_else(|| "a list of strings is required".to_owned())
}
