//! The configuration that a running Prometheus has loaded. The server answers it as YAML inside its JSON, which is why this file,
//! alone outside the suites' reader, sees the YAML library.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::backend::answer::{LoadedConfig, RemoteWrite, ScrapeJob};
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
struct Scrapers {
    #[serde(default)]
    scrape_configs: Option<Vec<Scraper>>,
}

#[derive(Deserialize)]
struct Scraper {
    job_name: String,
    #[serde(default)]
    scrape_interval: Option<String>,
    #[serde(default)]
    honor_labels: Option<bool>,
    #[serde(default)]
    honor_timestamps: Option<bool>,
    #[serde(default)]
    relabel_configs: Option<Vec<RelabelRule>>,
    #[serde(default)]
    metric_relabel_configs: Option<Vec<RelabelRule>>,
    #[serde(default)]
    proxy_url: Option<IgnoredAny>,
    #[serde(default)]
    proxy_from_environment: Option<bool>,
}

impl From<Scraper> for ScrapeJob {
    fn from(scraper: Scraper) -> Self {
        Self {
            name: scraper.job_name,
            interval: scraper.scrape_interval.unwrap_or_default(),
            honor_labels: scraper.honor_labels.unwrap_or_default(),
            // Servers print it always; it is true where nobody wrote it.
            honor_timestamps: scraper.honor_timestamps.unwrap_or(true),
            relabel_configs: scraper.relabel_configs.unwrap_or_default(),
            metric_relabel_configs: scraper.metric_relabel_configs.unwrap_or_default(),
            through_proxy: scraper.proxy_url.is_some()
                || scraper.proxy_from_environment == Some(true),
        }
    }
}

#[derive(Deserialize)]
struct Writers {
    #[serde(default)]
    remote_write: Option<Vec<Writer>>,
}

