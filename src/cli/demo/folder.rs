//! The folder of the demo: its suite, the clusters file that leads to the lab, and the reports.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::atomic_file::{AtomicFile, Readers};

/// The first line of each file that the demo writes; a file without it is somebody's own, and is not replaced.
const MARK: &str = "# Written by `gapcheck demo`, and replaced by the next one.\n";

/// The folder of one demo.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Its path, as the user wrote it.
    pub(crate) path: PathBuf,
}

impl Folder {
    /// Where the suite stands.
    pub(crate) fn suite(&self) -> PathBuf {
        self.path.join("finops-cost.yaml")
    }

    fn clusters(&self) -> PathBuf {
        self.path.join("clusters.yaml")
    }

    /// Writes the suite, and the clusters file that leads it to the lab.
    ///
    /// # Errors
    /// What is in the way.
    pub(crate) fn fill(&self, suite: &str, clusters: &str) -> Result<(), String> {
        for (path, text) in [(self.suite(), suite), (self.clusters(), clusters)] {
            if is_foreign(&path) {
                return Err(format!(
                    "`{}` was not written by a demo and is not replaced: name another folder with `--out`",
                    path.display()
                ));
            }
            AtomicFile::at(&path, Readers::All)?.write(format!("{MARK}{text}").as_bytes())?;
        }
        Ok(())
    }

    /// The reports, as `--report` takes them.
    pub(crate) fn reports(&self) -> Vec<OsString> {
        [
            ("junit=", "junit.xml"),
            ("md=", "report.md"),
            ("json=", "report.json"),
        ]
        .into_iter()
        .map(|(format, name)| {
            let mut report = OsString::from(format);
            report.push(self.path.join(name));
            report
        })
        .collect()
    }
}

fn is_foreign(path: &Path) -> bool {
    fs::read(path).is_ok_and(|text| !text.starts_with(MARK.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_somebody_else_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder {
            path: root.path().join("demo"),
        };
        folder.fill("", "clusters: {}\n").unwrap();
        folder.fill("", "clusters: {}\n").unwrap();
        fs::write(folder.clusters(), "clusters: { mine: {} }\n").unwrap();
        assert!(folder.fill("", "").unwrap_err().contains("clusters.yaml"));
    }
}
