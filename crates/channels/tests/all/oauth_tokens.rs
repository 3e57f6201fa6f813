//! Tokens in use: what is said to the servers, renewal, replacement, withdrawal.

use crate::fake_imap::FakeImap;
use crate::fake_provider::FakeProvider;
use crate::fake_smtp::FakeSmtp;
use crate::oauth::Http;
use crate::support::{ROOMS, SHOP, local, new_inbox};
use channels::email::mailbox::FetchProblem;
use channels::email::oauth::sign_in::{open_imap, pooled_smtp};
use channels::inboxes::form::{NewAccess, NewInbox};
use channels::inboxes::{Access, Inbox};
use kernel::ids::MailConnectionId;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{World, each_engine};

struct Desk {
    http: Http,
    provider: FakeProvider,
    imap: FakeImap,
    smtp: FakeSmtp,
    id: i64,
    inbox: Inbox,
}

/// A connected inbox; the first access token was given with the consent.
async fn desk(world: &World) -> Desk {
    let (http, provider) = (Http::new(world).await, FakeProvider::start().await);
    let (imap, smtp) = (FakeImap::start(Vec::new()).await, FakeSmtp::start().await);
    imap.set(|folder| folder.offers = "AUTH=XOAUTH2");
    *smtp.offers.lock().unwrap() = "PLAIN XOAUTH2";
    let id = http.connected(&provider).await;
    let access = |port| NewAccess {
        username: "help@shop.test".into(),
        password: None,
        connection: Some(MailConnectionId(id)),
        ..local(port)
    };
    let new = NewInbox {
        imap: Some(access(imap.port)),
        smtp: Some(access(smtp.port)),
        ..new_inbox(SHOP)
    };
    let inbox = crate::support::add_inbox(&http.channels, &http.caller, new).await;
    let desk = Desk {
        http,
        provider,
        imap,
        smtp,
        id,
        inbox,
    };
    desk.let_in("access-1");
    desk
}

impl Desk {
    /// The mail servers take this token from now on.
    fn let_in(&self, token: &str) {
        self.imap.set(|folder| {
            folder.tokens.insert(token.to_owned());
        });
        self.smtp.tokens.lock().unwrap().push(token.to_owned());
    }

    fn shut_out(&self) {
        self.imap.set(|folder| folder.tokens.clear());
        self.smtp.tokens.lock().unwrap().clear();
    }

    fn access(&self) -> &Access {
        self.inbox.imap.as_ref().unwrap()
    }

    async fn read(&self) -> Result<(), String> {
        words(open_imap(&self.http.channels, self.access()).await)
    }

    async fn send(&self) -> Result<(), String> {
        let access = self.inbox.smtp.as_ref().unwrap();
        words(pooled_smtp(&self.http.channels, access).await)
    }

    async fn shown(&self) -> Value {
        let (_, list) = self
            .http
            .send("GET", "/mail-connections", Value::Null)
            .await;
        list["items"][0].clone()
    }

    fn asked(&self) -> usize {
        self.provider.book.lock().unwrap().asked.len()
    }
}

fn words<T>(opened: Result<T, FetchProblem>) -> Result<(), String> {
    match opened {
        Ok(_) => Ok(()),
        Err(FetchProblem::Server(problem)) => Err(format!("{} {}", problem.message, problem.mend)),
        Err(FetchProblem::Ours(broken)) => panic!("{broken}"),
    }
}

