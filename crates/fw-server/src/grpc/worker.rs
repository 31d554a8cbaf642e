//! Workers on other machines. A worker does steps of its token's account; tokens of the first account may ask for those of
//! all. A ticket is good only for whoever may do steps of its account.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::Stream;
use fw_database::access;
use fw_database::runs;
use fw_driver::now;
use fw_rpc::wire::{self, LARGEST_WHOLE};
use fw_rpc::worker::beat_reply::Verdict;
use fw_rpc::worker::worker_server::Worker;
use fw_rpc::worker::{
    BeatReply, EmitReply, FinishReply, GetObjectRequest, JournalRequest, NextReply, NextRequest, Piece, PutObjectReply,
    SaveStateReply, SaveStateRequest, Ticket as WireTicket, WriteJournalReply,
};
use fw_run::{AccountId, Beat, Control, ControlError, Finish, JournalWrite, NewState, Output, RunId, Ticket};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::{Request, Response, Status, Streaming};

use super::status;
use crate::app::App;
use crate::caller::{known, wrong_role};
use crate::v1::accounts::FIRST;
use crate::{ApiError, Principal, Role};

/// How long a worker may wait for a step in one go.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How much a document may bring: journals and log lines, and the end of an attempt.
const LARGEST_DOCUMENT: usize = 64 * 1024 * 1024;
/// How many objects are taken in or given out at a time: each is held in memory.
const OBJECTS: usize = 16;
/// Of how many runs the account is remembered.
const REMEMBERED: usize = 10_000;

/// The service that workers speak to.
pub(super) struct Workers {
    app: App,
    first_account: OnceLock<AccountId>,
    /// A run stays with its account.
    accounts: Mutex<HashMap<RunId, AccountId>>,
    objects: Semaphore,
}

type Pieces = Pin<Box<dyn Stream<Item = Result<Piece, Status>> + Send>>;

impl Workers {
    pub(super) fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            first_account: OnceLock::new(),
            accounts: Mutex::default(),
            objects: Semaphore::new(OBJECTS),
        }
    }

    /// Whether an account is the one that manages the installation.
    async fn is_first(&self, account: AccountId) -> Result<bool, Status> {
        if let Some(first) = self.first_account.get() {
            return Ok(*first == account);
        }
        let all = self.app.read((), |tx, ()| Box::pin(async move { Ok(access::accounts(tx).await?) })).await;
        let first = all.map_err(status)?.into_iter().find(|one| one.name == FIRST);
        Ok(first.is_some_and(|first| *self.first_account.get_or_init(|| first.id) == account))
    }

    async fn account_of(&self, run: RunId) -> Result<Option<AccountId>, Status> {
        let lock = || self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&run) {
            return Ok(Some(*known));
        }
        let found = self.app.read(run, |tx, run| Box::pin(async move { Ok(runs::account(tx, run).await?) })).await;
        let Some(account) = found.map_err(status)? else { return Ok(None) };
        let mut known = lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(run, account);
        Ok(Some(account))
    }

    /// The ticket of a request, if whoever shows it may have such a one.
    async fn ticket(&self, who: &Principal, ticket: Option<&WireTicket>) -> Result<Ticket, Status> {
        let ticket = wire::read_ticket(ticket)?;
        match self.account_of(ticket.run).await? {
            Some(account) if account == who.account || self.is_first(who.account).await? => Ok(ticket),
            // That there is such a run is nobody else's business.
            Some(_) | None => Err(wire::status(&ControlError::Gone)),
        }
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, Status> {
        self.objects.acquire().await.map_err(|_closed| Status::unavailable("the server is stopping"))
    }

    /// A document that was sent up, with its ticket.
    async fn upload<T: serde::de::DeserializeOwned>(
        &self,
        request: Request<Streaming<Piece>>,
    ) -> Result<(Ticket, T), Status> {
        let who = principal(&request)?;
        let (ticket, content) = wire::gather(request.into_inner(), LARGEST_DOCUMENT).await?;
        let ticket = self.ticket(&who, ticket.as_ref()).await?;
        Ok((ticket, wire::read_document(&content)?))
    }
}

/// The worker that asks.
fn principal<T>(request: &Request<T>) -> Result<Principal, Status> {
    let who = known(request.extensions()).ok_or_else(|| status(ApiError::unauthenticated()))?;
    if who.role == Role::Worker { Ok(who.clone()) } else { Err(status(wrong_role(who, Role::Worker))) }
}

fn refused(error: ControlError) -> Status {
    wire::status(&error)
}

fn download(whole: bytes::Bytes) -> Response<Pieces> {
    Response::new(Box::pin(futures::stream::iter(wire::pieces(None, whole).map(Ok))))
}

#[tonic::async_trait]
impl Worker for Workers {
    type InputStream = Pieces;
    type JournalStream = Pieces;
    type GetObjectStream = Pieces;

