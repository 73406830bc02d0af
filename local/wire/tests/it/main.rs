//! The wire over a real world in memory, with requests built and signed by hand.

mod aws_chunked;
mod buckets;
mod hostile;
mod multipart;
mod objects;
mod server;
mod services;
mod support;
