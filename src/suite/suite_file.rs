//! One suite's file to a suite: its top-level keys, its clusters, its hops, its checks.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::backend::{Backend, World};
use crate::leaves::{Labels, Mistake, Origin, Secret, Selector, words};
use crate::suite::checks_section::ChecksSection;
use crate::suite::cluster::{Cluster, ClusterChoice, read_clusters};
use crate::suite::common_keys::Defaults;
use crate::suite::hop_form::{HopForm, credentials, read_hops};
use crate::suite::identity::review_identity;
use crate::suite::include::{Part, gather};
use crate::suite::load::Loader;
use crate::suite::loaded_suite::{Row, Suite};
use crate::suite::misread::{misread, unknown_key};
use crate::suite::naming::{bad_name, no_truths};
use crate::suite::node::Node;
use crate::suite::reader::read;
use crate::suite::root::Root;
use crate::suite::secret_table::{SecretTable, SecretWorld, read_secrets};
use crate::suite::template::{Context, nowhere};
use crate::suite::top_keys::{SUITE_KEYS, VERSION};
use crate::suite::variables::{self, Variables};

/// A row of the matrix while its suite is read.
pub(crate) struct RowDraft<'a> {
    /// The cluster.
    pub(crate) cluster: Option<&'a Cluster>,
    /// Its variables.
    pub(crate) variables: Variables,
    /// Its hops, and whether all of them could be read.
    pub(crate) world: World,
    /// Whether all hops of the suite could be read.
    pub(crate) whole: bool,
}

