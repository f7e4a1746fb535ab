//! Whose series: the labels by which hops that several clusters share know this cluster's.

use crate::ask::Ask;
use crate::check::metric::place::without_replicas;
use crate::check::replicas::replicas;
use crate::leaves::Labels;

/// The sender of this pipeline, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The suite says it.
    Declared(Labels),
    /// The external labels of the pipeline's Prometheus, as loaded; with remarks.
    Loaded(Labels, Vec<String>),
    /// Nothing says it and nothing could: there is no Prometheus in the pipeline.
    Nobody,
    /// It could not be asked: why, and what to do.
    Unknown {
        /// What went wrong.
        why: String,
        /// What to do, as a sentence.
        help: String,
    },
}

impl Sender {
    /// The labels, where they are known.
    pub(crate) fn labels(&self) -> Option<&Labels> {
        match self {
            Self::Declared(labels) | Self::Loaded(labels, _) => Some(labels),
            Self::Nobody | Self::Unknown { .. } => None,
        }
    }

    /// Remarks worth showing beside the ladder.
    pub(crate) fn notes(&self) -> &[String] {
        match self {
            Self::Loaded(_, notes) => notes,
            _ => &[],
        }
    }
}

/// What to do where the sender cannot be asked.
const DECLARE: &str = "Say `identity:` in the suite, such as `identity: { cluster: \"${{ cluster.name }}\" }`, or open `/api/v1/status/config` of that Prometheus.";

/// The identity that the suite declares; else the external labels that the pipeline's first Prometheus has loaded.
pub(crate) async fn sender(ask: &Ask) -> Sender {
    if let Some(identity) = &ask.world().identity {
        return Sender::Declared(identity.clone());
    }
    let ask = with_one_sender(ask).await;
    let world = ask.world();
    let Some(prometheus) = world.sender() else {
        return Sender::Nobody;
    };
    match ask.config(prometheus).await {
        Ok(told) => {
            let others = world.cluster.is_some();
            loaded(prometheus.name(), &told.value.external_labels, others)
        }
        Err(failure) => Sender::Unknown {
            why: format!(
                "whose series they are could not be asked: the loaded configuration of {}, which has its external labels: {}",
                prometheus.name(),
                failure.what
            ),
            help: match failure.help {
                // What keeps it from being asked may be the better thing to mend.
                Some(help) => format!("{help} {DECLARE}"),
                None => DECLARE.to_owned(),
            },
        },
    }
}

/// A world in which one replica of the sender stands for it: the first that tells its configuration, by which hops after it are
/// asked.
pub(crate) async fn with_one_sender(ask: &Ask) -> Ask {
    let sender = ask.world().sender();
    if let Some(sender) = sender.filter(|hop| hop.hop.has_replicas())
        && let Ok(all) = replicas(ask, sender).await
    {
        for replica in &all {
            if ask.config(replica).await.is_ok() {
                return ask.within(ask.world().with(replica));
            }
        }
    }
    ask.clone()
}

fn loaded(prometheus: &str, external: &Labels, has_others: bool) -> Sender {
    let mut notes = Vec::new();
    let mut labels = without_replicas(external);
    // Prometheus 3 replaces `$VAR` in these values when it starts, and shows them as written.
    labels.retain(|name, value| {
        let as_sent = !value.contains('$');
        if !as_sent {
            notes.push(format!(
                "the external label `{name}` of {prometheus} is written with a variable; it is not used to tell its series apart"
            ));
        }
        as_sent
    });
    if has_others && labels.is_empty() && notes.is_empty() {
        notes.push(format!(
            "{prometheus} has no external labels that name it: after it, series of other senders count too"
        ));
    }
    Sender::Loaded(labels, notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_labels_make_the_sender_but_replicas_and_variables_do_not() {
        let external = Labels::from([
            ("cluster", "ops"),
            ("prometheus_replica", "a"),
            ("region", "${REGION}"),
        ]);
        let Sender::Loaded(labels, notes) = loaded("prom", &external, true) else {
            panic!("loaded");
        };
        assert_eq!(labels, Labels::from([("cluster", "ops")]));
        assert!(notes[0].contains("`region`"), "{notes:?}");
    }

    #[test]
    fn a_sender_without_a_name_is_remarked() {
        let alone = loaded("prom", &Labels::default(), false);
        assert!(alone.notes().is_empty());
        let sender = loaded("prom", &Labels::default(), true);
        assert!(sender.notes()[0].contains("series of other senders count too"));
    }
}
