//! Elements of the flat XML that AWS answers with. No parser: what is looked for has a name of its own in each answer.

/// The text of the first element with a name.
pub(crate) fn element(xml: &str, name: &str) -> Option<String> {
    inner(xml, name).map(|(text, _)| unescaped(text))
}

/// What is inside each element with a name.
pub(crate) fn elements<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((text, after)) = inner(rest, name) {
        found.push(text);
        rest = after;
    }
    found
}

fn inner<'x>(xml: &'x str, name: &str) -> Option<(&'x str, &'x str)> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (_, rest) = xml.split_once(&open)?;
    rest.split_once(&close)
}

fn unescaped(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    plain.replace("&#39;", "'").replace("&#34;", "\"").replace("&amp;", "&")
}
