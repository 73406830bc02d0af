//! What policies refuse and allow: callers of every service, deliveries, jobs, people; and which statements were used.

mod calls;
mod deliveries;
mod jobs;
mod objects;
mod people;
mod report;
mod support;
