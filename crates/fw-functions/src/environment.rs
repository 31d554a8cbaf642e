//! What functions see of the world.

/// What a function needs of the outside world.
pub trait Environment {
    /// The bytes of a file; the message is for people.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String>;
    /// Whether a regular file is there.
    fn file_exists(&self, path: &str) -> Result<bool, String>;
    /// All files below a directory, as paths relative to it with `/`.
    fn files_below(&self, directory: &str) -> Result<Vec<String>, String>;
    /// The absolute form of a path.
    fn absolute(&self, path: &str) -> String;
    /// The home directory, for `~`.
    fn home(&self) -> Option<String>;
    /// Seconds and nanoseconds since the Unix epoch; `None` while planning, when `timestamp()` is unknown.
    fn now(&self) -> Option<(i64, u32)>;
    /// The time of the plan, for `plantimestamp()`; `None` when there is none.
    fn plan_time(&self) -> Option<(i64, u32)>;
    /// Random bytes; `None` while planning, when `uuid()` and `bcrypt()` are unknown.
    fn random(&self, buffer: &mut [u8]) -> Option<()>;
}

/// Where there is nothing outside: no files, no clock, no chance.
#[derive(Clone, Copy, Debug)]
pub struct Isolated;

impl Environment for Isolated {
    fn read_file(&self, _path: &str) -> Result<Vec<u8>, String> {
        Err("no files here".to_owned())
    }

    fn file_exists(&self, _path: &str) -> Result<bool, String> {
        Err("no files here".to_owned())
    }

    fn files_below(&self, _directory: &str) -> Result<Vec<String>, String> {
        Err("no files here".to_owned())
    }

    fn absolute(&self, path: &str) -> String {
        path.to_owned()
    }

    fn home(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<(i64, u32)> {
        None
    }

    fn plan_time(&self) -> Option<(i64, u32)> {
        None
    }

    fn random(&self, _buffer: &mut [u8]) -> Option<()> {
        None
    }
}
