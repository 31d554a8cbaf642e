//! Names and passwords of hosts in the file that `curl` and others read: `.netrc`.

use std::path::PathBuf;

use crate::environment::Environment;

/// The name and the password for a host, if the file has any.
pub(super) fn credentials(environment: &Environment, host: &str) -> Option<(String, String)> {
    let own = || environment.home.as_ref().map(|home| home.join(".netrc"));
    let path = environment.get("NETRC").map(PathBuf::from).or_else(own)?;
    let text = std::fs::read_to_string(path).ok()?;
    find(&text, host)
}

fn find(text: &str, host: &str) -> Option<(String, String)> {
    let mut words = text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    let (mut here, mut login, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if here && password.is_some() {
                    break;
                }
                here = word == "default" || words.next() == Some(host);
                (login, password) = (None, None);
            }
            "login" if here => login = words.next(),
            "password" if here => password = words.next(),
            _ => {}
        }
    }
    (here && password.is_some())
        .then(|| (login.unwrap_or_default().to_owned(), password.unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_first_entry_of_the_host_counts() {
        let text =
            "# machine x\nmachine a.b login u\n password p machine c login v password q\ndefault login d password e";
        assert_eq!(find(text, "a.b"), Some(("u".into(), "p".into())));
        assert_eq!(find(text, "c"), Some(("v".into(), "q".into())));
        assert_eq!(find(text, "z"), Some(("d".into(), "e".into())));
        assert_eq!(find("machine a password p", "b"), None);
    }
}
