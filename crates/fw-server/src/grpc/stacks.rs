//! Stacks over gRPC: the endpoints of the REST API, asked in another way.

use std::pin::Pin;

use axum::Json;
use axum::extract::{Extension, Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{Stream, StreamExt as _, stream};
use fw_rpc::stacks::stacks_server::Stacks as Service;
use fw_rpc::stacks::{
    CreateRequest, GetRequest, ListReply, ListRequest, PlanEvent, PlanRequest, RunEvent, RunRequest, Source, Stack,
    Told as WireTold, plan_event, run_event,
};
use fw_run::{AccountId, RunId};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::body::{Body, OptionalBody, Parameters};
use crate::caller::{Caller, Needed};
use crate::ids::Ids;
use crate::live::{Follower, Place};
use crate::v1::runs::plan_json;
use crate::v1::stacks::{self as rest, StackBody, StackRequest, StacksQuery, why_failed};
use crate::v1::streams::{What, shown};
use crate::{ApiError, run_view};

/// The service.
pub(super) struct Stacks {
    app: App,
}

impl Stacks {
    pub(super) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn caller<R: Needed, T>(request: &Request<T>) -> Result<Caller<R>, Status> {
    Caller::of(request.extensions()).map_err(status)
}

/// The parts of a configuration, as the REST API takes them.
#[derive(Default)]
struct Given {
    terraform_json: Option<Box<RawValue>>,
    files: Option<std::collections::BTreeMap<String, String>>,
    archive: Option<String>,
    directory: Option<String>,
}

fn given(source: Option<Source>) -> Result<Given, Status> {
    let Some(source) = source else { return Ok(Given::default()) };
    let terraform_json = source.terraform_json.map(RawValue::from_string).transpose();
    let wrong = |error: serde_json::Error| {
        status(ApiError::invalid(format!("terraform_json cannot be read: {error}")).with(json!({
            "path": "terraform_json", "line": error.line(), "column": error.column()
        })))
    };
    Ok(Given {
        terraform_json: terraform_json.map_err(wrong)?,
        files: (!source.files.is_empty()).then_some(source.files),
        archive: source.archive.map(|archive| STANDARD.encode(archive)),
        directory: source.directory,
    })
}

fn variables(text: Option<String>) -> Result<Option<Map<String, Value>>, Status> {
    let read = text.map(|text| serde_json::from_str(&text)).transpose();
    read.map_err(|error| status(ApiError::invalid(format!("variables is not a JSON object: {error}"))))
}

fn priority(given: Option<i32>) -> Result<Option<i16>, Status> {
    let fits = given.map(i16::try_from).transpose();
    fits.map_err(|_error| status(ApiError::invalid("priority is too large a number")))
}

fn stack(body: StackBody) -> Stack {
    Stack {
        id: body.id,
        name: body.name,
        kind: body.kind,
        description: body.description,
        status: body.status,
        auto_approve: body.auto_approve,
        labels: body.labels,
        priority: i32::from(body.priority),
        has_configuration: body.has_configuration,
        created_at: body.created_at,
        updated_at: body.updated_at,
        latest_run_id: body.latest_run_id,
    }
}

/// What a run tells, until it is over.
fn told(
    app: &App,
    run: RunId,
    what: What,
) -> impl Stream<Item = Result<(&'static str, String), Status>> + Send + use<> {
    let name = run.to_string();
    stream::unfold(Some(Follower::new(app, run, Place::default())), move |follower| {
        let name = name.clone();
        async move {
            let mut follower = follower?;
            loop {
                match follower.next().await {
                    Ok(Some((_, told))) => {
                        if let Some((kind, value)) = shown(&name, &told, what) {
                            return Some((Ok((kind, value.to_string())), Some(follower)));
                        }
                    }
                    Ok(None) => return None,
                    Err(error) => return Some((Err(status(error)), None)),
                }
            }
        }
    })
}

/// The plan of a run that is over.
async fn planned(app: App, account: AccountId, run: RunId) -> Result<PlanEvent, Status> {
    let view = app.run(account, run).await.map_err(status)?;
    match plan_json(&app, &view).await.map_err(status)? {
        Some(plan) => Ok(PlanEvent { event: Some(plan_event::Event::Plan(plan.to_string())) }),
        None => Err(status(why_failed(&app, &view).await)),
    }
}

/// A run that is over, as the REST API shows it.
async fn finished(app: App, account: AccountId, run: RunId) -> Result<RunEvent, Status> {
    let view = app.run(account, run).await.map_err(status)?;
    let body = serde_json::to_string(&run_view::body(&view)).map_err(|error| status(ApiError::internal(&error)))?;
    Ok(RunEvent { event: Some(run_event::Event::Finished(body)) })
}

fn events<T: 'static>(stream: impl Stream<Item = Result<T, Status>> + Send + 'static) -> Response<Events<T>> {
    Response::new(Box::pin(stream))
}

#[tonic::async_trait]
impl Service for Stacks {
    type PlanStream = Events<PlanEvent>;
    type RunStream = Events<RunEvent>;

    async fn list(&self, request: Request<ListRequest>) -> Result<Response<ListReply>, Status> {
        let caller = caller(&request)?;
        let ListRequest { name, limit, offset } = request.into_inner();
        let query = Parameters(StacksQuery { name, limit, offset });
        let Json(found) = rest::list(State(self.app.clone()), caller, query).await.map_err(status)?;
        Ok(Response::new(ListReply { stacks: found.into_iter().map(stack).collect() }))
    }

    async fn get(&self, request: Request<GetRequest>) -> Result<Response<Stack>, Status> {
        let caller = caller(&request)?;
        let id = Path(request.into_inner().id);
        let Json(found) = rest::get(State(self.app.clone()), caller, id).await.map_err(status)?;
        Ok(Response::new(stack(found)))
    }

    async fn create(&self, request: Request<CreateRequest>) -> Result<Response<Stack>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let source = given(request.source)?;
        let wanted = StackRequest {
            name: Some(request.name),
            description: request.description,
            terraform_json: source.terraform_json,
            files: source.files,
            archive: source.archive,
            directory: source.directory,
            variables: variables(request.variables)?,
            auto_approve: request.auto_approve,
            labels: (!request.labels.is_empty()).then_some(request.labels),
            priority: priority(request.priority)?,
            ..StackRequest::default()
        };
        let made = rest::create(State(self.app.clone()), Extension(Ids::fresh()), caller, Body(wanted)).await;
        let (_, Json(made)) = made.map_err(status)?;
        Ok(Response::new(stack(made)))
    }

    async fn plan(&self, request: Request<PlanRequest>) -> Result<Response<Self::PlanStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let source = given(request.source)?;
        let wanted = rest::PlanRequest {
            terraform_json: source.terraform_json,
            files: source.files,
            archive: source.archive,
            directory: source.directory,
            variables: variables(request.variables)?,
            mode: request.mode,
            targets: request.targets,
            replace: request.replace,
            refresh: request.refresh,
            ..rest::PlanRequest::default()
        };
        let started = rest::start_plan(&self.app, &caller, &Ids::fresh(), &request.id, wanted).await;
        let (stack, run) = started.map_err(status)?;
        let first = PlanEvent { event: Some(plan_event::Event::RunId(run.to_string())) };
        let progress = told(&self.app, run, What::Plan)
            .map(|told| told.map(|(_, data)| PlanEvent { event: Some(plan_event::Event::Progress(data)) }));
        let last = stream::once(planned(self.app.clone(), stack.account, run));
        Ok(events(stream::iter([Ok(first)]).chain(progress).chain(last)))
    }

    async fn run(&self, request: Request<RunRequest>) -> Result<Response<Self::RunStream>, Status> {
        let caller: Caller<_> = caller(&request)?;
        let account = caller.principal.account;
        let request = request.into_inner();
        let follow = request.follow;
        let wanted = rest::RunRequest {
            operation: request.operation,
            auto_approve: request.auto_approve,
            refuse_dangerous: request.refuse_dangerous,
            targets: request.targets,
            replace: request.replace,
            refresh: request.refresh,
        };
        let (app, ids) = (State(self.app.clone()), Extension(Ids::fresh()));
        let made = rest::run(app, ids, caller, Path(request.id), OptionalBody(wanted)).await;
        let (_, Json(made)) = made.map_err(status)?;
        let run: RunId = made.id.parse().map_err(|error| status(ApiError::internal(&error)))?;
        let shown = serde_json::to_string(&made).map_err(|error| status(ApiError::internal(&error)))?;
        let first = stream::iter([Ok(RunEvent { event: Some(run_event::Event::Run(shown)) })]);
        if !follow {
            return Ok(events(first));
        }
        let told = told(&self.app, run, What::Everything).map(|told| {
            let told = told.map(|(kind, data)| WireTold { kind: kind.to_owned(), data });
            told.map(|told| RunEvent { event: Some(run_event::Event::Told(told)) })
        });
        let last = stream::once(finished(self.app.clone(), account, run));
        Ok(events(first.chain(told).chain(last)))
    }
}
