//! The reports of a run: at most one on standard output, the others in files that say "did not finish" until it has.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::cli::atomic_file::{AtomicFile, Readers, reason};
use crate::cli::terminal::{Stderr, print};
use crate::leaves::{Ink, Redactor, visible, words};
use crate::report::{FORMATS, Format, FormatOptions, Record, format_named, without_ci_commands};

/// Where the reports of one run go.
#[derive(Debug)]
pub(crate) struct Output {
    files: Vec<(&'static Format, AtomicFile)>,
    stdout: &'static Format,
    /// Whether the report on standard output was asked for by name.
    stdout_asked: bool,
    recording: Option<AtomicFile>,
}

/// What was written where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Whether a report that was asked for is missing.
    pub(crate) lost: bool,
    /// Whether the verdict could be read on standard output.
    pub(crate) told: bool,
}

impl Output {
    /// Reads `--report FORMAT[=PATH]`, tries every path, and refuses those that would hit each other or a file that is read.
    ///
    /// # Errors
    /// All that is wrong, one message each.
    pub(crate) fn of(
        reports: &[OsString],
        recording: Option<&Path>,
        read: &[PathBuf],
    ) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let (mut files, mut stdouts) = (Vec::new(), Vec::new());
        for report in reports {
            match one(report) {
                Ok((format, None)) => stdouts.push(format),
                Ok((format, Some(path))) => match AtomicFile::at(&path, Readers::All) {
                    Ok(file) => files.push((format, file)),
                    Err(error) => wrong.push(error),
                },
                Err(error) => wrong.push(error),
            }
        }
        if let [first, second, ..] = stdouts[..] {
            wrong.push(format!(
                "standard output takes one report, not both {} and {}: write one to a file with `--report {}=PATH`",
                first.name, second.name, second.name
            ));
        }
        let recording = match recording.map(|path| AtomicFile::at(path, Readers::Owner)) {
            Some(Ok(file)) => Some(file),
            Some(Err(error)) => {
                wrong.push(error);
                None
            }
            None => None,
        };
        let places: Vec<&AtomicFile> = files
            .iter()
            .map(|(_, file)| file)
            .chain(&recording)
            .collect();
        wrong.extend(collisions(&places, read));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            files,
            stdout: stdouts
                .first()
                .copied()
                .or_else(|| format_named("text"))
                .expect("the table of formats has text"),
            stdout_asked: !stdouts.is_empty(),
            recording,
        })
    }

    /// Puts a red report in the place of each file, so that a run that dies leaves no green one behind.
    ///
    /// # Errors
    /// Why the first of them could not be written.
    pub(crate) fn unfinished(&self, record: &Record, redactor: &Redactor) -> Result<(), String> {
        let files = self.files.iter().filter(|(_, file)| !file.is_device());
        for (format, file) in files {
            let bytes = (format.write)(record, &FormatOptions::default());
            file.write(&redactor.scrub_bytes(bytes))?;
        }
        Ok(())
    }

    /// Writes every report; says what could not be written.
    pub(crate) fn write(
        &self,
        record: &Record,
        options: FormatOptions,
        stderr: &Stderr,
    ) -> Written {
        let mut written = Written::default();
        let plain = FormatOptions {
            ink: Ink::default(),
            ..options
        };
        for (format, file) in &self.files {
            let bytes = (format.write)(record, &plain);
            if let Err(error) = file.write(&stderr.redactor.scrub_bytes(bytes)) {
                stderr.refuse(&error);
                written.lost = true;
            }
        }
        let bytes = (self.stdout.write)(record, &options);
        let bytes = harmless(self.stdout.name, stderr.redactor.scrub_bytes(bytes));
        match print(&bytes) {
            Ok(()) => written.told = self.stdout.name == "text",
            Err(error) => {
                let what = format!("standard output could not be written: {}", reason(&error));
                if self.stdout_asked {
                    stderr.refuse(&what);
                    written.lost = true;
                } else {
                    stderr.warn(&what);
                }
            }
        }
        written
    }

    /// Writes the recording; says why it could not.
    pub(crate) fn keep(&self, recording: Option<Vec<u8>>, stderr: &Stderr) -> bool {
        let (Some(file), Some(bytes)) = (&self.recording, recording) else {
            return true;
        };
        let kept = file.write(&stderr.redactor.scrub_bytes(bytes));
        if let Err(error) = &kept {
            stderr.refuse(error);
        }
        kept.is_ok()
    }

    /// Whether a recording was asked for.
    pub(crate) fn records(&self) -> bool {
        self.recording.is_some()
    }

    /// The files of the reports, as the user wrote them.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.files
            .iter()
            .map(|(format, file)| (format.name, file.written.as_path()))
    }
}

