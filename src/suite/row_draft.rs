//! A row of the matrix while its suite is read, and the hops it is made of.

use minijinja::Environment;

use crate::backend::World;
use crate::suite::cluster::Cluster;
use crate::suite::hop_form::HopForm;
use crate::suite::secret_table::SecretTable;
use crate::suite::template::Context;
use crate::suite::variables::Variables;

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

impl RowDraft<'_> {
    /// What its templates can name.
    pub(crate) fn context<'s>(
        &'s self,
        environment: &'s Environment<'static>,
        secrets: &'s SecretTable,
    ) -> Context<'s> {
        Context::new(
            environment,
            self.cluster,
            &self.variables.values,
            &secrets.values,
            &self.variables.broken,
        )
    }
}

/// The hops of a suite, before templates.
pub(crate) struct Hops {
    /// The way of the data.
    pub(crate) pipeline: Vec<HopForm>,
    /// Systems beside it.
    pub(crate) beside: Vec<HopForm>,
    /// Whether all of them could be read.
    pub(crate) whole: bool,
}

impl Hops {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &HopForm> {
        self.pipeline.iter().chain(&self.beside)
    }

    /// Each hop's name with the clusters of the matrix that have it.
    pub(crate) fn places(&self, drafts: &[RowDraft<'_>]) -> Vec<(String, Vec<String>)> {
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
