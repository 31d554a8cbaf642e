//! `login`: remembers a server and a token.

use reqwest::Method;

use super::{Outcome, Session};
use crate::api::{Api, ApiError, plain, text};
use crate::credentials::Credentials;

pub(super) async fn login(session: &Session<'_>) -> Outcome {
    let server = plain(session.word("the address of a server")?);
    let token = read_token(session, &server)?;
    let api = Api::new(server.clone(), token.clone())?;
    let me = api.json(Method::GET, "/me", None).await?;
    let mut known = Credentials::load(session.process)?;
    known.server = Some(server.clone());
    known.tokens.insert(server.clone(), token);
    let path = known.save(session.process)?;
    session.out(&format!("{server} knows this token as {} with the role {}.", text(&me, "subject"), text(&me, "role")));
    session.out(&format!("It was remembered in {}.", path.display()));
    Ok(0)
}

fn read_token(session: &Session<'_>, server: &str) -> Result<String, ApiError> {
    let given = match session.arguments.value("token-file") {
        Some(path) => {
            let path = session.process.directory.join(path);
            let read = std::fs::read_to_string(&path);
            Some(read.map_err(|error| ApiError::Here(format!("cannot read {}: {error}", path.display())))?)
        }
        None => {
            if session.streams.input_is_terminal {
                session.streams.err(&format!("The token for {server}: "));
            }
            session.streams.line().map_err(|error| ApiError::Here(error.to_string()))?
        }
    };
    let token = given.unwrap_or_default().trim().to_owned();
    if token.is_empty() { Err(ApiError::Here("no token was given".to_owned())) } else { Ok(token) }
}