fn encoded(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn tokens_are_said_as_the_servers_want_them() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world).await;
        let port = desk.imap.port;
        let xoauth2 = "user=help@shop.test\x01auth=Bearer access-1\x01\x01";
        let bearer = |port| {
            format!(
                "n,a=help@shop.test,\x01host=127.0.0.1\x01port={port}\x01\
                 auth=Bearer access-1\x01\x01"
            )
        };
        for (offers, mechanism, said) in [
            ("AUTH=XOAUTH2", "XOAUTH2", xoauth2.to_owned()),
            ("SASL-IR AUTH=XOAUTH2", "XOAUTH2", xoauth2.to_owned()),
            ("SASL-IR AUTH=OAUTHBEARER", "OAUTHBEARER", bearer(port)),
            (
                "AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER",
                "OAUTHBEARER",
                bearer(port),
            ),
        ] {
            desk.imap.set(|folder| folder.offers = offers);
            assert_eq!(desk.read().await, Ok(()), "{offers}");
            let last = desk.imap.folder.lock().unwrap().signed_in.pop().unwrap();
            assert_eq!(last, format!("{mechanism} {}", encoded(&said)), "{offers}");
        }
        desk.imap.set(|folder| folder.offers = "AUTH=PLAIN");
        assert!(
            desk.read()
                .await
                .unwrap_err()
                .contains("offers no sign-in by OAuth")
        );
        let port = desk.smtp.port;
        for (offers, mechanism, said) in [
            ("PLAIN XOAUTH2", "XOAUTH2", xoauth2.to_owned()),
            ("XOAUTH2 OAUTHBEARER", "OAUTHBEARER", bearer(port)),
        ] {
            *desk.smtp.offers.lock().unwrap() = offers;
            assert_eq!(desk.send().await, Ok(()), "{offers}");
            let last = desk.smtp.said.lock().unwrap().pop().unwrap();
            assert_eq!(last, format!("{mechanism} {said}"), "{offers}");
        }
        assert_eq!(desk.asked(), 1, "the token of the consent serves them all");
    })
    .await;
}

