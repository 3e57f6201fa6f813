//! Answers the desk's questions about inboxes.

use super::{Inbox, store};
use desk::tickets::{InboxCard, InboxDirectory};
use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::InboxId;

/// The desk's view of the inboxes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Directory;

impl InboxDirectory for Directory {
    fn find<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        inbox: InboxId,
    ) -> BoxFuture<'a, Result<Option<InboxCard>, DbError>> {
        Box::pin(async move { Ok(store::find(tx, inbox).await?.map(card)) })
    }

    fn default_inbox<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
    ) -> BoxFuture<'a, Result<Option<InboxCard>, DbError>> {
        Box::pin(async move {
            let inboxes = store::all(tx).await?;
            Ok(inboxes.into_iter().find(|inbox| inbox.enabled).map(card))
        })
    }

    fn all<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Vec<InboxCard>, DbError>> {
        Box::pin(async move { Ok(store::all(tx).await?.into_iter().map(card).collect()) })
    }

    fn own_addresses<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
    ) -> BoxFuture<'a, Result<Vec<String>, DbError>> {
        Box::pin(store::addresses(tx))
    }
}

fn card(inbox: Inbox) -> InboxCard {
    let name = inbox.shown_name().to_owned();
    InboxCard {
        id: inbox.id,
        brand: inbox.brand,
        team: inbox.team,
        address: inbox.address,
        name,
    }
}
