//! The texts of all files that were read, for carets; and the careful reading of files that may be anything.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::leaves::words;

/// The largest file that is read.
pub(crate) const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The texts of the files, as they were read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: BTreeMap<PathBuf, Arc<str>>,
}

impl Sources {
    /// The text of a file, by the name under which it was read; none where it could not be read.
    pub fn text(&self, file: &Path) -> Option<&str> {
        self.texts.get(file).map(|text| &**text)
    }

    /// Keeps a text.
    pub(crate) fn keep(&mut self, file: &Path, text: Arc<str>) {
        self.texts.insert(file.to_owned(), text);
    }
}

/// The text of a suite's file, without a byte order mark. Anything but a regular file of UTF-8 of at most 16 MiB is refused, and
/// nothing is waited for.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = read_bytes(path, LARGEST_FILE)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let what = match error.as_bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ": it looks like UTF-16",
            _ => "",
        };
        format!("not UTF-8 at byte {at}{what}")
    })?;
    if let Some(at) = text.find('\0') {
        return Err(format!("not UTF-8 text at byte {at}: a NUL byte"));
    }
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// The bytes of a regular file of at most this size.
pub(crate) fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let about = fs::metadata(path).map_err(|error| io_words(&error))?;
    if about.is_dir() {
        return Err("this is a directory, and a file is expected".to_owned());
    }
    if !about.is_file() {
        return Err("this is not a regular file".to_owned());
    }
    let too_large = || {
        format!(
            "the file is larger than {}, the most that is read",
            words::bytes(most)
        )
    };
    if about.len() > most {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|error| io_words(&error))?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// The system's error in a few words.
pub(crate) fn io_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission to read it is denied".to_owned(),
        _ => {
            let text = error.to_string();
            format!(
                "it cannot be read: {}",
                text.split(" (os error").next().unwrap_or(&text)
            )
        }
    }
}
