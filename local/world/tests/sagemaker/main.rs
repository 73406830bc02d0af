//! SageMaker as the world models it: pipelines that run, jobs, the registry, and what each of them tells.

mod build;
mod definitions;
mod executions;
mod failures;
mod inputs;
mod models;
mod registry;
mod running;
mod support;
