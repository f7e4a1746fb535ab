//! Ids of gaps: the same in every run, so that tickets and trends can hold on to them.

/// A gap's id: 64-bit FNV-1a over suite, cluster and check id, each followed by a zero byte, as sixteen hex digits. Hop names and
/// edges are left out on purpose: a gap that moves along the pipeline is still the same gap.
pub(crate) fn gap_id(suite: &str, cluster: Option<&str>, check_id: &str) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = [suite, cluster.unwrap_or_default(), check_id]
        .into_iter()
        .flat_map(|part| part.bytes().chain([0]))
        .fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_what_they_were() {
        assert_eq!(
            gap_id("finops-cost", Some("ops"), "cost-metric"),
            gap_id("finops-cost", Some("ops"), "cost-metric")
        );
        assert_ne!(gap_id("a", Some("b"), "c"), gap_id("a", None, "bc"));
        assert_ne!(gap_id("a", None, "b"), gap_id("a", Some("b"), ""));
        // A known answer: three empty parts are three zero bytes.
        assert_eq!(gap_id("", None, ""), "d94d12186c0f2fb7");
    }
}
