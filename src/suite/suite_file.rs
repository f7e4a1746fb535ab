//! One suite's file to a suite: its top-level keys, its clusters, its hops, its checks.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::backend::World;
use crate::leaves::{Mistake, Origin, words};
use crate::suite::checks_section::{ChecksSection, review_alone};
use crate::suite::cluster::{Cluster, ClusterChoice, read_clusters};

use crate::suite::identity::review_identity;
use crate::suite::include::{Part, gather};
use crate::suite::loaded_suite::{Row, Suite};
use crate::suite::loader::Loader;
use crate::suite::misread::{misread, unknown_key};
use crate::suite::naming::bad_name;
use crate::suite::node::Node;
use crate::suite::reader::read;
use crate::suite::root::Root;
use crate::suite::row_draft::RowDraft;
use crate::suite::secret_table::{SecretTable, SecretWorld, read_secrets};
use crate::suite::top_keys::{SUITE_KEYS, VERSION};
use crate::suite::variables::{self};

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
        let rows = self.clusters(&main, &root);
        let clusters: &[Cluster] = rows.as_deref().map_or(&[], Vec::as_slice);
        let secrets = self.secrets(&main, &root);
        let declared = self.declare(&parts);
        let rows = match self.choose(&main, clusters) {
            Some(rows) => rows,
            // Without any clusters no template can be filled in: what has none is looked at all the same.
            None if clusters.is_empty() => {
                review_alone(&parts, self);
                return None;
            }
            None => clusters.iter().map(Some).collect(),
        };
        // A name with a mistake was told; the rest is read under a word that no suite can have.
        let (name, origin) = name.unwrap_or_else(|| ("?".into(), Origin::whole(&main.file)));
        let hops = self.hops(&parts, clusters);
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
        for draft in &mut drafts {
            self.fill_world(draft, &name, &hops, &parts, &secrets);
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
        let defaults = self.defaults(&parts, &drafts, &secrets);
        for (draft, defaults) in drafts.iter_mut().zip(&defaults) {
            draft.world.names = defaults.names();
        }
        let section = ChecksSection {
            main: &main,
            parts: &parts,
            clusters,
            secrets: &secrets,
            owner: self.text(&main, "owner"),
            defaults,
            settings: self.inherited(&main, &parts, &drafts, &secrets),
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
            secrets: secrets.with_values(),
            rows,
        })
    }

    /// How many mistakes, warnings aside, there are so far.
    pub(crate) fn errors(&self) -> usize {
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
            return false;
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
        if let Some((key, _)) = main.root.entry("clusters_file")
            && !wanted
        {
            let help = "Say `clusters: all`, or remove `clusters_file`.".to_owned();
            self.wrong(
                main,
                key,
                "a clusters file is given, and the suite chooses no clusters",
            )
            .help = Some(help);
            return None;
        }
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
}
