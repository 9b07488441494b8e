"""Fills a test account with what the story's three suites leave behind."""

from functools import partial

from . import codedeploy, django, prisma

REGIONS = ("us-east-1", "us-west-2")


def seed(aws, account_id):
    """aws(service, region): a boto3 client on the account, which is in factory state."""
    east, west = (partial(aws, region=region) for region in REGIONS)
    django.leave(east, account_id)
    prisma.leave(west)
    codedeploy.leave(east, account_id)
