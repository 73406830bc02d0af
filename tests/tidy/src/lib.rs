//! Our rules as tests: what the repository says of itself agrees with itself. The rules are in `tests/`; here is how
//! they look at the tree.

pub mod granted;
pub mod platform;
pub mod rules;
pub mod tree;
