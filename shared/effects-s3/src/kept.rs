//! Records that are written once and never again, kept for as long as the sandbox lives: the frozen manifests and the
//! markers of started runs, which every look at a chain of runs reads again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A Lambda function has 256 MiB; the longest manifests have megabytes and are read by few.
const BYTES_MAX: usize = 4 << 20;

/// Absence is never kept: what is not there may come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Records>>);

#[derive(Debug, Default)]
struct Records {
    by_key: HashMap<String, Arc<[u8]>>,
    bytes: usize,
}

impl Kept {
    pub(crate) fn get(&self, key: &str) -> Option<Arc<[u8]>> {
        self.records().by_key.get(key).cloned()
    }

    pub(crate) fn keep(&self, key: &str, record: &[u8]) {
        let size = key.len() + record.len();
        if size > BYTES_MAX {
            return;
        }
        let mut records = self.records();
        if records.bytes + size > BYTES_MAX {
            *records = Records::default();
        }
        if records.by_key.insert(key.to_owned(), record.into()).is_none() {
            records.bytes += size;
        }
    }

    fn records(&self) -> std::sync::MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_within_its_bound() {
        let kept = Kept::default();
        assert_eq!(kept.get("a"), None);
        kept.keep("huge", &vec![0; BYTES_MAX]);
        assert_eq!(kept.get("huge"), None);
        for number in 0..10 {
            kept.keep(&number.to_string(), &vec![number; BYTES_MAX / 4]);
            assert!(kept.records().bytes <= BYTES_MAX);
        }
        assert_eq!(kept.get("9").as_deref(), Some(vec![9; BYTES_MAX / 4].as_slice()));
        assert_eq!(kept.get("0"), None);
    }
}
