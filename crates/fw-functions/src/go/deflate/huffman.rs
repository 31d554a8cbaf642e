//! Huffman codes with a limited length, chosen among equals as Go chooses them.

/// A code and its length in bits; the bits stand as they are written, first bit lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) length: u8,
}

/// The code of every symbol.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes(pub(super) Vec<Code>);

impl Codes {
    /// The codes the format fixes for literals and lengths.
    pub(super) fn fixed_literals() -> Self {
        let code = |symbol: u16| match symbol {
            0..144 => reversed(symbol + 48, 8),
            144..256 => reversed(symbol + 400 - 144, 9),
            256..280 => reversed(symbol - 256, 7),
            _ => reversed(symbol + 192 - 280, 8),
        };
        Self((0..286).map(code).collect())
    }

    /// The codes the format fixes for distances.
    pub(super) fn fixed_distances() -> Self {
        Self((0..30).map(|symbol| reversed(symbol, 5)).collect())
    }

    /// The shortest codes for these frequencies with at most `limit` bits.
    pub(super) fn shortest(frequencies: &[u32], limit: usize) -> Self {
        let mut codes = vec![Code::default(); frequencies.len()];
        let mut used: Vec<(u64, usize)> =
            frequencies.iter().enumerate().filter(|(_, f)| **f > 0).map(|(s, f)| (u64::from(*f), s)).collect();
        if used.len() <= 2 {
            for (bits, (_, symbol)) in (0..).zip(&used) {
                codes[*symbol] = Code { bits, length: 1 };
            }
            return Self(codes);
        }
        used.sort_unstable();
        let weights: Vec<u64> = used.iter().map(|(f, _)| *f).collect();
        let counts = leaf_counts(&weights, limit.min(used.len() - 1));
        // `counts[k]` of the rarest symbols have more than `k` bits, so the frequent rest is served first.
        let mut next = 0u16;
        let mut rest = used.as_slice();
        for (length, pair) in (1u8..).zip(counts.windows(2)) {
            next <<= 1;
            let (longer, served) = rest.split_at(rest.len() - (pair[0] - pair[1]));
            let mut symbols: Vec<usize> = served.iter().map(|(_, symbol)| *symbol).collect();
            symbols.sort_unstable();
            for symbol in symbols {
                codes[symbol] = reversed(next, length);
                next += 1;
            }
            rest = longer;
        }
        Self(codes)
    }

    /// How many bits symbols with these frequencies take.
    pub(super) fn bits(&self, frequencies: &[u32]) -> usize {
        let cost = |(f, c): (&u32, &Code)| usize::try_from(*f).unwrap_or(usize::MAX) * usize::from(c.length);
        frequencies.iter().zip(&self.0).map(cost).sum()
    }
}

/// Package-merge: for each length `k` (from 0) how many of the weights, which are sorted, get a longer code. Among equal
/// weights packages go before leaves.
fn leaf_counts(weights: &[u64], limit: usize) -> Vec<usize> {
    // For each row the leaves among its first items, and the row's weights.
    let mut rows: Vec<Vec<(u64, bool)>> = vec![weights.iter().map(|w| (*w, true)).collect()];
    for _ in 1..limit {
        let below = rows.last().expect("there is a first row");
        let mut packages = below.chunks_exact(2).map(|pair| pair[0].0 + pair[1].0).peekable();
        let mut row = Vec::with_capacity(weights.len() + below.len() / 2);
        for weight in weights {
            while let Some(package) = packages.next_if(|package| package <= weight) {
                row.push((package, false));
            }
            row.push((*weight, true));
        }
        row.extend(packages.map(|package| (package, false)));
        rows.push(row);
    }
    let mut take = 2 * weights.len() - 2;
    let mut counts = Vec::with_capacity(limit + 1);
    for row in rows.iter().rev() {
        let leaves = row.iter().take(take).filter(|(_, leaf)| *leaf).count();
        counts.push(leaves);
        take = 2 * (take - leaves);
    }
    counts.push(0);
    counts
}

fn reversed(bits: u16, length: u8) -> Code {
    Code { bits: (bits << (16 - u32::from(length))).reverse_bits(), length }
}
