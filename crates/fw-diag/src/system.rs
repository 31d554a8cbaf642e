//! What the operating system says when it refuses something.

/// The reason in lower case and without a number, as Go's programs print it: `no such file or directory`.
#[must_use]
pub fn system_error(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" (os error ").map_or(text.as_str(), |(text, _)| text);
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::system_error;

    #[test]
    fn reasons_are_the_systems_own_words() {
        let missing = std::fs::read("/nonexistent/file").unwrap_err();
        assert_eq!(system_error(&missing), "no such file or directory");
        assert_eq!(system_error(&Error::new(ErrorKind::InvalidData, "Something else")), "something else");
        assert_eq!(system_error(&Error::other("")), "");
    }
}
