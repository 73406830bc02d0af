//! Hashes and a random number generator that give the same answer on every machine and in every version.

use sha2::{Digest, Sha256};

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 over parts that cannot run into each other: each is preceded by its length.
#[derive(Default)]
pub struct Parts(Sha256);

impl Parts {
    pub fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// A number in [0, 1), evenly spread.
    pub fn fraction(self) -> f64 {
        let digest = self.0.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        unit(u64::from_be_bytes(first))
    }
}

/// The upper 53 bits as a number in [0, 1).
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// SplitMix64's last step: every bit of the input moves every bit of the output.
pub fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A quick hash for counting distinct values; not for anything that an enemy may choose.
pub fn quick(bytes: &[u8]) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = mix(state ^ u64::from_le_bytes(word));
    }
    let mut word = [0; 8];
    word[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(state ^ u64::from_le_bytes(word))
}

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// In [0, n); the bias for any n that fits into memory is far below what a resample can show.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.draw()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let fraction = |parts: &[&str]| {
            let mut hash = Parts::default();
            parts.iter().for_each(|part| hash.add(part.as_bytes()));
            hash.fraction()
        };
        assert_ne!(fraction(&["ab", "c"]), fraction(&["a", "bc"]));
        assert_ne!(fraction(&["a", ""]), fraction(&["", "a"]));
        assert_eq!(fraction(&["a", "b"]), fraction(&["a", "b"]));
    }

    #[test]
    fn quick_hashes_differ_for_like_values() {
        let hashes: std::collections::HashSet<u64> = (0..10_000u32).map(|n| quick(n.to_string().as_bytes())).collect();
        assert_eq!(hashes.len(), 10_000);
        assert_ne!(quick(b""), quick(b"\0"));
    }

    #[test]
    fn random_numbers_stay_in_range_and_reach_all_of_it() {
        let mut random = Random::new(7);
        let seen: std::collections::HashSet<usize> = (0..1_000).map(|_| random.below(10)).collect();
        assert_eq!(seen.len(), 10);
    }
}
