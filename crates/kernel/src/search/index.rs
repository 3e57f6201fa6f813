//! The index on disk, and writing to it.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tantivy::indexer::LogMergePolicy;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use super::words::{self, Word};
use super::{Document, Part, SearchError};

/// The layout below; another one means that the index is built anew.
const LAYOUT: u32 = 1;
/// Memory for documents on their way to disk; one thread writes, since search is never to take
/// both of a small machine's cores.
const WRITER_BYTES: usize = 50_000_000;
/// The share of a segment that may be deleted before it is written anew.
const DELETED_SHARE_MAX: f32 = 0.3;
/// How often a folder is tried to be removed, and the pause between: five seconds in all.
const REMOVAL_TRIES: u32 = 500;
const REMOVAL_PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Fields {
    pub group: Field,
    pub item: Field,
    pub at: Field,
    pub facts: Field,
    exact: [Field; Part::ALL.len()],
    stem: [Field; Part::ALL.len()],
}

impl Fields {
    /// The words of a part.
    pub fn exact(&self, part: Part) -> Field {
        Self::of(&self.exact, part)
    }

    /// The stems of a part; names have none.
    pub fn stem(&self, part: Part) -> Option<Field> {
        matches!(part, Part::Body | Part::Title).then(|| Self::of(&self.stem, part))
    }

    fn of(fields: &[Field; Part::ALL.len()], part: Part) -> Field {
        let [body, title, people, author, receiver, name] = *fields;
        match part {
            Part::Body => body,
            Part::Title => title,
            Part::People => people,
            Part::Author => author,
            Part::Receiver => receiver,
            Part::Name => name,
        }
    }
}

/// What a commit says of itself.
#[derive(Default, Serialize, Deserialize)]
struct Payload {
    layout: u32,
    version: u32,
    /// Where the one who fills the index is, in their own words.
    place: String,
    /// Whether something was erased that may still lie in the files.
    erased: bool,
}

/// An open index; shared by those who ask and the one who fills it.
pub struct Index {
    pub(super) inner: tantivy::Index,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
    version: u32,
    writer: Mutex<IndexWriter>,
}

/// Changes that become visible together.
#[derive(Default)]
pub struct Batch {
    /// Documents with one of these facts go first.
    pub remove: Vec<String>,
    /// Documents that come in.
    pub add: Vec<Document>,
    /// Where the one who fills the index is afterwards, in their own words.
    pub place: String,
    /// Whether what goes was erased and must leave the files too.
    pub erased: bool,
}

