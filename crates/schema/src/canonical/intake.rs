//! What was read and what was refused.

use crate::column::table;

table! {
    /// One row per input file.
    ingest_files by PATH {
        PATH "path" Text required "File, relative to the configuration.";
        SHA256 "sha256" Text optional "SHA-256 of the file as it lies on disk.";
        ADAPTER "adapter" Text optional "Adapter that read it.";
        ADAPTER_VERSION "adapter_version" Text optional "Version of the adapter.";
        TABLE_NAME "table" Text optional "Main canonical table that it fills.";
        FORMAT "format" Text optional "`csv`, `json`, `ndjson`, `parquet`, `yaml`, `xml` or `text`.";
        COMPRESSION "compression" Text optional "`none`, `gzip` or `zstd`.";
        ENCODING "encoding" Text optional "`utf-8`, `windows-1252`, `utf-16le` or `utf-16be`.";
        DELIMITER "delimiter" Text optional "Delimiter of delimited text.";
        ZONE "zone" Text optional "Time zone given to times without an offset.";
        ZONE_BASIS "zone_basis" Text optional "Where that zone comes from: `column`, `source`, `inferred`, `organisation` or `not needed`.";
        TIME_QUALITY "time_quality" Text optional "Worst clock quality of the file.";
        TIME_UNCERTAINTY_S "time_uncertainty_s" Real optional "Largest possible error of a time of the file, in seconds: the repeated hour of autumn, whole minutes or days. A wrong zone would come on top.";
        ROWS_READ "rows_read" Int required "Data rows or records read.";
        ROWS_OK "rows_ok" Int required "Rows that were good, folded and repeated ones included.";
        ROWS_REJECTED "rows_rejected" Int required "Rows put aside; each stands in `ingest_issues`.";
        ROWS_FOLDED "rows_folded" Int required "Good rows that were an earlier state or a repetition of a record.";
        FIRST_AT "first_at" Instant optional "Earliest event.";
        LAST_AT "last_at" Instant optional "Latest event.";
        TRUNCATION_SUSPECTED "truncation_suspected" Bool required "Whether the export looks cut off.";
        REASON "reason" Text optional "Why truncation is suspected, or why nothing was read.";
    }
}

table! {
    /// One row per defect found while reading; `rejected` says whether the row was put aside.
    ingest_issues by PATH, ROW, COLUMN, CODE {
        PATH "path" Text required "File.";
        ROW "row" Int required "1-based data row or record; 0 for the whole file.";
        COLUMN "column" Text optional "Column.";
        CODE "code" Text required "Kind of defect, such as `bad_timestamp`, `wide_row`, `missing_id`, `end_before_start`.";
        FOUND "found" Text optional "What stood there, at most 80 characters.";
        MESSAGE "message" Text required "What is wrong and what to do.";
        REJECTED "rejected" Bool required "Whether the row was put aside; otherwise only the value was.";
    }
}
