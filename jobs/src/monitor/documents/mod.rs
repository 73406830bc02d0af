//! The three files in Model Monitor's shapes. Written as the managed analyzer writes them today; read leniently, old
//! members and spellings included.

mod constraints;
mod statistics;

use serde::{Deserialize, Serialize};

pub use constraints::*;
pub use statistics::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InferredType {
    Integral,
    Fractional,
    String,
    #[serde(other)]
    Unknown,
}

impl InferredType {
    pub fn is_numeric(self) -> bool {
        matches!(self, InferredType::Integral | InferredType::Fractional)
    }
}

/// `constraint_violations.json`; an absent file means none, so we always write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violations {
    #[serde(default)]
    pub violations: Vec<Violation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    pub feature_name: String,
    pub constraint_check_type: String,
    pub description: String,
}
