//! The fuzz targets on their stored corpus and on a fixed number of mutations of it. The real
//! fuzzer, which learns from coverage, is `cargo xtask fuzz`.

#[path = "../../../../fuzz/targets.rs"]
mod targets;

use crate::support::ROOMS;
use std::path::Path;
use testkit::{World, each_engine};

const MUTATIONS: u32 = 4_000;
/// What mail programs stumble over.
const DICTIONARY: [&[u8]; 20] = [
    b"\0",
    b"\r\n",
    b"\r\n\r\n",
    b"--",
    b"=?",
    b"?=",
    b"=?utf-8?B?",
    b"=?iso-2022-jp?Q?",
    b"Content-Type: multipart/mixed; boundary=m\r\n",
    b"boundary=\"\"",
    b"\xFF\xFE",
    b"\x1b$B",
    b"begin 644 a\n",
    b"=\r\n",
    b"====",
    b"<",
    b"@",
    b"\"",
    b"filename*0*=",
    b"\xC3\xBC",
];

#[test]
fn ingestion_holds() {
    run("ingestion", targets::ingestion);
}

#[test]
fn addresses_hold() {
    run("addresses", targets::addresses);
}

#[test]
fn delivery_reports_hold() {
    run("delivery_report", targets::delivery_report);
}

#[test]
fn folding_quotes_loses_nothing() {
    run("quote_folding", targets::quote_folding);
}

#[tokio::test]
async fn reply_tokens_hold() {
    each_engine(ROOMS, async |world: World| {
        run("reply_token", |data| {
            targets::reply_token(&world.kernel.keys, data)
        });
    })
    .await;
}

fn run(target: &str, body: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert!(!seeds.is_empty(), "{target} has a corpus");
    for seed in &seeds {
        body(seed);
    }
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..MUTATIONS {
        body(&mutated(&seeds, &mut dice));
    }
}

/// Numbers that look random and are the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut data = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(data.len() + 1);
        let end = (at + dice.below(40)).min(data.len());
        match dice.below(6) {
            0 if at < data.len() => data[at] = u8::try_from(dice.below(256)).unwrap(),
            1 => drop(data.drain(at..end)),
            2 => {
                let piece = data[at..end].to_vec();
                data.splice(at..at, piece.repeat(1 + dice.below(4)));
            }
            3 => drop(data.splice(at..at, DICTIONARY[dice.below(DICTIONARY.len())].to_vec())),
            4 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len() + 1);
                data.truncate(at);
                data.extend_from_slice(&other[from..]);
            }
            _ => data.truncate(at),
        }
    }
    data
}
