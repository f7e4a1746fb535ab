//! How a Prometheus of the scenarios is set up: it scrapes itself each second, so that its own counters have a history.

use crate::servers::{Server, free_port, prometheus_at, series, until};

/// Seconds of history that tell a movement of counters without waiting.
const HISTORY: u32 = 18;

/// What is scraped and sent besides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sender {
    cluster: String,
    jobs: String,
    blocks: String,
    flags: Vec<&'static str>,
    is_alone: bool,
    more: &'static str,
}

impl Sender {
    /// A Prometheus with this external label `cluster`.
    pub(crate) fn of(cluster: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
            ..Self::default()
        }
    }

    /// With a job that scrapes a port, and more settings of the job in YAML.
    pub(crate) fn scraping(mut self, job: &str, port: u16, more: &str) -> Self {
        self.jobs += &format!(
            "- job_name: {job}\n  static_configs: [ {{ targets: [\"127.0.0.1:{port}\"] }} ]\n{}",
            indented(more)
        );
        self
    }

    /// With a block that writes to a URL, and more settings of the block in YAML.
    pub(crate) fn writing(self, url: &str, more: &str) -> Self {
        self.writing_by(url, "batch_send_deadline: 1s", more)
    }

    /// The same with these settings of the queue.
    pub(crate) fn writing_by(mut self, url: &str, queue: &str, more: &str) -> Self {
        self.blocks += &format!(
            "- url: {url}\n  queue_config: {{ {queue} }}\n{}",
            indented(more)
        );
        self
    }

    /// With more sections of the configuration.
    pub(crate) fn with(mut self, more: &'static str) -> Self {
        self.more = more;
        self
    }

    /// It does not scrape itself.
    pub(crate) fn without_itself(mut self) -> Self {
        self.is_alone = true;
        self
    }

    pub(crate) fn flag(mut self, flag: &'static str) -> Self {
        self.flags.push(flag);
        self
    }

    /// Starts it.
    pub(crate) fn start(&self) -> Server {
        self.start_at(free_port())
    }

    /// Starts it at a port.
    pub(crate) fn start_at(&self, port: u16) -> Server {
        prometheus_at(port, &self.config(port), &self.flags)
    }

    /// Starts it, and waits until its counters have a history.
    pub(crate) fn with_history(&self) -> Server {
        let server = self.start();
        has_history(&server);
        server
    }

    fn config(&self, port: u16) -> String {
        let Self {
            cluster,
            jobs,
            blocks,
            more,
            ..
        } = self;
        let itself = match self.is_alone {
            true => String::new(),
            false => format!(
                "- job_name: itself\n  static_configs: [ {{ targets: [\"127.0.0.1:{port}\"] }} ]\n"
            ),
        };
        let sends = match blocks.is_empty() {
            true => "",
            false => "remote_write:\n",
        };
        format!(
            "global:\n  scrape_interval: 1s\n  external_labels: {{ cluster: {cluster} }}\nscrape_configs:\n{itself}{jobs}{sends}{blocks}{more}"
        )
    }
}

/// Waits until the server's own counters have a history.
pub(crate) fn has_history(server: &Server) {
    until("a history of the server's own counters", || {
        let query = format!(
            "count_over_time(process_start_time_seconds{{job=\"itself\"}}[1m]) >= {HISTORY}"
        );
        series(server.port, &query) > 0
    });
}

/// Settings as part of a list's item.
fn indented(yaml: &str) -> String {
    yaml.lines().map(|line| format!("  {line}\n")).collect()
}
