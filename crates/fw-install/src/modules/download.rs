//! Packages from web servers: files, and pages that say where the package is.

use std::path::Path;

use super::fetch::Fetcher;
use super::source_url::SourceUrl;
use super::{copy, netrc, subdirectory};
use crate::http::Login;

/// After so many servers have sent us to another one, we give up.
const MOST_REDIRECTIONS: u32 = 10;

impl Fetcher {
    /// The name and the password for a server: those in the URL, else those of the file.
    fn login(&self, source: &SourceUrl) -> Result<(reqwest::Url, Option<Login>), String> {
        let url = source.url()?;
        let known = if url.username().is_empty() {
            url.host_str().and_then(|host| netrc::credentials(&self.environment, host))
        } else {
            None
        };
        Ok((url, known.map(|(name, password)| Login { name, password })))
    }

    /// Puts a file of a server into one here.
    pub(super) async fn download(&self, source: &SourceUrl, to: &Path) -> Result<(), String> {
        let (url, login) = self.login(source)?;
        self.http.save(&url, login.as_ref(), to).await
    }

    /// Asks a server where the package is, and gets it from there.
    pub(super) async fn follow(&self, source: &SourceUrl, into: &Path, redirections: u32) -> Result<(), String> {
        if redirections >= MOST_REDIRECTIONS {
            return Err(format!("too many X-Terraform-Get redirects: {}", redirections + 1));
        }
        let mut asking = source.clone();
        asking.query.push(("terraform-get".to_owned(), "1".to_owned()));
        let (url, login) = self.login(&asking)?;
        let page = self.http.page(&url, login.as_ref()).await?;
        let elsewhere = match page.package {
            Some(elsewhere) => elsewhere,
            None => in_meta(&String::from_utf8_lossy(&page.body)).ok_or("no source URL was returned")?,
        };
        let found = fw_config::RemotePackage::parse(&elsewhere)
            .map_err(|_wrong| format!("invalid source string: {}", elsewhere.split("//").next().unwrap_or_default()))?;
        if found.subdirectory.is_empty() {
            return self.get_package(&found.package, into, redirections + 1).await;
        }
        let whole = tempfile::Builder::new().prefix("getter").tempdir().map_err(|error| error.to_string())?;
        let package = whole.path().join("package");
        self.get_package(&found.package, &package, redirections + 1).await?;
        let directory = subdirectory::find(whole.path(), "package", &found.subdirectory)?;
        copy::tree_without_history(&whole.path().join(directory), into).map_err(|error| fw_diag::system_error(&error))
    }
}

/// What `<meta name="terraform-get" content="…">` in the head of a page says.
fn in_meta(page: &str) -> Option<String> {
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, next) = end_of_tag(after)?;
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default().to_ascii_lowercase();
        let ends_head = tag.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("/head"));
        if name == "body" || ends_head {
            return None;
        }
        if name == "meta" && attribute(tag, "name").as_deref() == Some("terraform-get") {
            let content = attribute(tag, "content").filter(|content| !content.is_empty());
            if content.is_some() {
                return content;
            }
        }
        rest = next;
    }
    None
}

/// A tag up to its `>`, which may also be in quotes, and the rest.
fn end_of_tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        let (value, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after.get(1..)?.split_once(quote)?,
            _ => after.split_once(char::is_whitespace).unwrap_or((after.trim_end_matches('/'), "")),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(unescape(value));
        }
        rest = next;
    }
    None
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::in_meta;

    #[test]
    fn pages_say_where_the_package_is() {
        let page = "<!DOCTYPE html><html><head><meta charset=utf-8><META content='https://x/y?a=1&amp;b=2' \
                    name=\"terraform-get\" /></head><body></body>";
        assert_eq!(in_meta(page).as_deref(), Some("https://x/y?a=1&b=2"));
        for page in [
            "<head></head><meta name=\"terraform-get\" content=\"x\">",
            "<body><meta name=\"terraform-get\" content=\"x\">",
            "<meta name=\"other\" content=\"x\">",
            "<meta name=\"terraform-get\" content=\"\">",
            "nothing",
            "<meta name=\"terraform-get",
        ] {
            assert_eq!(in_meta(page), None, "{page}");
        }
    }
}
