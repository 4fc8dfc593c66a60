"""What is known of a person: tables of facts, their checks, the adapters that read them, and quarantine."""

from goodstanding.records.characters import one_form, spoilt, stored_form
from goodstanding.records.columns import check_columns
from goodstanding.records.declared_feeds import (
    DeclaredFeed,
    declare_feeds,
    declared_feeds,
    feed_entries,
    read_feeds,
    unmet_feeds,
)
from goodstanding.records.feeds import Feed, file_feed, folder_feeds, listed_feeds, rows_feed
from goodstanding.records.intake import Count, Loaded, load
from goodstanding.records.quarantine import RowProblem
from goodstanding.records.record_files import write_records
from goodstanding.records.row_checks import LONGEST_TEXT
from goodstanding.records.single_records import Single, take_singles
from goodstanding.records.submitted import Checked, check_submitted, no_worse, open_until, stored_row
from goodstanding.records.table_files import Listing, check_all_read, list_files
from goodstanding.records.tables import TABLES, Field, Rule, Table
from goodstanding.records.versions import (
    RecordVersions,
    joined_people,
    latest_records,
    newest,
    record_files,
    record_months,
    record_versions,
    versions_of,
)

__all__ = [
    "LONGEST_TEXT",
    "TABLES",
    "Checked",
    "Count",
    "DeclaredFeed",
    "Feed",
    "Field",
    "Listing",
    "Loaded",
    "RecordVersions",
    "RowProblem",
    "Rule",
    "Single",
    "Table",
    "check_all_read",
    "check_columns",
    "check_submitted",
    "declare_feeds",
    "declared_feeds",
    "feed_entries",
    "file_feed",
    "folder_feeds",
    "joined_people",
    "latest_records",
    "list_files",
    "listed_feeds",
    "load",
    "newest",
    "no_worse",
    "one_form",
    "open_until",
    "read_feeds",
    "record_files",
    "record_months",
    "record_versions",
    "rows_feed",
    "spoilt",
    "stored_form",
    "stored_row",
    "take_singles",
    "unmet_feeds",
    "versions_of",
    "write_records",
]
