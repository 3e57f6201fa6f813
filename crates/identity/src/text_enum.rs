//! Enums that carry one name in the database, the API and the journal.

/// Declares an enum whose variants are stored and sent under the given names.
macro_rules! text_enum {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name used in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
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
                let text: String = row.get(index)?;
                let found = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                found.ok_or_else(|| kernel::db::DbError::Unreadable(
                    format!("a {} called {text}", stringify!($name)),
                ))
            }
        }
    };
}
pub(crate) use text_enum;
