//! Data keys: what is erased stays erased, on every node.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::KeyId;
use kernel::keys::{CACHED_FOR, Encrypted, KeyError, KeyOwner};
use kernel::refusal::Refusal;
use testkit::each_engine;

use crate::support::{ROOMS, opened_again};

async fn encrypted(kernel: &Kernel, key: KeyId) -> Result<Encrypted<String>, KeyError> {
    let keys = kernel.keys.clone();
    let write = async move |tx: &mut Tx<'_>| keys.encrypt(tx, key, "call me after 17:00").await;
    kernel.db.write(write).await
}

async fn decrypted(kernel: &Kernel, value: &Encrypted<String>) -> Result<Option<String>, KeyError> {
    let (keys, value) = (kernel.keys.clone(), value.clone());
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| keys.decrypt(tx, &value).await)
        .await
}

async fn destroyed(kernel: &Kernel, key: KeyId, keep: bool) -> Result<(), Refusal> {
    let keys = kernel.keys.clone();
    let write = async move |tx: &mut Tx<'_>| {
        keys.destroy(tx, key).await?;
        if keep {
            Ok(())
        } else {
            Err(Refusal::NotFound { what: "reason" })
        }
    };
    kernel.db.write(write).await
}

#[tokio::test]
async fn what_was_encrypted_can_be_read_until_its_key_is_destroyed() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let key = kernel.keys.create(KeyOwner::Customer).await.unwrap();
        let other = kernel.keys.create(KeyOwner::Customer).await.unwrap();
        assert_ne!(key, other);
        let (value, others) = (
            encrypted(kernel, key).await.unwrap(),
            encrypted(kernel, other).await.unwrap(),
        );
        let text = Some("call me after 17:00".to_owned());
        assert_eq!(decrypted(kernel, &value).await.unwrap(), text);

        assert!(destroyed(kernel, key, false).await.is_err());
        assert_eq!(
            decrypted(kernel, &value).await.unwrap(),
            text,
            "that was rolled back"
        );
        destroyed(kernel, key, true).await.unwrap();
        assert_eq!(decrypted(kernel, &value).await.unwrap(), None);
        let refused = encrypted(kernel, key).await;
        assert!(matches!(refused, Err(KeyError::Destroyed(id)) if id == key));
        assert_eq!(
            decrypted(kernel, &others).await.unwrap(),
            text,
            "the other key lives"
        );
        let missing = encrypted(kernel, KeyId(999)).await;
        assert!(matches!(missing, Err(KeyError::Missing(KeyId(999)))));
    })
    .await;
}

#[tokio::test]
async fn no_reader_brings_a_destroyed_key_back_into_memory() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let key = kernel.keys.create(KeyOwner::Customer).await.unwrap();
        let value = encrypted(kernel, key).await.unwrap();
        let reading = async {
            for _ in 0..200 {
                decrypted(kernel, &value).await.unwrap();
            }
        };
        let (destroyed, ()) = tokio::join!(destroyed(kernel, key, true), reading);
        destroyed.unwrap();
        assert_eq!(decrypted(kernel, &value).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn another_node_forgets_a_destroyed_key_within_a_minute() {
    each_engine(&ROOMS, async |world| {
        let other = opened_again(&world, None).await;
        let key = world.kernel.keys.create(KeyOwner::Customer).await.unwrap();
        let value = encrypted(&world.kernel, key).await.unwrap();
        assert!(decrypted(&other, &value).await.unwrap().is_some());
        destroyed(&world.kernel, key, true).await.unwrap();
        world.clock.advance(CACHED_FOR);
        assert!(CACHED_FOR <= Duration::from_secs(60));
        assert_eq!(decrypted(&other, &value).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn under_another_master_key_nothing_can_be_read() {
    each_engine(&ROOMS, async |world| {
        let key = world.kernel.keys.create(KeyOwner::Customer).await.unwrap();
        let value = encrypted(&world.kernel, key).await.unwrap();
        let secret = world.kernel.keys.encrypt_secret("mailbox password");
        let opened = world.kernel.keys.decrypt_secret(&secret).unwrap();
        assert_eq!(opened, "mailbox password");
        let other = opened_again(&world, Some(STANDARD.encode([9; 32]))).await;
        assert!(matches!(
            decrypted(&other, &value).await,
            Err(KeyError::Damaged)
        ));
        assert!(matches!(
            other.keys.decrypt_secret(&secret),
            Err(KeyError::Damaged)
        ));
        let (mine, others) = (
            world.kernel.keys.hmac("link", b"7"),
            other.keys.hmac("link", b"7"),
        );
        assert_ne!(mine, others);
        assert_ne!(
            mine,
            world.kernel.keys.hmac("reply", b"7"),
            "purposes are apart"
        );
    })
    .await;
}

#[tokio::test]
async fn the_team_has_one_key_however_many_ask_first() {
    each_engine(&ROOMS, async |world| {
        let other = opened_again(&world, None).await;
        let asked = (0..32).map(|number| {
            let kernel = if number % 2 == 0 {
                &world.kernel
            } else {
                &other
            };
            kernel.keys.workspace()
        });
        let keys: Vec<KeyId> = join_all(asked)
            .await
            .into_iter()
            .map(|key| key.expect("there is one"))
            .collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        const COUNT: &str = "SELECT COUNT(*) FROM vault.data_keys WHERE owner = 'workspace'";
        let count = async |tx: &mut Tx<'_>| tx.one::<(i64,)>(COUNT, &[]).await;
        assert_eq!(
            world.kernel.db.read::<_, DbError, _>(count).await.unwrap(),
            Some((1,))
        );
    })
    .await;
}
