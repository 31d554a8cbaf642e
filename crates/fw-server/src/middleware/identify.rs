//! Gives every request an id, and finds out which address it is really from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::TrustedProxies;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the client's own where it sent a decent one.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// The address a request is really from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) Option<IpAddr>);

pub(crate) async fn identify(State(proxies): State<Arc<TrustedProxies>>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_decent(id));
    let id = given.map_or_else(fresh, str::to_owned);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let client = peer.map(|peer| proxies.client(peer, request.headers()));
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(Client(client));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Ids end up in logs: no long ones, and no characters with a meaning.
fn is_decent(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn fresh() -> String {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex::encode(bytes)
}
