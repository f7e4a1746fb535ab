//! The `checks:` of a suite, read for every row of its matrix; a check without templates is read once and shared.

use std::collections::HashMap;
use std::sync::Arc;

use crate::leaves::{Mistake, Origin, words};
use crate::suite::check_count::{MOST_CHECKS, review_count};
use crate::suite::check_form::{CheckForm, read_check, read_common, sort_keys};
use crate::suite::cluster::{Cluster, ClusterChoice};
use crate::suite::common_keys::Defaults;
use crate::suite::include::Part;
use crate::suite::loaded_suite::Entry;
use crate::suite::loader::Loader;
use crate::suite::misread::misread;
use crate::suite::node::Node;
use crate::suite::read_check::{Inherited, ReadCheck, read_one};
use crate::suite::reader::read;
use crate::suite::row_draft::RowDraft;
use crate::suite::secret_table::SecretTable;
use crate::suite::settings::Setting;
use crate::suite::template::Context;

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
    /// What is written for all checks of each row; empty where that is not kept.
    pub(crate) settings: Vec<Arc<[Setting]>>,
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
        if !review_count(self.main, drafts.len(), &lists, loader) {
            return rows;
        }
        let contexts: Vec<Context<'_>> = drafts
            .iter()
            .map(|draft| draft.context(&loader.environment, self.secrets))
            .collect();
        let (mut mistakes, mut made) = (Vec::new(), 0);
        for (part, list) in lists {
            for node in list.items().unwrap_or_default() {
                let Some(form) = sort_keys(&part.file, node, &loader.keys, &mut mistakes) else {
                    continue;
                };
                let Some(choice) = self.choice(part, &form, drafts, &mut mistakes) else {
                    continue;
                };
                let is_shared = !node.has_template();
                let mut shared = None;
                for (at, draft) in drafts.iter().enumerate() {
                    if draft.cluster.is_some_and(|cluster| !choice.takes(cluster)) {
                        continue;
                    }
                    let read = match shared.take().filter(|_| is_shared) {
                        Some(read) => Some(read),
                        None => read_one(&part.file, &form, &contexts[at], &mut mistakes),
                    };
                    let Some(mut read) = read else {
                        // What has no templates is as wrong in every other row.
                        if is_shared {
                            break;
                        }
                        continue;
                    };
                    let entries = self.entries(&mut read, at, draft, loader, &mut mistakes);
                    made += entries.len();
                    // A list of metrics that a template gives is counted only now.
                    if made > MOST_CHECKS {
                        loader.mistakes.push(Mistake::new(
                            form.origin.clone(),
                            format!("with this check the run is larger than {MOST_CHECKS} checks: the limit"),
                        ));
                        return rows;
                    }
                    rows[at].extend(entries);
                    shared = Some(read);
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

    /// What a check becomes in a row. Rows with equal defaults share the entries of a check without a waiver.
    fn entries(
        &self,
        read: &mut ReadCheck,
        at: usize,
        draft: &RowDraft<'_>,
        loader: &Loader<'_>,
        mistakes: &mut Vec<Mistake>,
    ) -> Vec<Arc<Entry>> {
        if draft.whole {
            read.review(&draft.world, mistakes);
        }
        if read.waiver.is_none()
            && let Some((row, entries)) = &read.entries
            && self.defaults[*row] == self.defaults[at]
        {
            return entries.clone();
        }
        let known_gap = read.known_gap(draft.cluster, self.clusters, loader.options.now, mistakes);
        let entries = read.make_entries(self.inherited(at), known_gap.as_ref());
        read.entries = Some((at, entries.clone()));
        entries
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

    fn inherited(&self, at: usize) -> Inherited<'_> {
        Inherited {
            defaults: &self.defaults[at],
            owner: self.owner.as_deref(),
            settings: self.settings.get(at),
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

/// Reads the checks without templates for their mistakes alone, where the clusters of the suite are not known.
pub(crate) fn review_alone(parts: &[Arc<Part>], loader: &mut Loader<'_>) {
    let mut mistakes = Vec::new();
    for part in parts {
        let list = part
            .root
            .get("checks")
            .and_then(Node::items)
            .unwrap_or_default();
        for node in list {
            if let Some(form) = sort_keys(&part.file, node, &loader.keys, &mut mistakes)
                && !node.has_template()
            {
                read_common(&part.file, &form.common, &mut mistakes);
                read_check(&part.file, form.kind, &form.form, Vec::new(), &mut mistakes);
            }
        }
    }
    loader.mistakes.extend(mistakes);
}
