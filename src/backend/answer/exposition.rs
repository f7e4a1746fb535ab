//! A page of metrics.

use serde::{Deserialize, Serialize};

use crate::leaves::{Labels, Timestamp};

/// A page in Prometheus' text format or in OpenMetrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The content type as sent.
    pub content_type: String,
    /// All samples.
    pub samples: Vec<PageSample>,
}

/// One line of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSample {
    /// The series, `__name__` among its labels.
    pub labels: Labels,
    /// The value as written.
    pub value: String,
    /// The explicit timestamp, where the line has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
}
