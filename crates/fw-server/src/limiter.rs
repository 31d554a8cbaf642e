//! A limit on requests per token (or per address, for those who show none): buckets that fill at a constant rate.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets that are full again are forgotten when there are more than this many.
const KEPT: usize = 10_000;

/// Buckets by key.
#[derive(Debug)]
pub struct Limiter {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl Limiter {
    /// So many requests a second in the long run, and so many at once. Zero a second means no limit.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second), burst: f64::from(burst.max(1)), buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes one request out of a bucket, or says how long to wait.
    ///
    /// # Errors
    /// How long until there is one.
    pub fn take(&self, key: &str, now: Instant) -> Result<(), Duration> {
        if self.per_second <= 0.0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT && !buckets.contains_key(key) {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
        }
        if buckets.len() >= KEPT && !buckets.contains_key(key) {
            buckets.clear();
        }
        let bucket = buckets.entry(key.to_owned()).or_insert(Bucket { level: self.burst, at: now });
        let level = self.filled(*bucket, now);
        if level >= 1.0 {
            *bucket = Bucket { level: level - 1.0, at: now };
            return Ok(());
        }
        *bucket = Bucket { level, at: now };
        Err(Duration::from_secs_f64((1.0 - level) / self.per_second))
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        passed.mul_add(self.per_second, bucket.level).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limiter = Limiter::new(2, 3);
        let start = Instant::now();
        for _ in 0..3 {
            limiter.take("a", start).unwrap();
        }
        let wait = limiter.take("a", start).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(500), "{wait:?}");
        limiter.take("b", start).unwrap();
        limiter.take("a", start + Duration::from_millis(501)).unwrap();
        assert!(limiter.take("a", start + Duration::from_millis(502)).is_err());
    }

    #[test]
    fn many_keys_do_not_grow_without_bound() {
        let limiter = Limiter::new(1, 1);
        let start = Instant::now();
        for key in 0..(KEPT * 3) {
            limiter.take(&key.to_string(), start).unwrap();
        }
        assert!(limiter.buckets.lock().unwrap().len() <= KEPT);
    }
}
