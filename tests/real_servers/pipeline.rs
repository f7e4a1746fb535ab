//! One pipeline for all tests: exporter > Prometheus `ops` > Prometheus `central` and VictoriaMetrics.

use std::sync::LazyLock;

use crate::servers::{Exporter, Server, prometheus, series, until, victoria_metrics};

pub(crate) struct Pipeline {
    pub(crate) exporter: Exporter,
    pub(crate) ops: Server,
    pub(crate) central: Server,
    pub(crate) victoria: Server,
}

const PAGE: &str = r#"# HELP aws_cost_exporter_current_month_cost Cost of this month.
# TYPE aws_cost_exporter_current_month_cost gauge
aws_cost_exporter_current_month_cost{service="AmazonEC2"} 12.5
aws_cost_exporter_current_month_cost{service="AWSLambda"} -9.994e-07
# TYPE kept_metric gauge
kept_metric 1
# TYPE secret_metric gauge
secret_metric 1
# TYPE nan_metric gauge
nan_metric NaN
"#;

/// Started once, with the first test that needs it.
pub(crate) static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| {
    let exporter = Exporter::start(PAGE);
    let central = prometheus("global: { scrape_interval: 1s }\n", &[]);
    let victoria = victoria_metrics();
    let ops = prometheus(
        &format!(
            r#"
global:
  scrape_interval: 1s
  external_labels: {{ cluster: ops }}
scrape_configs:
- job_name: aws-cost-exporter
  static_configs: [ {{ targets: ["127.0.0.1:{}"], labels: {{ namespace: finops }} }} ]
- job_name: closed
  static_configs: [ {{ targets: ["127.0.0.1:1"] }} ]
remote_write:
- url: {}/api/v1/write
  queue_config: {{ batch_send_deadline: 1s }}
  write_relabel_configs:
  - {{ source_labels: [__name__], regex: secret_metric, action: drop }}
- url: {}/api/v1/write
  queue_config: {{ batch_send_deadline: 1s }}
"#,
            exporter.port,
            central.url(),
            victoria.url()
        ),
        &[],
    );
    for (port, place) in [
        (ops.port, "ops"),
        (central.port, "central"),
        (victoria.port, "victoria"),
    ] {
        until(&format!("the cost metric at {place}"), || {
            series(port, "aws_cost_exporter_current_month_cost") == 2
        });
    }
    Pipeline {
        exporter,
        ops,
        central,
        victoria,
    }
});

/// The head of a suite over the pipeline.
pub(crate) fn head() -> String {
    let p = &*PIPELINE;
    format!(
        r#"version: 1
suite: real
pipeline:
  - {{ name: exporter, kind: exporter, url: "{}" }}
  - {{ name: prom, kind: prometheus, url: "{}" }}
  - {{ name: central, kind: prometheus, url: "{}" }}
backends:
  - {{ name: vm, kind: victoriametrics, url: "{}" }}
checks:
"#,
        p.exporter.url(),
        p.ops.url(),
        p.central.url(),
        p.victoria.url()
    )
}
