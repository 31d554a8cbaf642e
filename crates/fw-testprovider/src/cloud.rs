//! The provider's cloud: a directory with one JSON file for each object, and a log of all calls. Tests look into it and
//! change it. Without a directory nothing is stored, and what the state says is true.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use fw_value::json::{self, Node};
use fw_value::{Type, Value};

/// The directory, if there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cloud {
    directory: Option<PathBuf>,
}

impl Cloud {
    /// Makes the directory when it is not there.
    pub(crate) fn open(directory: Option<PathBuf>) -> io::Result<Self> {
        if let Some(directory) = &directory {
            fs::create_dir_all(directory)?;
        }
        Ok(Self { directory })
    }

    /// Whether objects are stored at all.
    pub(crate) fn is_there(&self) -> bool {
        self.directory.is_some()
    }

    /// An id that no object of the kind has: the name and a number. The place is taken at once.
    pub(crate) fn new_id(&self, kind: &str, name: &str) -> io::Result<String> {
        for number in 1_u64.. {
            let id = format!("{}-{number}", clean(name));
            let Some(file) = self.file(kind, &id) else { return Ok(id) };
            match fs::OpenOptions::new().write(true).create_new(true).open(file) {
                Ok(_taken) => return Ok(id),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("no number is free"))
    }

    /// Stores an object.
    pub(crate) fn put(&self, kind: &str, id: &str, object: &Value, ty: &Type) -> io::Result<()> {
        let Some(file) = self.file(kind, id) else { return Ok(()) };
        let text = json::marshal(object, ty).map_err(|e| io::Error::other(e.message))?;
        let node = Node::parse(&text).map_err(|e| io::Error::other(e.to_string()))?;
        let mut pretty = String::new();
        node.write_pretty(0, &mut pretty);
        pretty.push('\n');
        // Readers see the old object or the new one, whole.
        let unfinished = file.with_extension("unfinished");
        fs::write(&unfinished, pretty)?;
        fs::rename(unfinished, file)
    }

    /// The object as its file says.
    pub(crate) fn get(&self, kind: &str, id: &str) -> io::Result<Option<Node>> {
        let Some(file) = self.file(kind, id) else { return Ok(None) };
        match fs::read(file) {
            Ok(bytes) if bytes.is_empty() => Ok(None),
            Ok(bytes) => Node::parse_bytes(&bytes).map(Some).map_err(|e| io::Error::other(e.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The first object of the kind with a name.
    pub(crate) fn find(&self, kind: &str, name: &str) -> io::Result<Option<Node>> {
        for id in self.ids(kind)? {
            let Some(object) = self.get(kind, &id)? else { continue };
            if object.get("name").and_then(Node::as_str) == Some(name) {
                return Ok(Some(object));
            }
        }
        Ok(None)
    }

    /// All objects of the kind, by id.
    pub(crate) fn all(&self, kind: &str) -> io::Result<Vec<Node>> {
        let mut found = Vec::new();
        for id in self.ids(kind)? {
            found.extend(self.get(kind, &id)?);
        }
        Ok(found)
    }

    fn ids(&self, kind: &str) -> io::Result<Vec<String>> {
        let Some(directory) = &self.directory else { return Ok(Vec::new()) };
        let mut files: Vec<PathBuf> =
            fs::read_dir(directory)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
        files.sort();
        let prefix = format!("{kind}.");
        let id =
            |file: &PathBuf| Some(file.file_name()?.to_str()?.strip_prefix(&prefix)?.strip_suffix(".json")?.to_owned());
        Ok(files.iter().filter_map(id).collect())
    }

    /// Forgets an object.
    pub(crate) fn remove(&self, kind: &str, id: &str) -> io::Result<()> {
        match self.file(kind, id).map(fs::remove_file) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Some(Ok(()) | Err(_)) | None => Ok(()),
        }
    }

    /// Adds a line to the log of calls. One write each, so that lines of several processes do not mix.
    pub(crate) fn log(&self, entry: &Node) -> io::Result<()> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let file = fs::OpenOptions::new().create(true).append(true).open(directory.join("calls.log"));
        file?.write_all(format!("{entry}\n").as_bytes())
    }

    fn file(&self, kind: &str, id: &str) -> Option<PathBuf> {
        let directory: &Path = self.directory.as_ref()?;
        Some(directory.join(format!("{kind}.{}.json", clean(id))))
    }
}

/// A name that is fit for a file.
fn clean(name: &str) -> String {
    let fit = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '[' | ']') { c } else { '_' };
    let name: String = name.chars().map(fit).take(100).collect();
    if name.is_empty() { "object".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_stored_found_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let cloud = Cloud::open(Some(directory.path().join("cloud"))).unwrap();
        let id = cloud.new_id("k", "a/b").unwrap();
        assert_eq!(id, "a_b-1");
        assert_eq!(cloud.new_id("k", "a/b").unwrap(), "a_b-2");
        assert_eq!(cloud.get("k", &id).unwrap(), None);
        let object = Value::object([("name", Value::string("a/b"))]);
        cloud.put("k", &id, &object, object.ty()).unwrap();
        assert_eq!(cloud.find("k", "a/b").unwrap(), cloud.get("k", &id).unwrap());
        assert!(cloud.find("other", "a/b").unwrap().is_none());
        cloud.remove("k", &id).unwrap();
        cloud.remove("k", &id).unwrap();
        assert_eq!(cloud.get("k", &id).unwrap(), None);
    }

    #[test]
    fn without_a_directory_nothing_is_stored() {
        let cloud = Cloud::default();
        assert_eq!(cloud.new_id("k", "n").unwrap(), "n-1");
        cloud.put("k", "n-1", &Value::empty_object(), &Type::empty_object()).unwrap();
        assert_eq!(cloud.get("k", "n-1").unwrap(), None);
    }
}
