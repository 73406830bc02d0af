//! How many different values a column has: exact while they are few, a HyperLogLog estimate beyond.

use crate::common::hash::mix;

/// 2^15 registers: a standard error of 0.6 %, in 32 KiB.
const PRECISION: u32 = 15;
const REGISTERS: usize = 1 << PRECISION;
/// Up to here the hashes themselves are kept: three quarters of a table that takes no more memory than the registers.
const EXACT_MAX: usize = 3_072;
const SLOTS_MIN: usize = 16;

#[derive(Debug, Clone)]
pub enum Distinct {
    Exact(Hashes),
    Estimated(Box<[u8; REGISTERS]>),
}

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct::Exact(Hashes::default())
    }
}

impl Distinct {
    pub fn add_all(&mut self, mut hashes: impl Iterator<Item = u64>) {
        while let Distinct::Exact(_) = self {
            match hashes.next() {
                Some(hash) => self.add(hash),
                None => return,
            }
        }
        if let Distinct::Estimated(registers) = self {
            hashes.for_each(|hash| note(registers, hash));
        }
    }

    /// Equal values must come with equal, well mixed hashes.
    #[inline]
    pub fn add(&mut self, hash: u64) {
        match self {
            Distinct::Estimated(registers) => note(registers, hash),
            Distinct::Exact(hashes) => {
                if hashes.insert(hash) && hashes.count > EXACT_MAX {
                    *self = Distinct::Estimated(hashes.registers());
                }
            }
        }
    }

    pub fn count(&self) -> u64 {
        match self {
            Distinct::Exact(hashes) => hashes.count as u64,
            Distinct::Estimated(registers) => estimate(&registers[..]).round() as u64,
        }
    }
}

/// A set of hashes, which are mixed already: each lies where its upper bits say, or in the next free slot.
#[derive(Debug, Clone, Default)]
pub struct Hashes {
    /// A power of two of them; 0 is a free one.
    slots: Vec<u64>,
    count: usize,
}

impl Hashes {
    /// Whether it is new.
    #[inline]
    fn insert(&mut self, hash: u64) -> bool {
        let hash = hash.max(1);
        if !self.slots.is_empty() && self.slots[self.slot(hash)] == hash {
            return false;
        }
        self.insert_new(hash);
        true
    }

    fn insert_new(&mut self, hash: u64) {
        if (self.count + 1) * 4 > self.slots.len() * 3 {
            let slots = vec![0; (self.slots.len() * 2).max(SLOTS_MIN)];
            for hash in std::mem::replace(&mut self.slots, slots) {
                if hash != 0 {
                    let slot = self.slot(hash);
                    self.slots[slot] = hash;
                }
            }
        }
        let slot = self.slot(hash);
        self.slots[slot] = hash;
        self.count += 1;
    }

    /// Where it lies, or is to lie: there is always a free slot.
    #[inline]
    fn slot(&self, hash: u64) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = (hash >> 32) as usize & last;
        while self.slots[slot] != hash && self.slots[slot] != 0 {
            slot = (slot + 1) & last;
        }
        slot
    }

    fn registers(&self) -> Box<[u8; REGISTERS]> {
        let mut registers = Box::new([0; REGISTERS]);
        self.slots
            .iter()
            .filter(|hash| **hash != 0)
            .for_each(|hash| note(&mut registers, *hash));
        registers
    }
}

/// The hash of a number.
pub fn of_number(value: f64) -> u64 {
    // -0 and 0 are one number.
    mix((value + 0.0).to_bits().wrapping_add(0x9e37_79b9_7f4a_7c15))
}

/// The upper bits choose a register, which keeps the longest run of zeros that the rest ever began with.
#[inline]
fn note(registers: &mut [u8; REGISTERS], hash: u64) {
    let register = (hash >> (64 - PRECISION)) as usize;
    let rest = hash << PRECISION;
    let run = rest.leading_zeros().min(64 - PRECISION) as u8 + 1;
    // Without a branch, so that a processor can wait for many registers at once.
    registers[register] = registers[register].max(run);
}

/// Ertl's estimate ("New cardinality estimation algorithms for HyperLogLog sketches", 2017): without bias over the whole
/// range, where the classic one is off by some per cent at a few values per register.
fn estimate(registers: &[u8]) -> f64 {
    const RUN_MAX: usize = (64 - PRECISION + 1) as usize;
    let m = REGISTERS as f64;
    let mut histogram = [0.0; RUN_MAX + 1];
    registers.iter().for_each(|run| histogram[usize::from(*run)] += 1.0);
    let mut z = m * tau(1.0 - histogram[RUN_MAX] / m);
    for count in histogram[1..RUN_MAX].iter().rev() {
        z = 0.5 * (z + count);
    }
    z += m * sigma(histogram[0] / m);
    m * m / (2.0 * std::f64::consts::LN_2 * z)
}

/// x + the sum over k of x^(2^k) * 2^(k-1): what registers without a value stand for.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

/// The same for registers that can hold no more.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(values: u64) -> u64 {
        let mut distinct = Distinct::default();
        for value in 0..values {
            distinct.add_all([value as f64; 2].into_iter().map(of_number));
        }
        distinct.count()
    }

    #[test]
    fn few_are_counted_and_many_are_estimated_closely() {
        for values in [0, 1, 11, 12, 13, 500, EXACT_MAX as u64] {
            assert_eq!(count(values), values);
        }
        for values in [4_000, 5_000, 20_000, 80_000, 150_000, 1_000_000] {
            let error = count(values).abs_diff(values) as f64 / values as f64;
            assert!(error < 0.02, "{values}: off by {error}");
        }
    }

    #[test]
    fn zero_has_no_sign() {
        let mut distinct = Distinct::default();
        distinct.add_all([0.0, -0.0].into_iter().map(of_number));
        assert_eq!(distinct.count(), 1);
    }
}
