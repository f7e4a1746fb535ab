//! What each row of the matrix has for itself: its hops, its identity, its control, its defaults.

use std::sync::Arc;

use crate::backend::{Backend, World};
use crate::check::review_lookup;
use crate::leaves::{Labels, Mistake, Selector};
use crate::suite::cluster::Cluster;
use crate::suite::common_keys::Defaults;
use crate::suite::hop_form::{HopForm, read_hops};
use crate::suite::include::Part;
use crate::suite::loader::Loader;
use crate::suite::misread::misread;
use crate::suite::naming::no_truths;
use crate::suite::reader::read;
use crate::suite::row_draft::{Hops, RowDraft};
use crate::suite::secret_table::SecretTable;
use crate::suite::template::nowhere;

impl Loader<'_> {
    /// Forms of all hops and backends; equal names are noted.
    pub(crate) fn hops(&mut self, parts: &[Arc<Part>], clusters: &[Cluster]) -> Hops {
        let mut hops = Hops {
            pipeline: Vec::new(),
            beside: Vec::new(),
            whole: true,
        };
        let before = self.errors();
        for part in parts {
            for (section, forms) in [
                ("pipeline", &mut hops.pipeline),
                ("backends", &mut hops.beside),
            ] {
                if let Some(list) = part.root.get(section).filter(|node| !node.is_null()) {
                    forms.extend(read_hops(
                        &part.file,
                        section,
                        list,
                        clusters,
                        &mut self.mistakes,
                    ));
                }
            }
        }
        let all: Vec<&HopForm> = hops.all().collect();
        for (at, hop) in all.iter().enumerate() {
            if let Some(first) = all[..at]
                .iter()
                .find(|first| first.name == hop.name && overlap(first, hop, clusters))
            {
                self.mistakes.push(
                    Mistake::new(
                        hop.origin.clone(),
                        format!(
                            "two hops are named `{}`, the first at {}",
                            hop.name, first.origin
                        ),
                    )
                    .help("Give one of them another name.")
                    .also(first.origin.clone(), "first written here"),
                );
            }
        }
        hops.whole = self.errors() == before;
        hops
    }
    /// Makes the hops of a row concrete.
    pub(crate) fn fill_world(
        &mut self,
        draft: &mut RowDraft<'_>,
        suite: &Arc<str>,
        hops: &Hops,
        parts: &[Arc<Part>],
        secrets: &SecretTable,
    ) {
        let mut whole = draft.whole;
        let context = draft.context(&self.environment, secrets);
        let takes = |form: &&HopForm| {
            draft
                .cluster
                .is_none_or(|cluster| form.clusters.takes(cluster))
        };
        let mut world = World {
            suite: suite.clone(),
            cluster: draft.cluster.map(|cluster| cluster.name.clone()),
            ..World::default()
        };
        for (forms, backends) in [
            (&hops.pipeline, &mut world.pipeline),
            (&hops.beside, &mut world.beside),
        ] {
            for form in forms.iter().filter(takes) {
                match form.concrete(&context, secrets, &mut self.mistakes) {
                    Some(hop) => {
                        backends.push(Arc::new(Backend::of(hop)));
                    }
                    None => whole = false,
                }
            }
        }
        let mut wrong = Vec::new();
        // The suite's own key wins over those of its includes, which stand before it.
        let last = |key: &str| {
            parts.iter().rev().find_map(|part| {
                part.root
                    .get(key)
                    .filter(|node| !node.is_null())
                    .map(|node| (part, node))
            })
        };
        if let Some((part, node)) = last("identity") {
            no_truths(&part.file, node, &mut wrong);
            if let Some(filled) = context.fill(node, &part.file, nowhere, &mut wrong) {
                match read::<Labels>(&filled) {
                    Ok(labels) if labels.is_empty() => wrong.push(
                        Mistake::new(
                            filled.origin(&part.file),
                            "an empty identity tells no sender from another",
                        )
                        .help("Write `identity: { cluster: \"${{ cluster.name }}\" }`."),
                    ),
                    Ok(labels) => world.identity = Some(labels),
                    Err(error) => wrong.push(misread(&part.file, &filled, &error)),
                }
            }
        }
        if let Some((part, node)) = last("control")
            && let Some(filled) = context.fill(node, &part.file, nowhere, &mut wrong)
        {
            match read::<Selector>(&filled) {
                Ok(selector) => world.control = Some(selector),
                Err(error) => wrong.push(misread(&part.file, &filled, &error)),
            }
        }
        self.mistakes.extend(wrong);
        draft.whole = whole;
        draft.world = world;
    }

    /// The defaults of each row: the suite's own keys, and its includes' for the rest.
    pub(crate) fn defaults(
        &mut self,
        parts: &[Arc<Part>],
        drafts: &[RowDraft<'_>],
        secrets: &SecretTable,
    ) -> Vec<Defaults> {
        let mut wrong = Vec::new();
        let all = drafts
            .iter()
            .map(|draft| {
                let context = draft.context(&self.environment, secrets);
                let mut merged = Defaults::default();
                for part in parts.iter().rev() {
                    let Some(node) = part.root.get("defaults").filter(|node| !node.is_null())
                    else {
                        continue;
                    };
                    let Some(filled) = context.fill(node, &part.file, nowhere, &mut wrong) else {
                        continue;
                    };
                    match read::<Defaults>(&filled) {
                        Ok(found) => {
                            for (key, limit) in
                                [("timeout", found.timeout), ("within", found.within)]
                            {
                                if limit.is_some_and(|limit| limit.0.is_zero()) {
                                    let at = filled.get(key).unwrap_or(&filled);
                                    wrong.push(Mistake::new(
                                        at.origin(&part.file),
                                        format!("a `{key}` of 0 leaves no time to ask"),
                                    ));
                                }
                            }
                            for complaint in review_lookup(&found.names()) {
                                let at = filled.along(&complaint.key);
                                let mut mistake =
                                    Mistake::new(at.origin(&part.file), complaint.message);
                                mistake.help = complaint.help;
                                wrong.push(mistake);
                            }
                            merged = Defaults {
                                timeout: merged.timeout.or(found.timeout),
                                severity: merged.severity.or(found.severity),
                                owner: merged.owner.or(found.owner),
                                tags: merged.tags.or(found.tags),
                                within: merged.within.or(found.within),
                                resolver: merged.resolver.or(found.resolver),
                                search: merged.search.or(found.search),
                                ndots: merged.ndots.or(found.ndots),
                            };
                        }
                        Err(error) => wrong.push(misread(&part.file, &filled, &error)),
                    }
                }
                merged
            })
            .collect();
        self.mistakes.extend(wrong);
        all
    }
}

/// Whether two hops stand in one cluster; a name may be used again where they never do.
fn overlap(one: &HopForm, other: &HopForm, clusters: &[Cluster]) -> bool {
    clusters.is_empty()
        || clusters
            .iter()
            .any(|cluster| one.clusters.takes(cluster) && other.clusters.takes(cluster))
}
