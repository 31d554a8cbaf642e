//! Addresses of packages that are fetched by version control, download and the like, brought into the one form that says how:
//! `git::https://…`, `s3::https://…`, `file:///…`.

use super::{RemotePackage, clean_path};

/// The package as it is fetched, and the directory in it.
pub(super) fn parse(text: &str) -> Result<RemotePackage, String> {
    let failed = |why: String| format!("Failed to parse module source address: {why}.");
    if text.is_empty() {
        return Err(failed("invalid source address: ".to_owned()));
    }
    let (package, given) = split_subdirectory(text).map_err(failed)?;
    let (forced, bare) = forced(&package);
    let detected = if is_url(bare) { Some(package.clone()) } else { detect(forced, bare).map_err(failed)? };
    let Some(detected) = detected else { return Err(undetermined(bare)) };
    // Some forms have a directory of their own: `github.com/a/b/directory`.
    let (package, own) = split_subdirectory(&detected).map_err(failed)?;
    let subdirectory = match (own.as_str(), given.as_str()) {
        ("", given) => given.to_owned(),
        (own, "") => own.to_owned(),
        (own, given) => clean_path(&format!("{own}/{given}")),
    };
    Ok(RemotePackage { package, subdirectory })
}

fn undetermined(bare: &str) -> String {
    format!(
        "Terraform failed to determine your intended installation method for remote module package {bare:?}.\n\nIf you \
         intended this as a path relative to the current module, use \"./{bare}\" instead. The \"./\" prefix indicates \
         that the address is a relative filesystem path."
    )
}

/// The way of fetching that is asked for, as in `git::https://…`, and the rest.
fn forced(text: &str) -> (Option<&str>, &str) {
    match text.split_once("::") {
        Some((way, rest)) if !way.is_empty() && !rest.is_empty() && way.chars().all(|c| c.is_ascii_alphanumeric()) => {
            (Some(way), rest)
        }
        _ => (None, text),
    }
}

/// Whether it is a URL with a scheme, so that nothing has to be guessed.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme && rest.strip_prefix("//").is_none_or(has_usable_port)
}

/// `host:path` after a scheme is the form of `scp`, which no URL has.
fn has_usable_port(after_slashes: &str) -> bool {
    let authority = after_slashes.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let after_host = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    after_host.split_once(':').is_none_or(|(_, port)| port.chars().all(|c| c.is_ascii_digit()))
}

/// The full form of a short one, with the way of fetching that is asked for if there is one.
fn detect(forced: Option<&str>, bare: &str) -> Result<Option<String>, String> {
    let (address, query) = bare.split_once('?').map_or((bare, None), |(address, query)| (address, Some(query)));
    let found = if address.starts_with("github.com/") {
        Some(("git", repository(address)?))
    } else if let Some(found) = secure_shell(address) {
        let query = query.map(sorted_query).unwrap_or_default();
        return Ok(Some(with_way(forced.unwrap_or("git"), &format!("{found}{query}"))));
    } else if address.starts_with("bitbucket.org/") {
        // All of its repositories are of git by now.
        Some(("git", dot_git(&format!("https://{address}"))))
    } else if address.contains(".googleapis.com/") {
        Some(("gcs", google_storage(address)?))
    } else if address.contains(".amazonaws.com/") {
        Some(("s3", amazon_storage(address)?))
    } else {
        address.strip_prefix('/').map(|path| ("", format!("file:///{path}")))
    };
    Ok(found.map(|(way, url)| {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        with_way(forced.unwrap_or(way), &format!("{url}{query}"))
    }))
}

fn with_way(way: &str, url: &str) -> String {
    if way.is_empty() { url.to_owned() } else { format!("{way}::{url}") }
}

fn dot_git(url: &str) -> String {
    if url.ends_with(".git") { url.to_owned() } else { format!("{url}.git") }
}

fn repository(address: &str) -> Result<String, String> {
    let parts: Vec<&str> = address.splitn(4, '/').collect();
    match parts.as_slice() {
        [host, owner, name] => Ok(dot_git(&format!("https://{host}/{owner}/{name}"))),
        [host, owner, name, inside] => {
            let url = dot_git(&format!("https://{host}/{owner}/{name}"));
            Ok(if inside.is_empty() { url } else { format!("{url}//{inside}") })
        }
        _ => Err("GitHub URLs should be github.com/username/repo".to_owned()),
    }
}

/// `git@host:path`; other users are not taken for it.
fn secure_shell(address: &str) -> Option<String> {
    let (host, path) = address.strip_prefix("git@")?.split_once(':')?;
    let path = path.strip_prefix('/').unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| format!("ssh://git@{host}/{path}"))
}

fn sorted_query(query: &str) -> String {
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_by_key(|pair| pair.split('=').next());
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn google_storage(address: &str) -> Result<String, String> {
    match address.splitn(5, '/').collect::<Vec<_>>().as_slice() {
        [_, _, version, bucket, object] => {
            Ok(format!("https://www.googleapis.com/storage/{version}/{bucket}/{object}"))
        }
        _ => Err("URL is not a valid GCS URL".to_owned()),
    }
}

fn amazon_storage(address: &str) -> Result<String, String> {
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    match host.split('.').collect::<Vec<_>>().as_slice() {
        [region, _, _] => Ok(format!("https://{region}.amazonaws.com/{path}")),
        [bucket, region, _, _] => Ok(format!("https://{region}.amazonaws.com/{bucket}/{path}")),
        [bucket, "s3", region, _, _] => Ok(format!("https://s3.{region}.amazonaws.com/{bucket}/{path}")),
        _ => Err("URL is not a valid S3 URL".to_owned()),
    }
}

/// The package and the directory within it, which follows `//` (but not that of `https://`).
pub(super) fn split_subdirectory(text: &str) -> Result<(String, String), String> {
    let (address, query) = match text.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (text, String::new()),
    };
    let after_scheme = address.find("://").map_or(0, |i| i + 3);
    let (scheme, rest) = address.split_at_checked(after_scheme).unwrap_or(("", address));
    let Some((package, subdirectory)) = rest.split_once("//") else {
        return Ok((text.to_owned(), String::new()));
    };
    let clean = clean_path(subdirectory);
    if clean == ".." || clean.starts_with("../") {
        return Err(format!("subdirectory path {clean:?} leads outside of the module package"));
    }
    let subdirectory = if clean == "." { String::new() } else { clean.trim_start_matches('/').to_owned() };
    Ok((format!("{scheme}{package}{query}"), subdirectory))
}
