//! `/runs/` is `/runs`. This has to happen before a route is chosen, hence a service around the router.

use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use tower::Service;

/// A service whose paths do not end in slashes.
#[derive(Clone, Debug)]
pub(crate) struct TrimSlash<S>(pub(crate) S);

impl<S: Service<Request>> Service<Request> for TrimSlash<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        if let Some(uri) = trimmed(request.uri()) {
            *request.uri_mut() = uri;
        }
        self.0.call(request)
    }
}

fn trimmed(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return None;
    }
    let path = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    let text = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slashes_at_the_end_go() {
        let seen = |uri: &str| trimmed(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(seen("/a/b/?x=/").as_deref(), Some("/a/b?x=/"));
        assert_eq!(seen("/a///").as_deref(), Some("/a"));
        assert_eq!(seen("//").as_deref(), Some("/"));
        assert_eq!(seen("/"), None);
        assert_eq!(seen("/a"), None);
    }
}
