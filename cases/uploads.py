"""Files of a form as they arrive (rule S1): what is too large is dropped while it comes, and the rest of the form is read.

So nothing that was typed is lost to a file that cannot be kept, and no file fills the disk before it is refused. A
request that claims to be larger than all files together is not read at all.
"""

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from cases import attachments, terms
from cases.attachments import MIB, Upload

BESIDES = 4 * MIB
"""Room for what stands in the form besides the files."""


class LimitedUploads(FileUploadHandler):
    """The first upload handler: lets through what may be kept, and notes the names of what is too large on the request."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803 -- the name is Django's
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse what claims to be larger than everything that may come. Raises RequestDataTooBig."""
        if content_length > BESIDES and content_length > _most() * terms.current().attachments_at_once + BESIDES:
            raise RequestDataTooBig

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Another file begins."""
        super().new_file(*args, **kwargs)
        self.came, self.most = 0, _most()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Let the chunk through, until it is too much. Raises SkipFile."""
        self.came += len(raw_data)
        if self.came > self.most:
            dropped(self.request).append(str(self.file_name))
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps it."""


def dropped(request: HttpRequest | None) -> list[str]:
    """The names of the files of this request that were too large."""
    names: list[str] = request.__dict__.setdefault("_dropped_uploads", [])
    return names


def uploads_of(files: list[UploadedFile]) -> list[Upload]:
    """The files of a form as `cases.attachments` takes them."""
    return [Upload(file.name or "", file.content_type or "", _opened(file)) for file in files]


def reasons_against(files: list[Upload], names_dropped: list[str]) -> list[str]:
    """Why some of these files cannot be kept, before anything is written."""
    found = [attachments.refusal(upload, number=number) for number, upload in enumerate(files)]
    return [attachments.too_large(name) for name in names_dropped] + [reason for reason in found if reason]


def _most() -> int:
    """Bytes of one file."""
    return terms.current().attachment_mib * MIB


def _opened(file: UploadedFile) -> File[bytes]:
    return file
