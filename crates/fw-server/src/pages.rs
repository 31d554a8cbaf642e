//! Static pages and their parts: everything is in the program, nothing is loaded from elsewhere.

use axum::http::header;
use axum::response::{Html, IntoResponse};

/// The page on which the API can be tried.
pub(crate) fn docs() -> impl IntoResponse {
    Html(include_str!("../assets/docs.html"))
}

pub(crate) fn docs_script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../assets/docs.js"))
}

pub(crate) fn docs_style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/docs.css"))
}

pub(crate) fn status_style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/status.css"))
}
