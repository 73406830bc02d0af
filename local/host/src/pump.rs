//! Makes time pass: runs timers when they are due, jumps when nothing runs, and lets a storyteller wait for quiet.
//!
//! *Quiet* means that nothing is in flight, no request is being served, no timer is due, and, on a jumping clock, that
//! time stands at the horizon or has no timer left before it.

use std::{pin::pin, sync::Arc, time::Duration};

use windsock_world::Millis;

use crate::core::{Core, State};

/// Runs until the task is dropped.
pub(crate) async fn run(core: Arc<Core>) {
    loop {
        let mut changed = pin!(core.changed.notified());
        // Registered before looking, so that nothing which happens meanwhile is missed.
        changed.as_mut().enable();
        let wait = {
            let mut state = core.lock();
            step(&core, &mut state)
        };
        match wait {
            Wait::No => {
                // Somebody may be waiting for exactly what this step changed.
                core.changed.notify_waiters();
                tokio::task::yield_now().await;
            }
            Wait::Change => {
                core.quiet.notify_waiters();
                changed.await;
            }
            Wait::For(duration) => {
                core.quiet.notify_waiters();
                tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep(duration) => {}
                }
            }
        }
    }
}

enum Wait {
    No,
    /// Until something changes.
    Change,
    /// Until something changes, at most this long.
    For(Duration),
}

fn step(core: &Arc<Core>, state: &mut State) -> Wait {
    if state.broken().is_some() {
        return Wait::Change;
    }
    let now = state.now();
    let next = state.world.next_timer();
    if next.is_some_and(|due| due <= now) {
        core.run_timers(state);
        return Wait::No;
    }
    if state.clock.jumps() && !state.is_busy() {
        let goal = next.unwrap_or(Millis::MAX).min(state.clock.horizon());
        if goal <= now {
            return Wait::Change;
        }
        state.clock.jump_to(goal);
        if next != Some(goal) {
            // At the horizon: the log must know, or a restart would stand at an earlier time.
            core.advance(state);
        }
        return Wait::No;
    }
    match next {
        Some(due) => Wait::For(Duration::from_millis(u64::try_from(due - now).unwrap_or(0))),
        None => Wait::Change,
    }
}

/// Whether nothing moves: nothing in flight, and nothing due now.
fn is_settled(state: &mut State) -> bool {
    let now = state.now();
    state.broken().is_some() || (!state.is_busy() && state.world.next_timer().is_none_or(|due| due > now))
}

/// Waits until `reached` holds. It is asked after every change and whenever the pump has nothing to do.
async fn wait_until(core: &Arc<Core>, mut reached: impl FnMut(&mut State) -> bool) {
    loop {
        let (mut changed, mut quiet) = (pin!(core.changed.notified()), pin!(core.quiet.notified()));
        changed.as_mut().enable();
        quiet.as_mut().enable();
        if reached(&mut core.lock()) {
            return;
        }
        tokio::select! {
            () = changed => {}
            () = quiet => {}
        }
    }
}

/// Runs until nothing is in flight and no timer is due now. Time does not jump for it.
pub(crate) async fn settle(core: &Arc<Core>) {
    wait_until(core, is_settled).await;
}

/// Lets time pass up to `time` and not beyond, and waits until it is there. Quiet is not waited for.
pub(crate) async fn reach(core: &Arc<Core>, time: Millis) {
    core.lock().clock.set_horizon(time);
    core.changed.notify_waiters();
    loop {
        let (mut changed, mut quiet) = (pin!(core.changed.notified()), pin!(core.quiet.notified()));
        changed.as_mut().enable();
        quiet.as_mut().enable();
        let left = {
            let mut state = core.lock();
            match state.broken() {
                Some(_) => 0,
                None => time - state.now(),
            }
        };
        let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) else {
            return;
        };
        tokio::select! {
            () = changed => {}
            () = quiet => {}
            () = tokio::time::sleep(Duration::from_millis(left)) => {}
        }
    }
}

/// Lets time pass up to `time`, and waits until it is there and all is quiet. A horizon beyond it stays.
pub(crate) async fn run_until(core: &Arc<Core>, time: Millis) {
    let horizon = core.lock().clock.horizon().max(time);
    go(core, horizon, time).await;
}

/// Lets time pass up to `time` and not beyond, and waits until it is there and all is quiet.
pub(crate) async fn stop_at(core: &Arc<Core>, time: Millis) {
    go(core, time, time).await;
}

/// On a real clock: how long it is until `time`, if that is to come.
fn real_time_left(core: &Core, time: Millis) -> Option<Duration> {
    let mut state = core.lock();
    if state.clock.jumps() || state.broken().is_some() {
        return None;
    }
    u64::try_from(time - state.now())
        .ok()
        .filter(|left| *left > 0)
        .map(Duration::from_millis)
}

async fn go(core: &Arc<Core>, horizon: Millis, time: Millis) {
    core.lock().clock.set_horizon(horizon);
    core.changed.notify_waiters();
    while let Some(left) = real_time_left(core, time) {
        tokio::time::sleep(left).await;
    }
    wait_until(core, |state| {
        let there = state.broken().is_some() || state.now() >= time;
        there && is_settled(state)
    })
    .await;
}
