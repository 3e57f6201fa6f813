//! Zammad #5192: once in a month or two a mail was lost, without any error; "can't reproduce".
//!
//! So every kind of fault is thrown at one mailbox for weeks, decided by seeds, and then each mail
//! that the server ever took is looked for: it is one message, or it is listed with its reason.

use super::{AFTER, Story};
use crate::fake_imap::{Broken, Folder, Mail};
use crate::support::{ROOMS, mail};
use channels::failures::commands as failures;
use kernel::ids::FailureId;
use kernel::random::Random;
use std::collections::BTreeMap;
use std::time::Duration;
use testkit::{World, each_engine};

/// Mails of one story; each engine has one of its own.
const MAILS: u64 = 150;
/// Most that arrive between two looks.
const AT_ONCE_MAX: u64 = 12;
const SENDERS: u64 = 12;

/// The dice, and what they decided so far.
struct Fate {
    dice: Random,
    sent: u64,
    /// The mails that the server never hands over.
    withheld: u64,
}

impl Fate {
    /// True once in so many times.
    fn is_one_in(&self, of: u64) -> bool {
        self.dice.below(of) == 0
    }

    fn one_of<T: Copy>(&self, of: &[T]) -> T {
        of[self.dice.below(of.len() as u64) as usize]
    }

    /// The next mail; its text says its number and its sender's.
    fn write(&mut self) -> String {
        let (n, sender) = (self.sent, self.dice.below(SENDERS));
        self.sent += 1;
        let words = format!("mail {n}; of {sender};");
        let earlier = self.dice.below(n + 1);
        let head = match self.dice.below(6) {
            // Of whoever wrote that one: they may have no part in it.
            0 | 1 => format!("In-Reply-To: <{earlier}@x.test>\n"),
            2 => "Auto-Submitted: auto-generated\n".to_owned(),
            3 => format!("Auto-Submitted: auto-replied\nReferences: <{earlier}@x.test>\n"),
            _ => String::new(),
        };
        let raw = mail(
            &format!("c{sender}@x.test"),
            &format!("{n}@x.test"),
            &head,
            &words,
        );
        match self.dice.below(12) {
            0 => raw.replace(&format!("Message-ID: <{n}@x.test>\n"), ""),
            1 => raw.replace(&format!("From: c{sender}@x.test\n"), ""),
            _ => raw,
        }
    }

    fn arrives(&mut self, story: &Story) {
        let raw = self.write();
        let mut mail = Mail::new(story.next_uid(), &raw, AFTER);
        match self.dice.below(14) {
            // Delivered twice.
            0 => story.arrives(&raw),
            1 => {
                mail.fetched = false;
                self.withheld += 1;
            }
            2 => {
                // A server that falls silent has tests of its own, since they must pass the time.
                let kinds = [Broken::Dropped, Broken::TooShort, Broken::Monstrous];
                mail.broken = self.one_of(&kinds);
            }
            _ => {}
        }
        mail.uid = story.next_uid();
        story.imap.push(mail);
    }

