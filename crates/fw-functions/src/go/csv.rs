//! Comma-separated values as Go's `encoding/csv` reads them.

/// A line number and what is wrong there.
pub(crate) type Error = (usize, &'static str);

/// Reads records one after the other.
pub(crate) struct Reader<'a> {
    rest: &'a str,
    line: usize,
    record_line: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 0, record_line: 0 }
    }

    /// The next line with its end as `\n`, even if it is `\r\n`; the last may have none.
    fn next_line(&mut self) -> Option<String> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        if let Some(line) = line.strip_suffix("\r\n") {
            return Some(format!("{line}\n"));
        }
        // At the end of the text a lone carriage return is dropped.
        let line = if rest.is_empty() { line.strip_suffix('\r').unwrap_or(line) } else { line };
        Some(line.to_owned())
    }

    /// The next record; empty lines are skipped.
    pub(crate) fn record(&mut self) -> Option<Result<Vec<String>, Error>> {
        let line = loop {
            let line = self.next_line()?;
            if line != "\n" && !line.is_empty() {
                break line;
            }
            if line.is_empty() {
                return None;
            }
        };
        self.record_line = self.line;
        Some(self.fields(&line))
    }

    fn fields(&mut self, first: &str) -> Result<Vec<String>, Error> {
        let mut fields = Vec::new();
        let mut line = first.to_owned();
        let mut at = 0;
        loop {
            let rest = line.get(at..).unwrap_or_default();
            if let Some(quoted) = rest.strip_prefix('"') {
                let (field, next) = self.quoted(quoted.to_owned())?;
                fields.push(field);
                match next {
                    Some(rest) => {
                        line = rest;
                        at = 0;
                    }
                    None => return Ok(fields),
                }
            } else {
                let end = rest.find(',');
                let field = end.map_or(rest.strip_suffix('\n').unwrap_or(rest), |end| rest.get(..end).unwrap_or(rest));
                if field.contains('"') {
                    return Err((self.line, "bare \" in non-quoted-field"));
                }
                fields.push(field.to_owned());
                match end {
                    Some(end) => at += end + 1,
                    None => return Ok(fields),
                }
            }
        }
    }

    /// A quoted field from after its first quote, and what follows its comma; `None` at the end of the record.
    fn quoted(&mut self, mut line: String) -> Result<(String, Option<String>), Error> {
        let mut field = String::new();
        loop {
            let Some((inside, after)) = line.split_once('"') else {
                field.push_str(&line);
                match self.next_line() {
                    Some(next) => line = next,
                    // Go reports an unfinished field at the line after the last.
                    None if line.ends_with('\n') => {
                        return Err((self.line + 1, "extraneous or missing \" in quoted-field"));
                    }
                    None => return Err((self.line, "extraneous or missing \" in quoted-field")),
                }
                continue;
            };
            field.push_str(inside);
            if let Some(more) = after.strip_prefix('"') {
                field.push('"');
                line = more.to_owned();
            } else if let Some(next) = after.strip_prefix(',') {
                return Ok((field, Some(next.to_owned())));
            } else if after.is_empty() || after == "\n" {
                return Ok((field, None));
            } else {
                return Err((self.line, "extraneous or missing \" in quoted-field"));
            }
        }
    }

    /// The line on which the record just read starts.
    pub(crate) fn record_line(&self) -> usize {
        self.record_line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Vec<String>, Error>> {
        let mut reader = Reader::new(text);
        std::iter::from_fn(|| reader.record()).collect()
    }

    #[test]
    fn fields_quotes_and_line_ends() {
        let records = read("a,\"b \"\"c\"\"\nd\",\r\n\n \n\"x\"");
        let expected: Vec<Vec<&str>> = vec![vec!["a", "b \"c\"\nd", ""], vec![" "], vec!["x"]];
        assert_eq!(records.into_iter().map(Result::unwrap).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn mistakes() {
        assert_eq!(read("a\"b\n"), [Err((1, "bare \" in non-quoted-field"))]);
        assert_eq!(read("x\n\"a\"b\n")[1], Err((2, "extraneous or missing \" in quoted-field")));
        assert_eq!(read("\"a"), [Err((1, "extraneous or missing \" in quoted-field"))]);
    }
}
