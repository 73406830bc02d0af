//! The product as real processes. `cargo verify` builds the programs and runs these; without them, they fail.

mod bad_input;
mod by_hand;
mod credentials;
mod killed;
mod operating;
mod own_model;
mod story;
