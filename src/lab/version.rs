//! The versions that the lab's servers claim to be; what they answer differs between them as it does between the real ones.

use crate::lab::page::{TEXT_FORMAT, TEXT_FORMAT_ESCAPING};

/// Which Prometheus a server claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrometheusVersion {
    /// Debian's 2.42.0. Its build sends no configured headers, so no tenant either.
    V2_42,
    /// 3.14.0.
    V3_14,
}

impl PrometheusVersion {
    /// The version as `/api/v1/status/buildinfo` says it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V2_42 => "2.42.0+ds",
            Self::V3_14 => "3.14.0",
        }
    }
}

/// Which Thanos a server claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ThanosVersion {
    /// 0.31.0.
    V0_31,
    /// 0.36.1.
    V0_36,
    /// 0.42.4.
    V0_42,
}

impl ThanosVersion {
    /// All of them, oldest first.
    pub const ALL: [Self; 3] = [Self::V0_31, Self::V0_36, Self::V0_42];

    /// The version as `/api/v1/status/buildinfo` says it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V0_31 => "0.31.0",
            Self::V0_36 => "0.36.1",
            Self::V0_42 => "0.42.4",
        }
    }

    /// The version as people say it: `0.42`.
    pub fn word(self) -> &'static str {
        match self {
            Self::V0_31 => "0.31",
            Self::V0_36 => "0.36",
            Self::V0_42 => "0.42",
        }
    }

    /// The version of a word, `0.42` or `0.42.4`.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.word() == word || one.number() == word)
    }

    /// Whether a store that does not answer fails what was asked with `partial_response=false`; before, it was only a warning.
    pub(crate) fn fails_without_a_store(self) -> bool {
        self >= Self::V0_42
    }

    /// Whether Receive has a database of the default tenant before anything was written.
    pub(crate) fn has_default_tenant(self) -> bool {
        self >= Self::V0_42
    }

    /// Whether texts about a store name its label sets, between address and times.
    pub(crate) fn names_label_sets(self) -> bool {
        self < Self::V0_42
    }

    /// Whether a body of JSON ends with a line feed.
    pub(crate) fn ends_json_with_line_feed(self) -> bool {
        self < Self::V0_42
    }

    /// Whether the result of a query carries `analysis`, and an unknown `engine` is refused.
    pub(crate) fn knows_engines(self) -> bool {
        self >= Self::V0_36
    }

    /// Whether Receive's status keeps `limit`, from 0.32 on; before, lists have ten rows.
    pub(crate) fn keeps_head_limit(self) -> bool {
        self >= Self::V0_36
    }

    /// Whether a Query Frontend says that its answers to queries vary with their encoding.
    pub(crate) fn frontend_varies(self) -> bool {
        self < Self::V0_42
    }

    /// Whether Receive can filter by names of metrics (`--enable-feature=metric-names-filter`).
    pub(crate) fn can_filter_by_names(self) -> bool {
        self >= Self::V0_42
    }

    /// Whether Query answers `/api/v1/status/tsdb`, from 0.40 on.
    pub(crate) fn has_query_tsdb(self) -> bool {
        self >= Self::V0_42
    }

    /// Whether Info tells the times of each tenant.
    pub(crate) fn tells_tenants_apart(self) -> bool {
        self >= Self::V0_36
    }

    /// Whether the StoreAPI keeps `limit` and sends the batches that were asked for.
    pub(crate) fn keeps_limits(self) -> bool {
        self >= Self::V0_42
    }

    /// The content type of its page of metrics.
    pub(crate) fn page_type(self) -> &'static str {
        match self {
            Self::V0_31 => TEXT_FORMAT,
            Self::V0_36 => "text/plain; version=0.0.4; charset=utf-8; escaping=values",
            Self::V0_42 => TEXT_FORMAT_ESCAPING,
        }
    }

    /// What gRPC of that age says when a connection is refused.
    pub(crate) fn refused(self, address: &str) -> String {
        let colon = if self < Self::V0_36 { "" } else { ":" };
        format!(
            "connection error: desc = \"transport: Error while dialing{colon} dial tcp {address}: connect: connection refused\""
        )
    }
}

#[cfg(test)]
mod tests {
    use super::ThanosVersion;

    #[test]
    fn a_version_is_known_by_its_word_and_its_number() {
        for one in ThanosVersion::ALL {
            assert_eq!(ThanosVersion::of(one.word()), Some(one));
            assert_eq!(ThanosVersion::of(one.number()), Some(one));
        }
        assert_eq!(ThanosVersion::of("0.30"), None);
        assert_eq!(ThanosVersion::of(""), None);
    }
}
