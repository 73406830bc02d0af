//! What arrives: AWS's JSON and our own facts, as typed events. Lenient about everything we do not use.

pub mod facts;

pub use facts::Fact;
