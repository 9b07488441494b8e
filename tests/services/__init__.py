"""One resource at least of every type that the catalog can delete, seeded by boto3 and wiped by the extension.

A seeding function takes aws(service), a boto3 client, and `made`, what those before it have returned:
{resource type: the record's resource_id or name}.
"""
