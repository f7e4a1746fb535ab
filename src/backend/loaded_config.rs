//! The configuration that a running Prometheus has loaded. The server answers it as YAML inside its JSON, which is why this file,
//! alone outside the suites' reader, sees the YAML library.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::backend::answer::LoadedConfig;
use crate::backend::failure::{Failure, FailureClass};
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
}

/// Reads the external labels; whatever else stands in the configuration is kept as text and not judged.
pub(crate) fn read(yaml: String) -> Result<LoadedConfig, Failure> {
    if yaml.trim().is_empty() {
        // VictoriaMetrics answers so: nothing can be concluded from it.
        return Err(Failure::new(
            FailureClass::NotThatApi,
            "the server shows an empty configuration",
        )
        .help("VictoriaMetrics answers so: write `kind: victoriametrics`, or point the hop at the Prometheus that scrapes."));
    }
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_nodes: 5_000_000,
            max_events: 20_000_000,
        },
        with_snippet: false,
    };
    let root: Option<Root> =
        serde_yaml::from_str_with_options(&yaml, options).map_err(|error| {
            Failure::new(
                FailureClass::Malformed,
                format!(
                    "the loaded configuration cannot be read: {}",
                    words::cut(&error.to_string(), 300)
                ),
            )
        })?;
    let external = root
        .and_then(|root| root.global)
        .and_then(|global| global.external_labels)
        .unwrap_or_default();
    Ok(LoadedConfig {
        external_labels: Labels(external),
        yaml,
    })
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
}
