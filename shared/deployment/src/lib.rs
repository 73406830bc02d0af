//! What is deployed, and how: the templates, the platform's stack and its outputs, and a project's stack and pipelines.
//! The same code against AWS, the local AWS and the world in memory.

pub mod apply;
pub mod ask;
pub mod deployed;
pub mod doctor;
pub mod projects;
pub mod replay;
pub mod retire;
pub mod rollback;
pub mod stack;
pub mod template;

pub use deployed::Deployed;