#[derive(Deserialize)]
struct Writer {
    url: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    write_relabel_configs: Option<Vec<RelabelRule>>,
    #[serde(default)]
    protobuf_message: Option<String>,
    #[serde(default)]
    send_native_histograms: Option<bool>,
    #[serde(default)]
    queue_config: Option<Queue>,
    #[serde(default)]
    tls_config: Option<BTreeMap<String, IgnoredAny>>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

/// Keys of a block under which credentials are given.
const CREDENTIALS: [&str; 8] = [
    "authorization",
    "basic_auth",
    "bearer_token",
    "bearer_token_file",
    "oauth2",
    "sigv4",
    "azuread",
    "google_iam",
];

/// Keys of a block that send it through a proxy. Servers leave them out where they do not.
const PROXY: [&str; 2] = ["proxy_url", "proxy_from_environment"];

#[derive(Default, Deserialize)]
struct Queue {
    #[serde(default)]
    sample_age_limit: Option<String>,
    #[serde(default)]
    retry_on_http_429: Option<bool>,
}

impl From<Writer> for RemoteWrite {
    fn from(writer: Writer) -> Self {
        let queue = writer.queue_config.unwrap_or_default();
        let shown = |(name, value): (String, String)| match names_a_tenant(&name) {
            true => (name, value),
            false => (name, "<masked>".to_owned()),
        };
        Self {
            name: writer.name.unwrap_or_default(),
            url: writer.url,
            headers: writer
                .headers
                .unwrap_or_default()
                .into_iter()
                .map(shown)
                .collect(),
            write_relabel_configs: writer.write_relabel_configs.unwrap_or_default(),
            protobuf_message: writer.protobuf_message.unwrap_or_default(),
            send_native_histograms: writer.send_native_histograms.unwrap_or_default(),
            sample_age_limit: queue.sample_age_limit.unwrap_or_default(),
            retry_on_http_429: queue.retry_on_http_429.unwrap_or_default(),
            credentials: CREDENTIALS
                .iter()
                .find(|key| writer.others.contains_key(**key))
                .map(|key| (*key).to_owned()),
            through_proxy: PROXY.iter().any(|key| writer.others.contains_key(*key)),
            own_tls: writer.tls_config.is_some_and(|own| {
                // Servers print this one although nobody wrote it.
                own.keys().any(|key| key != "insecure_skip_verify")
            }),
        }
    }
}

/// The text without the value of that header: the server shows it as it is, and recordings keep the text.
fn masked(yaml: &str, name: &str, value: &str) -> String {
    let line = |text: &str| {
        let entry = text.trim_start().strip_prefix(name)?.strip_prefix(':')?;
        let indent = &text[..text.len() - text.trim_start().len()];
        let shown = entry.trim().trim_matches(['"', '\'']);
        (shown == value || value.starts_with(shown)).then(|| format!("{indent}{name}: <masked>"))
    };
    let lines: Vec<String> = yaml
        .split('\n')
        .map(|text| line(text).unwrap_or_else(|| text.to_owned()))
        .collect();
    // A long value is folded over several lines.
    value
        .split_whitespace()
        .filter(|word| word.len() >= 8)
        .fold(lines.join("\n"), |yaml, word| {
            yaml.replace(word, "<masked>")
        })
}

/// Whether a header says for whom, and does not prove who: its value may be shown.
pub fn names_a_tenant(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    [
        "tenant",
        "orgid",
        "org-id",
        "accountid",
        "account-id",
        "projectid",
        "project-id",
    ]
    .iter()
    .any(|part| header.contains(part))
}

/// Rules as a server prints them in a flag, such as `--selector.relabel-config` of a Query; none where they cannot be read.
pub(crate) fn rules_of_flag(yaml: &str) -> Option<Vec<RelabelRule>> {
    let options = serde_yaml::options! { with_snippet: false, };
    serde_yaml::from_str_with_options(yaml, options).ok()
}

/// Reads the external labels and the `remote_write` blocks; whatever else stands in the configuration is kept as text and not
/// judged. Blocks that cannot be read are said to be so, and hide nothing else.
pub(crate) fn read(yaml: String) -> Result<LoadedConfig, Failure> {
    if yaml.trim().is_empty() {
        // VictoriaMetrics answers so: nothing can be concluded from it.
        return Err(Failure::new(
            FailureClass::NotThatApi,
            "the server shows an empty configuration",
        )
        .help("Check `kind`: only a Prometheus shows its configuration."));
    }
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_nodes: 5_000_000,
            max_events: 20_000_000,
        },
        with_snippet: false,
    };
    let root: Option<Root> =
        serde_yaml::from_str_with_options(&yaml, options.clone()).map_err(|error| {
            Failure::new(
                FailureClass::Malformed,
                format!(
                    "the loaded configuration cannot be read: {}",
                    words::cut(&error.to_string(), 300)
                ),
            )
        })?;
    let global = root.and_then(|root| root.global);
    let scheme = global
        .as_ref()
        .and_then(|global| global.metric_name_validation_scheme.as_deref());
    let legacy_names = scheme == Some("legacy");
    let external = global
        .and_then(|global| global.external_labels)
        .unwrap_or_default();
    let scrapers = serde_yaml::from_str_with_options::<Option<Scrapers>>(&yaml, options.clone());
    let (scrape_jobs, scrape_jobs_problem) = match scrapers {
        Ok(scrapers) => {
            let jobs = scrapers.and_then(|root| root.scrape_configs);
            let jobs = jobs.unwrap_or_default();
            (jobs.into_iter().map(ScrapeJob::from).collect(), None)
        }
        Err(error) => (Vec::new(), Some(words::cut(&error.to_string(), 300))),
    };
    let writers = serde_yaml::from_str_with_options::<Option<Writers>>(&yaml, options);
    let mut yaml = yaml;
    let (remote_write, remote_write_problem) = match writers {
        Ok(writers) => {
            let blocks = writers.and_then(|root| root.remote_write);
            let blocks = blocks.unwrap_or_default();
            for (name, value) in blocks
                .iter()
                .flat_map(|block| block.headers.iter().flatten())
            {
                if !names_a_tenant(name) {
                    yaml = masked(&yaml, name, value);
                }
            }
            (blocks.into_iter().map(RemoteWrite::from).collect(), None)
        }
        Err(error) => (Vec::new(), Some(words::cut(&error.to_string(), 300))),
    };
    Ok(LoadedConfig {
        external_labels: Labels(external),
        remote_write,
        remote_write_problem,
        scrape_jobs,
        scrape_jobs_problem,
        legacy_names,
        yaml,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_a_flag_are_read_as_they_are_written() {
        let yaml = "- action: drop\n  source_labels: [receive_replica]\n  regex: \"0\"\n";
        let rules = rules_of_flag(yaml).unwrap();
        assert_eq!(rules[0].regex.as_deref(), Some("0"));
        assert_eq!(rules_of_flag("action: drop"), None);
    }

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
    fn it_is_kept_that_a_job_scrapes_through_a_proxy() {
        for (rest, through_proxy) in [
            ("scrape_interval: 1m", false),
            ("proxy_url: http://proxy:3128", true),
            ("proxy_from_environment: true", true),
        ] {
            let yaml = format!("scrape_configs:\n- job_name: a\n  {rest}\n");
            let jobs = read(yaml).unwrap().scrape_jobs;
            assert_eq!(jobs[0].through_proxy, through_proxy, "{rest}");
        }
    }

    #[test]
    fn it_is_kept_that_a_block_has_credentials_tls_settings_or_a_proxy_and_not_which() {
        let block = |rest: &str| {
            let yaml = format!("remote_write:\n- url: https://h/\n  {rest}\n");
            read(yaml).unwrap().remote_write.remove(0)
        };
        for (rest, credentials, own_tls, through_proxy) in [
            ("remote_timeout: 30s", None, false, false),
            (
                "basic_auth: {username: me, password: <secret>}",
                Some("basic_auth"),
                false,
                false,
            ),
            (
                "authorization: {type: Bearer, credentials: <secret>}",
                Some("authorization"),
                false,
                false,
            ),
            (
                "tls_config: {insecure_skip_verify: false}",
                None,
                false,
                false,
            ),
            (
                "tls_config: {cert_file: a, key_file: b, insecure_skip_verify: true}",
                None,
                true,
                false,
            ),
            ("proxy_url: http://proxy:3128", None, false, true),
        ] {
            let read = block(rest);
            assert_eq!(read.credentials.as_deref(), credentials, "{rest}");
            assert_eq!(
                (read.own_tls, read.through_proxy),
                (own_tls, through_proxy),
                "{rest}"
            );
        }
    }

    #[test]
    fn remote_write_blocks_are_read_and_tokens_are_masked() {
        let yaml = "remote_write:\n- url: http://a:xxxxx@h:19291/api/v1/receive\n  headers:\n    THANOS-TENANT: finops\n    X-Token: s3cr3t\n  write_relabel_configs:\n  - source_labels: [__name__]\n    regex: 1\n    action: drop\n  name: thanos\n  protobuf_message: prometheus.WriteRequest\n  unknown: 1\n  queue_config:\n    capacity: 10\n    sample_age_limit: 5m\n    retry_on_http_429: true\n- url: http://other/\n";
        let config = read(yaml.to_owned()).unwrap();
        let [first, second] = config.remote_write.as_slice() else {
            panic!("{config:?}");
        };
        assert_eq!(first.name, "thanos");
        assert_eq!(first.headers["THANOS-TENANT"], "finops");
        assert_eq!(first.headers["X-Token"], "<masked>");
        assert!(!config.yaml.contains("s3cr3t"), "{}", config.yaml);
        assert!(config.yaml.contains("THANOS-TENANT: finops"));
        assert_eq!(first.write_relabel_configs[0].regex.as_deref(), Some("1"));
        assert_eq!(first.sample_age_limit, "5m");
        assert!(first.retry_on_http_429);
        assert_eq!(
            (second.url.as_str(), second.name.as_str()),
            ("http://other/", "")
        );
    }

    #[test]
    fn blocks_that_cannot_be_read_are_said_to_be_so() {
        let yaml = "global:\n  external_labels:\n    a: b\nremote_write:\n- url: http://h/\n  write_relabel_configs:\n  - novel: 1\n";
        let config = read(yaml.to_owned()).unwrap();
        assert_eq!(config.external_labels, Labels::from([("a", "b")]));
        assert_eq!(config.remote_write, []);
        assert!(config.remote_write_problem.unwrap().contains("novel"));
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
