//! A hash of short texts that reads a whole word at a time; for counting, not for anything that an enemy may choose.

const KEYS: [u64; 3] = [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];

/// Up to so many bytes are known by their ends and their number.
const BYTES_KNOWN_BY_ENDS: usize = 16;

/// A text's hash, and what tells most texts apart without a look at them.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub hash: u64,
    ends: (u64, u64),
}

impl Key {
    #[inline]
    pub fn of(bytes: &[u8]) -> Key {
        let length = bytes.len();
        let ends = ends(bytes);
        let mut state = 0;
        if length > BYTES_KNOWN_BY_ENDS {
            state = KEYS[0];
            let mut at = 8;
            // All between the ends; the last word may overlap the end.
            while at + 8 < length {
                state = fold(state ^ word(bytes, at), KEYS[2]);
                at += 8;
            }
        }
        let mixed = fold(state ^ ends.0 ^ KEYS[1], ends.1 ^ KEYS[0] ^ length as u64);
        Key {
            hash: fold(mixed ^ length as u64, KEYS[2]),
            ends,
        }
    }

    /// Whether `bytes`, of which this is the key, are those of which the other is.
    #[inline]
    pub fn is_of(self, bytes: &[u8], other: Key, others: &[u8]) -> bool {
        self.hash == other.hash
            && self.ends == other.ends
            && bytes.len() == others.len()
            && (bytes.len() <= BYTES_KNOWN_BY_ENDS || bytes == others)
    }
}

#[inline]
pub fn text_hash(bytes: &[u8]) -> u64 {
    Key::of(bytes).hash
}

/// The first and the last word, or what there is of them.
#[inline]
fn ends(bytes: &[u8]) -> (u64, u64) {
    let length = bytes.len();
    match length {
        0 => (0, 0),
        1..=3 => (
            u64::from(bytes[0]) << 16 | u64::from(bytes[length / 2]) << 8 | u64::from(bytes[length - 1]),
            0,
        ),
        4..=7 => (half(bytes, 0), half(bytes, length - 4)),
        _ => (word(bytes, 0), word(bytes, length - 8)),
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    let word = bytes[at..at + 8].try_into();
    word.map_or(0, u64::from_le_bytes)
}

fn half(bytes: &[u8], at: usize) -> u64 {
    let half = bytes[at..at + 4].try_into();
    half.map_or(0, |half| u64::from(u32::from_le_bytes(half)))
}

/// Both halves of a product, one on the other: every bit of the one moves every bit of the other.
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn like_texts_of_every_length_have_other_hashes() {
        let mut hashes = HashSet::new();
        let mut texts = 0;
        for length in 0..70 {
            for at in 0..length.max(1) {
                for byte in b"ab" {
                    let mut text = vec![b'x'; length];
                    text.iter_mut().skip(at).take(1).for_each(|it| *it = *byte);
                    hashes.insert(text_hash(&text));
                    texts += usize::from(length > 0);
                }
            }
        }
        assert_eq!(hashes.len(), texts + 1);
        let numbers: HashSet<u64> = (0..200_000u32).map(|n| text_hash(n.to_string().as_bytes())).collect();
        assert_eq!(numbers.len(), 200_000);
    }

    #[test]
    fn the_upper_bits_are_spread_evenly() {
        let mut counts = [0u32; 256];
        (0..256_000u32).for_each(|n| counts[(text_hash(format!("id-{n}").as_bytes()) >> 56) as usize] += 1);
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
