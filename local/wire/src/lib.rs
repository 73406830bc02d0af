//! AWS's wire protocols over the world: an HTTP request in, an HTTP response out, and no socket in between.
//!
//! [`Wire::handle`] finds out who is meant (`router`), lets that protocol read the request, asks the [`Backend`], and
//! lets the protocol write the answer. The host serves it on a port ([`serve`]); tests put it under real SDK clients.
//! What AWS would refuse is refused here in the protocol's own form: a client cannot tell the difference by parsing.

mod aws_json;
mod backend;
mod body;
mod cbor;
mod errors;
mod inbound;
mod invoke;
mod members;
mod query;
#[cfg(test)]
mod recorder;
mod records;
mod rest_json;
mod router;
mod s3;
mod server;
mod wire;

pub use backend::{Backend, MemoryBackend};
pub use records::Records;
pub use server::{BODY_BYTES_MAX, serve};
pub use wire::Wire;
