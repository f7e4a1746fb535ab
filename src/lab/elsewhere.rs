//! What the stores of Query that are no Receive have, and how they are listed.

use serde_json::{Value, json};

use crate::lab::asking::OtherStore;
use crate::lab::model::Model;
use crate::lab::moment::rfc3339;
use crate::lab::sending::sent_of;
use crate::lab::series::{Ended, Series};

/// The series of a store with its labels over them.
pub(crate) fn series(
    store: &OtherStore,
    model: &Model,
    scraped: impl Fn(&str) -> Vec<Series>,
) -> Vec<Series> {
    let Some(prometheus) = model.prometheus(&store.cluster) else {
        return Vec::new();
    };
    let sent = sent_of(prometheus, scraped(&store.cluster), false);
    let of_store = sent.into_iter().map(|one| {
        let mut series = one.series;
        series.labels.extend(store.labels.clone());
        if let Some(at_ms) = store.until_ms {
            series.end(Ended {
                at_ms,
                marker: false,
            });
        }
        series
    });
    of_store.collect()
}

/// Its row in the list of stores.
pub(crate) fn row(store: &OtherStore, model: &Model, now_ms: i64) -> Value {
    json!({
        "name": store.address,
        "lastCheck": rfc3339(now_ms - now_ms.rem_euclid(5_000)),
        "lastError": null,
        "labelSets": [store.labels],
        "minTime": oldest(store, model),
        "maxTime": store.newest(),
    })
}

/// The oldest time that it has.
pub(crate) fn oldest(store: &OtherStore, model: &Model) -> i64 {
    let writer = model.prometheus(&store.cluster);
    writer.map_or(i64::MAX, |one| one.first_scrape_ms)
}

#[cfg(test)]
mod tests {
    use super::{row, series};
    use crate::lab::asking::OtherStore;
    use crate::lab::incident;
    use crate::lab::scrape::plain;
    use crate::lab::series::labels;

    #[test]
    fn a_store_has_the_series_of_its_cluster_up_to_its_newest_block() {
        let model = incident::healthy(0);
        let store = OtherStore {
            address: "10.0.12.51:10901".to_owned(),
            component: "store".to_owned(),
            labels: labels(&[("region", "eu")]),
            cluster: "ops".to_owned(),
            until_ms: Some(-3_600_000),
            resolution_ms: 0,
        };
        let all = series(&store, &model, |cluster| {
            plain(model.prometheus(cluster).expect("a cluster"))
        });
        assert!(!all.is_empty());
        assert!(all.iter().all(|one| one.labels["region"] == "eu"
            && one.newest(0).is_none_or(|(time, _)| time <= -3_600_000)));
        assert_eq!(row(&store, &model, 0)["maxTime"], -3_600_000);
    }
}
