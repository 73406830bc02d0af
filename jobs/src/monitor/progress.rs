//! How far a long run has come: a line a minute in a job's log, and for a person at a terminal one line that changes.
//!
//! Asked once in a round of pieces, so that rows cost nothing.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// CloudWatch shows that the job is alive.
const LOG_EVERY: Duration = Duration::from_secs(60);
/// Quicker is no pleasure to read.
const TERMINAL_EVERY: Duration = Duration::from_millis(200);

pub struct Progress<'p> {
    every: Duration,
    /// How long the run has taken so far.
    now: Box<dyn FnMut() -> Duration + 'p>,
    say: Box<dyn FnMut(Line) + 'p>,
    due: Duration,
    files: usize,
    bytes: u64,
}

pub enum Line<'l> {
    Told(&'l str),
    /// Nothing more comes.
    Over,
}

impl<'p> Progress<'p> {
    pub fn new(every: Duration, now: impl FnMut() -> Duration + 'p, say: impl FnMut(Line) + 'p) -> Progress<'p> {
        Progress {
            every,
            now: Box::new(now),
            say: Box::new(say),
            due: every,
            files: 0,
            bytes: 0,
        }
    }

    pub fn in_log() -> Progress<'static> {
        Progress::new(LOG_EVERY, clock(), |line| {
            if let Line::Told(text) = line {
                tracing::info!("{text}");
            }
        })
    }

    /// Nothing, when stderr is no terminal: nobody watches.
    pub fn for_a_person() -> Progress<'static> {
        if !std::io::stderr().is_terminal() {
            return Progress::new(Duration::MAX, || Duration::ZERO, |_| {});
        }
        let mut shown = false;
        Progress::new(TERMINAL_EVERY, clock(), move |line| {
            let mut terminal = std::io::stderr().lock();
            // A terminal that takes no more is no reason to stop.
            let _ = match line {
                Line::Told(text) => write!(terminal, "\r\x1b[K{text}").and_then(|()| terminal.flush()),
                Line::Over if shown => write!(terminal, "\r\x1b[K").and_then(|()| terminal.flush()),
                Line::Over => Ok(()),
            };
            shown = true;
        })
    }

    /// What lies before the run.
    pub fn expect(&mut self, files: usize, bytes: u64) {
        (self.files, self.bytes) = (files, bytes);
    }

    pub fn tell(&mut self, rows: u64, bytes: u64, file: usize) {
        let now = (self.now)();
        if now < self.due {
            return;
        }
        // A round may take longer than the time between two lines.
        self.due = now.saturating_add(self.every);
        let share = 100.0 * bytes as f64 / self.bytes.max(1) as f64;
        let text = format!(
            "Profiled {rows} rows, {} of {} MB ({:.0} %), file {} of {}, in {} s",
            bytes / 1_000_000,
            self.bytes / 1_000_000,
            share.min(100.0),
            file + 1,
            self.files,
            now.as_secs()
        );
        (self.say)(Line::Told(&text));
    }

    pub fn done(&mut self) {
        (self.say)(Line::Over);
    }
}

fn clock() -> impl FnMut() -> Duration {
    let started = Instant::now();
    move || started.elapsed()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn one_line_is_told_every_minute_however_often_it_is_asked() {
        let (now, lines) = (Cell::new(0), RefCell::new(Vec::new()));
        let say = |line: Line| {
            lines.borrow_mut().push(match line {
                Line::Told(text) => text.to_owned(),
                Line::Over => "over".into(),
            });
        };
        let mut progress = Progress::new(LOG_EVERY, || Duration::from_secs(now.get()), say);
        progress.expect(3, 40_000_000);
        for second in 0..=185 {
            now.set(second);
            progress.tell(second * 1_000, second * 200_000, second as usize / 90);
        }
        now.set(600);
        progress.tell(600_000, 50_000_000, 2);
        progress.done();
        drop(progress);
        assert_eq!(
            lines.into_inner(),
            [
                "Profiled 60000 rows, 12 of 40 MB (30 %), file 1 of 3, in 60 s",
                "Profiled 120000 rows, 24 of 40 MB (60 %), file 2 of 3, in 120 s",
                "Profiled 180000 rows, 36 of 40 MB (90 %), file 3 of 3, in 180 s",
                "Profiled 600000 rows, 50 of 40 MB (100 %), file 3 of 3, in 600 s",
                "over",
            ]
        );
    }
}
