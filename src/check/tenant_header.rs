//! The header with which a sender names its tenant, as its loaded configuration shows it: configured is not sent.

use crate::backend::answer::RemoteWrite;

/// Headers that carry a tenant where none is named: Thanos' and Cortex'.
const TENANT_HEADERS: [&str; 2] = ["THANOS-TENANT", "X-Scope-OrgID"];

/// The tenant under which Thanos Receive files what comes without a header, unless `--receive.default-tenant-id` says another.
pub(crate) const DEFAULT_TENANT: &str = "default-tenant";

/// The tenant header of a block: name and value.
pub(crate) fn tenant<'a>(
    block: &'a RemoteWrite,
    header: Option<&str>,
) -> Option<(&'a str, &'a str)> {
    let is_meant = |name: &str| match header {
        Some(header) => name.eq_ignore_ascii_case(header),
        None => TENANT_HEADERS.iter().any(|h| name.eq_ignore_ascii_case(h)),
    };
    block
        .headers
        .iter()
        .find(|(name, _)| is_meant(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Whether a Prometheus of this version is known to send none of the headers that it is configured with: Debian's build loses what
/// adds them (seen of 2.42.0+ds, which shows them in its configuration all the same).
pub(crate) fn loses_headers(version: &str) -> bool {
    version.contains("+ds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_header_is_found_in_any_case() {
        let mut one = RemoteWrite::default();
        one.headers.insert("thanos-tenant".into(), "finops".into());
        one.headers.insert("My-Tenant".into(), "other".into());
        assert_eq!(tenant(&one, None), Some(("thanos-tenant", "finops")));
        assert_eq!(
            tenant(&one, Some("my-tenant")),
            Some(("My-Tenant", "other"))
        );
        assert_eq!(tenant(&RemoteWrite::default(), None), None);
    }

    #[test]
    fn only_debian_s_builds_are_known_to_lose_headers() {
        assert!(loses_headers("2.42.0+ds"));
        assert!(!loses_headers("2.42.0") && !loses_headers("3.14.0"));
    }
}