    async fn next(&self, request: Request<NextRequest>) -> Result<Response<NextReply>, Status> {
        let who = principal(&request)?;
        let request = request.into_inner();
        let mut worker = wire::read_worker(&request)?;
        if !request.all_accounts {
            worker.account = Some(who.account);
        } else if !self.is_first(who.account).await? {
            let message = format!("only workers of the account `{FIRST}` do steps of all accounts");
            return Err(Status::permission_denied(message));
        }
        let wait = Duration::from_millis(request.wait).min(LONGEST_WAIT);
        let assignment = self.app.control.next(&worker, wait).await.map_err(refused)?;
        Ok(Response::new(NextReply {
            lease_within: assignment.as_ref().map_or(0, |one| (one.lease_until - now()).0),
            assignment: assignment.as_ref().map(wire::document),
        }))
    }

    async fn beat(&self, request: Request<WireTicket>) -> Result<Response<BeatReply>, Status> {
        let who = principal(&request)?;
        let ticket = self.ticket(&who, Some(request.get_ref())).await?;
        let (verdict, until) = match self.app.control.beat(&ticket).await.map_err(refused)? {
            Beat::Alive { lease_until } => (Verdict::Alive, lease_until),
            Beat::Cancel { until } => (Verdict::Cancel, until),
            Beat::Gone => (Verdict::Gone, now()),
        };
        Ok(Response::new(BeatReply { verdict: verdict.into(), within: (until - now()).0 }))
    }

    async fn input(&self, request: Request<WireTicket>) -> Result<Response<Pieces>, Status> {
        let who = principal(&request)?;
        let ticket = self.ticket(&who, Some(request.get_ref())).await?;
        let input = self.app.control.input(&ticket).await.map_err(refused)?;
        Ok(download(wire::document(&input)))
    }

    async fn journal(&self, request: Request<JournalRequest>) -> Result<Response<Pieces>, Status> {
        let who = principal(&request)?;
        let request = request.into_inner();
        let ticket = self.ticket(&who, request.ticket.as_ref()).await?;
        let after = i64::try_from(request.after).map(|_fits| request.after);
        let after = after.map_err(|_error| Status::invalid_argument("there is no such position"))?;
        let entries = self.app.control.journal(&ticket, after).await.map_err(refused)?;
        Ok(download(wire::document(&entries)))
    }

    async fn write_journal(&self, request: Request<Streaming<Piece>>) -> Result<Response<WriteJournalReply>, Status> {
        let (ticket, writes) = self.upload::<Vec<JournalWrite>>(request).await?;
        let position = self.app.control.write_journal(&ticket, writes).await.map_err(refused)?;
        Ok(Response::new(WriteJournalReply { position }))
    }

    async fn save_state(&self, request: Request<SaveStateRequest>) -> Result<Response<SaveStateReply>, Status> {
        let who = principal(&request)?;
        let request = request.into_inner();
        let ticket = self.ticket(&who, request.ticket.as_ref()).await?;
        let state: NewState = wire::read_document(&request.state)?;
        let stored = self.app.control.save_state(&ticket, state).await.map_err(refused)?;
        Ok(Response::new(SaveStateReply { state: wire::document(&stored) }))
    }

    async fn emit(&self, request: Request<Streaming<Piece>>) -> Result<Response<EmitReply>, Status> {
        let (ticket, output) = self.upload::<Vec<Output>>(request).await?;
        self.app.control.emit(&ticket, output).await.map_err(refused)?;
        Ok(Response::new(EmitReply {}))
    }

    async fn put_object(&self, request: Request<Streaming<Piece>>) -> Result<Response<PutObjectReply>, Status> {
        let who = principal(&request)?;
        let _permit = self.permit().await?;
        let (ticket, content) = wire::gather(request.into_inner(), LARGEST_WHOLE).await?;
        let ticket = self.ticket(&who, ticket.as_ref()).await?;
        let digest = self.app.control.put_object(&ticket, content).await.map_err(refused)?;
        Ok(Response::new(PutObjectReply { digest: digest.to_string() }))
    }

    async fn get_object(&self, request: Request<GetObjectRequest>) -> Result<Response<Pieces>, Status> {
        let who = principal(&request)?;
        let request = request.into_inner();
        let ticket = self.ticket(&who, request.ticket.as_ref()).await?;
        let digest = request.digest.parse().map_err(|_error| Status::invalid_argument("the digest is none"))?;
        let _permit = self.permit().await?;
        let content = self.app.control.get_object(&ticket, &digest).await.map_err(refused)?;
        Ok(download(content))
    }

    async fn finish(&self, request: Request<Streaming<Piece>>) -> Result<Response<FinishReply>, Status> {
        let (ticket, finish) = self.upload::<Finish>(request).await?;
        self.app.control.finish(&ticket, finish).await.map_err(refused)?;
        Ok(Response::new(FinishReply {}))
    }
}