impl Loader<'_> {
    /// The suite in a file; none where a mistake was found in it, all of which are noted.
    pub(crate) fn load_suite(&mut self, path: &Path, given: Option<&Path>) -> Option<Suite> {
        let before = self.errors();
        let main = self.files.open(path, None, &mut self.mistakes)?;
        if !self.review_top(&main) {
            return None;
        }
        let root = Root::of(path, given);
        let (parts, good) = gather(&main, &root, &mut self.files, &mut self.mistakes);
        let name = self.name(&main);
        let clusters = self.clusters(&main, &root);
        let secrets = self.secrets(&main, &root);
        let declared = self.declare(&parts);
        let chosen = self.choose(&main, clusters.as_deref().map_or(&[], Vec::as_slice));
        let (Some(rows), Some((name, origin))) = (chosen, name) else {
            return None;
        };
        let hops = self.hops(&parts, clusters.as_deref().map_or(&[], Vec::as_slice));
        let mut drafts: Vec<RowDraft<'_>> = rows
            .into_iter()
            .map(|cluster| {
                let variables = variables::fill(
                    &declared,
                    &self.environment,
                    cluster,
                    &secrets.values,
                    &mut self.mistakes,
                );
                RowDraft {
                    cluster,
                    variables,
                    world: World::default(),
                    whole: hops.whole,
                }
            })
            .collect();
        let mut used: Vec<Secret> = Vec::new();
        for draft in &mut drafts {
            self.fill_world(draft, &name, &hops, &parts, &secrets, &mut used);
        }
        let elsewhere: Vec<(String, Vec<String>)> = hops.places(&drafts);
        for draft in &mut drafts {
            let here: Vec<&str> = draft
                .world
                .pipeline
                .iter()
                .chain(&draft.world.beside)
                .map(|backend| backend.name())
                .collect();
            draft.world.elsewhere = elsewhere
                .iter()
                .filter(|(hop, _)| !here.contains(&hop.as_str()))
                .cloned()
                .collect();
        }
        let section = ChecksSection {
            main: &main,
            parts: &parts,
            clusters: clusters.as_deref().map_or(&[], Vec::as_slice),
            secrets: &secrets,
            owner: self.text(&main, "owner"),
            defaults: self.defaults(&parts, &drafts, &secrets),
        };
        let entries = section.read(self, &drafts);
        review_identity(&drafts, &entries, &hops, &mut self.mistakes);
        let min_checks = self.number(&main, "min_checks");
        let rows = drafts
            .into_iter()
            .zip(entries)
            .map(|(draft, entries)| Row {
                world: Arc::new(draft.world),
                entries,
            })
            .collect();
        (good && self.errors() == before).then_some(Suite {
            name,
            file: main.file.clone(),
            origin,
            min_checks,
            secrets: used,
            rows,
        })
    }

    fn errors(&self) -> usize {
        self.mistakes
            .iter()
            .filter(|mistake| !mistake.warning)
            .count()
    }

    fn wrong(&mut self, part: &Part, node: &Node, message: impl Into<String>) -> &mut Mistake {
        self.mistakes
            .push(Mistake::new(node.origin(&part.file), message));
        self.mistakes.last_mut().expect("one was just pushed")
    }

    /// Whether the file is a suite that this version can read; unknown keys are noted.
    fn review_top(&mut self, main: &Arc<Part>) -> bool {
        if main.root.is_null() {
            self.mistakes.push(Mistake::new(
                Origin::whole(&main.file),
                "this file is empty and defines no checks",
            ));
            return false;
        }
        let Some(entries) = main.root.entries() else {
            let message = format!("{} stands where a suite is expected", main.root.words());
            self.wrong(main, &main.root, message).help =
                Some("A suite is a map: `suite: NAME`, `checks: [..]`.".to_owned());
            return false;
        };
        if let Some(version) = main.root.get("version") {
            match read::<u64>(version) {
                Ok(VERSION) => {}
                Ok(newer) if newer > VERSION => {
                    let message = format!(
                        "version {newer} of the suite format needs a newer gapcheck; this one reads version {VERSION}"
                    );
                    self.wrong(main, version, message);
                    return false;
                }
                _ => {
                    let message = format!(
                        "{} is not a version of the suite format; this gapcheck reads version {VERSION}",
                        version.words()
                    );
                    self.wrong(main, version, message);
                }
            }
        }
        for (key, value) in entries {
            let name = key.as_text().unwrap_or_default();
            if !SUITE_KEYS.contains(&name) {
                self.mistakes.push(unknown_key(
                    key.origin(&main.file),
                    name,
                    SUITE_KEYS.iter().copied(),
                ));
            } else if value.is_null() && name != "checks" {
                self.wrong(
                    main,
                    key,
                    format!("`{name}` has no value: give one, or remove the key"),
                );
            } else if !matches!(
                name,
                "vars" | "pipeline" | "backends" | "identity" | "control" | "defaults" | "checks"
            ) && value.has_template()
            {
                self.wrong(main, value, format!("templates do not work in `{name}`"));
            }
        }
        let misspelt = |meant: &str| {
            let strangers = entries
                .iter()
                .filter_map(|(key, _)| key.as_text())
                .filter(|name| !SUITE_KEYS.contains(name));
            strangers
                .into_iter()
                .any(|name| words::nearest(name, SUITE_KEYS.iter().copied()) == Some(meant))
        };
        if main.root.get("suite").is_none() && !misspelt("suite") {
            let help = "Give the suite a name: `suite: NAME`.".to_owned();
            self.wrong(
                main,
                &main.root,
                "this file has no key `suite`, so it is no suite",
            )
            .help = Some(help);
        }
        true
    }

    fn name(&mut self, main: &Arc<Part>) -> Option<(Arc<str>, Origin)> {
        let node = main.root.get("suite")?;
        let name = self.text(main, "suite")?;
        if node.has_template() {
            return None;
        }
        match bad_name("a suite", &name) {
            Some(why) => {
                self.wrong(main, node, why);
                None
            }
            None => Some((name.into(), node.origin(&main.file))),
        }
    }

    fn value<'n, T: Deserialize<'n>>(&mut self, part: &'n Part, key: &str) -> Option<T> {
        let node = part.root.get(key).filter(|node| !node.is_null())?;
        read::<T>(node)
            .map_err(|error| self.mistakes.push(misread(&part.file, node, &error)))
            .ok()
    }

    fn text(&mut self, part: &Part, key: &str) -> Option<String> {
        self.value(part, key)
    }

    fn number(&mut self, part: &Part, key: &str) -> Option<(usize, Origin)> {
        let node = part.root.get(key)?;
        let number: usize = self.value(part, key)?;
        Some((number, node.origin(&part.file)))
    }

    /// The rows of the clusters file, where the suite has one.
    fn clusters(&mut self, main: &Arc<Part>, root: &Root) -> Option<Arc<Vec<Cluster>>> {
        let wanted = main.root.get("clusters").is_some();
        let (path, named_at) = match main
            .root
            .get("clusters_file")
            .filter(|node| !node.is_null())
        {
            Some(node) => {
                let named = self.text(main, "clusters_file")?;
                match root.file(&main.file, &named) {
                    Ok(path) => (path, node.origin(&main.file)),
                    Err(why) => {
                        self.wrong(
                            main,
                            node,
                            format!("cannot read the clusters file `{named}`: {why}"),
                        );
                        return None;
                    }
                }
            }
            None if wanted => match &root.clusters {
                Some(path) => (path.clone(), main.root.origin(&main.file)),
                None => return None,
            },
            None => return None,
        };
        if let Some(known) = self.clusters.get(&path) {
            return known.clone();
        }
        let before = self.errors();
        let part = self.files.open(&path, Some(&named_at), &mut self.mistakes);
        let rows = part.map(|part| read_clusters(&part.file, &part.root, &mut self.mistakes));
        let rows = rows.filter(|_| self.errors() == before).map(Arc::new);
        self.clusters.insert(path, rows.clone());
        rows
    }

    /// The clusters of the matrix; none where a mistake hides them.
    fn choose<'c>(
        &mut self,
        main: &Arc<Part>,
        clusters: &'c [Cluster],
    ) -> Option<Vec<Option<&'c Cluster>>> {
        let Some(node) = main.root.get("clusters").filter(|node| !node.is_null()) else {
            return Some(vec![None]);
        };
        let choice: ClusterChoice = self.value(main, "clusters")?;
        if clusters.is_empty() {
            if !self
                .mistakes
                .iter()
                .any(|mistake| mistake.message.contains("clusters file"))
                && self.clusters.values().all(Option::is_some)
            {
                let help = "Write a `clusters.yaml` beside the suite or above it, or name one with `clusters_file:`.".to_owned();
                self.wrong(
                    main,
                    node,
                    "the suite chooses clusters, and there is no clusters file",
                )
                .help = Some(help);
            }
            return None;
        }
        let before = self.errors();
        choice.review(&main.file, node, clusters, &mut self.mistakes);
        (self.errors() == before).then(|| {
            clusters
                .iter()
                .filter(|cluster| choice.takes(cluster))
                .map(Some)
                .collect()
        })
    }

    fn secrets(&mut self, main: &Arc<Part>, root: &Root) -> SecretTable {
        let Some(section) = main.root.get("secrets").filter(|node| !node.is_null()) else {
            return SecretTable::default();
        };
        let world = SecretWorld {
            env: &*self.options.env,
            mode: self.options.secrets,
            hosts: &self.options.secret_hosts,
            root,
        };
        read_secrets(&main.file, section, &world, &mut self.mistakes)
    }

    fn declare(&mut self, parts: &[Arc<Part>]) -> Vec<variables::Declared> {
        let mut declared = Vec::new();
        for part in parts {
            if let Some(section) = part.root.get("vars").filter(|node| !node.is_null()) {
                variables::declare(&part.file, section, &mut declared, &mut self.mistakes);
            }
        }
        let given = self.given_for(variables::names(&declared));
        self.declared
            .extend(variables::names(&declared).map(str::to_owned));
        variables::give(&mut declared, &given);
        declared
    }

    /// Forms of all hops and backends; equal names are noted.
    fn hops(&mut self, parts: &[Arc<Part>], clusters: &[Cluster]) -> Hops {
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

    fn fill_world(
        &mut self,
        draft: &mut RowDraft<'_>,
        suite: &Arc<str>,
        hops: &Hops,
        parts: &[Arc<Part>],
        secrets: &SecretTable,
        used: &mut Vec<Secret>,
    ) {
        let context = Context::new(
            &self.environment,
            draft.cluster,
            &draft.variables.values,
            &secrets.values,
            &draft.variables.broken,
        );
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
                        for (_, secret) in credentials(&hop) {
                            if !used.contains(secret) && !secret.reveal().is_empty() {
                                used.push(secret.clone());
                            }
                        }
                        backends.push(Arc::new(Backend::of(hop)));
                    }
                    None => draft.whole = false,
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
        draft.world = world;
    }

    /// The defaults of each row: the suite's own keys, and its includes' for the rest.
    fn defaults(
        &mut self,
        parts: &[Arc<Part>],
        drafts: &[RowDraft<'_>],
        secrets: &SecretTable,
    ) -> Vec<Defaults> {
        let mut wrong = Vec::new();
        let all = drafts
            .iter()
            .map(|draft| {
                let context = Context::new(
                    &self.environment,
                    draft.cluster,
                    &draft.variables.values,
                    &secrets.values,
                    &draft.variables.broken,
                );
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
                            merged = Defaults {
                                timeout: merged.timeout.or(found.timeout),
                                severity: merged.severity.or(found.severity),
                                owner: merged.owner.or(found.owner),
                                tags: merged.tags.or(found.tags),
                                within: merged.within.or(found.within),
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

/// The hops of a suite, before templates.
pub(crate) struct Hops {
    /// The way of the data.
    pub(crate) pipeline: Vec<HopForm>,
    /// Systems beside it.
    pub(crate) beside: Vec<HopForm>,
    whole: bool,
}

impl Hops {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &HopForm> {
        self.pipeline.iter().chain(&self.beside)
    }

    /// Each hop's name with the clusters of the matrix that have it.
    fn places(&self, drafts: &[RowDraft<'_>]) -> Vec<(String, Vec<String>)> {
        self.all()
            .map(|form| {
                let clusters = drafts
                    .iter()
                    .filter_map(|draft| draft.cluster)
                    .filter(|cluster| form.clusters.takes(cluster));
                (
                    form.name.clone(),
                    clusters.map(|cluster| cluster.name.to_string()).collect(),
                )
            })
            .collect()
    }
}

/// Whether two hops stand in one cluster; a name may be used again where they never do.
fn overlap(one: &HopForm, other: &HopForm, clusters: &[Cluster]) -> bool {
    clusters.is_empty()
        || clusters
            .iter()
            .any(|cluster| one.clusters.takes(cluster) && other.clusters.takes(cluster))
}
