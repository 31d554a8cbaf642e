//! Networks: Go's older `net.ParseCIDR`, which takes leading zeros, and the arithmetic of go-cidr.

use num_bigint::{BigInt, BigUint};
use num_traits::{One, Signed, ToPrimitive};

/// An address: four bytes or sixteen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(Vec<u8>);

/// An address range given by its first address and the number of leading bits that are the same in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: Address,
    prefix: usize,
}

/// How Go prints a network that is none.
pub(crate) const NO_NETWORK: &str = "<nil>";

const V4_IN_V6: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

impl Address {
    fn bits(&self) -> usize {
        self.0.len() * 8
    }

    /// The four bytes of an IPv4 address, also of one written as IPv6.
    pub(crate) fn to_v4(&self) -> Option<Self> {
        match self.0.len() {
            4 => Some(self.clone()),
            _ => self.0.strip_prefix(&V4_IN_V6).map(|four| Self(four.to_vec())),
        }
    }

    fn shortest(&self) -> Self {
        self.to_v4().unwrap_or_else(|| self.clone())
    }

    fn number(&self) -> BigUint {
        BigUint::from_bytes_be(&self.0)
    }

    fn from_number(number: &BigUint, bits: usize) -> Self {
        let bytes = number.to_bytes_be();
        let size = bits / 8;
        let kept = bytes.iter().skip(bytes.len().saturating_sub(size));
        let zeros = size.saturating_sub(bytes.len());
        Self(std::iter::repeat_n(&0, zeros).chain(kept).copied().collect())
    }

    fn mask(&self, prefix: usize) -> Self {
        let byte = |(index, byte): (usize, &u8)| {
            let kept = prefix.saturating_sub(index * 8).min(8);
            let mask = 0xffu16 << (8 - kept);
            byte & mask.to_le_bytes()[0]
        };
        Self(self.0.iter().enumerate().map(byte).collect())
    }

    fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    fn plus(&self, difference: i8) -> Self {
        let modulus = BigInt::one() << self.bits();
        let number = (BigInt::from(self.number()) + difference + &modulus) % modulus;
        Self::from_number(&number.to_biguint().unwrap_or_default(), self.bits())
    }

    /// `net.IP.String`.
    pub(crate) fn text(&self) -> String {
        if let Some(Self(four)) = self.to_v4() {
            return four.iter().map(u8::to_string).collect::<Vec<_>>().join(".");
        }
        let groups: Vec<u16> = self.0.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let (start, length) = longest_zeros(&groups);
        let hex = |groups: &[u16]| groups.iter().map(|group| format!("{group:x}")).collect::<Vec<_>>().join(":");
        if length < 2 {
            return hex(&groups);
        }
        format!("{}::{}", hex(&groups[..start]), hex(&groups[start + length..]))
    }
}

fn longest_zeros(groups: &[u16]) -> (usize, usize) {
    let (mut best, mut at) = ((0, 0), 0);
    for run in groups.chunk_by(|a, b| a == b) {
        if run[0] == 0 && run.len() > best.1 {
            best = (at, run.len());
        }
        at += run.len();
    }
    best
}

