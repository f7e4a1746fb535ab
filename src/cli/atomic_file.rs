//! Files that are whole or not there: written beside their place, synced, and renamed into it.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::Builder;

/// Who may read a file, before the umask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever the umask lets.
    All,
    /// Its owner.
    Owner,
}

/// A place at which a file can be written: tried before anything is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AtomicFile {
    /// The path as the user wrote it.
    pub(crate) written: PathBuf,
    /// Where it leads, links followed: equal for two names of one file.
    pub(crate) place: PathBuf,
    device: bool,
    readers: Readers,
}

impl AtomicFile {
    /// Finds out whether a file can stand at this path; makes its directory where there is none.
    ///
    /// # Errors
    /// Why it cannot, as a fragment.
    pub(crate) fn at(path: &Path, readers: Readers) -> Result<Self, String> {
        let say = |what: &str| format!("`{}` {what}", path.display());
        let place = match fs::canonicalize(path) {
            Ok(place) => place,
            Err(_) if fs::symlink_metadata(path).is_ok() => {
                return Err(say("is a link that leads nowhere"));
            }
            Err(_) => new_place(path).map_err(|error| say(&error))?,
        };
        let kind = fs::metadata(&place).ok().map(|found| found.file_type());
        let device = kind.is_some_and(|kind| kind.is_char_device());
        if kind.is_some_and(|kind| !kind.is_file() && !kind.is_char_device()) {
            return Err(say("is no regular file"));
        }
        let file = Self {
            written: path.to_owned(),
            place,
            device,
            readers,
        };
        if !device {
            // Whether the directory takes new files shows only when one is made.
            file.beside()
                .map_err(|error| say(&format!("cannot be written: {}", reason(&error))))?;
        }
        Ok(file)
    }

    /// Puts these bytes in place of whatever stood there.
    ///
    /// # Errors
    /// Why they are not there; what stood there before still does.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), String> {
        let write = || -> io::Result<()> {
            if self.device {
                // A device cannot be replaced, and must not be.
                let mut device = OpenOptions::new().write(true).open(&self.place)?;
                device.write_all(bytes)?;
                return device.flush();
            }
            let mut file = self.beside()?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&self.place)?;
            Ok(())
        };
        write().map_err(|error| {
            format!(
                "`{}` could not be written: {}",
                self.written.display(),
                reason(&error)
            )
        })
    }

    /// Whether it is a device such as `/dev/null`, which is written as it comes and cannot be replaced.
    pub(crate) fn is_device(&self) -> bool {
        self.device
    }

    fn beside(&self) -> io::Result<tempfile::NamedTempFile> {
        let mode = match self.readers {
            Readers::All => 0o644,
            Readers::Owner => 0o600,
        };
        let folder = self.place.parent().unwrap_or(Path::new("/"));
        Builder::new()
            .prefix(".gapcheck-")
            .suffix(".part")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)
    }
}

/// The place of a file that does not exist yet; its directory is made.
fn new_place(path: &Path) -> Result<PathBuf, String> {
    let name = path.file_name().ok_or("names no file")?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let no_folder = |error: io::Error| {
        format!(
            "has no directory, and `{}` cannot be made: {}",
            folder.display(),
            reason(&error)
        )
    };
    fs::create_dir_all(folder).map_err(no_folder)?;
    let folder = fs::canonicalize(folder).map_err(no_folder)?;
    Ok(folder.join(name))
}

/// An error of the system in its own words and number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    // A temporary file's name in the text would be of no use to anybody.
    match text.split_once(" at path ") {
        Some((start, _)) => start.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn at(path: &Path) -> Result<AtomicFile, String> {
        AtomicFile::at(path, Readers::All)
    }

    #[test]
    fn o07_directories_are_made_and_odd_places_refused() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b/report.md");
        at(&deep).unwrap().write(b"whole").unwrap();
        assert_eq!(fs::read(&deep).unwrap(), b"whole");
        assert!(at(root.path()).unwrap_err().contains("no regular file"));
        let dangling = root.path().join("dangling");
        symlink(root.path().join("nowhere"), &dangling).unwrap();
        assert!(at(&dangling).unwrap_err().contains("leads nowhere"));
        let under_a_file = deep.join("x");
        assert!(at(&under_a_file).unwrap_err().contains("cannot be made"));
    }

    #[test]
    fn two_names_of_one_file_have_one_place() {
        let root = tempfile::tempdir().unwrap();
        let one = root.path().join("r.json");
        at(&one).unwrap().write(b"1").unwrap();
        let link = root.path().join("link.json");
        symlink(&one, &link).unwrap();
        assert_eq!(at(&link).unwrap().place, at(&one).unwrap().place);
        at(&link).unwrap().write(b"2").unwrap();
        assert_eq!(fs::read(&one).unwrap(), b"2");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn o06_a_full_device_is_told_and_nothing_is_left_behind() {
        let full = at(Path::new("/dev/full")).unwrap();
        let told = full.write(b"x").unwrap_err();
        assert!(told.contains("No space left on device"), "{told}");
        assert!(full.device);
    }

    #[test]
    fn s11_a_file_for_its_owner_is_readable_by_nobody_else() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("run.rec");
        let file = AtomicFile::at(&path, Readers::Owner).unwrap();
        file.write(b"x").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let names: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }
}
