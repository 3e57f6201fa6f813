//! Stored bytes: small ones in rows, large ones in objects that exist before their row.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use kernel::Kernel;
use kernel::blobs::{Blobs, ROW_BYTES_MAX, UNNAMED_FOR};
use kernel::db::{DbError, Tx};
use kernel::ids::{BlobId, KeyId};
use kernel::keys::KeyOwner;
use testkit::{World, each_engine};

use crate::support::ROOMS;

async fn key(world: &World) -> KeyId {
    world.kernel.keys.create(KeyOwner::Customer).await.unwrap()
}

async fn stored(kernel: &Kernel, key: KeyId, bytes: Vec<u8>) -> BlobId {
    let prepared = kernel.blobs.prepare(key, bytes).await.unwrap();
    let write = async move |tx: &mut Tx<'_>| prepared.insert(tx).await;
    kernel.db.write::<_, DbError, _>(write).await.unwrap()
}

fn large(fill: u8) -> Vec<u8> {
    vec![fill; ROW_BYTES_MAX + 1]
}

/// Every file of the object store.
fn objects(world: &World) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), found);
            } else {
                found.push(entry.path());
            }
        }
    }
    let mut found = Vec::new();
    walk(&world.folder().join("blobs"), &mut found);
    found
}

/// Makes every object as old as the world's clock says.
fn date(world: &World) {
    let micros = u64::try_from(world.clock.now().micros()).unwrap();
    for object in objects(world) {
        let file = std::fs::File::options().write(true).open(object).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
            .unwrap();
    }
}

