//! The lake in a folder: a copy of the bucket, made by any tool that copies buckets, with keys as paths.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Lake, Object};
use crate::Error;

pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        if !root.is_dir() {
            return Err(format!("{} is no folder", root.display()).into());
        }
        Ok(Self {
            root: root.to_owned(),
        })
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    fn walk(&self, folder: &str, found: &mut Vec<Object>) -> Result<(), Error> {
        let entries = match std::fs::read_dir(self.path(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let key = format!("{folder}{}", entry.file_name().to_string_lossy());
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                self.walk(&format!("{key}/"), found)?;
            } else {
                found.push(Object {
                    key,
                    bytes: metadata.len(),
                });
            }
        }
        Ok(())
    }
}

impl Lake for Folder {
    fn list(&self, prefix: &str) -> Result<Vec<Object>, Error> {
        let folder = prefix
            .rsplit_once('/')
            .map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let mut found = Vec::new();
        self.walk(&folder, &mut found)?;
        found.retain(|object| object.key.starts_with(prefix));
        found.sort();
        Ok(found)
    }

    fn folders(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let entries = match std::fs::read_dir(self.path(prefix)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            // A bucket has no empty folders.
            if entry.metadata()?.is_dir() && std::fs::read_dir(entry.path())?.next().is_some() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        match std::fs::read(self.path(key)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, key: &str, file: &Path) -> Result<(), Error> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        // Beside it, and then in its place at once: who reads meanwhile has the old file or the new one.
        let mut beside = readable().tempfile_in(folder)?;
        std::io::copy(&mut std::fs::File::open(file)?, &mut beside)?;
        beside.persist(&path)?;
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        match std::fs::remove_file(self.path(key)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Temporary files that others may read, as far as the process lets them.
fn readable() -> tempfile::Builder<'static, 'static> {
    #[cfg_attr(
        not(unix),
        expect(unused_mut, reason = "there are no such permissions")
    )]
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}
