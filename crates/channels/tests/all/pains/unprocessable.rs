//! Chatwoot (fetch_imap_emails_job.rb, "Email dropped"): only logged, tried again for a day, then
//! gone; there was no list of failed mail, and nobody was told.

use super::Story;
use crate::support::{ROOMS, SHOP, mail};
use channels::failures::commands as failures;
use kernel::ids::FailureId;
use std::time::Duration;
use testkit::{World, each_engine};

#[tokio::test]
async fn a_mail_that_fails_to_process_is_listed_until_a_person_deals_with_it() {
    each_engine(ROOMS, async |world: World| {
        let mut story = Story::begin(&world).await;
        story.arrives(&mail("ana@x.test", "1@x.test", "", "the one that breaks"));
        let senderless = format!("To: {SHOP}\nSubject: From nobody\n\nHello\n");
        story.arrives(&senderless);
        story.arrives(&mail("ben@x.test", "2@x.test", "", "the one behind"));
        story.fetch().await.unwrap();
        assert!(story.breaks_on(FailureId(1)).await);
        story.work(&world).await;
        assert_eq!(story.spots(&world, "the one behind").await.len(), 1);
        assert_eq!(story.messages(&world).await.len(), 1);
        // A month later, after restarts and fetches, both are still there to be seen.
        for _ in 0..30 {
            world.clock.advance(Duration::from_secs(24 * 3600));
            story.restart(&world);
            story.fetch_and_work(&world).await;
        }
        let listed = story.shop.failures().await;
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert!(listed[0].1.contains("no sender"), "{listed:?}");
        assert!(listed[1].1.contains("interrupted"), "{listed:?}");
        let told = world.journal().await;
        assert_eq!(told.iter().filter(|r| r.kind == "mail.failed").count(), 2);
        // Their bytes are here, whatever became of the mailbox.
        story.imap.set(|folder| folder.mails.clear());
        let kernel = &world.kernel;
        let (nobody, broke) = (listed[0].0, listed[1].0);
        let raw = story.copy(&world, broke).await;
        assert!(
            String::from_utf8(raw)
                .unwrap()
                .contains("the one that breaks")
        );
        failures::retry(kernel, &story.shop.mia, broke)
            .await
            .unwrap();
        story.work(&world).await;
        assert_eq!(story.spots(&world, "the one that breaks").await.len(), 1);
        failures::discard(kernel, &story.shop.mia, nobody, "nobody wrote it")
            .await
            .unwrap();
        assert!(story.shop.failures().await.is_empty());
        assert_eq!(story.messages(&world).await.len(), 2);
    })
    .await;
}
