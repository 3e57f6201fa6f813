//! Enums that are one word each: in the database, in the API and in records alike.

/// Declares an enum whose variants are stored, sent and journaled as the given words.
///
/// The words are taken as tokens, not as literals, because a literal reaches the derives wrapped
/// in a group, where the description of the API does not find it.
#[macro_export]
macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:tt),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every variant, in order.
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

        impl From<$name> for $crate::db::Value {
            fn from(value: $name) -> Self {
                value.as_str().into()
            }
        }

        impl $crate::db::FromColumn for $name {
            fn from_column(
                row: &$crate::db::Row<'_>,
                index: usize,
            ) -> Result<Self, $crate::db::DbError> {
                let word: String = row.get(index)?;
                word.parse().map_err(|()| {
                    $crate::db::DbError::Unreadable(format!("{word:?} is no {}", stringify!($name)))
                })
            }
        }
    };
}
