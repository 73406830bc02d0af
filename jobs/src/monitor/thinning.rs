//! Every second or fourth value of many, for the lowest levels of a KLL sketch: what a sketch of many values does most.
//!
//! Groups of 16 are sorted side by side by a network of comparisons, which is the same whatever the values are, so that a
//! processor takes several groups at a time and guesses nothing wrong. Of each sorted group every fourth value stays,
//! beginning anywhere: a rank is wrong by less than four values in a group, and by nothing on the whole, because every
//! other group begins as far from its end as the one before it began from its start.

use crate::common::hash::Random;

pub const BLOCK: usize = GROUP * GROUPS;

const GROUP: usize = 16;
const GROUPS: usize = 8;
const COMPARISONS: usize = 63;

/// Batcher's odd-even merge sort.
const NETWORK: [(usize, usize); COMPARISONS] = network();

const fn network() -> [(usize, usize); COMPARISONS] {
    let mut network = [(0, 0); COMPARISONS];
    let (mut found, mut run) = (0, 1);
    while run < GROUP {
        let mut apart = run;
        while apart >= 1 {
            let mut at = apart % run;
            while at + apart < GROUP {
                let mut lower = at;
                while lower < at + apart && lower + apart < GROUP {
                    if lower / (2 * run) == (lower + apart) / (2 * run) {
                        network[found] = (lower, lower + apart);
                        found += 1;
                    }
                    lower += 1;
                }
                at += 2 * apart;
            }
            apart /= 2;
        }
        run *= 2;
    }
    assert!(found == COMPARISONS);
    network
}

/// One of 2^levels values stays, and stands for so many. A block has no NaN in it.
pub fn thinned<const KEPT: usize>(block: &[f64; BLOCK], random: &mut Random) -> [f64; KEPT] {
    let factor = BLOCK / KEPT;
    let mut rows = [[0.0; GROUPS]; GROUP];
    for (row, values) in rows.iter_mut().zip(block.chunks_exact(GROUPS)) {
        row.copy_from_slice(values);
    }
    for (lower, upper) in NETWORK {
        let (low, high) = (rows[lower], rows[upper]);
        for group in 0..GROUPS {
            let (one, other) = (low[group], high[group]);
            rows[lower][group] = if one < other { one } else { other };
            rows[upper][group] = if one > other { one } else { other };
        }
    }
    let draws = random.draw();
    let mut kept = [0.0; KEPT];
    for (group, kept) in kept.chunks_exact_mut(GROUP / factor).enumerate() {
        // A byte of the draw for each two groups.
        let drawn = (draws >> (group / 2 * 8)) as usize % factor;
        let first = if group % 2 == 0 { drawn } else { factor - 1 - drawn };
        for (nth, value) in kept.iter_mut().enumerate() {
            *value = rows[nth * factor + first][group];
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thins<const KEPT: usize>() {
        let factor = (BLOCK / KEPT) as i64;
        let mut random = Random::new(5);
        let mut off = [0i64; 2];
        for round in 0..2_000u64 {
            let block: [f64; BLOCK] = std::array::from_fn(|_| random.below(1 + round as usize) as f64 - 500.0);
            let kept: [f64; KEPT] = thinned(&block, &mut random);
            for (at, bound) in [(0, -400.0), (1, 250.0)] {
                let below = |values: &[f64]| values.iter().filter(|value| **value < bound).count() as i64;
                let error = below(&kept) * factor - below(&block);
                assert!(error.abs() < factor * GROUPS as i64, "{error}");
                off[at] += error;
            }
            assert!(kept.iter().all(|value| block.contains(value)));
        }
        // Without bias: some hundred of 256,000.
        assert!(off.iter().all(|off| off.abs() < 1_000), "{off:?}");
    }

    #[test]
    fn whatever_a_block_holds_ranks_are_wrong_by_less_than_a_factor_in_each_group() {
        thins::<{ BLOCK / 2 }>();
        thins::<{ BLOCK / 4 }>();
    }

    #[test]
    fn the_network_sorts_whatever_comes() {
        // What sorts all zeros and ones sorts everything.
        for bits in 0..1u32 << GROUP {
            let mut ones: [u32; GROUP] = std::array::from_fn(|at| bits >> at & 1);
            for (lower, upper) in NETWORK {
                (ones[lower], ones[upper]) = (ones[lower].min(ones[upper]), ones[lower].max(ones[upper]));
            }
            assert!(ones.is_sorted(), "{bits:b}");
        }
    }
}
