//! The one pause of these stories: real processes run on a clock that no test holds, so a story looks again and again.

use std::time::Duration;

/// Let the processes run for a moment.
pub fn pause(moment: Duration) {
    std::thread::sleep(moment);
}
