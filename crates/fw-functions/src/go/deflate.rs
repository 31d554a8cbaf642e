//! DEFLATE and gzip exactly as Go's `compress/gzip` writes them at its default level.
//!
//! `base64gzip` is part of many people's user data: other bytes for the same text would replace their servers. So this
//! makes the same choices as Go 1.23: which earlier match is taken, where blocks end, and which code lengths are given
//! (decompressing is not our business). The matcher works on the whole input; what Go does because its window slides is
//! kept as the `base` below which nothing is seen any more.

mod block;
mod huffman;

use block::BlockWriter;

const WINDOW: usize = 1 << 15;
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;
const HASH_BITS: u32 = 17;
const MAX_BLOCK_TOKENS: usize = 1 << 14;
/// Level 6: when to look less hard, when not to look for a better match, what is good enough, how many to try.
const GOOD: usize = 8;
const LAZY: usize = 16;
const NICE: usize = 128;
const CHAIN: usize = 128;

/// A literal byte or a copy of earlier bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Literal(u8),
    Match { length: usize, distance: usize },
}

/// The gzip file Go's writer makes of one write, one flush and one close.
pub(crate) fn gzip(input: &[u8]) -> Vec<u8> {
    let mut output = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    output.extend(deflate(input));
    output.extend(crc32(input).to_le_bytes());
    // The format wants the length modulo 2^32.
    let length = input.len().to_le_bytes();
    output.extend(length.iter().chain([0; 4].iter()).take(4));
    output
}

fn deflate(input: &[u8]) -> Vec<u8> {
    let mut matcher = Matcher::new(input);
    while matcher.window_end < input.len() {
        matcher.run(false);
        matcher.slide();
    }
    matcher.run(false);
    matcher.run(true);
    let mut writer = matcher.writer;
    // The flush, then the close: two empty stored blocks.
    writer.stored(&[], false);
    writer.stored(&[], true);
    writer.finish()
}

struct Matcher<'a> {
    input: &'a [u8],
    /// Where the window starts; earlier bytes are gone.
    base: usize,
    window_end: usize,
    index: usize,
    /// `None` when the block's first bytes have left the window, so that it can't be stored as it is.
    block_start: Option<usize>,
    /// The byte before `index` is not yet in a token.
    byte_available: bool,
    tokens: Vec<Token>,
    length: usize,
    distance: usize,
    /// Stays what it was when the last bytes are too few to hash.
    chain_head: Option<usize>,
    heads: Vec<Option<usize>>,
    previous: Vec<Option<usize>>,
    writer: BlockWriter,
}

impl<'a> Matcher<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            base: 0,
            window_end: input.len().min(2 * WINDOW),
            index: 0,
            block_start: Some(0),
            byte_available: false,
            tokens: Vec::with_capacity(MAX_BLOCK_TOKENS),
            length: MIN_MATCH - 1,
            distance: 0,
            chain_head: None,
            heads: vec![None; 1 << HASH_BITS],
            previous: vec![None; WINDOW],
            writer: BlockWriter::default(),
        }
    }

    fn slide(&mut self) {
        self.base += WINDOW;
        self.block_start = self.block_start.filter(|&start| start >= self.base);
        self.window_end = self.input.len().min(self.base + 2 * WINDOW);
    }

    fn hash(&self, at: usize) -> usize {
        let mut four = [0; MIN_MATCH];
        four.copy_from_slice(&self.input[at..at + MIN_MATCH]);
        let hash = u32::from_be_bytes(four).wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS);
        usize::try_from(hash).expect("17 bits fit")
    }

    /// Notes that there is a string at this place; answers with the one before that has the same hash.
    fn insert(&mut self, at: usize) -> Option<usize> {
        let hash = self.hash(at);
        let head = self.heads[hash];
        self.previous[at % WINDOW] = head;
        self.heads[hash] = Some(at);
        head
    }

    fn oldest_visible(&self) -> usize {
        self.base.max(self.index.saturating_sub(WINDOW))
    }

    /// Makes tokens of the window; the last bytes only when nothing more comes (`last`).
    fn run(&mut self, last: bool) {
        // Strings that start here or later are not hashed.
        let insert_end = self.window_end.saturating_sub(MIN_MATCH - 1);
        loop {
            let lookahead = self.window_end - self.index;
            if lookahead < MIN_MATCH + MAX_MATCH && (!last || lookahead == 0) {
                break;
            }
            if self.index < insert_end {
                self.chain_head = self.insert(self.index);
            }
            let (before_length, before_distance) = (self.length, self.distance);
            (self.length, self.distance) = (MIN_MATCH - 1, 0);
            if let Some(head) = self.chain_head.filter(|&head| head >= self.oldest_visible())
                && lookahead > before_length
                && before_length < LAZY
                && let Some(found) = self.find(head, lookahead)
            {
                (self.length, self.distance) = found;
            }
            if before_length >= MIN_MATCH && self.length <= before_length {
                // The match that starts one byte earlier is at least as good.
                self.tokens.push(Token::Match { length: before_length, distance: before_distance });
                let end = self.index + before_length - 1;
                for at in self.index + 1..end.min(insert_end) {
                    self.insert(at);
                }
                self.index = end;
                self.byte_available = false;
                self.length = MIN_MATCH - 1;
                self.end_full_block(self.index);
            } else {
                if self.byte_available {
                    self.tokens.push(Token::Literal(self.input[self.index - 1]));
                    self.end_full_block(self.index);
                }
                self.index += 1;
                self.byte_available = true;
            }
        }
        if last {
            if self.byte_available {
                self.tokens.push(Token::Literal(self.input[self.index - 1]));
                self.byte_available = false;
            }
            if !self.tokens.is_empty() {
                self.end_block(self.index);
            }
        }
    }

    fn end_full_block(&mut self, end: usize) {
        if self.tokens.len() == MAX_BLOCK_TOKENS {
            self.end_block(end);
        }
    }

    fn end_block(&mut self, end: usize) {
        let bytes = self.block_start.map(|start| &self.input[start..end]);
        self.block_start = Some(end);
        self.writer.write(&self.tokens, bytes);
        self.tokens.clear();
    }

    fn find(&self, head: usize, lookahead: usize) -> Option<(usize, usize)> {
        let most = MAX_MATCH.min(lookahead);
        let here = &self.input[self.index..self.index + most];
        let nice = NICE.min(most);
        let oldest = self.oldest_visible();
        let mut best: Option<(usize, usize)> = None;
        let mut length = MIN_MATCH - 1;
        let mut at = head;
        let tries = if length >= GOOD { CHAIN / 4 } else { CHAIN };
        for _ in 0..tries {
            if self.input[at + length] == here[length] {
                let there = &self.input[at..];
                let same = here.iter().zip(there).take_while(|(a, b)| a == b).count();
                let distance = self.index - at;
                if same > length && (same > MIN_MATCH || distance <= 4096) {
                    length = same;
                    best = Some((same, distance));
                    if same >= nice {
                        break;
                    }
                }
            }
            match self.previous[at % WINDOW] {
                Some(earlier) if at + WINDOW != self.index && earlier >= oldest => at = earlier,
                Some(_) | None => break,
            }
        }
        best
    }
}

fn crc32(input: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in input {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests;