impl Network {
    /// Parses `address/prefix`; the network is that of the address.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::parse_parts(text).ok_or_else(|| format!("invalid CIDR address: {text}"))
    }

    fn parse_parts(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let address = parse_v4(address).or_else(|| parse_v6(address)).map(Address)?;
        let prefix = decimal(prefix).filter(|prefix| *prefix <= address.bits())?;
        Some(Self { address: address.mask(prefix), prefix })
    }

    /// Its first address.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The number of bits in its addresses.
    pub(crate) fn bits(&self) -> usize {
        self.address.bits()
    }

    /// The number of bits all its addresses share.
    pub(crate) fn prefix(&self) -> usize {
        self.prefix
    }

    /// The prefix as an address.
    pub(crate) fn netmask(&self) -> Address {
        Address(vec![0xff; self.address.0.len()]).mask(self.prefix)
    }

    /// `address/prefix`.
    pub(crate) fn text(&self) -> String {
        let address = self.address.shortest();
        format!("{}/{}", address.text(), self.prefix.saturating_sub(self.bits() - address.bits()))
    }

    fn with_number(&self, number: &BigInt, prefix: usize) -> Address {
        // Negative numbers are joined in two's complement, and then the sign is dropped.
        let joined = BigInt::from(self.address.number()) | (number << (self.bits() - prefix));
        Address::from_number(joined.magnitude(), self.bits())
    }

    /// The address with this number; negative numbers count from the end.
    pub(crate) fn host(&self, number: &BigInt) -> Result<Address, String> {
        let most = (BigInt::one() << (self.bits() - self.prefix)) - 1;
        // go-cidr compares only the low 64 bits of the number, and those as a signed number.
        let (compared, host) = if number.is_negative() {
            let compared = -number - 1;
            let host = &most - &compared;
            (compared, host)
        } else {
            (BigInt::from(low_64_bits(number).cast_signed()), number.clone())
        };
        if compared > most {
            return Err(format!("prefix of {} does not accommodate a host numbered {host}", self.prefix));
        }
        let length = if self.address.to_v4().is_some() { 32 } else { 128 };
        Ok(self.with_number(&host, length.min(self.bits())))
    }

    /// The text of the subnet with this number, whose prefix is `new_bits` longer.
    pub(crate) fn subnet(&self, new_bits: i64, number: &BigInt) -> Result<String, String> {
        let prefix = i64::try_from(self.prefix).unwrap_or(i64::MAX).saturating_add(new_bits);
        if usize::try_from(prefix).is_ok_and(|prefix| prefix > self.bits()) {
            return Err(format!("insufficient address space to extend prefix of {} by {new_bits}", self.prefix));
        }
        let most = match u32::try_from(new_bits) {
            Ok(bits) => 1u64.checked_shl(bits).unwrap_or(0).wrapping_sub(1),
            Err(_) => u64::MAX,
        };
        if low_64_bits(number) > most {
            return Err(format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}"));
        }
        match usize::try_from(prefix) {
            Ok(prefix) => Ok(Self { address: self.with_number(number, prefix), prefix }.text()),
            // Go prints a network whose prefix would be negative like this, and fails when it is to be numbered.
            Err(_) if *number == BigInt::ZERO => Ok(NO_NETWORK.to_owned()),
            Err(_) => Err("panic in function implementation: runtime error: index out of range".to_owned()),
        }
    }

    fn last(&self) -> Address {
        let rest = (BigUint::one() << (self.bits() - self.prefix)) - BigUint::one();
        Address::from_number(&(self.address.number() | rest), self.bits())
    }

    /// Whether the address lies in it.
    pub(crate) fn contains(&self, address: &Address) -> bool {
        let (own, other) = (self.address.shortest(), address.shortest());
        let prefix = self.prefix.saturating_sub(self.bits() - own.bits());
        own.bits() == other.bits() && other.mask(prefix) == own.mask(prefix)
    }

    /// The network of this prefix just before this one. `None` if its addresses can't have such a prefix, which is so
    /// for IPv4 written as IPv6.
    pub(crate) fn previous(&self, prefix: usize) -> Option<Self> {
        let address = self.address.shortest().plus(-1);
        (prefix <= address.bits()).then(|| Self { address: address.mask(prefix), prefix })
    }

    /// The next network of this prefix after this one, unless addresses run out.
    pub(crate) fn next(&self, prefix: usize) -> Option<Self> {
        let here = Self { address: self.last().mask(prefix), prefix };
        let after = here.last().shortest().plus(1);
        (!after.is_zero()).then(|| Self { address: after.mask(prefix), prefix })
    }
}

fn low_64_bits(number: &BigInt) -> u64 {
    // Go's Uint64 of a negative number is that of its absolute value.
    (number.magnitude() & BigUint::from(u64::MAX)).to_u64().unwrap_or_default()
}

fn decimal(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.trim_start_matches('0')).and_then(|text| match text.len() {
        0 => Some(0),
        1..=7 => text.parse().ok(),
        _ => None,
    })
}

fn parse_v4(text: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = text.split('.').map(|part| decimal(part).and_then(|n| u8::try_from(n).ok())).collect();
    bytes.filter(|bytes| bytes.len() == 4)
}

fn parse_v6(text: &str) -> Option<Vec<u8>> {
    let (head, tail) = match text.split_once("::") {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    };
    let head = parse_groups(head, tail.is_none())?;
    let Some(tail) = tail else { return (head.len() == 16).then_some(head) };
    let tail = parse_groups(tail, true)?;
    let zeros = 16usize.checked_sub(head.len() + tail.len()).filter(|zeros| *zeros > 0)?;
    Some(head.into_iter().chain(std::iter::repeat_n(0, zeros)).chain(tail).collect())
}

fn parse_groups(text: &str, at_end: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    if text.is_empty() {
        return Some(bytes);
    }
    let parts: Vec<&str> = text.split(':').collect();
    for (index, part) in parts.iter().enumerate() {
        if at_end && index + 1 == parts.len() && part.contains('.') {
            bytes.extend(parse_v4(part)?);
        } else {
            let short = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit());
            let group = short.then(|| u16::from_str_radix(part, 16).ok()).flatten()?;
            bytes.extend(group.to_be_bytes());
        }
    }
    (bytes.len() <= 16).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(network: &str, number: i64) -> String {
        match Network::parse(network).and_then(|network| network.host(&number.into())) {
            Ok(address) => address.text(),
            Err(error) => error,
        }
    }

    #[test]
    fn hosts() {
        assert_eq!(host("010.0.0.0/8", 1), "10.0.0.1");
        assert_eq!(host("10.12.112.0/20", -2), "10.12.127.254");
        assert_eq!(host("fd00:fd12:3456:7890:00a2::/72", 34), "fd00:fd12:3456:7890::22");
        assert_eq!(host("::ffff:10.0.0.0/104", 1), "0:1::ffff:a00:0");
        assert_eq!(host("10.0.0.0/30", 4), "prefix of 30 does not accommodate a host numbered 4");
        assert_eq!(host("10.0.0/30", 4), "invalid CIDR address: 10.0.0/30");
    }

    #[test]
    fn subnets() {
        let subnet = |network: &str, bits, number: i64| Network::parse(network).unwrap().subnet(bits, &number.into());
        assert_eq!(subnet("172.16.0.0/12", 4, 2).unwrap(), "172.18.0.0/16");
        assert_eq!(subnet("fd00::/48", 16, 162).unwrap(), "fd00:0:0:a2::/64");
        assert_eq!(subnet("10.0.0.0/30", 4, 0).unwrap_err(), "insufficient address space to extend prefix of 30 by 4");
    }
}
