//! The `checks:` of a suite, read for every row of its matrix; a check without templates is read once and shared.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::check::Check;
use crate::leaves::{Complaint, Mistake, Origin, words};
use crate::suite::check_form::{CheckForm, read_check, read_common, sort_keys};
use crate::suite::cluster::{Cluster, ClusterChoice};
use crate::suite::common_keys::{CommonKeys, Defaults, TIMEOUT};
use crate::suite::include::Part;
use crate::suite::load::{Loader, MOST_CHECKS};
use crate::suite::loaded_suite::Entry;
use crate::suite::misread::misread;
use crate::suite::naming::slug;
use crate::suite::node::Node;
use crate::suite::reader::read;
use crate::suite::secret_table::SecretTable;
use crate::suite::suite_file::RowDraft;
use crate::suite::template::{Context, nowhere};
use crate::suite::top_keys::SUITE_KEYS;
use crate::suite::waiver::KnownGapForm;

/// What the checks of a suite are read with.
pub(crate) struct ChecksSection<'a> {
    /// The suite's own file.
    pub(crate) main: &'a Arc<Part>,
    /// All its files.
    pub(crate) parts: &'a [Arc<Part>],
    /// All rows of the clusters file.
    pub(crate) clusters: &'a [Cluster],
    /// Its secrets.
    pub(crate) secrets: &'a SecretTable,
    /// The suite's owner.
    pub(crate) owner: Option<String>,
    /// The defaults of each row.
    pub(crate) defaults: Vec<Defaults>,
}

/// A check that was read: its common keys, and the check itself, once for each subject.
struct ReadCheck {
    common: CommonKeys,
    common_node: Node,
    form: Node,
    /// As written, before it is taken apart into one for each subject.
    whole: Check,
    checks: Vec<Arc<Check>>,
    waiver: Option<KnownGapForm>,
    /// What the row's defaults made of it, kept for rows with the same.
    entries: Vec<Arc<Entry>>,
}

