//! The hash of `hashmod`.

/// The shard that a value falls into: the last eight bytes of its MD5, big-endian, modulo the number of shards, which is not zero.
pub(crate) fn shard(value: &str, modulus: u64) -> u64 {
    let digest = md5::compute(value).0;
    let last = digest[8..]
        .iter()
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    last % modulus
}
