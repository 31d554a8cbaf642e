//! Blocks of a DEFLATE stream: whichever of stored, fixed and dynamic is shortest, and their bits.

use std::iter::repeat_n;

use super::Token;
use super::huffman::{Code, Codes};

const END_OF_BLOCK: usize = 256;
const FIRST_LENGTH: usize = 257;
const LITERALS: usize = 286;
const DISTANCES: usize = 30;
const MAX_STORED: usize = 65535;

/// The first match length (minus three) of each length code, and how many bits say which length it is.
const LENGTHS: [(usize, u32); 29] = [
    (0, 0),
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 1),
    (10, 1),
    (12, 1),
    (14, 1),
    (16, 2),
    (20, 2),
    (24, 2),
    (28, 2),
    (32, 3),
    (40, 3),
    (48, 3),
    (56, 3),
    (64, 4),
    (80, 4),
    (96, 4),
    (112, 4),
    (128, 5),
    (160, 5),
    (192, 5),
    (224, 5),
    (255, 0),
];

/// In which order the lengths of the code-length codes are written.
const LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// One entry of the run-length coded list of code lengths: its symbol, and the extra bits with their number.
#[derive(Clone, Copy, Debug)]
struct LengthSymbol {
    symbol: usize,
    extra: usize,
    extra_bits: u32,
}

/// The stream so far.
#[derive(Debug, Default)]
pub(super) struct BlockWriter {
    output: Vec<u8>,
    pending: u64,
    pending_bits: u32,
}

impl BlockWriter {
    /// All bytes; what is left of the last one is filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.align();
        self.output
    }

    /// A block of these bytes as they are.
    pub(super) fn stored(&mut self, bytes: &[u8], last: bool) {
        let length = u16::try_from(bytes.len()).expect("only what fits a stored block is stored");
        self.put(usize::from(last), 3);
        self.align();
        self.output.extend(length.to_le_bytes());
        self.output.extend((!length).to_le_bytes());
        self.output.extend(bytes);
    }

    /// A block of tokens, in the shortest form; `bytes` are what the tokens say, if still known.
    pub(super) fn write(&mut self, tokens: &[Token], bytes: Option<&[u8]>) {
        let (literals, distances) = frequencies(tokens);
        let literal_codes = Codes::shortest(&literals, 15);
        let distance_codes = Codes::shortest(&distances, 15);
        let header = Header::new(&literals, &distances, &literal_codes, &distance_codes);

        let storable = bytes.filter(|bytes| bytes.len() <= MAX_STORED);
        // The extra bits are the same for fixed and dynamic codes, so they count only against storing.
        let extra = if storable.is_some() { extra_bits(&literals, &distances) } else { 0 };
        let (fixed_literals, fixed_distances) = (Codes::fixed_literals(), Codes::fixed_distances());
        let fixed_size = 3 + fixed_literals.bits(&literals) + fixed_distances.bits(&distances) + extra;
        let dynamic_size = header.bits() + literal_codes.bits(&literals) + distance_codes.bits(&distances) + extra;

        if let Some(bytes) = storable.filter(|bytes| (bytes.len() + 5) * 8 < fixed_size.min(dynamic_size)) {
            self.stored(bytes, false);
        } else if dynamic_size < fixed_size {
            self.dynamic_header(&header);
            self.tokens(tokens, &literal_codes, &distance_codes);
        } else {
            self.put(2, 3);
            self.tokens(tokens, &fixed_literals, &fixed_distances);
        }
    }

    fn dynamic_header(&mut self, header: &Header) {
        self.put(4, 3);
        self.put(header.literals - FIRST_LENGTH, 5);
        self.put(header.distances - 1, 5);
        self.put(header.length_codes - 4, 4);
        for symbol in LENGTH_ORDER.iter().take(header.length_codes) {
            self.put(usize::from(header.codes.0[*symbol].length), 3);
        }
        for entry in &header.entries {
            self.code(header.codes.0[entry.symbol]);
            self.put(entry.extra, entry.extra_bits);
        }
    }

    fn tokens(&mut self, tokens: &[Token], literals: &Codes, distances: &Codes) {
        for token in tokens {
            match *token {
                Token::Literal(byte) => self.code(literals.0[usize::from(byte)]),
                Token::Match { length, distance } => {
                    let (symbol, extra, bits) = length_symbol(length);
                    self.code(literals.0[symbol]);
                    self.put(extra, bits);
                    let (symbol, extra, bits) = distance_symbol(distance);
                    self.code(distances.0[symbol]);
                    self.put(extra, bits);
                }
            }
        }
        self.code(literals.0[END_OF_BLOCK]);
    }

    fn code(&mut self, code: Code) {
        self.put(usize::from(code.bits), u32::from(code.length));
    }

    fn put(&mut self, bits: usize, count: u32) {
        self.pending |= u64::try_from(bits).expect("at most 16 bits") << self.pending_bits;
        self.pending_bits += count;
        while self.pending_bits >= 8 {
            self.output.push(self.pending.to_le_bytes()[0]);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
    }

    fn align(&mut self) {
        if self.pending_bits > 0 {
            self.put(0, 8 - self.pending_bits);
        }
    }
}

