//! Ways to start badly, for tests of hosts: `FW_TESTPROVIDER_START` names one.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use crate::server::NotStarted;

/// Does what the environment asks for instead of starting; `None` when it asks for nothing.
pub(crate) fn misbehave() -> Option<ExitCode> {
    let how = std::env::var("FW_TESTPROVIDER_START").ok()?;
    let print = |line: &str| {
        let mut stdout = io::stdout();
        // The host may have gone.
        drop(writeln!(stdout, "{line}"));
        drop(stdout.flush());
    };
    match how.as_str() {
        "exit" => return Some(complain("panic: cannot start\n\ngoroutine 1 [running]:\nmain.main()")),
        "garbage" => print("Usage: something else entirely"),
        "core" => print("2|6|unix|/nowhere|grpc|"),
        "protocol" => print("1|4|unix|/nowhere|grpc|"),
        "netrpc" => print("1|5|unix|/nowhere|netrpc|"),
        "address" => print("1|6|unix|/nowhere/at/all|grpc|"),
        "certificate" => print(&format!("1|6|unix|/nowhere|grpc|{}", "!".repeat(80))),
        "hang" => {}
        _ => return None,
    }
    std::thread::sleep(Duration::from_secs(3600));
    Some(ExitCode::FAILURE)
}

/// Whether shutdown is ignored.
pub(crate) fn ignores_shutdown() -> bool {
    std::env::var("FW_TESTPROVIDER_START").as_deref() == Ok("stay")
}

/// Tells a person that this is no program for people.
pub(crate) fn explain(why: &NotStarted) -> ExitCode {
    match why {
        NotStarted::ByHand => complain(
            "This binary is a plugin. These are not meant to be executed directly.\n\
             Please execute the program that consumes these plugins, which will load any plugins automatically",
        ),
        NotStarted::NoCommonProtocol(offered) => {
            complain(&format!("the host speaks provider protocols {offered}, this plugin speaks another"))
        }
    }
}

/// Says what is wrong and fails.
pub(crate) fn complain(text: &str) -> ExitCode {
    drop(writeln!(io::stderr(), "{text}"));
    ExitCode::FAILURE
}
