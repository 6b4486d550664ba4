//! PURE: a systematic Reed-Solomon code over the field of 256 elements, with a Cauchy matrix: of `k` data shards and `p` parity
//! shards any `p` may be lost, wherever they are. It knows shards and which of them are lost; not what they are parts of.
//! docs/format.md says in three lines how the parity is made, so that another program can do without this one.
//! (J. Blömer et al., *An XOR-Based Erasure-Resilient Coding Scheme*, 1995.)

/// Data and parity shards together, at most.
pub const SHARDS_MAX: usize = 256;

/// The field's polynomial, x^8 + x^4 + x^3 + x^2 + 1, without its highest term.
const POLYNOMIAL: u8 = 0x1D;

/// Powers of two in the field and their inverses: multiplication as addition of logarithms.
struct Field {
    power: [u8; 512],
    logarithm: [u8; 256],
}

const FIELD: Field = {
    let mut field = Field { power: [0; 512], logarithm: [0; 256] };
    let mut value: u8 = 1;
    let mut n = 0;
    while n < 255 {
        field.power[n] = value;
        field.power[n + 255] = value;
        field.logarithm[value as usize] = n as u8;
        value = (value << 1) ^ (if value & 0x80 != 0 { POLYNOMIAL } else { 0 });
        n += 1;
    }
    field
};

fn product(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    FIELD.power[FIELD.logarithm[a as usize] as usize + FIELD.logarithm[b as usize] as usize]
}

/// The inverse of what is not zero.
fn inverse(a: u8) -> u8 {
    FIELD.power[255 - FIELD.logarithm[a as usize] as usize]
}

/// The factor with which data shard `data` goes into parity shard `parity`: `1 / ((255 - parity) ^ data)`.
fn factor(parity: usize, data: usize) -> u8 {
    inverse((255 - parity as u8) ^ data as u8)
}

/// Adds a shard, times a factor, to another of the same length.
fn add(to: &mut [u8], shard: &[u8], factor: u8) {
    let mut products = [0; 256];
    for (n, entry) in products.iter_mut().enumerate() {
        *entry = product(factor, n as u8);
    }
    for (to, byte) in to.iter_mut().zip(shard) {
        *to ^= products[*byte as usize];
    }
}

/// The parity of some data shards, `count` shards of the length of the longest of them; a shorter shard counts as filled up with
/// zeros. Data and parity may be [`SHARDS_MAX`] together.
pub fn parity(data: &[&[u8]], count: usize) -> Vec<Vec<u8>> {
    let length = data.iter().map(|shard| shard.len()).max().unwrap_or(0);
    (0..count)
        .map(|n| {
            let mut shard = vec![0; length];
            data.iter().enumerate().for_each(|(m, data)| add(&mut shard, data, factor(n, m)));
            shard
        })
        .collect()
}

/// Makes the data shards that are lost (`None`) again from the others and the parity shards that are not lost. All shards have
/// the same length. False where more are lost than there is parity for; then nothing has changed.
pub fn restore(data: &mut [Option<Vec<u8>>], parity: &[Option<Vec<u8>>]) -> bool {
    let lost: Vec<usize> = (0..data.len()).filter(|n| data[*n].is_none()).collect();
    let with: Vec<(usize, &Vec<u8>)> =
        parity.iter().enumerate().filter_map(|(n, shard)| Some((n, shard.as_ref()?))).take(lost.len()).collect();
    if with.len() < lost.len() {
        return false;
    }
    // What the lost shards must add up to, a row for each parity shard that is used.
    let mut sums: Vec<Vec<u8>> = Vec::with_capacity(with.len());
    for (n, shard) in &with {
        let mut sum = (*shard).clone();
        for (m, data) in data.iter().enumerate() {
            if let Some(data) = data {
                add(&mut sum, data, factor(*n, m));
            }
        }
        sums.push(sum);
    }
    let rows = with.iter().map(|(n, _)| lost.iter().map(|m| factor(*n, *m)).collect()).collect();
    for (at, row) in lost.iter().zip(inverted(rows)) {
        let mut shard = vec![0; sums.first().map_or(0, Vec::len)];
        row.iter().zip(&sums).for_each(|(factor, sum)| add(&mut shard, sum, *factor));
        data[*at] = Some(shard);
    }
    true
}

/// The inverse of a square matrix, by Gauss and Jordan. Every square part of a Cauchy matrix has one, and its elimination never
/// meets a zero on the diagonal.
fn inverted(mut rows: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let size = rows.len();
    for (n, row) in rows.iter_mut().enumerate() {
        row.extend((0..size).map(|m| u8::from(m == n)));
    }
    for pivot in 0..size {
        let scale = inverse(rows[pivot][pivot]);
        rows[pivot].iter_mut().for_each(|value| *value = product(*value, scale));
        let of_pivot = rows[pivot].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(n, _)| *n != pivot) {
            let times = row[pivot];
            row.iter_mut().zip(&of_pivot).for_each(|(value, pivot)| *value ^= product(*pivot, times));
        }
    }
    rows.into_iter().map(|row| row[size..].to_vec()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_field_is_a_field() {
        for a in 1..=255_u8 {
            assert_eq!(product(a, inverse(a)), 1);
            assert_eq!((product(a, 1), product(a, 0)), (a, 0));
        }
        assert_eq!(product(2, 0x80), POLYNOMIAL);
        assert_eq!(product(7, product(11, 13)), product(product(7, 11), 13));
    }

    #[test]
    fn the_parity_is_what_the_format_says() {
        let shards = parity(&[&[1]], 2);
        assert_eq!((product(shards[0][0], 255), product(shards[1][0], 254)), (1, 1));
        assert_eq!(parity(&[&[0, 0], &[]], 1), [[0, 0]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_shards_may_be_lost_as_long_as_there_is_parity_for_them(
            k in 1_usize..60, p in 1_usize..12, seed in any::<u64>(), lost in 0_usize..14,
        ) {
            let mut chance = seed | 1;
            let mut next = |below: usize| {
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (chance >> 33) as usize % below
            };
            let data: Vec<Vec<u8>> = (0..k).map(|_| (0..17).map(|_| next(256) as u8).collect()).collect();
            let slices: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
            let mut shards: Vec<Option<Vec<u8>>> = data.iter().cloned().chain(parity(&slices, p)).map(Some).collect();
            let mut gone = std::collections::BTreeSet::new();
            while gone.len() < lost.min(k + p) {
                gone.insert(next(k + p));
            }
            for n in &gone {
                shards[*n] = None;
            }
            let (left, right) = shards.split_at_mut(k);
            let restored = restore(left, right);
            let of_data = gone.iter().filter(|n| **n < k).count();
            prop_assert_eq!(restored, of_data + (gone.len() - of_data) <= p || of_data == 0);
            if restored {
                let again: Vec<Vec<u8>> = left.iter().cloned().map(Option::unwrap).collect();
                prop_assert_eq!(again, data);
            }
        }
    }
}