/// How a dynamic block tells its codes.
struct Header {
    literals: usize,
    distances: usize,
    length_codes: usize,
    entries: Vec<LengthSymbol>,
    codes: Codes,
    frequencies: [u32; 19],
}

impl Header {
    fn new(literals: &[u32], distances: &[u32], literal_codes: &Codes, distance_codes: &Codes) -> Self {
        let used = |frequencies: &[u32]| frequencies.iter().rposition(|f| *f > 0).map_or(0, |last| last + 1);
        let (literals, distances) = (used(literals), used(distances));
        let lengths = literal_codes.0.iter().take(literals).chain(distance_codes.0.iter().take(distances));
        let entries = run_lengths(&lengths.map(|code| code.length).collect::<Vec<_>>());
        let mut frequencies = [0; 19];
        for entry in &entries {
            frequencies[entry.symbol] += 1;
        }
        let codes = Codes::shortest(&frequencies, 7);
        let length_codes = LENGTH_ORDER.iter().rposition(|s| frequencies[*s] > 0).map_or(4, |last| (last + 1).max(4));
        Self { literals, distances, length_codes, entries, codes, frequencies }
    }

    fn bits(&self) -> usize {
        let extra: u32 = self.entries.iter().map(|entry| entry.extra_bits).sum();
        3 + 5
            + 5
            + 4
            + 3 * self.length_codes
            + self.codes.bits(&self.frequencies)
            + usize::try_from(extra).unwrap_or(usize::MAX)
    }
}

/// Runs of equal code lengths as the format abbreviates them, split as Go splits them.
fn run_lengths(lengths: &[u8]) -> Vec<LengthSymbol> {
    let plain = |length: u8| LengthSymbol { symbol: usize::from(length), extra: 0, extra_bits: 0 };
    let mut entries = Vec::new();
    for run in lengths.chunk_by(|a, b| a == b) {
        let mut count = run.len();
        if run[0] == 0 {
            while count >= 11 {
                let now = count.min(138);
                entries.push(LengthSymbol { symbol: 18, extra: now - 11, extra_bits: 7 });
                count -= now;
            }
            if count >= 3 {
                entries.push(LengthSymbol { symbol: 17, extra: count - 3, extra_bits: 3 });
                count = 0;
            }
        } else {
            entries.push(plain(run[0]));
            count -= 1;
            while count >= 3 {
                let now = count.min(6);
                entries.push(LengthSymbol { symbol: 16, extra: now - 3, extra_bits: 2 });
                count -= now;
            }
        }
        entries.extend(repeat_n(plain(run[0]), count));
    }
    entries
}

fn frequencies(tokens: &[Token]) -> (Vec<u32>, Vec<u32>) {
    let (mut literals, mut distances) = (vec![0; LITERALS], vec![0; DISTANCES]);
    literals[END_OF_BLOCK] = 1;
    for token in tokens {
        match *token {
            Token::Literal(byte) => literals[usize::from(byte)] += 1,
            Token::Match { length, distance } => {
                literals[length_symbol(length).0] += 1;
                distances[distance_symbol(distance).0] += 1;
            }
        }
    }
    if distances.iter().all(|f| *f == 0) {
        // The format wants at least one distance code.
        distances[0] = 1;
    }
    (literals, distances)
}

fn extra_bits(literals: &[u32], distances: &[u32]) -> usize {
    let times = |frequency: u32, bits: u32| usize::try_from(frequency * bits).unwrap_or(usize::MAX);
    let lengths = literals.iter().skip(FIRST_LENGTH).zip(LENGTHS).map(|(f, (_, bits))| times(*f, bits));
    let distances = distances.iter().zip(0..).map(|(f, symbol)| times(*f, distance_bits(symbol)));
    lengths.chain(distances).sum()
}

fn length_symbol(length: usize) -> (usize, usize, u32) {
    let beyond = length - 3;
    let index = LENGTHS.partition_point(|(first, _)| *first <= beyond) - 1;
    let (first, bits) = LENGTHS[index];
    (FIRST_LENGTH + index, beyond - first, bits)
}

/// Two symbols for each power of two from four on.
fn distance_symbol(distance: usize) -> (usize, usize, u32) {
    let beyond = distance - 1;
    if beyond < 4 {
        return (beyond, 0, 0);
    }
    let bits = beyond.ilog2() - 1;
    let half = (beyond >> bits) & 1;
    let symbol = usize::try_from(2 * (bits + 1)).expect("at most 29") + half;
    (symbol, beyond & ((1 << bits) - 1), bits)
}

fn distance_bits(symbol: u32) -> u32 {
    if symbol < 4 { 0 } else { symbol / 2 - 1 }
}
