//! A check that was read, and the entries of a suite that it becomes.

use std::path::Path;
use std::sync::Arc;

use crate::backend::World;
use crate::check::Check;
use crate::leaves::{Mistake, Origin, Timestamp};
use crate::suite::check_form::{CheckForm, read_check, read_common};
use crate::suite::cluster::Cluster;
use crate::suite::common_keys::{CommonKeys, Defaults, TIMEOUT};
use crate::suite::loaded_suite::Entry;
use crate::suite::naming::slug;
use crate::suite::node::Node;
use crate::suite::settings::{Setting, Settings, entries};
use crate::suite::template::{Context, nowhere};
use crate::suite::waiver::{KnownGap, KnownGapForm};

/// What a check has from its suite.
#[derive(Clone, Copy)]
pub(crate) struct Inherited<'a> {
    /// The defaults of its row.
    pub(crate) defaults: &'a Defaults,
    /// The suite's owner.
    pub(crate) owner: Option<&'a str>,
    /// What is written for all checks of its row, where that is kept.
    pub(crate) settings: Option<&'a Arc<[Setting]>>,
}

/// A check that was read: its common keys, and the check itself, once for each subject.
pub(crate) struct ReadCheck {
    file: Arc<Path>,
    /// Where its kind key stands.
    origin: Origin,
    common: CommonKeys,
    common_node: Node,
    form: Node,
    /// As written, before it is taken apart into one for each subject.
    whole: Check,
    /// One for each subject.
    checks: Vec<Arc<Check>>,
    /// Its waiver as written.
    pub(crate) waiver: Option<KnownGapForm>,
    /// The entries it became last, and in which row.
    pub(crate) entries: Option<(usize, Vec<Arc<Entry>>)>,
}

impl ReadCheck {
    /// Notes what the check finds wrong with itself in this world.
    pub(crate) fn review(&self, world: &World, mistakes: &mut Vec<Mistake>) {
        for complaint in self.whole.review(world) {
            let origin = match complaint.key.first() {
                Some(key) if self.form.get(key).is_some() => {
                    self.form.along(&complaint.key).origin(&self.file)
                }
                _ => self.origin.clone(),
            };
            let mut mistake = Mistake::new(origin, complaint.message);
            mistake.help = complaint.help;
            mistake.warning = complaint.warning;
            mistakes.push(mistake);
        }
    }

    /// The waiver in a cluster; one that has ended is noted as a warning.
    pub(crate) fn known_gap(
        &self,
        cluster: Option<&Cluster>,
        clusters: &[Cluster],
        now: Timestamp,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<KnownGap> {
        let waiver = self.waiver.as_ref()?;
        if let Some(choice) = &waiver.clusters {
            let node = self
                .common_node
                .along(&["known_gap".to_owned(), "clusters".to_owned()]);
            choice.review(&self.file, node, clusters, mistakes);
            if cluster.is_some_and(|cluster| !choice.takes(cluster)) {
                return None;
            }
        }
        let gap = waiver.waiver().ok()?;
        if gap.expires <= now {
            let node = self
                .common_node
                .along(&["known_gap".to_owned(), "until".to_owned()]);
            mistakes.push(
                Mistake::new(
                    node.origin(&self.file),
                    format!("this waiver ended on {}: the check counts again", gap.until),
                )
                .help("Remove `known_gap`, or move `until`.")
                .as_warning(),
            );
        }
        Some(gap)
    }

    /// The entries of the check, one for each subject.
    pub(crate) fn make_entries(
        &self,
        inherited: Inherited<'_>,
        known_gap: Option<&KnownGap>,
    ) -> Vec<Arc<Entry>> {
        let one = |check| Arc::new(self.entry(check, inherited, known_gap.cloned()));
        self.checks.iter().map(one).collect()
    }

    fn entry(
        &self,
        check: &Arc<Check>,
        inherited: Inherited<'_>,
        known_gap: Option<KnownGap>,
    ) -> Entry {
        let defaults = inherited.defaults;
        let common = &self.common;
        let mut tags = defaults.tags.clone().unwrap_or_default();
        for tag in common.tags.iter().flatten() {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        let needs_node = self.common_node.get("needs");
        let needs = common
            .needs
            .iter()
            .flat_map(|needs| needs.0.iter().enumerate())
            .map(|(at, id)| {
                let node =
                    needs_node.map_or(&self.common_node, |node| node.along(&[at.to_string()]));
                (id.clone(), node.origin(&self.file))
            });
        let several = self.checks.len() > 1;
        let settings = inherited.settings.map(|inherited| Settings {
            own: entries(&self.file, &[&self.form, &self.common_node]).into(),
            inherited: inherited.clone(),
        });
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
                .or_else(|| inherited.owner.map(str::to_owned)),
            hint: common.hint.clone(),
            severity: common.severity.or(defaults.severity).unwrap_or_default(),
            needs: needs.collect(),
            within: common.within.or(defaults.within).map(|within| within.0),
            timeout: common
                .timeout
                .or(defaults.timeout)
                .map_or(TIMEOUT, |timeout| timeout.0),
            known_gap,
            origin: self.origin.clone(),
            settings,
            check: check.clone(),
            tags,
        }
    }
}

/// Reads a check with its templates filled in.
pub(crate) fn read_one(
    file: &Arc<Path>,
    form: &CheckForm,
    context: &Context<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<ReadCheck> {
    let common_node = context.fill(&form.common, file, nowhere, mistakes);
    let node = context.fill(&form.form, file, nowhere, mistakes);
    let (common_node, node) = (common_node?, node?);
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
        file: file.clone(),
        origin: form.origin.clone(),
        waiver: common.known_gap.clone(),
        common,
        common_node,
        form: node,
        whole: check,
        checks,
        entries: None,
    })
}
