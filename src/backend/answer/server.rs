//! What a server says of its process, of what its targets expose, and of the values of a label.

use serde::{Deserialize, Serialize};

use crate::leaves::{Labels, Timestamp};

/// `/api/v1/status/runtimeinfo`. Thanos Query tells its start only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// When the process began.
    pub started: Option<Timestamp>,
    /// When its configuration was last loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_config: Option<Timestamp>,
    /// Whether the last reload succeeded; false means that the file on disk is not what runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload_ok: Option<bool>,
}

/// `/api/v1/targets/metadata` of one metric: which targets exposed the name in their last scrape, before `metric_relabel_configs`.
/// Known by families: a histogram's `_bucket` is not, and names without TYPE, HELP or UNIT line are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposures(pub Vec<Exposure>);

/// One target that exposed the name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// The target's labels.
    pub target: Labels,
    /// The type of the metric, such as `gauge`.
    pub kind: String,
}

/// `/api/v1/label/NAME/values`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelValues {
    /// The values, sorted by the server.
    pub values: Vec<String>,
    /// The server's warnings: stores that it could not ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
