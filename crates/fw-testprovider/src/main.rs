//! A provider plugin for tests: a real plugin process of protocol 5 or 6 whose cloud is a directory and whose behaviour
//! is scripted. `docs/testprovider.md` describes what it offers and how to script it.

mod catalogue;
mod cloud;
mod fill;
mod place;
mod provider;
mod script;
mod server;
mod service;
mod start;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let program = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    if let Some(code) = start::misbehave() {
        return code;
    }
    let greeting = match server::Greeting::from_environment(&program) {
        Ok(greeting) => greeting,
        Err(why) => return start::explain(&why),
    };
    let provider = Arc::new(provider::Provider::new(greeting.protocol));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.and_then(|runtime| runtime.block_on(server::serve(greeting, service::Service(provider))));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => start::complain(&format!("the plugin cannot serve: {error}")),
    }
}
