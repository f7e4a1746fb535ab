//! Which checks of a plan are wanted.

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};

use crate::leaves::words;
use crate::plan::step::Step;

/// Which checks are wanted: those of one of the clusters, with one of the tags, whose id matches one of the globs. An empty list wants
/// all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names of clusters.
    pub clusters: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Globs over ids, with or without suite and cluster: `*/cost-*`, `cost-metric`.
    pub ids: Vec<String>,
}

impl Selection {
    /// For each step whether it is wanted.
    ///
    /// # Errors
    /// A word of the selection fits no step at all, so that less would be checked than was meant; or together they fit none.
    pub(crate) fn wanted(&self, steps: &[Step]) -> Result<Vec<bool>, String> {
        let globs: Vec<GlobMatcher> = self
            .ids
            .iter()
            .map(|id| id_glob(id))
            .collect::<Result<_, String>>()?;
        let fits = |glob: &GlobMatcher, step: &Step| {
            glob.is_match(&*step.id) || glob.is_match(&*step.check_id)
        };
        self.review(steps)?;
        for (glob, id) in globs.iter().zip(&self.ids) {
            if !steps.iter().any(|step| fits(glob, step)) {
                let known = steps.iter().flat_map(|step| [&*step.id, &*step.check_id]);
                return Err(format!("no check has an id like `{id}`{}", near(id, known)));
            }
        }
        let wanted: Vec<bool> = steps
            .iter()
            .map(|step| {
                let in_cluster = |name: &String| step.cluster.as_deref() == Some(name);
                (self.clusters.is_empty() || self.clusters.iter().any(in_cluster))
                    && (self.tags.is_empty() || self.tags.iter().any(|tag| step.tags.contains(tag)))
                    && (globs.is_empty() || globs.iter().any(|glob| fits(glob, step)))
            })
            .collect();
        if wanted.contains(&true) {
            return Ok(wanted);
        }
        Err(
            "no check has the cluster, the tag and the id that were asked for all at once"
                .to_owned(),
        )
    }

    /// Clusters and tags that no step has.
    fn review(&self, steps: &[Step]) -> Result<(), String> {
        let clusters: BTreeSet<&str> = steps
            .iter()
            .filter_map(|step| step.cluster.as_deref())
            .collect();
        let tags: BTreeSet<&str> = steps
            .iter()
            .flat_map(|step| step.tags.iter().map(String::as_str))
            .collect();
        for (words, known, what) in [
            (&self.clusters, &clusters, "is for cluster"),
            (&self.tags, &tags, "has the tag"),
        ] {
            if let Some(word) = words.iter().find(|word| !known.contains(word.as_str())) {
                let known: Vec<&str> = known.iter().copied().collect();
                let hint = near(word, known.iter().copied());
                let list = match (hint.is_empty(), known.is_empty()) {
                    (true, false) => format!("; there are {}", words::few(&known, 8)),
                    _ => hint,
                };
                return Err(format!("no check {what} `{word}`{list}"));
            }
        }
        Ok(())
    }
}

/// A glob over ids, with `*`, `?` and `{a,b}`. Square brackets stand for themselves, because full ids have them:
/// `finops-cost[ops]/*`.
///
/// # Errors
/// What is wrong with it.
pub fn id_glob(id: &str) -> Result<GlobMatcher, String> {
    let glob = Glob::new(&id.replace('[', "\\[").replace(']', "\\]"))
        .map_err(|error| format!("`{id}` is no glob: {}", error.kind()))?;
    Ok(glob.compile_matcher())
}

fn near<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    words::nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
