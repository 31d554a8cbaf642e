//! All routes with what surrounds them, and the loop that serves them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Service;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, SecurityRequirement};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::caller::authenticate;
use crate::middleware::{TrimSlash, deadline, identify, limit_body, once, secure, surround};
use crate::v1::{accounts, deployments, feed, runs, schedules, stacks, states, streams, system, terraform, webhooks};
use crate::{ApiError, grpc, pages, status};

/// States may be larger than other bodies.
const LARGEST_STATE: usize = 256 * 1024 * 1024;

/// After a stop, streams and whoever waits for a plan get so much time.
const STREAMS_END: Duration = Duration::from_secs(5);

/// The API's document.
#[must_use]
pub fn openapi() -> OpenApi {
    let (_, mut api) = quick().merge(slow()).split_for_parts();
    api.info = InfoBuilder::new()
        .title("Formwork")
        .version("1")
        .description(Some(
            "Plans and changes infrastructure from Terraform configurations. Errors are {error, message, details}.",
        ))
        .build();
    let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    api.components.get_or_insert_with(Default::default).add_security_scheme("token", scheme);
    api.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    api
}

/// Endpoints that answer soon.
fn quick() -> OpenApiRouter<App> {
    OpenApiRouter::new().nest(
        "/api/v1",
        OpenApiRouter::new()
            .routes(routes!(deployments::list, deployments::create))
            .routes(routes!(deployments::get, deployments::change::destroy))
            .routes(routes!(deployments::change::cancel))
            .routes(routes!(deployments::change::rollback))
            .routes(routes!(deployments::look::plan))
            .routes(routes!(deployments::look::state))
            .routes(routes!(stacks::list, stacks::create))
            .routes(routes!(stacks::get, stacks::update, stacks::remove))
            .routes(routes!(stacks::run))
            .routes(routes!(states::list))
            .routes(routes!(states::get))
            .routes(routes!(states::diff))
            .routes(routes!(states::restore))
            .routes(routes!(runs::list))
            .routes(routes!(runs::get))
            .routes(routes!(runs::steps))
            .routes(routes!(runs::plan))
            .routes(routes!(runs::approve))
            .routes(routes!(runs::reject))
            .routes(routes!(runs::cancel))
            .routes(routes!(runs::resolve))
            .routes(routes!(schedules::list, schedules::create))
            .routes(routes!(schedules::pause))
            .routes(routes!(schedules::trigger))
            .routes(routes!(schedules::remove))
            .routes(routes!(system::queue))
            .routes(routes!(system::workers))
            .routes(routes!(system::health))
            .routes(routes!(accounts::me))
            .routes(routes!(accounts::list, accounts::create))
            .routes(routes!(accounts::tokens, accounts::create_token))
            .routes(routes!(accounts::revoke))
            .routes(routes!(webhooks::list, webhooks::create))
            .routes(routes!(webhooks::remove)),
    )
}

/// Endpoints that go on for as long as what they follow does.
fn slow() -> OpenApiRouter<App> {
    OpenApiRouter::new().nest(
        "/api/v1",
        OpenApiRouter::new()
            .routes(routes!(deployments::change::update))
            .routes(routes!(deployments::look::events))
            .routes(routes!(deployments::look::logs))
            .routes(routes!(stacks::plan))
            .routes(routes!(streams::events))
            .routes(routes!(streams::logs))
            .routes(routes!(streams::socket))
            .routes(routes!(feed::events)),
    )
}

/// Everything that is served.
pub(crate) fn router(app: &App) -> Router {
    let options = &app.options;
    let document = openapi();
    let pages = Router::new()
        .route("/", get(status::home))
        .route("/status", get(|| async { Redirect::permanent("/") }))
        .route("/status/deployments/{id}", get(status::deployment))
        .route("/status/runs/{id}", get(status::run))
        .route("/docs", get(|| async { pages::docs() }))
        .route("/assets/docs.js", get(|| async { pages::docs_script() }))
        .route("/assets/docs.css", get(|| async { pages::docs_style() }))
        .route("/assets/status.css", get(|| async { pages::status_style() }))
        .route("/livez", get(|| async { system::live() }))
        .route("/readyz", get(system::ready))
        .route("/metrics", get(system::metrics))
        .route("/api/v1/openapi.json", get(move || async move { axum::Json(document) }))
        .route("/api/v1/proto/{name}", get(grpc::proto));
    let quick = Router::from(quick())
        .merge(pages)
        .layer(DefaultBodyLimit::max(options.body_limit))
        .layer(from_fn_with_state(options.body_limit, limit_body))
        .layer(from_fn_with_state(options.request_timeout, deadline));
    let slow = Router::from(slow())
        .layer(DefaultBodyLimit::max(options.body_limit))
        .layer(from_fn_with_state(options.body_limit, limit_body));
    let state = Router::new()
        .route("/api/v1/terraform/state/{name}", any(terraform::state))
        .layer(DefaultBodyLimit::max(LARGEST_STATE))
        .layer(from_fn_with_state(LARGEST_STATE, limit_body))
        .layer(from_fn_with_state(options.request_timeout, deadline));
    quick
        .merge(slow)
        .merge(state)
        .fallback(|| async { ApiError::not_found("page") })
        .method_not_allowed_fallback(|| async {
            let message = "the path exists, but not for this method";
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
        })
        .layer(from_fn_with_state(app.clone(), once))
        .layer(from_fn_with_state(app.clone(), authenticate))
        .layer(CompressionLayer::new())
        .layer(cors(&options.cors_origins))
        .layer(from_fn(secure))
        .merge(grpc::router(app))
        .layer(from_fn_with_state(Arc::clone(&app.requests), surround))
        .layer(from_fn_with_state(Arc::new(options.trusted_proxies.clone()), identify))
        .with_state(app.clone())
}

fn cors(origins: &[String]) -> CorsLayer {
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let headers = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("last-event-id"),
        HeaderName::from_static("x-request-id"),
    ];
    let exposed = [HeaderName::from_static("x-request-id"), header::RETRY_AFTER];
    let layer = CorsLayer::new().allow_methods(methods).allow_headers(headers).expose_headers(exposed);
    if origins.iter().any(|origin| origin == "*") {
        return layer.allow_origin(AllowOrigin::any());
    }
    layer.allow_origin(AllowOrigin::list(origins.iter().filter_map(|origin| origin.parse().ok())))
}

/// Serves until told to stop; then answers what is under way. Streams are ended after a while.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = TrimSlash(router(&app));
    let make = tower::service_fn(move |stream: axum::serve::IncomingStream<'_, TcpListener>| {
        let peer: SocketAddr = *stream.remote_addr();
        let service = service.clone();
        async move {
            Ok::<_, std::convert::Infallible>(tower::service_fn(move |mut request: Request| {
                request.extensions_mut().insert(ConnectInfo(peer));
                let mut service = service.clone();
                async move { service.call(request).await.map(IntoResponse::into_response) }
            }))
        }
    });
    let (told, mut heard) = watch::channel(false);
    let stop = async move {
        stop.await;
        app.control.close();
        told.send_replace(true);
    };
    let patience = async move {
        // The other end lives as long as the server.
        drop(heard.wait_for(|stopped| *stopped).await);
        tokio::time::sleep(STREAMS_END).await;
    };
    tokio::select! {
        served = axum::serve(listener, make).with_graceful_shutdown(stop).into_future() => served,
        () = patience => Ok(()),
    }
}
