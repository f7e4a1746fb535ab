//! The folder of the demo: its suite, the clusters file that leads to the lab, and the reports.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::atomic_file::{AtomicFile, Readers};

/// The incident's suite, as it is checked in.
const SUITE: &str = include_str!("../../../suites/finops-cost.yaml");

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

/// The check that a fault may ask otherwise.
const ASKED: &str = "  - id: cost-metric\n";

/// A second Prometheus of the first cluster.
const TWIN: &str = "backends:\n  - { name: prom-twin, kind: prometheus, url: \"${{ cluster.prom_twin }}\", clusters: ops }\n";

/// The incident's suite, with these keys and values in its check of the metric, and with that second Prometheus where there is one.
pub(crate) fn asking(asks: &[(&str, &str)], has_twin: bool) -> String {
    let Some((before, check)) = SUITE.split_once(ASKED) else {
        return SUITE.to_owned();
    };
    let (check, after) = check.split_at(check.find("\n  - id:").map_or(check.len(), |at| at + 1));
    let is_kept = |line: &&str| {
        !asks
            .iter()
            .any(|(key, _)| line.starts_with(&format!("    {key}:")))
    };
    let kept: String = check.split_inclusive('\n').filter(is_kept).collect();
    let asked: String = asks
        .iter()
        .map(|(key, value)| format!("    {key}: {value}\n"))
        .collect();
    let suite = [before, ASKED, &kept, &asked, after].concat();
    match has_twin {
        true => suite.replacen("control: ", &format!("{TWIN}control: "), 1),
        false => suite,
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
        folder.fill(SUITE, "clusters: {}\n").unwrap();
        folder.fill(SUITE, "clusters: {}\n").unwrap();
        fs::write(folder.clusters(), "clusters: { mine: {} }\n").unwrap();
        assert!(
            folder
                .fill(SUITE, "")
                .unwrap_err()
                .contains("clusters.yaml")
        );
    }

    #[test]
    fn the_check_of_the_metric_asks_what_a_fault_needs_and_nothing_else_is_otherwise() {
        assert_eq!(asking(&[], false).trim_end(), SUITE.trim_end());
        let suite = asking(&[("tenant", "\"finops\""), ("same", "true")], true);
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (was, is) = (lines(SUITE), lines(&suite));
        let gone: Vec<&String> = was.iter().filter(|line| !is.contains(line)).collect();
        let new: Vec<&String> = is.iter().filter(|line| !was.contains(line)).collect();
        assert_eq!(
            gone,
            Vec::<&String>::new(),
            "other checks have that line, too"
        );
        assert_eq!(new[0], "backends:");
        assert_eq!(new[2..], ["    tenant: \"finops\"", "    same: true"]);
        assert_eq!(is.len(), was.len() + 3);
    }
}
