//! Standard input, output and error: the only place that writes to them.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Something to write to that several may share.
pub(crate) type Writer = Arc<Mutex<dyn Write + Send>>;
type Reader = Arc<Mutex<dyn BufRead + Send>>;

/// Where a command reads and writes. Cheap to clone; clones share the streams.
#[derive(Clone)]
pub struct Streams {
    output: Writer,
    error: Writer,
    input: Reader,
    /// Whether somebody types the input.
    pub input_is_terminal: bool,
    /// Whether the output goes to a terminal.
    pub output_is_terminal: bool,
    /// Whether errors go to a terminal.
    pub error_is_terminal: bool,
}

impl Streams {
    /// Those of this process.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            output: Arc::new(Mutex::new(std::io::stdout())),
            error: Arc::new(Mutex::new(std::io::stderr())),
            input: Arc::new(Mutex::new(std::io::BufReader::new(std::io::stdin()))),
            input_is_terminal: std::io::stdin().is_terminal(),
            output_is_terminal: std::io::stdout().is_terminal(),
            error_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Streams that are no terminal.
    #[must_use]
    pub fn new(
        input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
        error: impl Write + Send + 'static,
    ) -> Self {
        Self {
            output: Arc::new(Mutex::new(output)),
            error: Arc::new(Mutex::new(error)),
            input: Arc::new(Mutex::new(input)),
            input_is_terminal: false,
            output_is_terminal: false,
            error_is_terminal: false,
        }
    }

    /// Writes to standard output, at once.
    pub fn out(&self, text: &str) {
        write(&self.output, text);
    }

    /// Writes to standard error, at once.
    pub fn err(&self, text: &str) {
        write(&self.error, text);
    }

    /// Standard output, for those who write to it while a command runs.
    pub(crate) fn output(&self) -> Writer {
        Arc::clone(&self.output)
    }

    /// A line of the input without its end; `None` at the end of the input.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn line(&self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_suffix('\n').unwrap_or(&line);
        Ok(Some(line.strip_suffix('\r').unwrap_or(line).to_owned()))
    }

    /// All the rest of the input.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn rest(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.input.lock().unwrap_or_else(PoisonError::into_inner).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// A shared writer, as a writer.
pub(crate) struct SharedWriter(pub(crate) Writer);

impl Write for SharedWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Whoever does not want to read what we write any more has closed the stream: nobody is left to tell.
fn write(to: &Writer, text: &str) {
    let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
    drop(to.write_all(text.as_bytes()).and_then(|()| to.flush()));
}
