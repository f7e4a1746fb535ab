//! Seeds that once showed a mistake, each with the faults that it planted then: a new row of a table changes what a seed would choose.

/// Seeds, their faults, and what came out wrong.
pub(crate) const KEPT: &[(u64, &[&str], &str)] = &[
    (
        245,
        &["metric-missing-at-query"],
        "two Receives of 0.31 were said to hold the same, though each lists ten names only",
    ),
    (
        328,
        &["metric-missing-at-receive"],
        "Receive was said not to drop it, because the queue of the sender could not be asked",
    ),
    (
        547,
        &["wrong-tenant"],
        "another cluster's series under the tenant that is asked for acquitted the sender",
    ),
    (
        699,
        &["wrong-tenant"],
        "the same, where the heads of Receive tell the name alone",
    ),
    (
        10012,
        &["store-not-configured"],
        "Query lists one replica of two, and was said to list the store of the hop",
    ),
    (
        10021,
        &["label-overridden-by-receive"],
        "a series that Query shows deduplicated was not known for the one that was sent",
    ),
    (
        10116,
        &["tenant-split-by-label"],
        "the same of a series that a label moved to another tenant",
    ),
    (
        20604,
        &["prometheus-agent"],
        "a Prometheus that could not be asked was said not to answer as an agent does",
    ),
    (
        20814,
        &["write-lagging"],
        "a queue that sent nothing in a quarter of a minute was said not to lag",
    ),
    (
        21189,
        &["receive-not-ready"],
        "an open write port was taken for readiness",
    ),
    (
        21221,
        &["receiver-errors"],
        "refusals that one of two replicas makes us alone were taken for a Receive that is down",
    ),
    (
        23887,
        &["name-translated", "label-changed-on-the-way"],
        "the translated name was said to be of other series, because a label had changed as well",
    ),
    (
        384,
        &["store-hidden-by-selector"],
        "what a Query of 0.42 lists was taken for all that Receive advertises",
    ),
    (
        8071,
        &["store-hidden-by-selector"],
        "what a Query of 0.36 lists was taken for all that it asks, though its flags were closed",
    ),
    (
        8993,
        &["store-hidden-by-selector"],
        "the same of a Query whose version is not known",
    ),
    (
        6161,
        &["store-behind-vip"],
        "an address of which nothing was known was said to be no service's",
    ),
    (
        9044,
        &["tenant-enforced", "query-lookback"],
        "each of two faults at Query was ruled out because of the other",
    ),
    (
        4802,
        &["rule-failing", "target-not-discovered"],
        "a rule that finds nothing was said to be well",
    ),
    (
        14392,
        &["receive-data-lost"],
        "a series of whatever sender was taken for the one that was lost",
    ),
    (
        100299,
        &["tenant-split-by-label", "label-changed-on-the-way"],
        "where a rule changed a label on the way, the tenant that a label names was not tried",
    ),
    (
        119236,
        &["metric-missing-at-query"],
        "two heads that list the name, whoever sends it, were said to hold the same",
    ),
    (
        129586,
        &["tenant-enforced"],
        "what is lost behind the last hop of the check counted as lost",
    ),
    (
        112063,
        &["scrape-content-type", "sample-age-limit"],
        "what is scraped no more was said not to be dropped for its age",
    ),
    (
        120780,
        &["name-translated", "query-lookback"],
        "a Query that looks back half a minute was said to have no translated name",
    ),
    (
        222352,
        &["store-not-configured", "store-never-reached"],
        "a Query that is configured with one replica of two was said to be configured with the hop",
    ),
    (
        248912,
        &["store-behind-vip", "store-never-reached"],
        "an address that Query never reached was said not to stand for several",
    ),
    (
        124388,
        &["tenant-header-lost", "tenant-split-by-label"],
        "what one fault lost and the other brought back counted as lost",
    ),
    (
        220277,
        &["query-lookback", "samples-too-old"],
        "a Receive was said to refuse nothing of a sender that tried nothing in those seconds",
    ),
    (
        1_012_288,
        &["wrong-tenant", "rule-failing"],
        "what a rule records was said to be missing on a page, though the rules could not be asked",
    ),
    (
        1_013_027,
        &["other-receive-replica", "renamed-metric"],
        "the same of what ended",
    ),
    (
        1_018_704,
        &["receive-limits", "query-lookback"],
        "a Receive was said to refuse nothing of a sender that had nothing to send in those seconds",
    ),
    (
        1_047_662,
        &["query-lookback", "receive-limits"],
        "the same behind a Query that looks back half a minute",
    ),
    (
        1_093_093,
        &["query-lookback", "tenant-split-by-label"],
        "no tenant was said to be split off by a label, because Query shows no sample of half a minute",
    ),
    (
        1_111_434,
        &["name-translated", "tenant-header-lost"],
        "a header was said to arrive, because the metric is held for no tenant under its name",
    ),
];
