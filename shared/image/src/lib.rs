//! The image of the built-in jobs without Docker: a layer with one program, a configuration and a manifest, written to a
//! folder as an OCI image layout or pushed to a registry that speaks Docker's protocol, as ECR does.
//!
//! The same program gives the same bytes, so pushing again finds everything there. Who pushes to ECR brings the token of
//! GetAuthorizationToken; this crate knows no AWS.

mod exchange;
mod image;
mod layout;
mod manifest;
mod program;
mod push;
mod upload;

pub use exchange::Patience;
pub use image::{Blob, Image};
pub use manifest::Manifest;
pub use program::Architecture;
pub use push::{Pushed, Registry};
