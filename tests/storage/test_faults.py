"""Every fault that a shared cache must outlive, and the tests that hold it to that."""

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent

FAULTS: dict[str, tuple[str, dict[str, list[str]]]] = {
    "B1": (
        "kill -9 at any step of taking rows in",
        {
            "storage/sync/test_crash.py": [
                "test_a_first_load_that_is_killed_again_and_again_arrives",
                "test_changes_that_are_killed_again_and_again_arrive",
                "test_three_hundred_kills",
            ],
        },
    ),
    "B2": (
        "kill -9 of the leader",
        {
            "storage/sync/test_leader.py": [
                "test_a_killed_leader_is_followed_at_once",
            ],
            "storage/sync/test_crowd.py": [
                "test_when_the_one_that_asks_is_killed_another_goes_on_where_it_was",
                "test_thirty_killed_leaders_are_each_followed_within_two_seconds",
            ],
        },
    ),
    "B3": (
        "the leader is stopped, and wakes up",
        {
            "storage/sync/test_takeover.py": [
                "test_a_leader_that_stands_still_is_taken_over_and_is_fenced_when_it_wakes_up",
                "test_a_leader_stopped_in_the_middle_of_a_write_is_told_and_followed_when_it_ends",
            ],
            "storage/sync/test_crowd.py": [
                "test_when_the_one_that_asks_stands_still_another_goes_on_and_the_first_ends_when_it_wakes",
                "test_a_stopped_leader_is_followed_after_three_heartbeats",
            ],
            "storage/sync/test_leader.py": [
                "test_forgetting_is_fenced_as_all_that_a_leader_writes",
                "test_whoever_was_taken_over_before_it_began_to_lead_never_does",
                "test_a_woken_leader_sets_no_file_aside",
            ],
        },
    ),
    "B4": (
        "the lock file is unlinked or replaced",
        {
            "storage/sync/test_leader.py": [
                "test_a_lock_file_that_was_taken_away_is_no_lock",
            ],
        },
    ),
    "B5": (
        "twenty sessions start together",
        {
            "storage/sync/test_crowd.py": [
                "test_of_many_that_start_together_one_migrates_and_one_asks",
                "test_twenty_start_together_again_and_again",
            ],
        },
    ),
    "B6": (
        "a reader keeps one state for minutes",
        {
            "storage/databases/test_readings.py": [
                "test_a_reader_that_stands_still_lets_go_of_the_log_and_is_told",
                "test_a_question_without_end_is_ended",
                "test_a_log_that_cannot_be_reset_is_told_with_who_keeps_it",
            ],
            "console/test_faults.py": [
                "test_no_reader_holds_a_transaction_between_two_queries",
            ],
        },
    ),
    "B7": (
        "a writer keeps the lock for more than five seconds",
        {
            "storage/test_cache.py": [
                "test_a_writer_that_waits_too_long_is_told_who_is_to_blame",
            ],
            "storage/test_holders.py": [
                "test_a_process_stopped_in_the_middle_of_a_write_is_named_with_the_remedy",
            ],
            "storage/databases/test_postgres.py": [
                "test_a_writer_that_waits_too_long_is_told_who_is_to_blame",
                "test_a_writer_that_stands_still_keeps_nobody_waiting_for_ever",
            ],
            "console/test_notes.py": [
                "test_when_the_cache_cannot_be_written_it_is_said_and_the_draft_is_kept",
            ],
        },
    ),
    "B8": (
        "a live cache file is opened past SQLite",
        {
            "console/test_untouched.py": [
                "test_no_part_of_dryport_opens_a_live_cache_file_past_sqlite",
            ],
            "storage/test_moved.py": [
                "test_a_leader_stops_and_leaves_all_that_was_committed_in_the_file",
                "test_nobody_writes_into_a_file_that_was_moved_and_is_told",
            ],
        },
    ),
    "B9": (
        "memory ends",
        {
            "storage/sync/test_exhausted.py": [
                "test_it_is_told_waited_out_and_made_good",
                "test_a_syncer_that_gets_no_more_memory_says_so_and_goes_on_when_it_does",
            ],
            "console/test_faults.py": [
                "test_a_reading_without_memory_is_one_line_and_the_next_one_works",
            ],
        },
    ),
    "B10": (
        "a pane or what it asks fails",
        {
            "console/test_faults.py": [
                "test_a_pane_that_fails_says_so_and_the_others_live",
            ],
            "console/test_watch.py": [
                "test_a_fault_of_our_own_is_told_and_the_watch_goes_on",
            ],
        },
    ),
    "C1": (
        "no room while rows are taken in",
        {
            "storage/sync/test_exhausted.py": [
                "test_it_is_told_waited_out_and_made_good",
            ],
            "storage/sync/test_schedule.py": [
                "test_a_cache_that_cannot_be_written_is_told_and_tried_again",
            ],
            "storage/test_disk.py": [
                "test_a_disk_that_is_full_or_read_only_is_told",
            ],
            "console/test_syncer.py": [
                "test_what_keeps_anybody_from_writing_is_told_whoever_leads",
            ],
        },
    ),
    "C2": (
        "no room for what a person writes",
        {
            "console/test_notes.py": [
                "test_when_the_cache_cannot_be_written_it_is_said_and_the_draft_is_kept",
            ],
        },
    ),
    "C3": (
        "no room for a migration",
        {
            "storage/test_migrations.py": [
                "test_without_room_for_the_copy_nothing_is_migrated",
                "test_a_failing_migration_leaves_nothing_behind",
            ],
        },
    ),
    "C4": (
        "a read-only disk or folder, a cache of another user",
        {
            "storage/databases/test_read_only.py": [
                "test_a_disk_that_is_really_read_only_is_read_and_writing_refused",
                "test_on_a_read_only_disk_nothing_is_made_beside_the_file",
                "test_a_folder_that_its_user_cannot_write_is_one_sentence_with_the_remedy",
                "test_a_folder_that_is_shut_is_one_sentence_with_the_remedy",
            ],
            "storage/test_cache.py": [
                "test_another_users_file_is_refused",
            ],
        },
    ),
    "C5": (
        "no more files can be opened",
        {
            "storage/sync/test_exhausted.py": [
                "test_it_is_told_waited_out_and_made_good",
            ],
        },
    ),
    "C6": (
        "a bit turns over, in the file or in its log",
        {
            "storage/sync/test_flips.py": [
                "test_a_flipped_bit_of_the_file_is_survived",
                "test_a_flipped_bit_of_the_log_leaves_out_what_was_committed_after_it_and_all_comes_again",
                "test_two_hundred_flipped_bits_of_the_file",
                "test_two_hundred_flipped_bits_of_the_log",
            ],
            "storage/sync/test_damage.py": [
                "test_damage_that_only_a_reader_meets_is_looked_into_by_the_syncer",
            ],
        },
    ),
    "C7": (
        "truncated, garbage, zero-byte, foreign",
        {
            "storage/sync/test_damage.py": [
                "test_a_damaged_cache_is_set_aside_whole_and_filled_anew",
                "test_what_is_not_ours_is_left_as_it_is",
                "test_damage_met_while_following_begins_anew_and_who_reads_moves_over",
                "test_what_people_wrote_is_there_whatever_ends_the_syncer_meanwhile",
                "test_without_room_for_a_new_one_the_damaged_one_stays_where_it_is",
            ],
            "storage/test_moved.py": [
                "test_a_foreign_file_that_was_put_in_its_place_stays_as_it_is",
            ],
            "console/test_faults.py": [
                "test_a_console_moves_over_to_the_cache_that_was_begun_anew",
            ],
        },
    ),
    "C8": (
        "the power goes, and with it what was not synced",
        {
            "storage/sync/test_power.py": [
                "test_a_power_cut_leaves_rows_as_the_cursor_says_and_every_note",
                "test_what_needs_not_be_durable_may_go_with_the_power_and_goes_whole",
                "test_five_hundred_power_cuts",
            ],
        },
    ),
    "C9": (
        "a network file system",
        {
            "storage/test_cache.py": [
                "test_a_cache_on_a_network_file_system_is_refused_with_the_remedy",
            ],
        },
    ),
    "C10": (
        "a newer, older or half-migrated schema",
        {
            "storage/test_kept.py": [
                "test_a_kept_cache_is_migrated_and_holds_what_it_held",
            ],
            "storage/test_terms.py": [
                "test_a_newer_cache_is_read_and_the_person_is_told",
                "test_nobody_older_writes_into_a_newer_cache",
            ],
            "storage/test_cache.py": [
                "test_an_older_cache_waits_for_the_writer_to_migrate_it",
            ],
            "storage/test_migrations.py": [
                "test_a_failing_migration_leaves_nothing_behind",
            ],
        },
    ),
    "C11": (
        "PostgreSQL starts again, ends sessions, is read-only, or an older state of it",
        {
            "storage/databases/test_outages.py": [
                "test_the_same_leader_goes_on_after",
                "test_a_server_that_is_read_only_for_a_while_is_told_and_waited_out",
                "test_a_server_that_takes_nobody_for_a_while_is_told_and_waited_out",
                "test_a_past_state_that_is_broken_off_on_its_way_is_said",
            ],
            "storage/databases/test_postgres.py": [
                "test_a_leader_whose_lock_went_to_another_writes_nothing_more",
            ],
            "storage/databases/test_site.py": [
                "test_a_watch_tells_of_a_change_at_its_next_look_and_of_a_server_that_is_away",
            ],
            "storage/sync/test_leader.py": [
                "test_a_cache_that_was_set_back_to_an_older_state_is_not_written_on",
            ],
        },
    ),
    "C12": (
        "PostgreSQL breaks a transaction off",
        {
            "storage/databases/test_postgres.py": [
                "test_of_two_transactions_in_each_others_way_ours_is_done_again_as_a_whole",
                "test_what_is_broken_off_again_and_again_is_said",
            ],
        },
    ),
}
"""Fault, in words, and its tests by file. What speaks of a cache in general runs on both databases."""


@cache
def names_in(path: Path) -> set[str]:
    """The names of the tests of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_all_faults_of_sharing_and_of_the_disk_are_there() -> None:
    assert list(FAULTS) == [f"B{number}" for number in range(1, 11)] + [f"C{number}" for number in range(1, 13)]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_test_that_is_named_exists(fault: str) -> None:
    words, held_by = FAULTS[fault]
    assert words
    assert held_by
    for path, names in held_by.items():
        assert set(names) <= names_in(TESTS / path)