#[tokio::test]
async fn tokens_are_renewed_ahead_of_their_end() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world).await;
        world.clock.advance(Duration::from_secs(3299));
        assert_eq!(desk.read().await, Ok(()));
        assert_eq!(desk.asked(), 1);
        // Five minutes before its end; the old one would still be let in.
        world.clock.advance(Duration::from_secs(1));
        desk.let_in("access-2");
        assert_eq!(desk.send().await, Ok(()));
        assert!(desk.smtp.said.lock().unwrap()[0].contains("access-2"));
        assert_eq!(desk.read().await, Ok(()));
        assert_eq!(desk.asked(), 2);
        // The provider is down: what is good still is used on, and what is not is said.
        desk.provider.set(|book| book.refuses = Some((503, "")));
        world.clock.advance(Duration::from_secs(3400));
        assert_eq!(desk.read().await, Ok(()));
        world.clock.advance(Duration::from_secs(300));
        let problem = desk.read().await.unwrap_err();
        assert!(
            problem.contains("No new access could be got from 127.0.0.1"),
            "{problem}"
        );
        assert_eq!(
            desk.shown().await["state"],
            "connected",
            "it passes by itself"
        );
        desk.provider.set(|book| book.refuses = None);
        desk.let_in("access-3");
        assert_eq!(desk.read().await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world).await;
        desk.shut_out();
        desk.let_in("access-2");
        assert_eq!(desk.read().await, Ok(()));
        assert_eq!(
            desk.send().await,
            Ok(()),
            "the other server gets the new one at once"
        );
        assert_eq!(desk.asked(), 2);
        desk.shut_out();
        let problem = desk.send().await.unwrap_err();
        assert!(
            problem.contains("did not accept the sign-in of help@shop.test"),
            "{problem}"
        );
        assert!(problem.contains("401"), "{problem}");
        assert_eq!(desk.asked(), 3, "renewed once, not for ever");
        // A server that says no for another reason than the token is not answered with a renewal.
        desk.imap.set(|folder| folder.silent_at = Some("EXAMINE"));
        desk.let_in("access-3");
        let (opened, ()) = tokio::join!(desk.read(), async {
            let folder = desk.imap.folder.clone();
            let silent = || folder.lock().unwrap().silences == 1;
            desk.imap.until("it signs in", silent).await;
            world.clock.advance(Duration::from_secs(31));
        });
        assert!(
            opened
                .unwrap_err()
                .contains("did not answer within 30 seconds")
        );
        assert_eq!(desk.asked(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_replaced_refresh_token_is_never_lost() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world).await;
        desk.provider.set(|book| book.rotates = true);
        for round in 2..6 {
            desk.let_in(&format!("access-{round}"));
            world.clock.advance(Duration::from_secs(3600));
            assert_eq!(desk.read().await, Ok(()), "round {round}");
        }
        // Whoever waits for a renewal goes away while the provider answers: an inbox was changed.
        desk.let_in("access-6");
        world.clock.advance(Duration::from_secs(3600));
        desk.provider.holds.send_replace(true);
        let asked = desk.asked();
        let (channels, access) = (desk.http.channels.clone(), desk.access().clone());
        let leaving = tokio::spawn(async move { open_imap(&channels, &access).await.map(|_| ()) });
        desk.provider.until_asked(asked + 1).await;
        leaving.abort();
        assert!(leaving.await.is_err());
        desk.provider.holds.send_replace(false);
        assert_eq!(
            desk.read().await,
            Ok(()),
            "the one that came meanwhile is used"
        );
        assert_eq!(desk.asked(), asked + 1);
        // The provider replaced a token, and forgot it: the one before is tried.
        desk.provider.set(|book| {
            book.refresh.clear();
            book.refresh.insert("refresh-5".into());
            book.rotates = false;
        });
        desk.let_in("access-7");
        world.clock.advance(Duration::from_secs(3600));
        assert_eq!(desk.read().await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn many_who_need_a_token_ask_once() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world).await;
        desk.let_in("access-2");
        world.clock.advance(Duration::from_secs(3600));
        desk.provider.holds.send_replace(true);
        // Another node: the same store, its own memory.
        let node = crate::support::room(&world);
        let access = desk.access();
        let all = async {
            tokio::join!(
                desk.read(),
                desk.send(),
                open_imap(&node, access),
                open_imap(&node, access),
            )
        };
        let (one, two, three, four) = tokio::join!(all, async {
            desk.provider.until_asked(2).await;
            desk.provider.holds.send_replace(false);
        })
        .0;
        assert_eq!((one, two), (Ok(()), Ok(())));
        assert!(three.is_ok() && four.is_ok());
        assert_eq!(desk.asked(), 2, "the consent, and one renewal");
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_consent_is_said_and_mended() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world).await;
        desk.provider.set(|book| book.refresh.clear());
        world.clock.advance(Duration::from_secs(3600));
        let problem = desk.read().await.unwrap_err();
        assert!(
            problem.contains("no longer lets us into the mailbox of help@shop.test"),
            "{problem}"
        );
        assert!(problem.contains("Connect again"), "{problem}");
        let asked = desk.asked();
        assert!(desk.send().await.is_err());
        assert_eq!(desk.asked(), asked, "who was refused does not ask again");
        let shown = desk.shown().await;
        assert_eq!(
            (&shown["state"], &shown["trouble"]),
            (&json!("refused"), &json!("consent"))
        );
        assert_eq!(shown["inbox_ids"], json!([desk.inbox.id]));
        let kinds: Vec<String> = world.journal().await.into_iter().map(|r| r.kind).collect();
        let refused = kinds
            .iter()
            .filter(|kind| *kind == "mail_connection.refused");
        assert_eq!(refused.count(), 1);
        // Consenting again has the inbox followed anew.
        desk.http.consent(&desk.provider, desk.id).await;
        let path = format!("/inboxes/{}", desk.inbox.id);
        let patch = json!({"version": desk.inbox.version, "name": "x"});
        let (status, _) = desk.http.send("PATCH", &path, patch).await;
        assert_eq!(
            status,
            axum::http::StatusCode::CONFLICT,
            "its version moved on"
        );
        desk.let_in("access-2");
        assert_eq!(desk.read().await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_ran_out_is_said_and_mended() {
    each_engine(ROOMS, async |world: World| {
        let desk = desk(&world).await;
        desk.provider
            .set(|book| book.refuses = Some((401, "invalid_client")));
        world.clock.advance(Duration::from_secs(3600));
        let problem = desk.read().await.unwrap_err();
        assert!(
            problem.contains("does not accept the client's id or secret"),
            "{problem}"
        );
        assert_eq!(desk.shown().await["trouble"], "client");
        desk.provider.set(|book| book.refuses = None);
        let path = format!("/mail-connections/{}", desk.id);
        let stale = json!({"version": 7, "client_secret": "x"});
        let (status, _) = desk.http.send("PATCH", &path, stale).await;
        assert_eq!(status, axum::http::StatusCode::CONFLICT);
        let patch = json!({"version": 1, "client_secret": crate::fake_provider::SECRET});
        let (_, mended) = desk.http.send("PATCH", &path, patch).await;
        assert_eq!(mended["state"], "connected", "{mended}");
        desk.let_in("access-2");
        assert_eq!(desk.read().await, Ok(()));
    })
    .await;
}