impl ChecksSection<'_> {
    /// The entries of each row.
    pub(crate) fn read(
        &self,
        loader: &mut Loader<'_>,
        drafts: &[RowDraft<'_>],
    ) -> Vec<Vec<Arc<Entry>>> {
        let mut rows: Vec<Vec<Arc<Entry>>> = vec![Vec::new(); drafts.len()];
        let lists: Vec<(&Arc<Part>, &Node)> = self
            .parts
            .iter()
            .filter_map(|part| part.root.get("checks").map(|list| (part, list)))
            .collect();
        if !self.review_count(loader, drafts.len(), &lists) {
            return rows;
        }
        let contexts: Vec<Context<'_>> = drafts
            .iter()
            .map(|draft| {
                Context::new(
                    &loader.environment,
                    draft.cluster,
                    &draft.variables.values,
                    &self.secrets.values,
                    &draft.variables.broken,
                )
            })
            .collect();
        let mut mistakes = Vec::new();
        for (part, list) in lists {
            for node in list.items().unwrap_or_default() {
                let Some(form) = sort_keys(&part.file, node, &loader.keys, &mut mistakes) else {
                    continue;
                };
                let Some(choice) = self.choice(part, &form, drafts, &mut mistakes) else {
                    continue;
                };
                let shared = if node.has_template() {
                    None
                } else {
                    match read_one(
                        &part.file,
                        &form,
                        form.common.clone(),
                        form.form.clone(),
                        &mut mistakes,
                    ) {
                        Some(read) => Some(read),
                        None => continue,
                    }
                };
                let mut shared = shared;
                for (at, draft) in drafts.iter().enumerate() {
                    if draft.cluster.is_some_and(|cluster| !choice.takes(cluster)) {
                        continue;
                    }
                    match &mut shared {
                        Some(read) => self.add(
                            read,
                            &part.file,
                            &form,
                            at,
                            draft,
                            loader,
                            &mut rows[at],
                            &mut mistakes,
                        ),
                        None => {
                            let common =
                                contexts[at].fill(&form.common, &part.file, nowhere, &mut mistakes);
                            let filled =
                                contexts[at].fill(&form.form, &part.file, nowhere, &mut mistakes);
                            let (Some(common), Some(filled)) = (common, filled) else {
                                continue;
                            };
                            if let Some(mut read) =
                                read_one(&part.file, &form, common, filled, &mut mistakes)
                            {
                                self.add(
                                    &mut read,
                                    &part.file,
                                    &form,
                                    at,
                                    draft,
                                    loader,
                                    &mut rows[at],
                                    &mut mistakes,
                                );
                            }
                        }
                    }
                }
            }
        }
        drop(contexts);
        loader.mistakes.extend(mistakes);
        for row in &rows {
            self.review_ids(row, loader);
        }
        rows
    }

    /// Whether there are checks, and not too many: counted before any is read.
    fn review_count(
        &self,
        loader: &mut Loader<'_>,
        rows: usize,
        lists: &[(&Arc<Part>, &Node)],
    ) -> bool {
        let mut written = 0usize;
        for (part, list) in lists {
            match list.items() {
                Some(items) => {
                    let subjects = |item: &Node| {
                        item.get("metrics")
                            .and_then(Node::items)
                            .map_or(1, |items| items.len().max(1))
                    };
                    written += items.iter().map(subjects).sum::<usize>();
                }
                None if list.is_null() => {}
                None => loader.mistakes.push(Mistake::new(
                    list.origin(&part.file),
                    format!("{} stands where a list of checks is expected", list.words()),
                )),
            }
        }
        let allow_empty = match self
            .main
            .root
            .get("allow_empty")
            .map(|node| (node, read::<bool>(node)))
        {
            Some((_, Ok(allow))) => allow,
            Some((node, Err(error))) => {
                loader.mistakes.push(misread(&self.main.file, node, &error));
                true
            }
            None => false,
        };
        let node = self
            .main
            .root
            .entry("checks")
            .map_or(&self.main.root, |(key, _)| key);
        let misspelt = self.main.root.entries().is_some_and(|entries| {
            let strangers = entries
                .iter()
                .filter_map(|(key, _)| key.as_text())
                .filter(|name| !SUITE_KEYS.contains(name));
            strangers
                .into_iter()
                .any(|name| words::nearest(name, SUITE_KEYS.iter().copied()) == Some("checks"))
        });
        if written == 0
            && !allow_empty
            && !misspelt
            && lists
                .iter()
                .all(|(_, list)| list.is_null() || list.items().is_some())
        {
            loader.mistakes.push(
                Mistake::new(node.origin(&self.main.file), "this suite defines no checks")
                    .help("Write some, or say `allow_empty: true`."),
            );
        }
        loader.checks = loader.checks.saturating_add(written.saturating_mul(rows));
        if loader.checks > MOST_CHECKS {
            loader.mistakes.push(Mistake::new(
                node.origin(&self.main.file),
                format!(
                    "{} for {} make the run larger than {MOST_CHECKS} checks: the limit",
                    words::count(written, "check"),
                    words::count(rows, "cluster")
                ),
            ));
            return false;
        }
        true
    }

    /// The clusters of a check; none where a mistake hides them.
    fn choice(
        &self,
        part: &Arc<Part>,
        form: &CheckForm,
        drafts: &[RowDraft<'_>],
        mistakes: &mut Vec<Mistake>,
    ) -> Option<ClusterChoice> {
        let Some(node) = form.common.get("clusters") else {
            return Some(ClusterChoice::All);
        };
        let origin = node.origin(&part.file);
        if node.has_template() {
            mistakes.push(Mistake::new(origin, "templates do not work in `clusters`"));
            return None;
        }
        let choice = match read::<ClusterChoice>(node) {
            Ok(choice) => choice,
            Err(error) => {
                mistakes.push(misread(&part.file, node, &error));
                return None;
            }
        };
        if drafts.iter().all(|draft| draft.cluster.is_none()) {
            mistakes.push(
                Mistake::new(
                    origin,
                    "this check chooses clusters, and the suite has none",
                )
                .help("Say `clusters:` at the top of the suite."),
            );
            return None;
        }
        let before = mistakes.len();
        choice.review(&part.file, node, self.clusters, mistakes);
        if mistakes.len() > before {
            return None;
        }
        let mine = Arc::ptr_eq(part, self.main);
        if mine
            && !drafts
                .iter()
                .filter_map(|draft| draft.cluster)
                .any(|cluster| choice.takes(cluster))
        {
            let names: Vec<&str> = drafts
                .iter()
                .filter_map(|draft| draft.cluster)
                .map(|cluster| &*cluster.name)
                .collect();
            mistakes.push(
                Mistake::new(
                    origin,
                    "this check is for no cluster of the suite and would never be asked",
                )
                .help(format!("The suite is for {}.", words::few(&names, 8))),
            );
            return None;
        }
        Some(choice)
    }

    #[expect(clippy::too_many_arguments, reason = "one row and one check meet here")]
    fn add(
        &self,
        read: &mut ReadCheck,
        file: &Arc<Path>,
        form: &CheckForm,
        at: usize,
        draft: &RowDraft<'_>,
        loader: &Loader<'_>,
        row: &mut Vec<Arc<Entry>>,
        mistakes: &mut Vec<Mistake>,
    ) {
        if draft.whole {
            for complaint in read.whole.review(&draft.world) {
                mistakes.push(complained(file, form, &read.form, complaint));
            }
        }
        let waiver = read.waiver.as_ref().filter(|waiver| {
            let chosen = waiver.clusters.as_ref();
            chosen.is_none_or(|choice| draft.cluster.is_none_or(|cluster| choice.takes(cluster)))
        });
        let known_gap = waiver.and_then(|waiver| waiver.waiver().ok());
        if let Some(gap) = &known_gap
            && gap.expires <= loader.options.now
        {
            let node = read
                .common_node
                .get("known_gap")
                .and_then(|node| node.get("until"))
                .unwrap_or(&read.common_node);
            mistakes.push(
                Mistake::new(
                    node.origin(file),
                    format!("this waiver ended on {}: the check counts again", gap.until),
                )
                .help("Remove `known_gap`, or move `until`.")
                .as_warning(),
            );
        }
        if let Some(choice) = read
            .waiver
            .as_ref()
            .and_then(|waiver| waiver.clusters.as_ref())
            && let Some(node) = read
                .common_node
                .get("known_gap")
                .and_then(|node| node.get("clusters"))
        {
            choice.review(file, node, self.clusters, mistakes);
        }
        // Rows share an entry where nothing of the row is in it.
        let first = &self.defaults[0];
        let alike = format!("{first:?}") == format!("{:?}", self.defaults[at]);
        if alike && !read.entries.is_empty() && read.waiver.is_none() {
            row.extend(read.entries.iter().cloned());
            return;
        }
        let entries: Vec<Arc<Entry>> = (0..read.checks.len())
            .map(|which| {
                Arc::new(self.entry(
                    read,
                    which,
                    file,
                    form,
                    &self.defaults[at],
                    known_gap.clone(),
                ))
            })
            .collect();
        if alike && read.waiver.is_none() {
            read.entries.clone_from(&entries);
        }
        row.extend(entries);
    }

    fn entry(
        &self,
        read: &ReadCheck,
        which: usize,
        file: &Arc<Path>,
        form: &CheckForm,
        defaults: &Defaults,
        known_gap: Option<crate::suite::waiver::KnownGap>,
    ) -> Entry {
        let common = &read.common;
        let mut tags = defaults.tags.clone().unwrap_or_default();
        for tag in common.tags.iter().flatten() {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        let needs_node = read.common_node.get("needs");
        let needs = common
            .needs
            .iter()
            .flat_map(|needs| needs.0.iter().enumerate())
            .map(|(at, id)| {
                let node =
                    needs_node.map_or(&read.common_node, |node| node.along(&[at.to_string()]));
                (id.clone(), node.origin(file))
            });
        let several = read.checks.len() > 1;
        let check = &read.checks[which];
        Entry {
            id: common.id.as_ref().map(|id| match several {
                true => format!("{id}-{}", slug(&check.subject())).into(),
                false => id.as_str().into(),
            }),
            group: common.id.as_deref().filter(|_| several).map(Into::into),
            title: common.title.clone(),
            owner: common
                .owner
                .clone()
                .or_else(|| defaults.owner.clone())
                .or_else(|| self.owner.clone()),
            hint: common.hint.clone(),
            severity: common.severity.or(defaults.severity).unwrap_or_default(),
            needs: needs.collect(),
            within: common.within.or(defaults.within).map(|within| within.0),
            timeout: common
                .timeout
                .or(defaults.timeout)
                .map_or(TIMEOUT, |timeout| timeout.0),
            known_gap,
            origin: form.origin.clone(),
            check: check.clone(),
            tags,
        }
    }

    /// Explicit ids are unique in a row.
    fn review_ids(&self, row: &[Arc<Entry>], loader: &mut Loader<'_>) {
        let mut seen: HashMap<&str, &Origin> = HashMap::new();
        for entry in row {
            let Some(id) = entry.group.as_deref().or(entry.id.as_deref()) else {
                continue;
            };
            match seen.get(id) {
                Some(first) if **first != entry.origin => {
                    loader.mistakes.push(twice(id, entry, first))
                }
                Some(_) => {}
                None => {
                    seen.insert(id, &entry.origin);
                }
            }
        }
    }
}

fn twice(id: &str, entry: &Entry, first: &Origin) -> Mistake {
    Mistake::new(
        entry.origin.clone(),
        format!("two checks have the id `{id}`, the first at {first}"),
    )
    .help("Give one of them another id.")
    .also(first.clone(), "first written here")
}

/// Reads a check whose templates are filled in.
fn read_one(
    file: &Arc<Path>,
    form: &CheckForm,
    common_node: Node,
    node: Node,
    mistakes: &mut Vec<Mistake>,
) -> Option<ReadCheck> {
    let common = read_common(file, &common_node, mistakes);
    let check = read_check(file, form.kind, &node, Vec::new(), mistakes);
    let (common, check) = (common?, check?);
    let checks = match check.clone() {
        Check::Metrics(metrics) => metrics
            .each()
            .into_iter()
            .map(|metric| Arc::new(Check::Metric(metric)))
            .collect(),
        check => vec![Arc::new(check)],
    };
    Some(ReadCheck {
        waiver: common.known_gap.clone(),
        common,
        common_node,
        form: node,
        whole: check,
        checks,
        entries: Vec::new(),
    })
}

/// A check's complaint about itself, at the key it is about.
fn complained(file: &Arc<Path>, form: &CheckForm, node: &Node, complaint: Complaint) -> Mistake {
    let origin = match complaint.key.first() {
        Some(key) if node.get(key).is_some() => node.along(&complaint.key).origin(file),
        _ => form.origin.clone(),
    };
    let mut mistake = Mistake::new(origin, complaint.message);
    mistake.help = complaint.help;
    mistake.warning = complaint.warning;
    mistake
}
