//! Providers from source addresses, and provider configurations from state files.

use super::resource::module_prefix;
use super::traversal::{self, Step, StepKind};
use super::{ParseError, without_keys};
use crate::{AbsProviderConfig, InstanceKey, Name, Provider};

/// The namespace of providers from before there were namespaces.
const LEGACY_NAMESPACE: &str = "-";

/// A source address: `[hostname/][namespace/]name`.
pub(super) fn source(text: &str) -> Result<Provider, ParseError> {
    let parts: Vec<&str> = text.split('/').collect();
    let (host, namespace, kind) = match parts.as_slice() {
        [kind] => (None, None, *kind),
        [namespace, kind] => (None, Some(*namespace), *kind),
        [host, namespace, kind] => (Some(*host), Some(*namespace), *kind),
        _ => return Err(format_error()),
    };
    if parts.iter().any(|part| part.is_empty()) {
        return Err(format_error());
    }
    let name = part(kind).map_err(|why| {
        ParseError::new(
            "Invalid provider type",
            format!("Invalid provider type \"{kind}\" in source \"{text}\": {why}\""),
            0,
        )
    })?;
    let namespace = match namespace {
        None => Name::from("hashicorp"),
        Some(LEGACY_NAMESPACE) => Name::from(LEGACY_NAMESPACE),
        // The message names no namespace: so does the one people have seen before.
        Some(given) => part(given).map_err(|why| {
            let message = format!("Invalid provider namespace \"\" in source \"{text}\": {why}\"");
            ParseError::new("Invalid provider namespace", message, 0)
        })?,
    };
    let host = match host {
        None => Name::from(Provider::DEFAULT_HOST),
        Some(host) => normal_host(host).map_err(|why| {
            let message = format!("Invalid provider source hostname namespace \"\" in source \"{text}\": {why}\"");
            ParseError::new("Invalid provider source hostname", message, 0)
        })?,
    };
    if parts.len() > 1 {
        refuse_prefix(text, &parts, &host, &name)?;
    }
    Ok(Provider { host, namespace, kind: name })
}

fn format_error() -> ParseError {
    let message = "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"";
    ParseError::new("Invalid provider source string", message, 0)
}

// Names of repositories are often taken for names of providers.
fn refuse_prefix(text: &str, parts: &[&str], host: &str, name: &str) -> Result<(), ParseError> {
    if let Some(short) = name.strip_prefix("terraform-provider-") {
        let mut suggestion: Vec<&str> = parts.to_vec();
        suggestion.pop();
        suggestion.push(short);
        let hint = match short.is_empty() {
            true => String::new(),
            false => {
                let skipped = usize::from(suggestion.len() == 3 && host == Provider::DEFAULT_HOST);
                format!("\n\nDid you mean \"{}\"?", suggestion.get(skipped..).unwrap_or_default().join("/"))
            }
        };
        let message = format!(
            "Provider source \"{text}\" has a type with the prefix \"terraform-provider-\", which isn't valid. Although \
             that prefix is often used in the names of version control repositories for Terraform providers, provider \
             source strings should not include it.{hint}"
        );
        return Err(ParseError::new("Invalid provider type", message, 0));
    }
    if name.starts_with("terraform-") {
        let message = format!(
            "Provider source \"{text}\" has a type with the prefix \"terraform-\", which isn't allowed because it would be \
             redundant to name a Terraform provider with that prefix. If you are the author of this provider, rename it \
             to not include the prefix."
        );
        return Err(ParseError::new("Invalid provider type", message, 0));
    }
    Ok(())
}

// A namespace or type: letters and digits of any language with single dashes between, in lower case.
fn part(given: &str) -> Result<Name, &'static str> {
    if given.contains('.') {
        return Err("dots are not allowed");
    }
    if given.contains("--") {
        return Err("cannot use multiple consecutive dashes");
    }
    let valid = |c: char| c.is_alphanumeric() || c == '-' || !c.is_ascii() && unicode_ident::is_xid_continue(c);
    if given.starts_with('-') || given.ends_with('-') || !given.chars().all(valid) {
        return Err("must contain only letters, digits, and dashes, and may not use leading or trailing dashes");
    }
    Ok(Name::from(given.to_lowercase()))
}

// A host in lower case, without the port that it would have anyway.
fn normal_host(given: &str) -> Result<Name, String> {
    let (host, port) = match given.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (given, None),
    };
    let port = match port {
        None | Some("443") => String::new(),
        Some(port) => match port.parse::<u16>() {
            Ok(number) => format!(":{number}"),
            Err(_) => return Err("invalid port number".to_owned()),
        },
    };
    let host = host.to_lowercase();
    for label in host.split('.') {
        if label.is_empty() {
            return Err("idna: invalid label \"\"".to_owned());
        }
        if label.starts_with("xn--") {
            return Err(format!(
                "hostname label \"{label}\" specified in punycode format; service hostnames must be given in unicode"
            ));
        }
        if let Some(bad) = label.chars().find(|c| c.is_ascii() && !c.is_ascii_alphanumeric() && *c != '-') {
            return Err(format!("idna: disallowed rune U+{:04X}", u32::from(bad)));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(format!("idna: invalid label \"{label}\""));
        }
    }
    Ok(Name::from(host + &port))
}

/// `module.a.provider["host/namespace/type"].alias`, or `module.a.provider.type.alias` of old.
pub(super) fn absolute(text: &str) -> Result<AbsProviderConfig, ParseError> {
    let invalid = |message: &str, offset| ParseError::new("Invalid provider configuration address", message, offset);
    let steps = traversal::parse(text)?;
    let (module, rest) = module_prefix(&steps)?;
    let module = without_keys(&module)
        .map_err(|error| invalid("Provider address cannot contain module indexes", error.offset))?;
    let offset = rest.first().map_or(0, |step| step.offset);
    let [Step { kind: StepKind::Name(word), .. }, subject, rest @ ..] = rest else {
        return Err(invalid(
            "Provider address must begin with \"provider.\", followed by a provider type name.",
            offset,
        ));
    };
    if &**word != "provider" {
        return Err(invalid(
            "Provider address must begin with \"provider.\", followed by a provider type name.",
            offset,
        ));
    }
    let provider = match &subject.kind {
        StepKind::Key(InstanceKey::String(address)) => source(address)?,
        StepKind::Name(kind) => Provider {
            host: Provider::DEFAULT_HOST.into(),
            namespace: LEGACY_NAMESPACE.into(),
            kind: Name::clone(kind),
        },
        StepKind::Key(InstanceKey::Int(_)) | StepKind::BadNumber => {
            return Err(invalid("The prefix \"provider.\" must be followed by a provider type name.", subject.offset));
        }
    };
    let (rest, key) = match rest {
        [alias, Step { kind: StepKind::Key(InstanceKey::String(key)), .. }] => {
            (std::slice::from_ref(alias), Some(Name::clone(key)))
        }
        rest => (rest, None),
    };
    let alias = match rest {
        [] => None,
        [Step { kind: StepKind::Name(alias), .. }] => Some(Name::clone(alias)),
        [Step { kind: StepKind::Key(InstanceKey::String(alias)), .. }] => Some(Name::clone(alias)),
        [one] => return Err(invalid("Provider type name must be followed by a configuration alias name.", one.offset)),
        [_, extra, ..] => {
            return Err(invalid("Extraneous extra operators after provider configuration alias.", extra.offset));
        }
    };
    Ok(AbsProviderConfig { module, provider, alias, key })
}
