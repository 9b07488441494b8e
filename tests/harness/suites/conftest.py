"""Suites that share one AWS account: each begins in an empty one, with AWS's defaults as AWS made them."""

import psycopg
import pytest


@pytest.fixture(scope="module", autouse=True)
def clean_account(dsn):
    with psycopg.connect(dsn, autocommit=True) as database:
        left = database.execute("SELECT resource_type, resource_id, reason FROM delete_all_records() WHERE status = 'failed'").fetchall()
        broken = database.execute("SELECT resource_type, resource_id, reason FROM restore_account_defaults() WHERE status = 'failed'").fetchall()
    assert not left and not broken
