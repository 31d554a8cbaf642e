//! Values: their type, the msgpack that providers get, and the marks beside it.

use fw_value::{Marks, Path, PathMarks, PathStep, Value, msgpack};

use super::wire::{Read, Reader, Record, Writer, choice, corrupt, record};

choice!(PathStep { 0 => Attribute(name), 1 => Index(key) });
record!(PathMarks { path, marks });

const ALL_MARKS: [(u8, Marks); 3] = [(1, Marks::SENSITIVE), (2, Marks::EPHEMERAL), (4, Marks::TYPE)];

impl Record for Marks {
    fn write(&self, to: &mut Writer) {
        to.byte(ALL_MARKS.iter().filter(|(_, mark)| self.contains(*mark)).map(|(bit, _)| bit).sum());
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let bits = from.byte()?;
        if bits > 7 {
            return corrupt("unknown mark");
        }
        let set = ALL_MARKS.iter().filter(|(bit, _)| bits & bit != 0);
        Ok(set.fold(Self::NONE, |all, (_, mark)| all | *mark))
    }
}

impl Record for Path {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        // A step may hold a value, which may have marks at paths, whose steps ...: never when we have written it.
        Vec::read(from).map(Self)
    }
}

impl Record for Value {
    fn write(&self, to: &mut Writer) {
        let (plain, marks) = self.clone().unmark_deep_with_paths();
        to.ty(plain.ty());
        match msgpack::marshal(&plain, plain.ty()) {
            Ok(bytes) => to.blob(&bytes),
            Err(error) => to.fail(format!("{}: {}", error.path, error.message)),
        }
        marks.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let ty = from.ty()?;
        let bytes = from.blob()?;
        let value = msgpack::unmarshal(bytes, &ty).or_else(|error| corrupt(format!("invalid value: {error}")))?;
        let marks = from.nested(Vec::<PathMarks>::read)?;
        Ok(value.mark_with_paths(&marks))
    }
}
