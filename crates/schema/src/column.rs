//! What a column and a table are. The tables themselves stand in [`crate::canonical`] and [`crate::result`].

use polars::prelude::{DataType, Expr, Field, PlSmallStr, Schema, TimeUnit, TimeZone};

/// The few types that Sequela's tables use, named as users read them in `docs/columns.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// UTF-8 text.
    Text,
    /// 64-bit signed integer.
    Int,
    /// 64-bit float.
    Real,
    /// True or false.
    Bool,
    /// Instant in UTC with microsecond resolution.
    Instant,
    /// Calendar date in the organisation's time zone.
    Date,
}

impl Type {
    /// The polars type that stores it.
    pub const fn dtype(self) -> DataType {
        match self {
            Self::Text => DataType::String,
            Self::Int => DataType::Int64,
            Self::Real => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Instant => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
            Self::Date => DataType::Date,
        }
    }

    /// The name printed by `sequela schema`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "integer",
            Self::Real => "real",
            Self::Bool => "boolean",
            Self::Instant => "timestamp (UTC)",
            Self::Date => "date",
        }
    }
}

/// One column: its name, type, whether it may be empty, its meaning and its place in the table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The name in files and frames; part of the contract.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Type,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// What it means, with its unit and its source.
    pub doc: &'static str,
    /// Zero-based position in its table.
    pub position: usize,
}

impl Column {
    /// A polars expression that reads this column.
    #[expect(clippy::disallowed_methods, reason = "the one place that turns a declared column into an expression")]
    pub fn expr(&self) -> Expr {
        polars::prelude::col(self.name)
    }

    /// The polars field: name and type.
    pub fn field(&self) -> Field {
        Field::new(PlSmallStr::from_static(self.name), self.kind.dtype())
    }
}

/// One table: its name, what a row is, its sort key and its columns.
#[derive(Debug)]
pub struct Table {
    /// File name without ending.
    pub name: &'static str,
    /// What one row stands for.
    pub doc: &'static str,
    /// Columns that rows are sorted by.
    pub key: &'static [Column],
    /// All columns, in the order they are written.
    pub columns: &'static [Column],
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The polars schema of the table.
    pub fn schema(&self) -> Schema {
        self.columns.iter().map(Column::field).collect()
    }
}

/// Declares a table as a module with one constant per column and a `TABLE` that lists them in order.
macro_rules! table {
    (
        $(#[doc = $doc:literal])+
        $module:ident by $($key:ident),+ {
            $($constant:ident $name:literal $kind:ident $need:ident $column_doc:literal;)+
        }
    ) => {
        $(#[doc = $doc])+
        pub mod $module {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Position { $($constant),+ }
            $(
                #[doc = $column_doc]
                pub const $constant: $crate::Column = $crate::Column {
                    name: $name,
                    kind: $crate::Type::$kind,
                    nullable: $crate::column::table!(@nullable $need),
                    doc: $column_doc,
                    position: Position::$constant as usize,
                };
            )+
            /// The table with all its columns.
            pub static TABLE: $crate::Table = $crate::Table {
                name: stringify!($module),
                doc: concat!($($doc),+).trim_ascii(),
                key: &[$($key),+],
                columns: &[$($constant),+],
            };
        }
    };
    (@nullable required) => { false };
    (@nullable optional) => { true };
}
pub(crate) use table;

/// A table of facts read from exports: the declared columns followed by those that say where a row came from.
macro_rules! canonical_table {
    ($(#[doc = $doc:literal])+ $module:ident by $($key:ident),+ { $($body:tt)+ }) => {
        $crate::column::table! {
            $(#[doc = $doc])+
            $module by $($key),+ {
                $($body)+
                SOURCE "source" Text required "Adapter that read the row, such as `servicenow`.";
                SOURCE_INSTANCE "source_instance" Text optional "Which installation of that system, where the export tells.";
                SOURCE_FILE "source_file" Text required "File the row was read from, relative to the configuration.";
                SOURCE_ROW "source_row" Int required "1-based data row (CSV, Parquet) or record (JSON) in that file.";
                RECORD_HASH "record_hash" Text optional "Hash of the row as read; equal rows have equal hashes.";
                URL "url" Text optional "Address of the record in the system it came from.";
                ATTRS "attrs" Text optional "JSON object of the unmapped fields that `keep` of the source asked for; nothing is kept unasked, since exports name persons.";
            }
        }
    };
}
pub(crate) use canonical_table;
