"""What AWS holds is only data: quotes, SQL, markup and odd characters in names, tags and descriptions."""

import json

import pytest

HOSTILE = ["'; DROP TABLE aws.resource; --", '"quoted" $$dollar$$ \\back\\slash', "%s %(x)s {0} {name}", "\u202e \U0001f4a3", "<script>&amp;", "x" * 250]


@pytest.fixture
def hostile(world):
    world.only("ec2", "iam", "secretsmanager")
    ec2, found = world.aws("ec2"), {}
    for text in HOSTILE:
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": text}, {"Key": text[:100], "Value": "x"}]}]
        found[ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]] = text
        world.aws("secretsmanager").create_secret(Name=f"secret-{len(found)}", Description=text, SecretString="hunter2-in-the-clear")
    return found


def test_hostile_text_is_mirrored_judged_and_wiped_as_it_is(world, hostile):
    world.mirror()
    rows = world.sql("SELECT resource_id, name, tags FROM aws.ec2_vpc WHERE NOT is_default")
    assert {row["resource_id"]: row["name"] for row in rows} == hostile
    assert all(row["tags"][row["name"][:100]] == "x" for row in rows)
    for text in hostile.values():
        world.sql(
            "INSERT INTO cleanup_policy (name, resource_type, condition, reason) VALUES (%s, 'ec2_vpc', format('r.name = %%L', %s::text), %s)",
            "rule " + text, text, text,
        )
    judged = {row["resource_id"]: (row["action"], row["reason"]) for row in world.wipe(dry_run=True) if row["resource_id"] in hostile}
    assert judged == {identity: ("keep", text) for identity, text in hostile.items()}
    for identity, text in hostile.items():
        assert world.sql("SELECT * FROM explain_cleanup('ec2_vpc', %s)", identity)[-1]["reason"] == text
    world.sql("DELETE FROM cleanup_policy WHERE name LIKE 'rule %'")
    assert {row["status"] for row in world.wipe() if row["action"] == "delete"} == {"deleted"}


def test_a_secret_is_nowhere(world, hostile):
    """Neither in the mirror, nor in the journal, nor in the server's log."""
    world.wipe()
    rows = world.sql("SELECT to_jsonb(r) AS row FROM aws.resource r") + world.sql("SELECT to_jsonb(j) AS row FROM journal j")
    text = json.dumps(rows)
    assert "secret-1" in text and "hunter2" not in text and "hunter2" not in world.postgres.log()
