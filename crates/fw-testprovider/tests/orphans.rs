//! A plugin never outlives its host, even when the host is killed with no chance to clean up. This test is also the host
//! and the launcher: it runs itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fw_plugin_host::{Launcher, Plugin, StartOptions, exec_plugin};

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().and_then(|a| a.to_str()) {
        Some("launch-plugin") => panic!("{}", exec_plugin(arguments)),
        Some("hold-plugin") => hold(),
        _ if cfg!(target_os = "linux") => killed_hosts_leave_no_plugins(),
        _ => {}
    }
}

/// Starts a plugin, says so, and does nothing for ever.
fn hold() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // Started on a thread that ends at once: the plugin must live as long as the process, not as the thread.
    let handle = runtime.handle().clone();
    let started = std::thread::spawn(move || {
        let mut options = StartOptions::new(env!("CARGO_BIN_EXE_fw-testprovider"));
        options.launcher = Launcher::this_program("launch-plugin");
        let begin = Instant::now();
        let plugin = handle.block_on(Plugin::start(options)).expect("a plugin");
        (plugin, begin.elapsed())
    });
    let waiting = runtime.spawn(std::future::pending::<()>());
    let (plugin, _time) = runtime
        .block_on(async { tokio::task::spawn_blocking(|| started.join().expect("no panic")).await.expect("no panic") });
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", plugin.pid().expect("a process")).expect("a reader");
    stdout.flush().expect("a reader");
    drop(runtime.block_on(waiting));
}

fn killed_hosts_leave_no_plugins() {
    let this = std::env::current_exe().expect("a program");
    let mut host = Command::new(this).arg("hold-plugin").stdout(Stdio::piped()).spawn().expect("a host");
    let mut line = String::new();
    BufReader::new(host.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let plugin: u32 = line.trim().parse().expect("a process id");
    assert!(runs(plugin), "the plugin runs while its host does");
    host.kill().expect("SIGKILL");
    host.wait().expect("its end");
    let begin = Instant::now();
    while runs(plugin) {
        assert!(begin.elapsed() < Duration::from_secs(10), "plugin {plugin} outlived its host");
        std::thread::yield_now();
    }
}

fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}
