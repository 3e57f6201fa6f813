mod checklists;
mod escalations;
mod promises;
mod side_conversations;

use std::sync::Arc;
use std::time::Duration;

use desk::notifications::{Notifier, commands as notices};
use identity::Caller;
use kernel::ids::NotificationId;
use kernel::time::Timestamp;

use crate::Scene;

/// So many minutes from now, in the world's time.
fn later(scene: &Scene, minutes: u64) -> Timestamp {
    let now = scene.world.kernel.clock.now();
    now.plus(Duration::from_secs(minutes * 60))
}

fn pass(scene: &Scene, minutes: u64) {
    scene.world.clock.advance(Duration::from_secs(minutes * 60));
}

/// What an agent has been told so far, oldest first.
async fn told(scene: &Scene, caller: &Caller) -> Vec<&'static str> {
    let notifier = Notifier::new(scene.world.kernel.clock.clone());
    scene.world.run_reader(Arc::new(notifier)).await;
    let last = NotificationId(i64::MAX);
    let listed = notices::list(&scene.desk.kernel, caller, last, 100)
        .await
        .unwrap();
    let mut told: Vec<_> = listed.items.iter().map(|it| it.kind.as_str()).collect();
    told.reverse();
    told
}
