//! The table of this family's causes, in the order of the data's way.

use crate::diagnose::cause::Cause;
use crate::diagnose::joining::{
    behind_vip, discovery_empty, excluded_by_label, excluded_by_time, hidden, incomplete,
    labels_duplicate, name_filter, never_reached, not_configured, unhealthy,
};
use crate::diagnose::part::Part;

/// The causes.
pub(crate) const CAUSES: &[Cause] = &[
    Cause {
        id: "store-behind-vip",
        title: "Query reaches one of several Receives, through the address of a service",
        parts: &[Part::Joining],
        about: "Query must know each Receive by its own address. Where `--endpoint` names a service with an address of its own (a \
                ClusterIP or a load balancer), a lookup gives that one address, Query takes it for one store, and gRPC keeps one \
                connection to whichever Receive took it. What the other Receives hold is missing without a warning, and which series \
                those are changes with every reconnect. `dnssrv+` in front of such a name changes nothing: the service answers with its \
                own name. Counters of a Receive that grow prove nothing here, because it may be another one than the one that Query \
                reaches.",
        asks: "Query for its stores and flags; name servers for the names in those flags; the Receive for the size of its hashring, \
               where its metrics can be read; Query for the bare name of the metric.",
        certainty: "Proven when several Receives exist (as hops of the suite, as replicas of one, or as nodes of the hashring), Query lists one that stands \
                    at the address of the service, and it has no series of that name while a Receive has. Likely when Query lists one \
                    Receive under a name whose SRV record gives the service itself, or when other series of the name arrive. Possible \
                    when each series is written to all of the Receives. Ruled out when Query lists several Receives, or when there is only one. Not tested when it lists none.",
        fix: "Give Query a headless service: `--endpoint=dnssrv+_grpc._tcp.NAME` of a service with `clusterIP: None`, or one \
              `--endpoint` a Receive.",
        see: &[
            "thanos-io/thanos#5949",
            "thanos-io/thanos#2220",
            "thanos-community/helm-charts#85",
        ],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(behind_vip::look(case)),
    },
    Cause {
        id: "store-not-configured",
        title: "Query is not configured with the store that holds the series",
        parts: &[Part::Joining],
        about: "Query asks only the stores that its `--endpoint` flags (formerly `--store`) lead to. A Receive, sidecar or store gateway \
                that was added later, or lives in another cluster, is simply not asked, and the answer is empty without a warning. Its \
                own metrics are all well. An address through a tunnel or a balancer can look like another store, so addresses that \
                differ prove nothing.",
        asks: "Query for its flags and its stores; name servers for the names in those flags; the hop that holds the series for its \
               label sets, where its StoreAPI can be called (`grpc:`).",
        certainty: "Proven when the flags can be read and name no store at all; or when everything that they name is accounted for, the \
                    hop that shows the metric advertises label sets that no listed store has, or no store of its kind is listed. Likely \
                    or possible while some endpoint was not reached, is discovered by a file, or does not resolve here, and where the \
                    one Receive that is listed may be the address of several. Ruled out when \
                    a listed store stands at the hop's address or has one of its label sets.",
        fix: "Add the store to the `--endpoint` flags of Query.",
        see: &[],
        spoils: false,
        yields_to: &["store-behind-vip"],
        look: |case| Box::pin(not_configured::look(case)),
    },
    Cause {
        id: "store-never-reached",
        title: "Query is configured with a store that it never reached",
        parts: &[Part::Joining],
        about: "A store appears in `/api/v1/stores` after its first answer. One that never answered is not listed with an error: it is \
                not listed at all, and what it holds is missing without a warning. A store that has not answered for five minutes \
                (`--store.unhealthy-timeout`) is dropped from the list, and looks the same. The usual reasons are a wrong port (10902 is HTTP, \
                10901 is gRPC), TLS on one side only, which shows as `DeadlineExceeded`, and a network policy. A strict endpoint \
                (`--endpoint-strict`) is asked all the same and makes queries fail.",
        asks: "Query for its flags and its stores, name servers for the names in the flags, and each endpoint that is not listed for \
               what it says of itself, over gRPC from where gapcheck runs.",
        certainty: "Proven when an endpoint of the flags is not listed and stands at the address of the store on the way, or when no \
                    other store could hold the series. Likely when others could hold it too; possible when the store on the way is \
                    another one and well. Ruled out when every endpoint is listed, or when the store answers us and its label sets or \
                    times exclude the series.",
        fix: "Correct the port and the TLS settings of that endpoint, and open the way from Query to it.",
        see: &[
            "thanos-io/thanos#1456",
            "thanos-io/thanos#1452",
            "bitnami/charts#29310",
        ],
        spoils: false,
        yields_to: &["receive-not-ready"],
        look: |case| Box::pin(never_reached::look(case)),
    },
    Cause {
        id: "store-discovery-empty",
        title: "A name by which Query discovers stores gives none",
        parts: &[Part::Joining],
        about: "Query looks up `dns+` and `dnssrv+` names every 30 seconds. A name that does not exist is no failure to it: it counts no \
                error and has no store. For `dnssrv+_grpc._tcp.NAME` the port of the service must be called `grpc`; a service whose port \
                has another name or none answers nothing. Name servers that gapcheck asks can be others than those of Query.",
        asks: "Query for its flags, its stores and its own count of addresses (`thanos_query_endpoints_dns_provider_results`); name \
               servers for each name, and for the service behind an SRV name.",
        certainty: "Proven when Query itself counts no address for the name, or when the service behind the name resolves here and the \
                    name does not, and no other store could hold the series. Likely when the name gives nothing here and Query lists \
                    nothing that came by it. Ruled out when every name gives addresses.",
        fix: "Correct the name of the service or of its port in the `--endpoint` flag of Query.",
        see: &[
            "thanos-io/thanos#5366",
            "thanos-io/thanos#5679",
            "thanos-io/thanos#5716",
        ],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(discovery_empty::look(case)),
    },
    Cause {
        id: "store-unhealthy",
        title: "Query leaves out a store that does not answer",
        parts: &[Part::Joining],
        about: "Query checks its stores every five seconds. A store that fails a check is left out of queries at once: after about ten \
                seconds of warnings the answers are empty and without any warning, also with `partial_response=false`, and after five \
                minutes the store is gone from the list as well. A store that has just died still looks well; only the time of its last \
                check stands still.",
        asks: "Query for its stores: their last error, and the time of their last check.",
        certainty: "Proven when a store that could hold the series by its labels and times has an error, or was last checked more than \
                    ten seconds before another one, and it is the store on the way or no other could hold the series. Likely when \
                    others could, or when only the clock tells. Ruled out when every store that could hold the series is well.",
        fix: "Bring the store back, or make it reachable for Query; then ask again.",
        see: &[],
        spoils: false,
        yields_to: &["receive-not-ready"],
        look: |case| Box::pin(unhealthy::look(case)),
    },
    Cause {
        id: "store-excluded-by-time",
        title: "Query does not ask the store, because its time range ends too early",
        parts: &[Part::Joining],
        about: "A store advertises from when to when it has data, and Query does not ask it for other times. A store gateway has blocks \
                up to a few hours ago only; `--max-time` and `--min-time` cut further. Receive and sidecar never say how new their data \
                is, so that their range never ends; but a Receive that has nothing yet advertises an empty range (0.42), and Query asks it \
                for nothing until its next check. The oldest time of a store says nothing about its newest.",
        asks: "Query for its stores, and the store that is left out for the series at the end of its range, through Query \
               (`storeMatch[]`).",
        certainty: "Proven when no store that could hold the series by its labels covers the time of the question, and one that is left \
                    out has the series inside its range. Likely when the store on the way was empty at its last check and has the metric \
                    now. Possible only where another kind of store stands on the way, or an endpoint \
                    was never reached: that one should have what is recent. Ruled out when some store covers the time, or when none has the series inside \
                    its range.",
        fix: "Give Query a store that has recent data too: the sidecar or the Receive beside the store gateway; or widen `--max-time`.",
        see: &[
            "thanos-io/thanos#3454",
            "thanos-io/thanos#6401",
            "thanos-io/thanos#6597",
            "thanos-io/thanos#8057",
        ],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(excluded_by_time::look(case)),
    },
    Cause {
        id: "store-excluded-by-label",
        title: "Query does not ask the store, because a matcher contradicts its labels",
        parts: &[Part::Joining],
        about: "A store advertises label sets, and Query does not ask it where a matcher contradicts every one of them. Dashboards that \
                send an empty variable (`cluster=\"\"`) lose every store that has the label. Since Thanos 0.31 nothing warns of it: the \
                answer is empty. The store of another cluster is left out for the same reason, and rightly so.",
        asks: "Query for its stores; the store that is left out for the selector without the matcher that does it, through Query \
               (`storeMatch[]`); the hop before for the labels of the series.",
        certainty: "Proven when one matcher contradicts every label set of a store that is well, that store has the series without it, \
                    and it is the store on the way or its label has the value that the sender itself gives. Possible when the series \
                    could be just like it and another sender's. Ruled out when no store is left out by its labels, or when it does not \
                    have the series either.",
        fix: "Correct the matcher, or the external labels of the store.",
        see: &["particuleio/teks#54"],
        spoils: false,
        yields_to: &[
            "label-overridden-by-receive",
            "tenant-split-by-label",
            "tenant-mismatch",
            "tenant-header-lost",
            "dedup-hides",
        ],
        look: |case| Box::pin(excluded_by_label::look(case)),
    },
    Cause {
        id: "store-labels-duplicate",
        title: "Two sidecars or rulers have the same external labels",
        parts: &[Part::Joining],
        about: "Every Prometheus with a sidecar, and every ruler, needs external labels that tell it from all others. Very old versions of \
                Query left one of two equal ones out; later ones warn in their log (`found duplicate storeEndpoints producer`) and ask \
                both, so that samples of two servers are mixed into the same series.",
        asks: "Query for its stores and its version.",
        certainty: "Never proven by itself for a series that is missing: versions from 0.31 on ask both, which rules it out. Likely for \
                    a series that arrives with wrong values; possible where the version is older or not known.",
        fix: "Give each Prometheus and each ruler an external label of its own, and name that label in `--query.replica-label`.",
        see: &["thanos-io/thanos#689"],
        spoils: true,
        yields_to: &[],
        look: |case| Box::pin(labels_duplicate::look(case)),
    },
    Cause {
        id: "partial-response",
        title: "The answer of Query is not whole, because a store failed",
        parts: &[Part::Joining],
        about: "When a store fails while it is asked, Query either refuses (422) or gives what the others have and a warning that names \
                the store. Versions up to 0.36 give the warning even where `partial_response=false` is asked for, and dashboards hide \
                it. The warning is there for about ten seconds after a store died; then the store is left out in silence.",
        asks: "Query for the series as the check did: warnings and refusals of that answer.",
        certainty: "Proven when the answer names a store that failed, and that is the store on the way or no other could hold the series. \
                    Likely when others could. Ruled out when the answer comes without a warning, or with that \
                    of a store that refuses a selector of nothing but its own labels.",
        fix: "Bring the store that is named back, then ask again.",
        see: &[],
        spoils: false,
        yields_to: &[
            "store-unhealthy",
            "store-never-reached",
            "store-too-slow",
            "receive-not-ready",
            "receive-empty",
            "store-not-configured",
        ],
        look: |case| Box::pin(incomplete::partial_response(case)),
    },
    Cause {
        id: "store-too-slow",
        title: "A store did not send anything in time",
        parts: &[Part::Joining],
        about: "With `--store.response-timeout`, Query gives up a store that sends nothing for so long, and answers with what the others \
                have: `failed to receive any data in 5s from ..`. A store under memory pressure, or one that reads blocks from a slow \
                bucket, is lost that way now and then.",
        asks: "Query for the series as the check did: warnings and refusals of that answer.",
        certainty: "Proven when the answer says that a store sent no data in time, and no other store could hold the series. Likely when \
                    others could, or when the answer speaks of a deadline only. Ruled out when the warning is another one or there is \
                    none.",
        fix: "Raise `--store.response-timeout`, or find out why the store is slow.",
        see: &[],
        spoils: false,
        yields_to: &["store-unhealthy", "receive-not-ready"],
        look: |case| Box::pin(incomplete::too_slow(case)),
    },
    Cause {
        id: "metric-name-filter",
        title: "The name is too new for a Receive that filters by names",
        parts: &[Part::Joining],
        about: "With `--enable-feature=metric-names-filter`, a Receive of newer versions keeps for each tenant a filter of the names that it \
                holds, and learns them anew every 15 seconds. Who asks for a name that the filter does not know gets nothing, without \
                a warning, although the head has it: a name that did not exist before, or any name of a new tenant. The filter looks at \
                nothing but an equality matcher on the name; a pattern such as `{__name__=~\"NAME\"}` passes it. No endpoint of Receive \
                shows its flags.",
        asks: "Query for the series by a pattern of the name, and where that shows them, by the name once more. Else the hop before Query \
               whether the series was there as long ago as the way takes, and Receive since when its tenants have data.",
        certainty: "Proven when Query shows the series by a pattern of the name, and then still none by the name. Likely when the second \
                    could not be asked; possible when the name shows them by then, or when no pattern does and the series is \
                    younger than the way takes or a tenant of Receive than a minute. Ruled out when both are older, or when no name is asked for.",
        fix: "Wait 15 seconds, or let the check poll with `within:`. Where it lasts longer, look for `failed to update metric names` in \
              Receive's log, or start it without that feature.",
        see: &[],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(name_filter::look(case)),
    },
    Cause {
        id: "store-hidden-by-selector",
        title: "Query is told to leave out what the store holds",
        parts: &[Part::Joining],
        about: "`--selector.relabel-config` makes a Query keep only stores and tenants whose labels pass its rules. What does not pass is \
                not asked, and nothing warns of it. Thanos 0.42 does not list it either; older ones list it like any other store.",
        asks: "Query for its flags and its stores, and the store on the way for its label sets, over gRPC.",
        certainty: "Proven when the rules in the flag drop a label set of the store on the way that could hold the series, or when \
                    that store advertises one that Query does not list for it. Likely when the rules stand in a file of a Query that \
                    lists what it leaves out, and the store has the series; or when the flags cannot be read. Ruled out when the flag is \
                    not set, when its rules keep every such label set, or when a Query of 0.42 or later lists all of them.",
        fix: "Change the rules in `--selector.relabel-config` of Query, or ask the Query that is meant for these stores.",
        see: &[],
        spoils: false,
        yields_to: &[],
        look: |case| Box::pin(hidden::look(case)),
    },
];