impl Index {
    /// Opens the index in `folder`. One that is missing, damaged, or of another layout or
    /// `version` is begun anew, empty and without a place.
    ///
    /// # Errors
    /// When the folder can't be used, or another process has it.
    pub fn open(folder: &Path, version: u32) -> Result<Self, SearchError> {
        match Self::open_present(folder, version) {
            Ok(Some(index)) => return Ok(index),
            Err(SearchError::Index(tantivy::TantivyError::LockFailure(error, why))) => {
                return Err(tantivy::TantivyError::LockFailure(error, why).into());
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the search index is built anew"),
        }
        Self::begin(folder, version)
    }

    /// Removes what is in `folder` and begins an empty index there.
    ///
    /// # Errors
    /// When the folder can't be used.
    pub fn begin(folder: &Path, version: u32) -> Result<Self, SearchError> {
        remove(folder)?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let inner = tantivy::Index::create_in_dir(folder, schema())?;
        let index = Self::on(inner, version)?;
        index.write(Batch::default())?;
        Ok(index)
    }

    /// `None` when there is none that fits.
    fn open_present(folder: &Path, version: u32) -> Result<Option<Self>, SearchError> {
        if !folder.join("meta.json").exists() {
            return Ok(None);
        }
        let inner = tantivy::Index::open_in_dir(folder)?;
        if inner.schema() != schema() {
            return Ok(None);
        }
        let index = Self::on(inner, version)?;
        let payload = index.payload()?;
        let fits = payload.layout == LAYOUT && payload.version == version;
        Ok(fits.then_some(index))
    }

    fn on(inner: tantivy::Index, version: u32) -> Result<Self, SearchError> {
        let reader = inner
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let writer: IndexWriter = inner.writer_with_num_threads(1, WRITER_BYTES)?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(DELETED_SHARE_MAX);
        writer.set_merge_policy(Box::new(policy));
        Ok(Self {
            fields: fields(&inner.schema())?,
            inner,
            reader,
            version,
            writer: Mutex::new(writer),
        })
    }

    fn payload(&self) -> Result<Payload, SearchError> {
        let text = self.inner.load_metas()?.payload.unwrap_or_default();
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Where the one who fills the index was at the last commit; empty when it is new.
    pub fn place(&self) -> Result<String, SearchError> {
        Ok(self.payload()?.place)
    }

    /// How many documents there are.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether there is nothing to be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes a batch and makes it visible; blocks until it is on disk.
    pub fn write(&self, batch: Batch) -> Result<(), SearchError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for fact in &batch.remove {
            writer.delete_term(Term::from_field_text(self.fields.facts, fact));
        }
        for document in batch.add {
            writer.add_document(self.row(document))?;
        }
        let payload = Payload {
            layout: LAYOUT,
            version: self.version,
            place: batch.place,
            erased: batch.erased || self.payload()?.erased,
        };
        Self::commit(&mut writer, &payload)?;
        self.reader.reload()?;
        Ok(())
    }

    fn commit(writer: &mut IndexWriter, payload: &Payload) -> Result<(), SearchError> {
        let text =
            serde_json::to_string(payload).map_err(|e| SearchError::Broken(e.to_string()))?;
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(&text);
        prepared.commit()?;
        Ok(())
    }

    /// Whether something was erased that may still lie in the files.
    pub fn holds_erased(&self) -> Result<bool, SearchError> {
        Ok(self.payload()?.erased)
    }

    /// Writes anew what holds removed documents, so that erased words are gone from the disk;
    /// blocks until done, while others search and write.
    pub fn rewrite(&self) -> Result<(), SearchError> {
        let segments = self.inner.searchable_segment_metas()?;
        for segment in segments.iter().filter(|segment| segment.has_deletes()) {
            // One that is being merged already is written anew by that.
            let merging = self.lock().merge(&[segment.id()]);
            if let Err(error) = merging.wait() {
                tracing::debug!(%error, "a part of the search index is merged by itself");
            }
        }
        let mut writer = self.lock();
        let left = self.inner.searchable_segment_metas()?;
        let old = |id| left.iter().any(|it| it.id() == id && it.has_deletes());
        if !segments
            .iter()
            .any(|segment| segment.has_deletes() && old(segment.id()))
        {
            let payload = Payload {
                erased: false,
                ..self.payload()?
            };
            Self::commit(&mut writer, &payload)?;
        }
        // The files of a part stay for as long as anybody knows it.
        drop((segments, left));
        self.reader.reload()?;
        writer.garbage_collect_files().wait()?;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn row(&self, document: Document) -> TantivyDocument {
        let mut row = TantivyDocument::new();
        row.add_u64(
            self.fields.group,
            u64::try_from(document.group).unwrap_or(0),
        );
        row.add_u64(self.fields.item, document.item);
        row.add_i64(self.fields.at, document.at.micros());
        for fact in &document.facts {
            row.add_text(self.fields.facts, fact);
        }
        for (part, text) in document.texts {
            let words = words::words(&text);
            if let Some(field) = self.fields.stem(part) {
                let stems = words::stems(&text, &words);
                let texts = stems.iter().map(String::as_str);
                row.add_pre_tokenized_text(field, tokens(texts));
            }
            let texts = words.iter().map(|word: &Word| word.folded.as_str());
            row.add_pre_tokenized_text(self.fields.exact(part), tokens(texts));
        }
        row
    }
}

/// Words for the index; the text that they come from stays behind.
fn tokens<'a>(texts: impl Iterator<Item = &'a str>) -> PreTokenizedString {
    let tokens = texts.enumerate().map(|(position, text)| Token {
        offset_from: 0,
        offset_to: 0,
        position,
        text: text.to_owned(),
        position_length: 1,
    });
    PreTokenizedString {
        text: String::new(),
        tokens: tokens.collect(),
    }
}

fn name(prefix: &str, part: Part) -> String {
    format!("{prefix}_{part:?}").to_lowercase()
}

fn schema() -> Schema {
    let with = |option| {
        let indexing = TextFieldIndexing::default().set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let mut builder = Schema::builder();
    builder.add_u64_field("group", FAST);
    builder.add_u64_field("item", FAST);
    builder.add_i64_field("at", FAST | INDEXED);
    builder.add_text_field("facts", STRING);
    for part in Part::ALL {
        let exact = with(IndexRecordOption::WithFreqsAndPositions);
        builder.add_text_field(&name("exact", *part), exact);
        builder.add_text_field(&name("stem", *part), with(IndexRecordOption::WithFreqs));
    }
    builder.build()
}

fn fields(schema: &Schema) -> Result<Fields, SearchError> {
    let of = |prefix| -> Result<[Field; Part::ALL.len()], SearchError> {
        let mut found = [schema.get_field("facts")?; Part::ALL.len()];
        for (field, part) in found.iter_mut().zip(Part::ALL) {
            *field = schema.get_field(&name(prefix, *part))?;
        }
        Ok(found)
    };
    Ok(Fields {
        group: schema.get_field("group")?,
        item: schema.get_field("item")?,
        at: schema.get_field("at")?,
        facts: schema.get_field("facts")?,
        exact: of("exact")?,
        stem: of("stem")?,
    })
}

/// Removes a folder; blocks. A merge of the index that was open there may still be ending and lay
/// a file into it meanwhile.
fn remove(folder: &Path) -> std::io::Result<()> {
    for _ in 0..REMOVAL_TRIES {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                std::thread::sleep(REMOVAL_PAUSE);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => return other,
        }
    }
    std::fs::remove_dir_all(folder)
}
