//! The program: environment, wiring, exit code.

use std::process::ExitCode;

// Values, states and plans are many small pieces; the system's allocator takes a third of the time of a large plan.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut hidden = std::env::args_os().skip(1);
    if hidden.next().is_some_and(|first| first == fw_cli::EXEC_PLUGIN) {
        let error = fw_plugin_host::exec_plugin(hidden);
        fw_cli::Streams::standard().err(&format!("failed to run the plugin: {error}\n"));
        return ExitCode::FAILURE;
    }
    let streams = fw_cli::Streams::standard();
    match fw_cli::Process::current(std::env::args_os()) {
        Ok(process) => ExitCode::from(fw_cli::main_with(&process, streams, &additions())),
        Err(error) => {
            streams.err(&format!("cannot find the working directory: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

/// What is part of the program beside the engine and its command line.
fn additions() -> fw_cli::Additions {
    fw_cli::Additions { commands: extensions(), backends: vec![&fw_backend_pg::Postgres] }
}

/// The commands of the service.
#[cfg(feature = "service")]
fn extensions() -> Vec<fw_cli::Extension> {
    fw_service::extensions()
}

/// A program without the service has none.
#[cfg(not(feature = "service"))]
fn extensions() -> Vec<fw_cli::Extension> {
    Vec::new()
}
