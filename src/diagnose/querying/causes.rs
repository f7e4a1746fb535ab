//! The table of this family's causes, in the order of the data's way.

use std::future::ready;

use crate::diagnose::cause::Cause;
use crate::diagnose::part::Part;
use crate::diagnose::querying::{
    cached_empty, clock_skew, dedup_hides, downsampling, lookback, matcher_excludes,
    name_translated, only_store_labels, tenant_enforced, untestable,
};

/// The causes.
pub(crate) const CAUSES: &[Cause] = &[
    Cause {
        id: "tenant-enforced",
        title: "Query shows another tenant only",
        parts: &[Part::Joining, Part::Querying],
        about: "With `--query.enforce-tenancy`, Query shows the series of one tenant: the one in the tenant header, else its default \
                tenant. A matcher on the tenant's label is silently replaced, and a tenant that does not exist gives an empty answer. \
                Without that flag the header changes nothing, and every tenant is shown. Only the first of several Queries enforces it.",
        asks: "Query for its flags, and for the series as other tenants: those whose head at Receive holds the name, the one that the \
               check names, the one that the sender's header names, and those that stores advertise.",
        certainty: "Proven when tenancy is enforced and the same Query shows the series with another tenant's header. Ruled out when it is \
                    not enforced, or when none of those tenants shows the series.",
        fix: "Send the right tenant: `tenant:` of the hop in the suite, the header of the data source in a dashboard.",
        see: &["thanos-io/thanos#7339"],
        spoils: false,
        yields_to: &["tenant-header-lost"],
        look: |case| Box::pin(tenant_enforced::look(case)),
    },
    Cause {
        id: "dedup-hides",
        title: "Deduplication takes the series or its label away",
        parts: &[Part::Joining, Part::Querying],
        about: "Query removes the labels of `--query.replica-label` and merges what is then equal. A label that is removed cannot be asked \
                for in a dashboard, even where it is an ordinary label of the series; and of two replicas Query can pick the one with \
                gaps.",
        asks: "Query for the same with `dedup=false`, and for its flags where a label is missing.",
        certainty: "Proven when the series is there with `dedup=false`, and the answer with deduplication, asked once more, is empty; or \
                    when a label that the check asks for is one of the replica labels and is there with `dedup=false`; or when the \
                    number of series that the check asks for is there with `dedup=false` only. Ruled out when `dedup=false` shows no \
                    more.",
        fix: "Take the label out of `--query.replica-label`, or do not ask for it; for receivers alone, `--deduplication.func=chain` exists.",
        see: &[
            "thanos-io/thanos#981",
            "thanos-io/thanos#7656",
            "thanos-io/thanos#7364",
            "thanos-io/thanos#7807",
        ],
        spoils: true,
        yields_to: &[],
        look: |case| Box::pin(dedup_hides::look(case)),
    },
    Cause {
        id: "query-lookback",
        title: "The samples are further apart than Query looks back",
        parts: &[Part::Joining, Part::Querying],
        about: "An instant query takes the newest sample of the last five minutes (`--query.lookback-delta`). Query has a flag of its own: \
                a Prometheus that looks back further shows what Query does not. Metrics that come rarely, such as costs, blink or are \
                never seen.",
        asks: "Query and the hop before it for the samples of the last hour, and Query for its flags.",
        certainty: "Proven when Query has the newest sample that the hop before has, and it is older than Query looks back. Ruled out when \
                    the hop before has newer samples, or Query had none in the last hour.",
        fix: "Ask with `last_over_time(METRIC[1h])`, scrape at least every two minutes, or set `--query.lookback-delta` at Query as at \
              Prometheus.",
        see: &[
            "thanos-io/thanos#1911",
            "thanos-io/thanos#1433",
            "prometheus/prometheus#4675",
        ],
        spoils: false,
        yields_to: &["clock-skew"],
        look: |case| Box::pin(lookback::look(case)),
    },
    Cause {
        id: "downsampling",
        title: "The series exists in another resolution only",
        parts: &[Part::Joining, Part::Querying],
        about: "Blocks in the bucket are kept raw, in steps of five minutes and in steps of an hour, each with a retention of its own. \
                Query takes raw samples unless `max_source_resolution` says otherwise, and dashboards rarely send it.",
        asks: "Query for its stores, and, where one of them can have downsampled data, for the series with `max_source_resolution` of 5m \
               and 1h.",
        certainty: "Proven when a resolution has the series and raw samples, asked once more, have not. Ruled out when none has it, or when \
                    no store gateway is asked.",
        fix: "Start Query with `--query.auto-downsampling`, or keep raw blocks longer (`--retention.resolution-raw`).",
        see: &[
            "thanos-io/thanos#7296",
            "thanos-io/thanos#7456",
            "thanos-io/thanos#8567",
        ],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(downsampling::look(case)),
    },
    Cause {
        id: "only-external-labels",
        title: "The selector names nothing but labels of whole stores",
        parts: &[Part::Joining, Part::Querying],
        about: "A store refuses a selector whose matchers are all on its own labels, such as `{tenant_id=\"x\"}`: it would have to return \
                everything that it holds. With `partial_response=false` that is a 422, else a warning and an empty answer.",
        asks: "Query for the selector as the check did, and for the labels that its stores advertise.",
        certainty: "Proven when Query refuses with `no matchers specified (excluding external labels)`. Likely when every matcher is on a \
                    label that stores advertise. Ruled out when the selector names a metric.",
        fix: "Name the metric.",
        see: &["thanos-io/thanos#1305"],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(only_store_labels::look(case)),
    },
    Cause {
        id: "clock-skew",
        title: "The clocks of the writer and of Query are apart",
        parts: &[Part::Joining, Part::Querying],
        about: "Samples carry the time of the Prometheus that scraped them; an instant query at Query asks for the time of Query. Where \
                the first clock is minutes ahead, the newest samples are in the future of Query; where it is behind, they are too old. \
                Clocks that are less apart than Query looks back hide nothing.",
        asks: "Prometheus and Query for their time (the `Date` header of their answers), and Query for the series at the time of the other.",
        certainty: "Proven when the clocks differ by more than the freshness asked for (five minutes without one), and Query has the series \
                    when asked for the time of the writer. Ruled out when the clocks are closer, or that brings nothing.",
        fix: "Set the clocks by NTP.",
        see: &[],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(clock_skew::look(case)),
    },
    Cause {
        id: "cached-empty",
        title: "A Query Frontend answers from its cache",
        parts: &[Part::Querying],
        about: "A Query Frontend splits range queries and keeps the answers. An answer that was empty when it was asked for outlives the \
                mending of its cause, and two Frontends can have different ones. Instant queries are never cached, nor are those with \
                `dedup=false`: a check of a metric asks instant queries, so that it stays green where a panel is empty for nothing but \
                this.",
        asks: "Where the Frontend and the Query behind it are hops on the way, and only the Frontend lacks the series: the same range query of \
               an hour, in steps of a minute and up to two minutes ago, at Query, at the Frontend with `dedup=false`, and, where that has \
               the series, at the Frontend as a dashboard asks: no empty answer gets into the cache by being asked for. The Frontend \
               keeps an answer for each expression, step, tenant and `partial_response`: what it keeps for a panel is asked with the \
               panel's own.",
        certainty: "Proven when the range is empty at the Frontend, and neither at Query nor at the Frontend with `dedup=false`. Likely when \
                    an instant query at the Frontend shows the series by then. Ruled out for this expression when the Frontend shows the \
                    series, when Query lacks it too, or when `dedup=false` brings nothing. Not tested where the two are not hops on the \
                    way, and where an answer is not whole.",
        fix: "Compare the same range query at the Frontend, at the Frontend with `dedup=false`, and at Query; then empty the cache or wait \
              for its validity to end.",
        see: &[
            "thanos-io/thanos#8276",
            "thanos-io/thanos#8641",
            "thanos-io/thanos#5075",
        ],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(cached_empty::look(case)),
    },
    Cause {
        id: "matcher-excludes",
        title: "A matcher keeps the series away",
        parts: &[
            Part::Scraping,
            Part::Sending,
            Part::Accepting,
            Part::Joining,
            Part::Querying,
        ],
        about: "The series is there, but not with the label value that the selector asks for: a typing mistake, a label that is only \
                added further down the way, a variable of a dashboard that is empty. The answer is an empty list and no error. Series \
                that come back without a matcher need not be the ones that are meant: they may be another target's, while the one that \
                is asked for is down.",
        asks: "The hop that shows nothing is asked for the same selector without one matcher, for each matcher that the check writes in \
               turn; the hop before it for the labels of the series, or its targets for those of the exporter.",
        certainty: "Proven when dropping exactly one matcher brings back series that a hop before it has, equal but for that label, or those \
                    of the target that is the exporter of the pipeline. Likely when nothing tells whose series they are. Ruled out when \
                    dropping any one of them brings nothing, or other series than those before.",
        fix: "Compare that label's values at the hops of the ladder, and correct the selector or what sets the label.",
        see: &[],
        spoils: false,
        yields_to: &[
            "label-overridden-by-receive",
            "tenant-split-by-label",
            "store-excluded-by-label",
            "dedup-hides",
        ],
        look: |case| Box::pin(matcher_excludes::look(case)),
    },
    Cause {
        id: "wrong-datasource",
        title: "The dashboard asks another server, or as another tenant",
        parts: &[Part::Querying],
        about: "The series is at Query, and the panel is empty all the same, because the data source of Grafana has another URL, another \
                header or another default than Query has been asked with.",
        asks: "Nothing yet: no kind of backend is a Grafana.",
        certainty: "Not tested by this version.",
        fix: "Compare the URL and the headers of the data source with those of the hop.",
        see: &[],
        spoils: false,
        yields_to: &[],
        look: |_| Box::pin(ready(untestable::wrong_datasource())),
    },
    Cause {
        id: "name-translated",
        title: "The metric has another name behind a translation",
        parts: &[
            Part::Sending,
            Part::Accepting,
            Part::Joining,
            Part::Querying,
        ],
        about: "Names from OpenTelemetry have dots and no units. On their way into Prometheus or a receiver they may be translated: dots \
                become underscores, the unit and `_total` are added. Where one side translates and the other does not, the same series \
                has two names. The same spelling under another name can also be another metric.",
        asks: "The hop that lacks the metric for the names that translations make of it, with the same matchers; the hop before it for \
               both.",
        certainty: "Proven when a translated name is there with the labels that the series has before, and the hop before does not have \
                    that name itself. Likely without a hop before; possible in the head of a Receive, which shows no labels, and at \
                    a Query that looks back less than usual where it had such a name in the last hour. Ruled out when none of the \
                    names is there.",
        fix: "Use one translation on all ways (`otlp: translation_strategy`), or ask for the translated name.",
        see: &[],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(name_translated::look(case)),
    },
];
