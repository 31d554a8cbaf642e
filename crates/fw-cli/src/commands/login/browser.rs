//! Opening pages in the user's browser.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::session::Session;

/// Programs that open a page in whatever the user likes for that.
const OPENERS: [&str; 4] = ["xdg-open", "x-www-browser", "www-browser", "open"];

/// Opens a page; whether there is a program for that.
pub(super) fn open(session: &Session, page: &str) -> bool {
    let path = session.surroundings.variable("PATH").unwrap_or_default();
    let directories = || path.split(':').filter(|directory| !directory.is_empty());
    let opener = OPENERS
        .into_iter()
        .find_map(|name| directories().map(|directory| Path::new(directory).join(name)).find(|path| path.is_file()));
    let Some(opener) = opener else { return false };
    let child = Command::new(opener).arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    child.is_ok()
}
