//! The configuration that a running Prometheus has loaded. The server answers it as YAML inside its JSON, which is why this file,
//! alone outside the suites' reader, sees the YAML library.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::backend::answer::{LoadedConfig, RemoteWrite};
use crate::backend::failure::{Failure, FailureClass};
use crate::leaves::relabel::RelabelRule;
use crate::leaves::{Labels, words};

#[derive(Deserialize)]
struct Root {
    #[serde(default)]
    global: Option<Global>,
}

#[derive(Deserialize)]
struct Global {
    #[serde(default)]
    external_labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    metric_name_validation_scheme: Option<String>,
}

#[derive(Deserialize)]
struct Sending {
    #[serde(default)]
    remote_write: Option<Vec<Block>>,
}

#[derive(Deserialize)]
struct Block {
    url: String,
    #[serde(default)]
    write_relabel_configs: Option<Vec<RelabelRule>>,
}

/// Reads the external labels and the `remote_write` blocks; whatever else stands in the configuration is kept as text and not judged.
pub(crate) fn read(yaml: String) -> Result<LoadedConfig, Failure> {
    if yaml.trim().is_empty() {
        // VictoriaMetrics answers so: nothing can be concluded from it.
        return Err(Failure::new(
            FailureClass::NotThatApi,
            "the server shows an empty configuration",
        )
        .help("VictoriaMetrics answers so: write `kind: victoriametrics`, or point the hop at the Prometheus that scrapes."));
    }
    let root: Option<Root> = parse(&yaml).map_err(|why| {
        Failure::new(
            FailureClass::Malformed,
            format!("the loaded configuration cannot be read: {why}"),
        )
    })?;
    let global = root.and_then(|root| root.global);
    let legacy_names = global
        .as_ref()
        .and_then(|global| global.metric_name_validation_scheme.as_deref())
        == Some("legacy");
    let external = global.and_then(|global| global.external_labels);
    // A block of a form that is not known must not cost the external labels.
    let (remote_write, remote_write_unread) = match sending(&yaml) {
        Ok(blocks) => (blocks, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Ok(LoadedConfig {
        external_labels: Labels(external.unwrap_or_default()),
        remote_write,
        remote_write_unread,
        legacy_names,
        yaml,
    })
}

fn sending(yaml: &str) -> Result<Vec<RemoteWrite>, String> {
    // Most configurations are long and write nowhere.
    if !yaml.contains("remote_write:") {
        return Ok(Vec::new());
    }
    let sending: Option<Sending> = parse(yaml)?;
    let blocks = sending.and_then(|sending| sending.remote_write);
    Ok(blocks
        .unwrap_or_default()
        .into_iter()
        .map(|block| RemoteWrite {
            url: block.url,
            write_relabel_configs: block.write_relabel_configs.unwrap_or_default(),
        })
        .collect())
}

fn parse<T: DeserializeOwned>(yaml: &str) -> Result<T, String> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_nodes: 5_000_000,
            max_events: 20_000_000,
        },
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(yaml, options)
        .map_err(|error| words::cut(&error.to_string(), 300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_labels_are_texts_whatever_they_look_like() {
        let yaml = "global:\n  scrape_interval: 1s\n  external_labels:\n    cluster: ops\n    replica: \"0\"\n    zone: 1\n    flag: yes\nscrape_configs:\n- job_name: a\n  basic_auth:\n    password: <secret>\n";
        let config = read(yaml.to_owned()).unwrap();
        assert_eq!(
            config.external_labels,
            Labels::from([
                ("cluster", "ops"),
                ("flag", "yes"),
                ("replica", "0"),
                ("zone", "1")
            ])
        );
        assert_eq!(config.yaml, yaml);
    }

    #[test]
    fn a_configuration_without_external_labels_has_none() {
        for yaml in [
            "global:\n  scrape_interval: 1s\n",
            "scrape_configs: []\n",
            "global: {}\n",
        ] {
            assert_eq!(
                read(yaml.to_owned()).unwrap().external_labels,
                Labels::default()
            );
        }
    }

    #[test]
    fn an_empty_or_broken_one_is_no_answer() {
        assert_eq!(
            read(String::new()).unwrap_err().class,
            FailureClass::NotThatApi
        );
        assert_eq!(
            read("a: [".to_owned()).unwrap_err().class,
            FailureClass::Malformed
        );
    }

    #[test]
    fn write_relabelling_is_read_block_by_block_and_what_is_missing_stays_missing() {
        let yaml = "global:\n  metric_name_validation_scheme: legacy\nremote_write:\n- url: http://u:xxxxx@a/api/v1/receive\n  write_relabel_configs:\n  - source_labels: [cluster]\n    separator: ;\n    regex: other\n    replacement: $1\n    action: keep\n  queue_config:\n    capacity: 2500\n- url: http://b/\n";
        let config = read(yaml.to_owned()).unwrap();
        let [first, second] = config.remote_write.as_slice() else {
            panic!("two blocks: {config:?}");
        };
        assert_eq!(first.url, "http://u:xxxxx@a/api/v1/receive");
        let rule = &first.write_relabel_configs[0];
        assert_eq!(rule.separator.as_deref(), Some(";"));
        assert_eq!(rule.target_label, None);
        assert!(second.write_relabel_configs.is_empty());
        assert!(config.legacy_names);
    }

    #[test]
    fn a_block_that_cannot_be_read_costs_the_external_labels_nothing() {
        let yaml = "global:\n  external_labels:\n    cluster: ops\nremote_write:\n- url: http://a/\n  write_relabel_configs:\n  - shuffle: 1\n";
        let config = read(yaml.to_owned()).unwrap();
        assert_eq!(config.external_labels, Labels::from([("cluster", "ops")]));
        assert!(config.remote_write.is_empty());
        assert!(config.remote_write_unread.unwrap().contains("shuffle"));
    }
}
