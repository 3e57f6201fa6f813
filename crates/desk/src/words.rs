//! Enums that are one word each: in the database, in the API and in records alike.

/// Declares an enum whose variants are stored, sent and journaled as one word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
            utoipa::ToSchema,
        )]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every variant.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err(()) }
            }
        }

        impl From<$name> for kernel::db::Value {
            fn from(value: $name) -> Self {
                value.as_str().into()
            }
        }

        impl kernel::db::FromColumn for $name {
            fn from_column(
                row: &kernel::db::Row<'_>,
                index: usize,
            ) -> Result<Self, kernel::db::DbError> {
                let word: String = row.get(index)?;
                word.parse().map_err(|()| {
                    kernel::db::DbError::Unreadable(
                        format!("{word:?} is no {}", stringify!($name)),
                    )
                })
            }
        }
    };
}

pub(crate) use words;
