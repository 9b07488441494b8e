import time
def test_time(world):
    t=time.time()
    def lap(n):
        nonlocal t; print(n, round(time.time()-t,2)); t=time.time()
    world.only("ec2","iam"); lap("only")
    world.check(); lap("check1")
    world.check(); lap("check2")
    print(len(world.calls()))
    for x in world.check(): print(x['item'],x['status'],x['resource_id'],x['expected'],x['found'])
    world.restore(dry_run=True); lap("dry")
    world.restore(); lap("restore")
    world.aws("ec2").describe_vpcs(); lap("boto")
    world.aws("ec2").describe_vpcs(); lap("boto")
    world.connection.close(); world.connection=world.postgres.connect(world.database)
    from psycopg.rows import dict_row; world.connection.row_factory=dict_row
    world.check(); lap("check newconn")
    world.sql("UPDATE cleanup_policy SET enabled = false")
    world.wipe(); lap("wipe")
    try: print(world.restore())
    except Exception as e: print(e)
    lap("restore")
    assert 0
