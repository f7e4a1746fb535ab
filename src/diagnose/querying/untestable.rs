//! Causes whose question none of the known kinds of backend answers. They are named, so that nobody takes them for ruled out.

use crate::diagnose::found::Found;

/// A Grafana cannot be asked yet.
pub(crate) fn wrong_datasource() -> Found {
    Found::not_tested("no Grafana can be asked by this version; what a dashboard gets was not seen")
}
