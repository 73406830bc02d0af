//! The world's services, spoken to as anybody does: through `World::apply`.

mod support;

mod alarms;
mod events;
mod foretold;
mod functions;
mod letters;
mod measured;
mod objects;
mod platform;
mod queues;
mod replay;
mod schedules;
mod uploads;