#[tokio::test]
async fn bytes_come_back_as_they_were_whatever_their_size() {
    each_engine(&ROOMS, async |world| {
        let key = key(&world).await;
        for size in [0, 1, ROW_BYTES_MAX, ROW_BYTES_MAX + 1, 3 << 20] {
            let bytes: Vec<u8> = (0..=255).cycle().take(size).collect();
            let id = stored(&world.kernel, key, bytes.clone()).await;
            assert_eq!(
                world.kernel.blobs.read(id).await.unwrap(),
                Some(bytes),
                "{size} bytes"
            );
        }
        assert_eq!(objects(&world).len(), 2, "only what is too large for a row");
        assert_eq!(world.kernel.blobs.read(BlobId(999)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_large_blob_is_an_object_before_anything_names_it_and_tells_nothing() {
    each_engine(&ROOMS, async |world| {
        let key = key(&world).await;
        let prepared = world.kernel.blobs.prepare(key, large(b'A')).await.unwrap();
        assert_eq!(prepared.size(), i64::try_from(ROW_BYTES_MAX + 1).unwrap());
        let found = objects(&world);
        assert_eq!(found.len(), 1);
        let bytes = std::fs::read(&found[0]).unwrap();
        assert!(
            !bytes.windows(8).any(|window| window == b"AAAAAAAA"),
            "it is encrypted"
        );
    })
    .await;
}

#[tokio::test]
async fn the_same_bytes_are_kept_once_for_each_key() {
    each_engine(&ROOMS, async |world| {
        let (one, other) = (key(&world).await, key(&world).await);
        for bytes in [b"small".to_vec(), large(1)] {
            let id = stored(&world.kernel, one, bytes.clone()).await;
            assert_eq!(stored(&world.kernel, one, bytes.clone()).await, id);
            assert_ne!(stored(&world.kernel, other, bytes).await, id);
        }
        assert_eq!(objects(&world).len(), 2);
    })
    .await;
}

/// Stores bytes that come in pieces of this size.
async fn streamed(kernel: &Kernel, key: KeyId, bytes: &[u8], piece: usize) -> BlobId {
    let mut writer = kernel.blobs.writer(key).await.unwrap();
    for piece in bytes.chunks(piece) {
        writer.write(piece).await.unwrap();
    }
    let prepared = writer.finish().await.unwrap();
    assert_eq!(prepared.size(), i64::try_from(bytes.len()).unwrap());
    let write = async move |tx: &mut Tx<'_>| prepared.insert(tx).await;
    kernel.db.write::<_, DbError, _>(write).await.unwrap()
}

#[tokio::test]
async fn what_comes_in_pieces_comes_back_in_pieces_that_are_small() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let key = key(&world).await;
        let edges = [0, 1, ROW_BYTES_MAX, ROW_BYTES_MAX + 1, 2 * ROW_BYTES_MAX];
        for size in edges.into_iter().chain([2 * ROW_BYTES_MAX + 1, 9 << 20]) {
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            for piece in [1000, ROW_BYTES_MAX, 1 << 20] {
                let id = streamed(kernel, key, &bytes, piece).await;
                let mut reader = kernel.blobs.reader(id).await.unwrap().unwrap();
                let mut back = Vec::new();
                while let Some(mut piece) = reader.next().await.unwrap() {
                    assert!(piece.len() <= ROW_BYTES_MAX);
                    back.append(&mut piece);
                }
                assert!(back == bytes, "{size} bytes in pieces of {piece}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_object_that_was_changed_or_cut_off_is_found_out() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let key = key(&world).await;
        let id = streamed(kernel, key, &vec![7; 3 * ROW_BYTES_MAX], 1 << 20).await;
        let object = objects(&world).pop().unwrap();
        let whole = std::fs::read(&object).unwrap();
        let mut changed = whole.clone();
        changed[ROW_BYTES_MAX] ^= 1;
        let frame = ROW_BYTES_MAX + 16;
        for (what, bytes) in [
            ("changed", &changed[..]),
            ("one frame short", &whole[..17 + 2 * frame]),
            ("cut in a frame", &whole[..17 + frame + 5]),
            ("without frames", &whole[..17]),
        ] {
            std::fs::write(&object, bytes).unwrap();
            assert!(kernel.blobs.read(id).await.is_err(), "{what}");
        }
        std::fs::write(&object, &whole).unwrap();
        assert!(kernel.blobs.read(id).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn what_was_stored_under_a_destroyed_key_is_gone() {
    each_engine(&ROOMS, async |world| {
        let key = key(&world).await;
        let ids = [
            stored(&world.kernel, key, b"small".to_vec()).await,
            stored(&world.kernel, key, large(1)).await,
            streamed(&world.kernel, key, &large(2), 1000).await,
        ];
        let keys = world.kernel.keys.clone();
        let destroy = async move |tx: &mut Tx<'_>| keys.destroy(tx, key).await;
        world.kernel.db.write(destroy).await.unwrap();
        for id in ids {
            assert_eq!(world.kernel.blobs.read(id).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn only_what_nobody_named_for_a_day_is_swept() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let key = key(&world).await;
        let named = stored(kernel, key, large(1)).await;
        let deleted = stored(kernel, key, large(2)).await;
        kernel.blobs.prepare(key, large(3)).await.unwrap();
        date(&world);
        let delete = async move |tx: &mut Tx<'_>| Blobs::delete(tx, deleted).await;
        kernel.db.write::<_, DbError, _>(delete).await.unwrap();
        assert_eq!(kernel.blobs.read(deleted).await.unwrap(), None);

        world.clock.advance(UNNAMED_FOR - Duration::from_secs(1));
        assert_eq!(
            kernel.blobs.sweep().await.unwrap(),
            0,
            "they may still be named"
        );
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(kernel.blobs.sweep().await.unwrap(), 2);
        assert_eq!(objects(&world).len(), 1);
        assert_eq!(kernel.blobs.read(named).await.unwrap(), Some(large(1)));
    })
    .await;
}

#[tokio::test]
async fn bytes_that_move_under_another_key_take_the_place_of_the_old_ones() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let (intake, author) = (key(&world).await, key(&world).await);
        for bytes in [b"a mail".to_vec(), large(7)] {
            let old = stored(kernel, intake, bytes.clone()).await;
            let moved = kernel.blobs.prepare(author, bytes.clone()).await.unwrap();
            let again = moved.clone();
            let place = async move |tx: &mut Tx<'_>| Blobs::replace(tx, old, &moved).await;
            let new = kernel.db.write::<_, DbError, _>(place).await.unwrap();
            assert_eq!(new, old);
            assert_eq!(kernel.blobs.read(new).await.unwrap(), Some(bytes.clone()));

            // Where the bytes are under the new key already, they are shared.
            let other = stored(kernel, intake, bytes.clone()).await;
            let place = async move |tx: &mut Tx<'_>| Blobs::replace(tx, other, &again).await;
            let shared = kernel.db.write::<_, DbError, _>(place).await.unwrap();
            assert_eq!(shared, new);
            assert_eq!(kernel.blobs.read(other).await.unwrap(), None);
        }
    })
    .await;
}
