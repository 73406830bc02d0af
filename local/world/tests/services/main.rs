//! The world's services, spoken to as anybody does: through `World::apply`.

mod support;

mod alarms;
mod events;
mod functions;
mod letters;
mod objects;
mod queues;
mod replay;
mod schedules;
mod uploads;