    /// How the server behaves until the next look.
    fn upset(&self, folder: &mut Folder) {
        *folder = Folder {
            uid_validity: folder.uid_validity,
            mails: std::mem::take(&mut folder.mails),
            stutters: self.is_one_in(4),
            no_sizes: self.is_one_in(8),
            refuse_sign_in: self.is_one_in(10),
            ..Folder::default()
        };
        if self.is_one_in(4) {
            let commands = ["GREETING", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"];
            folder.drops_at = Some(self.one_of(&commands));
        }
        if self.is_one_in(6) {
            folder.ghosts = vec![1, i64::from(u32::MAX)];
        }
        if self.is_one_in(6) {
            folder.uid_next = Some(self.dice.below(1_000) as i64);
        }
        if self.is_one_in(3) {
            for mail in &mut folder.mails {
                mail.broken = Broken::Nothing;
            }
        }
        if self.is_one_in(5) {
            // It lost its numbers; what was first may be last.
            folder.uid_validity += 1;
            let count = folder.mails.len() as u64;
            for at in 0..folder.mails.len() {
                let other = self.dice.below(count) as usize;
                folder.mails.swap(at, other);
            }
            for (at, mail) in folder.mails.iter_mut().enumerate() {
                mail.uid = at as i64 + 1;
            }
        }
    }

    /// What happens on our side.
    async fn trouble(&self, world: &World, story: &mut Story) {
        if self.is_one_in(4) {
            story.restart(world);
        }
        if self.is_one_in(4) {
            // Any that is in line; one that is filed already is left alone.
            let known = self.dice.below(MAILS) as i64 + 1;
            story.breaks_on(FailureId(known)).await;
        }
        if self.is_one_in(3) {
            for (id, reason) in story.shop.failures().await {
                if reason.contains("interrupted") && self.is_one_in(2) {
                    let mia = &story.shop.mia;
                    failures::retry(&world.kernel, mia, id).await.unwrap();
                }
            }
        }
    }
}

async fn story_of(world: &World, seed: u64) {
    let mut fate = Fate {
        dice: Random::seeded(seed),
        sent: 0,
        withheld: 0,
    };
    let mut story = Story::begin(world).await;
    while fate.sent < MAILS {
        for _ in 0..=fate.dice.below(AT_ONCE_MAX) {
            fate.arrives(&story);
        }
        story.imap.set(|folder| fate.upset(folder));
        let _ = story.fetch().await;
        fate.trouble(world, &mut story).await;
        if !fate.is_one_in(3) {
            story.work(world).await;
        }
        world
            .clock
            .advance(Duration::from_secs(60 * fate.dice.below(600)));
    }
    // All is well again.
    story.imap.set(|folder| {
        let mut mails = std::mem::take(&mut folder.mails);
        for mail in &mut mails {
            mail.broken = Broken::Nothing;
        }
        *folder = Folder {
            uid_validity: folder.uid_validity,
            mails,
            ..Folder::default()
        };
    });
    world.clock.advance(Duration::from_secs(24 * 3600));
    for _ in 0..2 {
        story.fetch_and_work(world).await;
    }
    reconcile(world, &story, &fate, seed).await;
}

/// Every mail the server took is one message or is listed, and nobody's lies with a stranger's.
async fn reconcile(world: &World, story: &Story, fate: &Fate, seed: u64) {
    let said = story.messages(world).await;
    let mut listed = Vec::new();
    let mut without_copy = 0;
    for (id, reason) in story.shop.failures().await {
        if reason.contains("does not hand it over") {
            without_copy += 1;
            continue;
        }
        let raw = story.copy(world, id).await;
        listed.push(String::from_utf8_lossy(&raw).into_owned());
    }
    let mut missing = 0;
    for n in 0..fate.sent {
        let mark = format!("mail {n};");
        let spots = said.values().filter(|text| text.contains(&mark)).count();
        let is_listed = listed.iter().any(|raw| raw.contains(&mark));
        assert!(spots <= 1, "seed {seed}: {mark} is there {spots} times");
        missing += usize::from(spots == 0 && !is_listed);
    }
    assert!(
        missing as u64 <= fate.withheld && missing <= without_copy,
        "seed {seed}: {missing} mails are nowhere; {} were withheld, {without_copy} are listed so",
        fate.withheld
    );
    let mut owners = BTreeMap::new();
    for ((ticket, _), text) in &said {
        let owner = text.split("; of ").nth(1).unwrap();
        let first = owners.entry(ticket).or_insert(owner);
        assert_eq!(*first, owner, "seed {seed}: two people on ticket {ticket}");
    }
    assert!(
        said.len() as u64 > MAILS / 2,
        "seed {seed}: most of them came in"
    );
}

#[tokio::test]
async fn every_mail_that_the_server_took_is_a_message_or_is_listed() {
    each_engine(ROOMS, async |world: World| {
        let seed = if world.engine == "sqlite" { 1 } else { 2 };
        story_of(&world, seed).await;
    })
    .await;
}
