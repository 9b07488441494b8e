"""A bucket with as many versions as one likes, which no tape could hold: listed and deleted a thousand at a time."""

from __future__ import annotations

import re

NAME = "full"
PAGE = 1000
_XML = b'<?xml version="1.0" encoding="UTF-8"?>'


class Bucket:
    def __init__(self, versions):
        self.left, self.deletions = versions, 0

    def answer(self, head, body):
        """The answer to a question about the versions of the bucket, as bytes; None where it is about something else."""
        method, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
        if not path.startswith(f"/{NAME}?".encode()):
            return None
        if method == b"GET" and b"?versions" in path:
            return self._page(int((re.search(rb"key-marker=k(\d+)", path) or [0, 0])[1]))
        if method == b"POST" and b"?delete" in path:
            self.left -= body.count(b"<Key>")
            self.deletions += 1
            return _ok(b"<DeleteResult/>")
        return None

    def _page(self, after):
        """The thousand versions after a number. What is deleted leaves the end of the numbers alone, as in S3: a marker stays good."""
        count = min(self.left, PAGE)
        entries = b"".join(
            b"<Version><Key>k%09d</Key><VersionId>v%029d</VersionId><IsLatest>true</IsLatest><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            b"<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>1024</Size><StorageClass>STANDARD</StorageClass></Version>" % (each, each)
            for each in range(after + 1, after + count + 1)
        )
        more = b"<IsTruncated>false</IsTruncated>"
        if self.left > PAGE:
            more = b"<IsTruncated>true</IsTruncated><NextKeyMarker>k%09d</NextKeyMarker><NextVersionIdMarker>v%029d</NextVersionIdMarker>" % (after + PAGE, after + PAGE)
        return _ok(b"<ListVersionsResult><Name>full</Name>" + more + entries + b"</ListVersionsResult>")


def _ok(xml):
    xml = _XML + xml
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(xml) + xml
