//! The address of a package in its parts: how it is fetched, the URL, what the query asks of us.

use reqwest::Url;

/// An address in the full form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceUrl {
    /// How it is fetched: `git`, `https`, …
    pub(super) way: String,
    /// The URL without the query.
    pub(super) base: String,
    /// The query, decoded, sorted by name.
    pub(super) query: Vec<(String, String)>,
}

impl SourceUrl {
    pub(super) fn parse(address: &str) -> Self {
        let is_way = |way: &str| !way.is_empty() && way.chars().all(|c| c.is_ascii_alphanumeric());
        let forced = address.split_once("::").filter(|(way, rest)| is_way(way) && !rest.is_empty());
        let url = forced.map_or(address, |(_, url)| url);
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let way = forced.map_or_else(|| base.split(':').next().unwrap_or_default(), |(way, _)| way).to_owned();
        let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self { way, base: base.to_owned(), query: pairs }
    }

    /// Takes what the query says of something; empty where it says nothing.
    pub(super) fn take(&mut self, name: &str) -> String {
        let value = self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        self.query.retain(|(key, _)| key != name);
        value.unwrap_or_default()
    }

    /// The URL with what is left of the query.
    pub(super) fn text(&self) -> String {
        if self.query.is_empty() {
            return self.base.clone();
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
        format!("{}?{query}", self.base)
    }

    pub(super) fn url(&self) -> Result<Url, String> {
        Url::parse(&self.text()).map_err(|error| format!("parse {:?}: {error}", self.shown()))
    }

    /// The path within the host; the whole of a file's.
    pub(super) fn path(&self) -> &str {
        let rest = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest);
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }

    /// For people, without a password.
    pub(super) fn shown(&self) -> String {
        without_password(&self.text())
    }
}

/// The same text with `redacted` for the password of a URL.
pub(super) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}://{user}:redacted@{host}{path}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{SourceUrl, without_password};

    #[test]
    fn addresses_are_taken_apart() {
        let mut source = SourceUrl::parse("git::https://u:p@h/a.git?ref=x%2Fy&depth=1&z=a+b");
        assert_eq!((source.way.as_str(), source.base.as_str()), ("git", "https://u:p@h/a.git"));
        assert_eq!(source.shown(), "https://u:redacted@h/a.git?depth=1&ref=x%2Fy&z=a+b");
        assert_eq!(
            (source.take("ref").as_str(), source.take("depth").as_str(), source.take("q").as_str()),
            ("x/y", "1", "")
        );
        assert_eq!(source.text(), "https://u:p@h/a.git?z=a+b");
        assert_eq!(source.path(), "/a.git");
        assert_eq!(SourceUrl::parse("file:///a/b").path(), "/a/b");
        assert_eq!(SourceUrl::parse("localhost:80/a").way, "localhost");
    }

    #[test]
    fn passwords_are_left_out() {
        assert_eq!(without_password("git::ssh://git@h/x"), "git::ssh://git@h/x");
        assert_eq!(without_password("git::https://a:b@h"), "git::https://a:redacted@h");
    }
}
