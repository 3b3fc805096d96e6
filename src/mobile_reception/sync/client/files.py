"""Files after the facts, by tus: what the centre has is asked first, the rest goes on where it was cut.

Nothing about an upload is remembered here. Which files the centre has, and how much of the others, is what it
answers signed; only that moves a mark. Pieces grow and shrink as runs do.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mobile_reception.store.errors import Damaged
from mobile_reception.store.values import StoredFile
from mobile_reception.sync import protocol
from mobile_reception.sync.client.box import FileBox
from mobile_reception.sync.client.exchange import Exchange
from mobile_reception.sync.client.joining import judged
from mobile_reception.sync.client.road import Carried, Reply, RoadClosed
from mobile_reception.sync.protocol import LARGEST_RUN, SMALLEST_RUN, Reason, Unreadable

_FIRST_PIECE: Final = 256 * 1024
_AT_ONCE: Final = 50
_ASKED_AT_ONCE: Final = 1000
_PIECE: Final = "application/offset+octet-stream"
_NOT_YET: Final = "not_announced"  # attached while this sync was under way: the next one brings it


class _Given(Exception):
    """This file does not go now, for the reason ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FileSending:
    """The files of one sync."""

    def __init__(self, box: FileBox, exchange: Exchange) -> None:
        self._box = box
        self._exchange = exchange
        self._size = _FIRST_PIECE
        self._token = ""
        self._uploads = ""
        self._furthest = 0

    def go(self) -> None:
        """Bring every file that waits, each tried once. Raises RoadClosed when there is no going on."""
        self._look_after()
        tried: set[str] = set()
        while some := [each for each in self._box.files() if each.sha256 not in tried][:_AT_ONCE]:
            tried |= {each.sha256 for each in some}
            parts = self._ask(some)
            if parts is None:
                return  # a centre of before takes no files
            rest = [each for each in some if each.sha256 in parts]
            for file in rest:
                try:
                    self._bring(file, parts[file.sha256])
                except _Given as given:
                    if given.code != _NOT_YET:
                        self._box.file_refused(file.sha256, given.code)
            if rest:
                self._ask(rest)

    def _look_after(self) -> None:
        """Once a day, ask about the files that the centre has said to have: it may have been put back."""
        now = self._exchange.clock()
        names = self._box.files_to_look_after(now)
        for start in range(0, len(names), _ASKED_AT_ONCE):
            some = names[start : start + _ASKED_AT_ONCE]
            reply = self._signed("/v1/files/have", protocol.dump({"files": some}))
            here = None if reply is None else reply.document.get("here")
            if not isinstance(here, list):
                return
            self._box.files_lost([name for name in some if name not in here])
        if names:
            self._box.files_looked_after(now)

    def _ask(self, files: Sequence[StoredFile]) -> dict[str, tuple[str, int] | None] | None:
        """Mark what the centre has; of each of the rest, where it goes on and at which place, if begun.

        None from a centre that knows no files.
        """
        names = [file.sha256 for file in files]
        body = protocol.dump({"files": names})
        reply = self._signed("/v1/files/have", body)
        if reply is None:
            return None
        here, partial, at = (reply.document.get(name) for name in ("here", "partial", "time"))
        if not isinstance(here, list) or not isinstance(partial, list) or not isinstance(at, str):
            raise RoadClosed(Reason.SERVER_ERROR)
        arrived = [name for name in names if name in here]
        if arrived:
            self._box.files_arrived(arrived, at)
            self._exchange.gained()
        parts: dict[str, tuple[str, int] | None] = dict.fromkeys(set(names) - set(arrived))
        for part in partial:
            if isinstance(part, dict) and part.get("sha256") in parts:
                parts[part["sha256"]] = _begun(part)
        return parts

    # -- One file ----------------------------------------------------------------------------------------

    def _bring(self, file: StoredFile, begun: tuple[str, int] | None) -> None:
        """Bring a file to its end, or as far as the road goes. Raises _Given, RoadClosed."""
        while begun is None:
            begun = self._begin(file)
        upload, offset = begun
        self._furthest = offset
        while offset < file.size:
            piece = self._piece(file, offset)
            try:
                carried = self._carry("PATCH", upload, piece, {"Upload-Offset": str(offset)})
            except RoadClosed as closed:
                self._bear(closed)
                offset = self._offset(upload, offset)
                continue
            if carried.status == 404:
                return  # it is whole already, or waited too long: the centre says which
            if carried.status == 409:
                self._bear(RoadClosed(Reason.SERVER_ERROR, again=True))
                offset = self._offset(upload, offset)
                continue
            _check(carried, 204)
            offset += len(piece)
            self._furthest = max(self._furthest, offset)
            self._went()

    def _begin(self, file: StoredFile) -> tuple[str, int] | None:
        """Make a place for a file and put its first piece there; None to try once more."""
        metadata = "sha256 " + base64.b64encode(file.sha256.encode()).decode()
        headers = {"Upload-Length": str(file.size), "Upload-Metadata": metadata}
        piece = self._piece(file, 0)
        try:
            carried = self._carry("POST", "", piece, headers)
        except RoadClosed as closed:
            self._bear(closed)
            parts = self._ask([file]) or {}
            if file.sha256 not in parts:
                raise _Given(_NOT_YET) from closed  # it arrived, only the answer did not
            return parts[file.sha256]
        if carried.status == 409:
            raise _Given(_NOT_YET)  # somebody brought it meanwhile: the centre will say that it is here
        _check(carried, 201)
        place = carried.headers.get("location", "")
        if not place.startswith(f"{self._uploads}/"):
            raise RoadClosed(Reason.SERVER_ERROR)
        self._went()
        return place, len(piece)

    def _piece(self, file: StoredFile, offset: int) -> bytes:
        try:
            return self._box.file_part(file, offset, self._size)
        except Damaged as error:
            raise _Given("damaged") from error

    def _went(self) -> None:
        self._exchange.gained()
        self._size = min(LARGEST_RUN, self._size * 2)

    def _bear(self, closed: RoadClosed) -> None:
        if closed.smaller:
            self._size = max(SMALLEST_RUN, self._size // 2)
        self._exchange.bear(closed)

    def _offset(self, upload: str, before: int) -> int:
        """How much of it the centre has; after any cut that is asked before anything is sent."""
        while True:
            try:
                carried = self._carry("HEAD", upload, b"", {})
                break
            except RoadClosed as closed:
                self._exchange.bear(closed)
        if carried.status == 404:
            return before
        _check(carried, 200)
        said = carried.headers.get("upload-offset", "")
        if not (said.isascii() and said.isdecimal() and len(said) < 16):
            raise RoadClosed(Reason.SERVER_ERROR)
        if int(said) > self._furthest:
            self._furthest = int(said)
            self._exchange.gained()
        return int(said)

    def _carry(self, method: str, upload: str, body: bytes, headers: Mapping[str, str]) -> Carried:
        """One request by tus; a token that is used up is fetched anew, once."""
        for fresh in (not self._token, True):
            if fresh:
                self._fetch_token()
            told = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {self._token}", **headers}
            if body:
                told["Content-Type"] = _PIECE
            carried = self._exchange.road.carry(method, upload or self._uploads, body, told)
            if carried.status != 401:
                return carried
        raise RoadClosed(Reason.REFUSED)

    def _fetch_token(self) -> None:
        reply = self._signed("/v1/files/token", b"")
        document = reply.document if reply is not None else {}
        token, uploads = document.get("token"), document.get("uploads")
        if not isinstance(token, str) or not isinstance(uploads, str) or not uploads.startswith("/"):
            raise RoadClosed(Reason.SERVER_ERROR)
        self._token, self._uploads = token, uploads

    def _signed(self, target: str, body: bytes) -> Reply | None:
        """A signed answer to a signed question; None where nobody knows what is asked. Raises RoadClosed."""
        asking = self._exchange
        headers = {"Content-Type": "application/json"} if body else {}
        while True:
            try:
                reply = asking.road.ask(
                    "POST",
                    target,
                    key=asking.key,
                    device=asking.device,
                    clock=asking.clock,
                    body=body,
                    headers=headers,
                )
                trouble = None if reply.status == 404 else judged(reply)
                if trouble is not None:
                    raise trouble
            except RoadClosed as closed:
                asking.bear(closed)
            else:
                return None if reply.status == 404 else reply


def _begun(part: Mapping[str, Any]) -> tuple[str, int]:
    upload, offset = part.get("upload"), part.get("offset")
    if not isinstance(upload, str) or not upload.startswith("/") or type(offset) is not int or offset < 0:
        raise RoadClosed(Reason.SERVER_ERROR)
    return upload, offset


def _check(carried: Carried, wanted: int) -> None:
    """Raises _Given for a refusal that is about this file, RoadClosed for any other answer."""
    if carried.status == wanted:
        return
    try:
        code = str(protocol.load(carried.body).get("code"))
    except Unreadable:
        code = ""
    if code == "server_full":
        raise RoadClosed(Reason.SERVER_FULL)
    if carried.status >= 500 and code != "quota":
        raise RoadClosed(Reason.SERVER_ERROR)
    raise _Given(code or str(carried.status))