/// A report for standard output, which may be a terminal or the log of a CI server: nothing in it acts there. JSON keeps its
/// meaning: what is escaped stands in its texts only.
fn harmless(format: &str, bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes);
    if format != "json" {
        return without_ci_commands(&text).into_bytes();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.replace("##", "\\u0023\\u0023").chars() {
        if (c.is_ascii() && c != '\u{7f}') || visible(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out.into_bytes()
}

/// `FORMAT`, `FORMAT=-` or `FORMAT=PATH`.
fn one(report: &OsStr) -> Result<(&'static Format, Option<PathBuf>), String> {
    let bytes = report.as_bytes();
    let (name, path) = match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) => (&bytes[..at], Some(OsStr::from_bytes(&bytes[at + 1..]))),
        None => (bytes, None),
    };
    let name = String::from_utf8_lossy(name);
    let format = format_named(&name).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let meant = words::nearest(&name, known.iter().copied())
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        format!(
            "no report format `{name}`{meant} The formats are {}",
            words::list(&known)
        )
    })?;
    match path {
        Some(path) if path.is_empty() => Err(format!(
            "`--report {name}=` names no file: write `--report {name}` for standard output"
        )),
        Some(path) if path != "-" => Ok((format, Some(path.into()))),
        _ => Ok((format, None)),
    }
}

/// Files that are each other, that are read in this run, or that look like a suite.
fn collisions(files: &[&AtomicFile], read: &[PathBuf]) -> Vec<String> {
    let mut wrong = Vec::new();
    let read: Vec<PathBuf> = read
        .iter()
        .filter_map(|path| std::fs::canonicalize(path).ok())
        .collect();
    for (at, file) in files.iter().enumerate() {
        let name = file.written.display();
        if let Some(other) = files[..at]
            .iter()
            .find(|other| other.place == file.place && !file.is_device())
        {
            wrong.push(format!(
                "`{}` and `{name}` are one file: give each report its own",
                other.written.display()
            ));
        }
        if read.contains(&file.place) {
            wrong.push(format!(
                "`{name}` is read in this run and cannot be written too"
            ));
        } else if file.place.exists() && is_yaml(&file.place) {
            wrong.push(format!(
                "`{name}` is a YAML file, which no report is: it may be a suite, and is not replaced"
            ));
        }
    }
    wrong
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reports: &[String]) -> Result<Output, String> {
        let reports: Vec<OsString> = reports.iter().map(OsString::from).collect();
        Output::of(&reports, None, &[]).map_err(|wrong| wrong.join("\n"))
    }

    #[test]
    fn formats_are_told_with_the_nearest_one() {
        let wrong = of(&["junti=a.xml".to_owned()]).unwrap_err();
        assert!(wrong.contains("did you mean `junit`?"), "{wrong}");
        assert!(
            of(&["json=".to_owned()])
                .unwrap_err()
                .contains("names no file")
        );
        let both = of(&["json".to_owned(), "md=-".to_owned()]).unwrap_err();
        assert!(both.contains("not both json and md"), "{both}");
        assert_eq!(of(&[]).unwrap().stdout.name, "text");
    }

    #[test]
    fn json_on_standard_output_is_harmless_and_means_the_same() {
        let text = "x ##[error] \u{9b}\u{202e}\u{e0041} é ## y";
        let json = serde_json::to_vec(text).unwrap();
        let shown = String::from_utf8(harmless("json", json)).unwrap();
        assert!(
            !shown.contains("##") && !shown.contains('\u{9b}'),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }

    #[test]
    fn c05_reports_never_hit_each_other_or_a_suite() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name).display().to_string();
        let twice = [format!("json={}", at("r")), format!("md={}", at("./r"))];
        assert!(of(&twice).unwrap_err().contains("are one file"));
        std::fs::write(at("suite.yaml"), "suite: a").unwrap();
        let suite = of(&[format!("json={}", at("suite.yaml"))]).unwrap_err();
        assert!(suite.contains("may be a suite"), "{suite}");
        let vars = root.path().join("vars");
        std::fs::write(&vars, "a: 1").unwrap();
        let report = OsString::from(format!("json={}", at("vars")));
        let wrong = Output::of(&[report], None, &[vars]).unwrap_err();
        assert!(wrong[0].contains("is read in this run"), "{wrong:?}");
        assert_eq!(
            std::fs::read_to_string(at("suite.yaml")).unwrap(),
            "suite: a"
        );
    }

    #[test]
    fn g04_a_red_report_stands_from_the_start() {
        use crate::leaves::Timestamp;
        use crate::report::ExitSummary;
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("junit.xml");
        std::fs::write(&path, "<testsuites/>").unwrap();
        let output = of(&[format!("junit={}", path.display())]).unwrap();
        let exit = ExitSummary::new(130, "the run has not finished");
        let record = Record::unfinished(Timestamp(0), "runner", &exit);
        output.unfinished(&record, &Redactor::default()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("<error"), "{text}");
    }
}
